"""The filter of a list of tuning jobs: comparisons joined by AND, OR, NOT and brackets.

Pure. The grammar is the one that the discovery document describes for the neighbouring
job collections of the API; which fields tuning jobs take is assumed, and an option.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pulumi_tuning.emulator.errors import (
    RefusalError,
    invalid_argument,
)
from pulumi_tuning.emulator.json_values import Json
from pulumi_tuning.emulator.options import FILTER_FIELDS
from pulumi_tuning.emulator.schema import snake_case

Predicate = Callable[[Json], bool]

_TOKEN: Final = re.compile(
    r"""\s*(?:
        (?P<bracket>[()])
      | (?P<operator><=|>=|!=|=|<|>|:)
      | "(?P<quoted>(?:\\.|[^"\\])*)"
      | '(?P<single>(?:\\.|[^'\\])*)'
      | (?P<word>[^\s()<>=!:"']+(?::(?=\d)[^\s()<>=!"']+)*)
    )""",
    re.VERBOSE,
)
_TEXT_FIELDS: Final = {
    "state": "state",
    "tuned_model_display_name": "tunedModelDisplayName",
    "tunedModelDisplayName": "tunedModelDisplayName",
    "base_model": "baseModel",
    "baseModel": "baseModel",
}
_TIME_FIELDS: Final = {
    "create_time": "createTime",
    "createTime": "createTime",
    "update_time": "updateTime",
    "updateTime": "updateTime",
}
_ORDER: Final[dict[str, Callable[[datetime, datetime], bool]]] = {
    "=": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


def compile_filter(text: str, fields: Collection[str] = FILTER_FIELDS) -> Predicate:
    """Return a test of a job's wire form; an empty filter lets every job through.

    Args:
        text: The filter.
        fields: What it may name, in snake_case.

    Raises:
        RefusalError: The filter cannot be read, or names a field it may not.
    """
    parser = _Parser(text, fields)
    if not text.strip():
        return lambda _: True
    try:
        predicate = parser.alternatives()
    except RecursionError:
        raise parser.refusal() from None
    if parser.peek() is not None:
        raise parser.refusal()
    return predicate


class _Parser:
    def __init__(self, text: str, fields: Collection[str]) -> None:
        self._text = text
        self._fields = fields
        self._tokens = self._tokenize(text)
        self._next = 0

    def peek(self) -> _Token | None:
        """Return the next token without taking it."""
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def refusal(self) -> RefusalError:
        """Return the error of a filter that cannot be read."""
        return invalid_argument(f"Invalid filter: {self._text}")

    def alternatives(self) -> Predicate:
        """Read terms joined by OR."""
        terms = [self._conjunction()]
        while self._take_word("OR"):
            terms.append(self._conjunction())
        return lambda job: any(term(job) for term in terms)

    def _conjunction(self) -> Predicate:
        terms = [self._negation()]
        while self._take_word("AND") or self._starts_term():
            terms.append(self._negation())
        return lambda job: all(term(job) for term in terms)

    def _starts_term(self) -> bool:
        """Whether a term follows without AND, which then is implied."""
        token = self.peek()
        return token is not None and token.text not in (")", "OR")

    def _negation(self) -> Predicate:
        if self._take_word("NOT"):
            negated = self._negation()
            return lambda job: not negated(job)
        if self._take_bracket("("):
            inner = self.alternatives()
            if not self._take_bracket(")"):
                raise self.refusal()
            return inner
        return self._comparison()

    def _comparison(self) -> Predicate:
        field = self._take("word", "quoted")
        operator = self._take("operator")
        value = self._take("word", "quoted")
        if snake_case(field.partition(".")[0]) not in self._fields:
            raise _unsupported(field, operator)
        return _compare(field, operator, value)

    def _take(self, *kinds: str) -> str:
        token = self.peek()
        if token is None or token.kind not in kinds:
            raise self.refusal()
        self._next += 1
        return token.text

    def _take_word(self, word: str) -> bool:
        return self._take_if(_Token("word", word))

    def _take_bracket(self, bracket: str) -> bool:
        return self._take_if(_Token("bracket", bracket))

    def _take_if(self, token: _Token) -> bool:
        if self.peek() != token:
            return False
        self._next += 1
        return True

    def _tokenize(self, text: str) -> list[_Token]:
        tokens: list[_Token] = []
        position = 0
        text = text.rstrip()
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None:
                raise self.refusal()
            kind = match.lastgroup or ""
            found = re.sub(r"\\(.)", r"\1", match[kind])
            tokens.append(_Token("quoted" if kind == "single" else kind, found))
            position = match.end()
        return tokens


def _compare(field: str, operator: str, value: str) -> Predicate:
    if field.startswith("labels."):
        return _label(field.removeprefix("labels."), operator, value)
    if field in _TEXT_FIELDS:
        return _text(_TEXT_FIELDS[field], operator, value)
    if field in _TIME_FIELDS and operator in _ORDER:
        return _time(_TIME_FIELDS[field], operator, value)
    raise _unsupported(field, operator)


def _unsupported(field: str, operator: str) -> RefusalError:
    return invalid_argument(
        f"Invalid filter: field {field} with operator {operator} is not supported."
    )


def _label(key: str, operator: str, value: str) -> Predicate:
    if operator == ":" and value == "*":
        return lambda job: key in job.get("labels", {})
    if operator in ("=", ":"):
        return lambda job: job.get("labels", {}).get(key) == value
    if operator == "!=":
        return lambda job: job.get("labels", {}).get(key) != value
    message = f"Invalid filter: operator {operator} is not supported for labels."
    raise invalid_argument(message)


def _text(field: str, operator: str, value: str) -> Predicate:
    if operator == "=" and field != "state" and "*" in value:
        operator = ":"
    if operator == "=":
        return lambda job: job.get(field, "") == value
    if operator == "!=":
        return lambda job: job.get(field, "") != value
    if operator == ":":
        pattern = re.compile(".*".join(re.escape(part) for part in value.split("*")))
        return lambda job: pattern.search(job.get(field, "")) is not None
    message = f"Invalid filter: operator {operator} is not supported for {field}."
    raise invalid_argument(message)


def _time(field: str, operator: str, value: str) -> Predicate:
    try:
        right = datetime.fromisoformat(value)
    except ValueError:
        right = None
    if right is None or right.tzinfo is None:
        message = f"Invalid filter: {value} is not a time in RFC 3339."
        raise invalid_argument(message)
    compare = _ORDER[operator]
    return lambda job: (
        field in job and compare(datetime.fromisoformat(job[field]), right)
    )
