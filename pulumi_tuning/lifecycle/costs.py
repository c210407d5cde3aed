"""What a job would cost, told before it is started."""

from pulumi_tuning.dataset.report import Report
from pulumi_tuning.errors import Problem
from pulumi_tuning.inputs import TuningJobInputs
from pulumi_tuning.lifecycle.notes import Notes
from pulumi_tuning.settings import Settings


class CostTable:
    """Estimates of a process."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def judge(
        self, inputs: TuningJobInputs, training: Report | None, notes: Notes
    ) -> list[Problem]:
        """Note the estimated cost; refuse a job above the limit."""
        return []
