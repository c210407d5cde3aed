"""A small Vertex AI and Cloud Storage in memory, whose every answer can be scripted.

It stands behind httpx: no sockets. It knows just what the tests of the lifecycle need;
what the real services accept and answer is the emulator's business.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import httpx

from tests.support.factories import NUMBER, PROJECT, echo, job_name
from tests.support.fake_clock import FakeClock

Json = dict[str, Any]

Answer = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]

_FINAL: Final = frozenset(
    f"JOB_STATE_{word}"
    for word in ("SUCCEEDED", "FAILED", "CANCELLED", "EXPIRED", "PARTIALLY_SUCCEEDED")
)
_WORDS: Final = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    499: "CANCELLED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


def refusal(code: int, status: str | None = None, reason: str = "") -> httpx.Response:
    """Return an error in Google's envelope."""
    error: Json = {"code": code, "message": f"m{code}", "status": status}
    error["status"] = status or _WORDS[code]
    if reason:
        error["details"] = [
            {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason}
        ]
    return httpx.Response(code, json={"error": error})


def html(code: int) -> httpx.Response:
    """Return what a proxy answers that knows no Vertex AI."""
    return httpx.Response(code, html="<html><body>no such page</body></html>")


def timeout() -> Exception:
    """Return what httpx raises when no answer came in time."""
    return httpx.ReadTimeout("no answer")


def reset() -> Exception:
    """Return what httpx raises when the connection broke."""
    return httpx.ReadError("connection reset by peer")


def refused() -> Exception:
    """Return what httpx raises when no connection could be made."""
    return httpx.ConnectError("connection refused")


@dataclass
class _Script:
    """Answers to the calls of one method whose path matches."""

    method: str
    path: str
    answers: list[Answer]
    is_endless: bool

    def next(self, request: httpx.Request) -> Answer | None:
        """Return the answer to a request, or None where it is not for this script."""
        path = request.url.path
        if request.method != self.method or not re.search(self.path, path):
            return None
        if self.is_endless and len(self.answers) == 1:
            return self.answers[0]
        return self.answers.pop(0) if self.answers else None


