"""Brings one database file up to the newest schema, or says why it cannot be used.

Owns the schema number (SQLite's ``user_version``) and the copy that is made before a file with data in it is changed.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from conduit_desktop.errors import ConfigurationError
from conduit_desktop.store.database import create_file, unusable
from conduit_desktop.store.migrations import Migration

APPLICATION = 0x436F6E64
"""SQLite's ``application_id`` in our files: a stranger's database is never taken for one of ours."""

_BUSY_SECONDS = 10.0


def prepare(path: Path, series: Sequence[Migration]) -> None:
    """Create the file or migrate it. Several processes may do so at once: one does, the others find it done."""
    try:
        create_file(path)
        with contextlib.closing(sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)) as connection:
            _set_modes(connection)
            _migrate(connection, path, series)
    except (sqlite3.Error, OSError) as error:
        raise unusable(path, error) from error


def backup_path(path: Path, version: int) -> Path:
    return path.with_name(f"{path.stem}-schema{version}.backup{path.suffix}")


def _set_modes(connection: sqlite3.Connection) -> None:
    """Both modes stay with the file. Changing to WAL does not wait for other connections by itself."""
    deadline = time.monotonic() + _BUSY_SECONDS
    if not connection.execute("PRAGMA page_count").fetchone()[0]:
        connection.execute("PRAGMA auto_vacuum = incremental")
    while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            connection.execute("PRAGMA journal_mode = wal")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _migrate(connection: sqlite3.Connection, path: Path, series: Sequence[Migration]) -> None:
    newest = series[-1].number
    with _transaction(connection):
        if _version(connection, path, newest) == newest:
            return
    with _transaction(connection, "IMMEDIATE"):
        version = _version(connection, path, newest)  # another process may have been quicker
        if 0 < version < newest:
            _back_up(path, backup_path(path, version))
        for migration in series:
            if version < migration.number:
                for statement in migration.statements:
                    connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute(f"PRAGMA user_version = {newest}")


@contextlib.contextmanager
def _transaction(connection: sqlite3.Connection, kind: str = "") -> Iterator[None]:
    """All that is read in it is of one moment, and all that is written is there or not."""
    connection.execute(f"BEGIN {kind}")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _version(connection: sqlite3.Connection, path: Path, newest: int) -> int:
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if tables and application != APPLICATION:
        raise ConfigurationError(
            f"{path} is a database of another program.",
            hint="Move it away, or choose another home.",
            code="foreign_database",
        )
    if version > newest:
        raise ConfigurationError(
            f"{path} was written by a newer Conduit Desktop (schema {version}; this one knows {newest}).",
            hint="Update the app, or put back the copy made before the update.",
            code="newer_schema",
        )
    return version


def _back_up(path: Path, target: Path) -> None:
    """A whole copy, what is still in the write-ahead log included."""
    create_file(target)
    with contextlib.closing(sqlite3.connect(path)) as source, contextlib.closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
