"""The diff: what is a difference, what is none, and what each one does."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_tuning.diff import (
    Change,
    Diff,
    diff,
    is_ignored,
    is_same_model,
    is_same_project,
    observe,
    to_property,
    unasked,
)
from pulumi_tuning.inputs import Effect
from pulumi_tuning.live import LiveTuningJob
from pulumi_tuning.names import path_steps
from tests.support.factories import (
    TRAIN,
    VALIDATION,
    inputs,
    job_name,
    live,
    preference,
    settled,
    supervised,
)
from tests.support.strategies import FEW, any_json, asked_properties

Json = dict[str, Any]

KEY = "projects/acme/locations/us-central1/keyRings/r/cryptoKeys/k"
MODEL = "projects/acme/locations/us-central1/models/55"
DATASET = "projects/acme/locations/us-central1/datasets/7"


def evaluation(*metrics: Json, **more: Any) -> Json:  # noqa: ANN401 - any JSON
    """Return a supervised spec with an evaluation config."""
    config = {
        "metrics": list(metrics),
        "outputConfig": {"gcsDestination": {"outputUriPrefix": "gs://acme/eval/"}},
        **more,
    }
    return supervised(evaluationConfig=config)


def changed(desired: Json, recorded: Json, answer: Json | None) -> dict[str, Any]:
    """Return the changed properties with what is there and what is wanted."""
    found = diff(
        inputs(**desired),
        inputs(**recorded),
        None if answer is None else live(inputs(**recorded).to_request(), **answer),
    )
    return {c.property: (c.observed, c.desired) for c in found.changes}


SAME: list[tuple[str, Json, Json]] = [
    ("nothing optional, nothing filled in", {}, {}),
    ("a display name that the service made up", {}, {"tunedModelDisplayName": "x-1"}),
    (
        "hyperparameters that the service chose",
        {},
        {
            "supervisedTuningSpec": supervised(
                epochCount="10",
                learningRateMultiplier=1,
                adapterSize="ADAPTER_SIZE_FOUR",
            )
        },
    ),
    (
        "epochs as text",
        {"supervisedTuningSpec": supervised(epochCount=4)},
        {"supervisedTuningSpec": supervised(epochCount="4")},
    ),
    (
        "a multiplier without its fraction",
        {"supervisedTuningSpec": supervised(learningRateMultiplier=1.0)},
        {"supervisedTuningSpec": supervised(learningRateMultiplier=1)},
    ),
    (
        "a multiplier as text",
        {"supervisedTuningSpec": supervised(learningRateMultiplier=0.5)},
        {"supervisedTuningSpec": supervised(learningRateMultiplier="0.5")},
    ),
    (
        "an adapter size given as a number",
        {"supervisedTuningSpec": supervised(adapterSize=4)},
        {"supervisedTuningSpec": supervised(adapterSize="ADAPTER_SIZE_FOUR")},
    ),
    (
        "an adapter size given as text",
        {"supervisedTuningSpec": supervised(adapterSize="16")},
        {"supervisedTuningSpec": supervised(adapterSize="ADAPTER_SIZE_SIXTEEN")},
    ),
    (
        "false, which is unset",
        {"supervisedTuningSpec": supervised(exportLastCheckpointOnly=False)},
        {"supervisedTuningSpec": supervised()},
    ),
    (
        "true as true",
        {"supervisedTuningSpec": supervised(exportLastCheckpointOnly=True)},
        {"supervisedTuningSpec": supervised(exportLastCheckpointOnly=True)},
    ),
    ("an empty description", {"description": ""}, {}),
    (
        "a beta of zero, which is unset",
        {
            "supervisedTuningSpec": None,
            "preferenceOptimizationSpec": preference(beta=0),
        },
        {"preferenceOptimizationSpec": {"trainingDatasetUri": TRAIN}},
    ),
    ("hyperparameters of none", {"supervisedTuningSpec": supervised()}, {}),
    (
        "labels that the provider added",
        {"labels": {"team": "nlp"}},
        {"labels": {"team": "nlp", "pulumi-tuning-stack": "d", "goog-x": "y"}},
    ),
    ("an empty label", {"labels": {"team": ""}}, {"labels": {"team": ""}}),
    (
        "a key named exactly",
        {"encryptionSpec": {"kmsKeyName": KEY}},
        {"encryptionSpec": {"kmsKeyName": KEY}},
    ),
    (
        "a multimodal data set by the project's number",
        {"supervisedTuningSpec": {"trainingDatasetUri": DATASET}},
        {
            "supervisedTuningSpec": {
                "trainingDatasetUri": DATASET.replace("acme", "123456789012")
            }
        },
    ),
    (
        "a tuned model that came back with its version",
        {"baseModel": None, "preTunedModel": {"tunedModelName": MODEL}},
        {"preTunedModel": {"tunedModelName": f"{MODEL}@1", "baseModel": "gemini"}},
    ),
    (
        "a tuned model by the project's number",
        {"baseModel": None, "preTunedModel": {"tunedModelName": f"{MODEL}@2"}},
        {
            "preTunedModel": {
                "tunedModelName": f"{MODEL}@2".replace("acme", "123456789012"),
                "checkpointId": "3",
            }
        },
    ),
    (
        "defaults of an evaluation",
        {"supervisedTuningSpec": evaluation({"bleuSpec": {}})},
        {
            "supervisedTuningSpec": evaluation(
                {"bleuSpec": {}, "aggregationMetrics": ["AVERAGE"]},
                autoraterConfig={"samplingCount": 4},
            )
        },
    ),
    (
        "an empty metric spec that the service filled in",
        {"supervisedTuningSpec": evaluation({"rougeSpec": {}})},
        {"supervisedTuningSpec": evaluation({"rougeSpec": {"rougeType": "rougeL"}})},
    ),
    (
        "a metric spec with nothing but false",
        {
            "supervisedTuningSpec": evaluation(
                {"bleuSpec": {"useEffectiveOrder": False}}
            )
        },
        {"supervisedTuningSpec": evaluation({"bleuSpec": {}})},
    ),
    (
        "numbers in an evaluation",
        {
            "supervisedTuningSpec": evaluation(
                {"bleuSpec": {}}, inferenceGenerationConfig={"topK": 40.0, "seed": 7}
            )
        },
        {
            "supervisedTuningSpec": evaluation(
                {"bleuSpec": {}}, inferenceGenerationConfig={"topK": 40, "seed": 7}
            )
        },
    ),
    (
        "fields of a later version",
        {},
        {"gcsMetricsUri": "gs://x", "brandNew": {"a": 1}},
    ),
]


@pytest.mark.parametrize(
    ("asked", "answer"), [pytest.param(a, b, id=name) for name, a, b in SAME]
)
def test_no_difference(asked: Json, answer: Json) -> None:
    """What the service fills in or spells in its own way is no difference."""
    assert changed(asked, asked, answer) == {}


DRIFT: list[tuple[str, Json, Json, dict[str, Any]]] = [
    (
        "another base model",
        {},
        {"baseModel": "gemini-2.5-pro"},
        {"baseModel": ("gemini-2.5-pro", "gemini-2.5-flash")},
    ),
    (
        "other epochs",
        {"supervisedTuningSpec": supervised(epochCount=4)},
        {"supervisedTuningSpec": supervised(epochCount="9")},
        {"supervisedTuningSpec.hyperParameters.epochCount": ("9", 4)},
    ),
    (
        "epochs that are gone",
        {"supervisedTuningSpec": supervised(epochCount=4)},
        {"supervisedTuningSpec": supervised()},
        {"supervisedTuningSpec.hyperParameters.epochCount": (None, 4)},
    ),
    (
        "another adapter size",
        {"supervisedTuningSpec": supervised(adapterSize=4)},
        {"supervisedTuningSpec": supervised(adapterSize="ADAPTER_SIZE_EIGHT")},
        {
            "supervisedTuningSpec.hyperParameters.adapterSize": (
                "ADAPTER_SIZE_EIGHT",
                "ADAPTER_SIZE_FOUR",
            )
        },
    ),
    (
        "an adapter size that this version does not know",
        {"supervisedTuningSpec": supervised(adapterSize=4)},
        {"supervisedTuningSpec": supervised(adapterSize="ADAPTER_SIZE_SIXTY_FOUR")},
        {
            "supervisedTuningSpec.hyperParameters.adapterSize": (
                "ADAPTER_SIZE_SIXTY_FOUR",
                "ADAPTER_SIZE_FOUR",
            )
        },
    ),
    (
        "intermediate checkpoints after all",
        {"supervisedTuningSpec": supervised(exportLastCheckpointOnly=True)},
        {"supervisedTuningSpec": supervised()},
        {"supervisedTuningSpec.exportLastCheckpointOnly": (None, True)},
    ),
    (
        "another training data set",
        {},
        {"supervisedTuningSpec": {"trainingDatasetUri": VALIDATION}},
        {"supervisedTuningSpec.trainingDatasetUri": (VALIDATION, TRAIN)},
    ),
    (
        "another multimodal data set",
        {"supervisedTuningSpec": {"trainingDatasetUri": DATASET}},
        {"supervisedTuningSpec": {"trainingDatasetUri": f"{DATASET}7"}},
        {"supervisedTuningSpec.trainingDatasetUri": (f"{DATASET}7", DATASET)},
    ),
    (
        "a multimodal data set of another project id",
        {"supervisedTuningSpec": {"trainingDatasetUri": DATASET}},
        {
            "supervisedTuningSpec": {
                "trainingDatasetUri": DATASET.replace("acme", "other")
            }
        },
        {
            "supervisedTuningSpec.trainingDatasetUri": (
                DATASET.replace("acme", "other"),
                DATASET,
            )
        },
    ),
    (
        "another version of the tuned model",
        {"baseModel": None, "preTunedModel": {"tunedModelName": f"{MODEL}@2"}},
        {"preTunedModel": {"tunedModelName": f"{MODEL}@3"}},
        {"preTunedModel.tunedModelName": (f"{MODEL}@3", f"{MODEL}@2")},
    ),
    (
        "a tuned model in a form of its own",
        {"baseModel": None, "preTunedModel": {"tunedModelName": MODEL}},
        {"preTunedModel": {"tunedModelName": "models/55"}},
        {"preTunedModel.tunedModelName": ("models/55", MODEL)},
    ),
    (
        "another checkpoint whose number is the same",
        {
            "baseModel": None,
            "preTunedModel": {"tunedModelName": MODEL, "checkpointId": "1"},
        },
        {"preTunedModel": {"tunedModelName": MODEL, "checkpointId": "01"}},
        {"preTunedModel.checkpointId": ("01", "1")},
    ),
    (
        "a display name that reads as the same number",
        {"tunedModelDisplayName": "1.0"},
        {"tunedModelDisplayName": "1"},
        {"tunedModelDisplayName": ("1", "1.0")},
    ),
    (
        "another key version",
        {"encryptionSpec": {"kmsKeyName": KEY}},
        {"encryptionSpec": {"kmsKeyName": f"{KEY}2"}},
        {"encryptionSpec.kmsKeyName": (f"{KEY}2", KEY)},
    ),
    (
        "no key at all",
        {"encryptionSpec": {"kmsKeyName": KEY}},
        {"encryptionSpec": None},
        {"encryptionSpec.kmsKeyName": (None, KEY)},
    ),
    (
        "a service account in other letters",
        {"serviceAccount": "Tuner@acme.iam.gserviceaccount.com"},
        {"serviceAccount": "tuner@acme.iam.gserviceaccount.com"},
        {
            "serviceAccount": (
                "tuner@acme.iam.gserviceaccount.com",
                "Tuner@acme.iam.gserviceaccount.com",
            )
        },
    ),
    (
        "a label with another value",
        {"labels": {"team": "nlp"}},
        {"labels": {"team": "vision"}},
        {"labels.team": ("vision", "nlp")},
    ),
    (
        "an empty label that is gone",
        {"labels": {"team": ""}},
        {"labels": {}},
        {"labels.team": (None, "")},
    ),
    (
        "a label that reads as the same number",
        {"labels": {"v": "1.0"}},
        {"labels": {"v": "1"}},
        {"labels.v": ("1", "1.0")},
    ),
    (
        "the other tuning spec",
        {},
        {
            "supervisedTuningSpec": None,
            "preferenceOptimizationSpec": {"trainingDatasetUri": TRAIN},
        },
        {"supervisedTuningSpec.trainingDatasetUri": (None, TRAIN)},
    ),
    (
        "another metric",
        {"supervisedTuningSpec": evaluation({"exactMatchSpec": {}})},
        {"supervisedTuningSpec": evaluation({"bleuSpec": {}})},
        {
            "supervisedTuningSpec.evaluationConfig.metrics[0].exactMatchSpec": (
                None,
                {},
            )
        },
    ),
    (
        "a number that became a boolean",
        {"supervisedTuningSpec": supervised(epochCount=4)},
        {"supervisedTuningSpec": supervised(epochCount=True)},
        {"supervisedTuningSpec.hyperParameters.epochCount": (True, 4)},
    ),
    (
        "a number that became a word",
        {"supervisedTuningSpec": supervised(epochCount=4)},
        {"supervisedTuningSpec": supervised(epochCount="four")},
        {"supervisedTuningSpec.hyperParameters.epochCount": ("four", 4)},
    ),
    (
        "a spec of an unexpected shape",
        {},
        {"supervisedTuningSpec": "see console"},
        {"supervisedTuningSpec.trainingDatasetUri": (None, TRAIN)},
    ),
]


@pytest.mark.parametrize(
    ("asked", "answer", "expected"),
    [pytest.param(a, b, c, id=name) for name, a, b, c in DRIFT],
)
def test_drift(asked: Json, answer: Json, expected: dict[str, Any]) -> None:
    """A live job that is not what was asked for differs in exactly these properties."""
    assert changed(asked, asked, answer) == expected


REMOVED: list[tuple[str, Json, dict[str, Any]]] = [
    ("description", {"description": "d"}, {"description": ("d", None)}),
    (
        "display name",
        {"tunedModelDisplayName": "n"},
        {"tunedModelDisplayName": ("n", None)},
    ),
    ("label", {"labels": {"team": ""}}, {"labels.team": ("", None)}),
    (
        "key",
        {"encryptionSpec": {"kmsKeyName": KEY}},
        {"encryptionSpec.kmsKeyName": (KEY, None)},
    ),
    (
        "epochs",
        {"supervisedTuningSpec": supervised(epochCount=4)},
        {"supervisedTuningSpec.hyperParameters.epochCount": ("4", None)},
    ),
    (
        "validation data set",
        {"supervisedTuningSpec": supervised(validationDatasetUri=VALIDATION)},
        {"supervisedTuningSpec.validationDatasetUri": (VALIDATION, None)},
    ),
    (
        "second metric",
        {"supervisedTuningSpec": evaluation({"bleuSpec": {}}, {"exactMatchSpec": {}})},
        {
            "supervisedTuningSpec.evaluationConfig.metrics[0].bleuSpec": ({}, None),
            "supervisedTuningSpec.evaluationConfig.metrics[1].exactMatchSpec": (
                {},
                None,
            ),
            "supervisedTuningSpec.evaluationConfig.outputConfig.gcsDestination"
            ".outputUriPrefix": ("gs://acme/eval/", None),
        },
    ),
]


@pytest.mark.parametrize(
    ("recorded", "expected"), [pytest.param(a, b, id=name) for name, a, b in REMOVED]
)
def test_removed_input(recorded: Json, expected: dict[str, Any]) -> None:
    """An input that was recorded and is taken away is a difference too."""
    assert changed({}, recorded, {}) == expected


def test_removed_input_that_is_gone_already() -> None:
    """What is taken away and not there any more is no difference."""
    assert changed({}, {"description": "d"}, {"description": ""}) == {}


def test_other_member_of_a_oneof() -> None:
    """A metric that becomes another one differs in both."""
    metrics = "supervisedTuningSpec.evaluationConfig.metrics[0]"
    before = {"supervisedTuningSpec": evaluation({"exactMatchSpec": {}})}
    after = {
        "supervisedTuningSpec": evaluation({"bleuSpec": {"useEffectiveOrder": True}})
    }

    assert changed(after, before, {}) == {
        f"{metrics}.bleuSpec": (None, {}),
        f"{metrics}.bleuSpec.useEffectiveOrder": (None, True),
        f"{metrics}.exactMatchSpec": ({}, None),
    }


def test_other_tuning_spec() -> None:
    """A switch from supervised to preference tuning differs in both specs."""
    after = {
        "supervisedTuningSpec": None,
        "preferenceOptimizationSpec": preference(beta=0.1),
    }

    assert changed(after, {}, {}) == {
        "preferenceOptimizationSpec.hyperParameters.beta": (None, 0.1),
        "preferenceOptimizationSpec.trainingDatasetUri": (None, TRAIN),
        "supervisedTuningSpec.trainingDatasetUri": (TRAIN, None),
    }


@pytest.mark.parametrize("answer", [None, {}], ids=["record", "live job"])
@pytest.mark.parametrize(
    ("property_", "effect"),
    [
        ("onFailure", Effect.UPDATE),
        ("onDatasetChange", Effect.UPDATE),
        ("preflight", Effect.UPDATE),
        ("deleteTunedModel", Effect.UPDATE),
        ("maxEstimatedCostUsd", Effect.UPDATE),
        ("adopt", Effect.UPDATE),
        ("triggers", Effect.REPLACE),
        ("project", Effect.REPLACE),
        ("location", Effect.REPLACE),
    ],
)
def test_inputs_of_ours(property_: str, effect: Effect, answer: Json | None) -> None:
    """Inputs that are never sent are compared with the record, whatever is live."""
    values = {
        "onFailure": "replace",
        "onDatasetChange": "ignore",
        "preflight": "off",
        "deleteTunedModel": True,
        "maxEstimatedCostUsd": 5.0,
        "adopt": job_name(7),
        "triggers": [1],
        "project": "other",
        "location": "europe-west4",
    }
    desired = inputs(**{property_: values[property_]})
    there = None if answer is None else live()

    (change,) = diff(desired, inputs(), there).changes

    assert (change.property, change.effect) == (property_, effect)
    assert change.desired == values[property_]
    assert diff(desired, desired, there).changes == ()


def test_fingerprints_alone_are_no_difference() -> None:
    """Fingerprints of data sets are recorded when something else is."""
    desired = inputs(datasetFingerprints={"training": {"generation": "2"}})

    assert diff(desired, inputs(), live()) == Diff()


def test_whole_numbers_of_the_engine() -> None:
    """The engine's floats in triggers equal the whole numbers of the record."""
    assert diff(inputs(triggers=[1.0]), inputs(triggers=[1]), None) == Diff()


