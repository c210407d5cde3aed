"""Look-ups: tuning jobs that a program reads without managing them.

They run in previews too, and call nothing that changes anything.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import pulumi
from pulumi.runtime._depends_on import (
    _resolve_depends_on,  # pyright: ignore[reportPrivateUsage]
)
from pulumi.runtime.rpc import (
    _expand_dependencies,  # pyright: ignore[reportPrivateUsage]
)

from pulumi_tuning.errors import SettingsError, TuningError
from pulumi_tuning.live import LiveTuningJob
from pulumi_tuning.outputs import TunedModel
from pulumi_tuning.program import default_project, settings, vertex
from pulumi_tuning.state import live_outputs
from pulumi_tuning.waiting import in_thread

_T = TypeVar("_T")


class TuningJobResult(dict[str, Any]):
    """A tuning job as the service describes it; keys as in the REST API."""

    @property
    def name(self) -> str:
        """The job's full resource name."""
        return str(self["name"])

    @property
    def state(self) -> str:
        """State as the service spells it."""
        return str(self.get("state"))

    @property
    def base_model(self) -> str | None:
        """Model that is tuned."""
        return self.get("baseModel")

    @property
    def tuned_model_display_name(self) -> str | None:
        """Display name of the tuned model."""
        return self.get("tunedModelDisplayName")

    @property
    def tuned_model(self) -> TunedModel:
        """What the job made; empty until it has made it."""
        return TunedModel(self.get("tunedModel") or {})

    @property
    def error(self) -> dict[str, Any] | None:
        """The job's own error, where it has one."""
        return self.get("error")

    @property
    def labels(self) -> dict[str, str]:
        """Labels of the job."""
        return dict(self.get("labels") or {})


def get_tuning_job(
    name: str, opts: pulumi.InvokeOptions | None = None
) -> TuningJobResult:
    """Return a tuning job by its full name.

    Args:
        name: `projects/…/locations/…/tuningJobs/…`.
        opts: Accepted as for every function of Pulumi; none of them has an effect.

    Raises:
        NotFoundError: there is no such job.
        TuningError: the job could not be read.
    """
    del opts
    return _result(_read(lambda: vertex().get_tuning_job(name)))


def list_tuning_jobs(
    filter: str | None = None,  # noqa: A002 - its name in the API
    project: str | None = None,
    location: str | None = None,
    opts: pulumi.InvokeOptions | None = None,
) -> list[TuningJobResult]:
    """Return the tuning jobs of a project and location, the newest first.

    Args:
        filter: The API's list filter, such as `state="JOB_STATE_RUNNING"`.
        project: Default `gcp:project`.
        location: Default `gcp:region`.
        opts: Accepted as for every function of Pulumi; none of them has an effect.

    Raises:
        SettingsError: project or location are malformed or not known.
        TuningError: the list could not be read.
    """
    del opts
    wanted = settings().with_inputs(project=project, location=location)
    _read(wanted.raise_problems)
    where, place = wanted.project or _read(default_project), wanted.location
    if where is None:
        name, message = "project", "is required: give it or set gcp:project"
        raise SettingsError(name, message)
    if place is None:
        name, message = "location", "is required: give it or set gcp:region"
        raise SettingsError(name, message)
    listed = _read(lambda: vertex().list_tuning_jobs(where, place, filter))
    return [_result(job) for job in listed]


def get_tuning_job_output(
    name: pulumi.Input[str],
    opts: pulumi.InvokeOptions | pulumi.InvokeOutputOptions | None = None,
) -> pulumi.Output[TuningJobResult]:
    """Return a tuning job whose name may be an output; see `get_tuning_job`."""
    return _after(opts, lambda known: get_tuning_job(str(known[0])), name)


def list_tuning_jobs_output(
    filter: pulumi.Input[str | None] = None,  # noqa: A002 - its name in the API
    project: pulumi.Input[str | None] = None,
    location: pulumi.Input[str | None] = None,
    opts: pulumi.InvokeOptions | pulumi.InvokeOutputOptions | None = None,
) -> pulumi.Output[list[TuningJobResult]]:
    """Return tuning jobs by arguments that may be outputs; see `list_tuning_jobs`."""
    return _after(
        opts, lambda known: list_tuning_jobs(*known), filter, project, location
    )


def _after(
    opts: pulumi.InvokeOptions | pulumi.InvokeOutputOptions | None,
    look_up: Callable[[Sequence[Any]], _T],
    *arguments: pulumi.Input[str | None],
) -> pulumi.Output[_T]:
    """Return what is found once the arguments and all that is depended on are there.

    Nobody can catch an error in there, so it ends the program with its message alone.
    """

    async def read(known: Sequence[Any]) -> _T:
        try:
            return await in_thread(lambda: look_up(known[: len(arguments)]))
        except TuningError as error:
            raise pulumi.RunError(str(error)) from None

    return pulumi.Output.all(*arguments, _depended_on(opts)).apply(read)


async def _depended_on(
    opts: pulumi.InvokeOptions | pulumi.InvokeOutputOptions | None,
) -> list[pulumi.Output[str]]:
    """Return what is known once all that is depended on is there, and not before.

    A component stands for the resources in it. The SDK has no public name for that.
    """
    if not isinstance(opts, pulumi.InvokeOutputOptions):
        return []
    given = opts._depends_on_list()  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    named = await _resolve_depends_on(given)
    resources = (await _expand_dependencies(named, None)).values()
    ids = [r.id for r in resources if isinstance(r, pulumi.CustomResource)]
    return [*(resource.urn for resource in named), *ids]


def _read(call: Callable[[], _T]) -> _T:
    """Return what a call answers; an error looks as if it came from here.

    Thirty lines of retries tell the reader of a program's output nothing.
    """
    try:
        return call()
    except TuningError as error:
        raise error.with_traceback(None) from None


def _result(live: LiveTuningJob) -> TuningJobResult:
    return TuningJobResult({**live.definition(), **live_outputs(live)})
