"""What a chaos run is judged by: the service's jobs and requests against the state."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from pulumi_tuning.emulator import Emulator
from pulumi_tuning.emulator.journal import JournalEntry
from pulumi_tuning.job_state import is_live
from tests.support.stacks import Stack

FINGERPRINT: Final = "pulumi-tuning-fingerprint"
CREATE: Final = r"/tuningJobs$"
CANCEL: Final = r":cancel$"


@dataclass(frozen=True, slots=True)
class Recorded:
    """The jobs that a stack's state names."""

    wanted: frozenset[str]
    pending_deletion: frozenset[str]

    @property
    def all(self) -> frozenset[str]:
        """Every job that the state names."""
        return self.wanted | self.pending_deletion

    @classmethod
    def of(cls, stack: Stack) -> "Recorded":
        """Read the state from the backend's file."""
        jobs = [r for r in stack.resources() if r["type"].endswith("tuning:TuningJob")]
        return cls(
            wanted=frozenset(r["id"] for r in jobs if not r.get("delete")),
            pending_deletion=frozenset(r["id"] for r in jobs if r.get("delete")),
        )


@dataclass(slots=True)
class Ledger:
    """Everything that the service was asked, command by command."""

    emulator: Emulator
    cancelled_at: dict[str, datetime] = field(default_factory=dict)
    cancelled_by_up: set[str] = field(default_factory=set)
    drifted_at: dict[str, datetime] = field(default_factory=dict)
    history: list[str] = field(default_factory=list)
    """The commands of this episode, for whoever has to find out."""

    told: set[tuple[str, str]] = field(default_factory=set)
    violations: list[str] = field(default_factory=list)

    def drift(self, name: str, **wire_fields: object) -> None:
        """Change a job behind the stack's back."""
        job = self.emulator.preset(name, **wire_fields)
        self.drifted_at[name] = datetime.fromisoformat(job["updateTime"])

    def unanswered(self, path: str) -> list[JournalEntry]:
        """Return the requests of this command that still wait for their answer."""
        return [e for e in self.emulator.journal("POST", path) if e.status == 0]

    def live(self) -> set[str]:
        """Return the names of the jobs that work."""
        return {job["name"] for job in self.emulator.jobs() if is_live(job["state"])}

    def close(self, command: str) -> None:
        """Take in the requests of a command, and forget them at the service."""
        for entry in self.emulator.journal("POST", CANCEL):
            name = re.sub(r"^/v1/|:cancel$", "", entry.path)
            self.cancelled_at.setdefault(name, entry.time)
            if command == "up":
                self.cancelled_by_up.add(name)
        self.emulator.clear_journal()

    def settle(self, recorded: Recorded) -> None:
        """Compare the state with the service once nothing is running any more."""
        jobs = {job["name"]: job for job in self.emulator.jobs()}
        live = self.live()
        found = {
            "live and not recorded": live - recorded.wanted,
            "recorded and not live": recorded.wanted - live,
            "pending deletion for ever": recorded.pending_deletion,
            "started although one was there": self._duplicates(jobs.values()),
            "cancelled although wanted": self._cancelled_and_wanted(recorded, jobs),
        }
        for what, names in found.items():
            for name in sorted(names):
                if (what, name) not in self.told:
                    self.told.add((what, name))
                    self.violations.append(self._described(what, jobs.get(name)))
        self.history.clear()
        self.cancelled_by_up.clear()

    def _described(self, what: str, job: Mapping[str, Any] | None) -> str:
        """Return all that is known of a job that should not be as it is."""
        known = (
            {k: job[k] for k in ("name", "state", "createTime", "labels")}
            if job
            else {}
        )
        return "\n    ".join([f"{what}: {known}", *self.history])

    def _duplicates(self, jobs: Iterable[Mapping[str, Any]]) -> set[str]:
        """Return jobs that were started while an equal one was live.

        One that was changed or cancelled before is not equal, though it has the label.
        """
        by_label: dict[str, list[Mapping[str, Any]]] = {}
        for job in jobs:
            by_label.setdefault(job["labels"][FINGERPRINT], []).append(job)
        return {
            later["name"]
            for equal in by_label.values()
            for index, earlier in enumerate(equal)
            for later in equal[index + 1 :]
            if datetime.fromisoformat(later["createTime"]) < self._gone_at(earlier)
        }

    def _gone_at(self, job: Mapping[str, Any]) -> datetime:
        """Return until when a job stood in the way of an equal one."""
        latest = datetime.max.replace(
            tzinfo=datetime.fromisoformat(job["createTime"]).tzinfo
        )
        times = (
            t.get(job["name"], latest) for t in (self.cancelled_at, self.drifted_at)
        )
        return min(times)

    def _cancelled_and_wanted(
        self, recorded: Recorded, jobs: Mapping[str, Mapping[str, Any]]
    ) -> set[str]:
        """Return jobs that an `up` cancelled although the program asks for them."""
        wanted = {jobs[n]["labels"][FINGERPRINT] for n in recorded.wanted if n in jobs}
        return {
            name
            for name in self.cancelled_by_up
            if name in recorded.wanted
            or (
                name in jobs
                and jobs[name]["labels"][FINGERPRINT] in wanted
                and name not in self.drifted_at
            )
        }
