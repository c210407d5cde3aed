"""What is wrong with one line, in full: structure, roles, parts and completions.

Pure: no I/O. Only what the documentation of a format says is asked for: roles need not
alternate, unknown fields are doubtful and no error.
"""

from dataclasses import dataclass
from typing import Any, Final

from pulumi_tuning.dataset.decoding import decode
from pulumi_tuning.dataset.facts import Modality, ModelRules
from pulumi_tuning.dataset.findings import Findings, flat_text
from pulumi_tuning.dataset.formats import (
    LineFormat,
    preference_tokens,
)
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
_PURPOSE: Final = {"model": "answer to learn", "user": "prompt to complete"}
_PAIR: Final = 2


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
        row = found.fields(
            value, "", known=known, required="contents", mistaken=_MISTAKEN_ROW
        )
        if row is None:
            return found
        self._system_instruction(row.get("systemInstruction"), found)
        if "tools" in row:
            found.prompt.append(flat_text(row["tools"]))
        self._contents(row["contents"], found)
        if self.line_format is LineFormat.PREFERENCE:
            self._completions(row.get("completions"), found)
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

    def _system_instruction(self, value: object, found: Findings) -> None:
        if value is None:
            return
        path = "systemInstruction"
        fields = _turn_fields(value, path, found)
        if fields is None:
            return
        media = found.media.total()
        found.prompt += self._parts(fields["parts"], path, found)
        if found.media.total() > media:
            message = "is documented with text parts alone"
            found.report(ProblemKind.DOUBTFUL_PART, path, message)

    def _contents(self, value: object, found: Findings) -> None:
        roles: list[str | None] = []
        for index, turn in enumerate(found.items(value, "contents")):
            role, texts = self._turn(turn, f"contents[{index}]", found)
            roles.append(role)
            if role == "model" and self.line_format is not LineFormat.PREFERENCE:
                found.answers.append(texts)
            else:
                found.prompt += texts
        if not roles or None in roles:
            return
        wanted = "user" if self.line_format is LineFormat.PREFERENCE else "model"
        if roles[-1] != wanted:
            message = f"must be {wanted}: the last turn is the {_PURPOSE[wanted]}"
            path = f"contents[{len(roles) - 1}].role"
            found.report(ProblemKind.WRONG_LAST_TURN, path, message)
        elif "user" not in roles:
            message = "has no turn of the user"
            found.report(ProblemKind.NO_USER_TURN, "contents", message)

    def _turn(
        self, value: object, path: str, found: Findings
    ) -> tuple[str | None, list[str]]:
        """Return the role of a turn, None where it is wrong, and its texts."""
        fields = _turn_fields(value, path, found)
        if fields is None:
            return None, []
        role = _role(fields.get("role"), f"{path}.role", found)
        media = found.media.total()
        texts = self._parts(fields["parts"], path, found)
        if role == "model" and found.media.total() > media:
            message = "a model turn is documented with text alone"
            found.report(ProblemKind.DOUBTFUL_PART, path, message)
        return role, texts

    def _parts(self, value: object, path: str, found: Findings) -> list[str]:
        """Return the texts of a turn; a turn of nothing but blank texts is reported."""
        reader = PartReader(self.line_format, self.model)
        parts = found.items(value, f"{path}.parts")
        before = len(found.problems)
        texts = [
            reader.read(part, f"{path}.parts[{index}]", found)
            for index, part in enumerate(parts)
        ]
        is_blank = all(text is not None and not text.strip() for text in texts)
        if texts and is_blank and len(found.problems) == before:
            found.report(ProblemKind.EMPTY_TURN, path, "holds no text but white space")
        return [text for text in texts if text is not None]

    def _completions(self, value: object, found: Findings) -> None:
        path = "completions"
        if value is None:
            message = "is required: a preferred and a rejected answer"
            found.report(ProblemKind.MISSING_FIELD, path, message)
            return
        completions = found.items(value, path)
        before = len(found.problems)
        scores: list[float] = []
        for index, completion in enumerate(completions):
            scores += self._completion(completion, f"{path}[{index}]", found)
        if len(completions) != _PAIR:
            message = f"must be two, are {len(completions)}"
            found.report(ProblemKind.WRONG_COMPLETIONS, path, message)
        elif len(scores) == _PAIR:
            _judge_scores(scores, found)
        if len(found.problems) == before and found.answers[0] == found.answers[1]:
            message = "both answers are the same"
            found.report(ProblemKind.DOUBTFUL_COMPLETIONS, path, message)

    def _completion(self, value: object, path: str, found: Findings) -> list[float]:
        """Return the score of a completion in a list, which is empty without one."""
        fields = found.fields(
            value, path, known=("score", "completion"), required="completion"
        )
        if fields is None:
            return []
        role, texts = self._turn(fields["completion"], f"{path}.completion", found)
        found.answers.append(texts)
        if role not in (None, "model"):
            message = "must be model"
            path_of_role = f"{path}.completion.role"
            found.report(ProblemKind.WRONG_COMPLETIONS, path_of_role, message)
        score = fields.get("score")
        if score is None:
            message = "is left out, which counts as 0"
            found.report(ProblemKind.DOUBTFUL_COMPLETIONS, f"{path}.score", message)
            return [0.0]
        if isinstance(score, bool) or not isinstance(score, (int, float)):
            found.report(ProblemKind.WRONG_TYPE, f"{path}.score", "must be 0 or 1")
            return []
        return [score]

    def _limits(self, found: Findings) -> None:
        images = found.media[Modality.IMAGE]
        if images > MOST_IMAGES_PER_ROW.value:
            message = f"{images} images; at most {MOST_IMAGES_PER_ROW.value}"
            found.report(ProblemKind.TOO_MANY_IMAGES, "", message)
        limit = self.model.most_tokens_per_row if self.model else None
        if limit is None:
            return
        answers = found.answer_tokens()
        if self.line_format is LineFormat.PREFERENCE:
            answers = [max(answers, default=0)]
        tokens = found.prompt_tokens() + sum(answers) + self.image_tokens(found)
        if tokens > limit.value:
            message = f"about {tokens} tokens; the service drops what exceeds "
            found.report(ProblemKind.TOO_MANY_TOKENS, "", f"{message}{limit.value}")


