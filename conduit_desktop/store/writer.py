"""The one thread that writes: it runs configuration writes one by one and exchanges in batches.

Owns the order of writes and their transactions. Whatever was acknowledged (a job's result, an entry's ``done``) is
committed. Other processes may write the same files; SQLite's lock, taken at the start of each transaction, keeps the
peace.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple, Protocol, TypeVar, cast

import msgspec
import peewee

from conduit_desktop.errors import ConduitError
from conduit_desktop.records import Capture
from conduit_desktop.store.database import Database, unusable
from conduit_desktop.store.journal import Line, unpack

T = TypeVar("T")

MOST_AT_ONCE = 500
"""Entries in one transaction: about 5 ms of writing, so that none waits long for the others."""
_GATHER_SECONDS = 0.1
"""How long entries that nobody waits for are gathered: a transaction of many costs little more than one of one."""
_IDLE_SECONDS = 0.25
_AGAIN_SECONDS = 1.0
"""How often entries are tried again that the database did not take."""
_SHORTLY_SECONDS = 0.1
"""How long it may stay locked then, so that nobody waits for what is likely to fail."""
MOST_OWED = 20_000
_ITS_OWN = (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.ProgrammingError, sqlite3.InterfaceError)
"""Of SQLite's errors those that say that an entry is wrong; the others say that the file is."""

_log = logging.getLogger(__name__)


class Entry(msgspec.Struct, frozen=True):
    """One exchange on its way into the log, packed where it can be: the objects it is made of are the gateway's to use
    again at once, instead of going cold in the queue. ``done`` gets its number, or what went wrong, on the writer
    thread; where somebody waits for that it is ``urgent``. When it went wrong because the database is locked or full,
    it is tried again until it is written, and ``done`` gets its number then. ``turn`` is the journal's file that has
    it."""

    packed: bytes | Line
    capture: Capture | None
    done: Callable[[int | BaseException], None]
    urgent: bool = True
    turn: int | None = None

    @property
    def line(self) -> Line:
        return unpack(self.packed) if isinstance(self.packed, bytes) else self.packed


class Log(Protocol):
    """What the writer needs to know of the exchange log."""

    def write(self, entries: list[Entry]) -> list[int]:
        """Write all of them in one transaction or none; their numbers."""

    def settled(self, entries: Sequence[Entry], outcomes: Sequence[int | BaseException]) -> None:
        """What came of a batch, before it is told."""

    def tidy(self, idle: bool) -> None:
        """Called after each batch and, with ``idle``, when nothing came for a while."""


class _Job(NamedTuple):
    database: Database
    work: Callable[[], Any]
    committed: Callable[[], None] | None
    result: Future[Any]
    ordered: bool = True


