"""What the commands show: tables, JSON, and where they stand.

Results go to stdout and everything else to stderr; without a terminal both are plain.
"""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

_WIDEST: Final = 10_000


def tell(message: str) -> None:
    """Say something that is no result."""
    print(message, file=sys.stderr, flush=True)


def show_json(value: Any) -> None:  # noqa: ANN401 - any JSON
    """Show a result to programs."""
    print(json.dumps(value, indent=2, ensure_ascii=False))


def show_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Show a result to readers; without a terminal no line is ever broken."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _WIDEST
    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(column)
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    with console.capture() as captured:
        console.print(table)
    for line in captured.get().splitlines():
        print(line.rstrip())


def printable(text: str) -> str:
    """Return foreign text without characters that a terminal would obey."""
    return "".join(c if c.isprintable() else " " for c in text)


def progress_console() -> Console:
    """Return the console of whatever moves while the user waits."""
    return Console(stderr=True, highlight=False)
