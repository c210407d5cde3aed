"""The examples of a data set, as the emulated service reads them: JSON lines.

Pure. Tokens are counted as runs of word characters and single other signs, which is the
emulator's own method: the real service counts with the model's tokenizer.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from pulumi_tuning.emulator.json_values import Json, is_list, is_object, read_json

_TOKEN: Final = re.compile(r"\w+|[^\w\s]")
_MODALITIES: Final = {
    "functionCall": "function call",
    "functionResponse": "function response",
    "executableCode": "executable code",
    "codeExecutionResult": "code execution result",
}
_TOKENS_OF_A_FILE: Final = 258
_LARGEST_SCORE: Final = 3.4e38
"""A score is a float; sums of its squares fit a double."""


class DatasetError(Exception):
    """The data set cannot be tuned on; the message is that of the job."""


@dataclass(frozen=True, slots=True)
class Example:
    """One example that can be tuned on."""

    index: int
    """Line of the data set, from 1, empty ones not counted."""

    input_tokens: int
    output_tokens: int
    """Of a preference pair: of both completions."""

    message_count: int
    characters: int
    scores: Sequence[float]
    """Of a preference pair; else empty."""

    contents: Sequence[Json]
    completions: Sequence[Json]
    """The pair of a preference example, else empty."""

    @property
    def billable_tokens(self) -> int:
        """Tokens billed for one epoch; a preference pair reads its prompt twice."""
        prompts = 2 if self.scores else 1
        return prompts * self.input_tokens + self.output_tokens


@dataclass(frozen=True, slots=True)
class Dropped:
    """An example that the service leaves out."""

    index: int
    reason: str


def read_examples(
    parts: Iterable[bytes], *, is_preference: bool, longest_tokens: int
) -> Iterator[Example | Dropped]:
    """Return each example of the data set, or why it is left out.

    Raises:
        DatasetError: A line is no JSON object, or has a part that no model takes.
    """
    documents = _documents(parts)
    for index, document in enumerate(documents, start=1):
        part = _unsupported_part(document)
        if part:
            count = index + sum(1 for _ in documents)
            message = _unsupported(part, f"Dataset example {index} of {count}")
            raise DatasetError(message)
        reason = _structural_problem(document, is_preference=is_preference)
        if reason:
            yield Dropped(index, reason)
            continue
        example = _example(index, document, is_preference=is_preference)
        longest = example.input_tokens + example.output_tokens
        if longest > longest_tokens:
            reason = f"The example has {longest} tokens, more than {longest_tokens}."
            yield Dropped(index, reason)
        else:
            yield example


def _documents(parts: Iterable[bytes]) -> Iterator[Json]:
    index = 0
    for line in _lines(parts):
        if not line.strip():
            continue
        index += 1
        try:
            document = read_json(line)
        except ValueError:
            document = None
        if not is_object(document):
            message = f"Dataset example {index} is not a valid JSON object."
            raise DatasetError(message)
        yield document


def _lines(parts: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for part in parts:
        *complete, rest = (rest + part).split(b"\n")
        yield from complete
    yield rest


def _unsupported_part(document: Json) -> Json | None:
    for content in _objects(document.get("contents")):
        for part in _objects(content.get("parts")):
            if part.keys() & _MODALITIES.keys():
                return part
    return None


def _unsupported(part: Json, label: str) -> str:
    modality = next(name for key, name in _MODALITIES.items() if key in part)
    return (
        f'{label} contains an unsupported modality [{modality}] in the "parts" field, '
        "which is not supported by this model. The supported modalities are: "
        f"[image, PDF document, audio, video]. JSON: {json.dumps(part)}"
    )


def _structural_problem(document: Json, *, is_preference: bool) -> str | None:
    contents = document.get("contents")
    if not is_list(contents) or not contents:
        return 'The example has no "contents".'
    if not all(_is_content(content) for content in contents):
        return 'The example has a content without a valid role and "parts".'
    if is_preference:
        return _pair_problem(document.get("completions"))
    if contents[-1].get("role") != "model":
        return 'The last content of the example is not of the role "model".'
    return None


def _pair_problem(completions: object) -> str | None:
    pair = completions if is_list(completions) else []
    if len(pair) != 2:  # noqa: PLR2004 - a pair
        return 'The example does not have exactly two "completions".'
    for completion in pair:
        if not is_object(completion) or not _is_content(completion.get("completion")):
            return 'The example has a completion without "parts".'
        score = completion.get("score", 0)
        if not isinstance(score, (int, float)) or abs(score) > _LARGEST_SCORE:
            return "The example has a completion whose score is no number."
    return None


def _is_content(content: object) -> bool:
    return (
        is_object(content)
        and content.get("role", "user") in ("user", "model")
        and is_list(content.get("parts"))
        and bool(content["parts"])
        and all(is_object(part) for part in content["parts"])
    )


def _example(index: int, document: Json, *, is_preference: bool) -> Example:
    contents = document["contents"]
    instruction = document.get("systemInstruction")
    completions = document["completions"] if is_preference else ()
    outputs = [item["completion"] for item in completions] or [
        content for content in contents if content.get("role") == "model"
    ]
    inputs = [content for content in contents if completions or content not in outputs]
    if is_object(instruction):
        inputs.append(instruction)
    return Example(
        index=index,
        input_tokens=sum(_tokens(content) for content in inputs),
        output_tokens=sum(_tokens(content) for content in outputs),
        characters=sum(len(text) for item in inputs + outputs for text in _texts(item)),
        message_count=len(contents),
        scores=[float(item.get("score", 0)) for item in completions],
        contents=contents,
        completions=completions,
    )


def _tokens(content: Json) -> int:
    files = sum("text" not in part for part in _objects(content.get("parts")))
    words = sum(count_tokens(text) for text in _texts(content))
    return words + files * _TOKENS_OF_A_FILE


def count_tokens(text: str) -> int:
    """Return how many tokens the emulator counts in a text."""
    return sum(1 for _ in _TOKEN.finditer(text))


def _texts(content: Json) -> list[str]:
    texts = (part.get("text") for part in _objects(content.get("parts")))
    return [text for text in texts if isinstance(text, str)]


def _objects(values: object) -> list[Json]:
    """Return the JSON objects of a list, and nothing of anything else."""
    return [item for item in values if is_object(item)] if is_list(values) else []
