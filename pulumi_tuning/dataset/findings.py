"""What one line holds: its problems, its texts and its media.

Pure: no I/O.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from pulumi_tuning.dataset.facts import Modality
from pulumi_tuning.dataset.problems import DatasetProblem, ProblemKind, Severity
from pulumi_tuning.dataset.tokens import count_tokens

_CAMEL_CASE: Final = {
    "system_instruction": "systemInstruction",
    "generation_config": "generationConfig",
    "safety_settings": "safetySettings",
    "tool_config": "toolConfig",
    "inline_data": "inlineData",
    "file_data": "fileData",
    "function_call": "functionCall",
    "function_response": "functionResponse",
    "executable_code": "executableCode",
    "code_execution_result": "codeExecutionResult",
    "video_metadata": "videoMetadata",
    "media_resolution": "mediaResolution",
    "thought_signature": "thoughtSignature",
    "mime_type": "mimeType",
    "file_uri": "fileUri",
    "display_name": "displayName",
}
"""Both spellings are read: lines are protocol buffers in JSON, and the documentation
itself uses both."""


@dataclass(slots=True)
class Findings:
    """What one line holds and what is wrong with it."""

    line: int
    problems: list[DatasetProblem] = field(default_factory=list)
    prompt: list[str] = field(default_factory=list)
    """Texts that are shown to the model."""

    answers: list[list[str]] = field(default_factory=list)
    """Texts that the model shall learn, one list for each alternative."""

    media: Counter[Modality] = field(default_factory=Counter)
    """Number of parts that are not text."""

    def report(self, kind: ProblemKind, path: str, message: str) -> None:
        """Record a problem at a JSON path of this line."""
        self.problems.append(DatasetProblem(kind, message, self.line, path=path))

    @property
    def has_errors(self) -> bool:
        """Whether the service would reject this line."""
        return any(p.severity is Severity.ERROR for p in self.problems)

    @property
    def is_trained_on(self) -> bool:
        """Whether the service would keep this line, and bill it."""
        dropped = any(p.kind is ProblemKind.TOO_MANY_TOKENS for p in self.problems)
        return not self.has_errors and not dropped

    def prompt_tokens(self) -> int:
        """Return about how many tokens the texts of the prompt are."""
        return sum(map(count_tokens, self.prompt))

    def answer_tokens(self) -> list[int]:
        """Return about how many tokens each alternative is."""
        return [sum(map(count_tokens, texts)) for texts in self.answers]

    def fields(
        self,
        value: object,
        path: str,
        *,
        known: Iterable[str],
        required: str | None = None,
        mistaken: Mapping[str, str] = MappingProxyType({}),
    ) -> dict[str, Any] | None:
        """Return the fields that are set, by their camelCase names.

        Fields that are not known are reported, by name only where the name is a known
        mistake; where a required field is missing, the mistake explains it.

        Returns:
            None where the value is no object, or the required field is missing.
        """
        if not isinstance(value, dict):
            self.report(ProblemKind.WRONG_TYPE, path, "must be an object")
            return None
        found: dict[str, Any] = {}
        mistakes: list[str] = []
        for key, item in value.items():
            name = _CAMEL_CASE.get(str(key), str(key))
            if name in found:
                self.report(ProblemKind.UNKNOWN_FIELD, path, f"{name} is given twice")
            elif name in known:
                found[name] = item
            elif name in mistaken:
                mistakes.append(f"{name} is no field here: {mistaken[name]}")
            else:
                message = "has a field that is not documented here"
                self.report(ProblemKind.UNKNOWN_FIELD, path, message)
        if required is not None and found.get(required) is None:
            where = f"{path}.{required}" if path else required
            message = "; ".join(["is required", *mistakes])
            self.report(ProblemKind.MISSING_FIELD, where, message)
            return None
        for message in mistakes:
            self.report(ProblemKind.UNKNOWN_FIELD, path, message)
        return {name: item for name, item in found.items() if item is not None}

    def items(self, value: object, path: str) -> list[Any]:
        """Return the items of a list; a single object is taken as a list of one."""
        if isinstance(value, dict):
            message = "an object stands where a list is documented"
            self.report(ProblemKind.NOT_A_LIST, path, message)
            return [value]
        if not isinstance(value, list):
            self.report(ProblemKind.WRONG_TYPE, path, "must be a list")
            return []
        if not value:
            self.report(ProblemKind.EMPTY_LIST, path, "must not be empty")
        return value


def flat_text(value: object) -> str:
    """Return all that stands in a JSON value as one text, as far as tokens care."""
    texts: list[str] = []
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            waiting += [*item.keys(), *item.values()]
        elif isinstance(item, list):
            waiting += item
        else:
            texts.append(str(item))
    return " ".join(texts)
