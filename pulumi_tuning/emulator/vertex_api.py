"""The handlers of the tuning service: HTTP in, HTTP out, decisions elsewhere."""

import base64
from datetime import datetime
from typing import Final

from starlette.responses import Response

from pulumi_tuning.emulator.calls import Call, json_answer
from pulumi_tuning.emulator.errors import (
    RefusalError,
    invalid_argument,
    not_found,
)
from pulumi_tuning.emulator.filters import compile_filter
from pulumi_tuning.emulator.json_values import Json
from pulumi_tuning.emulator.parsing import read_message, shown_message
from pulumi_tuning.resource_names import EndpointName, ModelName, TuningJobName

_CONTEXT: Final = "Context"


async def create_tuning_job(call: Call) -> Response:
    """Answer `tuningJobs.create`."""
    request = read_message(
        "TuningJob",
        call.json_body(),
        path="tuning_job",
        version=call.parameters["version"],
    )
    parameters = call.parameters
    job = call.services.jobs.create(
        parameters["project"], parameters["location"], request
    )
    return _job_answer(call, job)


async def get_tuning_job(call: Call) -> Response:
    """Answer `tuningJobs.get`."""
    return _job_answer(call, call.services.jobs.get(_job_name(call)))


async def list_tuning_jobs(call: Call) -> Response:
    """Answer `tuningJobs.list`."""
    behaviour = call.services.behaviour
    predicate = compile_filter(call.query.get("filter", ""), behaviour.filter_fields)
    size = _page_size(call)
    jobs = call.services.jobs.newest_first(
        call.project,
        call.parameters["location"],
        created_before=call.created_before,
    )
    found = [job for job in jobs if behaviour.ignore_filter or predicate(job)]
    if behaviour.list_oldest_first:
        found.reverse()
    start = _page_start(call, found)
    page = found[start : start + size]
    body: Json = {}
    if page:
        body["tuningJobs"] = [_shown(call, job) for job in page]
    if found[start + size :]:
        body["nextPageToken"] = _page_token(page[-1])
    return json_answer(body)


async def cancel_tuning_job(call: Call) -> Response:
    """Answer `tuningJobs.cancel`, whose request message has no fields."""
    read_message(
        "CancelTuningJobRequest",
        call.json_body(),
        path="cancel_tuning_job_request",
        version=call.parameters["version"],
    )
    call.services.jobs.cancel(_job_name(call))
    return json_answer({})


async def get_model(call: Call) -> Response:
    """Answer `models.get`."""
    with call.services.database.transaction():
        return json_answer(call.services.models.get_model(_model_name(call)))


async def list_model_versions(call: Call) -> Response:
    """Answer `models.listVersions`."""
    with call.services.database.transaction():
        versions = call.services.models.list_versions(_model_name(call))
    return json_answer({"models": versions})


async def delete_model(call: Call) -> Response:
    """Answer `models.delete`, which takes a name without a version."""
    with call.services.database.transaction():
        name = _model_name(call)
        if name.version is not None:
            message = "The model name must not have a version ID."
            raise invalid_argument(message)
        return json_answer(call.services.models.delete_model(name))


async def delete_model_version(call: Call) -> Response:
    """Answer `models.deleteVersion`."""
    with call.services.database.transaction():
        name = _model_name(call)
        if name.version is None:
            message = "The model name must have a version ID or alias."
            raise invalid_argument(message)
        return json_answer(call.services.models.delete_version(name))


async def get_endpoint(call: Call) -> Response:
    """Answer `endpoints.get`."""
    with call.services.database.transaction():
        return json_answer(call.services.models.get_endpoint(_endpoint_name(call)))


async def undeploy_model(call: Call) -> Response:
    """Answer `endpoints.undeployModel`."""
    request = read_message(
        "UndeployModelRequest",
        call.json_body(),
        path="undeploy_model_request",
        version=call.parameters["version"],
    )
    with call.services.database.transaction():
        return json_answer(
            call.services.models.undeploy(
                _endpoint_name(call), request.get("deployedModelId", "")
            )
        )


async def delete_endpoint(call: Call) -> Response:
    """Answer `endpoints.delete`."""
    with call.services.database.transaction():
        return json_answer(call.services.models.delete_endpoint(_endpoint_name(call)))


async def get_operation(call: Call) -> Response:
    """Answer `operations.get`, also for those named below a model."""
    parts = call.parameters
    parent = f"projects/{call.project}/locations/{parts['location']}"
    below = f"/models/{parts['model']}" if "model" in parts else ""
    name = f"{parent}{below}/operations/{parts['operation']}"
    return json_answer(call.services.models.get_operation(name))


async def get_context(call: Call) -> Response:
    """Answer `metadataStores.contexts.get`: the experiment of a job, which has no runs.

    vertexai reads it as soon as a job names one.
    """
    parts = call.parameters
    store = f"projects/{call.project}/locations/{parts['location']}/metadataStores"
    name = f"{store}/{parts['store']}/contexts/{parts['context']}"
    for job in call.services.jobs.newest_first(call.project, parts["location"]):
        if job.get("experiment") == name:
            return json_answer(
                {
                    "name": name,
                    "displayName": parts["context"],
                    "createTime": job.get("startTime", job["createTime"]),
                    "updateTime": job.get("updateTime", job["createTime"]),
                    "schemaTitle": "system.Experiment",
                    "schemaVersion": "0.0.1",
                    "metadata": {},
                }
            )
    raise not_found(_CONTEXT)


async def not_emulated(call: Call) -> Response:
    """Refuse a method that the service has and the emulator has not."""
    message = f"{call.request.scope['path']} is not emulated."
    raise RefusalError(501, message)


def _job_answer(call: Call, job: Json) -> Response:
    return json_answer(_shown(call, job))


def _shown(call: Call, job: Json) -> Json:
    return shown_message(
        job,
        version=call.parameters["version"],
        enums_as_numbers=call.enums_as_numbers,
    )


def _job_name(call: Call) -> TuningJobName:
    return TuningJobName(
        call.project, call.parameters["location"], call.parameters["tuning_job"]
    )


def _model_name(call: Call) -> ModelName:
    model, _, version = call.parameters["model"].partition("@")
    return ModelName(call.project, call.parameters["location"], model, version or None)


def _endpoint_name(call: Call) -> EndpointName:
    return EndpointName(
        call.project, call.parameters["location"], call.parameters["endpoint"]
    )


def _page_size(call: Call) -> int:
    size = call.number("pageSize") or 0
    if size < 0:
        message = "The page size must not be negative."
        raise invalid_argument(message)
    behaviour = call.services.behaviour
    return min(size or behaviour.default_page_size, behaviour.largest_page_size)


def _page_token(last: Json) -> str:
    text = f"{last['createTime']} {last['name']}"
    return base64.urlsafe_b64encode(text.encode()).decode()


def _page_start(call: Call, found: list[Json]) -> int:
    """Return where the next page begins, also when its neighbour does not match now."""
    token = call.query.get("pageToken")
    if not token:
        return 0
    try:
        time, name = base64.urlsafe_b64decode(token).decode().split(" ")
        last_time = datetime.fromisoformat(time)
    except ValueError as error:
        message = "The page token is invalid."
        raise invalid_argument(message) from error
    names = [job["name"] for job in found]
    if name in names:
        return names.index(name) + 1
    times = [datetime.fromisoformat(job["createTime"]) for job in found]
    if call.services.behaviour.list_oldest_first:
        return sum(time <= last_time for time in times)
    return sum(time >= last_time for time in times)
