"""The emulator: its services, and a server for them in a thread of its own."""

import signal
import socket
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from queue import SimpleQueue
from types import FrameType, TracebackType
from typing import Any, Final, Self

import uvicorn

from pulumi_tuning.clock import Clock, SystemClock
from pulumi_tuning.emulator.app import Application
from pulumi_tuning.emulator.connection import CuttableProtocol
from pulumi_tuning.emulator.control import (
    DEFAULT_LOCATION,
    DEFAULT_PROJECT,
    add_job,
    job_name,
)
from pulumi_tuning.emulator.faults import Fault
from pulumi_tuning.emulator.journal import JournalEntry
from pulumi_tuning.emulator.json_values import Json
from pulumi_tuning.emulator.options import Behaviour, Pacing
from pulumi_tuning.emulator.services import Services
from pulumi_tuning.resource_names import GcsUri

_SHUTDOWN_SECONDS: Final = 1
_BACKLOG: Final = 1024


class Emulator:
    """A Vertex AI tuning service, and the part of Cloud Storage that it needs.

    Used as a context manager it serves from a thread of this process; `run` serves
    until the process is told to stop. The methods work either way.
    """

    def __init__(
        self,
        database: str | Path = ":memory:",
        *,
        pacing: Pacing | None = None,
        behaviour: Behaviour | None = None,
        clock: Clock | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        seed: int = 0,
    ) -> None:
        self._services = Services(
            str(database),
            pacing=pacing or Pacing(),
            behaviour=behaviour or Behaviour(),
            clock=clock or SystemClock(),
            seed=seed,
        )
        self.app = Application(self._services, SystemClock())
        """The services as an ASGI application."""

        self._address: tuple[str, int] = host, port
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Serve from a thread of this process."""
        listener = _listen(*self._address)
        host, port = listener.getsockname()
        self._address = host, port
        config = uvicorn.Config(
            self.app,
            http=CuttableProtocol,
            ws="none",
            loop="asyncio",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=60,
            timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run,
            kwargs={"sockets": [listener]},
            name="pulumi-tuning-emulator",
            daemon=True,
        )
        self._thread.start()

    def stop(self) -> None:
        """Stop serving and close the database."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join()
        self._services.close()

    def run(self, announce: Callable[[Self], None]) -> None:
        """Serve until SIGINT or SIGTERM; call `announce` once requests are answered."""
        # Unlike an event's lock, this queue may be put to while it is put to or waited
        # for, as a signal handler does.
        stopped: SimpleQueue[int] = SimpleQueue()

        def stop(number: int, _frame: FrameType | None) -> None:
            stopped.put(number)

        signals = signal.SIGINT, signal.SIGTERM
        before = {number: signal.getsignal(number) for number in signals}
        for number in signals:
            signal.signal(number, stop)
        try:
            with self:
                announce(self)
                stopped.get()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @property
    def url(self) -> str:
        """Base URL of all the services."""
        host, port = self._address
        return f"http://{host}:{port}"

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables that point programs at this emulator."""
        return {
            "GOOGLE_VERTEX_BASE_URL": self.url,
            "GOOGLE_VERTEX_AI_CUSTOM_ENDPOINT": self.url,
            "STORAGE_EMULATOR_HOST": self.url,
            "GOOGLE_OAUTH_ACCESS_TOKEN": "emulator",
            "GOOGLE_CLOUD_PROJECT": DEFAULT_PROJECT,
            "GOOGLE_CLOUD_LOCATION": DEFAULT_LOCATION,
        }

    def put_object(
        self, uri: str, data: bytes, *, content_type: str = "application/jsonl"
    ) -> int:
        """Store an object and return its generation.

        Raises:
            ValueError: The URI is not that of an object.
        """
        name = _object(uri)
        settable = {"contentType": content_type}
        store = self._services.store
        return store.put(name.bucket, name.object, [data], settable).generation

    def delete_object(self, uri: str) -> None:
        """Remove an object.

        Raises:
            ValueError: The URI is not that of an object.
        """
        name = _object(uri)
        store = self._services.store
        store.delete(store.get(name.bucket, name.object))

    def journal(
        self, method: str | None = None, path: str | None = None
    ) -> list[JournalEntry]:
        """Return the requests so far; `path` is a regular expression to search for."""
        return self._services.journal.entries(method, path)

    def clear_journal(self) -> None:
        """Forget the requests so far."""
        self._services.journal.clear()

    def jobs(self) -> list[Json]:
        """Return all jobs as the API would, oldest first, expired ones too."""
        return self._services.jobs.oldest_first()

    def job(self, name: str) -> Json:
        """Return a job as the API would."""
        return self._services.jobs.get(job_name(name))

    def preset(self, name: str, **wire_fields: object) -> Json:
        """Set facts of a job by hand and return it.

        A `state` holds until a cancel or the next one. Beside the fields of the API
        there are `expired`, `ignoresCancel`, `successWinsRace`, `failure` (the error
        with which the job will end) and `leavesModel`. None takes a field away.
        """
        return self._services.jobs.preset(job_name(name), wire_fields)

    def add_job(self, wire: Mapping[str, Any]) -> Json:
        """Add a job that exists already and return it.

        Without a `name` it gets one; without a `state` it runs like a new one.
        """
        return add_job(self._services, wire)

    def add_fault(self, fault: Fault) -> None:
        """Let a fault wait for requests."""
        self._services.faults.add(fault, self._services.clock.now())

    def clear_faults(self) -> None:
        """Take all faults away."""
        self._services.faults.clear()

    def models(self) -> list[str]:
        """Return the names of the models that exist."""
        with self._services.database.transaction():
            return self._services.models.model_names()

    def endpoints(self) -> list[str]:
        """Return the names of the endpoints that exist."""
        with self._services.database.transaction():
            return self._services.models.endpoint_names()

    def freeze(self) -> None:
        """Let the emulator's time stand still."""
        self._services.clock.freeze()

    def advance(self, seconds: float) -> None:
        """Move a frozen clock on."""
        self._services.clock.advance(seconds)

    def thaw(self) -> None:
        """Let the emulator's time go on from where it stands."""
        self._services.clock.thaw()


def _listen(host: str, port: int) -> socket.socket:
    """Return a socket that is known to speak TCP.

    asyncio switches Nagle's algorithm off only for such a one; else an answer in two
    packets waits for the client's delayed acknowledgement, 40 ms each.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def _object(uri: str) -> GcsUri:
    name = GcsUri.parse(uri)
    if name is None:
        message = f"not the URI of an object: {uri}"
        raise ValueError(message)
    return name
