"""Rules: what is refused, where, in which words; and what passes."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_tuning.inputs import TuningJobInputs
from pulumi_tuning.lifecycle.identity import OWN_LABELS
from pulumi_tuning.lifecycle.parsing import Unknown, parse
from pulumi_tuning.lifecycle.rules import doubts, problems
from pulumi_tuning.lifecycle.subject import Subject
from tests.support.factories import TRAIN, VALIDATION, properties, supervised
from tests.support.strategies import FEW, asked_properties

Json = dict[str, Any]

SPEC = "supervisedTuningSpec"
PREFERENCE = "preferenceOptimizationSpec"
HYPER = f"{SPEC}.hyperParameters"
EVALUATION = f"{SPEC}.evaluationConfig"
PREFIX = f"{EVALUATION}.outputConfig.gcsDestination.outputUriPrefix"
SAMPLES = f"{EVALUATION}.autoraterConfig.samplingCount"
KEY = "projects/acme/locations/us-central1/keyRings/r/cryptoKeys/k"
KMS = "encryptionSpec.kmsKeyName"
A_KEY = "the key may have lowercase letters, digits, _ and - only"
MODEL = "projects/acme/locations/us-central1/models/55"
NAME = "preTunedModel.tunedModelName"


def subject(asked: Json, unknown: Unknown = Unknown()) -> Subject:  # noqa: B008 - immutable
    """Return the inputs under check."""
    parsed = parse(asked, unknown)
    return Subject(parsed.inputs, parsed.inputs.to_properties(), unknown, parsed)


def found(**changed: Any) -> dict[str, str]:  # noqa: ANN401 - any JSON
    """Return the problems of a small job that is changed so."""
    listed = problems(subject(properties(**changed)))
    assert len({(p.property, p.reason) for p in listed}) == len(listed)
    return {problem.property: problem.reason for problem in listed}


def evaluation(**changed: Any) -> Json:  # noqa: ANN401 - any JSON
    """Return a supervised spec with an evaluation config."""
    config = {
        "metrics": [{"bleuSpec": {}}],
        "outputConfig": {"gcsDestination": {"outputUriPrefix": "gs://acme/eval/"}},
        **changed,
    }
    return {SPEC: supervised(evaluationConfig=config)}


def data(uri: object) -> Json:
    """Return a supervised spec with this training data set."""
    return {SPEC: {"trainingDatasetUri": uri}}


def key(name: object) -> Json:
    """Return an encryption spec with this key."""
    return {"encryptionSpec": {"kmsKeyName": name}}


BAD: list[tuple[str, Json, dict[str, str]]] = [
    ("no model", {"baseModel": None}, {"baseModel": "is required: name the model"}),
    ("an empty model", {"baseModel": ""}, {"baseModel": "is required"}),
    (
        "two models",
        {"preTunedModel": {"tunedModelName": MODEL}},
        {"preTunedModel": "excludes baseModel: give one of the two"},
    ),
    (
        "a tuned model without a name",
        {"baseModel": None, "preTunedModel": {"checkpointId": "1"}},
        {NAME: "is required: the name of a tuned model"},
    ),
    (
        "a malformed tuned model",
        {"baseModel": None, "preTunedModel": {"tunedModelName": "models/5"}},
        {NAME: "must be projects/{project}/locations/{location}/models/{model}"},
    ),
    (
        "an open model",
        {"baseModel": "qwen/qwen3@qwen3-8b"},
        {"baseModel": "open model"},
    ),
    ("no spec", {SPEC: None}, {SPEC: "is required (or preferenceOptimizationSpec)"}),
    (
        "two specs",
        {PREFERENCE: {"trainingDatasetUri": TRAIN}},
        {PREFERENCE: "excludes supervisedTuningSpec: give one of the two"},
    ),
    ("no epochs", {SPEC: supervised(epochCount=0)}, {f"{HYPER}.epochCount": "not 0"}),
    (
        "negative epochs",
        {SPEC: supervised(epochCount=-1)},
        {f"{HYPER}.epochCount": "must be at least 1, not -1"},
    ),
    (
        "more epochs than an integer holds",
        {SPEC: supervised(epochCount=2**63)},
        {f"{HYPER}.epochCount": "must be at least 1"},
    ),
    (
        "no learning rate",
        {SPEC: supervised(learningRateMultiplier=0)},
        {f"{HYPER}.learningRateMultiplier": "must be above 0, not 0"},
    ),
    (
        "a negative learning rate",
        {SPEC: supervised(learningRateMultiplier=-0.5)},
        {f"{HYPER}.learningRateMultiplier": "must be above 0, not -0.5"},
    ),
    (
        "a negative beta",
        {
            SPEC: None,
            PREFERENCE: {"trainingDatasetUri": TRAIN, "hyperParameters": {"beta": -1}},
        },
        {f"{PREFERENCE}.hyperParameters.beta": "must not be negative, is -1"},
    ),
    (
        "an adapter size that the model has not",
        {SPEC: supervised(adapterSize=32)},
        {f"{HYPER}.adapterSize": "gemini-2.5-flash takes 1, 2, 4, 8, 16, not 32"},
    ),
    (
        "an adapter size of another model",
        {"baseModel": "gemini-2.5-pro", SPEC: supervised(adapterSize=16)},
        {f"{HYPER}.adapterSize": "gemini-2.5-pro takes 1, 2, 4, 8, not 16"},
    ),
    (
        "any other adapter size of translation",
        {"baseModel": "translation-llm-002", SPEC: supervised(adapterSize=8)},
        {f"{HYPER}.adapterSize": "takes 4, not 8"},
    ),
    (
        "no training data",
        {SPEC: {"validationDatasetUri": VALIDATION}},
        {f"{SPEC}.trainingDatasetUri": "is required: gs://bucket/object (JSONL)"},
    ),
    ("empty training data", data(""), {f"{SPEC}.trainingDatasetUri": "is required"}),
    (
        "data on the web",
        data("https://acme.com/train.jsonl"),
        {f"{SPEC}.trainingDatasetUri": "must be gs://bucket/object, or"},
    ),
    (
        "data on disk",
        data("train.jsonl"),
        {f"{SPEC}.trainingDatasetUri": "must be gs://bucket/object"},
    ),
    (
        "a folder",
        data("gs://acme/folder/"),
        {f"{SPEC}.trainingDatasetUri": "must name one object, not a folder"},
    ),
    (
        "a bucket",
        data("gs://acme"),
        {f"{SPEC}.trainingDatasetUri": "with a valid bucket name"},
    ),
    (
        "a bucket with a slash",
        data("gs://acme/"),
        {f"{SPEC}.trainingDatasetUri": "not a folder"},
    ),
    (
        "a wildcard",
        data("gs://acme/*.jsonl"),
        {f"{SPEC}.trainingDatasetUri": "must name one object, wildcards are not read"},
    ),
    (
        "a line break",
        data("gs://acme/a\nb"),
        {f"{SPEC}.trainingDatasetUri": "must not contain control characters"},
    ),
    (
        "white space at the end",
        data("gs://acme/train.jsonl "),
        {f"{SPEC}.trainingDatasetUri": "must not end in white space"},
    ),
    (
        "a bucket in capitals",
        data("gs://Acme/train.jsonl"),
        {f"{SPEC}.trainingDatasetUri": "with a valid bucket name"},
    ),
    (
        "malformed validation data of a preference job",
        {
            SPEC: None,
            PREFERENCE: {"trainingDatasetUri": TRAIN, "validationDatasetUri": "x"},
        },
        {f"{PREFERENCE}.validationDatasetUri": "must be gs://bucket/object"},
    ),
    (
        "no key",
        {"encryptionSpec": {}},
        {KMS: "is required: the name of a Cloud KMS key"},
    ),
    ("an empty key", key(""), {KMS: "is required"}),
    ("a malformed key", key("my-key"), {KMS: "must be projects/{project}/locations"}),
    (
        "a version of a key",
        key(f"{KEY}/cryptoKeyVersions/1"),
        {KMS: "must name a key, not one of its versions"},
    ),
    (
        "a key elsewhere",
        key(KEY.replace("us-central1", "europe-west4")),
        {KMS: "the key is in europe-west4, the job in us-central1"},
    ),
    ("a global key", key(KEY.replace("us-central1", "global")), {KMS: "is in global"}),
    (
        "a key of a model that has none",
        {"baseModel": "gemini-3.5-flash", **key(KEY)},
        {KMS: "gemini-3.5-flash has no customer-managed encryption"},
    ),
    (
        "too many labels",
        {"labels": {f"k{n}": "v" for n in range(63)}},
        {"labels": "at most 62 labels, there are 63"},
    ),
    (
        "a label of this package",
        {"labels": {OWN_LABELS[0]: "x"}},
        {f"labels.{OWN_LABELS[0]}": "is this package's own"},
    ),
    ("a label without a key", {"labels": {"": "v"}}, {"labels": "must not be empty"}),
    (
        "a long key of a label",
        {"labels": {"k" * 65: "v"}},
        {f"labels.{'k' * 65}": "the key has 65 characters, at most 64"},
    ),
    (
        "a long value of a label",
        {"labels": {"k": "v" * 65}},
        {"labels.k": "the value has 65 characters, at most 64"},
    ),
    (
        "a key in capitals",
        {"labels": {"Team": "v"}},
        {"labels.Team": "the key may have lowercase letters, digits, _ and - only"},
    ),
    (
        "a value with a space",
        {"labels": {"team": "a b"}},
        {"labels.team": "the value may have lowercase letters"},
    ),
    (
        "a long display name",
        {"tunedModelDisplayName": "n" * 129},
        {"tunedModelDisplayName": "has 129 characters, at most 128"},
    ),
    (
        "a service account by its name",
        {"serviceAccount": "tuner"},
        {"serviceAccount": "must be an e-mail such as"},
    ),
    (
        "a service account by its path",
        {"serviceAccount": "projects/p/serviceAccounts/a@b.c"},
        {"serviceAccount": "must be an e-mail"},
    ),
    (
        "a job to adopt by its number",
        {"adopt": "123"},
        {"adopt": "must be projects/{project}/locations/{location}/tuningJobs/{job}"},
    ),
    ("no project", {"project": None}, {"project": "pulumi config set gcp:project"}),
    ("no location", {"location": None}, {"location": "pulumi config set gcp:region"}),
    (
        "a location in words",
        {"location": "US Central"},
        {"location": "not the name of"},
    ),
    (
        "a location that the service refuses",
        {"location": "global"},
        {"location": "the service refuses to tune gemini-2.5-flash in global"},
    ),
    (
        "a cost limit of nothing",
        {"maxEstimatedCostUsd": 0},
        {"maxEstimatedCostUsd": "must be above 0, not 0"},
    ),
    (
        "no metric",
        evaluation(metrics=[]),
        {f"{EVALUATION}.metrics": "is required: at least one metric"},
    ),
    (
        "a metric without a spec",
        evaluation(metrics=[{"bleuSpec": {}}, {"aggregationMetrics": ["MODE"]}]),
        {f"{EVALUATION}.metrics[1]": "must have exactly one spec, has 0"},
    ),
    (
        "a metric with two specs",
        evaluation(metrics=[{"bleuSpec": {}, "rougeSpec": {}}]),
        {f"{EVALUATION}.metrics[0]": "must have exactly one spec, has 2"},
    ),
    ("no place for results", evaluation(outputConfig={}), {PREFIX: "is required"}),
    (
        "results on disk",
        evaluation(outputConfig={"gcsDestination": {"outputUriPrefix": "eval/"}}),
        {PREFIX: "must be gs://bucket/folder/"},
    ),
    (
        "no samples",
        evaluation(autoraterConfig={"samplingCount": 0}),
        {SAMPLES: "must be between 1 and 32, not 0"},
    ),
    (
        "too many samples",
        evaluation(autoraterConfig={"samplingCount": 33}),
        {SAMPLES: "must be between 1 and 32, not 33"},
    ),
    (
        "an empty model beside a tuned one",
        {"baseModel": "", "preTunedModel": {"tunedModelName": MODEL}},
        {"preTunedModel": "excludes baseModel: give one of the two"},
    ),
    (
        "a multimodal data set by a wildcard",
        data("projects/p/locations/l/datasets/*"),
        {f"{SPEC}.trainingDatasetUri": "must be gs://bucket/object"},
    ),
    (
        "a key of a label with a dot",
        {"labels": {"a.b": ""}},
        {'labels["a.b"]': "the key may have lowercase letters"},
    ),
    (
        "an address that is no service account's",
        {"serviceAccount": "tüner@acme.com"},
        {"serviceAccount": "must be an e-mail"},
    ),
    (
        "a location that would be another host",
        {"location": "us.acme.com"},
        {"location": "is not the name of a location"},
    ),
    (
        "triggers that are no JSON",
        {"triggers": [1, {"a": {Ellipsis}}]},
        {"triggers[1]": "must be JSON; of a file, give a digest"},
    ),
    (
        "two sources of rubrics",
        evaluation(
            metrics=[
                {
                    "llmBasedMetricSpec": {
                        "rubricGroupKey": "r",
                        "rubricGenerationSpec": {},
                    }
                }
            ]
        ),
        {
            f"{EVALUATION}.metrics[0].llmBasedMetricSpec.rubricGenerationSpec": (
                "excludes rubricGroupKey: give one of the two"
            )
        },
    ),
    (
        "everything at once",
        {
            "baseModel": None,
            SPEC: supervised(epochCount=0, trainingDatasetUri="x"),
            **key("my-key"),
            "labels": {"A": ""},
            "project": None,
        },
        {
            "baseModel": "is required",
            f"{HYPER}.epochCount": "at least 1",
            f"{SPEC}.trainingDatasetUri": "must be gs://",
            KMS: "must be projects/",
            "labels.A": "the key may have",
            "project": "is required",
        },
    ),
]


@pytest.mark.parametrize(
    ("changed", "expected"), [pytest.param(a, b, id=name) for name, a, b in BAD]
)
def test_bad(changed: Json, expected: dict[str, str]) -> None:
    """Each fault is refused at its own property, in words that help."""
    refused = found(**changed)

    assert set(refused) == set(expected)
    assert {p: words for p, words in expected.items() if words not in refused[p]} == {}


GOOD: list[tuple[str, Json]] = [
    ("required fields only", {}),
    ("a model in no table", {"baseModel": "gemini-9-ultra"}),
    ("a published model", {"baseModel": "publishers/google/models/gemini-2.5-flash"}),
    (
        "a tuned model with a version",
        {
            "baseModel": None,
            "preTunedModel": {"tunedModelName": f"{MODEL}@2", "checkpointId": "1"},
        },
    ),
    (
        "a tuned model with an alias",
        {"baseModel": None, "preTunedModel": {"tunedModelName": f"{MODEL}@golden"}},
    ),
    ("every hyperparameter", {SPEC: supervised(epochCount=300, adapterSize=16)}),
    ("a small learning rate", {SPEC: supervised(learningRateMultiplier=0.001)}),
    ("validation data", {SPEC: supervised(validationDatasetUri=VALIDATION)}),
    ("a multimodal data set", data("projects/p/locations/l/datasets/7")),
    ("a deep object with odd letters", data("gs://a-b.c_d/x y/ä#1?.jsonl")),
    ("only the last checkpoint", {SPEC: supervised(exportLastCheckpointOnly=True)}),
    (
        "preference tuning",
        {
            SPEC: None,
            PREFERENCE: {
                "trainingDatasetUri": TRAIN,
                "hyperParameters": {"beta": 0.1, "epochCount": 1, "adapterSize": 4},
            },
        },
    ),
    (
        "a beta of zero, which is unset",
        {
            SPEC: None,
            PREFERENCE: {"trainingDatasetUri": TRAIN, "hyperParameters": {"beta": 0}},
        },
    ),
    ("a key", key(KEY)),
    ("labels to the limit", {"labels": {f"k{n}": "" for n in range(62)}}),
    ("a label to the limit", {"labels": {"k" * 64: "v" * 64}}),
    ("labels of other scripts", {"labels": {"größe": "日本", "a_1-b": "é"}}),
    ("labels of other numerals", {"labels": {"k²": "½Ⅷ"}}),
    ("a display name to the limit", {"tunedModelDisplayName": "ü" * 128}),
    ("a description", {"description": "line\nline"}),
    ("a service account", {"serviceAccount": "t@acme.iam.gserviceaccount.com"}),
    ("a project of a domain", {"project": "acme.com:shop"}),
    ("a project's number", {"project": "123456789012"}),
    ("another region", {"location": "asia-southeast1"}),
    ("a job to adopt", {"adopt": "projects/1/locations/us-central1/tuningJobs/2"}),
    ("triggers of all kinds", {"triggers": [1, "a", None, {"b": []}]}),
    ("an evaluation", evaluation(autoraterConfig={"samplingCount": 32})),
    ("a cost limit", {"maxEstimatedCostUsd": 0.01}),
    (
        "every policy",
        {
            "onFailure": "replace",
            "onDatasetChange": "ignore",
            "preflight": "full",
            "deleteTunedModel": True,
        },
    ),
    ("a Gemini 3 model where it is tuned", {"baseModel": "gemini-3.5-flash"}),
    (
        "translation",
        {"baseModel": "translation-llm-002", SPEC: supervised(adapterSize=4)},
    ),
]


@pytest.mark.parametrize(
    "changed", [pytest.param(changed, id=name) for name, changed in GOOD]
)
def test_good(changed: Json) -> None:
    """What the service accepts is not refused."""
    parsed = parse(properties(**changed))

    assert parsed.problems == ()
    assert found(**changed) == {}


DOUBTFUL: list[tuple[str, Json, str]] = [
    (
        "a model in no table",
        {"baseModel": "gemini-9-ultra"},
        "baseModel: gemini-9-ultra",
    ),
    (
        "a misspelt model",
        {"baseModel": "gemini-2.5-flash-lit"},
        "did you mean gemini-2.5-flash-lite?",
    ),
    ("a retired model", {"baseModel": "gemini-2.0-flash-001"}, "no longer listed"),
    (
        "a region of another model",
        {"baseModel": "gemini-3.5-flash", "location": "asia-east1"},
        "location: gemini-3.5-flash is tuned in us-central1 or europe-west4",
    ),
    (
        "preference tuning of a model without",
        {
            "baseModel": "gemini-2.5-pro",
            SPEC: None,
            PREFERENCE: {"trainingDatasetUri": TRAIN},
        },
        "preferenceOptimizationSpec: gemini-2.5-pro has no preference tuning",
    ),
    (
        "an evaluation of a model without",
        {"baseModel": "translation-llm-002", **evaluation()},
        f"{EVALUATION}: translation-llm-002 is not evaluated",
    ),
    ("a label of a digit", {"labels": {"1": ""}}, "labels.1: keys of labels usually"),
    ("a label of Google", {"labels": {"goog-x": ""}}, "labels.goog-x: keys of labels"),
    (
        "a user as service account",
        {"serviceAccount": "me@acme.com"},
        "serviceAccount: me@acme.com does not look like a service account",
    ),
    (
        "a beta of zero",
        {
            SPEC: None,
            PREFERENCE: {"trainingDatasetUri": TRAIN, "hyperParameters": {"beta": 0}},
        },
        "hyperParameters.beta: 0 means unset to the service",
    ),
    (
        "the long name of a model",
        {"baseModel": "publishers/google/models/gemini-2.5-flash"},
        "baseModel: the service is only known to take the short name gemini-2.5-flash",
    ),
    (
        "an adapter size that no model has",
        {
            "baseModel": None,
            "preTunedModel": {"tunedModelName": MODEL},
            SPEC: supervised(adapterSize=32),
        },
        f"{HYPER}.adapterSize: no known model takes 32",
    ),
    (
        "a tuned model in global",
        {
            "baseModel": None,
            "preTunedModel": {"tunedModelName": MODEL},
            "location": "global",
        },
        "location: the service refuses to tune Gemini models in global",
    ),
    ("a multi-region", {"location": "eu"}, "location: eu is not known to accept"),
]


@pytest.mark.parametrize(
    ("changed", "expected"), [pytest.param(a, b, id=name) for name, a, b in DOUBTFUL]
)
def test_doubt(changed: Json, expected: str) -> None:
    """What may be right and is probably not meant is a warning, not a refusal."""
    (doubt,) = doubts(subject(properties(**changed)))

    assert expected in doubt
    assert found(**changed) == {}


def test_default_labels_count() -> None:
    """Labels of the stack's settings are judged with those of the program."""
    asked = subject(properties(labels={f"k{n}": "" for n in range(61)}))

    few = replace(asked, default_labels={"k0": "again", "team": "nlp"})
    many = replace(asked, default_labels={"Team": "nlp", "goog": ""})

    assert problems(few) == []
    assert {problem.property for problem in problems(many)} == {"labels"}
    assert {problem.reason for problem in problems(many)} == {
        "at most 62 labels, there are 63 with gcp:defaultLabels",
        f"gcp:defaultLabels, Team: {A_KEY}",
    }
    (doubt,) = doubts(many)
    assert doubt.startswith("labels.goog: keys of labels usually")


