"""What holds for any data set: no error, no dependence on chunks, no contradiction."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_tuning.dataset.examination import Examiner
from pulumi_tuning.dataset.facts import ModelRules
from pulumi_tuning.dataset.formats import FAST_READERS, LineFormat
from pulumi_tuning.dataset.models import MODELS
from pulumi_tuning.dataset.preflight import Preflight, sample, validate

FORMATS = st.sampled_from(LineFormat)
RULES = st.sampled_from([None, *MODELS])
TEXTS = st.text(max_size=20) | st.sampled_from(["", " ", "\n\t", "Hi", "\ud800"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3)
    ),
    max_leaves=5,
)
PARTS = st.fixed_dictionaries(
    {},
    optional={
        "text": TEXTS | JSON,
        "fileData": st.fixed_dictionaries(
            {}, optional={"mimeType": TEXTS, "file_uri": TEXTS}
        ),
        "function_call": JSON,
    },
)
ROLES = st.sampled_from(["user", "model", "assistant", "system", ""]) | JSON
TURNS = st.fixed_dictionaries(
    {"role": ROLES, "parts": st.lists(PARTS, max_size=3) | JSON}
)
GOOD_TURNS = st.builds(
    lambda role, texts: {"role": role, "parts": [{"text": text} for text in texts]},
    st.sampled_from(["user", "model"]),
    st.lists(TEXTS, min_size=1, max_size=2),
)
COMPLETIONS = st.fixed_dictionaries(
    {"score": st.sampled_from([0, 1, 0.0, 1.0, 0.5, True]), "completion": GOOD_TURNS}
)
ROWS = st.fixed_dictionaries(
    {"contents": st.lists(GOOD_TURNS | TURNS, max_size=3)},
    optional={
        "completions": st.lists(COMPLETIONS | JSON, max_size=3),
        "systemInstruction": GOOD_TURNS | JSON,
        "system_instruction": GOOD_TURNS,
        "tools": JSON,
        "messages": JSON,
    },
)
PLAIN_ROWS = st.fixed_dictionaries(
    {"contents": st.lists(GOOD_TURNS, min_size=1, max_size=3)},
    optional={
        "completions": st.lists(COMPLETIONS, min_size=2, max_size=2),
        "systemInstruction": GOOD_TURNS,
    },
)


def _encode(row: Any) -> bytes:  # noqa: ANN401 - any JSON
    return json.dumps(row).encode()


LINES = st.one_of(
    ROWS.map(_encode),
    PLAIN_ROWS.map(_encode),
    JSON.map(_encode),
    st.binary(max_size=30),
    st.just(b""),
)
FILES = st.builds(
    lambda lines, end: b"\n".join(lines) + end,
    st.lists(LINES, max_size=8),
    st.sampled_from([b"", b"\n", b"\r\n"]),
)
QUICK = settings(deadline=None, database=None, max_examples=50)


@QUICK
@given(
    content=FILES, line_format=FORMATS, model=RULES, cuts=st.lists(st.integers(1, 60))
)
def test_chunks_do_not_matter(
    content: bytes,
    line_format: LineFormat,
    model: ModelRules | None,
    cuts: list[int],
) -> None:
    """Any file, cut anywhere, gives the same report, and never an error."""
    preflight = Preflight(line_format, model)
    for size in cuts:
        preflight.feed(content[preflight.position : preflight.position + size])
    preflight.feed(content[preflight.position :])

    report = preflight.finish()

    assert report == validate([content], line_format, model)
    assert preflight.position == len(content)


@QUICK
@given(content=FILES | st.binary(), line_format=FORMATS, share=st.floats(0, 1))
def test_sample_says_no_more_than_the_whole(
    content: bytes, line_format: LineFormat, share: float
) -> None:
    """A sample of the whole is the whole; any other is no error and judges no more."""
    whole = validate([content], line_format)

    part = sample(
        content[: round(share * len(content))], line_format, size=len(content)
    )

    assert sample(content, line_format, size=len(content)) == whole
    assert part.rows <= whole.rows or not whole.ok


@settings(QUICK, max_examples=200)
@given(line=LINES, line_format=FORMATS, model=RULES)
def test_fast_reader_takes_nothing_that_a_close_look_objects_to(
    line: bytes,
    line_format: LineFormat,
    model: ModelRules | None,
) -> None:
    """Lines on the fast way are the same lines that pass a close look."""
    reader, examiner = FAST_READERS[line_format], Examiner(line_format, model)
    found = examiner.examine(line, 1)

    if reader.takes(line):
        assert found.problems == []
        assert reader.tokens(line) == examiner.billed_tokens(found)


@QUICK
@given(row=PLAIN_ROWS)
def test_messages_hold_no_text(row: dict[str, Any]) -> None:
    """No problem quotes what a row says."""
    secret = "Quetzalcoatlus"
    for turn in row["contents"]:
        turn["role"] = f"{secret}{turn['role']}"
        turn[secret] = secret
    found = Examiner(LineFormat.CHAT, None).examine(_encode(row), 1)

    assert found.problems != []
    assert all(secret not in str(problem) for problem in found.problems)
