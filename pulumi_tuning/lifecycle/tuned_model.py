"""Deletion of what one tuning job made: its endpoints, then its model.

Only what the job's own `tunedModel` names is touched. A failure is a warning: the job
itself is cancelled or final by then, and the model can be deleted by hand.
"""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from pulumi_tuning.errors import NotFoundError, TuningError
from pulumi_tuning.lifecycle.cancelling import CancelIgnoredError
from pulumi_tuning.lifecycle.notes import Notes
from pulumi_tuning.lifecycle.services import Services
from pulumi_tuning.live import LiveTuningJob
from pulumi_tuning.resource_names import EndpointName, ModelName


def delete_tuned_model(
    services: Services, live: LiveTuningJob, notes: Notes, *, bound_seconds: float
) -> None:
    """Delete the endpoints and the model of a job that works no more; never raises."""
    final = live
    with _told(f"the tuned model of {live.name}", notes):
        final = _wait_until_final(services, live, bound_seconds)
    if not final.is_final:
        return
    for endpoint in _endpoints_of(final):
        with _told(endpoint, notes):
            _delete_endpoint(services, endpoint)
    model = ModelName.parse(final.model) if final.model else None
    if model is not None:
        with _told(str(model), notes):
            _delete_model(services, model)


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
    services: Services, live: LiveTuningJob, bound_seconds: float
) -> LiveTuningJob:
    """Return the job once it is final: until then it may still make endpoints.

    Raises:
        CancelIgnoredError: it is not final within the bound.
    """
    deadline = services.clock.monotonic() + bound_seconds
    pause = 0.5
    while not live.is_final:
        if services.clock.monotonic() + pause > deadline:
            message = f"the job is still {live.state}"
            raise CancelIgnoredError(message)
        services.clock.sleep(pause)
        pause = min(2 * pause, 10.0)
        live = services.vertex.get_tuning_job(live.name)
    return live


def _endpoints_of(live: LiveTuningJob) -> list[str]:
    """Return the names of all endpoints that the job made, each once."""
    tuned: dict[str, Any] = (
        live.tuned_model if isinstance(live.tuned_model, dict) else {}
    )
    checkpoints = tuned.get("checkpoints") or []
    names = [tuned.get("endpoint"), *(c.get("endpoint") for c in checkpoints)]
    return [
        name
        for name in dict.fromkeys(n for n in names if isinstance(n, str))
        if EndpointName.parse(name) is not None
    ]


def _delete_endpoint(services: Services, name: str) -> None:
    """Undeploy everything from an endpoint and delete it."""
    vertex = services.vertex
    endpoint = vertex.get_endpoint(name)
    for deployed in endpoint.get("deployedModels") or []:
        vertex.wait_for_operation(vertex.undeploy_model(name, str(deployed["id"])))
    vertex.wait_for_operation(vertex.delete_endpoint(name))


def _delete_model(services: Services, model: ModelName) -> None:
    """Delete the version that the job made; the whole model where it is the first.

    A continuous tuning job adds a version to the model of its parent: deleting the
    model would delete the parent's versions too.
    """
    vertex = services.vertex
    if model.version in (None, "1"):
        vertex.wait_for_operation(vertex.delete_model(model.without_version))
    else:
        vertex.wait_for_operation(vertex.delete_model_version(str(model)))
