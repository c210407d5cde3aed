"""The package as it is installed: what other tools look for is in it."""

from importlib.resources import files


def test_types_are_for_everybody() -> None:
    """The marker is there without which type checkers ignore the annotations."""
    assert files("pulumi_tuning").joinpath("py.typed").is_file()
