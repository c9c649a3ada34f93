"""What the repositories of the configuration have in common: where they read, how they write, what they refuse."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import peewee

from conduit_desktop.errors import ConfigurationError
from conduit_desktop.store.database import Database
from conduit_desktop.store.models import Rows


class Write(Protocol):
    """Runs work in a write transaction on the writer thread and waits for its commit."""

    def __call__(self, work: Callable[[], Any], /) -> Any: ...


class Note(Protocol):
    """Notes in the audit log that a record became another, within ``Write``."""

    def __call__(self, kind: str, name: str, before: object | None, after: object | None, /) -> None: ...


class Repository:
    """Reads on the calling thread's own connection; writes through the store's writer, noting each change."""

    def __init__(self, database: Database, write: Write, note: Note) -> None:
        self._database = database
        self._write = write
        self._note = note

    @contextlib.contextmanager
    def _refusing(self, duplicate: str) -> Iterator[None]:
        """Say in words what a broken constraint means."""
        try:
            yield
        except (peewee.IntegrityError, sqlite3.IntegrityError) as error:
            if "UNIQUE" in str(error):
                raise ConfigurationError(duplicate, hint="Choose another name.", code="duplicate_name") from error
            raise ConfigurationError("A deployment needs a provider that exists.", code="unknown_provider") from error


def fields(record: object, rows: Rows) -> dict[str, Any]:
    """The record's fields that are columns, by name."""
    return {column: getattr(record, column) for column in rows.columns if hasattr(record, column)}
