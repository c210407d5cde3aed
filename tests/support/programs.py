"""Pulumi programs that run in memory, against the SDK's own mock of the engine."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final, TypeVar, cast

from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime import set_all_config
from pulumi.runtime.mocks import MockMonitor, Mocks, set_mocks
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.rpc import UNKNOWN
from pulumi.runtime.settings import SETTINGS
from pulumi.runtime.stack import wait_for_rpcs

from tests.support.factories import LOCATION, PROJECT, job_name

_T = TypeVar("_T")

CONFIG: Final = {
    "gcp:project": PROJECT,
    "gcp:region": LOCATION,
    "gcp:accessToken": "token",
}


@dataclass(frozen=True)
class Registered:
    """One resource that a program has registered."""

    type: str
    name: str
    inputs: dict[str, Any]
    id: str = ""
    """Id of a resource that is only read."""


RECORDED_IDENTITY: Final = "recorded"
"""What the stash of a stack's identity has kept since an earlier update."""

_NO_MOCKS: Final = cast("Mocks", None)
"""What the SDK asks for, and the engine below does without."""


class Engine(MockMonitor):
    """An engine that gives every resource the outputs that it was asked for.

    The SDK's own mock opens an event loop in each of its threads and closes none.
    """

    def __init__(self, name: str = job_name()) -> None:
        super().__init__(_NO_MOCKS)
        self.name = name
        """Id of every tuning job."""
        self.registered: list[Registered] = []

    def RegisterResource(  # noqa: N802 - its name in the protocol
        self, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse:
        """Register a resource; a stash keeps what it is given, or has recorded."""
        inputs = self._register(request.type, request.name, request.object)
        outputs = Struct()
        outputs.CopyFrom(request.object)
        if "Stash" in request.type:
            is_known = inputs["input"] != UNKNOWN
            outputs["output"] = inputs["input"] if is_known else RECORDED_IDENTITY
        urn = self.make_urn(request.parent, request.type, request.name)
        return resource_pb2.RegisterResourceResponse(
            urn=urn, id=self.name if request.custom else "", object=outputs
        )

    def ReadResource(  # noqa: N802 - its name in the protocol
        self, request: resource_pb2.ReadResourceRequest
    ) -> resource_pb2.ReadResourceResponse:
        """Read a resource: it is as the program says."""
        self._register(request.type, request.name, request.properties, request.id)
        urn = self.make_urn(request.parent, request.type, request.name)
        return resource_pb2.ReadResourceResponse(urn=urn, properties=request.properties)

    def _register(
        self, type_: str, name: str, properties: Struct, id_: str = ""
    ) -> dict[str, Any]:
        inputs: dict[str, Any] = MessageToDict(properties)
        self.registered.append(Registered(type_, name, inputs, id_))
        return inputs

    def inputs(self, name: str) -> dict[str, Any]:
        """Return what a resource was registered with."""
        (found,) = (r.inputs for r in self.registered if r.name == name)
        return found

    @property
    def identity(self) -> str:
        """The stack's identity."""
        (found,) = (r.inputs["input"] for r in self.registered if "Stash" in r.type)
        return str(found)


def run_program(
    main: Callable[[], Awaitable[_T]],
    engine: Engine | None = None,
    *,
    preview: bool = False,
    config: Mapping[str, str] = CONFIG,
) -> _T:
    """Run a Pulumi program in memory and return what it returns.

    It has a thread of its own, and with it an event loop and a context of the SDK.
    """

    async def program() -> _T:
        monitor = engine or Engine()
        set_mocks(
            _NO_MOCKS, project="shop", stack="dev", preview=preview, monitor=monitor
        )
        SETTINGS.outputs.clear()  # of a program that failed before
        set_all_config(dict(config))
        result = await main()
        await wait_for_rpcs()
        return result

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, program()).result()
