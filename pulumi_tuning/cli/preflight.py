"""`pulumi-tuning preflight`: everything about a data set before it is paid for."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import typer
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from pulumi_tuning.cli.connection import connected
from pulumi_tuning.cli.terminal import progress_console, show_json, show_text, tell
from pulumi_tuning.clock import Clock
from pulumi_tuning.dataset.facts import ModelRules, TuningKind
from pulumi_tuning.dataset.formats import LineFormat, line_format
from pulumi_tuning.dataset.models import find_model
from pulumi_tuning.dataset.preflight import validate
from pulumi_tuning.dataset.problems import DatasetProblem
from pulumi_tuning.dataset.report import Report
from pulumi_tuning.dataset.whole_file import compared
from pulumi_tuning.errors import DatasetUnreadableError
from pulumi_tuning.pricing import CostEstimate, estimate
from pulumi_tuning.resource_names import GcsUri

REJECTED: Final = 1
"""Exit code where the service would reject a data set."""

_TRANSLATION_MODEL: Final = "translation-llm-002"
_CHUNK_BYTES: Final = 1024**2


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command was asked for."""

    training: str
    validation: str | None
    kind: str
    model: str | None
    epochs: int | None
    usd_per_million: float | None
    as_json: bool


@dataclass(frozen=True, slots=True)
class Source:
    """A data set that can be read once."""

    name: str
    size: int
    content_encoding: str | None
    chunks: Iterator[bytes]


def run(options: Options, clock: Clock) -> None:
    """Show the report and the estimated cost.

    Raises:
        typer.BadParameter: A data set is not there, or its address is none.
        typer.Exit: The service would reject a data set.
        TuningError: A data set cannot be read.
    """
    name = options.model or (
        _TRANSLATION_MODEL if options.kind == "translation" else None
    )
    rules = find_model(name) if name else None
    if name and rules is None:
        tell(f"{name} is not known here: its limits are not checked")
    lines = _format(options.kind, rules)
    reports = {"training": _report(options.training, lines, rules, clock)}
    if options.validation is not None:
        validation = _report(
            options.validation, lines, rules, clock, is_validation=True
        )
        reports["validation"] = compared(validation, reports["training"], rules)
    cost = _cost(reports["training"], name, options)
    if options.as_json:
        documents = {what: _document(report) for what, report in reports.items()}
        show_json({**documents, "cost": _cost_document(cost)})
    else:
        _show(reports, cost, name)
    if not all(report.ok for report in reports.values()):
        raise typer.Exit(REJECTED)


def _format(kind: str, rules: ModelRules | None) -> LineFormat:
    if kind == "translation":
        return LineFormat.TRANSLATION
    return line_format(TuningKind(kind), rules)


def _report(
    address: str,
    lines: LineFormat,
    rules: ModelRules | None,
    clock: Clock,
    *,
    is_validation: bool = False,
) -> Report:
    """Return the report of one data set, with a progress bar on the way."""
    source = _in_storage(address, clock) if "://" in address else _in_file(address)
    with _watched(source) as chunks:
        return validate(
            chunks,
            lines,
            rules,
            is_validation=is_validation,
            content_encoding=source.content_encoding,
        )


def _in_storage(address: str, clock: Clock) -> Source:
    uri = GcsUri.parse(address)
    if uri is None:
        message = f"{address} is not gs://bucket/object"
        raise typer.BadParameter(message)
    storage = connected(None, None, clock).storage
    metadata = storage.get_object_metadata(uri)
    chunks = storage.stream(uri, metadata.generation)
    return Source(str(uri), metadata.size, metadata.content_encoding, chunks)


def _in_file(address: str) -> Source:
    path = Path(address)
    try:
        size = path.stat().st_size
    except OSError as error:
        raise DatasetUnreadableError(address, str(error.strerror)) from error
    return Source(address, size, None, _chunks(path))


def _chunks(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                yield chunk
    except OSError as error:
        raise DatasetUnreadableError(str(path), str(error.strerror)) from error


@contextmanager
def _watched(source: Source) -> Generator[Iterator[bytes]]:
    """Give the chunks, showing how many of them have passed; plain: nothing."""
    console = progress_console()
    progress = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )
    with progress:
        task = progress.add_task(source.name, total=source.size)

        def counted() -> Iterator[bytes]:
            for chunk in source.chunks:
                progress.advance(task, len(chunk))
                yield chunk

        yield counted()


def _cost(report: Report, model: str | None, options: Options) -> CostEstimate | None:
    """Return what training costs, where the model is known and there is a line."""
    if model is None or not report.rows:
        return None
    price = options.usd_per_million
    return estimate(
        report.tokens.tokens,
        options.epochs,
        model,
        margin=report.tokens.margin,
        overrides={} if price is None else {model: price},
    )


def _show(
    reports: dict[str, Report], cost: CostEstimate | None, model: str | None
) -> None:
    for what, report in reports.items():
        show_text(f"{what} data set: {report.to_text()}")
    unknown = "unknown without an example" if model else "give --model"
    show_text(cost.text() if cost else f"estimated cost: {unknown}")


def _document(report: Report) -> dict[str, Any]:
    return {
        "ok": report.ok,
        "errors": report.errors,
        "warnings": report.warnings,
        "examples": report.rows,
        "bytes": report.bytes,
        "tokensPerEpoch": report.tokens.tokens,
        "tokensMargin": report.tokens.margin,
        "parts": {str(modality): number for modality, number in report.media.items()},
        "counts": {str(kind): number for kind, number in report.counts.items()},
        "problems": [_problem_document(problem) for problem in report.problems],
    }


def _problem_document(problem: DatasetProblem) -> dict[str, Any]:
    return {
        "kind": str(problem.kind),
        "severity": str(problem.severity),
        "line": problem.line,
        "column": problem.column,
        "path": problem.path or None,
        "message": problem.message,
    }


def _cost_document(cost: CostEstimate | None) -> dict[str, Any] | None:
    if cost is None:
        return None
    amount = cost.amount
    return {
        "model": cost.model,
        "epochs": cost.epochs,
        "tokens": cost.tokens,
        "usdPerMillionTokens": _number(cost.usd_per_million),
        "usd": _number(None if amount is None else round(amount, 2)),
        "margin": cost.margin,
    }


def _number(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)