def _turn_fields(value: object, path: str, found: Findings) -> dict[str, Any] | None:
    return found.fields(
        value,
        path,
        known=("parts", "role"),
        required="parts",
        mistaken=_MISTAKEN_TURN,
    )


def _role(value: object, path: str, found: Findings) -> str | None:
    """Return the role of a turn, or None where it is wrong."""
    if value is None or value == "":
        return "user"
    if not isinstance(value, str):
        found.report(ProblemKind.WRONG_TYPE, path, "must be a string")
        return None
    if value in ("user", "model"):
        return value
    if value in _UNDOCUMENTED_ROLES:
        message = f"{value} is not documented for tuning; write user"
        found.report(ProblemKind.UNDOCUMENTED_ROLE, path, message)
        return "user"
    message = "must be user or model"
    lower = value.lower()
    if lower in _MISTAKEN_ROLES:
        message = f"must be {_MISTAKEN_ROLES[lower]}, not {lower}"
    elif lower == "system":
        message = "system is no role here: use the field systemInstruction"
    found.report(ProblemKind.UNKNOWN_ROLE, path, message)
    return None


def _judge_scores(scores: list[float], found: Findings) -> None:
    path = "completions"
    if scores[0] == scores[1]:
        message = "one must be preferred: the scores are equal"
        found.report(ProblemKind.WRONG_COMPLETIONS, path, message)
    elif set(scores) != {0, 1}:
        message = "the scores are documented as 1 (preferred) and 0 (rejected)"
        found.report(ProblemKind.DOUBTFUL_COMPLETIONS, path, message)
