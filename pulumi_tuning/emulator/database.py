"""Everything the emulator remembers, in one SQLite database.

All writes go through `Database.transaction`, which one thread holds at a time; a
request that ends early leaves nothing half done. Facts are kept as JSON documents by
kind and key, objects of Cloud Storage as chunks, and the journal as rows.
"""

import json
import sqlite3
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, Final

from pulumi_tuning.emulator.json_values import Json

_BUSY_SECONDS: Final = 1.0
_VERSION: Final = 1
"""Number of the tables and of the documents in them."""

_TABLES: Final = f"""
PRAGMA user_version = {_VERSION};
CREATE TABLE IF NOT EXISTS documents (
    kind TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (kind, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS chunks (
    blob INTEGER NOT NULL, start INTEGER NOT NULL, data BLOB NOT NULL,
    PRIMARY KEY (blob, start)
);
CREATE TABLE IF NOT EXISTS journal (
    number INTEGER PRIMARY KEY AUTOINCREMENT, status INTEGER NOT NULL,
    entry TEXT NOT NULL
);
"""


class Database:
    """A SQLite database that threads share, and that no other process may open.

    What it holds is kept in memory as well, so a second process would not see what the
    first one writes.

    Raises:
        sqlite3.Error: The file cannot be used, is in use, or is no emulator's.
    """

    def __init__(self, path: str) -> None:
        self._lock = threading.RLock()
        self._depth = 0
        self.before_transaction: Callable[[], None] = lambda: None
        """Called ahead of a transaction, in one of its own: what it does is kept even
        if the transaction is not."""

        self._connection = sqlite3.connect(
            path, timeout=_BUSY_SECONDS, check_same_thread=False, isolation_level=None
        )
        try:
            self._open()
        except sqlite3.Error:
            self._connection.close()
            raise

    def _open(self) -> None:
        self._connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        ((version,),) = self._connection.execute("PRAGMA user_version").fetchall()
        has_tables = self._connection.execute("SELECT 1 FROM sqlite_schema").fetchone()
        if has_tables and version != _VERSION:
            message = "is not a database of this version of the emulator"
            raise sqlite3.DatabaseError(message)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(_TABLES)

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Generator[None]:
        """Hold the lock; keep all changes at the end, or none after an exception."""
        with self._lock:
            if self._depth == 0:
                with self._atomic():
                    self.before_transaction()
            with self._atomic():
                yield

    @contextmanager
    def _atomic(self) -> Generator[None]:
        if self._depth == 0:
            self._connection.execute("BEGIN")
        self._depth += 1
        try:
            yield
        except BaseException:
            self._depth -= 1
            if self._depth == 0:
                self._connection.execute("ROLLBACK")
            raise
        self._depth -= 1
        if self._depth == 0:
            self._connection.execute("COMMIT")

    def execute(self, statement: str, *values: object) -> list[Any]:
        """Run one statement and return its rows."""
        with self._lock:
            return self._connection.execute(statement, values).fetchall()

    def save(self, kind: str, key: str, body: Json) -> None:
        """Keep a document, in place of an earlier one."""
        self.execute(
            "INSERT OR REPLACE INTO documents VALUES (?, ?, ?)",
            kind,
            key,
            json.dumps(body),
        )

    def forget(self, kind: str, key: str) -> None:
        """Remove a document, if there is one."""
        self.execute("DELETE FROM documents WHERE kind = ? AND key = ?", kind, key)

    def load(self, kind: str) -> dict[str, Json]:
        """Return all documents of a kind by key."""
        rows = self.execute("SELECT key, body FROM documents WHERE kind = ?", kind)
        return {key: json.loads(body) for key, body in rows}

    def setting(self, key: str) -> Json | None:
        """Return a setting that was kept, or None."""
        return self.load("setting").get(key)

    def set_setting(self, key: str, body: Json) -> None:
        """Keep a setting."""
        self.save("setting", key, body)
