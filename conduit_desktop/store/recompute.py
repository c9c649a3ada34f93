"""Costs set right afterwards: the exchange's own row, its spend counter and its rollups, in one transaction.

Reads in chunks by number, so that nobody waits for more than a chunk. Exchanges that were deleted cannot be corrected;
what they added up to stays.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from conduit_desktop.records import Exchange
from conduit_desktop.store import rollup, slots
from conduit_desktop.store.database import Database, Row
from conduit_desktop.store.log_rows import SELECT, from_row
from conduit_desktop.store.writer import Writer

CHUNK = 500
"""Exchanges in one transaction: some milliseconds of writing."""

_BEFORE = (
    "SELECT e.cost, e.saved, e.started, c.mix, c.key_id, c.model, c.provider, c.app FROM exchange e"
    " JOIN cohort c ON c.id = e.cohort WHERE e.seq = ?"
)
_SET = "UPDATE exchange SET cost = ?, price = ?, saved = ? WHERE seq = ?"
_SPEND = (
    "UPDATE spend SET cost = cost + ?, unpriced = unpriced + ?, saved = saved + ?"
    " WHERE day = ? AND key_id = ? AND model = ? AND provider = ?"
)
_ROLLUP = (
    "UPDATE rollup SET cost = cost + ?, unpriced = unpriced + ?, saved = saved + ?"
    " WHERE grp = ? AND grain = ? AND slot = ?"
)


class Correction(NamedTuple):
    """What an exchange cost after all. ``day`` is its local calendar day, under which it was counted."""

    seq: int
    day: str
    cost: int | None
    price: str
    saved: int | None


class Delta:
    """What changes in a sum."""

    __slots__ = ("cost", "saved", "unpriced")

    def __init__(self) -> None:
        self.cost = self.unpriced = self.saved = 0

    def add(self, before: tuple[int | None, int | None], after: tuple[int | None, int | None]) -> None:
        """One exchange's cost and savings, as they were and as they are."""
        self.cost += (after[0] or 0) - (before[0] or 0)
        self.unpriced += (after[0] is None) - (before[0] is None)
        self.saved += (after[1] or 0) - (before[1] or 0)

    @property
    def values(self) -> tuple[int, int, int]:
        return self.cost, self.unpriced, self.saved


class Corrections:
    def __init__(self, activity: Database, writer: Writer) -> None:
        self._activity = activity
        self._writer = writer

    def last(self) -> int:
        """The number of the newest exchange; what is still being written is waited for."""
        return self._writer.run(self._activity, self._last)

    def _last(self) -> int:
        return int(self._activity.connection().execute("SELECT coalesce(max(seq), 0) FROM exchange").fetchone()[0])

    def read(
        self, after: int, last: int, since: float | None, until: float | None, *, unpriced: bool, limit: int = CHUNK
    ) -> list[Exchange]:
        """The next exchanges of the span whose numbers are above ``after`` and at most ``last``, with their attempts;
        with ``unpriced`` only those without a cost."""
        conditions = ["e.seq > ?", "e.seq <= ?"]
        values: list[float] = [after, last]
        if since is not None:
            conditions.append("e.started >= ?")
            values.append(since)
        if until is not None:
            conditions.append("e.started < ?")
            values.append(until)
        if unpriced:
            conditions.append("e.cost IS NULL")
        query = SELECT % "e.attempts" + f" WHERE {' AND '.join(conditions)} ORDER BY e.seq LIMIT {limit}"
        with self._activity.reading() as connection:
            rows: list[Row] = connection.execute(query, values).fetchall()
        return [from_row(row) for row in rows]

    def apply(self, corrections: Sequence[Correction]) -> int:
        """Write them, in one transaction; how many exchanges there still were."""
        return self._writer.run(self._activity, lambda: self._apply(corrections))

    def _apply(self, corrections: Sequence[Correction]) -> int:
        connection = self._activity.connection()
        folded = rollup.folded_up_to(connection)
        spend: dict[tuple[str, str, str, str], Delta] = {}
        sums: dict[tuple[str, int, int], Delta] = {}
        moments: list[float] = []
        for each in corrections:
            row = connection.execute(_BEFORE, (each.seq,)).fetchone()
            if row is None:
                continue
            before, after = (row[0], row[1]), (each.cost, each.saved)
            connection.execute(_SET, (each.cost, each.price, each.saved, each.seq))
            moments.append(row[2])
            spend.setdefault((each.day, row[4], row[5], row[6]), Delta()).add(before, after)
            if each.seq <= folded:
                for key in _rollups_of(row):
                    sums.setdefault(key, Delta()).add(before, after)
        for counter, delta in spend.items():
            _count(connection, counter, delta)
        connection.executemany(_ROLLUP, [(*delta.values, *key) for key, delta in sums.items() if any(delta.values)])
        if moments:
            slots.forget(connection, int(min(moments)), int(max(moments)))
        return len(moments)


def _rollups_of(row: Row) -> list[tuple[str, int, int]]:
    """The rollups that an exchange was folded into: group, grain, slot."""
    _, _, started, mix, key, model, provider, app = row
    groups = ("", f"k:{key}", f"m:{model}", f"p:{provider}", f"a:{app}", f"x:{mix}")
    minute = int(started / rollup.MINUTE) * rollup.MINUTE
    grains = ((rollup.MINUTE, minute), (rollup.HOUR, minute // rollup.HOUR * rollup.HOUR))
    return [(group, grain, slot) for group in groups for grain, slot in grains]


def _count(connection: sqlite3.Connection, counter: tuple[str, str, str, str], delta: Delta) -> None:
    """Change a spend counter. It stands under the day that it was in the time zone of then, which may have been
    another."""
    if not any(delta.values):
        return
    day, *rest = counter
    for near in (0, -1, 1):
        other = (date.fromisoformat(day) + timedelta(days=near)).isoformat()
        values: tuple[Any, ...] = (*delta.values, other, *rest)
        if connection.execute(_SPEND, values).rowcount:
            return