class Writer:
    """``run`` blocks until committed, ``append`` never blocks. Both may be called from any thread."""

    def __init__(self, log: Log, activity: Database) -> None:
        self._log = log
        self._activity = activity
        self._queue: SimpleQueue[Entry | _Job | None] = SimpleQueue()
        self._closing = False
        self._hurry = threading.Event()
        self._busy_with: Database | None = None
        self._owed: list[Entry] = []
        self._thread = threading.Thread(target=self._loop, name="conduit-store-writer", daemon=True)
        self._thread.start()

    def append(self, entry: Entry) -> None:
        self._queue.put(entry)
        if entry.urgent:
            self._hurry.set()
        if self._closing and not self._thread.is_alive():
            self._refuse_rest()

    def run(
        self,
        database: Database,
        work: Callable[[], T],
        committed: Callable[[], None] | None = None,
        ordered: bool = True,
    ) -> T:
        """Do ``work`` in a write transaction of its own on the writer thread; ``committed`` is called after the
        commit when it changed anything. Within another job it joins that job's transaction. What is not ``ordered``
        does not wait for exchanges that the database did not take."""
        job = _Job(database, work, committed, Future(), ordered)
        if threading.current_thread() is self._thread:
            if self._busy_with is database:
                return work()
            self._do(job)  # asked for by a receiver of ``done``, or by a job on the other database
            return cast(T, job.result.result())
        return cast(T, self._submit(job).result())

    def later(self, database: Database, work: Callable[[], T]) -> Future[T]:
        """Do ``work`` on the writer thread behind everything that was given so far, without waiting for it."""
        return self._submit(_Job(database, work, None, Future()))

    def _submit(self, job: _Job) -> Future[Any]:
        job.result.set_running_or_notify_cancel()  # who waits may give up (a client hangs up): it is done all the same
        self._queue.put(job)
        self._hurry.set()
        if self._closing and not self._thread.is_alive():
            self._refuse_rest()
        return job.result

    def close(self) -> None:
        """Write what was given so far, then stop."""
        if self._closing:
            return
        self._closing = True
        self._queue.put(None)
        self._hurry.set()
        self._thread.join()
        self._refuse_rest()

    def _refuse_rest(self) -> None:
        """Whatever came in while closing: nobody will write it, and nobody may wait for it."""
        closed = ConduitError("The store is closed.", code="store_closed")
        while True:
            try:
                item = self._queue.get_nowait()
            except Empty:
                return
            if isinstance(item, Entry):
                _tell(item, closed)
            elif item is not None:
                item.result.set_exception(closed)

    def _loop(self) -> None:
        open_ = True
        while open_:
            batch: list[Entry] = []
            for item in self._take():
                if isinstance(item, Entry):
                    batch.append(item)
                    continue
                self._write(batch)
                batch = []
                if item is None:
                    open_ = False
                elif item.ordered and item.database is self._activity and (stuck := self._pay()):
                    item.result.set_exception(stuck)  # it would not see what came before it
                else:
                    self._do(item)
            self._write(batch)
        self._pay()
        self._tidy(idle=True)

    def _take(self) -> list[Entry | _Job | None]:
        """Everything queued, waiting for the first."""
        taken: list[Entry | _Job | None] = []
        try:
            taken.append(self._queue.get(timeout=_IDLE_SECONDS))
        except Empty:
            if not self._owed:
                self._tidy(idle=True)
        while not taken:
            try:
                taken.append(self._queue.get(timeout=_AGAIN_SECONDS if self._owed else None))
            except Empty:
                self._pay()
        if self._queue.qsize() < MOST_AT_ONCE:
            self._hurry.wait(_GATHER_SECONDS)
        self._hurry.clear()
        try:
            while len(taken) < MOST_AT_ONCE:
                taken.append(self._queue.get_nowait())
        except Empty:
            pass
        return taken

    def _do(self, job: _Job) -> None:
        before, self._busy_with = self._busy_with, job.database
        try:
            with job.database.writing() as connection:
                changes = connection.total_changes
                result = job.work()
                changed = connection.total_changes != changes
        except (peewee.OperationalError, sqlite3.OperationalError) as error:
            job.result.set_exception(unusable(job.database.path, error))
        except BaseException as error:  # noqa: BLE001 - it belongs to the thread that waits for the result
            job.result.set_exception(error)
        else:
            if changed and job.committed:
                job.committed()
            job.result.set_result(result)
        finally:
            self._busy_with = before

    def _write(self, batch: list[Entry]) -> None:
        if not batch:
            return
        stuck = self._pay()
        outcomes = [stuck] * len(batch) if stuck else self._attempt(batch)
        self._log.settled(batch, outcomes)
        for entry, outcome in zip(batch, outcomes, strict=True):
            _tell(entry, outcome)
            if isinstance(outcome, ConduitError) and len(self._owed) < MOST_OWED:
                self._owed.append(entry)
        self._tidy(idle=False)

    def _pay(self) -> ConduitError | None:
        """Write what the database did not take before, in its order; what still keeps it from that."""
        while self._owed:
            part = self._owed[:MOST_AT_ONCE]
            with self._activity.patience(_SHORTLY_SECONDS):
                outcomes = self._attempt(part, (False,))
            self._log.settled(part, outcomes)
            failures = [outcome for outcome in outcomes if isinstance(outcome, ConduitError)]
            pairs = list(zip(part, outcomes, strict=True))
            self._owed[: len(part)] = [entry for entry, outcome in pairs if isinstance(outcome, ConduitError)]
            for entry, outcome in pairs:
                if not isinstance(outcome, ConduitError):
                    _tell(entry, outcome)
            if failures:
                return failures[0]
        return None

    def _attempt(self, batch: list[Entry], tries: Sequence[bool] = (True, False)) -> Sequence[int | BaseException]:
        """All at once, and when SQLite could not, all at once again; then one by one, so that one bad entry
        takes no other with it."""
        for again in tries:
            try:
                return self._log.write(batch)
            except sqlite3.OperationalError as error:
                _log.warning("Writing %d exchanges failed: %s", len(batch), error)
                if error.sqlite_errorcode == sqlite3.SQLITE_BUSY and not again:
                    return [unusable(self._activity.path, error)] * len(batch)  # each alone would wait as long
            except Exception as error:  # noqa: BLE001 - one by one below tells which entry it was
                _log.warning("Writing %d exchanges failed: %s", len(batch), error)
                break
        return [self._attempt_one(entry) for entry in batch]

    def _attempt_one(self, entry: Entry) -> int | BaseException:
        try:
            return self._log.write([entry])[0]
        except Exception as error:  # noqa: BLE001 - handed to whoever waits for it
            _log.error("Exchange %s cannot be written: %s", entry.line.exchange.id, error)
            its_own = isinstance(error, _ITS_OWN) or not isinstance(error, sqlite3.Error)
            return error if its_own else unusable(self._activity.path, error)

    def _tidy(self, idle: bool) -> None:
        try:
            self._log.tidy(idle)
        except Exception as error:  # noqa: BLE001 - it is tried again after the next batch
            _log.warning("Keeping the log's totals failed: %s", error)


def _tell(entry: Entry, outcome: int | BaseException) -> None:
    try:
        entry.done(outcome)
    except Exception:  # noqa: BLE001 - its failure is no reason to stop writing
        _log.exception("The receiver of exchange %s failed", entry.line.exchange.id)