def test_no_doubt() -> None:
    """A common job raises no doubt."""
    assert (
        doubts(subject(properties(serviceAccount="t@a.iam.gserviceaccount.com"))) == []
    )


UNKNOWN: list[tuple[str, Json, tuple[str | int, ...]]] = [
    ("model", {"baseModel": None}, ("baseModel",)),
    ("tuned model", {"baseModel": None}, ("preTunedModel", "tunedModelName")),
    ("spec", {SPEC: None}, (SPEC,)),
    ("the other spec", {SPEC: None}, (PREFERENCE,)),
    ("data set", {SPEC: {}}, (SPEC, "trainingDatasetUri")),
    ("key", {"encryptionSpec": {}}, ("encryptionSpec", "kmsKeyName")),
    ("project", {"project": None}, ("project",)),
    ("location", {"location": None}, ("location",)),
    (
        "metrics",
        evaluation(metrics=None),
        (SPEC, "evaluationConfig", "metrics"),
    ),
    (
        "a metric's spec",
        evaluation(metrics=[{}]),
        (SPEC, "evaluationConfig", "metrics", 0, "bleuSpec"),
    ),
    (
        "place for results",
        evaluation(outputConfig=None),
        (SPEC, "evaluationConfig", "outputConfig"),
    ),
]


