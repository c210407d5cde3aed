"""A chaos run: commands of the real CLI, killed at random points, then made good.

What is drawn depends on the seed alone; what it meets depends on the machine, so a run
cannot be repeated exactly. The judge is `tests.chaos.ledger`.
"""

import random
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, get_args

import psutil

from pulumi_tuning.clock import SystemClock
from pulumi_tuning.emulator import Emulator, Fault, Pacing
from tests.chaos.ledger import CANCEL, CREATE, Ledger, Recorded
from tests.support.commands import Command, Result, wait_until
from tests.support.stacks import Stack

Verb = Literal["up", "refresh", "destroy"]
Victim = Literal["provider", "CLI", "both"]
Moment = Literal["create", "cancel", "any"]

DATASET: Final = "gs://acme/train.jsonl"
LINE: Final = (
    b'{"contents":[{"role":"user","parts":[{"text":"Hi"}]},'
    b'{"role":"model","parts":[{"text":"Hello"}]}]}\n'
)
NAMES: Final = ("a", "b", "c", "d")
PROGRAM: Final = """
import pulumi_tuning as tuning

for name, epochs in {jobs!r}.items():
    tuning.TuningJob(
        name,
        base_model="gemini-2.5-flash",
        supervised_tuning_spec={{
            "training_dataset_uri": "{dataset}",
            "hyper_parameters": {{"epoch_count": epochs}},
        }},
        on_failure="replace",
    )
"""
BETWEEN: Final = "kills between POST and reply"
POLL_SECONDS: Final = 0.01
ORPHAN_SECONDS: Final = 10.0
MOST_TRIES: Final = 4
LONGEST_DELAY_SECONDS: Final = 0.8
"""A request of a dead client takes effect before the next command can look for it."""


@dataclass(slots=True)
class Tally:
    """What a run did and what it found."""

    counts: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)

    @property
    def kills(self) -> int:
        """Commands that were killed while they worked."""
        return sum(n for what, n in self.counts.items() if what.startswith("killed "))

    def add(self, other: "Tally") -> None:
        """Take in what another stack's run found."""
        self.counts += other.counts
        self.violations += other.violations

    def lines(self) -> list[str]:
        """Return a summary to print."""
        counted = [f"{n:5} {what}" for what, n in sorted(self.counts.items())]
        return [f"{self.kills:5} kills", *counted, *self.violations]


