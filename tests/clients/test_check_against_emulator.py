"""What passes the check is not refused by a service that knows nothing of it."""

import re
from collections.abc import Iterator
from typing import Any, Final

import httpx
import pytest
from hypothesis import event, given, settings

from pulumi_tuning.emulator import Behaviour, Emulator
from pulumi_tuning.lifecycle.checking import Checked, Checker
from pulumi_tuning.lifecycle.identity import request_body
from pulumi_tuning.lifecycle.notes import Notes
from pulumi_tuning.lifecycle.parsing import Unknown
from tests.emulator.in_process import InProcessTransport
from tests.support.bucket import Bucket
from tests.support.factories import IDENTITY, services
from tests.support.fake_clock import FakeClock
from tests.support.strategies import border_properties

Json = dict[str, Any]

DEFAULT_LABELS: Final = {"team": "nlp", "k1": "default"}
DOUBTED: Final = {
    r"^Base model .* is not supported": "baseModel: ",
    r"output_uri field is required": "baseModel: ",
    r"in location|global endpoint|location global": "location: |in no table",
    r"^Preference tuning is not supported": "OptimizationSpec: |in no table",
    r"adapter size is not supported": "adapterSize: |in no table",
    r"Invalid label key": "keys of labels usually start with a letter",
}
"""Refusals that the check may leave as a doubt, and the words of that doubt."""


@pytest.fixture(scope="module")
def service() -> Iterator[httpx.Client]:
    """Give a service that knows every tuned model, without a socket."""
    emulator = Emulator(behaviour=Behaviour(find_pre_tuned_model=False))
    emulator.freeze()
    with httpx.Client(
        transport=InProcessTransport(emulator.app), base_url="http://emulator.test"
    ) as client:
        yield client
    emulator.stop()


def check(asked: Json) -> tuple[Checked, Notes]:
    """Return what the check finds where no data set can be read."""
    clock, notes = FakeClock(), Notes()
    outside = services(Bucket(clock), clock, default_labels=DEFAULT_LABELS)
    checked = Checker(outside).check(
        asked, Unknown(), notes, is_new_job=True, may_appear=True
    )
    return checked, notes


def refusal(service: httpx.Client, checked: Checked) -> str | None:
    """Return why the service refuses what was checked, or None."""
    inputs = checked.inputs
    body = request_body(
        inputs, identity=IDENTITY, name="bot", default_labels=DEFAULT_LABELS
    )
    parent = f"projects/{inputs.project}/locations/{inputs.location}"
    answer = service.post(f"/v1/{parent}/tuningJobs", json=body)
    if answer.status_code == httpx.codes.OK:
        return None
    return str(answer.json()["error"]["message"])


def unforeseen(service: httpx.Client, asked: Json) -> str | None:
    """Return a refusal of the service that the check neither names nor doubts."""
    checked, notes = check({k: v for k, v in asked.items() if k != "adopt"})
    if checked.problems:
        event("refused by the check")
        return None
    message = refusal(service, checked)
    event("accepted" if message is None else "doubted")
    doubts = "\n".join(notes.warnings)
    lines = (message or "").removeprefix("List of found errors:").split("\t")
    left = [line for line in lines if line and not _is_doubted(line, doubts)]
    return "\n".join(left) or None


def _is_doubted(line: str, doubts: str) -> bool:
    return any(
        re.search(pattern, line) and re.search(words, doubts)
        for pattern, words in DOUBTED.items()
    )


@settings(max_examples=200, deadline=None)
@given(border_properties())
def test_what_passes_is_accepted(service: httpx.Client, asked: Json) -> None:
    """Inputs around every limit: what the service refuses was refused or doubted."""
    assert unforeseen(service, asked) is None
