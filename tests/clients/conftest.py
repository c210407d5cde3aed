"""What the tests of the clients share: no waiting between attempts."""

from collections.abc import Iterator

import pytest
import stamina


@pytest.fixture(autouse=True)
def no_backoff() -> Iterator[None]:
    """Repeat at once what is repeated, as often as it would be."""
    with stamina.set_testing(True, attempts=100, cap=True):
        yield
