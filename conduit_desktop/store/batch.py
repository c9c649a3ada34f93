"""Writes a batch of exchanges in one transaction: the log's rows, the failures' texts, captures, spend counters.

This is the hot path. Rows go in raw; what can follow later (the rollups) follows later, see ``rollup.py``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from functools import cache
from itertools import chain
from time import sleep

from conduit_desktop.records import Exchange
from conduit_desktop.store.captures import masked
from conduit_desktop.store.database import Database, Row
from conduit_desktop.store.log_rows import EXCHANGE, cohort_of, pack_capture, to_row
from conduit_desktop.store.writer import MOST_AT_ONCE, Entry

Cohort = tuple[str, str, str, str, str, int]
Spent = dict[tuple[str, str, str, str], list[int]]
"""What a batch adds to each spend counter, by what that belongs to; in the order of ``_SUMS``."""

_NEXT = "SELECT max(folded, coalesce((SELECT max(seq) FROM exchange), 0)) FROM progress"
_FAILURE = ("failure", ("seq", "cohort", "error_code", "error"))
_CAPTURE = ("capture", ("seq", "exchange_id", "started", "size", "data"))
_COHORT = (
    "INSERT INTO cohort (key_id, key, app, model, provider, status, mix) SELECT ?1, ?2, ?3, ?4, ?5, ?6, coalesce("
    "(SELECT mix FROM cohort WHERE key_id = ?1 AND app = ?3 AND model = ?4 AND provider = ?5),"
    " (SELECT max(id) FROM cohort) + 1, 1) WHERE true ON CONFLICT DO NOTHING"
)
_FIND_COHORT = (
    "SELECT id FROM cohort WHERE key_id = ? AND key = ? AND app = ? AND model = ? AND provider = ? AND status = ?"
)
_SUMS = ("requests", "errors", "input", "output", "cached_read", "cost", "unpriced", "cache_write", "saved")
_SPEND = ("spend", (*_SUMS, "day", "key_id", "model", "provider"))
_ADD = " ON CONFLICT DO UPDATE SET " + ", ".join(f"{name} = {name} + excluded.{name}" for name in _SUMS)
_MOST_REMEMBERED = 10_000
_ROWS = (64, 16, 4, 1)
"""How many rows a statement takes; each needs preparing once."""
_AT_EASE = 16
"""Rows that are made ready between two statements while the log keeps up: the gateway's loop never waits long for the
interpreter then. A full batch says that it does not keep up, and takes few steps, at each of which it may have to wait
for a busy loop."""
_BREATH = 20e-6
"""Seconds of rest behind each of these steps. SQLite lets go of the interpreter for too short a time: who waits for it
is woken, finds it taken again, and begins to wait anew, so that the loop would stand behind the whole batch."""


class BatchWriter:
    """Used on the writer thread only: it remembers the cohorts it has seen."""

    def __init__(self, activity: Database) -> None:
        self._activity = activity
        self._cohorts: dict[Cohort, int] = {}

    def write(self, entries: list[Entry]) -> list[int]:
        """All or nothing; the numbers given."""
        connection = self._activity.connection()
        connection.execute("BEGIN IMMEDIATE")
        try:
            seqs = self._insert(connection, entries)
            connection.execute("COMMIT")
        except BaseException:
            self._cohorts.clear()  # some may have been made in what is now undone
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        return seqs

    def _insert(self, connection: sqlite3.Connection, entries: list[Entry]) -> list[int]:
        # ``folded`` keeps a number from being given twice when the newest exchanges were deleted.
        first = connection.execute(_NEXT).fetchone()[0] + 1
        hurried = len(entries) >= MOST_AT_ONCE
        step = _ROWS[0] if hurried else _AT_EASE
        spent: Spent = {}
        for at in range(0, len(entries), step):
            self._insert_part(connection, first + at, entries[at : at + step], spent)
            if not hurried:
                sleep(_BREATH)
        _put(connection, _SPEND, [(*values, *counter) for counter, values in spent.items()], _ADD)
        return list(range(first, first + len(entries)))

    def _insert_part(self, connection: sqlite3.Connection, first: int, entries: Sequence[Entry], spent: Spent) -> None:
        rows, failures, captures = [], [], []
        for seq, entry in enumerate(entries, first):
            exchange, day = entry.line
            capture = entry.capture
            cohort = self._cohort(connection, cohort_of(exchange))
            rows.append(to_row(seq, cohort, exchange))
            _spend(spent, exchange, day)
            if exchange.error or exchange.error_code:
                failures.append((seq, cohort, exchange.error_code, exchange.error))
            if capture is not None:
                data = pack_capture(masked(capture))
                captures.append((seq, capture.exchange_id, exchange.started, len(data), data))
        _put(connection, EXCHANGE, rows)
        _put(connection, _FAILURE, failures)
        _put(connection, _CAPTURE, captures)

    def _cohort(self, connection: sqlite3.Connection, key: tuple[str | None, str, str, str, str, int]) -> int:
        cohort: Cohort = key if key[0] is not None else ("", *key[1:])  # type: ignore[assignment]
        known = self._cohorts.get(cohort)
        if known is None:
            connection.execute(_COHORT, cohort)
            known = int(connection.execute(_FIND_COHORT, cohort).fetchone()[0])
            if len(self._cohorts) >= _MOST_REMEMBERED:
                self._cohorts.clear()
            self._cohorts[cohort] = known
        return known


def _put(
    connection: sqlite3.Connection, table: tuple[str, tuple[str, ...]], rows: Sequence[Row], conflict: str = ""
) -> None:
    """Insert many rows with few statements. ``executemany`` is one step a row, and at each sqlite3 lets go of the
    interpreter's lock: beside a busy loop it would wait for that again and again, and the log would fall behind."""
    at = 0
    for size in _ROWS:
        while len(rows) - at >= size:
            connection.execute(_statement(*table, conflict, size), list(chain.from_iterable(rows[at : at + size])))
            at += size


@cache
def _statement(table: str, columns: tuple[str, ...], conflict: str, rows: int) -> str:
    row = f"({', '.join('?' * len(columns))})"
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join([row] * rows)}{conflict}"


def _spend(sums: Spent, exchange: Exchange, day: str) -> None:
    """Add an exchange to its spend counter."""
    counter = (day, exchange.key_id or "", exchange.model, exchange.provider)
    found = sums.get(counter)
    if found is None:
        found = sums[counter] = [0] * len(_SUMS)
    found[0] += 1
    found[1] += exchange.status >= 400
    usage = exchange.usage
    if usage is not None:
        found[2] += usage.input
        found[3] += usage.output
        found[4] += usage.cached_read
        found[7] += usage.cache_write
    found[8] += exchange.saved or 0
    if exchange.cost is None:
        found[6] += 1
    else:
        found[5] += exchange.cost
