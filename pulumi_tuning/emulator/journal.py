"""The record of the last requests to the emulated services, kept in the database."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pulumi_tuning.emulator.database import Database
from pulumi_tuning.emulator.json_values import Json

_ENTRIES_KEPT: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """One request and how it was answered."""

    method: str
    path: str
    """Path without the query, percent-encoding undone."""

    query: Mapping[str, str]
    body: Any
    """The body as parsed JSON, or None where it was none."""

    headers: Mapping[str, str]
    """Headers of the request by lower-case name."""

    status: int
    """Status of the answer; 0 while there is none, or if the connection was cut."""

    time: datetime

    def to_json(self) -> Json:
        """Return the entry as a JSON document."""
        return {
            "method": self.method,
            "path": self.path,
            "query": dict(self.query),
            "body": self.body,
            "headers": dict(self.headers),
            "status": self.status,
            "time": self.time.isoformat(),
        }


class Journal:
    """Requests in the order of their arrival."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, entry: JournalEntry) -> int:
        """Record a request before anything is done about it; return its number."""
        with self._database.transaction():
            rows = self._database.execute(
                "INSERT INTO journal (status, entry) VALUES (?, ?) RETURNING number",
                entry.status,
                json.dumps(entry.to_json()),
            )
            number: int = rows[0][0]
            self._database.execute(
                "DELETE FROM journal WHERE number <= ?", number - _ENTRIES_KEPT
            )
        return number

    def answered(self, number: int, status: int) -> None:
        """Record the status that a request was answered with."""
        self._database.execute(
            "UPDATE journal SET status = ? WHERE number = ?", status, number
        )

    def entries(
        self, method: str | None = None, path: str | None = None
    ) -> list[JournalEntry]:
        """Return the requests, of one method and with a path that matches."""
        pattern = re.compile(path or "")
        rows = self._database.execute(
            "SELECT status, entry FROM journal ORDER BY number"
        )
        documents = (json.loads(entry) | {"status": status} for status, entry in rows)
        return [
            JournalEntry(
                **(document | {"time": datetime.fromisoformat(document["time"])})
            )
            for document in documents
            if method in (None, document["method"]) and pattern.search(document["path"])
        ]

    def clear(self) -> None:
        """Forget all requests."""
        self._database.execute("DELETE FROM journal")
