"""An httpx transport that hands requests to an ASGI application, without a socket."""

import asyncio

import httpx
from starlette.types import ASGIApp, Message


class InProcessTransport(httpx.BaseTransport):
    """Each request is one call of the application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._loop = asyncio.new_event_loop()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return what the application answers, or fail as a cut connection does."""
        return self._loop.run_until_complete(self._answer(request, request.read()))

    def close(self) -> None:
        """Close the loop that the application runs on."""
        self._loop.close()

    async def _answer(self, request: httpx.Request, body: bytes) -> httpx.Response:
        sent: list[Message] = []
        disconnected = asyncio.Event()
        received = iter([{"type": "http.request", "body": body}])

        async def receive() -> Message:
            message = next(received, None)
            if message is not None:
                return message
            await disconnected.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            sent.append(message)

        url = request.url
        raw_path, _, query = url.raw_path.partition(b"?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": request.method,
            "scheme": url.scheme,
            "server": (url.host, url.port or 80),
            "client": ("127.0.0.1", 1),
            "path": httpx.URL(url.scheme + "://host" + raw_path.decode()).path,
            "raw_path": raw_path,
            "query_string": query,
            "root_path": "",
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
            "state": {"close_connection": disconnected.set},
        }
        await self._app(scope, receive, send)
        if not sent:
            message = "the connection was cut"
            raise httpx.RemoteProtocolError(message, request=request)
        return httpx.Response(
            sent[0]["status"],
            headers=sent[0]["headers"],
            content=b"".join(message.get("body", b"") for message in sent[1:]),
        )
