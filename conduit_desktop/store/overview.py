"""The Dashboard's figures over a span: sums per bar and percentiles, at any number of exchanges.

Bars begin at the moment that is asked for, not where the calendar has an edge (a report of usage does). Up to ``EXACT``
exchanges everything is computed from the rows themselves. Beyond that the sums come from the rollups: a minute cut by
the edge of a bar or of the span counts where its middle is, and so does an hour where bars are wide and minutes would
be too many, or gone. The percentiles then come from a sample of about 2,000 exchanges: the newest in each of
eight equal parts of the span's log, so that they speak for all of it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from conduit_desktop.records import Bucket, ExchangeFilter, Overview
from conduit_desktop.store.database import Row
from conduit_desktop.store.rollup import HOUR, MINUTE, folded_up_to
from conduit_desktop.store.search import Selection, newest, resolve

EXACT = 5_000
_SAMPLE = 2_000
_PARTS = 8
_AT_ONCE = 500
_ALL = 1 << 62
_WIDE = 6 * HOUR
_MANY_MINUTES = 50_000
_Sums = list[list[int]]
"""For each bar: requests, errors, input, output, cost, unpriced."""

_COLUMNS = "e.started, c.status, e.input, e.output, e.cost, e.ttft, e.total"
_SUMS = "sum(requests), sum(errors), sum(input), sum(output), sum(cost), sum(unpriced)"
_Times = tuple[list[float], list[float]]
"""Times to the first token and total times."""


def overview(connection: sqlite3.Connection, since: float, until: float, buckets: int) -> Overview:
    """Everything that started from ``since`` until ``until``."""
    width = (until - since) / max(buckets, 1)
    if width <= 0:
        return Overview(since=since, until=until)
    bars = [[0] * 6 for _ in range(max(buckets, 1))]
    times = _fill(connection, _Span(since, until, width), bars)
    return _finish(since, until, width, bars, times)


class _Span(NamedTuple):
    """Drawn as bars of ``width``."""

    since: float
    until: float
    width: float

    def bar(self, moment: float, last: int) -> int:
        return min(max(int((moment - self.since) / self.width), 0), last)


def _fill(connection: sqlite3.Connection, span: _Span, bars: _Sums) -> _Times:
    selection = resolve(connection, ExchangeFilter(since=span.since, until=span.until))
    sums = _rollups(connection, span)
    if sum(row[1] for row in sums) <= EXACT and _all_there(connection, selection):
        seqs = newest(connection, selection, None, EXACT + 1)
        if len(seqs) <= EXACT:
            return _add_rows(span, _rows(connection, seqs), bars)
    for row in sums:
        bar = bars[min(row[0], len(bars) - 1)]
        bar[:] = [have + more for have, more in zip(bar, row[1:], strict=True)]
    folded = folded_up_to(connection)
    fresh = replace(selection, ranges=tuple((folded + 1, high) for _, high in selection.ranges if high > folded))
    _add_rows(span, _rows(connection, newest(connection, fresh, None, _ALL)), bars)
    return _times(_rows(connection, _sample(connection, selection)))


def _rollups(connection: sqlite3.Connection, span: _Span) -> list[Row]:
    """(bar, sums) of the span."""
    many = (span.until - span.since) / MINUTE > _MANY_MINUTES
    pruned = connection.execute("SELECT minutes_from > ? FROM progress", (span.since,)).fetchone()[0]
    grain = HOUR if span.width >= _WIDE and (many or pruned) else MINUTE
    half = grain // 2
    query = (
        f"SELECT CAST((slot + {half} - ?) / ? AS INTEGER), {_SUMS} FROM rollup"
        f" WHERE grp = '' AND grain = {grain} AND slot >= ? AND slot < ? GROUP BY 1"
    )
    return connection.execute(query, (span.since, span.width, span.since - half, span.until - half)).fetchall()


def _all_there(connection: sqlite3.Connection, selection: Selection) -> bool:
    """Whether no exchange of the span was swept from the log: rollups outlive the exchanges."""
    oldest = connection.execute("SELECT coalesce(min(seq), 0) FROM exchange").fetchone()[0]
    return all(low >= oldest for low, _ in selection.ranges)


def _sample(connection: sqlite3.Connection, selection: Selection) -> list[int]:
    seqs: set[int] = set()
    for low, high in selection.ranges:
        step = max((high - low + 1) // _PARTS, _SAMPLE // _PARTS)
        for end in range(high, low - 1, -step):
            part = replace(selection, ranges=((max(low, end - step + 1), end),))
            seqs.update(newest(connection, part, None, _SAMPLE // _PARTS))
    return sorted(seqs, reverse=True)


def _rows(connection: sqlite3.Connection, seqs: Sequence[int]) -> list[Row]:
    rows: list[Row] = []
    for first in range(0, len(seqs), _AT_ONCE):
        listed = ",".join(map(str, seqs[first : first + _AT_ONCE]))
        rows += connection.execute(
            f"SELECT {_COLUMNS} FROM exchange e JOIN cohort c ON c.id = e.cohort WHERE e.seq IN ({listed})"
        ).fetchall()
    return rows


def _add_rows(span: _Span, rows: Iterable[Row], bars: _Sums) -> _Times:
    last = len(bars) - 1
    kept = list(rows)
    for started, status, given, answered, cost, _, _ in kept:
        bar = bars[span.bar(started, last)]
        bar[0] += 1
        bar[1] += status >= 400
        bar[2] += given or 0
        bar[3] += answered or 0
        bar[4] += cost or 0
        bar[5] += cost is None
    return _times(kept)


def _times(rows: Iterable[Row]) -> _Times:
    first: list[float] = []
    total: list[float] = []
    for row in rows:
        total.append(row[6])
        if row[5] is not None:
            first.append(row[5])
    return first, total


def _finish(since: float, until: float, width: float, bars: _Sums, times: _Times) -> Overview:
    first, total = (sorted(values) for values in times)
    requests, errors, given, answered, cost, unpriced = map(sum, zip(*bars, strict=True))
    return Overview(
        since=since,
        until=until,
        requests=requests,
        errors=errors,
        input=given,
        output=answered,
        cost=cost,
        unpriced=unpriced,
        ttft_p50=percentile(first, 50),
        ttft_p95=percentile(first, 95),
        total_p50=percentile(total, 50),
        total_p95=percentile(total, 95),
        buckets=tuple(
            Bucket(
                start=since + number * width,
                seconds=width,
                requests=bar[0],
                errors=bar[1],
                input=bar[2],
                output=bar[3],
                cost=bar[4],
                unpriced=bar[5],
            )
            for number, bar in enumerate(bars)
        ),
    )


def percentile(ordered: Sequence[float], percent: int) -> float | None:
    """The nearest rank: the smallest value that ``percent`` of all values do not exceed."""
    if not ordered:
        return None
    return ordered[max(-(-len(ordered) * percent // 100), 1) - 1]
