"""A real provider process, spoken to over gRPC as the engine does."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self, cast

import grpc
from google.protobuf.empty_pb2 import Empty
from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.struct_pb2 import Struct
from pulumi.dynamic import ResourceProvider
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.runtime.proto import (
    engine_pb2,
    engine_pb2_grpc,
    provider_pb2,
    provider_pb2_grpc,
)

UNKNOWN: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What the engine sends in a preview for a value that is not known yet."""

PROVIDER_KEY: Final = "__provider"
CALL_TIMEOUT_SECONDS: Final = 90.0
EXIT_TIMEOUT_SECONDS: Final = 5.0
EXIT_SIGNALS: Final = 3
URN: Final = "urn:pulumi:test::tuning-test::pulumi-python:dynamic:Resource::job"

Properties = dict[str, Any]


def secret(value: object) -> Properties:
    """Return a value as the engine sends a secret one."""
    return {
        "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
        "value": value,
    }


class HostError(Exception):
    """What the provider raised: the text that the engine shows to the user."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message that the provider sent to the engine's log."""

    severity: str
    text: str
    urn: str
    is_ephemeral: bool


@dataclass(frozen=True, slots=True)
class Checked:
    """The answer of `check`."""

    inputs: Properties
    failures: tuple[tuple[str, str], ...]
    """Property and reason of each."""


@dataclass(frozen=True, slots=True)
class Diffed:
    """The answer of `diff`."""

    has_changes: bool
    replaces: tuple[str, ...]
    deletes_before_replace: bool


@dataclass(frozen=True, slots=True)
class Created:
    """The answer of `create`."""

    id: str
    outputs: Properties


@dataclass(frozen=True, slots=True)
class Read:
    """The answer of `read`; the resource is gone when it has no id."""

    id: str
    outputs: Properties
    inputs: Properties