@pytest.mark.parametrize(
    ("changed", "path"), [pytest.param(a, b, id=name) for name, a, b in UNKNOWN]
)
def test_unknown_is_not_missing(changed: Json, path: tuple[str | int, ...]) -> None:
    """What is not known yet is not missing; the same inputs without it are at fault."""
    unknown = Unknown(frozenset({path}))

    assert problems(subject(properties(**changed), unknown)) == []
    assert problems(subject(properties(**changed))) != []


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"baseModel": 5}, id="model"),
        pytest.param({SPEC: "x"}, id="spec"),
        pytest.param(data(5), id="data set"),
        pytest.param({"encryptionSpec": {"kmsKeyName": 5}}, id="key"),
        pytest.param({"project": 5}, id="project"),
        pytest.param(evaluation(metrics="x"), id="metrics"),
        pytest.param(evaluation(outputConfig="x"), id="place for results"),
    ],
)
def test_wrong_is_not_missing(changed: Json) -> None:
    """What is wrong by its type is refused once, and not called missing too."""
    asked = properties(**changed)

    assert len(parse(asked).problems) == 1
    assert problems(subject(asked)) == []


def _names_an_input(text: str) -> bool:
    """Return whether a text begins with the name of an input."""
    return text.startswith(TuningJobInputs.properties())


@FEW
@given(asked_properties(), st.frozensets(st.sampled_from([p for *_, p in UNKNOWN])))
def test_any_inputs_can_be_judged(asked: Json, paths: frozenset[Any]) -> None:
    """Whatever is asked for: it is judged, and each problem stands at an input."""
    unknown = Unknown(paths)

    for known in (Unknown(), unknown):
        for problem in problems(subject(asked, known)):
            assert _names_an_input(problem.property)
            assert problem.reason
        assert all(_names_an_input(doubt) for doubt in doubts(subject(asked, known)))
