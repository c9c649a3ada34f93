"""Which rollups add up to a span: the widest that fit into it, minutes at its edges.

Days and months are those of somebody's calendar, so they may begin at any minute and last 23 hours: ``summed`` says of
which spans (``grain``, ``start``, ``end``) the rollups hold one row a group. Such a row is made after its span is over,
from smaller ones, and is void as soon as an exchange of that span comes late (``forget``); the smaller ones then serve
instead. Whoever makes them knows the calendar, the store does not. Where the minutes have left with their exchanges
(``prune``), an hour that an edge cuts counts on the side on which its middle is.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from itertools import pairwise

from conduit_desktop.store.rollup import DAY, HOUR, MINUTE, MONTH, SUMS

Slots = dict[int, list[tuple[int, int]]]
"""For each grain: (start of the slot, number of the bar it belongs to), ascending."""

_MOST_GAP = 50
"""Rows that are not asked for and still read past, because another look into the index would take longer."""

_EVERY_GROUP = """
    SELECT '' AS grp
    UNION SELECT 'k:' || key_id FROM cohort UNION SELECT 'm:' || model FROM cohort
    UNION SELECT 'p:' || provider FROM cohort UNION SELECT 'a:' || app FROM cohort
    UNION SELECT 'x:' || mix FROM cohort
"""
ADDED = (
    "sum(r.requests), sum(r.errors), sum(r.input), sum(r.output), sum(r.cost), sum(r.unpriced), sum(r.cached_read),"
    " sum(r.cache_write), sum(r.saved), min(r.first_seq), max(r.last_seq)"
)
"""``SUMS`` of several rollups ``r``."""


def slots(connection: sqlite3.Connection, edges: Sequence[int]) -> Slots:
    """What the bars between ``edges`` (whole minutes, ascending) are made of. Where nothing was ever folded there is
    nothing to read."""
    found: Slots = {}
    low, high = bounds(connection)
    if edges[0] >= high or edges[-1] <= low:
        return found
    minutes_from = connection.execute("SELECT minutes_from FROM progress").fetchone()[0]
    wide = {grain: _summed(connection, grain, edges[0], edges[-1]) for grain in (MONTH, DAY)}
    for bar, (start, end) in enumerate(pairwise(edges)):
        for grain, slot in _pieces(wide, start, end, (low, high, minutes_from)):
            found.setdefault(grain, []).append((slot, bar))
    return found


def bounds(connection: sqlite3.Connection) -> tuple[int, int]:
    """From the first to after the last hour of the folded exchanges."""
    query = "SELECT min(slot), max(slot) FROM rollup WHERE grp = '' AND grain = ?"
    low, high = connection.execute(query, (HOUR,)).fetchone()
    return (0, 0) if low is None else (low, high + HOUR)


def runs(slots: Sequence[tuple[int, int]], grain: int) -> Iterator[Sequence[tuple[int, int]]]:
    """The slots in parts without wide gaps, each to be read at a stretch."""
    begin = 0
    for place in range(1, len(slots)):
        if slots[place][0] - slots[place - 1][0] > grain * _MOST_GAP:
            yield slots[begin:place]
            begin = place
    if slots:
        yield slots[begin:]


def sum_up(connection: sqlite3.Connection, grain: int, start: int, end: int) -> None:
    """Make the rows of one day or month that is over."""
    connection.execute("DELETE FROM summed WHERE grain = ? AND start = ?", (grain, start))
    stale = f"DELETE FROM rollup WHERE grp IN ({_EVERY_GROUP}) AND grain = ? AND slot = ?"
    connection.execute(stale, (grain, start))
    for smaller, found in slots(connection, (start, end)).items():
        for run in runs(found, smaller):
            _add_up(connection, (grain, start), smaller, [slot for slot, _ in run])
    connection.execute("INSERT INTO summed (grain, start, end) VALUES (?, ?, ?)", (grain, start, end))


def summed(connection: sqlite3.Connection, grain: int) -> dict[int, int]:
    """From when until when there are such rows."""
    return dict(connection.execute("SELECT start, end FROM summed WHERE grain = ?", (grain,)))


def forget(connection: sqlite3.Connection, since: int, until: int) -> None:
    """Something that started between (both included) was added or changed: what was summed up there is void."""
    connection.execute("DELETE FROM summed WHERE end > ? AND start <= ?", (since, until))


def prune(connection: sqlite3.Connection, before: int) -> bool:
    """Let go of an hour's minutes before a full hour: their exchanges are deleted, and the hours say what they came to.
    Whether there was any left."""
    (begin,) = connection.execute("SELECT minutes_from FROM progress").fetchone()
    query = "SELECT min(slot) FROM rollup WHERE grp = '' AND grain = ? AND slot < ?"
    (first,) = connection.execute(query, (MINUTE, before)).fetchone()
    until = before if first is None else max(first // HOUR * HOUR + HOUR, begin)
    if first is not None:
        query = f"DELETE FROM rollup WHERE grp IN ({_EVERY_GROUP}) AND grain = ? AND slot < ?"
        connection.execute(query, (MINUTE, until))
    connection.execute("UPDATE progress SET minutes_from = max(minutes_from, ?)", (until,))
    return first is not None


def _summed(connection: sqlite3.Connection, grain: int, low: int, high: int) -> dict[int, int]:
    query = "SELECT start, end FROM summed WHERE grain = ? AND start >= ? AND end <= ?"
    return dict(connection.execute(query, (grain, low, high)))


def _pieces(
    wide: dict[int, dict[int, int]], at: int, end: int, known: tuple[int, int, int]
) -> Iterator[tuple[int, int]]:
    """The slots of one bar. ``known``: from when until when there are hours, and from when there are minutes."""
    low, high, minutes_from = known
    while at < end and at < high:
        grain, until = next(
            ((grain, ends[at]) for grain, ends in wide.items() if ends.get(at, end + 1) <= end), (MINUTE, at)
        )
        if until == at:
            grain, at = _narrow(at, end, low, minutes_from)
            until = at + grain
        if at < end:
            yield grain, at
        at = until


def _narrow(at: int, end: int, low: int, minutes_from: int) -> tuple[int, int]:
    """An hour, else a minute, and where it begins; where there is none it begins at the end."""
    at = max(at, low)
    if at >= minutes_from:
        return HOUR if at % HOUR == 0 and at + HOUR <= end else MINUTE, at
    at = (at + HOUR // 2) // HOUR * HOUR
    return HOUR, at if at + HOUR // 2 <= end else end


def _add_up(connection: sqlite3.Connection, into: tuple[int, int], grain: int, starts: Sequence[int]) -> None:
    """Add the rollups of some slots to one row a group."""
    columns = SUMS.split(", ")
    more = ", ".join(f"{name} = {name} + excluded.{name}" for name in columns[:-2])
    connection.execute(
        f"WITH every AS MATERIALIZED ({_EVERY_GROUP})"
        f" INSERT INTO rollup (grp, grain, slot, {SUMS}) SELECT r.grp, ?, ?, {ADDED}"
        " FROM every CROSS JOIN rollup r ON r.grp = every.grp AND r.grain = ? AND r.slot BETWEEN ? AND ?"
        f" WHERE r.slot IN ({','.join(map(str, starts))}) GROUP BY r.grp"
        f" ON CONFLICT DO UPDATE SET {more}, first_seq = min(first_seq, excluded.first_seq),"
        " last_seq = max(last_seq, excluded.last_seq)",
        (*into, grain, starts[0], starts[-1]),
    )
