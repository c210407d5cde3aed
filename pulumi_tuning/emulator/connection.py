"""A connection of the server that a handler can close without an answer."""

from asyncio import Transport

from uvicorn.protocols.http.h11_impl import H11Protocol


class CuttableProtocol(H11Protocol):
    """HTTP/1.1 whose requests carry a way to close their connection."""

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Hand the way to close a new connection to its requests."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "close_connection": transport.abort}
