"""Errors: one tree, drawn as it is, with a class for everything Google can answer."""

import re
from typing import Any

import pytest
from google.rpc import code_pb2  # type: ignore[import-untyped]

from pulumi_tuning import errors
from pulumi_tuning.errors import (
    CODE_ERRORS,
    STATUS_ERRORS,
    ApiConnectionError,
    ApiStatusError,
    DatasetUnreadableError,
    InvalidInputsError,
    NotFoundError,
    Problem,
    QuotaError,
    SettingsError,
    TuningError,
    WaitTimeoutError,
    quoted,
)


def api_error(
    error_class: type[ApiStatusError] = ApiStatusError,
    **arguments: Any,  # noqa: ANN401 - those of the class
) -> ApiStatusError:
    """Return an error as the service answers it."""
    given: dict[str, Any] = {
        "code": 418,
        "status": "TEAPOT",
        "detail": "short and stout",
    }
    return error_class(method="GET", url="https://x/y", **(given | arguments))


def drawn_tree() -> dict[str, str]:
    """Return class → parent class as the module's docstring draws them."""
    parents: dict[str, str] = {}
    stack: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        match = re.match(r"([│├└─ ]*)([A-Z]\w+Error)", line)
        if match:
            depth = len(match[1]) // 4
            stack[depth:] = [match[2]]
            if depth:
                parents[match[2]] = stack[depth - 1]
    return parents


def test_the_tree_is_drawn_as_it_is() -> None:
    """The drawing in the docstring shows each class under its parent."""
    classes = [
        value
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, TuningError)
    ]
    real = {c.__name__: c.__bases__[0].__name__ for c in classes if c != TuningError}

    assert drawn_tree() == real


def test_retryable_errors_are_drawn_as_such() -> None:
    """An error that may pass says so in the drawing."""
    drawing = (errors.__doc__ or "").replace("DATA_LOSS,\n", "")

    retryable = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type)
        and issubclass(value, TuningError)
        and value.is_retryable
    }

    assert retryable == set(
        re.findall(r"(\w+Error)\b[^\n]*(?:\n│ {20,}[^\n]*)?; retryable", drawing)
    )


def test_every_canonical_code_has_an_error() -> None:
    """Each of Google's canonical status words but OK is mapped."""
    assert set(STATUS_ERRORS) == set(code_pb2.Code.keys()) - {"OK"}


def test_a_404_without_envelope_is_not_gone() -> None:
    """No HTTP code alone means that something is gone."""
    assert NotFoundError not in CODE_ERRORS.values()
    assert [w for w, e in STATUS_ERRORS.items() if e is NotFoundError] == ["NOT_FOUND"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a\n  b\tc", "a b c", id="several lines"),
        pytest.param("a\x1b[31mb\udc80", "a [31mb", id="what a terminal would obey"),
        pytest.param("x" * 256, "x" * 256, id="just short enough"),
        pytest.param("x" * 257, "x" * 255 + "…", id="too long"),
    ],
)
def test_quoted(text: str, expected: str) -> None:
    """Foreign text is one line of at most 256 characters."""
    assert quoted(text) == expected


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        pytest.param(
            InvalidInputsError([Problem("a.b", "is c"), Problem("d", "is e")]),
            "a.b: is c; d: is e",
            id="problems of a program",
        ),
        pytest.param(
            SettingsError("gcp:region", "is wrong", source="stack config"),
            "gcp:region (from stack config): is wrong",
            id="setting with a source",
        ),
        pytest.param(
            SettingsError("gcp:region", "not set"),
            "gcp:region: not set",
            id="setting without a source",
        ),
        pytest.param(
            DatasetUnreadableError("gs://b/o", "is empty"),
            "gs://b/o: is empty",
            id="data set",
        ),
        pytest.param(
            api_error(), "418 TEAPOT: short and stout", id="status, nothing else"
        ),
        pytest.param(
            api_error(subject="make tea", remedy="make coffee"),
            "make tea: 418 TEAPOT: short and stout; make coffee",
            id="status with subject and remedy",
        ),
        pytest.param(
            WaitTimeoutError("too long", job="j", state="s", waited_seconds=3.0),
            "too long",
            id="wait",
        ),
    ],
)
def test_message(error: TuningError, expected: str) -> None:
    """A message says what happened, to which name, and what to do."""
    assert str(error) == expected


def test_parts_of_an_error() -> None:
    """What an error was made of can be read from it."""
    connection = ApiConnectionError("m", method="GET", url="u", was_sent=False)
    wait = WaitTimeoutError("too long", job="j", state="s", waited_seconds=3.0)

    assert (connection.method, connection.url, connection.was_sent) == (
        "GET",
        "u",
        False,
    )
    assert (wait.job, wait.state, wait.waited_seconds) == ("j", "s", 3.0)


_INFO = "type.googleapis.com/google.rpc.ErrorInfo"
_RETRY = "type.googleapis.com/google.rpc.RetryInfo"


@pytest.mark.parametrize(
    ("details", "reason"),
    [
        pytest.param([], None, id="no details"),
        pytest.param([{"@type": _INFO, "reason": "R"}], "R", id="a reason"),
        pytest.param([{"@type": _INFO}], None, id="no reason in it"),
        pytest.param(
            [{"@type": _RETRY}, {"@type": _INFO, "reason": 1}], "1", id="second detail"
        ),
    ],
)
def test_reason(details: list[dict[str, Any]], reason: str | None) -> None:
    """The reason is that of the envelope's ErrorInfo."""
    assert api_error(details=details).reason == reason


@pytest.mark.parametrize(
    ("details", "is_rate"),
    [
        pytest.param([], False, id="a quota used up"),
        pytest.param(
            [{"@type": _INFO, "reason": "RATE_LIMIT_EXCEEDED"}], True, id="a rate"
        ),
        pytest.param(
            [{"@type": _RETRY, "retryDelay": "30s"}], True, id="a delay to wait"
        ),
        pytest.param([{"@type": _INFO, "reason": "OTHER"}], False, id="other reason"),
    ],
)
def test_rate_or_quota(details: list[dict[str, Any]], is_rate: bool) -> None:  # noqa: FBT001 - a table
    """Calls that came too fast are told from a quota that is used up."""
    error = api_error(QuotaError, details=details)

    assert isinstance(error, QuotaError)
    assert error.is_rate is is_rate
