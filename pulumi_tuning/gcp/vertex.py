"""VertexClient: the methods of Vertex AI that a tuning job and its clean-up need.

Named as in the REST reference of version v1. The host follows from the location, which
for a resource that exists is the one in its name: a job's model and endpoints may live
elsewhere than the job.
"""

import logging
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final, cast
from urllib.parse import quote

from pydantic import ValidationError

from pulumi_tuning.diff import is_same_job
from pulumi_tuning.errors import (
    ApiTimeoutError,
    InvalidInputsError,
    Problem,
    UnexpectedResponseError,
    quoted,
)
from pulumi_tuning.gcp.http import READ_SECONDS, GoogleHttp
from pulumi_tuning.gcp.operation_errors import operation_error
from pulumi_tuning.live import LiveTuningJob
from pulumi_tuning.settings import service_address, vertex_base_url

_LOGGER: Final = logging.getLogger(__name__)
_VERSION: Final = "v1"
_PAGE_SIZE: Final = 100
_MOST_PAGES: Final = 1000
"""How many pages a list may have: more of them, ever new ones, would never end."""
_OPERATION_SECONDS: Final = 120.0
_FIRST_POLL_SECONDS: Final = 1.0
_LONGEST_POLL_SECONDS: Final = 10.0


class VertexClient:
    """Tuning jobs, and the models and endpoints that they leave."""

    def __init__(self, http: GoogleHttp) -> None:
        self._http = http

    def service_address(self, location: str) -> str:
        """Return the identity of the service that answers for a location."""
        return service_address(self._http.settings, location)

    def create_tuning_job(
        self,
        project: str,
        location: str,
        body: Mapping[str, Any],
        *,
        within_seconds: float = READ_SECONDS,
    ) -> LiveTuningJob:
        """Start a tuning job: one request, never repeated, as each one costs money.

        Raises:
            ApiError: The answer is an error or unreadable, or there is none; then only
                `ApiConnectionError.was_sent` can say that no job was started.
            CredentialsError: There is no access token.
            SettingsError: A setting is malformed.
        """
        url = self._jobs_url(project, location)
        subject = f"create a tuning job in projects/{project}/locations/{location}"
        answer = self._http.post(
            url, body, subject=subject, within_seconds=within_seconds
        )
        return _job(answer, subject, method="POST", url=url)

    def get_tuning_job(
        self, name: str, *, within_seconds: float = READ_SECONDS
    ) -> LiveTuningJob:
        """Return a tuning job.

        Raises:
            NotFoundError: There is none of this name.
            InvalidInputsError: It is no name.
            ApiError: Nobody can say; the answer may be about another job.
            CredentialsError: There is no access token.
            SettingsError: A setting is malformed.
        """
        url, subject = self._url(name), f"get {name}"
        answer = self._http.get(url, subject=subject, within_seconds=within_seconds)
        job = _job(answer, subject, method="GET", url=url)
        if not is_same_job(job.name, name):
            message = (
                f"{subject}: the answer is about {job.name}; check the custom endpoint "
                "and what stands before it"
            )
            raise UnexpectedResponseError(message, method="GET", url=url)
        return job

    def list_tuning_jobs(
        self,
        project: str,
        location: str,
        filter: str | None = None,  # noqa: A002 - its name in the API
        *,
        page_size: int = _PAGE_SIZE,
        wanted: Collection[str] | None = None,
        within_seconds: float = READ_SECONDS,
    ) -> list[LiveTuningJob]:
        """Return the tuning jobs of a project and location: all pages, or an error.

        A job that cannot be read, such as one without a name, is left out; one that
        moved to a later page while they were read is there once.

        Args:
            project: Id or number.
            location: Where the jobs are.
            filter: A "standard list filter".
            page_size: Jobs in a page.
            wanted: Names of jobs; once all have come, no further page is read.
            within_seconds: Bound of each page.

        Raises:
            ApiError: The list is unreadable, or would never end.
            CredentialsError: There is no access token.
            SettingsError: A setting is malformed.
        """
        url = self._jobs_url(project, location)
        subject = f"list the tuning jobs of projects/{project}/locations/{location}"
        params = {"pageSize": str(page_size)}
        if filter is not None:
            params["filter"] = filter
        jobs: dict[str, LiveTuningJob] = {}
        for page in self._pages(url, subject, params, within_seconds):
            jobs |= {job.name: job for job in _jobs(page, subject, url)}
            if wanted is not None and jobs.keys() >= set(wanted):
                break
        return list(jobs.values())

    def cancel_tuning_job(
        self, name: str, *, within_seconds: float = READ_SECONDS
    ) -> None:
        """Ask for a tuning job to be cancelled, which takes its time.

        Raises:
            FailedPreconditionError: It is final already.
            NotFoundError: There is none of this name.
            InvalidInputsError: It is no name.
            ApiError: Nobody can say.
            CredentialsError: There is no access token.
            SettingsError: A setting is malformed.
        """
        self._http.post(
            f"{self._url(name)}:cancel",
            {},
            subject=f"cancel {name}",
            is_idempotent=True,
            within_seconds=within_seconds,
        )

    def get_endpoint(self, name: str) -> dict[str, Any]:
        """Return an endpoint as it comes, `deployedModels` included.

        Raises:
            NotFoundError: There is none of this name.
            ApiError: Nobody can say.
        """
        return self._http.get(self._url(name), subject=f"get {name}")

    def undeploy_model(self, endpoint: str, deployed_model_id: str) -> dict[str, Any]:
        """Take a model off an endpoint; the answer is an operation.

        Raises:
            ApiError: It was refused, or nobody can say.
        """
        return self._http.post(
            f"{self._url(endpoint)}:undeployModel",
            {"deployedModelId": deployed_model_id},
            subject=f"undeploy model {deployed_model_id} from {endpoint}",
        )

    def delete_endpoint(self, name: str) -> dict[str, Any]:
        """Delete an endpoint without models; the answer is an operation.

        Raises:
            ApiError: It was refused, or nobody can say.
        """
        return self._http.delete(self._url(name), subject=f"delete {name}")

    def delete_model(self, name: str) -> dict[str, Any]:
        """Delete a model with all its versions; the answer is an operation.

        Args:
            name: Without version.

        Raises:
            ApiError: It was refused, or nobody can say.
        """
        return self._http.delete(self._url(name), subject=f"delete {name}")

    def delete_model_version(self, name: str) -> dict[str, Any]:
        """Delete one version of a model; the answer is an operation.

        Args:
            name: With version, as `…/models/{id}@{version}`.

        Raises:
            ApiError: It was refused, or nobody can say.
        """
        url = f"{self._url(name)}:deleteVersion"
        return self._http.delete(url, subject=f"delete {name}")

    def list_model_versions(self, name: str) -> list[dict[str, Any]]:
        """Return all versions of a model as they come, `versionId` included.

        Args:
            name: Without version.

        Raises:
            NotFoundError: There is no such model.
            ApiError: Nobody can say.
        """
        url, subject = f"{self._url(name)}:listVersions", f"list versions of {name}"
        return [
            version
            for page in self._pages(url, subject, {"pageSize": str(_PAGE_SIZE)})
            for version in _list_of(page, "models", subject, url)
            if isinstance(version, dict)
        ]

    def get_operation(self, name: str) -> dict[str, Any]:
        """Return an operation.

        Raises:
            NotFoundError: There is none of this name.
            ApiError: Nobody can say.
        """
        return self._http.get(self._url(name), subject=f"get {name}")

    def wait_for_operation(
        self,
        operation: Mapping[str, Any],
        *,
        within_seconds: float = _OPERATION_SECONDS,
    ) -> Mapping[str, Any]:
        """Return an operation once it is done.

        Raises:
            ApiTimeoutError: It goes on.
            ApiStatusError: It failed.
            ApiError: Nobody can say.
            InvalidInputsError: It is not done, and has no name to ask for.
        """
        clock = self._http.clock
        end = clock.monotonic() + within_seconds
        pause = _FIRST_POLL_SECONDS
        name = str(operation.get("name", ""))
        while operation.get("done") is not True:
            if clock.monotonic() + pause > end:
                message = f"{name}: not done within {within_seconds:.0f} s, it goes on"
                raise ApiTimeoutError(message, method="GET", url=self._url(name))
            clock.sleep(pause)
            pause = min(2 * pause, _LONGEST_POLL_SECONDS)
            operation = self.get_operation(name)
        if isinstance(operation.get("error"), dict):
            raise operation_error(operation["error"], name, self._url(name))
        return operation

    def _pages(
        self,
        url: str,
        subject: str,
        params: Mapping[str, str],
        within_seconds: float = READ_SECONDS,
    ) -> Iterator[dict[str, Any]]:
        """Yield all pages of a list.

        Raises:
            ApiError: A page is unreadable, or they would never end.
        """
        tokens: set[str] = set()
        query = dict(params)
        for _ in range(_MOST_PAGES):
            page = self._http.get(
                url, subject=subject, params=query, within_seconds=within_seconds
            )
            yield page
            token = str(page.get("nextPageToken") or "")
            if not token:
                return
            if token in tokens:
                message = f"{subject}: page {quoted(token)} was answered twice"
                raise UnexpectedResponseError(message, method="GET", url=url)
            tokens.add(token)
            query["pageToken"] = token
        message = f"{subject}: there is no end after {_MOST_PAGES} pages"
        raise UnexpectedResponseError(message, method="GET", url=url)

    def _jobs_url(self, project: str, location: str) -> str:
        base = vertex_base_url(self._http.settings, location)
        parent = f"projects/{quote(project, safe=':')}/locations/{location}"
        return f"{base}/{_VERSION}/{parent}/tuningJobs"

    def _url(self, name: str) -> str:
        location = re.match(r"projects/[^/]+/locations/([^/]+)/", name)
        if location is None:
            message = f"{quoted(name)!r} is not the full name of a resource"
            raise InvalidInputsError([Problem("name", message)])
        base = vertex_base_url(self._http.settings, location[1])
        return f"{base}/{_VERSION}/{quote(name, safe='/:@')}"


def _job(
    answer: Mapping[str, Any], subject: str, *, method: str, url: str
) -> LiveTuningJob:
    try:
        return LiveTuningJob.model_validate(answer)
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}"
            for problem in error.errors(include_input=False, include_url=False)
        )
        message = f"{subject}: the answer is not a tuning job: {quoted(wrong)}"
        raise UnexpectedResponseError(message, method=method, url=url) from error


def _jobs(page: Mapping[str, Any], subject: str, url: str) -> list[LiveTuningJob]:
    jobs: list[LiveTuningJob] = []
    for answer in _list_of(page, "tuningJobs", subject, url):
        try:
            jobs.append(LiveTuningJob.model_validate(answer))
        except ValidationError as error:
            _LOGGER.debug("%s: left out an unreadable job: %s", subject, error)
    return jobs


def _list_of(page: Mapping[str, Any], key: str, subject: str, url: str) -> list[object]:
    entries: object = page.get(key, [])
    if not isinstance(entries, list):
        message = f"{subject}: {key} is not a list"
        raise UnexpectedResponseError(message, method="GET", url=url)
    return cast("list[object]", entries)
