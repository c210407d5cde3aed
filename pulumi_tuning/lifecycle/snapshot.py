"""One list call for all of a stack's jobs, shared by the diffs of a process.

The engine asks for diffs one after the other: a read for each job would cost as many
round trips. A snapshot is replaced, never changed, and lives at most a minute, because
hours can pass between two diffs of one update.
"""

import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from pulumi_tuning.clock import Clock
from pulumi_tuning.errors import (
    InvalidArgumentError,
    NotFoundError,
    PermissionDeniedError,
    TuningError,
)
from pulumi_tuning.gcp.vertex import VertexClient
from pulumi_tuning.lifecycle.identity import STACK_LABEL, stack_label
from pulumi_tuning.live import LiveTuningJob
from pulumi_tuning.resource_names import TuningJobName

LONGEST_AGE_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The stack's jobs in one location at one moment, or why they are not known."""

    taken_at: float
    jobs: Mapping[str, LiveTuningJob]
    error: TuningError | None = None


@dataclass(slots=True)
class _Place:
    """One location of a stack: a slow one holds up no other."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    snapshot: Snapshot | None = None


class SnapshotReader:
    """Reads live jobs, as many as possible with one list call."""

    def __init__(self, vertex: VertexClient, clock: Clock) -> None:
        self._vertex = vertex
        self._clock = clock
        self._lock = threading.Lock()
        self._places: dict[tuple[str, str, str], _Place] = {}

    def get(self, name: TuningJobName, identity: str | None) -> LiveTuningJob:
        """Return the live job, from the snapshot where it is in it.

        Raises:
            NotFoundError: there is no such job.
            TuningError: the service could not be read.
        """
        if identity is not None:
            try:
                live = self.jobs(name, identity).get(str(name))
            except (NotFoundError, PermissionDeniedError):
                live = None  # a refused list says nothing about a job
            if live is not None:
                return live
        return self._vertex.get_tuning_job(str(name))

    def jobs(self, near: TuningJobName, identity: str) -> Mapping[str, LiveTuningJob]:
        """Return the stack's jobs in the project and location of a job, by name.

        A list that could not be read is not asked for again by each of 200 diffs.

        Raises:
            TuningError: the list could not be read.
        """
        key = (near.project, near.location, identity)
        with self._lock:
            place = self._places.setdefault(key, _Place())
        with place.lock:
            snapshot = place.snapshot
            now = self._clock.monotonic()
            if snapshot is None or now - snapshot.taken_at > LONGEST_AGE_SECONDS:
                snapshot = place.snapshot = self._take(near, identity, now)
        if snapshot.error is not None:
            raise snapshot.error
        return snapshot.jobs

    def _take(self, near: TuningJobName, identity: str, now: float) -> Snapshot:
        try:
            listed = list_labelled(
                self._vertex,
                near.project,
                near.location,
                label=STACK_LABEL,
                value=stack_label(identity),
            )
        except TuningError as error:
            return Snapshot(now, {}, error)
        return Snapshot(now, {job.name: job for job in listed})


def list_labelled(
    vertex: VertexClient,
    project: str,
    location: str,
    *,
    label: str,
    value: str,
    wanted: Collection[str] | None = None,
) -> list[LiveTuningJob]:
    """Return all jobs with this label, or at least those that are wanted.

    The filter's grammar is documented only as "standard list filter": it saves time
    where the service understands it, and what comes back is filtered again.

    Raises:
        TuningError: the list could not be read.
    """
    try:
        jobs = vertex.list_tuning_jobs(
            project, location, filter=f'labels.{label}="{value}"', wanted=wanted
        )
    except InvalidArgumentError:
        jobs = vertex.list_tuning_jobs(project, location, wanted=wanted)
    return [job for job in jobs if job.labels.get(label) == value]