def test_no_triggers() -> None:
    """A list without elements, as a program may compute one, is no other job."""
    assert diff(inputs(triggers=[]), inputs(), None) == Diff()
    assert diff(inputs(), inputs(triggers=[]), None) == Diff()
    assert diff(inputs(triggers=[]), inputs(triggers=[1]), None).replaces == (
        "triggers",
    )


def test_record_alone() -> None:
    """Without a live job the record is compared, with values of both sides."""
    found = diff(
        inputs(supervisedTuningSpec=supervised(epochCount=5)),
        inputs(supervisedTuningSpec=supervised(epochCount=4)),
        None,
    )

    assert [str(change) for change in found.changes] == [
        "supervisedTuningSpec.hyperParameters.epochCount 4 → 5"
    ]
    assert found.effect is Effect.REPLACE
    assert found.replaces == ("supervisedTuningSpec.hyperParameters.epochCount",)


def test_effect_of_a_diff() -> None:
    """One replacing change replaces; only others update; none does nothing."""
    update = Change(("onFailure",), None, "keep", Effect.UPDATE)
    replace = Change(("baseModel",), "a", "b", Effect.REPLACE)

    assert Diff.of([update, replace]).effect is Effect.REPLACE
    assert Diff.of([update, replace]).replaces == ("baseModel",)
    assert Diff.of([update]).effect is Effect.UPDATE
    assert Diff().effect is None


