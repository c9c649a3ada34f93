"""What a report of usage is made of: sums a group and bar from the rollups, and how quick the answers were.

Sums are exact over whole minutes: the rollups hold every exchange up to ``progress.folded``, and the rows after it are
added here. The fewest groups of rollups that together are what is asked for are read: one a name where one thing is
filtered or split by, else their mixes. Times come from the rows that are still in the log: from all of them where they
are few, else from a sample spread evenly over them.
"""

from __future__ import annotations

import sqlite3
from bisect import bisect_right
from collections.abc import Sequence
from typing import Literal, NamedTuple

from conduit_desktop.records import ExchangeFilter
from conduit_desktop.store.database import Row
from conduit_desktop.store.rollup import MINUTE, SUMS, folded_up_to
from conduit_desktop.store.search import named_in
from conduit_desktop.store.slots import ADDED, runs, slots

Split = Literal["key", "model", "provider", "app"]
Counts = dict[tuple[str, int], list[int]]
"""For (group, bar): the counts in the order of ``rollup.SUMS``, lowest and highest number of an exchange last."""

_COLUMNS: dict[Split, tuple[str, str]] = {
    "key": ("key_id", "k:"),
    "model": ("model", "m:"),
    "provider": ("provider", "p:"),
    "app": ("app", "a:"),
}
_ADDITIVE = len(SUMS.split(", ")) - 2
_AT_ONCE = 500
_SPOTS = 100
_NEXT, _INDEXED, _ANYWHERE = 5, 1, 70
"""What it costs to look at the next row of the log, at an entry of the index on the cohort, at a row anywhere: about
so many tenths of a microsecond."""


class Times(NamedTuple):
    """How quick one answer was, and when and for whom."""

    group: str
    started: float
    ttft: float | None
    total: float
    speed: float | None


def sums(connection: sqlite3.Connection, edges: Sequence[int], wanted: ExchangeFilter, by: Split | None) -> Counts:
    """What started in the bars between ``edges`` (whole minutes, ascending); only names in ``wanted`` count. Without
    ``by`` everything is of the group ``""``."""
    counts: Counts = {}
    groups, values = _groups(wanted, by)
    for grain, found in slots(connection, edges).items():
        for run in runs(found, grain):
            bars = dict(run)
            query = (
                f"WITH g(grp, id) AS MATERIALIZED ({groups}) SELECT g.id, r.slot, {ADDED} FROM g CROSS JOIN rollup r"
                " WHERE r.grp = g.grp AND r.grain = ? AND r.slot BETWEEN ? AND ? GROUP BY 1, 2"
            )
            rows = connection.execute(query, (*values, grain, run[0][0], run[-1][0])).fetchall()
            for group, slot, *numbers in rows:
                if slot in bars:
                    _add(counts, (group, bars[slot]), numbers)
    for group, minute, *numbers in _fresh(connection, edges, wanted, by):
        _add(counts, (group, bisect_right(edges, minute) - 1), numbers)
    return counts


