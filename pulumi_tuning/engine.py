"""What this package needs of the engine beyond the provider protocol.

Messages on a resource's own row, readable errors, enough threads, and an end with the
engine's: each with a quiet fallback, because none is part of a documented interface.
"""

import gc
import inspect
import os
import signal
import stat
import sys
import threading
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from types import ModuleType
from typing import Any, Final

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

from pulumi_tuning.errors import TuningError

_DEADLINE_SECONDS: Final = 2.0
_THREADS: Final = 64
_SHORTEST_SECRET: Final = 3
_HOST: Final = "pulumi.dynamic.__main__"
_WATCH: Final = "pulumi-tuning-engine-watch"

_SEVERITIES: Final = {
    "info": engine_pb2.INFO,
    "warning": engine_pb2.WARNING,
}


class Secrets:
    """Texts that must not be shown; the engine itself hides those of its config."""

    def __init__(self) -> None:
        self._texts: set[str] = set()

    def add(self, value: object) -> None:
        """Hide every text in a JSON value from now on."""
        self._texts.update(t for t in _texts(value) if len(t) >= _SHORTEST_SECRET)

    def hide(self, message: str) -> str:
        """Return a message without secret texts."""
        for text in sorted(self._texts, key=len, reverse=True):
            message = message.replace(text, "[secret]")
        return message


def _texts(value: object) -> Iterator[str]:
    """Yield the texts in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for below in value.values():
            yield from _texts(below)
    elif isinstance(value, list):
        for below in value:
            yield from _texts(below)


class EngineReporter:
    """Shows messages on the row of a resource, through the engine's log.

    A failure to show one is swallowed: no message is worth a failed deployment.
    """

    def __init__(self, address: str | None, secrets: Secrets) -> None:
        self._address = address
        self._secrets = secrets
        self._lock = threading.Lock()
        self._engine: engine_pb2_grpc.EngineStub | None = None

    def report(
        self, urn: str, severity: str, message: str, *, ephemeral: bool = False
    ) -> None:
        """Show a message; an ephemeral one only while something happens."""
        if self._address is None:
            return
        with self._lock:
            if self._engine is None:
                channel = grpc.insecure_channel(self._address)
                self._engine = engine_pb2_grpc.EngineStub(channel)
            engine = self._engine
        request = engine_pb2.LogRequest(
            severity=_SEVERITIES[severity],
            message=self._secrets.hide(message),
            urn=urn,
            streamId=0,
            ephemeral=ephemeral,
        )
        try:
            engine.Log(request, timeout=_DEADLINE_SECONDS)
        except grpc.RpcError:
            return


def engine_address() -> str | None:
    """Return the engine's address, which the host gets as its first argument."""
    return sys.argv[1] if len(sys.argv) > 1 and ":" in sys.argv[1] else None


def show_errors_in_one_line(secrets: Secrets) -> None:
    """Let the host answer this package's errors with their message alone.

    The host answers with `traceback.format_exc()`. It gets a module of its own with
    that name whose `format_exc` knows our error class; real bugs keep their traceback.
    """
    host = sys.modules.get("__main__")
    if getattr(host, "traceback", None) is not traceback:
        return
    readable = ModuleType("traceback", traceback.__doc__)
    readable.__dict__.update(vars(traceback))

    def format_exc(limit: int | None = None, *, chain: bool = True) -> str:
        error = sys.exception()
        if isinstance(error, TuningError):
            return secrets.hide(str(error))
        return traceback.format_exc(limit, chain)

    readable.__dict__["format_exc"] = format_exc
    vars(host)["traceback"] = readable


def called_urn() -> str | None:
    """Return the URN of the resource that the engine's running call is about.

    The host keeps it from the provider, and a recorded URN is that of the last update:
    stack, parent or resource may be renamed since.
    """
    request = _running_request()
    return None if request is None else request.urn


def called_timeout() -> float | None:
    """Return how many seconds the engine's running call may take, if it says so.

    That is a custom timeout, which the host keeps from the provider. A recorded one is
    that of the last create or update of the job.
    """
    return getattr(_running_request(), "timeout", 0.0) or None


def _running_request() -> Any:  # noqa: ANN401 - a message of any kind of call
    """Return the request that the host is at, which is in its frame; else None."""
    frame = inspect.currentframe()
    while frame is not None:
        request = frame.f_locals.get("request")
        urn = getattr(request, "urn", None)
        if isinstance(urn, str) and urn:
            return request
        frame = frame.f_back
    return None


def widen_thread_pool() -> None:
    """Let the host work on more than four resources at a time.

    A delete waits until the service shows the job as being cancelled; four slow ones
    would hold up all others.
    """
    for candidate in gc.get_objects():
        if (
            type(candidate) is ThreadPoolExecutor
            and getattr(candidate, "_max_workers", _THREADS) < _THREADS
        ):
            vars(candidate)["_max_workers"] = _THREADS
            _start_threads(candidate)


def _start_threads(pool: Any) -> None:  # noqa: ANN401 - parts without an interface
    """Start threads for the calls that came before there could be more.

    A pool starts one at a time, when a call arrives: those that wait already would wait
    for the first ones to end.
    """
    with suppress(AttributeError), pool._shutdown_lock:  # noqa: SLF001 - as its submit
        for _ in range(pool._work_queue.qsize()):  # noqa: SLF001
            pool._adjust_thread_count()  # noqa: SLF001


def end_with_engine() -> None:
    """Let the host's process end when the engine is gone, as after a SIGKILL.

    The host would stay for ever, and in it a create that is about to send its request:
    it would start a job beside the one that the next run has started meanwhile. The
    engine alone holds the other end of the host's standard input.
    """
    spec = getattr(sys.modules.get("__main__"), "__spec__", None)
    is_watched = _WATCH in {thread.name for thread in threading.enumerate()}
    if getattr(spec, "name", "") == _HOST and not is_watched and _has_pipe():
        threading.Thread(target=_end_with_input, name=_WATCH, daemon=True).start()


def _has_pipe() -> bool:
    """Return whether the standard input is a pipe that somebody holds."""
    # Python leaves no object where the input was closed: its number may be another's.
    return sys.stdin is not None and stat.S_ISFIFO(os.fstat(0).st_mode)


def _end_with_input() -> None:
    """Wait for the end of the standard input, and end the process then."""
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