def test_changes_are_sorted() -> None:
    """Changes stand in the order of their properties, whatever found them first."""
    names = ["triggers", "adopt", "labels"]
    changes = [Change((name,), None, 1, Effect.REPLACE) for name in names]

    assert [c.property for c in Diff.of(changes).changes] == sorted(names)


@pytest.mark.parametrize(
    ("ignored", "path", "expected"),
    [
        pytest.param("baseModel", ("baseModel",), True, id="the property"),
        pytest.param("baseModel", ("baseModels",), False, id="a longer name"),
        pytest.param("labels", ("labels", "team"), True, id="below"),
        pytest.param("labels.team", ("labels",), False, id="above"),
        pytest.param('labels["a.b"]', ("labels", "a.b"), True, id="quoted"),
        pytest.param("labels.*", ("labels", "team"), True, id="any key"),
        pytest.param("*", ("baseModel",), True, id="everything"),
        pytest.param("*.epochCount", ("a", "epochCount"), True, id="any parent"),
        pytest.param("*.epochCount", ("epochCount",), False, id="a missing parent"),
        pytest.param("m[0]", ("m", 0, "bleuSpec"), True, id="index"),
        pytest.param("m[1]", ("m", 0, "bleuSpec"), False, id="other index"),
        pytest.param("m[*].bleuSpec", ("m", 3, "bleuSpec"), True, id="any index"),
        pytest.param("m.*", ("m", 3), True, id="any index with a dot"),
    ],
)
def test_ignored(ignored: str, path: tuple[str | int, ...], *, expected: bool) -> None:
    """A path is ignored where an ignored one names it, or stands above it."""
    assert is_ignored(path, [path_steps(ignored)]) is expected