def times(
    connection: sqlite3.Connection,
    wanted: ExchangeFilter,
    by: Split | None,
    within: tuple[int, int],
    requests: int,
    most: int,
) -> list[Times]:
    """Of ``most`` of the ``requests`` that match, spread evenly over the exchanges numbered ``within`` (both included),
    those that went well and started in the filter's span."""
    oldest = connection.execute("SELECT coalesce(min(seq), 0) FROM exchange").fetchone()[0]
    low, high = max(within[0], oldest), within[1]
    if low > high or not requests:
        return []
    wanted_rows = min(requests, most)
    rows = wanted_rows * (within[1] - within[0] + 1) // requests
    where, values = named_in(wanted)
    condition = f"{' AND '.join(where)} AND e.started >= ? AND e.started < ? AND c.status < 400"
    values += [wanted.since, wanted.until]
    if len(where) == 1 or rows * _NEXT <= requests * _INDEXED + wanted_rows * _ANYWHERE:
        return _at_spots(connection, by, (low, high), rows, condition, values)
    return _by_index(connection, by, (low, high), wanted, max(requests // most, 1))


def _at_spots(
    connection: sqlite3.Connection,
    by: Split | None,
    within: tuple[int, int],
    rows: int,
    condition: str,
    values: Sequence[object],
) -> list[Times]:
    """Look through so many rows: neighbours, which cost a tenth of rows here and there, at spots all over."""
    low, high = within
    step = max((high - low + 1) // _SPOTS, 1)
    length = min(-(-rows // _SPOTS), step)
    spots = ",".join(f"({first},{min(first + length - 1, high)})" for first in range(low, high + 1, step))
    query = (
        f"WITH spot(low, high) AS (VALUES {spots}) SELECT {_timing(by)} FROM spot CROSS JOIN exchange e NOT INDEXED"
        f" CROSS JOIN cohort c WHERE e.seq BETWEEN spot.low AND spot.high AND c.id = e.cohort AND {condition}"
    )
    return [Times(*row) for row in connection.execute(query, values)]


def _by_index(
    connection: sqlite3.Connection, by: Split | None, within: tuple[int, int], wanted: ExchangeFilter, stride: int
) -> list[Times]:
    """Look for the few that match among many others: every ``stride``-th number that the index on the cohort gives."""
    where, values = named_in(wanted)
    query = (
        "SELECT seq FROM exchange INDEXED BY exchange_cohort WHERE cohort IN"
        f" (SELECT id FROM cohort WHERE status < 400 AND {' AND '.join(where)})"
        f" AND seq BETWEEN ? AND ? AND seq % {stride} = 0"
    )
    seqs = [row[0] for row in connection.execute(query, (*values, *within))]
    query = (
        f"SELECT {_timing(by)} FROM exchange e CROSS JOIN cohort c ON c.id = e.cohort"
        " WHERE e.seq IN (%s) AND e.started >= ? AND e.started < ?"
    )
    found: list[Row] = []
    for first in range(0, len(seqs), _AT_ONCE):
        listed = ",".join(map(str, seqs[first : first + _AT_ONCE]))
        found += connection.execute(query % listed, (wanted.since, wanted.until)).fetchall()
    return [Times(*row) for row in found]


def _timing(by: Split | None) -> str:
    """The columns of ``Times``."""
    name = f"c.{_COLUMNS[by][0]}" if by else "''"
    return (
        f"{name}, e.started, e.ttft, e.total, CASE WHEN e.stream AND e.output > 1 AND e.total - e.ttft > 0.02"
        " THEN e.output / (e.total - e.ttft) END"
    )


def _groups(wanted: ExchangeFilter, by: Split | None) -> tuple[str, list[object]]:
    """The query of (group of rollups, what it belongs to), and its values."""
    where, values = named_in(wanted)
    asked: set[Split] = set()
    for split, value in (("model", wanted.model), ("provider", wanted.provider), ("app", wanted.app)):
        if value is not None:
            asked.add(split)  # type: ignore[arg-type]
    if wanted.key_id is not None or wanted.key_ids is not None:
        asked.add("key")
    kinds = asked | ({by} if by else set())
    name = _COLUMNS[by][0] if by else "''"
    if not kinds:
        return "SELECT '', ''", []
    if len(kinds) == 1:
        column, prefix = _COLUMNS[kinds.pop()]
        return f"SELECT DISTINCT '{prefix}' || {column}, {name} FROM cohort WHERE {' AND '.join(where)}", values
    return f"SELECT DISTINCT 'x:' || mix, {name} FROM cohort WHERE {' AND '.join(where)}", values


def _fresh(connection: sqlite3.Connection, edges: Sequence[int], wanted: ExchangeFilter, by: Split | None) -> list[Row]:
    """What is not folded yet, a row for each group and minute."""
    where, values = named_in(wanted)
    name = f"c.{_COLUMNS[by][0]}" if by else "''"
    return connection.execute(
        f"SELECT {name}, CAST(e.started / {MINUTE} AS INTEGER) * {MINUTE}, count(*), sum(c.status >= 400),"
        " coalesce(sum(e.input), 0), coalesce(sum(e.output), 0), coalesce(sum(e.cost), 0), sum(e.cost IS NULL),"
        " coalesce(sum(e.cached_read), 0), coalesce(sum(e.cache_write), 0), coalesce(sum(e.saved), 0),"
        " min(e.seq), max(e.seq) FROM exchange e CROSS JOIN cohort c ON c.id = e.cohort"
        f" WHERE e.seq > ? AND e.started >= ? AND e.started < ? AND {' AND '.join(where)} GROUP BY 1, 2",
        (folded_up_to(connection), edges[0], edges[-1], *values),
    ).fetchall()


def _add(counts: Counts, place: tuple[str, int], numbers: Sequence[int]) -> None:
    have = counts.get(place)
    if have is None:
        counts[place] = list(numbers)
        return
    for index in range(_ADDITIVE):
        have[index] += numbers[index]
    have[-2], have[-1] = min(have[-2], numbers[-2]), max(have[-1], numbers[-1])
