"""One SQLite file: how it is opened, who holds connections to it, and what its failures mean.

Every thread has a connection of its own; all of them are closed with the database. Knows no table.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import peewee

from conduit_desktop.errors import ConduitError, ConfigurationError

Row = tuple[Any, ...]
T = TypeVar("T")

_BUSY_SECONDS = 5
_PAGES_AT_ONCE = 1_000
_PRAGMAS: tuple[tuple[str, Any], ...] = (
    ("synchronous", "normal"),
    ("foreign_keys", 1),
    ("cache_size", -8000),
    ("temp_store", "memory"),
    # A checkpoint stalls the writer for some milliseconds: make it one commit in thousands.
    ("wal_autocheckpoint", 4000),
    ("journal_size_limit", 64 << 20),
)


def _as_it_is(value: T) -> T:
    return value


for _kind in (bytes, bool, type(None)):
    # Of all but numbers and texts sqlite3 first asks for another form, by two errors that are raised for each value and
    # that nobody sees, before it takes them as they are. What is registered is not asked.
    sqlite3.register_adapter(_kind, _as_it_is)


class _Connection(sqlite3.Connection):
    """A connection that can be found again by ``Database.close`` and closes itself with its thread."""

    def __del__(self) -> None:
        with contextlib.suppress(sqlite3.Error):  # it was never opened
            self.close()


class Database:
    """A file that exists and has its schema: ``opening.prepare`` sees to both."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._changed = threading.Condition()
        self._readers = 0
        self._closed = False
        self._opened: weakref.WeakSet[_Connection] = weakref.WeakSet()
        self._engine = peewee.SqliteDatabase(
            str(path),
            pragmas=_PRAGMAS,
            timeout=_BUSY_SECONDS,
            check_same_thread=False,
            factory=self._make,
        )

    def _make(self, *given: Any, **named: Any) -> _Connection:
        connection = _Connection(*given, **named)
        with self._changed:
            self._opened.add(connection)
        return connection

    def connection(self) -> sqlite3.Connection:
        """This thread's own connection, in autocommit mode, for what must go raw."""
        if self._engine.is_closed():
            self._engine.connect(reuse_if_open=True)
        connection: sqlite3.Connection = self._engine.connection()  # type: ignore[no-untyped-call]
        return connection

    def rows(self, query: peewee.Node) -> list[Row]:
        """The rows a peewee query gives."""
        with self._in_use():
            found: list[Row] = self._engine.execute(query).fetchall()  # type: ignore[no-untyped-call]
        return found

    def row(self, query: peewee.Node) -> Row | None:
        with self._in_use():
            found: Row | None = self._engine.execute(query).fetchone()  # type: ignore[no-untyped-call]
        return found

    def execute(self, query: peewee.Node) -> int:
        """Run a peewee query that changes something; how many rows it changed. Only inside ``writing``."""
        return int(self._engine.execute(query).rowcount)  # type: ignore[no-untyped-call]

    @contextlib.contextmanager
    def patience(self, seconds: float) -> Iterator[None]:
        """Wait no longer than that for another process, on this thread."""
        connection = self.connection()
        connection.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")
        try:
            yield
        finally:
            connection.execute(f"PRAGMA busy_timeout = {int(_BUSY_SECONDS * 1000)}")

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A write transaction, taken at once: waiting for another process happens here and not half-way."""
        connection = self.connection()
        with self._engine.atomic("IMMEDIATE"):
            yield connection

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Several reads that see one and the same state."""
        with self._in_use():
            connection = self.connection()
            with self._engine.atomic():
                yield connection

    @contextlib.contextmanager
    def _in_use(self) -> Iterator[None]:
        """Keeps ``close`` waiting, and says in words what went wrong with the file."""
        with self._changed:
            if self._closed:
                raise ConduitError("The store is closed.", code="store_closed")
            self._readers += 1
        try:
            yield
        except (sqlite3.DatabaseError, peewee.DatabaseError) as error:
            if isinstance(error, (sqlite3.IntegrityError, peewee.IntegrityError)):
                raise
            raise unusable(self.path, error) from error
        finally:
            with self._changed:
                self._readers -= 1
                self._changed.notify_all()

    def shrink(self) -> None:
        """Give pages back to the file system when a tenth of the file is empty. Only inside ``writing``."""
        connection = self.connection()
        unused, pages = (
            connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("freelist_count", "page_count")
        )
        if unused * 10 > pages:
            connection.execute(f"PRAGMA incremental_vacuum({_PAGES_AT_ONCE})").fetchall()

    def close(self) -> None:
        """Close every thread's connection, once the reads under way are through: closing under one would crash."""
        with self._changed:
            self._closed = True
            self._changed.wait_for(lambda: not self._readers, timeout=_BUSY_SECONDS)
            connections = list(self._opened)
        for connection in connections:
            connection.close()


def create_file(path: Path) -> None:
    """An empty file that only its owner can read, unless there is one; SQLite gives the files beside it the same
    mode."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    if os.name == "posix":
        path.chmod(0o600)


def unusable(path: Path, error: BaseException) -> ConfigurationError:
    """What a failure of SQLite means to a person."""
    text = getattr(error, "strerror", None) or str(error)
    if any(sign in text for sign in ("not a database", "malformed", "corrupt")):
        return ConfigurationError(
            f"{path} is damaged ({text}).",
            hint="Move it away and start again, or put a copy of it back.",
            code="corrupt_database",
        )
    if "locked" in text or "busy" in text:
        return ConfigurationError(
            f"{path} is in use by another program ({text}).",
            hint="Close what holds it and try again.",
            status=503,
            code="database_busy",
        )
    return ConfigurationError(
        f"{path} cannot be used: {text}.",
        hint="Check that the folder exists, is yours and has room.",
        status=503,
        code="database_unavailable",
    )