def test_ignored_drift() -> None:
    """What is ignored is no difference, whoever changed it."""
    changes = diff(inputs(), inputs(), live(baseModel="x", labels={"a": "b"})).changes

    assert Diff.of(changes, ignored=["*"]) == Diff()
    assert Diff.of(changes, ignored=["labels", "baseModel"]) == Diff()
    assert [c.property for c in Diff.of(changes, ignored=["labels"]).changes] == [
        "baseModel"
    ]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("labels", "env"), "labels.env"),
        (("labels", "a.b"), 'labels["a.b"]'),
        (("labels", "a[b"), 'labels["a[b"]'),
        (("a", "metrics", 0, "bleuSpec"), "a.metrics[0].bleuSpec"),
        ((0,), "[0]"),
        ((), ""),
    ],
)
def test_property(path: tuple[str | int, ...], expected: str) -> None:
    """A path is written as the engine writes it, and is read back the same."""
    assert to_property(path) == expected
    assert path_steps(expected) == tuple(map(str, path))


@pytest.mark.parametrize(
    ("there", "wanted", "expected"),
    [
        (None, 4, "p is (unset), desired 4"),
        (2.5, 1.0, "p is 2.5, desired 1"),
        ("a", None, 'p is "a", desired (unset)'),
        ("ADAPTER_SIZE_TWO", {}, "p is ADAPTER_SIZE_TWO, desired {}"),
    ],
)
def test_drift_in_words(there: object, wanted: object, expected: str) -> None:
    """A drift names the live value first, then the desired one."""
    assert Change(("p",), there, wanted, Effect.REPLACE).as_drift() == expected


