"""The layout: modules and functions of a size that can be read, tests that speak."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
MODULES: Final = sorted((ROOT / "pulumi_tuning").rglob("*.py"))
TESTS: Final = sorted((ROOT / "tests").rglob("test_*.py"))
LONGEST_MODULE: Final = 360
LONGEST_FUNCTION: Final = 45
LONG_FUNCTIONS: Final = {
    "TuningJob.__init__": "one parameter per input, each described",
    "emulate": "one option of the command per setting of the emulator",
}
"""Functions that may be longer, and why."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(tree: ast.AST, prefix: str = "") -> Iterator[tuple[str, Function]]:
    """Yield all functions with their qualified names."""
    for node in ast.iter_child_nodes(tree):
        name = prefix
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            name = f"{prefix}{node.name}."
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield name[:-1], node
        yield from functions(node, name)


def functions_of(module: Path) -> list[tuple[str, Function]]:
    """Return all functions of a module with their qualified names."""
    return list(functions(ast.parse(module.read_text())))


def length(function: Function) -> int:
    """Return the lines of a function, without its docstring."""
    end, start = function.end_lineno or 0, function.lineno
    docstring = ast.get_docstring(function, clean=False) or ""
    return end - start + 1 - len(docstring.splitlines())


def test_modules_are_short() -> None:
    """No module is longer than what can be read in one sitting."""
    lengths = {
        str(m.relative_to(ROOT)): len(m.read_text().split("\n")) for m in MODULES
    }

    assert {m: n for m, n in lengths.items() if n > LONGEST_MODULE} == {}


def test_functions_are_short() -> None:
    """No function is longer than a screen, but for a few that say why."""
    found = {
        name
        for module in MODULES
        for name, function in functions_of(module)
        if length(function) > LONGEST_FUNCTION
    }

    assert found == set(LONG_FUNCTIONS)


def test_no_drawer_for_the_rest() -> None:
    """No module is named after nothing in particular."""
    drawers = {"utils", "util", "helpers", "common", "misc", "base"}

    assert drawers.isdisjoint(module.stem for module in MODULES)


def test_tests_are_sentences() -> None:
    """Each test says in its first line, a sentence, what it guarantees."""
    silent = [
        f"{path.relative_to(ROOT)}::{name}"
        for path in TESTS
        for name, function in functions_of(path)
        if name.startswith("test_") and "." not in name
        if not (ast.get_docstring(function) or "").partition("\n")[0].endswith(".")
    ]

    assert silent == []
