"""What is kept in the database: facts and journal, through refusals and restarts."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from pulumi_tuning.emulator import Emulator, JournalEntry, Pacing
from pulumi_tuning.emulator.database import Database
from tests.emulator.bodies import JOBS, TRAIN, chat, json_lines, supervised
from tests.emulator.in_process import InProcessTransport
from tests.support.fake_clock import FakeClock


def create(client: httpx.Client) -> str:
    """Create a job and return its name."""
    name: str = client.post(JOBS, json=supervised()).json()["name"]
    return name


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """What was written before an exception is taken back, at any depth."""
    database = Database(str(tmp_path / "facts.db"))

    def interrupted() -> None:
        with database.transaction():
            database.save("kind", "outer", {})
            with database.transaction():
                database.save("kind", "inner", {})
                message = "stop"
                raise ValueError(message)

    with pytest.raises(ValueError, match="stop"):
        interrupted()
    with database.transaction():
        database.save("kind", "later", {})

    found = database.load("kind")
    database.close()

    assert found == {"later": {}}


def test_a_killed_server_has_lost_nothing_that_it_answered(tmp_path: Path) -> None:
    """Facts are in the file before an answer is given, without a proper end."""
    running = tmp_path / "running"
    running.mkdir()
    first = Emulator(running / "emulator.db")
    transport = InProcessTransport(first.app)
    with httpx.Client(transport=transport, base_url="http://emulator.test") as client:
        name = create(client)

    killed = shutil.copytree(running, tmp_path / "killed")
    second = Emulator(killed / "emulator.db")
    jobs, journal = second.jobs(), second.journal()
    second.stop()
    first.stop()

    assert [job["name"] for job in jobs] == [name]
    assert [entry.status for entry in journal] == [200]
    assert isinstance(journal[0], JournalEntry)


def test_a_refused_request_takes_nothing_back(
    tmp_path: Path, fake_clock: FakeClock
) -> None:
    """What had come due before a refusal is kept: a restart does not do it again."""
    path = tmp_path / "emulator.db"
    first = Emulator(path, clock=fake_clock, pacing=Pacing(pending_seconds=1))
    first.put_object(TRAIN, json_lines(chat()))
    transport = InProcessTransport(first.app)
    with httpx.Client(transport=transport, base_url="http://emulator.test") as client:
        name = create(client)
        fake_clock.advance(1.5)
        refused = client.get(f"{JOBS}/1").status_code
    first.delete_object(TRAIN)
    first.stop()

    second = Emulator(path, clock=fake_clock)
    job = second.job(name)
    second.stop()

    assert refused == 404
    assert job["state"] == "JOB_STATE_RUNNING"
    assert "tuningDataStats" in job


def test_a_database_has_one_user(tmp_path: Path) -> None:
    """A second emulator on the same file is refused, until the first one has ended."""
    path = tmp_path / "emulator.db"
    first = Emulator(path)

    with pytest.raises(sqlite3.OperationalError, match="locked"):
        Emulator(path)

    first.stop()
    Emulator(path).stop()


def test_a_database_of_others_is_left_alone(tmp_path: Path) -> None:
    """A file that another program or another version wrote is refused, unchanged."""
    path = tmp_path / "theirs.db"
    with closing(sqlite3.connect(path)) as theirs:
        theirs.execute("CREATE TABLE accounts (name TEXT)")
    before = path.read_bytes()

    with pytest.raises(sqlite3.DatabaseError, match="of this version of the emulator"):
        Emulator(path)

    assert path.read_bytes() == before


def test_the_journal_forgets_the_oldest(
    emulator: Emulator, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that is left running does not fill the disk with its journal."""
    monkeypatch.setattr("pulumi_tuning.emulator.journal._ENTRIES_KEPT", 3)
    for number in range(5):
        client.get(f"{JOBS}/{number}")

    assert [entry.path[-1] for entry in emulator.journal()] == ["2", "3", "4"]