def test_observe_is_a_projection() -> None:
    """Of the live job only what was asked for is observed."""
    answer = live(settled(inputs(labels={"a": "b"}).to_request()), labels={"c": "d"})

    assert observe(answer, {("baseModel",): "x", ("labels", "c"): None}) == {
        ("baseModel",): "gemini-2.5-flash",
        ("labels", "c"): "d",
    }


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"encryptionSpec": {"kmsKeyName": KEY}}, f'encryptionSpec.kmsKeyName "{KEY}"'),
        ({"serviceAccount": "a@b"}, 'serviceAccount "a@b"'),
        ({"description": "d"}, 'description "d"'),
        (
            {"supervisedTuningSpec": supervised(validationDatasetUri=VALIDATION)},
            f'supervisedTuningSpec.validationDatasetUri "{VALIDATION}"',
        ),
        (
            {"supervisedTuningSpec": supervised(exportLastCheckpointOnly=True)},
            "supervisedTuningSpec.exportLastCheckpointOnly True",
        ),
        (
            {"supervisedTuningSpec": evaluation({"bleuSpec": {}})},
            (
                "supervisedTuningSpec.evaluationConfig.outputConfig.gcsDestination"
                '.outputUriPrefix "gs://acme/eval/"'
            ),
        ),
    ],
)
def test_unasked(answer: Json, expected: str) -> None:
    """What no service fills in is named when it is there although nobody asked."""
    asked = live(**answer).definition()

    assert unasked(live(**answer), inputs()) == (expected,)
    assert unasked(live(**answer), inputs(), inputs(**asked)) == ()


