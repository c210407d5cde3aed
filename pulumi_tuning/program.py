"""The program's side of waits and look-ups: settings, clients and messages.

The SDK runs a program in one event loop; calls run in threads beside it.
"""

import os
import threading
from collections.abc import Callable
from typing import Any, Final
from weakref import WeakKeyDictionary

import pulumi
from pulumi.runtime import get_root_resource, is_dry_run
from pulumi.runtime.config import get_config
from pulumi.runtime.settings import get_monitor

from pulumi_tuning.clock import parse_duration
from pulumi_tuning.errors import TuningError, WaitTimeoutError
from pulumi_tuning.gcp.http import GoogleHttp
from pulumi_tuning.gcp.vertex import VertexClient
from pulumi_tuning.job_state import SUCCEEDED_STATES
from pulumi_tuning.lifecycle.identity import STACK_LABEL, stack_label
from pulumi_tuning.lifecycle.snapshot import list_labelled
from pulumi_tuning.live import LiveTuningJob
from pulumi_tuning.outputs import TunedModel
from pulumi_tuning.resource_names import TuningJobName
from pulumi_tuning.settings import Settings
from pulumi_tuning.waiting import Poller, in_thread


def settings() -> Settings:
    """Return the settings of the running program."""
    return Settings.resolve(get_config, os.environ)


class Connection:
    """The one HTTP client of a program, with its connections and its token."""

    def __init__(self, open_http: Callable[[Settings], GoogleHttp]) -> None:
        self._open_http = open_http
        self._lock = threading.Lock()
        self._http: GoogleHttp | None = None

    def http(self) -> GoogleHttp:
        """Return the client; a process may run several programs one after the other."""
        wanted = settings()
        with self._lock:
            if self._http is None or self._http.settings != wanted:
                self._http = self._open_http(wanted)
            return self._http


_connection = Connection(GoogleHttp)


def vertex() -> VertexClient:
    """Return a client with the settings of the running program."""
    return VertexClient(_connection.http())


def default_project() -> str | None:
    """Return the project of the settings, or else that of the credentials."""
    http = _connection.http()
    return http.settings.project or http.auth.default_project()


class _Waits:
    """The waits of one program, all served by one poller."""

    def __init__(self) -> None:
        http = _connection.http()
        self._vertex = VertexClient(http)
        self._identity: str | None = None
        self._unlisted: set[str] = set()
        self.poller = Poller(self._list, self._get, http.clock)

    def belongs_to(self, identity: str | None) -> None:
        """Remember the stack's identity, by whose label its jobs are listed."""
        self._identity = identity or self._identity

    async def _list(self, project: str, location: str) -> list[LiveTuningJob]:
        """Return the jobs that are waited for, in as few pages as they take.

        A stack may have many more, all ended. What a whole list did not show, such as
        an adopted job, which has no label of this stack, is not looked for in the next.
        """
        parent = f"projects/{project}/locations/{location}/"
        waiting = {n for n in self.poller.waiting_for() if n.startswith(parent)}
        wanted = waiting - self._unlisted
        if self._identity is None or not wanted:
            return []
        label = stack_label(self._identity)
        jobs = await in_thread(
            lambda: list_labelled(
                self._vertex,
                project,
                location,
                label=STACK_LABEL,
                value=label,
                wanted=wanted,
            )
        )
        self._unlisted |= wanted - {job.name for job in jobs}
        return jobs

    async def _get(self, name: str) -> LiveTuningJob:
        return await in_thread(lambda: self._vertex.get_tuning_job(name))


_waits: Final[WeakKeyDictionary[pulumi.Resource, _Waits]] = WeakKeyDictionary()


def _waits_of_program() -> _Waits:
    """Return the waits of the running program; a process may run several."""
    stack = get_root_resource()
    if stack is None:
        message = "waiting for a TuningJob is possible in a Pulumi program only"
        raise RuntimeError(message)
    if stack not in _waits:
        _waits[stack] = _Waits()
    return _waits[stack]


