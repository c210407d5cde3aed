"""The control plane under `/_emulator/`: the library's methods over HTTP."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from pulumi_tuning.emulator.calls import parse_json_object
from pulumi_tuning.emulator.errors import RefusalError
from pulumi_tuning.emulator.faults import Fault
from pulumi_tuning.emulator.json_values import Json
from pulumi_tuning.emulator.services import Services
from pulumi_tuning.resource_names import TuningJobName

Action = Callable[[Services, Mapping[str, str], Json], Json]


def control_answer(services: Services, request: Request, body: bytes) -> Response:
    """Answer a request to the control plane."""
    key = request.method, request.scope["path"].removeprefix("/_emulator/").strip("/")
    action = _ACTIONS.get(key)
    if action is None:
        known = ", ".join(f"{method} {path}" for method, path in _ACTIONS)
        return _answer({"error": f"unknown; there is: {known}"}, 404)
    try:
        document = parse_json_object(body)
        return _answer(action(services, request.query_params, document))
    except RefusalError as error:
        return _answer({"error": error.message}, error.code)
    except KeyError as error:
        return _answer({"error": f"{error} is missing"}, 400)
    except (ValueError, TypeError, OverflowError, re.error) as error:
        return _answer({"error": str(error)}, 400)


def job_name(text: object) -> TuningJobName:
    """Return a job's name.

    Raises:
        ValueError: The text is none.
    """
    name = TuningJobName.parse(text) if isinstance(text, str) else None
    if name is None:
        message = f"not the name of a tuning job: {text}"
        raise ValueError(message)
    return name


def add_job(services: Services, fields: Mapping[str, Any]) -> Json:
    """Add a job that exists already, by default to a project of the emulator's own."""
    others = dict(fields)
    if "name" not in others:
        return services.jobs.add(DEFAULT_PROJECT, DEFAULT_LOCATION, None, others)
    name = job_name(others.pop("name"))
    return services.jobs.add(name.project, name.location, name.tuning_job, others)


def _health(services: Services, _: Mapping[str, str], __: Json) -> Json:
    clock = services.clock
    return {
        "status": "ok",
        "time": clock.now().isoformat(),
        "frozen": clock.is_frozen,
        "pacing": asdict(services.jobs.pacing),
        "behaviour": asdict(services.behaviour),
    }


def _journal(services: Services, query: Mapping[str, str], _: Json) -> Json:
    entries = services.journal.entries(query.get("method"), query.get("path"))
    return {"entries": [entry.to_json() for entry in entries]}


def _clear_journal(services: Services, _: Mapping[str, str], __: Json) -> Json:
    services.journal.clear()
    return {}


def _jobs(services: Services, _: Mapping[str, str], __: Json) -> Json:
    return {"tuningJobs": services.jobs.oldest_first()}


def _add_job(services: Services, _: Mapping[str, str], fields: Json) -> Json:
    return add_job(services, fields)


def _preset(services: Services, _: Mapping[str, str], fields: Json) -> Json:
    name = job_name(fields.pop("name"))
    return services.jobs.preset(name, fields)


def _faults(services: Services, _: Mapping[str, str], __: Json) -> Json:
    return {"faults": [fault.to_json() for fault in services.faults.all()]}


def _add_fault(services: Services, _: Mapping[str, str], document: Json) -> Json:
    services.faults.add(Fault.from_json(document), services.clock.now())
    return {}


def _clear_faults(services: Services, _: Mapping[str, str], __: Json) -> Json:
    services.faults.clear()
    return {}


def _freeze(services: Services, _: Mapping[str, str], __: Json) -> Json:
    services.clock.freeze()
    return {"time": services.clock.now().isoformat()}


def _advance(services: Services, _: Mapping[str, str], document: Json) -> Json:
    services.clock.advance(float(document["seconds"]))
    return {"time": services.clock.now().isoformat()}


def _thaw(services: Services, _: Mapping[str, str], __: Json) -> Json:
    services.clock.thaw()
    return {"time": services.clock.now().isoformat()}


def _answer(body: Json, status: int = 200) -> Response:
    return Response(json.dumps(body), status, media_type="application/json")


DEFAULT_PROJECT: Final = "emulated-project"
DEFAULT_LOCATION: Final = "us-central1"

_ACTIONS: Final[Mapping[tuple[str, str], Action]] = {
    ("GET", "health"): _health,
    ("GET", "journal"): _journal,
    ("DELETE", "journal"): _clear_journal,
    ("GET", "jobs"): _jobs,
    ("POST", "jobs"): _add_job,
    ("POST", "jobs/preset"): _preset,
    ("GET", "faults"): _faults,
    ("POST", "faults"): _add_fault,
    ("DELETE", "faults"): _clear_faults,
    ("POST", "clock/freeze"): _freeze,
    ("POST", "clock/advance"): _advance,
    ("POST", "clock/thaw"): _thaw,
}