def test_filled_in_is_not_unasked() -> None:
    """What services fill in is never called unasked."""
    assert unasked(live(settled(inputs().to_request())), inputs()) == ()


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("acme", "acme", True),
        ("acme", "123", True),
        ("acme", "shop", False),
        ("123", "124", False),
    ],
)
def test_same_project(one: str, other: str, *, expected: bool) -> None:
    """An id and a number may be one project, two ids or two numbers may not."""
    assert is_same_project(one, other) is expected
    assert is_same_project(other, one) is expected


def test_other_location_is_another_model() -> None:
    """Models of one id in two locations are two models."""
    assert not is_same_model(MODEL, MODEL.replace("us-central1", "eu"))


R1 = {
    "name": "projects/646763706049/locations/us-central1/tuningJobs/628476596137125",
    "tunedModelDisplayName": "gemini-1.5-pro-002-bf6ead6f-99a5-4ba7-8919-c84a2c30ebbb",
    "baseModel": "gemini-1.5-pro-002",
    "supervisedTuningSpec": {
        "trainingDatasetUri": "gs://cloud-samples-data/ai-platform/sft_train_data.jsonl",
        "hyperParameters": {
            "epochCount": "10",
            "learningRateMultiplier": 1,
            "adapterSize": "ADAPTER_SIZE_FOUR",
        },
    },
    "state": "JOB_STATE_FAILED",
    "createTime": "2024-11-03T21:08:07.734198Z",
    "startTime": "2024-11-03T21:08:30.888568Z",
    "endTime": "2024-11-03T21:40:37.139132Z",
    "updateTime": "2024-11-03T21:40:37.139132Z",
    "error": {"code": 13, "message": "Failed to create endpoint."},
    "experiment": "projects/1/locations/l/metadataStores/default/contexts/t",
    "tunedModel": {"model": "projects/1/locations/us-central1/models/14@1"},
    "tuningDataStats": {"supervisedTuningDataStats": {"totalBillableTokenCount": "9"}},
}
"""A failed job as Google's service answered it in November 2024, shortened."""

