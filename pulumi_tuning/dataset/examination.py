"""What is wrong with one line, in full: structure, roles, parts and completions.

Pure: no I/O. Only what the documentation of a format says is asked for: roles need not
alternate, unknown fields are doubtful and no error.
"""

from dataclasses import dataclass
from typing import Any, Final

from pulumi_tuning.dataset.decoding import decode
from pulumi_tuning.dataset.facts import Modality, ModelRules
from pulumi_tuning.dataset.findings import Findings
from pulumi_tuning.dataset.formats import LineFormat, preference_tokens
from pulumi_tuning.dataset.models import MOST_IMAGES_PER_ROW
from pulumi_tuning.dataset.parts import PartReader
from pulumi_tuning.dataset.problems import ProblemKind

_FIELDS: Final = {
    LineFormat.CHAT: (
        "contents",
        "systemInstruction",
        "tools",
        "toolConfig",
        "generationConfig",
        "safetySettings",
        "labels",
    ),
    LineFormat.PREFERENCE: ("contents", "completions", "systemInstruction"),
    LineFormat.TRANSLATION: ("contents",),
}
_OPENAI: Final = "that is the chat format of OpenAI; here it is contents with parts"
_PAIRS: Final = "here it is contents with a user turn and a model turn"
_MISTAKEN_ROW: Final = {
    "messages": _OPENAI,
    "prompt": _PAIRS,
    "completion": _PAIRS,
    "response": _PAIRS,
    "input_text": _PAIRS,
    "output_text": _PAIRS,
    "input": _PAIRS,
    "output": _PAIRS,
    "content": "it is called contents",
    "system": "it is called systemInstruction",
    "completions": "it belongs to preference tuning",
    "chosen": "here it is completions with scores 1 and 0",
    "rejected": "here it is completions with scores 1 and 0",
}
_MISTAKEN_TURN: Final = {
    "content": 'it is called parts, a list of {"text": …}',
    "text": 'put it into parts, a list of {"text": …}',
}
_MISTAKEN_ROLES: Final = {
    "assistant": "model",
    "bot": "model",
    "ai": "model",
    "human": "user",
}
_UNDOCUMENTED_ROLES: Final = ("function", "tool")


@dataclass(frozen=True, slots=True)
class Examiner:
    """Looks closely at lines of one format, for one model (None: unknown)."""

    line_format: LineFormat
    model: ModelRules | None

    def examine(self, line: bytes, number: int) -> Findings:
        """Return what a line holds and everything that is wrong with it."""
        found = Findings(number)
        value, problem = decode(line, number)
        if problem is not None:
            found.problems.append(problem)
            return found
        known = _FIELDS[self.line_format]
        row = found.fields(value, "", known=known, mistaken=_MISTAKEN_ROW)
        if row is None:
            return found
        self._system_instruction(row.get("systemInstruction"), found)
        if "tools" in row:
            found.prompt.append(str(row["tools"]))
        self._contents(row, found)
        if self.line_format is LineFormat.PREFERENCE:
            self._completions(row, found)
        self._limits(found)
        return found

    def billed_tokens(self, found: Findings) -> int:
        """Return about how many tokens of the line's texts are billed an epoch."""
        prompt, answers = found.prompt_tokens(), sum(found.answer_tokens())
        if self.line_format is LineFormat.PREFERENCE:
            return preference_tokens(prompt=prompt, completions=answers)
        return prompt + answers

    def image_tokens(self, found: Findings) -> int:
        """Return how many tokens the images of the line are; 0 where not documented."""
        if self.model is None or self.model.tokens_per_image is None:
            return 0
        return found.media[Modality.IMAGE] * self.model.tokens_per_image.value