def wait_for_job(
    job: pulumi.CustomResource,
    name: pulumi.Input[str],
    identity: pulumi.Output[str] | None,
    timeout: str | None,
) -> pulumi.Output[TunedModel]:
    """Return the tuned model of a job, once the job has ended.

    Under the SDK's mocks nothing is waited for: the model is what they gave the job.

    Args:
        job: Resource on whose row the wait is shown.
        name: The job's name.
        identity: The stack's identity; None where the stack has not started the job.
        timeout: Longest wait, or None for one without an end.

    Raises:
        ValueError: the timeout is no duration.
    """
    seconds = parse_duration(str(timeout)) if timeout is not None else None
    if _has_mocks():
        return _mocked(job)
    waits = _waits_of_program()

    async def wait(known: list[str | None]) -> TunedModel:
        text, stack = known
        parsed = TuningJobName.parse(str(text))
        if parsed is None:
            message = f"{text} is no tuning job"
            raise pulumi.RunError(message)
        waits.belongs_to(stack)
        if is_dry_run():
            return await _look(job, parsed)
        return await _wait(job, waits.poller, parsed, seconds)

    return pulumi.Output.all(name, identity).apply(wait)


def _has_mocks() -> bool:
    """Return whether a unit test of the program answers in place of the engine."""
    return getattr(get_monitor(), "mocks", None) is not None


def _mocked(job: pulumi.CustomResource) -> pulumi.Output[TunedModel]:
    """Return the tuned model that a unit test gave the job; there is no service."""
    tuned: pulumi.Output[dict[str, Any] | None] = vars(job)["tunedModel"]
    return tuned.apply(lambda given: TunedModel(given or {}))


async def _look(job: pulumi.CustomResource, name: TuningJobName) -> TunedModel:
    """Return the tuned model in a preview, where the job has made it already."""
    try:
        live = await in_thread(lambda: vertex().get_tuning_job(str(name)))
    except TuningError as error:
        pulumi.log.warn(f"not known whether the job has ended: {error}", resource=job)
        return _not_known()
    if live.state in SUCCEEDED_STATES:
        return _tuned_model(live)
    if live.is_final:
        pulumi.log.warn(f"waiting for it will fail: {_ending(live)}", resource=job)
    return _not_known()


def _not_known() -> TunedModel:
    """Return the SDK's mark of an unknown value, which stands for any type."""
    return pulumi.UNKNOWN  # type: ignore[return-value] # the SDK resolves it


async def _wait(
    job: pulumi.CustomResource,
    poller: Poller,
    name: TuningJobName,
    seconds: float | None,
) -> TunedModel:
    """Return the tuned model once the job has succeeded; fail the program if not."""

    def progress(message: str) -> None:
        pulumi.log.info(message, resource=job, ephemeral=True)

    try:
        live = await poller.wait(name, progress, seconds)
    except TuningError as error:
        what = "goes on" if isinstance(error, WaitTimeoutError) else "is not readable"
        pulumi.log.error(f"{error} · {name.console_url}", resource=job)
        message = f"{name} {what}{_others(poller, name)}"
        raise pulumi.RunError(message) from error
    if live.state in SUCCEEDED_STATES:
        return _tuned_model(live)
    pulumi.log.error(f"{_ending(live)} · {name.console_url}", resource=job)
    message = f"{name} ended in {live.state}{_others(poller, name)}"
    raise pulumi.RunError(message)


def _tuned_model(live: LiveTuningJob) -> TunedModel:
    return TunedModel(live.tuned_model if isinstance(live.tuned_model, dict) else {})


def _ending(live: LiveTuningJob) -> str:
    """Return how a job ended, with its own error."""
    detail = f": {live.error_message}" if live.error_message else ""
    return f"{live.name} ended in {live.state}{detail}"


def _others(poller: Poller, name: TuningJobName) -> str:
    """Return the names of the jobs that go on when the program ends here."""
    others = [other for other in poller.waiting_for() if other != str(name)]
    return f"; these go on and stay recorded: {', '.join(others)}" if others else ""
