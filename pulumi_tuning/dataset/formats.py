"""The three line formats, and a fast reader that takes only faultless text lines.

Pure: no I/O. A line that the fast reader takes has no problem; what it does not take is
looked at by `pulumi_tuning.dataset.examination`, which says why. msgspec decodes and
checks a line several times faster than `json.loads` decodes it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final, Literal

import msgspec

from pulumi_tuning.dataset.facts import ModelFamily, ModelRules, TuningKind
from pulumi_tuning.dataset.tokens import count_tokens


class LineFormat(StrEnum):
    """What a line of a data set holds."""

    CHAT = "chat"
    """`contents` that end with a turn of the model, for supervised tuning."""

    PREFERENCE = "preference"
    """`contents` that end with a turn of the user, and two `completions`."""

    TRANSLATION = "translation"
    """`contents` of text alone: a source text and its translation."""


def line_format(kind: TuningKind, model: ModelRules | None) -> LineFormat:
    """Return the format that a job of this kind wants; None is an unknown model."""
    if kind is TuningKind.PREFERENCE:
        return LineFormat.PREFERENCE
    if model is not None and model.family is ModelFamily.TRANSLATION:
        return LineFormat.TRANSLATION
    return LineFormat.CHAT


class _Part(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    text: Annotated[str, msgspec.Meta(min_length=1)]


_Parts = Annotated[list[_Part], msgspec.Meta(min_length=1)]


class _Turn(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    role: Literal["user", "model"]
    parts: _Parts


class _SystemInstruction(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    parts: _Parts
    role: str | None = None


class _Completion(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    score: float
    completion: _Turn


class _TranslationRow(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    contents: Annotated[list[_Turn], msgspec.Meta(min_length=1)]


class _ChatRow(_TranslationRow, forbid_unknown_fields=True, gc=False):
    systemInstruction: _SystemInstruction | None = None  # noqa: N815 - REST name
    system_instruction: _SystemInstruction | None = None


class _PreferenceRow(_ChatRow, forbid_unknown_fields=True, gc=False, kw_only=True):
    completions: tuple[_Completion, _Completion]


_REFUSED: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_decode_chat: Final = msgspec.json.Decoder(_ChatRow).decode
_decode_preference: Final = msgspec.json.Decoder(_PreferenceRow).decode
_decode_translation: Final = msgspec.json.Decoder(_TranslationRow).decode


@dataclass(frozen=True, slots=True)
class FastReader:
    """Takes the lines of one format that are beyond doubt."""

    takes: Callable[[bytes], bool]
    """Whether a line is an example of nothing but text, without a fault."""

    tokens: Callable[[bytes], int]
    """About how many tokens of a line that it takes are billed in one epoch."""


def _takes_translation(line: bytes) -> bool:
    try:
        row = _decode_translation(line)
    except _REFUSED:
        return False
    return _ends_with_answer(row.contents)


def _takes_chat(line: bytes) -> bool:
    try:
        row = _decode_chat(line)
    except _REFUSED:
        return False
    if row.systemInstruction is None and row.system_instruction is None:
        return _ends_with_answer(row.contents)
    return _ends_with_answer(row.contents) and _has_one_instruction(row)


def _takes_preference(line: bytes) -> bool:
    try:
        row = _decode_preference(line)
    except _REFUSED:
        return False
    one, other = row.completions
    if row.contents[-1].role != "user" or {one.score, other.score} != {0.0, 1.0}:
        return False
    if one.completion.role != "model" or other.completion.role != "model":
        return False
    if one.completion.parts == other.completion.parts:
        return False
    if _has_blank(row.contents) or _has_blank((one.completion, other.completion)):
        return False
    no_instruction = row.systemInstruction is None and row.system_instruction is None
    return no_instruction or _has_one_instruction(row)


def _ends_with_answer(turns: list[_Turn]) -> bool:
    if turns[-1].role != "model" or turns[0].role != "user":
        return False
    for turn in turns:  # not `any`: this runs for each line of a data set
        for part in turn.parts:
            if part.text.isspace():
                return False
    return True


def _has_one_instruction(row: _ChatRow) -> bool:
    both = (row.systemInstruction, row.system_instruction)
    given = [instruction for instruction in both if instruction is not None]
    return len(given) == 1 and not _has_blank(given)


def _has_blank(turns: Iterable[_Turn | _SystemInstruction]) -> bool:
    return any(part.text.isspace() for turn in turns for part in turn.parts)


def _count(turns: Iterable[_Turn | _SystemInstruction]) -> int:
    return sum(count_tokens(part.text) for turn in turns for part in turn.parts)


def _translation_tokens(line: bytes) -> int:
    return _count(_decode_translation(line).contents)


def _prompt(row: _ChatRow) -> int:
    instructions = (row.systemInstruction, row.system_instruction)
    return _count(row.contents) + _count(filter(None, instructions))


def _chat_tokens(line: bytes) -> int:
    return _prompt(_decode_chat(line))


def _preference_tokens(line: bytes) -> int:
    row = _decode_preference(line)
    return preference_tokens(
        prompt=_prompt(row),
        completions=_count(completion.completion for completion in row.completions),
    )


def preference_tokens(*, prompt: int, completions: int) -> int:
    """Return what is billed of a preference example: its prompt counts twice."""
    return 2 * prompt + completions


FAST_READERS: Final[Mapping[LineFormat, FastReader]] = {
    LineFormat.CHAT: FastReader(_takes_chat, _chat_tokens),
    LineFormat.PREFERENCE: FastReader(_takes_preference, _preference_tokens),
    LineFormat.TRANSLATION: FastReader(_takes_translation, _translation_tokens),
}
"""The fast reader of each format."""
