"""The response cache's file, ``cache.db``: answers as bytes under a digest, nothing that would be missed.

It is only a cache. A file that is damaged, or of another version, is dropped and made anew with a line in the log;
another program's database is left alone, and so is a file that cannot be written: then nothing is kept on disk.
Emptying it changes its ``generation``, by which whoever remembers what was in it (a gateway, in this process or in
another) sees that it is gone; what was on its way here before that is not taken.

What it holds are answers in clear: the file is its owner's alone to read, and what leaves it is overwritten.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from conduit_desktop.store.database import create_file

APPLICATION = 0x436F6E63
SCHEMA = 1
"""Of the file and of what is packed in it: another number means that it is made anew."""
_BUSY_SECONDS = 5.0
_PAGES_AT_ONCE = 2_000
_TABLES = (
    "CREATE TABLE entry (id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, model TEXT NOT NULL,"
    " size INTEGER NOT NULL, created REAL NOT NULL, until REAL NOT NULL, used REAL NOT NULL)",
    # Apart, so that whoever looks through the entries does not read every answer.
    "CREATE TABLE body (id INTEGER PRIMARY KEY REFERENCES entry (id) ON DELETE CASCADE, data BLOB NOT NULL)",
    "CREATE TABLE generation (number INTEGER NOT NULL)",
    "INSERT INTO generation VALUES (abs(random() % 1000000000))",
    f"PRAGMA application_id = {APPLICATION}",
    f"PRAGMA user_version = {SCHEMA}",
)
_PRAGMAS = (
    "journal_mode = wal",
    "synchronous = normal",
    "secure_delete = on",
    "foreign_keys = on",
    "temp_store = memory",
    "journal_size_limit = 8000000",
)
_GENERATION = "SELECT number FROM generation"
_DROPPABLE = ("not a database", "malformed", "corrupt", "no such table", "no such column", "disk image")
_log = logging.getLogger(__name__)


class Kept(NamedTuple):
    """One entry to be kept: ``until`` (Unix seconds) it may be given out; ``size`` is what it counts for."""

    digest: bytes
    model: str
    size: int
    created: float
    until: float
    data: bytes


class Contents(NamedTuple):
    """What is in the file: (digest, size) of its entries, those first that were not used for longest."""

    generation: int
    entries: tuple[tuple[bytes, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheState:
    """What the file holds. ``size`` is what its entries take, ``models`` are (model, entries, size), the largest
    first; ``oldest`` is when the oldest was made (Unix seconds)."""

    entries: int = 0
    size: int = 0
    oldest: float | None = None
    models: tuple[tuple[str, int, int], ...] = ()


class _ForeignFile(Exception):
    """The file is another program's database."""


