"""Everything that can go wrong with one request, by name."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from pulumi_tuning.emulator import Emulator, Fault

NO_ANSWER_SECONDS: Final = 33.0
"""Longer than the client waits for an answer."""

TOO_FAST: Final[Mapping[str, object]] = {
    "error": {
        "code": 429,
        "message": "Quota exceeded for quota metric 'Requests' per minute.",
        "status": "RESOURCE_EXHAUSTED",
        "details": [
            {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "RATE_LIMIT_EXCEEDED",
                "domain": "googleapis.com",
            }
        ],
    }
}
"""The answer to calls that come too fast: this one was not accepted."""

_CUT_SHORT: Final = '{"name": "projects/1/locations/us-central1/tuningJo'
_OTHER_SHAPE: Final[Mapping[str, object]] = {"items": []}

ANSWERS: Final[Mapping[str, Fault]] = {
    "401": Fault(status=401),
    "403": Fault(status=403),
    "404 of the service": Fault(status=404),
    "404 of a proxy": Fault(status=404, html=True),
    "408": Fault(status=408),
    "409": Fault(status=409),
    "429 rate": Fault(status=429, body=TOO_FAST, times=2),
    "429 quota": Fault(status=429),
    "500": Fault(status=500),
    "503 without effect": Fault(status=503),
    "503 with effect": Fault(status=503, effect=True),
    "cut before effect": Fault(cut="before"),
    "cut after effect": Fault(cut="after"),
    "time-out before effect": Fault(cut="before", delay_seconds=NO_ANSWER_SECONDS),
    "time-out after effect": Fault(effect=True, delay_seconds=NO_ANSWER_SECONDS),
    "truncated JSON": Fault(status=200, body=_CUT_SHORT, effect=True),
    "200 of another shape": Fault(status=200, body=_OTHER_SHAPE, effect=True),
    "slow": Fault(delay_seconds=1.5),
}
"""Faults of the one request that an operation is about; they last unless told else."""

LISTS: Final = ("stale list", "list unreadable")
CONNECTIONS: Final = ("connection refused", "DNS", "TLS")
"""Faults of the way to the service: no request arrives at all."""


@dataclass(frozen=True, slots=True)
class Target:
    """The requests of one row of the matrix."""

    method: str
    path: str
    """Regular expression of the operation's own request."""

    list_path: str
    """Regular expression of the list call."""


def arm(emulator: Emulator, name: str, target: Target) -> None:
    """Let a fault of this name wait for the requests of a row."""
    listing = Fault(method="GET", path=target.list_path, times=None)
    if name == "stale list":
        # Worst where the create call got no answer: the list has to be asked again.
        emulator.add_fault(replace(listing, times=3, stale_list=True))
        if target.method == "POST" and target.path.endswith("tuningJobs$"):
            emulator.add_fault(
                Fault(method="POST", path=target.path, status=503, effect=True)
            )
    elif name == "list unreadable":
        emulator.add_fault(replace(listing, status=503))
    else:
        fault = ANSWERS[name]
        times = fault.times if name == "429 rate" else None
        emulator.add_fault(
            replace(fault, method=target.method, path=target.path, times=times)
        )