CREATED = {
    "name": "projects/123456789012/locations/us-central1/tuningJobs/397821198045125",
    "tunedModelDisplayName": "gemini-1.0-pro-002-f9259f2c-3fdf-4dd3-9413-afef2bfd24f5",
    "baseModel": "gemini-1.0-pro-002",
    "supervisedTuningSpec": {"trainingDatasetUri": TRAIN},
    "state": "JOB_STATE_PENDING",
    "createTime": "2024-12-31T22:40:20.211140Z",
    "updateTime": "2024-12-31T22:40:20.211140Z",
}
"""A created job as Google's service answered it in December 2024."""


@pytest.mark.parametrize("answer", [R1, CREATED], ids=["failed job", "created job"])
def test_recorded_answers(answer: Json) -> None:
    """Real answers to requests with required fields only are no difference."""
    asked = inputs(
        baseModel=answer["baseModel"],
        supervisedTuningSpec={
            "trainingDatasetUri": answer["supervisedTuningSpec"]["trainingDatasetUri"]
        },
    )

    assert diff(asked, asked, LiveTuningJob.model_validate(answer)) == Diff()


@FEW
@given(asked_properties())
def test_what_the_service_echoes_is_no_difference(asked: Json) -> None:
    """Whatever is asked for, the service's own echo of it differs in nothing."""
    desired = inputs(**asked)

    assert diff(desired, desired, live(desired.to_request())) == Diff()
    assert diff(desired, desired, live(settled(desired.to_request()))) == Diff()
    assert diff(desired, desired, None) == Diff()


