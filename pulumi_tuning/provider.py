"""The dynamic provider: a reference to what the host process does.

The module's path and the class's name are recorded in the state of every stack, and so
can never change. A program only pickles the class: what it does is imported where the
engine calls it, in a process of its own.
"""

import sys
from typing import TYPE_CHECKING, Any, cast

from pulumi.dynamic import ResourceProvider

if TYPE_CHECKING:
    from types import ModuleType

    from pulumi.dynamic import (
        CheckResult,
        ConfigureRequest,
        CreateResult,
        DiffResult,
        ReadResult,
        UpdateResult,
    )


class TuningJobProvider(ResourceProvider):
    """Create, read and cancel tuning jobs for the engine; see `pulumi_tuning.host`."""

    serialize_as_secret_always = False

    def configure(self, req: "ConfigureRequest") -> None:
        """Take settings and prepare the host."""
        _host().configure(req)

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> "CheckResult":
        """Refuse what can be refused, fill in project and location."""
        result: CheckResult = _host().check(_olds, news)
        return result

    def diff(
        self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]
    ) -> "DiffResult":
        """Compare with the live job."""
        result: DiffResult = _host().diff(_id, _olds, _news)
        return result

    def create(self, props: dict[str, Any]) -> "CreateResult":
        """Adopt the job that is already there, or start exactly one."""
        result: CreateResult = _host().create(props)
        return result

    def read(self, id_: str, props: dict[str, Any]) -> "ReadResult":
        """Return the job as it is now."""
        result: ReadResult = _host().read(id_, props)
        return result

    def update(
        self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]
    ) -> "UpdateResult":
        """Record inputs that do not touch the job."""
        result: UpdateResult = _host().update(_id, _olds, _news)
        return result

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Cancel the job if it still works."""
        _host().delete(_id, _props)


def _host() -> "ModuleType":
    """Return the module that does the work.

    httpx does without its command line where that cannot be imported. With it, `rich`
    and its themes take a sixth of the time in which this process starts.
    """
    cast("dict[str, Any]", sys.modules).setdefault("httpx._main", None)
    from pulumi_tuning import host  # noqa: PLC0415 - a program has no use for it

    return host
