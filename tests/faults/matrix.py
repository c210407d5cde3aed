"""The fault matrix: each operation of the provider meets each fault."""

import os
import re
import socket
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from pulumi_tuning.emulator import Emulator
from pulumi_tuning.job_state import is_live
from pulumi_tuning.lifecycle.identity import STACK_LABEL, stack_label
from pulumi_tuning.provider import TuningJobProvider
from tests.engine.safety import DATASET, ENDLESS, put_dataset
from tests.faults.faults import ANSWERS, CONNECTIONS, LISTS, Target, arm
from tests.support.host import HostError, ProviderHost

Operation = Literal["create", "read", "diff", "update", "delete"]
OPERATIONS: Final[Sequence[Operation]] = get_args(Operation)

LOCATION: Final = "us-central1"
IN_PARALLEL: Final = 120
DELETE_TIMEOUT: Final = "15s"
NOWHERE: Final = "no-such-host.invalid"

Properties = dict[str, Any]


class ManyRowsHost(ProviderHost):
    """A provider process that is asked about many resources at the same time."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        without_proxy = {name: "" for name in os.environ if "proxy" in name.lower()}
        super().__init__(
            TuningJobProvider(), environment={**environment, **without_proxy}
        )
        self.row = threading.local()

    def _call(self, method: str, request: Any) -> Any:  # noqa: ANN401 - any message
        request.urn = self.row.urn
        return super()._call(method, request)


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one operation under one fault."""

    operation: Operation
    fault: str
    outcome: str
    posts: int
    """Create requests that arrived."""

    started: int
    """Jobs that were started."""

    message: str
    """What the user is told."""

    @property
    def cells(self) -> tuple[str, ...]:
        """The row as text."""
        return (
            self.operation,
            self.fault,
            self.outcome,
            str(self.posts),
            str(self.started),
            self.message,
        )


@dataclass(frozen=True, slots=True)
class Case:
    """One operation that meets one fault, in a project of its own."""

    emulator: Emulator
    before: ManyRowsHost
    """The provider of an earlier run, which met no fault."""

    host: ManyRowsHost
    """The provider that meets the fault."""

    operation: Operation
    fault: str

    def run(self) -> Row:
        """Bring about the fault, call the operation, and see what came of it."""
        self.before.row.urn = self.host.row.urn = self._urn
        inputs = self._inputs()
        recorded, name = (None, "") if self._is_create else self._recorded(inputs)
        before = self._posts(), self._started()
        if self.fault not in CONNECTIONS:
            arm(self.emulator, self.fault, self._target(name))
        heard = len(self.host.messages)
        try:
            outcome, message = self._call(name, recorded or {}, inputs), ""
        except HostError as error:
            outcome, message = "error", str(error)
        told = [m.text for m in self.host.messages[heard:] if m.urn == self._urn]
        return Row(
            operation=self.operation,
            fault=self.fault,
            outcome=outcome,
            posts=self._posts() - before[0],
            started=self._started() - before[1],
            message=message or " · ".join(told),
        )

    @property
    def _is_create(self) -> bool:
        return self.operation == "create"

    @property
    def _project(self) -> str:
        words = re.sub("[^a-z0-9]+", "-", f"{self.operation} {self.fault}".lower())
        return f"p-{words}"

    @property
    def _urn(self) -> str:
        return f"urn:pulumi:test::faults::tuning:TuningJob::{self._project}"

    def _inputs(self) -> Properties:
        asked = {
            "baseModel": "gemini-2.5-flash",
            "supervisedTuningSpec": {"trainingDatasetUri": DATASET},
            "project": self._project,
            "location": LOCATION,
            "preflight": "off",
            "__pulumiTuning": {
                "urn": self._urn,
                "name": self._project,
                "identity": self._project,
                "customTimeouts": {"create": "20s", "delete": DELETE_TIMEOUT},
            },
        }
        checked = self.before.check({}, asked)
        assert not checked.failures
        return checked.inputs

    def _recorded(self, inputs: Properties) -> tuple[Properties, str]:
        """Return what a state without faults records, and the job's name."""
        created = self.before.create(inputs)
        recorded = created.outputs
        if self.fault == "DNS":
            recorded = {**recorded, "serviceAddress": NOWHERE}
        return recorded, created.id

    def _target(self, name: str) -> Target:
        """Return the requests that the operation is about."""
        parent = f"/projects/{self._project}/locations/{LOCATION}/tuningJobs$"
        if self._is_create:
            return Target("POST", parent, parent)
        listing = f"/{name.rpartition('/')[0]}$"
        if self.operation == "diff":
            return Target("GET", f"/{name.rpartition('/')[0]}(/|$)", listing)
        if self.operation == "delete":
            return Target("POST", f"/{name}:cancel$", listing)
        return Target("GET", f"/{name}$", listing)

    def _call(self, name: str, recorded: Properties, inputs: Properties) -> str:
        """Call the operation and say in a word what it did."""
        if self._is_create:
            created = self.host.create(inputs)
            assert created.id == created.outputs["name"]
            return "recorded"
        if self.operation == "read":
            read = self.host.read(name, recorded)
            return "recorded" if read.id == name else "forgotten"
        if self.operation == "diff":
            diffed = self.host.diff(name, recorded, inputs)
            return "changes" if diffed.has_changes else "same"
        if self.operation == "update":
            wanted = {**inputs, "onFailure": "replace"}
            updated = self.host.update(name, recorded, wanted)
            assert (updated["name"], updated["onFailure"]) == (name, "replace")
            return "recorded"
        self.host.delete(name, recorded)
        state = self.emulator.job(name)["state"]
        return "job goes on" if is_live(state) else "cancelled"

    def _posts(self) -> int:
        path = f"/projects/{self._project}/locations/{LOCATION}/tuningJobs$"
        return len(self.emulator.journal("POST", path))

    def _started(self) -> int:
        label = stack_label(self._project)
        return sum(job["labels"][STACK_LABEL] == label for job in self.emulator.jobs())


def run_matrix() -> list[Row]:
    """Return a row for each operation and fault; all run beside each other."""
    with ExitStack() as stack, ThreadPoolExecutor(IN_PARALLEL) as pool:
        emulator = stack.enter_context(Emulator(pacing=ENDLESS))
        put_dataset(emulator)
        closed = stack.enter_context(socket.socket())
        closed.bind(("127.0.0.1", 0))
        endpoints = {
            "before": emulator.url,
            "met": emulator.url,
            "connection refused": f"http://127.0.0.1:{closed.getsockname()[1]}",
            "DNS": f"http://{NOWHERE}",
            "TLS": emulator.url.replace("http:", "https:"),
        }
        environments = (
            {**emulator.environment, "GOOGLE_VERTEX_AI_CUSTOM_ENDPOINT": endpoint}
            for endpoint in endpoints.values()
        )
        started = pool.map(stack.enter_context, map(ManyRowsHost, environments))
        hosts = dict(zip(endpoints, started, strict=True))
        cases = [
            Case(emulator, hosts["before"], hosts.get(fault, hosts["met"]), op, fault)
            for op in OPERATIONS
            for fault in (*ANSWERS, *LISTS, *CONNECTIONS)
        ]
        return list(pool.map(Case.run, cases))


def as_table(rows: Sequence[Row]) -> str:
    """Return the rows as text with aligned columns."""
    head = ("operation", "fault", "outcome", "POSTs", "jobs", "what the user is told")
    lines = [head, *(row.cells for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(5)]
    return "\n".join(
        "  ".join([*(f"{c:{w}}" for c, w in zip(line, widths, strict=False)), line[5]])
        for line in lines
    )
