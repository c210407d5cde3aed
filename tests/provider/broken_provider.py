"""The provider with a bug in it."""

from typing import Any

from pulumi.dynamic import CreateResult

from pulumi_tuning.provider import TuningJobProvider


class BrokenProvider(TuningJobProvider):
    """Creates nothing."""

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Stumble over its own feet."""
        raise KeyError(props["nothing of that name"])
