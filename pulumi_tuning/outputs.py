"""Values that a program gets from a tuning job."""

from typing import Any


class Checkpoint(dict[str, Any]):
    """One checkpoint of a tuned model; keys as in the REST API."""

    @property
    def checkpoint_id(self) -> str | None:
        """The checkpoint's id."""
        return self.get("checkpointId")

    @property
    def epoch(self) -> int | None:
        """Epoch after which it was taken."""
        return _whole(self.get("epoch"))

    @property
    def step(self) -> int | None:
        """Step after which it was taken."""
        return _whole(self.get("step"))

    @property
    def endpoint(self) -> str | None:
        """Name of the endpoint that serves it."""
        return self.get("endpoint")


class TunedModel(dict[str, Any]):
    """What a tuning job made; keys as in the REST API.

    `Output.all` makes a plain dictionary of it, as of every other one: there it is
    `["endpoint"]`, or `tuned.endpoint` is given to it.
    """

    @property
    def model(self) -> str | None:
        """Name of the model with its version, `…/models/{m}@{version}`."""
        return self.get("model")

    @property
    def endpoint(self) -> str | None:
        """Name of the default checkpoint's endpoint; None where nothing is deployed."""
        return self.get("endpoint")

    @property
    def checkpoints(self) -> list[Checkpoint]:
        """Checkpoints in the order of their epochs."""
        return [Checkpoint(checkpoint) for checkpoint in self.get("checkpoints") or ()]


def _whole(value: object) -> int | None:
    """Return a whole number: text in the API's JSON, a float in the engine's."""
    return int(float(str(value))) if value is not None else None
