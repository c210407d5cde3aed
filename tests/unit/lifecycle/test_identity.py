"""Labels: the only handle on a job whose name was never received."""

import re
from typing import Any

import pytest

from pulumi_tuning.lifecycle.identity import (
    FINGERPRINT_LABEL,
    STACK_LABEL,
    fingerprint_label,
    is_of_stack,
    request_body,
    stack_label,
)
from tests.support.factories import IDENTITY, inputs, live, supervised

TRAINED = {"training": {"generation": "1", "crc32c": "AAAA", "size": 5}}


def fingerprint(name: str = "bot", identity: str = IDENTITY, **asked: Any) -> str:  # noqa: ANN401 - any JSON
    """Return the fingerprint label of a resource."""
    return fingerprint_label(identity, name, inputs(**asked))


def test_labels_are_valid() -> None:
    """Both labels satisfy Google's rules for values of labels."""
    for label in (stack_label(IDENTITY), fingerprint()):
        assert re.fullmatch(r"[a-z0-9_-]{1,63}", label)


def test_labels_are_pinned() -> None:
    """Labels never change between versions: they find jobs that others started."""
    assert stack_label("an identity") == "15c0eddc15fac755bbcf8ac95150240d"
    assert fingerprint(identity="an identity", triggers=[1.0, "a"]) == (
        "305c6f9988862f9759841a6c603f629b"
    )


def test_order_of_labels() -> None:
    """The order in which a program names its labels makes no other job."""
    one, other = {"a": "1", "b": "2"}, {"b": "2", "a": "1"}

    assert fingerprint(labels=one) == fingerprint(labels=other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param({"identity": "a"}, {"identity": "b"}, id="stack"),
        pytest.param({"name": "a"}, {"name": "b"}, id="logical name"),
        pytest.param({"baseModel": "a"}, {"baseModel": "b"}, id="model"),
        pytest.param({"labels": {"a": "b"}}, {}, id="label"),
        pytest.param({"triggers": [1]}, {"triggers": [2]}, id="trigger"),
        pytest.param({"triggers": []}, {}, id="triggers at all"),
        pytest.param(
            {"onDatasetChange": "replace", "datasetFingerprints": TRAINED},
            {"onDatasetChange": "replace"},
            id="data set that replaces",
        ),
    ],
)
def test_other_job(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Another stack, resource, definition, trigger or data set is another job."""
    assert fingerprint(**one) != fingerprint(**other)


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"onFailure": "replace"}, id="failure policy"),
        pytest.param({"preflight": "off"}, id="preflight"),
        pytest.param({"deleteTunedModel": True}, id="clean-up"),
        pytest.param({"maxEstimatedCostUsd": 1}, id="cost limit"),
        pytest.param({"adopt": "x"}, id="adoption"),
        pytest.param({"datasetFingerprints": TRAINED}, id="data set that only warns"),
        pytest.param(
            {"supervisedTuningSpec": supervised(epochCount=4.0)}, id="a float of epochs"
        ),
    ],
)
def test_same_job(changed: dict[str, Any]) -> None:
    """What is not sent, and does not replace, makes no other job."""
    base: dict[str, Any] = (
        {"supervisedTuningSpec": supervised(epochCount=4)}
        if "supervisedTuningSpec" in changed
        else {}
    )

    assert fingerprint(**changed) == fingerprint(**base)


def test_same_content_uploaded_again() -> None:
    """The same bytes uploaded between two tries start no second job."""
    again = {"training": {**TRAINED["training"], "generation": "2"}}

    assert fingerprint(
        onDatasetChange="replace", datasetFingerprints=TRAINED
    ) == fingerprint(onDatasetChange="replace", datasetFingerprints=again)


def test_other_content_is_another_job() -> None:
    """Other bytes are another job where they replace: also without a checksum."""
    labels = {
        fingerprint(onDatasetChange="replace", datasetFingerprints={"training": data})
        for data in (
            {"generation": "1", "size": 5},
            {"generation": "2", "size": 5},
            {"generation": "2", "crc32c": "AAAA", "size": 5},
            {"generation": "2", "crc32c": "AAAA", "size": 6},
        )
    }

    assert len(labels) == 4


def test_request_body() -> None:
    """A request has the user's fields and labels, the default labels and our two."""
    asked = inputs(
        labels={"team": "nlp"},
        datasetFingerprints=TRAINED,
        supervisedTuningSpec=supervised(epochCount=4),
    )

    body = request_body(
        asked,
        identity=IDENTITY,
        name="bot",
        default_labels={"team": "default", "cost": "42"},
    )

    assert body.pop("labels") == {
        "team": "nlp",
        "cost": "42",
        STACK_LABEL: stack_label(IDENTITY),
        FINGERPRINT_LABEL: fingerprint_label(IDENTITY, "bot", asked),
    }
    assert body == {
        "baseModel": "gemini-2.5-flash",
        "supervisedTuningSpec": supervised(epochCount="4"),
    }


def test_job_of_a_stack() -> None:
    """A job belongs to the stack whose label it carries."""
    ours = live(labels={STACK_LABEL: stack_label(IDENTITY)})

    assert is_of_stack(ours, IDENTITY)
    assert not is_of_stack(ours, "another")
    assert not is_of_stack(live(), IDENTITY)
