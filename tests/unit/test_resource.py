"""The resource: what a program's declaration becomes for the engine."""

from collections.abc import Callable
from typing import Any

import pulumi
import pytest
from pulumi.runtime.rpc import UNKNOWN

import pulumi_tuning as tuning
from pulumi_tuning.inputs import Declaration, TuningJobInputs
from pulumi_tuning.names import OUTPUTS
from tests.support.factories import TRAIN, job_name
from tests.support.programs import RECORDED_IDENTITY, Engine, run_program

Json = dict[str, Any]

TYPE = "pulumi-python:dynamic/tuning:TuningJob"
ROOT = "urn:pulumi:dev::shop::"
SPEC: tuning.SupervisedTuningSpecArgs = {"training_dataset_uri": TRAIN}


class Component(pulumi.ComponentResource):
    """Something that jobs may stand below."""

    def __init__(self, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("shop:app:Model", "model", None, opts)


def declared(declare: Callable[[], object], name: str = "bot") -> Json:
    """Return what the engine gets of a job that a program declares."""
    engine = Engine()

    async def main() -> None:
        declare()

    run_program(main, engine)
    return engine.inputs(name)


def job(**changed: Any) -> tuning.TuningJob:  # noqa: ANN401 - any input
    """Declare a job."""
    given = {"base_model": "m", "supervised_tuning_spec": SPEC, **changed}
    return tuning.TuningJob("bot", **given)


def hidden(**changed: Any) -> Json:  # noqa: ANN401 - any input
    """Return the hidden input of a job."""
    found: Json = declared(lambda: job(**changed))["__pulumiTuning"]
    return found


def test_names_of_the_engine() -> None:
    """Inputs have the API's names on the engine's side, nested ones too."""
    inputs = declared(
        lambda: job(
            tuned_model_display_name="n",
            labels={"base_model": "x"},
            supervised_tuning_spec={
                **SPEC,
                "hyper_parameters": {"epoch_count": pulumi.Output.from_input(4)},
            },
        )
    )

    assert inputs["baseModel"] == "m"
    assert inputs["tunedModelDisplayName"] == "n"
    assert inputs["labels"] == {"base_model": "x"}
    assert inputs["supervisedTuningSpec"] == {
        "trainingDatasetUri": TRAIN,
        "hyperParameters": {"epochCount": 4},
    }
    assert set(inputs) <= {
        *TuningJobInputs.properties(),
        "__provider",
        "__pulumiTuning",
    }


def test_awaitable_inputs() -> None:
    """An input may be awaitable, as a whole and at every leaf: it is read once."""

    async def later(value: object) -> object:
        return value

    def declare() -> tuning.TuningJob:
        parameters = later({"epoch_count": later(4)})
        return job(
            description=later("d"),
            labels={"base_model": later("x")},
            triggers=[later(1)],
            supervised_tuning_spec=later({**SPEC, "hyper_parameters": parameters}),
        )

    inputs = declared(declare)

    assert inputs["description"] == "d"
    assert inputs["labels"] == {"base_model": "x"}
    assert inputs["triggers"] == [1]
    assert inputs["supervisedTuningSpec"] == {
        "trainingDatasetUri": TRAIN,
        "hyperParameters": {"epochCount": 4},
    }
    assert inputs["__pulumiTuning"]["datasetsMayAppear"]


def test_hidden_input() -> None:
    """The hidden input holds what the engine does not pass to a provider."""
    found = hidden()

    assert found.pop("identity")
    assert found == {
        "schemaVersion": 1,
        "urn": f"{ROOT}{TYPE}::bot",
        "name": "bot",
        "ignoreChanges": [],
        "customTimeouts": {},
        "datasetsMayAppear": False,
        "secretInputs": [],
    }
    known = {str(field.alias) for field in Declaration.model_fields.values()}
    assert {*found, "identity"} <= known


@pytest.mark.parametrize(
    ("timeouts", "expected"),
    [
        (
            pulumi.CustomTimeouts(create="1h", delete="5m"),
            {"create": "1h", "delete": "5m"},
        ),
        ({"update": "1m"}, {"update": "1m"}),
        (None, {}),
    ],
    ids=["object", "mapping", "none"],
)
def test_options_in_the_hidden_input(timeouts: Any, expected: Json) -> None:  # noqa: ANN401 - both forms
    """Ignored paths and custom timeouts are passed on, with the engine's names."""
    options = pulumi.ResourceOptions(
        custom_timeouts=timeouts,
        ignore_changes=["labels.base_model", "supervised_tuning_spec.hyper_parameters"],
    )

    found = hidden(opts=options)

    assert found["customTimeouts"] == expected
    assert found["ignoreChanges"] == [
        "labels.base_model",
        "supervisedTuningSpec.hyperParameters",
    ]
    assert options.ignore_changes is not None
    assert "supervised_tuning_spec.hyper_parameters" in options.ignore_changes


def test_secrets() -> None:
    """Secret inputs are known by name, secret outputs by the engine's name."""
    seen: list[list[str] | None] = []

    def declare() -> None:
        options = pulumi.ResourceOptions(
            additional_secret_outputs=["tuned_model", "labels", "other"],
            replace_on_changes=["base_model"],
        )
        job(description=pulumi.Output.secret("s"), opts=options)
        seen.append(options.additional_secret_outputs)

    assert declared(declare)["__pulumiTuning"]["secretInputs"] == ["description"]
    assert seen == [["tuned_model", "labels", "other"]]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param({}, False, id="no"),
        pytest.param({"spec": True}, True, id="an address is an output"),
        pytest.param({"depends_on": True}, True, id="a dependency"),
    ],
)
def test_data_sets_that_may_appear(options: Json, *, expected: bool) -> None:
    """A job whose data sets the program may still write says so."""

    def declare() -> None:
        uri = pulumi.Output.from_input(TRAIN)
        depends_on = [Component()] if "depends_on" in options else None
        job(
            supervised_tuning_spec=(
                {"training_dataset_uri": uri} if "spec" in options else SPEC
            ),
            opts=pulumi.ResourceOptions(depends_on=depends_on),
        )

    assert declared(declare)["__pulumiTuning"]["datasetsMayAppear"] is expected


