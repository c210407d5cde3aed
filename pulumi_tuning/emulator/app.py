"""The ASGI application: journal, faults, routes and errors, in this order."""

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from pulumi_tuning.clock import Clock
from pulumi_tuning.emulator.calls import Call, html_answer, json_answer
from pulumi_tuning.emulator.control import control_answer
from pulumi_tuning.emulator.errors import (
    RefusalError,
    default_refusal,
    invalid_argument,
)
from pulumi_tuning.emulator.faults import Fault, MetFault
from pulumi_tuning.emulator.journal import JournalEntry
from pulumi_tuning.emulator.json_values import read_json
from pulumi_tuning.emulator.routes import COMMON_QUERY, Route, find_route
from pulumi_tuning.emulator.services import Services

_CONTROL: Final = "/_emulator/"
_UPLOAD: Final = "/upload/"
_WITHOUT_BODY: Final = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
_EXPLANATION: Final = (
    "This is the pulumi_tuning emulator of Vertex AI tuning and Cloud Storage. Nothing "
    "is served at its root: a client that calls it was probably given a base URL but "
    "neither project nor location as arguments."
)


class Application:
    """The emulated services as an ASGI application."""

    def __init__(self, services: Services, pause: Clock) -> None:
        self._services = services
        self._pause = pause
        """Clock by which faults delay: real time, also where the emulator's is not."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            request = await _meant(Request(scope, receive))
            response = await self._answer(request)
        except ClientDisconnect:
            return
        if response is None:
            await _close_connection(scope, receive)
        else:
            await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response | None:
        path = request.scope["path"]
        is_upload = path.startswith(_UPLOAD)
        body = b"" if is_upload else await request.body()
        if path.startswith(_CONTROL):
            return control_answer(self._services, request, body)
        services = self._services
        number = services.journal.begin(_entry(request, body, services.clock.now()))
        met = services.faults.meet(request.method, path)
        response = await self._with_fault(request, body, met)
        if response is not None:
            services.journal.answered(number, response.status_code)
        return response

    async def _with_fault(
        self, request: Request, body: bytes, met: MetFault | None
    ) -> Response | None:
        """Return the answer, or None where the connection is to be cut."""
        if met is None:
            return await self._handle(request, body)
        fault = met.fault
        response: Response | None = None
        if fault.takes_effect_first:
            response = await self._handle(request, body, met)
        if fault.delay_seconds:
            await self._pause.sleep_async(fault.delay_seconds)
        if fault.cut:
            return None
        if fault.status is not None or fault.html:
            return _fault_answer(fault, request.scope["path"])
        response = response or await self._handle(request, body, met)
        response.headers.update(dict(fault.headers or {}))
        return response

    async def _handle(
        self, request: Request, body: bytes, met: MetFault | None = None
    ) -> Response:
        path = request.scope["path"]
        found = find_route(request.method, request.scope["raw_path"].decode())
        if found is None:
            if path == "/":
                return json_answer(RefusalError(404, _EXPLANATION).envelope, 404)
            return html_answer(path)
        route, parameters = found
        visible_until = _visible_until(met, self._services.clock.now())
        call = Call(self._services, request, parameters, body, visible_until)
        try:
            self._refuse_caller(call, route)
            return await route.handler(call)
        except RefusalError as error:
            return _refusal_answer(error, call, route)

    def _refuse_caller(self, call: Call, route: Route) -> None:
        """Refuse a request without the token that is asked for, or with a bad query."""
        required = self._services.behaviour.require_token
        scheme, _, token = call.request.headers.get("authorization", "").partition(" ")
        token = token if scheme.lower() == "bearer" else ""
        token = token or call.query.get("access_token", "")
        if required and (not token or required not in (True, token)):
            raise default_refusal(401)
        if route.service != "aiplatform":
            return
        for name in call.query:
            if name not in COMMON_QUERY | route.query:
                message = (
                    f'Invalid JSON payload received. Unknown name "{name}": Cannot '
                    f"bind query parameter. Field '{name}' could not be found in "
                    "request message."
                )
                raise invalid_argument(message)


async def _meant(request: Request) -> Request:
    """Return the request itself, or the GET for which a POST stands.

    Google's discovery client sends a long query so: as a form, with the method that is
    meant in a header.
    """
    meant = request.headers.get("x-http-method-override", "")
    if (request.method, meant) != ("POST", "GET"):
        return request
    query = await request.body()
    scope = {**request.scope, "method": meant, "query_string": query}
    return Request(scope, _no_body)


async def _no_body() -> Message:
    return {"type": "http.request"}


def _entry(request: Request, body: bytes, now: datetime) -> JournalEntry:
    return JournalEntry(
        method=request.method,
        path=request.scope["path"],
        query=dict(request.query_params),
        body=_parsed(body),
        headers=dict(request.headers),
        status=0,
        time=now,
    )


def _parsed(body: bytes) -> object:
    try:
        return read_json(body)
    except ValueError:
        return None


def _visible_until(met: MetFault | None, now: datetime) -> datetime | None:
    """Return the time from which new jobs are left out of a list, if they are."""
    if met is None or met.fault.stale_list is False:
        return None
    if met.fault.stale_list is True:
        return met.added_at
    return now - timedelta(seconds=met.fault.stale_list)


def _refusal_answer(error: RefusalError, call: Call, route: Route) -> Response:
    if route.service == "aiplatform":
        return json_answer(error.envelope, error.code)
    if error.code == HTTPStatus.NOT_MODIFIED:
        return Response(status_code=HTTPStatus.NOT_MODIFIED)
    if call.query.get("alt") == "media" and call.request.method == "GET":
        return Response(error.message, error.code, media_type="text/html")
    return json_answer(error.storage_envelope, error.code)


def _fault_answer(fault: Fault, path: str) -> Response:
    headers = dict(fault.headers or {})
    status = fault.status or (502 if fault.html else 500)
    if status in _WITHOUT_BODY:
        return Response(status_code=status, headers=headers)
    if fault.html:
        return html_answer(path, status, headers)
    if isinstance(fault.body, str):
        return Response(fault.body, status, headers)
    body = default_refusal(status).envelope if fault.body is None else fault.body
    return json_answer(body, status, headers)


async def _close_connection(scope: Scope, receive: Receive) -> None:
    """Close the client's connection without an answer."""
    scope["state"]["close_connection"]()
    message = await receive()
    while message["type"] != "http.disconnect":
        message = await receive()
