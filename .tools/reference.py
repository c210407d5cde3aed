"""Writes the README's tables from the code they describe.

`python .tools/reference.py` rewrites README.md; with `--check` it only says whether it
would change. Each table stands between `<!-- NAME -->` and `<!-- /NAME -->`.
"""

import ast
import re
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Final, get_args

from pydantic import BaseModel

from pulumi_tuning import resource
from pulumi_tuning.dataset.models import MODELS
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
    for name, field in TuningJobInputs.model_fields.items():
        effect = TuningJobInputs.effects()[str(field.alias)]
        if effect is not Effect.RECORD:
            yield f"| `{name}` | {_EFFECTS[effect]} | {_line(field.description)} |"
            yield from _nested(name, field.annotation)


def _nested(prefix: str, annotation: object) -> Iterator[str]:
    """Yield the rows of the fields below an input, each with its whole path."""
    model = next((a for a in get_args(annotation) if _is_model(a)), None)
    if model is None or model is EvaluationConfig:
        return
    for name, field in model.model_fields.items():
        path = f"{prefix}.{name}"
        yield f"| `{path}` | {_EFFECTS[Effect.REPLACE]} | {_line(field.description)} |"
        yield from _nested(path, field.annotation)


def _is_model(candidate: object) -> bool:
    return isinstance(candidate, type) and issubclass(candidate, BaseModel)


def outputs() -> Iterator[str]:
    """Yield the table of outputs, from the documented attributes of TuningJob."""
    yield "| output | what it is |"
    yield "|---|---|"
    tree = ast.parse(Path(resource.__file__).read_text())
    job = next(
        n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == "TuningJob"
    )
    (typed,) = (n for n in job.body if isinstance(n, ast.If))
    for declared, doc in pairwise(typed.body):
        if isinstance(declared, ast.AnnAssign) and isinstance(doc, ast.Expr):
            name = ast.unparse(declared.target)
            text = ast.literal_eval(doc.value)
            yield f"| `{name}` | {_line(text)} |"


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


def _known(value: object) -> str:
    return "yes" if value is True else "no" if value is False else "-"


def _line(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", "\\|")


TABLES: Final = {
    "inputs": inputs,
    "outputs": outputs,
    "settings": settings,
    "models": models,
    "prices": prices,
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