def test_urn_below_a_component() -> None:
    """A job below a component says its whole URN, without a deadlock."""

    def declare() -> None:
        job(opts=pulumi.ResourceOptions(parent=Component()))

    urn = declared(declare)["__pulumiTuning"]["urn"]

    assert urn.startswith(ROOT)
    assert urn.endswith(f"shop:app:Model${TYPE}::bot")


def test_one_identity() -> None:
    """All jobs of a program share one identity, made once."""
    engine = Engine()

    async def main() -> None:
        for name in ("a", "b"):
            tuning.TuningJob(name, base_model="m", supervised_tuning_spec=SPEC)

    run_program(main, engine)

    identities = {engine.inputs(n)["__pulumiTuning"]["identity"] for n in ("a", "b")}
    assert identities == {engine.identity}


def test_identity_in_a_preview() -> None:
    """A preview makes no identity: it has the recorded one, or none yet."""
    engine = Engine()

    async def main() -> None:
        job()

    run_program(main, engine, preview=True)

    (stash,) = (r for r in engine.registered if "Stash" in r.type)
    assert stash.inputs == {"input": UNKNOWN}
    identity = engine.inputs("bot")["__pulumiTuning"]["identity"]
    assert identity == RECORDED_IDENTITY


def test_attributes() -> None:
    """Every input and output is an attribute; what was not given is None."""

    async def main() -> Json:
        there = job(labels={"a": "b"})
        names = [*TuningJobInputs.model_fields, "tuned_model", "state"]
        return {name: await getattr(there, name).future() for name in names}

    values = run_program(main)

    assert values.pop("base_model") == "m"
    assert values.pop("labels") == {"a": "b"}
    assert values.pop("supervised_tuning_spec") == {"trainingDatasetUri": TRAIN}
    assert set(values.values()) == {None}


def test_no_attribute() -> None:
    """A name that is neither input nor output is no attribute."""

    async def main() -> None:
        with pytest.raises(AttributeError, match="TuningJob has no attribute 'status'"):
            _ = job().status  # type: ignore[attr-defined]

    run_program(main)


def test_class_of_its_own() -> None:
    """A program's own class of tuning jobs is the same resource to the engine."""
    engine = Engine()

    class Bot(tuning.TuningJob):
        """A tuning job with a base model."""

        def __init__(self, name: str) -> None:
            super().__init__(name, base_model="m", supervised_tuning_spec=SPEC)

    async def main() -> None:
        Bot("bot")

    run_program(main, engine)

    assert [r.type for r in engine.registered if r.name == "bot"] == [TYPE]


def test_job_that_is_read() -> None:
    """A job that is only read has its name as id, and no identity."""
    engine = Engine()

    async def main() -> str | None:
        return await tuning.TuningJob.get("bot", job_name(7)).id.future()

    assert run_program(main, engine) == job_name(7)
    (read,) = engine.registered[1:]
    assert read.id == job_name(7)
    assert read.inputs["__pulumiTuning"]["identity"] is None
    assert [name for name in OUTPUTS if read.inputs.get(name) is not None] == []


def test_import() -> None:
    """The engine's import does not work with a dynamic resource, and says what does."""

    async def main() -> None:
        with pytest.raises(ValueError, match="give its name to adopt"):
            job(opts=pulumi.ResourceOptions(import_=job_name()))

    run_program(main)