@dataclass
class VertexService(httpx.BaseTransport):
    """The services behind all clients of a test."""

    clock: FakeClock
    jobs: dict[str, Json] = field(default_factory=dict)
    versions: dict[str, list[str]] = field(default_factory=dict)
    endpoints: dict[str, list[Json]] = field(default_factory=dict)
    objects: dict[str, Json] = field(default_factory=dict)
    cancel_seconds: float | None = 0.0
    """How long an accepted cancel takes to show; None: it never does."""
    requests: list[httpx.Request] = field(default_factory=list)
    _scripts: list[_Script] = field(default_factory=list)
    _cancelling: dict[str, float] = field(default_factory=dict)

    def script(
        self, method: str, path: str, *answers: Answer, endless: bool = False
    ) -> None:
        """Answer calls in turn with these; with `endless` the last one for ever.

        Args:
            method: Of HTTP.
            path: Regular expression that is found in the call's path.
            answers: A response, an exception, or a function of the request.
            endless: Whether the last answer is for all later calls too.
        """
        self._scripts.append(_Script(method, path, list(answers), endless))

    def heal(self) -> None:
        """Answer all later calls as a service would."""
        self._scripts.clear()

    def add_job(self, number: int = 1, **fields: Any) -> str:  # noqa: ANN401 - JSON
        """Add a job; return its name."""
        name = job_name(number)
        self.jobs[name] = {
            "name": name,
            "state": "JOB_STATE_RUNNING",
            "createTime": f"2026-11-22T09:00:{number:02}Z",
            **fields,
        }
        return name

    def calls(self, method: str = "", path: str = "") -> list[str]:
        """Return method and path of the calls so far, those that match."""
        return [
            f"{request.method} {request.url.path}"
            for request in self.requests
            if method in ("", request.method) and re.search(path, request.url.path)
        ]

    @property
    def creates(self) -> list[Json]:
        """The bodies of all create calls."""
        return [
            json.loads(request.content)
            for request in self.requests
            if request.method == "POST" and request.url.path.endswith("/tuningJobs")
        ]

    @property
    def cancels(self) -> list[str]:
        """All cancel calls."""
        return self.calls("POST", ":cancel$")

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a call as it is scripted, or else as a service would."""
        request.read()
        self.requests.append(request)
        self._show_cancels()
        for script in self._scripts:
            answer = script.next(request)
            if isinstance(answer, Exception):
                raise answer
            if isinstance(answer, httpx.Response):
                return httpx.Response(
                    answer.status_code, headers=answer.headers, content=answer.content
                )
            if answer is not None:
                return answer(request)
        return self.answer(request)

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer a call as a service would."""
        path = request.url.path.removeprefix("/v1/")
        path = path.replace(f"projects/{PROJECT}/", f"projects/{NUMBER}/")
        handlers: dict[tuple[str, str], Callable[..., httpx.Response]] = {
            ("GET", r"/storage/v1/b/([^/]+)/o/(.+)"): self._object,
            ("POST", r"(.+)/tuningJobs"): self._create,
            ("GET", r"(.+)/tuningJobs"): self._list,
            ("GET", r"(.+/tuningJobs/[^:]+)"): self._get,
            ("POST", r"(.+/tuningJobs/[^:]+):cancel"): self._cancel,
            ("GET", r"(.+/models/[^@:]+):listVersions"): self._list_versions,
            ("DELETE", r"(.+/models/[^@:]+)@(\d+):deleteVersion"): self._drop_version,
            ("DELETE", r"(.+/models/[^@:]+)"): self._drop_model,
            ("GET", r"(.+/endpoints/[^:]+)"): self._endpoint,
            ("POST", r"(.+/endpoints/[^:]+):undeployModel"): self._undeploy,
            ("DELETE", r"(.+/endpoints/[^:]+)"): self._drop_endpoint,
        }
        return next(
            handler(request, *match.groups())
            for (method, pattern), handler in handlers.items()
            if request.method == method and (match := re.fullmatch(pattern, path))
        )

    def _show_cancels(self) -> None:
        """Let accepted cancels show when their time has come."""
        for name, at in self._cancelling.items():
            job = self.jobs.get(name, {})
            if self.clock.monotonic() >= at and job.get("state") not in _FINAL:
                job["state"] = "JOB_STATE_CANCELLING"

    def _object(self, _: httpx.Request, bucket: str, name: str) -> httpx.Response:
        return _found(self.objects.get(f"gs://{bucket}/{name}"))

    def _create(self, request: httpx.Request, parent: str) -> httpx.Response:
        number = 1 + max((_number(name) for name in self.jobs), default=0)
        now = self.clock.now() + timedelta(microseconds=number)
        job = {
            "name": f"{parent}/tuningJobs/{number}",
            "state": "JOB_STATE_PENDING",
            "createTime": now.isoformat().replace("+00:00", "Z"),
            **echo(json.loads(request.content)),
        }
        self.jobs[str(job["name"])] = job
        return httpx.Response(200, json=job)

    def _list(self, request: httpx.Request, parent: str) -> httpx.Response:
        wanted = re.fullmatch(
            r'labels\.(.+)="(.+)"', request.url.params.get("filter", "")
        )
        jobs = [
            job
            for name, job in reversed(self.jobs.items())
            if name.startswith(f"{parent}/")
            and (wanted is None or _label(job, wanted[1]) == wanted[2])
        ]
        return httpx.Response(200, json={"tuningJobs": jobs} if jobs else {})

    def _get(self, _: httpx.Request, name: str) -> httpx.Response:
        return _found(self.jobs.get(name))

    def _cancel(self, _: httpx.Request, name: str) -> httpx.Response:
        if self.jobs[name]["state"] in _FINAL:
            return refusal(400, "FAILED_PRECONDITION")
        if self.cancel_seconds is not None:
            at = self.clock.monotonic() + self.cancel_seconds
            self._cancelling.setdefault(name, at)
        return httpx.Response(200, json={})

    def _list_versions(self, _: httpx.Request, model: str) -> httpx.Response:
        versions = self.versions.get(model)
        if versions is None:
            return refusal(404)
        found = [{"name": model, "versionId": version} for version in versions]
        return httpx.Response(200, json={"models": found})

    def _drop_version(
        self, _: httpx.Request, model: str, version: str
    ) -> httpx.Response:
        versions = self.versions.get(model, [])
        if version not in versions:
            return refusal(404)
        if len(versions) == 1:
            return refusal(400, "FAILED_PRECONDITION")
        versions.remove(version)
        return _done(model)

    def _drop_model(self, _: httpx.Request, model: str) -> httpx.Response:
        if self.versions.pop(model, None) is None:
            return refusal(404)
        return _done(model)

    def _endpoint(self, _: httpx.Request, name: str) -> httpx.Response:
        deployed = self.endpoints.get(name)
        if deployed is None:
            return refusal(404)
        return _found({"name": name, "deployedModels": deployed})

    def _undeploy(self, request: httpx.Request, name: str) -> httpx.Response:
        deployed = self.endpoints.get(name, [])
        wanted = json.loads(request.content)["deployedModelId"]
        if wanted not in [deployment["id"] for deployment in deployed]:
            return refusal(404)
        self.endpoints[name] = [d for d in deployed if d["id"] != wanted]
        return _done(name)

    def _drop_endpoint(self, _: httpx.Request, name: str) -> httpx.Response:
        if self.endpoints.get(name):
            return refusal(400, "FAILED_PRECONDITION")
        if self.endpoints.pop(name, None) is None:
            return refusal(404)
        return _done(name)


def _found(body: Json | None) -> httpx.Response:
    return refusal(404) if body is None else httpx.Response(200, json=body)


def _done(name: str) -> httpx.Response:
    """Return an operation that is done at once."""
    return httpx.Response(200, json={"name": f"{name}/operations/1", "done": True})


def _label(job: Json, key: str) -> object:
    labels = job.get("labels")
    return labels.get(key) if isinstance(labels, dict) else None


def _number(name: str) -> int:
    return int(name.rpartition("/")[2])
