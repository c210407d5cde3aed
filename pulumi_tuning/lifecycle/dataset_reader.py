"""Data sets in Cloud Storage, read as seldom as possible.

Each object's metadata is read once per process, each content once per generation, all
within one budget of time: checks run one after the other, and a preview must not take
minutes because a bucket answers slowly.
"""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from pulumi_tuning.dataset.facts import ModelRules
from pulumi_tuning.dataset.formats import LineFormat
from pulumi_tuning.dataset.preflight import sample, validate
from pulumi_tuning.dataset.report import Report
from pulumi_tuning.errors import TuningError
from pulumi_tuning.gcp.storage import ObjectMetadata
from pulumi_tuning.lifecycle.services import Services
from pulumi_tuning.resource_names import GcsUri

BUDGET_SECONDS: Final = 5.0
"""Time that all looks of one process may take together; a full one is not counted."""

SAMPLE_BYTES: Final = 256 * 1024


class BudgetUsedUpError(TuningError):
    """The time for looks at data sets is over."""


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a data set is looked at for."""

    line_format: LineFormat
    model: ModelRules | None
    is_validation: bool
    is_full: bool
    """Whether every line is looked at, not only the first ones."""


class DatasetReader:
    """Reads the data sets of all resources of a process, one at a time."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._lock = threading.Lock()
        self._left_seconds = BUDGET_SECONDS
        self._metadata: dict[str, ObjectMetadata | TuningError] = {}
        self._reports: dict[tuple[str, int, Purpose], Report] = {}

    def metadata(self, uri: GcsUri) -> ObjectMetadata:
        """Return an object's metadata, read once whatever the answer was.

        Raises:
            NotFoundError: there is no such object.
            TuningError: nobody can say, or the budget is used up.
        """
        with self._lock:
            known = self._metadata.get(str(uri))
            if known is None:
                known = self._read_metadata(uri)
                self._metadata[str(uri)] = known
        if isinstance(known, TuningError):
            raise known
        return known

    def report(self, uri: GcsUri, metadata: ObjectMetadata, purpose: Purpose) -> Report:
        """Return what an object's content looks like.

        Raises:
            TuningError: it could not be read, or the budget is used up.
        """
        key = (str(uri), metadata.generation, purpose)
        with self._lock:
            if key not in self._reports:
                read = self._validate if purpose.is_full else self._sample
                self._reports[key] = read(uri, metadata, purpose)
            return self._reports[key]

    def _read_metadata(self, uri: GcsUri) -> ObjectMetadata | TuningError:
        """Return an object's metadata, or why it is not known."""
        with self._budget() as seconds:
            try:
                return self._services.storage.get_object_metadata(
                    uri, within_seconds=seconds
                )
            except TuningError as error:
                return error

    def _validate(
        self, uri: GcsUri, metadata: ObjectMetadata, purpose: Purpose
    ) -> Report:
        return validate(
            self._services.storage.stream(uri, metadata.generation),
            purpose.line_format,
            purpose.model,
            is_validation=purpose.is_validation,
            content_encoding=metadata.content_encoding,
        )

    def _sample(
        self, uri: GcsUri, metadata: ObjectMetadata, purpose: Purpose
    ) -> Report:
        with self._budget():
            first = self._services.storage.read_range(
                uri, 0, SAMPLE_BYTES, metadata.generation
            )
        return sample(
            first,
            purpose.line_format,
            purpose.model,
            size=metadata.size,
            is_validation=purpose.is_validation,
            content_encoding=metadata.content_encoding,
        )

    @contextmanager
    def _budget(self) -> Generator[float]:
        """Give the seconds that are left, and take what was used."""
        if self._left_seconds <= 0:
            message = f"the {BUDGET_SECONDS:g} s for data sets are used up"
            raise BudgetUsedUpError(message)
        started = self._services.clock.monotonic()
        try:
            yield self._left_seconds
        finally:
            self._left_seconds -= self._services.clock.monotonic() - started
