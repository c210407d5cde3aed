"""What the commands show: tables, JSON, and where they stand.

Results go to stdout and everything else to stderr; without a terminal both are plain.
"""

import io
import json
import os
import sys
from collections.abc import Iterable, Sequence
from typing import Any, Final, TextIO

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

READER_GONE: Final = 141
"""Exit code where nobody reads on, the one that shells show for other programs."""

_WIDEST: Final = 10_000


def tell(message: str) -> None:
    """Say something that is no result."""
    _write(message, sys.stderr)


def show_text(text: str) -> None:
    """Show a result, at once: whether it could be written decides the exit code."""
    _write(text, sys.stdout)


def show_json(value: Any) -> None:  # noqa: ANN401 - any JSON
    """Show a result to programs."""
    show_text(json.dumps(value, indent=2))


def show_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Show a result to readers; a name that was cut short would name nothing.

    So no line is broken here: a narrow terminal breaks it at its edge.
    """
    drawn = io.StringIO()
    console = Console(
        file=drawn,
        force_terminal=Console().is_terminal,
        highlight=False,
        width=_WIDEST,
    )
    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(column)
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    console.print(table)
    show_text("\n".join(line.rstrip() for line in drawn.getvalue().splitlines()))


def printable(text: str) -> str:
    """Return foreign text without characters that a terminal would obey."""
    return "".join(c if c.isprintable() else " " for c in text)


def progress_console() -> Console:
    """Return the console of whatever moves while the user waits."""
    return Console(stderr=True, highlight=False)


def _write(text: str, stream: TextIO | None) -> None:
    """Write a line; a stream that was closed from the start takes everything.

    Raises:
        typer.Exit: Nobody reads the stream any more.
    """
    output = stream or io.StringIO()
    try:
        print(text, file=output, flush=True)
    except BrokenPipeError as error:
        # What could not be written is written once more when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), output.fileno())
        raise typer.Exit(READER_GONE) from error
