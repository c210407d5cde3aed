"""Reading inputs: every problem at once, at its exact property, and never a crash."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_tuning.inputs import TuningJobInputs
from pulumi_tuning.lifecycle.parsing import Unknown, parse
from tests.support.factories import inputs, properties, supervised
from tests.support.strategies import FEW, any_json, asked_properties

Json = dict[str, Any]

SPEC = "supervisedTuningSpec"
HYPER = f"{SPEC}.hyperParameters"
METRICS = f"{SPEC}.evaluationConfig.metrics"

WRONG: list[tuple[str, Json, dict[str, str | None]]] = [
    ("model", {"baseModel": 5}, {"baseModel": "must be a string"}),
    (
        "adapter size",
        {SPEC: supervised(adapterSize=3)},
        {
            f"{HYPER}.adapterSize": (
                "must be one of 1, 2, 4, 8, 16, 32 (or the enum name)"
            )
        },
    ),
    (
        "epochs as a fraction",
        {SPEC: supervised(epochCount=2.5)},
        {f"{HYPER}.epochCount": "must be a whole number"},
    ),
    (
        "epochs as a word",
        {SPEC: supervised(epochCount="many")},
        {f"{HYPER}.epochCount": "must be a whole number"},
    ),
    (
        "epochs as a list",
        {SPEC: supervised(epochCount=[1])},
        {f"{HYPER}.epochCount": "must be a whole number"},
    ),
    (
        "epochs as a boolean",
        {SPEC: supervised(epochCount=True)},
        {f"{HYPER}.epochCount": "a whole number, not a boolean"},
    ),
    (
        "very many digits of epochs",
        {SPEC: supervised(epochCount="9" * 5000)},
        {f"{HYPER}.epochCount": "is too large"},
    ),
    (
        "multiplier",
        {SPEC: supervised(learningRateMultiplier="fast")},
        {f"{HYPER}.learningRateMultiplier": "must be a number"},
    ),
    (
        "infinite multiplier",
        {SPEC: supervised(learningRateMultiplier=float("inf"))},
        {f"{HYPER}.learningRateMultiplier": "must be a finite number"},
    ),
    (
        "flag",
        {SPEC: supervised(exportLastCheckpointOnly="maybe")},
        {f"{SPEC}.exportLastCheckpointOnly": "must be true or false"},
    ),
    (
        "an aggregation that the API has not",
        {
            SPEC: supervised(
                evaluationConfig={"metrics": [{"aggregationMetrics": ["X"]}]}
            )
        },
        {f"{METRICS}[0].aggregationMetrics[0]": None},
    ),
    (
        "more than 32 bits",
        {
            SPEC: supervised(
                evaluationConfig={
                    "inferenceGenerationConfig": {"seed": 2**31, "logprobs": -(2**40)}
                }
            )
        },
        {
            f"{SPEC}.evaluationConfig.inferenceGenerationConfig.seed": "is too large",
            f"{SPEC}.evaluationConfig.inferenceGenerationConfig.logprobs": (
                "is too small"
            ),
        },
    ),
    ("spec", {SPEC: "gs://b/o"}, {SPEC: "must be a mapping of properties"}),
    ("labels", {"labels": ["a"]}, {"labels": "must be a mapping"}),
    ("label", {"labels": {"a": 1, "b": "c"}}, {"labels.a": "must be a string"}),
    (
        "label with a dot",
        {"labels": {"a.b": 1}},
        {'labels["a.b"]': "must be a string"},
    ),
    ("triggers", {"triggers": "x"}, {"triggers": "must be a list"}),
    (
        "policy",
        {"onFailure": "retry"},
        {"onFailure": "must be one of 'keep' or 'replace'"},
    ),
    (
        "misspelt input",
        {"baseModels": "m"},
        {"baseModels": "there is no such property; did you mean baseModel?"},
    ),
    (
        "misspelt hyperparameter",
        {SPEC: supervised(epochs=3, epochCount=3) | {"hyperParameters": {"epochs": 3}}},
        {
            f"{SPEC}.epochs": None,
            f"{HYPER}.epochs": ("there is no such property; did you mean epochCount?"),
        },
    ),
    (
        "misspelt metric",
        {SPEC: supervised(evaluationConfig={"metrics": [{}, {"bleuSpecs": {}}]})},
        {
            f"{METRICS}[1].bleuSpecs": (
                "there is no such property; did you mean bleuSpec?"
            )
        },
    ),
    (
        "two faults in one list",
        {SPEC: supervised(evaluationConfig={"metrics": [{"a": 1}, "b"]})},
        {f"{METRICS}[0].a": None, f"{METRICS}[1]": "must be a mapping of properties"},
    ),
    (
        "two faults in one list, the whole list first",
        {SPEC: supervised(evaluationConfig={"metrics": ["b", {"a": 1}]})},
        {f"{METRICS}[0]": "must be a mapping of properties", f"{METRICS}[1].a": None},
    ),
    (
        "unknown property below a name in snake case",
        {"supervised_tuning_spec": {"training_uri": "x"}, SPEC: None},
        {
            "supervised_tuning_spec.training_uri": (
                "there is no such property; did you mean trainingDatasetUri?"
            )
        },
    ),
    (
        "all at once",
        {"baseModel": 5, SPEC: supervised(adapterSize=3), "labels": {"a": None}},
        {"baseModel": None, f"{HYPER}.adapterSize": None, "labels.a": None},
    ),
]


@pytest.mark.parametrize(
    ("changed", "expected"), [pytest.param(a, b, id=name) for name, a, b in WRONG]
)
def test_problems(changed: Json, expected: dict[str, str | None]) -> None:
    """Each fault is a problem at its exact property, in words that say what to do."""
    parsed = parse(properties(**changed))

    found = {problem.property: problem.reason for problem in parsed.problems}
    assert len(found) == len(parsed.problems)
    assert set(found) == set(expected)
    assert {k: v for k, v in found.items() if expected[k] is not None} == {
        k: v for k, v in expected.items() if v is not None
    }


def test_no_close_name() -> None:
    """A property that resembles none is answered with those that there are."""
    (problem,) = parse(properties(encryptionSpec={"zzz": 1})).problems

    assert problem.reason == "there is no such property; known: kmsKeyName"


def test_what_is_wrong_is_left_out() -> None:
    """What is wrong is left out of the inputs; the rest of them is there."""
    asked = properties(
        supervisedTuningSpec=supervised(adapterSize=3, epochCount=4), description=[]
    )

    parsed = parse(asked)

    assert parsed.inputs == inputs(supervisedTuningSpec=supervised(epochCount=4))
    assert parsed.rejected == {
        (SPEC, "hyperParameters", "adapterSize"),
        ("description",),
    }


def test_list_goes_as_a_whole() -> None:
    """A wrong element takes its list along, as the others would move."""
    config = {"metrics": [{"bleuSpec": {}}, "nope"], "autoraterConfig": {}}

    parsed = parse(properties(supervisedTuningSpec=supervised(evaluationConfig=config)))

    assert parsed.rejected == {(SPEC, "evaluationConfig", "metrics")}
    assert parsed.inputs == inputs(
        supervisedTuningSpec=supervised(evaluationConfig={"autoraterConfig": {}})
    )


def test_the_innermost_list_goes() -> None:
    """Of a list in a list only the inner one goes with its wrong element."""
    config = {"metrics": [{"aggregationMetrics": ["AVERAGE", 5], "bleuSpec": {}}]}

    parsed = parse(properties(supervisedTuningSpec=supervised(evaluationConfig=config)))

    assert [problem.property for problem in parsed.problems] == [
        f"{METRICS}[0].aggregationMetrics[1]"
    ]
    assert parsed.rejected == {
        (SPEC, "evaluationConfig", "metrics", 0, "aggregationMetrics")
    }
    assert parsed.inputs == inputs(
        supervisedTuningSpec=supervised(
            evaluationConfig={"metrics": [{"bleuSpec": {}}]}
        )
    )


def test_the_given_inputs_stay_as_they_are() -> None:
    """Reading inputs changes nothing of what the engine handed over."""
    asked = properties(supervisedTuningSpec=supervised(adapterSize=3))

    parse(asked)

    assert asked == properties(supervisedTuningSpec=supervised(adapterSize=3))


def test_ignored_properties() -> None:
    """Properties of the engine are no inputs, and no problem."""
    parsed = parse(properties(__provider="x"), ignored=["__provider"])

    assert parsed.problems == ()
    assert parsed.inputs == inputs()


def test_unknown_element() -> None:
    """An element that is not known yet is no problem, and its list not missing."""
    path = (SPEC, "evaluationConfig", "metrics", 0)
    asked = properties(
        supervisedTuningSpec=supervised(evaluationConfig={"metrics": [None]})
    )

    parsed = parse(asked, Unknown(frozenset({path})))

    assert parsed.problems == ()
    assert parsed.rejected == {path[:-1]}


@pytest.mark.parametrize(
    ("unknown", "path", "expected"),
    [
        pytest.param(("a",), ("a",), True, id="itself"),
        pytest.param(("a",), ("a", "b"), True, id="below"),
        pytest.param(("a", "b"), ("a",), True, id="above"),
        pytest.param(("a", "b"), ("a", "c"), False, id="beside"),
        pytest.param(("ab",), ("a",), False, id="a longer name"),
    ],
)
def test_covers(
    unknown: tuple[str, ...], path: tuple[str, ...], *, expected: bool
) -> None:
    """A value is unknown where it, what holds it, or something in it is unknown."""
    assert Unknown(frozenset({unknown})).covers(*path) is expected
    assert not Unknown().covers(*path)


NAMES = st.sampled_from(
    [
        *TuningJobInputs.properties(),
        *TuningJobInputs.model_fields,
        "hyperParameters",
        "hyper_parameters",
        "epochCount",
        "adapterSize",
        "metrics",
        "evaluationConfig",
        "kmsKeyName",
        "brand.new",
    ]
)


def _nested() -> st.SearchStrategy[Any]:
    """Return JSON in which names of inputs stand at all places."""
    return st.recursive(
        any_json(),
        lambda below: (
            st.dictionaries(NAMES, below, max_size=3) | st.lists(below, max_size=2)
        ),
        max_leaves=6,
    )


@FEW
@given(st.dictionaries(NAMES | st.text(max_size=5), _nested(), max_size=4))
def test_any_json_can_be_read(given_json: Json) -> None:
    """Whatever is handed over: it is read, and each problem names what was given."""
    parsed = parse(given_json)

    assert parse(parsed.inputs.to_properties()).problems == ()
    assert all(problem.reason for problem in parsed.problems)
    for path in parsed.rejected:
        assert str(path[0]) in given_json
    for problem in parsed.problems:
        assert any(problem.property.startswith((k, "[")) for k in given_json if k) or (
            "" in given_json
        )


@FEW
@given(asked_properties())
def test_well_typed_inputs_have_no_problem(asked: Json) -> None:
    """Inputs of the right types are read without a problem, and read the same again."""
    parsed = parse(asked)

    assert parsed.problems == ()
    assert parse(parsed.inputs.to_properties()).inputs == parsed.inputs


@FEW
@given(
    st.dictionaries(NAMES, _nested(), max_size=3),
    st.frozensets(
        st.lists(NAMES | st.integers(0, 2), min_size=1, max_size=4).map(tuple)
    ),
)
def test_unknown_values_anywhere(given_json: Json, paths: frozenset[Any]) -> None:
    """Unknown values at any place raise nothing and are never called wrong."""
    parsed = parse(given_json, Unknown(paths))

    assert isinstance(parsed.inputs, TuningJobInputs)
    assert (
        parse(given_json, Unknown(frozenset((n,) for n in given_json))).problems == ()
    )
