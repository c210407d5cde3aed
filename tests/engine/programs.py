"""Programs that the tests write, and the data sets that the programs name."""

import json
import textwrap
from typing import Any, Final

from pulumi_tuning.emulator import Emulator, Pacing

BUCKET: Final = "gs://acme"
JOB_TYPE: Final = "pulumi-python:dynamic/tuning:TuningJob"
KEYS: Final = "projects/acme/locations/us-central1/keyRings/tuning/cryptoKeys"

ENDLESS: Final = Pacing(
    pending_seconds=0.05, running_seconds=36_000, cancelling_seconds=0.05
)
"""A pace at which a job still runs when the test is over."""

_PROGRAM: Final = """
import pulumi
import pulumi_tuning as tuning
from pulumi import Output, ResourceOptions
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider
from pulumi.dynamic import UpdateResult

HYPER_PARAMETERS = ("epoch_count", "adapter_size", "learning_rate_multiplier")


def job(name, opts=None, *, train="gs://acme/train.jsonl", validation=None, **inputs):
    if "base_model" not in inputs and "pre_tuned_model" not in inputs:
        inputs["base_model"] = "gemini-2.5-flash"
    spec = {"training_dataset_uri": train, "hyper_parameters": {
        key: inputs.pop(key) for key in HYPER_PARAMETERS if key in inputs
    }}
    if validation is not None:
        spec["validation_dataset_uri"] = validation
    return tuning.TuningJob(name, supervised_tuning_spec=spec, opts=opts, **inputs)


class BoxProvider(ResourceProvider):
    serialize_as_secret_always = False

    def diff(self, id, olds, news):
        return DiffResult(olds["given"] != news["given"])

    def create(self, props):
        return CreateResult("box", {**props, "value": props["given"]})

    def update(self, id, olds, news):
        return UpdateResult({**news, "value": news["given"]})


class Box(Resource):
    \"\"\"A resource whose value is not known before it is made.\"\"\"

    value: pulumi.Output

    def __init__(self, name, given, opts=None):
        super().__init__(BoxProvider(), name, {"given": given, "value": None}, opts)


class Group(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("acme:index:Group", name, None, opts)
"""


def program(body: str) -> str:
    """Return a program that may use `job`, `Box` and `Group`."""
    return _PROGRAM + textwrap.dedent(body)


def urn(name: str, *parents: str) -> str:
    """Return the URN of a tuning job below components."""
    types = "$".join([*parents, JOB_TYPE])
    return f"urn:pulumi:test::tuning-test::{types}::{name}"


def put_datasets(emulator: Emulator) -> None:
    """Put the data sets of the programs where they look for them."""
    for name in ("train", "other", "validation"):
        emulator.put_object(f"{BUCKET}/{name}.jsonl", dataset(name))


def dataset(word: str, examples: int = 120) -> bytes:
    """Return a data set with nothing to complain about."""
    turns = [
        {"contents": [turn("user", f"{word} {n}"), turn("model", f"answer {n}")]}
        for n in range(examples)
    ]
    return "".join(json.dumps(example) + "\n" for example in turns).encode()


def turn(role: str, text: str) -> dict[str, Any]:
    """Return one turn of an example."""
    return {"role": role, "parts": [{"text": text}]}
