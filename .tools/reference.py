"""Writes the README's tables from the code they describe.

`python .tools/reference.py` rewrites README.md; with `--check` it only says whether it
would change. Each table stands between `<!-- NAME -->` and `<!-- /NAME -->`.
"""

import ast
import inspect
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import fields
from itertools import chain, pairwise
from pathlib import Path
from textwrap import dedent
from typing import Final, get_args

from pydantic import BaseModel

from pulumi_tuning import TuningJob
from pulumi_tuning.dataset.models import MODELS
from pulumi_tuning.emulator import Behaviour
from pulumi_tuning.evaluation import EvaluationConfig
from pulumi_tuning.inputs import Effect, TuningJobInputs
from pulumi_tuning.pricing import PRICES_AS_OF, USD_PER_MILLION_TOKENS
from pulumi_tuning.settings import SETTING_NAMES

README: Final = Path(__file__).resolve().parent.parent / "README.md"
_EFFECTS: Final = {
    Effect.REPLACE: "replaces the job",
    Effect.UPDATE: "in place",
    Effect.RECORD: "-",
}


def inputs() -> Iterator[str]:
    """Yield the table of inputs, nested ones below their parents."""
    yield "| input | a change | what it is |"
    yield "|---|---|---|"
    docs = _attribute_docs(TuningJobInputs)
    for name, field in TuningJobInputs.model_fields.items():
        effect = TuningJobInputs.effects()[str(field.alias)]
        if effect is not Effect.RECORD:
            yield f"| `{name}` | {_EFFECTS[effect]} | {docs[name]} |"
            yield from _nested(name, field.annotation)


def _nested(prefix: str, annotation: object) -> Iterator[str]:
    """Yield the rows of the fields below an input, each with its whole path."""
    model = next((a for a in get_args(annotation) if _is_model(a)), None)
    if model is None or model is EvaluationConfig:
        return
    docs = _attribute_docs(model)
    for name, field in model.model_fields.items():
        path = f"{prefix}.{name}"
        yield f"| `{path}` | {_EFFECTS[Effect.REPLACE]} | {docs[name]} |"
        yield from _nested(path, field.annotation)


def _is_model(candidate: object) -> bool:
    return isinstance(candidate, type) and issubclass(candidate, BaseModel)


def _attribute_docs(documented: type) -> dict[str, str]:
    """Return what the source says about each attribute of a class, inherited or not."""
    docs: dict[str, str] = {}
    for owner in documented.__mro__[-2::-1]:
        if owner.__module__.startswith("pulumi_tuning"):
            (tree,) = ast.parse(dedent(inspect.getsource(owner))).body
            docs |= _documented(tree)
    return docs


def _documented(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield every annotated name of a class with the string that follows it."""
    blocks = (n for n in ast.walk(tree) if isinstance(n, ast.ClassDef | ast.If))
    for declared, doc in chain.from_iterable(pairwise(b.body) for b in blocks):
        if isinstance(declared, ast.AnnAssign) and isinstance(doc, ast.Expr):
            name = ast.unparse(declared.target)
            yield name, _line(ast.literal_eval(doc.value))


def outputs() -> Iterator[str]:
    """Yield the table of outputs, from the documented attributes of TuningJob."""
    yield "| output | what it is |"
    yield "|---|---|"
    for name, doc in _attribute_docs(TuningJob).items():
        yield f"| `{name}` | {doc} |"


def settings() -> Iterator[str]:
    """Yield the table of settings, the first name that is set wins."""
    yield "| config | environment |"
    yield "|---|---|"
    for names in SETTING_NAMES.values():
        variables = ", ".join(f"`{variable}`" for variable in names.environment)
        yield f"| `{names.config}` | {variables or '-'} |"


def models() -> Iterator[str]:
    """Yield the table of models."""
    yield "| base model | tuning | adapter sizes | locations | CMEK | evaluation |"
    yield "|---|---|---|---|---|---|"
    for model in MODELS:
        sizes, places = model.adapter_sizes, model.locations
        kinds = ", ".join(sorted(model.tuning_kinds.value))
        cells = (
            f"`{model.name}`",
            kinds if model.is_listed.value else f"{kinds}; no longer listed",
            ", ".join(map(str, sizes.value)) if sizes else "-",
            ", ".join(places.value) if places else "any",
            _known(model.supports_cmek and model.supports_cmek.value),
            _known(model.supports_evaluation and model.supports_evaluation.value),
        )
        yield f"| {' | '.join(cells)} |"


def prices() -> Iterator[str]:
    """Yield the table of prices."""
    yield f"| base model | USD per million training tokens, {PRICES_AS_OF} |"
    yield "|---|---|"
    for model, price in USD_PER_MILLION_TOKENS.items():
        yield f"| `{model}` | {price} |"


def behaviour() -> Iterator[str]:
    """Yield the table of the emulator's switches."""
    yield "| switch | default | what it does |"
    yield "|---|---|---|"
    docs = _attribute_docs(Behaviour)
    for switch in fields(Behaviour):
        default = json.dumps(switch.default)
        yield f"| `{switch.name}` | `{default}` | {docs[switch.name]} |"


def _known(value: object) -> str:
    return "yes" if value is True else "no" if value is False else "-"


def _line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


TABLES: Final = {
    "inputs": inputs,
    "outputs": outputs,
    "settings": settings,
    "models": models,
    "prices": prices,
    "behaviour": behaviour,
}


def rendered(text: str) -> str:
    """Return the README with every table as the code has it now."""
    for name, table in TABLES.items():
        pattern = rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)"
        lines = "\n".join(table())
        text, found = re.subn(
            pattern,
            lambda match, lines=lines: f"{match[1]}{lines}\n{match[2]}",
            text,
            flags=re.DOTALL,
        )
        if found != 1:
            sys.exit(f"README.md has {found} places for the table {name!r}, not one")
    return text


def main() -> None:
    """Rewrite README.md, or check it."""
    before = README.read_text()
    after = rendered(before)
    if sys.argv[1:] == ["--check"]:
        if before != after:
            sys.exit("README.md is out of date: run python .tools/reference.py")
    else:
        README.write_text(after)


if __name__ == "__main__":
    main()
