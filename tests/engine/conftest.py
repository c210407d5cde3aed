"""Fixtures of the tests that write programs of their own."""

import pytest

from pulumi_tuning.emulator import Emulator
from tests.engine.programs import put_datasets


@pytest.fixture
def datasets(emulator: Emulator) -> None:
    """Put the data sets of the programs into the emulator's storage."""
    put_datasets(emulator)