class ChaosStack:
    """One stack, its service, and what is done to them."""

    def __init__(self, stack: Stack, emulator: Emulator, seed: int) -> None:
        self._stack = stack
        self._emulator = emulator
        self._random = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self._ledger = Ledger(emulator)
        self._jobs = dict.fromkeys(NAMES, 1)
        self._seconds: dict[Verb, float] = {"up": 4.0, "refresh": 3.0, "destroy": 3.0}
        self.tally = Tally()
        emulator.put_object(DATASET, LINE * 20)

    def run(self, kills: int, deadline: float) -> Tally:
        """Kill commands until there were enough kills, or time is over.

        One at least has to come between a create request and its reply.

        Args:
            kills: How many are enough.
            deadline: When time is over, by `time.perf_counter`.
        """
        while time.perf_counter() < deadline and not self._is_enough(kills):
            self._one_episode()
        self._quiet_end()
        self.tally.violations += self._ledger.violations
        return self.tally

    def _is_enough(self, kills: int) -> bool:
        return self.tally.kills >= kills and bool(self.tally.counts[BETWEEN])

    def _one_episode(self) -> None:
        """Change what is wanted, kill up to three commands, make good, compare."""
        self._change()
        for _ in range(self._random.randint(1, 3)):
            verb = self._verb()
            self._disturb()
            self._killed(verb)
            self._emulator.clear_faults()
        self._make_good()

    def _verb(self) -> Verb:
        """Draw a command.

        A destroy of a stack with a job that only its label can find would delete the
        stack's identity, and with it the label: an `up` has to come first.
        """
        verb: Verb = self._random.choices(get_args(Verb), weights=(6, 1, 1))[0]
        return "up" if verb == "destroy" and self._has_unrecorded() else verb

    def _has_unrecorded(self) -> bool:
        """Return whether a job works that no state records."""
        return bool(self._ledger.live() - Recorded.of(self._stack).all)

    def _change(self) -> None:
        """Change the program or a live job, or neither."""
        draw = self._random.random()
        if draw < 0.6:
            for name in self._random.sample(NAMES, self._random.randint(1, 3)):
                self._jobs[name] = self._jobs.get(name, 1) + 1
        elif draw < 0.7:
            name = self._random.choice(NAMES)
            if self._jobs.pop(name, None) is None:
                self._jobs[name] = 1
        elif draw < 0.8:
            wanted = sorted(Recorded.of(self._stack).wanted)
            if wanted:
                name = self._random.choice(wanted)
                self._ledger.drift(name, baseModel="gemini-2.5-pro")
                self.tally.counts["jobs changed behind the stack's back"] += 1
        self._stack.write(PROGRAM.format(jobs=self._jobs, dataset=DATASET))

    def _disturb(self) -> None:
        """Let creates and cancels take a while, before or after their effect."""
        for path in (CREATE, CANCEL):
            self._emulator.add_fault(
                Fault(
                    method="POST",
                    path=path,
                    times=None,
                    delay_seconds=self._random.uniform(0.1, LONGEST_DELAY_SECONDS),
                    effect=self._random.random() < 0.5,
                )
            )

    def _arguments(self, verb: Verb) -> list[str]:
        """Return the command; now and then an `up` replaces a running job by force."""
        arguments = [verb, "--yes", "--skip-preview"]
        if verb == "up" and self._random.random() < 0.15:
            jobs = [
                r for r in self._stack.resources() if r["type"].endswith("TuningJob")
            ]
            urns = sorted({job["urn"] for job in jobs if not job.get("delete")})
            if urns:
                self.tally.counts["forced replacements"] += 1
                arguments += ["--replace", self._random.choice(urns)]
        return arguments

    def _killed(self, verb: Verb) -> None:
        """Start a command and kill it at some point, if it lasts that long."""
        victim: Victim = self._random.choice(get_args(Victim))
        moment: Moment = self._random.choices(get_args(Moment), weights=(3, 1, 3))[0]
        share = self._random.random()
        command = self._stack.start_engine(*self._arguments(verb))
        if self._wait_for(moment, share, command, self._seconds[verb]):
            self._kill(command, victim, verb)
        else:
            self.tally.counts["commands that ended before they were killed"] += 1
        result = command.wait()
        if result.exit_code == 0:
            self._seconds[verb] = result.seconds
        self._note(command, f"{verb}, {victim} to be killed, exit {result.exit_code}")
        self._clear_up(command, victim)
        self._ledger.close(verb)

    def _wait_for(
        self, moment: Moment, share: float, command: Command, seconds: float
    ) -> bool:
        """Wait until a command should be killed; return whether it still runs."""
        start = time.perf_counter()
        path = CANCEL if moment == "cancel" else CREATE
        while command.process.poll() is None:
            elapsed = time.perf_counter() - start
            if moment == "any" and elapsed >= share * seconds:
                return True
            if moment != "any" and self._ledger.unanswered(path):
                threading.Event().wait(share * LONGEST_DELAY_SECONDS / 2)
                return command.process.poll() is None
            threading.Event().wait(POLL_SECONDS)
        return False

    def _kill(self, command: Command, victim: Victim, verb: Verb) -> None:
        """Kill the victim, and count what it was doing."""
        providers = command.processes("provider") if victim != "CLI" else []
        if victim == "provider" and not providers:
            victim = "both"
            self.tally.counts["kills before there was a provider"] += 1
        if victim != "provider":
            command.process.kill()
        for provider in providers:
            with suppress(psutil.NoSuchProcess):
                provider.kill()
        self.tally.counts[f"killed {verb}: {victim}"] += 1
        if self._ledger.unanswered(CREATE):
            self.tally.counts[BETWEEN] += 1
        if self._ledger.unanswered(CANCEL):
            self.tally.counts["kills between cancel and reply"] += 1

    def _clear_up(self, command: Command, victim: Victim) -> None:
        """Do what a pipeline does after a command that died, and soon after it.

        A request of the dead command has taken effect by then.
        """
        wait_until(lambda: not self._ledger.unanswered(CREATE), ORPHAN_SECONDS)
        if victim == "CLI":
            with suppress(AssertionError):
                wait_until(lambda: not command.processes("provider"), ORPHAN_SECONDS)
            if command.processes("provider") and self._emulator.journal():
                self.tally.violations.append("a provider at work outlived its engine")
        command.kill()
        if command.process.returncode < 0:
            self._mend_backend()
            self._stack.run("cancel", "--yes", exit_code=None)

    def _mend_backend(self) -> None:
        """Remove what a killed CLI may leave half written beside its state.

        Its local backend replaces the state in one step, but not the file of attributes
        beside it, without which the state is read all the same.
        """
        for attributes in self._stack.folder.rglob("*.attrs"):
            if not attributes.stat().st_size:
                attributes.unlink()
                self.tally.counts["backend files that a killed CLI left empty"] += 1

    def _make_good(self) -> None:
        """Let `up`, or `destroy` first, run to its end, and compare."""
        if self._random.random() < 0.1 and not self._has_unrecorded():
            self._repeat("destroy")
            self._settle()
        result = self._repeat("up")
        if self._is_cancelled(result):
            self.tally.counts["jobs that a killed destroy had cancelled"] += 1
            self._repeat("up")
        self._settle()

    def _settle(self) -> None:
        self._ledger.settle(Recorded.of(self._stack))

    def _is_cancelled(self, result: Result) -> bool:
        """Return whether an `up` left jobs that were just being cancelled."""
        return "the job is being cancelled" in result.text

    def _repeat(self, verb: Verb) -> Result:
        """Run a command to its end, again if it fails."""
        text = ""
        for _ in range(MOST_TRIES):
            command = self._stack.start_engine(verb, "--yes", "--skip-preview")
            result = command.wait()
            text = result.text
            self._note(command, f"{verb}, exit {result.exit_code}")
            self._ledger.close(verb)
            if result.exit_code == 0:
                self._seconds[verb] = result.seconds
                return result
            self.tally.counts[f"{verb} that failed without a kill"] += 1
        message = f"{verb} fails again and again:\n{text}"
        raise AssertionError(message)

    def _note(self, command: Command, what: str) -> None:
        """Keep what a command was, for whoever has to find out."""
        now = SystemClock().now().time()
        answers = [e.status for e in self._emulator.journal("POST", CREATE)]
        jobs = sorted(job[-6:] for job in Recorded.of(self._stack).all)
        arguments = " ".join(command.arguments[4:6])
        self._ledger.history.append(
            f"{now} {what} {arguments}: creates {answers}, then recorded {jobs}"
        )

    def _quiet_end(self) -> None:
        """Finish: nothing is pending, nothing changes, a destroy leaves nothing."""
        self._stack.refresh("--clear-pending-creates")
        pending = self._stack.export()["deployment"].get("pending_operations")
        if pending:
            self.tally.violations.append(f"operations are pending: {pending}")
        self._stack.up()
        self._ledger.close("up")
        self._stack.preview("--expect-no-changes")
        self._settle()
        self._repeat("destroy")
        self._settle()


def run_chaos(
    folder: Path, *, cli: Path, seed: int, kills: int, seconds: float, stacks: int = 2
) -> Tally:
    """Run several stacks beside each other and return what they found together."""
    home = folder / "home"
    home.mkdir(parents=True)
    deadline = time.perf_counter() + seconds
    tally, lock = Tally(), threading.Lock()
    Stack(folder / "first", cli=cli, home=home, environment={})

    def run(number: int) -> None:
        pacing = Pacing(pending_seconds=0.2, running_seconds=36_000)
        with (
            Emulator(pacing=pacing) as emulator,
            Stack(
                folder / f"stack{number}",
                cli=cli,
                home=home,
                environment=emulator.environment,
            ) as stack,
        ):
            chaos = ChaosStack(stack, emulator, seed + number)
            try:
                chaos.run(-(-kills // stacks), deadline)
            except AssertionError as error:
                chaos.tally.violations.append(f"stack {number} stopped: {error}")
        with lock:
            tally.add(chaos.tally)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(stacks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return tally