class CacheFile:
    """Every method blocks, and may be called from any thread. The file is made by the first ``put``."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._closed = False
        self._told = False
        self.clears = 0
        """How often this process has emptied it, whether or not there is a file."""

    def contents(self, now: float) -> Contents:
        """What is there, after deleting what is too old. Generation 0: nothing at all."""
        with self._working(make=False) as connection:
            if connection is not None:
                connection.execute("DELETE FROM entry WHERE until <= ?", (now,))
                rows = connection.execute("SELECT digest, size FROM entry ORDER BY used, id").fetchall()
                return Contents(_number(connection), tuple(rows))
        return Contents(0, ())

    def generation(self) -> int:
        """Which filling of the file this is; 0 where there is none."""
        with self._working(make=False) as connection:
            if connection is not None:
                return _number(connection)
        return 0

    def get(self, digest: bytes) -> bytes | None:
        """An entry's data."""
        with self._working(make=False) as connection:
            if connection is not None:
                query = "SELECT data FROM body WHERE id = (SELECT id FROM entry WHERE digest = ?)"
                row = connection.execute(query, (digest,)).fetchone()
                return None if row is None else bytes(row[0])
        return None

    def put(self, entry: Kept, gone: Sequence[bytes], used: Mapping[bytes, float], generation: int) -> int:
        """Keep an entry, delete those that are ``gone``, note when others were ``used``. Nothing of it where the file
        is of another generation by now. Gives the generation that it is of (0: nothing can be kept)."""
        with self._working(make=True) as connection:
            if connection is not None:
                with _transaction(connection):
                    found = _number(connection)
                    if generation in (0, found):
                        _note(connection, [*gone, entry.digest], used)
                        _insert(connection, entry)
                if gone:
                    _give_back(connection)
                return found
        return 0

    def note(self, gone: Sequence[bytes], used: Mapping[bytes, float]) -> None:
        """Delete those that are ``gone``, note when others were ``used``."""
        with self._working(make=False) as connection:
            if connection is not None:
                with _transaction(connection):
                    _note(connection, gone, used)
                _give_back(connection)

    def prune(self, now: float) -> int:
        """Delete what is too old; how many those were."""
        with self._working(make=False) as connection:
            if connection is not None:
                gone = connection.execute("DELETE FROM entry WHERE until <= ?", (now,)).rowcount
                _give_back(connection)
                return int(gone)
        return 0

    def clear(self) -> int:
        """Delete everything; how many entries that were. A running gateway looks again once the store's revision has
        changed."""
        self.clears += 1
        with self._working(make=False) as connection:
            if connection is not None:
                with _transaction(connection):
                    gone = connection.execute("SELECT count(*) FROM entry").fetchone()[0]
                    connection.execute("DELETE FROM entry")
                    connection.execute("UPDATE generation SET number = number + 1")
                with contextlib.suppress(sqlite3.OperationalError):  # in use: it shrinks later
                    connection.execute("VACUUM")
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
                return int(gone)
        return 0

    def state(self) -> CacheState:
        with self._working(make=False) as connection:
            if connection is not None:
                rows = connection.execute(
                    "SELECT model, count(*), sum(size), min(created) FROM entry GROUP BY 1 ORDER BY 3 DESC, 1"
                ).fetchall()
                return CacheState(
                    entries=sum(row[1] for row in rows),
                    size=sum(row[2] for row in rows),
                    oldest=min((row[3] for row in rows), default=None),
                    models=tuple((row[0], row[1], row[2]) for row in rows),
                )
        return CacheState()

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._let_go()

    # ------------------------------------------------------------ the connection

    @contextlib.contextmanager
    def _working(self, *, make: bool) -> Iterator[sqlite3.Connection | None]:
        """The connection, for one piece of work at a time. None where there is no file, or it cannot be used. What
        goes wrong with the file is settled here, and ends the work."""
        with self._lock:
            connection = self._opened(make) or (self._opened(make) if make else None)  # a second time: it was dropped
            try:
                yield connection
            except (sqlite3.Error, OSError) as error:
                self._settle(error)

    def _opened(self, make: bool) -> sqlite3.Connection | None:
        if self._closed or (self._connection is None and not make and not self._path.exists()):
            return None
        if self._connection is None:
            try:
                self._connection = _open(self._path)
            except (sqlite3.Error, OSError, _ForeignFile) as error:
                self._settle(error)
        return self._connection

    def _settle(self, error: BaseException) -> None:
        damaged = isinstance(error, sqlite3.DatabaseError) and any(sign in str(error) for sign in _DROPPABLE)
        if not damaged:
            if not self._told:
                _log.warning("The response cache cannot be kept on disk: %s", error)
            self._told = True
            return
        _log.warning("%s is damaged or of another version (%s); it is only a cache, and made anew", self._path, error)
        self._let_go()
        try:
            for name in ("", "-wal", "-shm"):
                self._path.with_name(self._path.name + name).unlink(missing_ok=True)
        except OSError as held:
            _log.warning("%s cannot be removed (%s); nothing is cached on disk", self._path, held.strerror)
            self._closed = True

    def _let_go(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None


def _open(path: Path) -> sqlite3.Connection:
    create_file(path)
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        _prepare(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection) -> None:
    """The modes, and the tables where there are none. Nothing of another program's is touched."""
    if not connection.execute("PRAGMA page_count").fetchone()[0]:
        connection.execute("PRAGMA auto_vacuum = incremental")
    elif _tables(connection) and connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION:
        raise _ForeignFile("cache.db is another program's")
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}").fetchall()
    with _transaction(connection):
        if not _tables(connection):
            for statement in _TABLES:
                connection.execute(statement)
        version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version != SCHEMA:
        raise sqlite3.DatabaseError(f"malformed: schema {version}, this version knows {SCHEMA}")


def _tables(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])


@contextlib.contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _insert(connection: sqlite3.Connection, entry: Kept) -> None:
    put = connection.execute(
        "INSERT INTO entry (digest, model, size, created, until, used) VALUES (?, ?, ?, ?, ?, ?)",
        (entry.digest, entry.model, entry.size, entry.created, entry.until, entry.created),
    )
    connection.execute("INSERT INTO body (id, data) VALUES (?, ?)", (put.lastrowid, entry.data))


def _note(connection: sqlite3.Connection, gone: Sequence[bytes], used: Mapping[bytes, float]) -> None:
    connection.executemany("DELETE FROM entry WHERE digest = ?", [(digest,) for digest in gone])
    connection.executemany("UPDATE entry SET used = ? WHERE digest = ?", [(at, digest) for digest, at in used.items()])


def _give_back(connection: sqlite3.Connection) -> None:
    """Give the file system back what is empty."""
    connection.execute(f"PRAGMA incremental_vacuum({_PAGES_AT_ONCE})").fetchall()


def _number(connection: sqlite3.Connection) -> int:
    return int(connection.execute(_GENERATION).fetchone()[0])
