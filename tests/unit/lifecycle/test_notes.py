"""Notes: one line per resource, warnings first, and never a reason to fail."""

from pulumi_tuning.lifecycle.notes import Notes
from tests.support.factories import URN, RecordingReporter


class FailingReporter(RecordingReporter):
    """Fails at everything."""

    def report(self, *_: object, **__: object) -> None:
        """Fail."""
        raise RuntimeError


def test_one_line() -> None:
    """Everything that was noted is one message: warnings first, each once."""
    notes, reporter = Notes(), RecordingReporter()
    for message in ("a", "b", "a"):
        notes.info(message)
        notes.warn(message.upper())

    notes.report_to(reporter, URN)

    assert reporter.reports == [(URN, "warning", "A · B · a · b")]


def test_severity() -> None:
    """Without a warning the line is only information, and nothing is no line."""
    reporter, notes = RecordingReporter(), Notes()
    notes.report_to(reporter, URN)
    notes.info("a")

    notes.report_to(reporter, URN)

    assert reporter.reports == [(URN, "info", "a")]


def test_news() -> None:
    """Taking over notes tells whether any of them is new."""
    told, found = Notes(), Notes(warnings=["w"], infos=["i"])

    assert told.extend(found)
    assert not told.extend(found)
    assert told.extend(Notes(infos=["j"]))
    assert told == Notes(warnings=["w"], infos=["i", "j"])


def test_reporter_that_fails() -> None:
    """A reporter that fails costs the message, and nothing else."""
    reporter = FailingReporter()

    Notes(infos=["a"]).report_to(reporter, URN)

    assert reporter.reports == []
