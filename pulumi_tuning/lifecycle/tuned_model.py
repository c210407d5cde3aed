"""Deletion of what one tuning job made: its endpoints, then its model.

Only what the job's own `tunedModel` names is touched. A failure is a warning: the job
itself is cancelled or final by then, and the model can be deleted by hand.
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from pulumi_tuning.diff import is_same_model
from pulumi_tuning.errors import NotFoundError, TuningError
from pulumi_tuning.gcp.vertex import VertexClient
from pulumi_tuning.lifecycle.cancelling import CancelIgnoredError
from pulumi_tuning.lifecycle.notes import Notes
from pulumi_tuning.lifecycle.services import Services
from pulumi_tuning.live import LiveTuningJob
from pulumi_tuning.resource_names import EndpointName, ModelName


class SharedError(TuningError):
    """Something is not this job's alone, and so it stays."""


class TooLateError(TuningError):
    """The time for a clean-up was over before this had its turn."""


def delete_tuned_model(
    services: Services, live: LiveTuningJob, notes: Notes, *, bound_seconds: float
) -> None:
    """Delete the endpoints and the model of a job that works no more; never raises.

    Args:
        services: Where the job is.
        live: The job.
        notes: Gets what was not deleted.
        bound_seconds: How long all of it may take together, but for the last call.
    """
    operations = _Operations(services, services.clock.monotonic() + bound_seconds)
    final = live
    with _told(f"the tuned model of {live.name}", notes):
        final = _wait_until_final(services, live, operations.deadline)
    if not final.is_final:
        return
    model = ModelName.parse(final.model or "")
    for endpoint in _endpoints_of(final):
        with _told(str(endpoint), notes):
            _delete_endpoint(operations, endpoint, model)
    if model is not None:
        with _told(str(model), notes):
            _delete_model(operations, model)


@dataclass(frozen=True, slots=True)
class _Operations:
    """What the service is told to do, within one bound for all of it."""

    services: Services
    deadline: float

    @property
    def vertex(self) -> VertexClient:
        """The service, while there is time.

        Raises:
            TooLateError: there is none left.
        """
        if self._left() <= 0:
            message = "there was no time left"
            raise TooLateError(message)
        return self.services.vertex

    def wait_for(self, operation: Mapping[str, Any]) -> None:
        """Wait until an operation is done.

        Raises:
            ApiError: it failed, or goes on after the bound.
        """
        left = max(self._left(), 0.0)
        self.services.vertex.wait_for_operation(operation, within_seconds=left)

    def _left(self) -> float:
        return self.deadline - self.services.clock.monotonic()


@contextmanager
def _told(what: str, notes: Notes) -> Generator[None]:
    """Turn a failure into a warning; what is gone already needs none."""
    try:
        yield
    except NotFoundError:
        return
    except TuningError as error:
        notes.warn(f"{what} was not deleted: {error}")


def _wait_until_final(
    services: Services, live: LiveTuningJob, deadline: float
) -> LiveTuningJob:
    """Return the job once it is final: until then it may still make endpoints.

    Raises:
        CancelIgnoredError: it is not final in time.
    """
    pause = 0.5
    while not live.is_final:
        if services.clock.monotonic() + pause > deadline:
            message = f"the job is still {live.state}"
            raise CancelIgnoredError(message)
        services.clock.sleep(pause)
        pause = min(2 * pause, 10.0)
        live = services.vertex.get_tuning_job(live.name)
    return live


def _endpoints_of(live: LiveTuningJob) -> list[EndpointName]:
    """Return the names of all endpoints that the job made, each once."""
    tuned = live.tuned_model if isinstance(live.tuned_model, dict) else {}
    checkpoints = tuned.get("checkpoints")
    places = [tuned, *(checkpoints if isinstance(checkpoints, list) else ())]
    names = [place.get("endpoint") for place in places if isinstance(place, dict)]
    parsed = [EndpointName.parse(name) for name in names if isinstance(name, str)]
    return list(dict.fromkeys(name for name in parsed if name is not None))


def _delete_endpoint(
    operations: _Operations, endpoint: EndpointName, model: ModelName | None
) -> None:
    """Undeploy the model from an endpoint and delete it.

    Raises:
        SharedError: another model is deployed there too.
        TooLateError: there is no time left.
    """
    name = str(endpoint)
    found: object = operations.vertex.get_endpoint(name).get("deployedModels")
    deployments = found if isinstance(found, list) else ()
    deployed = [d for d in deployments if isinstance(d, dict)]
    ours = [d for d in deployed if _is_of(d, model)]
    for deployment in ours:
        with suppress(NotFoundError):
            deployed_id = str(deployment.get("id"))
            operations.wait_for(operations.vertex.undeploy_model(name, deployed_id))
    if len(ours) < len(deployed):
        message = "it serves another model too"
        raise SharedError(message)
    operations.wait_for(operations.vertex.delete_endpoint(name))


def _is_of(deployment: dict[str, Any], model: ModelName | None) -> bool:
    """Return whether a deployment is of the job's own version of the model.

    A job that ended before it named a model has deployed nothing but its own.
    """
    if model is None:
        return True
    name = ModelName.parse(str(deployment.get("model")))
    if name is None:
        return False
    version = deployment.get("modelVersionId") or name.version
    return is_same_model(name.without_version, model.without_version) and (
        version == model.version or None in (version, model.version)
    )


def _delete_model(operations: _Operations, model: ModelName) -> None:
    """Delete the version that the job made; the whole model where it is the only one.

    A continuous tuning job adds a version to the model of its parent: deleting the
    model would delete the other versions too. The service deletes no only version.

    Raises:
        SharedError: which version the job made is not known.
        TooLateError: there is no time left.
    """
    versions = operations.vertex.list_model_versions(model.without_version)
    if model.version is None and len(versions) != 1:
        message = f"it has {len(versions)} versions, and which is the job's is unknown"
        raise SharedError(message)
    only = versions[0].get("versionId") if len(versions) == 1 else None
    if model.version is None or only == model.version:
        operation = operations.vertex.delete_model(model.without_version)
    else:
        operation = operations.vertex.delete_model_version(str(model))
    operations.wait_for(operation)
