"""The three line formats, and a fast reader that takes only faultless text lines.

Pure: no I/O. A line that the fast reader takes has no problem; what it does not take is
looked at by `pulumi_tuning.dataset.examination`, which says why. msgspec decodes and
checks a line several times faster than `json.loads` decodes it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Final, Literal

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


@dataclass(frozen=True, slots=True)
class FastReader:
    """Takes the lines of one format that are beyond doubt."""

    _decode: Callable[[bytes], Any]
    _is_faultless: Callable[[Any], bool]
    _tokens: Callable[[Any], int]

    def takes(self, line: bytes) -> bool:
        """Return whether a line is an example of nothing but text, without a fault."""
        try:
            row = self._decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return False
        return self._is_faultless(row)

    def tokens(self, line: bytes) -> int:
        """Return about how many tokens of a line that it takes are billed an epoch."""
        return self._tokens(self._decode(line))


def _has_blank(turns: Iterable[_Turn | _SystemInstruction]) -> bool:
    # Plain loops: this runs for each line of a data set.
    for turn in turns:
        for part in turn.parts:
            if part.text.isspace():
                return True
    return False


def _is_translation(row: _TranslationRow) -> bool:
    turns = row.contents
    if turns[-1].role != "model" or turns[0].role != "user":
        return False
    return not _has_blank(turns)


def _is_chat(row: _ChatRow) -> bool:
    return _is_translation(row) and not _has_doubtful_instruction(row)


def _is_preference(row: _PreferenceRow) -> bool:
    one, other = row.completions
    return (
        row.contents[-1].role == "user"
        and {one.score, other.score} == {0.0, 1.0}
        and one.completion.role == other.completion.role == "model"
        and one.completion.parts != other.completion.parts
        and not _has_blank(row.contents)
        and not _has_blank((one.completion, other.completion))
        and not _has_doubtful_instruction(row)
    )


def _has_doubtful_instruction(row: _ChatRow) -> bool:
    one, other = row.systemInstruction, row.system_instruction
    if one is None:
        return other is not None and _has_blank((other,))
    return other is not None or _has_blank((one,))


def _count(turns: Iterable[_Turn | _SystemInstruction]) -> int:
    return sum(count_tokens(part.text) for turn in turns for part in turn.parts)


def _translation_tokens(row: _TranslationRow) -> int:
    return _count(row.contents)


def _chat_tokens(row: _ChatRow) -> int:
    instructions = (row.systemInstruction, row.system_instruction)
    return _count(row.contents) + _count(filter(None, instructions))


def _preference_tokens(row: _PreferenceRow) -> int:
    return preference_tokens(
        prompt=_chat_tokens(row),
        completions=_count(completion.completion for completion in row.completions),
    )


def preference_tokens(*, prompt: int, completions: int) -> int:
    """Return what is billed of a preference example: its prompt counts twice."""
    return 2 * prompt + completions


FAST_READERS: Final[Mapping[LineFormat, FastReader]] = {
    LineFormat.CHAT: FastReader(
        msgspec.json.Decoder(_ChatRow).decode, _is_chat, _chat_tokens
    ),
    LineFormat.PREFERENCE: FastReader(
        msgspec.json.Decoder(_PreferenceRow).decode, _is_preference, _preference_tokens
    ),
    LineFormat.TRANSLATION: FastReader(
        msgspec.json.Decoder(_TranslationRow).decode,
        _is_translation,
        _translation_tokens,
    ),
}
"""The fast reader of each format."""
