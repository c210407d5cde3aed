"""What the engine hands to the provider, and shorthands for a job's life."""

import json
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

from tests.support.host import Properties, ProviderHost

TRAIN: Final = "gs://acme/train.jsonl"
HIDDEN: Final = "__pulumiTuning"
IDENTITY: Final = "6d9f3a52-8f5c-4f3e-9d0a-1f2b3c4d5e6f"

_numbers: Final = count(1)


def dataset() -> bytes:
    """Return a data set with nothing to complain about."""
    examples = (
        {
            "contents": [
                {"role": "user", "parts": [{"text": f"question {n}"}]},
                {"role": "model", "parts": [{"text": f"answer {n}"}]},
            ]
        }
        for n in range(120)
    )
    return "".join(json.dumps(example) + "\n" for example in examples).encode()


def inputs(*, epochs: object = 2, **more: object) -> Properties:
    """Return what a program hands over, for a job with a name of its own."""
    declaration = {
        "schemaVersion": 1,
        "urn": "",
        "name": f"job{next(_numbers)}",
        "identity": IDENTITY,
        "ignoreChanges": [],
        "customTimeouts": {},
    }
    return {
        "baseModel": "gemini-2.5-flash",
        "supervisedTuningSpec": {
            "trainingDatasetUri": TRAIN,
            "hyperParameters": {"epochCount": epochs},
        },
        HIDDEN: declaration,
        **more,
    }


@dataclass(frozen=True, slots=True)
class Started:
    """A job that the provider has started."""

    id: str
    inputs: Properties
    """Its inputs as they were checked."""
    outputs: dict[str, Any]


def start(host: ProviderHost, **more: object) -> Started:
    """Check and create a job as the engine does."""
    checked = host.check({}, inputs(**more))
    assert checked.failures == ()
    created = host.create(checked.inputs)
    return Started(created.id, checked.inputs, created.outputs)