@FEW
@given(asked_properties(), asked_properties())
def test_a_diff_names_only_what_differs(one: Json, other: Json) -> None:
    """Each change has two sides that differ, and stands at an input of the job."""
    found = diff(inputs(**one), inputs(**other), live(inputs(**other).to_request()))

    known = set(inputs(**one).to_properties()) | set(inputs(**other).to_properties())
    assert all(change.observed != change.desired for change in found.changes)
    assert {str(change.path[0]) for change in found.changes} <= known


@FEW
@given(
    st.dictionaries(
        st.sampled_from(
            ["baseModel", "labels", "supervisedTuningSpec", "state", "error", "new"]
        ),
        any_json(),
    )
)
def test_any_answer_can_be_compared(answer: Json) -> None:
    """Whatever shape an answer has, a comparison with it raises nothing."""
    there = LiveTuningJob.model_validate({"name": job_name(), **answer})

    assert isinstance(diff(inputs(), inputs(), there), Diff)
    assert isinstance(unasked(there, inputs()), tuple)


@pytest.mark.parametrize(
    ("recorded", "asked", "there", "is_changed"),
    [
        pytest.param("", "@2", "", True, id="version that nobody knows"),
        pytest.param("@1", "@2", "", True, id="version that is not answered"),
        pytest.param("@2", "@2", "", False, id="recorded version, not answered"),
        pytest.param("", "@1", "@1", False, id="version that was answered"),
        pytest.param("@default", "@default", "@3", False, id="alias, resolved"),
        pytest.param("@default", "@prod", "@3", True, id="another alias"),
        pytest.param("@1", "@1", "@3", True, id="another version"),
    ],
)
def test_version_of_the_tuned_model(
    recorded: str, asked: str, there: str, *, is_changed: bool
) -> None:
    """Where the service does not say the version, the recorded one is compared."""

    def tuned(version: str) -> dict[str, Any]:
        return {"preTunedModel": {"tunedModelName": MODEL + version}, "baseModel": None}

    found = diff(inputs(**tuned(asked)), inputs(**tuned(recorded)), live(tuned(there)))

    assert ("preTunedModel.tunedModelName" in found.replaces) is is_changed


def test_another_tuned_model_than_the_recorded_alias() -> None:
    """A recorded alias hides no other model."""
    asked = inputs(baseModel=None, preTunedModel={"tunedModelName": f"{MODEL}@default"})
    there = live({"preTunedModel": {"tunedModelName": f"{MODEL}6@1"}})

    found = diff(asked, asked, there)

    assert "preTunedModel.tunedModelName" in found.replaces
