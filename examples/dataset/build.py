"""Builds the data sets of the examples from Python's own documentation.

The docstrings of the standard library are real text that every machine with Python
has. A summarisation example asks for the summary line of a docstring; a preference
example prefers that line to the paragraph after it. The same version of Python gives
the same bytes.

    python build.py FOLDER                          writes the files
    python build.py FOLDER gs://bucket/docstrings   writes and uploads them

An upload takes its access token from GOOGLE_OAUTH_ACCESS_TOKEN, and goes to
STORAGE_EMULATOR_HOST where that is set.
"""

import ast
import hashlib
import json
import os
import sys
import sysconfig
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

INSTRUCTION = "Summarise this documentation of Python in one sentence."

EXAMPLES = {"train": 320, "validation": 80, "more": 200}
"""Summarisation examples of each file: enough to be real, few enough to cost cents."""

PREFERENCES = 200

TEXT_CHARACTERS = range(200, 4000)
SUMMARY_CHARACTERS = range(20, 81)


@dataclass(frozen=True)
class Docstring:
    """One docstring of the standard library."""

    text: str

    @property
    def summary(self) -> str:
        """The first line."""
        return self.text.partition("\n")[0]

    @property
    def paragraph(self) -> str:
        """What follows the summary, up to the next empty line or a bit less."""
        following = self.text.partition("\n\n")[2].partition("\n\n")[0]
        return textwrap.shorten(following, width=300, placeholder=" …")

    @property
    def is_suitable(self) -> bool:
        """Whether the first line alone says what the rest explains."""
        return (
            self.text.startswith(f"{self.summary}\n\n")
            and self.summary[0].isupper()
            and self.summary.endswith(".")
            and self.paragraph[:1].isalpha()
            and len(self.text) in TEXT_CHARACTERS
            and len(self.summary) in SUMMARY_CHARACTERS
        )

    def to_supervised_example(self) -> dict[str, Any]:
        """Return a prompt with the answer that is wanted."""
        return {
            "systemInstruction": turn("system", INSTRUCTION),
            "contents": [turn("user", self.text), turn("model", self.summary)],
        }

    def to_preference_example(self) -> dict[str, Any]:
        """Return a prompt with a preferred and a rejected answer."""
        return {
            "contents": [turn("user", f"{INSTRUCTION}\n\n{self.text}")],
            "completions": [
                {"score": 1.0, "completion": turn("model", self.summary)},
                {"score": 0.0, "completion": turn("model", self.paragraph)},
            ],
        }


def turn(role: str, text: str) -> dict[str, Any]:
    """Return what one side says."""
    return {"role": role, "parts": [{"text": text}]}


def docstrings() -> Iterator[Docstring]:
    """Read suitable docstrings, module by module, no summary twice.

    The modules are parsed, not imported.
    """
    folder = Path(sysconfig.get_path("stdlib"))
    known: set[str] = set()
    for name in sorted(sys.stdlib_module_names):
        path = folder / f"{name}.py"
        if not path.exists():
            continue
        for text in documentation(ast.parse(path.read_bytes())):
            docstring = Docstring(text)
            if docstring.is_suitable and docstring.summary not in known:
                known.add(docstring.summary)
                yield docstring


def documentation(node: ast.Module | ast.ClassDef) -> Iterator[str]:
    """Read the docstrings of a module or class and of everything in it."""
    yield ast.get_docstring(node) or ""
    for member in node.body:
        if isinstance(member, ast.ClassDef):
            yield from documentation(member)
        elif isinstance(member, ast.FunctionDef | ast.AsyncFunctionDef):
            yield ast.get_docstring(member) or ""


def rank(docstring: Docstring) -> bytes:
    """Return a place in an order that has nothing to do with the text."""
    return hashlib.sha256(docstring.text.encode()).digest()


def build() -> dict[str, bytes]:
    """Return the files by name: no docstring stands in two summarisation files."""
    mixed = iter(sorted(islice(docstrings(), sum(EXAMPLES.values())), key=rank))
    parts = {name: list(islice(mixed, count)) for name, count in EXAMPLES.items()}
    files = {
        f"{name}.jsonl": to_jsonl(d.to_supervised_example() for d in part)
        for name, part in parts.items()
    }
    preferences = (d.to_preference_example() for d in parts["train"][:PREFERENCES])
    return {**files, "preference.jsonl": to_jsonl(preferences)}


def to_jsonl(examples: Iterable[dict[str, Any]]) -> bytes:
    """Return one example per line."""
    lines = (json.dumps(example, ensure_ascii=False) for example in examples)
    return "".join(f"{line}\n" for line in lines).encode()


def upload(files: dict[str, bytes], destination: str) -> None:
    """Send the files to Cloud Storage, or to the emulator that stands for it."""
    bucket, _, prefix = destination.removeprefix("gs://").partition("/")
    host = os.environ.get("STORAGE_EMULATOR_HOST", "https://storage.googleapis.com")
    token = os.environ.get("GOOGLE_OAUTH_ACCESS_TOKEN", "")
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/jsonl"}
    with httpx.Client(base_url=host, headers=headers) as client:
        for name, content in files.items():
            answer = client.post(
                f"/upload/storage/v1/b/{quote(bucket)}/o",
                params={"uploadType": "media", "name": f"{prefix}/{name}"},
                content=content,
            )
            answer.raise_for_status()


def main(folder: str, destination: str | None = None) -> None:
    """Write the files, upload them where asked to, and say what they are."""
    files = build()
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (target / name).write_bytes(content)
        count = content.count(b"\n")
        sys.stdout.write(f"{target / name}: {count} examples, {len(content)} bytes\n")
    if destination:
        upload(files, destination)
        sys.stdout.write(f"uploaded to {destination}\n")


if __name__ == "__main__":
    if len(sys.argv) not in {2, 3}:
        sys.exit(__doc__)
    main(*sys.argv[1:])
