"""What a program gets from a job."""

import pytest

from pulumi_tuning.outputs import Checkpoint, TunedModel

ANSWER = {
    "model": "projects/1/locations/us/models/5@2",
    "endpoint": "projects/1/locations/us/endpoints/7",
    "checkpoints": [
        {"checkpointId": "1", "epoch": "1", "step": "10", "endpoint": "e1"},
        {"checkpointId": "2", "epoch": 2, "step": 20.0},
    ],
}


def test_tuned_model() -> None:
    """A tuned model reads by name, and stays the answer of the API."""
    tuned = TunedModel(ANSWER)

    assert tuned == ANSWER
    assert tuned.model == "projects/1/locations/us/models/5@2"
    assert tuned.endpoint == "projects/1/locations/us/endpoints/7"
    assert [c.checkpoint_id for c in tuned.checkpoints] == ["1", "2"]
    assert [c.epoch for c in tuned.checkpoints] == [1, 2]
    assert [c.step for c in tuned.checkpoints] == [10, 20]
    assert [c.endpoint for c in tuned.checkpoints] == ["e1", None]


@pytest.mark.parametrize("answer", [{}, {"checkpoints": None}], ids=["{}", "null"])
def test_nothing_made_yet(answer: dict[str, object]) -> None:
    """A job that has made nothing has no model, endpoint or checkpoint."""
    tuned = TunedModel(answer)

    assert (tuned.model, tuned.endpoint, tuned.checkpoints) == (None, None, [])


def test_checkpoint_without_numbers() -> None:
    """A checkpoint of which nothing is said has no numbers."""
    assert (Checkpoint().epoch, Checkpoint().step) == (None, None)