class EngineLog(engine_pb2_grpc.EngineServicer):
    """The part of the engine that a provider talks to: a log that keeps everything."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self._server = grpc.server(ThreadPoolExecutor(max_workers=4))
        engine_pb2_grpc.add_EngineServicer_to_server(self, self._server)
        port = self._server.add_insecure_port("127.0.0.1:0")
        self.address = f"127.0.0.1:{port}"

    def start(self) -> None:
        """Take messages from now on."""
        self._server.start()

    def stop(self) -> None:
        """Take no messages any more, as an engine that is gone."""
        self._server.stop(grace=None).wait()

    def Log(  # noqa: N802 - the name of the gRPC method
        self, request: engine_pb2.LogRequest, _context: object
    ) -> Empty:
        """Keep one message."""
        message = Message(
            severity=engine_pb2.LogSeverity.Name(request.severity),
            text=request.message,
            urn=request.urn,
            is_ephemeral=request.ephemeral,
        )
        self.messages.append(message)
        return Empty()


class ProviderHost:
    """One `pulumi.dynamic` process, and the calls that the engine makes of it.

    Every call takes and returns plain properties, without the serialised provider.
    """

    def __init__(
        self,
        provider: ResourceProvider,
        *,
        config: Mapping[str, Any] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Prepare the process.

        Args:
            provider: The object that a program would hand to its resource.
            config: The stack's configuration; see `secret`.
            environment: Variables beside those of the test process.
        """
        self.engine = EngineLog()
        self.command = [sys.executable, "-u", "-m", "pulumi.dynamic"]
        self.command.append(self.engine.address)
        self.output = ""
        """What the provider printed, which the engine would show to the user."""
        self._serialized = serialize_provider(provider)
        self._config = dict(config or {})
        self._environment = {**os.environ, **(environment or {})}

    def __enter__(self) -> Self:
        """Start the process."""
        self.engine.start()
        self.process = subprocess.Popen(  # noqa: S603 - the test's own command
            self.command,
            cwd=Path(__file__).parents[2],
            env=self._environment,
            stdin=subprocess.PIPE,  # as the engine's, which holds its other end
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.stdin = self.process.stdin
        port = int(self.process.stdout.readline())
        self._printed: list[str] = []
        self._reader = threading.Thread(
            target=self._printed.extend, args=[self.process.stdout], daemon=True
        )
        self._reader.start()
        self._channel = grpc.insecure_channel(f"127.0.0.1:{port}")
        self._provider = provider_pb2_grpc.ResourceProviderStub(self._channel)
        request = provider_pb2.ConfigureRequest(args=struct(self._config))
        self._provider.Configure(
            request, timeout=CALL_TIMEOUT_SECONDS, wait_for_ready=True
        )
        return self

    def __exit__(self, *_: object) -> None:
        """End the process as the engine does at the end of a run."""
        self._channel.close()
        try:
            self._interrupt()
        finally:
            self.process.kill()
            self._reader.join()
            self.output = "".join(self._printed)
            assert self.process.stdout is not None
            self.process.stdout.close()
            self.stdin.close()
            self.engine.stop()

    def _interrupt(self) -> None:
        """Let the process end by itself.

        A signal that one of its other threads takes does not wake its main thread.
        """
        for _ in range(EXIT_SIGNALS - 1):
            self.process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(EXIT_TIMEOUT_SECONDS)
                return
        self.process.send_signal(signal.SIGINT)
        self.process.wait(EXIT_TIMEOUT_SECONDS)

    @property
    def messages(self) -> list[Message]:
        """Everything that the provider has logged, in order."""
        return list(self.engine.messages)

    def check(self, olds: Properties, news: Properties) -> Checked:
        """Let the provider check what the program asks for."""
        request = provider_pb2.CheckRequest(
            urn=URN, olds=self._known(olds), news=self._with_provider(news)
        )
        answer = self._call("Check", request)
        failures = tuple((f.property, f.reason) for f in answer.failures)
        return Checked(inputs=properties(answer.inputs), failures=failures)

    def diff(self, id_: str, olds: Properties, news: Properties) -> Diffed:
        """Let the provider compare the recorded outputs with new inputs."""
        request = provider_pb2.DiffRequest(
            id=id_,
            urn=URN,
            olds=self._with_provider(olds),
            news=self._with_provider(news),
        )
        answer = self._call("Diff", request)
        return Diffed(
            has_changes=answer.changes == provider_pb2.DiffResponse.DIFF_SOME,
            replaces=tuple(answer.replaces),
            deletes_before_replace=answer.deleteBeforeReplace,
        )

    def create(self, inputs: Properties) -> Created:
        """Let the provider make the resource."""
        request = provider_pb2.CreateRequest(
            urn=URN, properties=self._with_provider(inputs)
        )
        answer = self._call("Create", request)
        return Created(id=answer.id, outputs=properties(answer.properties))

    def read(
        self, id_: str, outputs: Properties, inputs: Properties | None = None
    ) -> Read:
        """Let the provider read the resource, as a refresh does.

        A `.get` of the program sends no outputs, and the inputs alone.
        """
        request = provider_pb2.ReadRequest(
            id=id_,
            urn=URN,
            properties=self._known(outputs),
            inputs=self._with_provider(inputs or {}),
        )
        answer = self._call("Read", request)
        return Read(
            id=answer.id,
            outputs=properties(answer.properties),
            inputs=properties(answer.inputs),
        )

    def update(self, id_: str, olds: Properties, news: Properties) -> Properties:
        """Let the provider change the resource, and return its new outputs."""
        request = provider_pb2.UpdateRequest(
            id=id_,
            urn=URN,
            olds=self._with_provider(olds),
            news=self._with_provider(news),
        )
        return properties(self._call("Update", request).properties)

    def delete(
        self, id_: str, outputs: Properties, *, timeout_seconds: float = 0.0
    ) -> None:
        """Let the provider delete the resource."""
        request = provider_pb2.DeleteRequest(
            id=id_,
            urn=URN,
            properties=self._with_provider(outputs),
            timeout=timeout_seconds,
        )
        self._call("Delete", request)

    def _call(self, method: str, request: object) -> Any:  # noqa: ANN401 - any answer
        call = getattr(self._provider, method)
        try:
            return call(request, timeout=CALL_TIMEOUT_SECONDS)
        except grpc.RpcError as error:
            raise HostError(cast("grpc.Call", error).details()) from error

    def _with_provider(self, values: Properties) -> Struct:
        return struct({**values, PROVIDER_KEY: self._serialized})

    def _known(self, values: Properties) -> Struct:
        """Return recorded properties: none at all for a resource that is new."""
        return self._with_provider(values) if values else Struct()


def struct(values: Properties) -> Struct:
    """Return properties as they travel: numbers become floats."""
    return ParseDict(values, Struct())


def properties(message: Struct) -> Properties:
    """Return properties as they arrive, without the serialised provider."""
    values: Properties = MessageToDict(message)
    values.pop(PROVIDER_KEY, None)
    return values
