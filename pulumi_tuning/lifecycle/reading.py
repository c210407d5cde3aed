"""Read: what a refresh records. Uncertainty never changes the state."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pulumi_tuning.errors import NotFoundError, TuningError
from pulumi_tuning.job_state import SUCCEEDED_STATES, is_final
from pulumi_tuning.lifecycle.notes import Notes
from pulumi_tuning.lifecycle.recording import drifted_inputs, inputs_of, record_read
from pulumi_tuning.lifecycle.services import Services
from pulumi_tuning.live import LiveTuningJob
from pulumi_tuning.resource_names import TuningJobName
from pulumi_tuning.settings import is_same_service
from pulumi_tuning.state import TuningJobState

LONGEST_RUN: Final = timedelta(days=7)
"""No tuning job works longer: one that is older and not found has ended."""


class OtherServiceError(TuningError):
    """The state was recorded at another service than the one configured now."""


@dataclass(frozen=True, slots=True)
class Read:
    """What a refresh records; no name means that the job is gone."""

    name: str
    outputs: dict[str, Any]
    inputs: dict[str, Any] | None = None


def read(services: Services, name: str, recorded: TuningJobState, notes: Notes) -> Read:
    """Return the job as it is now.

    Only Google's own NOT_FOUND forgets a job, and even that not where the record alone
    still names a tuned model.

    Raises:
        OtherServiceError: another service than the recorded one is configured.
        ApiError: the service could not be read; nothing changes.
    """
    parsed = require_same_service(services, name, recorded)
    try:
        live = services.vertex.get_tuning_job(name)
    except NotFoundError:
        if not recorded.has_inputs:
            raise  # the program reads a job by its name, and there is none
        kept = why_kept(recorded, services.clock.now())
        if kept is None:
            return Read("", {})
        notes.warn(f"{name} is not found any more and stays recorded: {kept}")
        return Read(name, recorded.to_properties(), recorded.inputs.to_properties())
    if not recorded.has_inputs:
        recorded = _recorded_as_it_is(services, parsed, recorded, live)
    inputs = drifted_inputs(recorded, live)
    stale = {k for k in recorded.inputs.to_properties() if k not in inputs}
    outputs = record_read(recorded, live, prices=services.settings.prices)
    return Read(
        live.name,
        {k: v for k, v in {**outputs, **inputs}.items() if k not in stale},
        inputs,
    )


def _recorded_as_it_is(
    services: Services,
    name: TuningJobName,
    recorded: TuningJobState,
    live: LiveTuningJob,
) -> TuningJobState:
    """Return the record that a job would have of which only the name was known."""
    return TuningJobState.model_validate(
        {
            **recorded.to_properties(),
            **inputs_of(live, project=name.project, location=name.location),
            "serviceAddress": services.vertex.service_address(name.location),
        }
    )


def require_same_service(
    services: Services, name: str, recorded: TuningJobState
) -> TuningJobName:
    """Return the parsed name if its record is of the configured service.

    Raises:
        OtherServiceError: the name is none, or it was recorded elsewhere: there, every
            job would look vanished.
    """
    parsed = TuningJobName.parse(name)
    if parsed is None:
        message = f"{name!r} is no tuning job: projects/…/locations/…/tuningJobs/…"
        raise OtherServiceError(message)
    now = services.vertex.service_address(parsed.location)
    then = recorded.service_address
    if then is not None and not is_same_service(then, now):
        message = (
            f"{name} was recorded at {then}, and now {now} is configured: set "
            "gcp:vertexAiCustomEndpoint (or the environment) as it was"
        )
        raise OtherServiceError(message)
    return parsed


def why_kept(recorded: TuningJobState, now: datetime) -> str | None:
    """Return why a job that is not found is not forgotten, or None."""
    if recorded.state in SUCCEEDED_STATES:
        return "it succeeded, and its tuned model outlives the service's record of it"
    if is_final(recorded.state) or recorded.create_time is None:
        return None
    try:
        created = datetime.fromisoformat(recorded.create_time)
    except ValueError:
        return None
    if now - created.astimezone(UTC) > LONGEST_RUN:
        return f"created {recorded.create_time}, it has ended and its record expired"
    return None
