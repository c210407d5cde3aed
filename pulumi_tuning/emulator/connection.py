"""A connection of the server that a handler can close without an answer."""

from asyncio import BaseTransport, Transport
from typing import cast

from uvicorn.protocols.http.h11_impl import H11Protocol


class CuttableProtocol(H11Protocol):
    """HTTP/1.1 whose requests carry a way to close their connection."""

    def connection_made(self, transport: BaseTransport) -> None:
        """Hand the way to close a new connection to its requests."""
        connection = cast("Transport", transport)
        super().connection_made(connection)
        self.app_state = {**self.app_state, "close_connection": connection.abort}
