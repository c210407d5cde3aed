"""The emulated services, put together without a server."""

from pulumi_tuning.clock import Clock
from pulumi_tuning.emulator.database import Database
from pulumi_tuning.emulator.emulator_clock import EmulatorClock
from pulumi_tuning.emulator.faults import Faults
from pulumi_tuning.emulator.identities import Identities
from pulumi_tuning.emulator.job_outcomes import JobOutcomes
from pulumi_tuning.emulator.journal import Journal
from pulumi_tuning.emulator.models import ModelRegistry
from pulumi_tuning.emulator.options import Behaviour, Pacing
from pulumi_tuning.emulator.storage import ObjectStore
from pulumi_tuning.emulator.tuning_jobs import TuningJobs
from pulumi_tuning.emulator.uploads import Uploads


class Services:
    """Everything that requests and control calls act on."""

    def __init__(
        self,
        path: str,
        *,
        pacing: Pacing,
        behaviour: Behaviour,
        clock: Clock,
        seed: int,
    ) -> None:
        self.database = Database(path)
        kept = self.database.setting("seed") or {"seed": seed}
        self.database.set_setting("seed", kept)
        identities = Identities(kept["seed"])
        self.behaviour = behaviour
        self.clock = EmulatorClock(clock, self.database)
        self.journal = Journal(self.database)
        self.faults = Faults()
        self.store = ObjectStore(self.database, self.clock)
        self.uploads = Uploads(self.database, self.store)
        self.models = ModelRegistry(self.database, self.clock, identities, pacing)
        outcomes = JobOutcomes(identities, behaviour, self.models, self.store)
        self.jobs = TuningJobs(
            database=self.database,
            clock=self.clock,
            identities=identities,
            pacing=pacing,
            behaviour=behaviour,
            models=self.models,
            outcomes=outcomes,
        )
        self.database.before_transaction = self.jobs.settle

    def close(self) -> None:
        """Close the database."""
        self.database.close()
