"""Declaration: what the program knows of a resource beside its inputs.

Pure: no I/O, no Pulumi.
"""

from typing import Final

from pydantic import ConfigDict, Field

from pulumi_tuning.clock import parse_duration
from pulumi_tuning.evaluation import RestModel
from pulumi_tuning.inputs.specs import Integer

HIDDEN_INPUT: Final = "__pulumiTuning"
"""Engine-side name of the `Declaration`; the engine hides names that start so."""

SCHEMA_VERSION: Final = 1
"""Version of the recorded state's shape."""


class Declaration(RestModel):
    """What the program knows about a resource and the engine does not pass on."""

    model_config = ConfigDict(extra="ignore")

    urn: str = ""
    """URN of the resource, to tell the engine whose row a message belongs to."""

    name: str = ""
    """Logical name in the program."""

    identity: str | None = None
    """The stack's identity; unknown until the stack has recorded it."""

    ignore_changes: list[str] = Field(default_factory=list)
    """Property paths of the `ignore_changes` option."""

    custom_timeouts: dict[str, str] = Field(default_factory=dict)
    """The `custom_timeouts` option: `create`, `update` and `delete`."""

    datasets_may_appear: bool = False
    """Whether a resource of the program may still write the data sets: an address is
    its output, or the job depends on it."""

    secret_inputs: list[str] = Field(default_factory=list)
    """Inputs that hold a secret, which no message may show."""

    schema_version: Integer = SCHEMA_VERSION
    """Version of the recorded state's shape."""

    def timeout_seconds(self, step: str) -> float | None:
        """Return the custom timeout of a step, or None where there is none.

        The engine accepts well-formed durations only, so a malformed one is none.
        """
        try:
            return parse_duration(self.custom_timeouts[step])
        except (KeyError, ValueError):
            return None
