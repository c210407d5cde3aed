"""The filter of a list, against jobs as the service answers them."""

import pytest

from pulumi_tuning.emulator.errors import RefusalError
from pulumi_tuning.emulator.filters import compile_filter
from tests.emulator.bodies import Json

JOBS: dict[str, Json] = {
    "running": {
        "state": "JOB_STATE_RUNNING",
        "createTime": "2026-11-22T10:00:00.5Z",
        "updateTime": "2026-11-22T11:00:00Z",
        "tunedModelDisplayName": "support bot",
        "baseModel": "gemini-2.5-flash",
        "labels": {"team": "nlp", "env": "prod"},
    },
    "failed": {
        "state": "JOB_STATE_FAILED",
        "createTime": "2026-11-20T10:00:00Z",
        "updateTime": "2026-11-20T10:00:00Z",
        "tunedModelDisplayName": "sales",
        "baseModel": "gemini-2.5-pro",
        "labels": {"team": "web"},
    },
    "plain": {
        "state": "JOB_STATE_RUNNING",
        "createTime": "2026-11-21T10:00:00Z",
        "updateTime": "2026-11-21T10:00:00Z",
        "baseModel": "gemini-2.5-pro",
    },
}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("", "running failed plain", id="empty"),
        pytest.param('state="JOB_STATE_FAILED"', "failed", id="quoted"),
        pytest.param("state='JOB_STATE_FAILED'", "failed", id="single quotes"),
        pytest.param("state = JOB_STATE_FAILED", "failed", id="bare word"),
        pytest.param("state!=JOB_STATE_FAILED", "running plain", id="not equal"),
        pytest.param("labels.team=nlp", "running", id="label"),
        pytest.param("labels.team:nlp", "running", id="label with a colon"),
        pytest.param("labels.team:*", "running failed", id="label is there"),
        pytest.param("labels.team!=nlp", "failed plain", id="label is another"),
        pytest.param(
            "labels.team:* AND NOT state=JOB_STATE_FAILED", "running", id="and not"
        ),
        pytest.param(
            "labels.env=prod OR state=JOB_STATE_FAILED", "running failed", id="or"
        ),
        pytest.param(
            "labels.team=web OR labels.team=nlp AND state=JOB_STATE_FAILED",
            "failed",
            id="and binds closer",
        ),
        pytest.param(
            "(labels.team=web OR labels.team=nlp) AND state=JOB_STATE_RUNNING",
            "running",
            id="brackets",
        ),
        pytest.param("labels.team=nlp labels.env=prod", "running", id="implied and"),
        pytest.param("NOT (labels.team:*)", "plain", id="not brackets"),
        pytest.param(
            'create_time>"2026-11-21T00:00:00Z"', "running plain", id="later than"
        ),
        pytest.param(
            "create_time<=2026-11-21T10:00:00+00:00", "failed plain", id="bare time"
        ),
        pytest.param(
            'createTime="2026-11-22T10:00:00.500Z"', "running", id="equal time"
        ),
        pytest.param(
            'update_time>="2026-11-22T11:00:00Z"', "running", id="time of update"
        ),
        pytest.param(
            'create_time!="2026-11-20T10:00:00Z" '
            'AND create_time<"2026-11-22T00:00:00Z"',
            "plain",
            id="other time",
        ),
        pytest.param(
            'tuned_model_display_name="support bot"', "running", id="display name"
        ),
        pytest.param('tunedModelDisplayName:"s*bot"', "running", id="pattern"),
        pytest.param('tuned_model_display_name="s*"', "running failed", id="wildcard"),
        pytest.param('tunedModelDisplayName="a \\"b\\""', "", id="escaped quote"),
        pytest.param("base_model=gemini-2.5-pro", "failed plain", id="base model"),
    ],
)
def test_a_filter_lets_the_right_jobs_through(text: str, found: str) -> None:
    """Comparisons, words and brackets mean what the API's grammar says."""
    predicate = compile_filter(text)

    assert [name for name, job in JOBS.items() if predicate(job)] == found.split()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("state", id="field alone"),
        pytest.param("state=", id="no value"),
        pytest.param("= JOB_STATE_FAILED", id="no field"),
        pytest.param("(state=JOB_STATE_FAILED", id="open bracket"),
        pytest.param("state=JOB_STATE_FAILED)", id="surplus bracket"),
        pytest.param('state="JOB', id="open quote"),
        pytest.param("(" * 20_000, id="too deep"),
        pytest.param("NOT " * 10_000 + "state=x", id="too often not"),
        pytest.param("colour=red", id="unknown field"),
        pytest.param("state<JOB_STATE_FAILED", id="order of states"),
        pytest.param("labels.team>nlp", id="order of labels"),
        pytest.param("labels:*", id="all labels"),
        pytest.param('create_time:"2026"', id="pattern of a time"),
        pytest.param("create_time>yesterday", id="no time"),
        pytest.param("create_time>2026-11-21T10:00:00", id="time without zone"),
        pytest.param("create_time:2026-11-21T10:00:00Z", id="time with a colon"),
    ],
)
def test_a_filter_that_means_nothing_is_refused(text: str) -> None:
    """A filter that cannot be read is a 400 that quotes it."""
    with pytest.raises(RefusalError, match="Invalid filter") as caught:
        compile_filter(text)

    assert caught.value.code == 400
