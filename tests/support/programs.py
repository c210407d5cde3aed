"""Pulumi programs that run in memory, against the SDK's own mock of the engine."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from pulumi.runtime import set_all_config
from pulumi.runtime.mocks import MockCallArgs, MockResourceArgs, Mocks, set_mocks
from pulumi.runtime.stack import wait_for_rpcs

from tests.support.factories import LOCATION, PROJECT, job_name

_T = TypeVar("_T")

CONFIG: Final = {
    "gcp:project": PROJECT,
    "gcp:region": LOCATION,
    "gcp:accessToken": "token",
}


@dataclass
class Engine(Mocks):
    """An engine that gives every resource the outputs that it was asked for."""

    name: str = job_name()
    """Id of every tuning job."""
    registered: list[MockResourceArgs] = field(default_factory=list)

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        """Register a resource; a stash keeps what it is given."""
        self.registered.append(args)
        if "Stash" in args.typ:
            return None, {**args.inputs, "output": args.inputs["input"]}
        return args.resource_id or self.name, args.inputs

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], None]:
        """Refuse invokes: no function of this package is one."""
        raise NotImplementedError(args.token)

    def inputs(self, name: str) -> dict[str, Any]:
        """Return what a resource was registered with."""
        (found,) = (args.inputs for args in self.registered if args.name == name)
        return dict(found)


def run_program(
    main: Callable[[], Awaitable[_T]],
    engine: Engine | None = None,
    *,
    preview: bool = False,
    config: Mapping[str, str] = CONFIG,
) -> _T:
    """Run a Pulumi program in memory and return what it returns."""

    async def program() -> _T:
        set_mocks(engine or Engine(), project="shop", stack="dev", preview=preview)
        set_all_config(dict(config))
        result = await main()
        await wait_for_rpcs()
        return result

    return asyncio.run(program())
