"""Finds which exchanges match a filter, newest first, fast at a million rows.

A filter is resolved once: names and texts to the cohorts that match them (there are few), times to ranges of numbers.
What is left is reading one index. A text also matches the beginning of an id and the texts of failures; these are
further sources, merged by number.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Collection
from dataclasses import dataclass, replace

from conduit_desktop.records import ExchangeFilter
from conduit_desktop.store.rollup import folded_up_to, seq_bounds

WINDOW = 5_000
"""How many of the newest exchanges are looked through before the index is asked: most filters find a page in them."""

MOST_BY_ID = 2_000
"""Of the exchanges whose id begins with a text only so many of the newest are seen. It is for pasted ids."""

_MANY_COHORTS = 2_000
_ALWAYS = "1"

Ranges = tuple[tuple[int, int], ...]
"""(lowest, highest) number of each."""


@dataclass(frozen=True, slots=True)
class Selection:
    """A resolved filter. ``cohorts`` match it wholly; those in ``others`` match but for the text, and there an
    exchange's own id or failure may still do. ``None``: every cohort matches. ``ranges`` of numbers are newest
    first."""

    cohorts: frozenset[int] | None
    others: frozenset[int]
    other: str
    text: str
    ranges: Ranges
    when: str

    def within(self, before: int | None, after: int = 0) -> Ranges:
        """The ranges, cut off at both ends."""
        last = self.ranges[0][1] if self.ranges and before is None else (before or 0) - 1
        return tuple(
            (max(low, after + 1), min(high, last)) for low, high in self.ranges if low <= last and high > after
        )


def resolve(connection: sqlite3.Connection, filter: ExchangeFilter) -> Selection:
    filter = replace(filter, since=_finite(filter.since), until=_finite(filter.until))
    cohorts, others = _cohorts(connection, filter)
    when = _ALWAYS
    if filter.since is not None:
        when += f" AND started >= {float(filter.since)!r}"
    if filter.until is not None:
        when += f" AND started < {float(filter.until)!r}"
    # The shorter of two lists that say the same: all cohorts are in one of them when nothing but the text restricts.
    named = (filter.key_id, filter.key_ids, filter.model, filter.provider, filter.app, filter.outcome)
    if named == (None,) * 6 and cohorts is not None and len(cohorts) < len(others):
        other = f"cohort NOT IN ({_listed(cohorts)})"
    else:
        other = f"cohort IN ({_listed(others)})"
    return Selection(cohorts, others, other, filter.text, _ranges(connection, filter), when)


def newest(connection: sqlite3.Connection, selection: Selection, before: int | None, limit: int) -> list[int]:
    """The numbers of the newest ``limit`` that match, newest first."""
    found: list[int] = []
    for low, high in selection.within(before):
        found += _by_cohort(connection, selection, low, high, limit - len(found))
        if len(found) >= limit:
            break
    if selection.others:
        after = found[-1] if len(found) >= limit else 0  # what is older cannot be on the page any more
        loose = further(connection, selection, selection.within(before, after), limit)
        found = sorted(loose.union(found), reverse=True)[:limit]
    return found


def count(connection: sqlite3.Connection, selection: Selection, most: int) -> int:
    """How many match; it stops at ``most``."""
    total = 0
    table, where = "exchange", f"seq BETWEEN ? AND ? AND {selection.when}"
    if selection.cohorts is not None:
        table, where = "exchange INDEXED BY exchange_cohort", f"cohort IN ({_listed(selection.cohorts)}) AND {where}"
    for low, high in selection.ranges:
        query = f"SELECT count(*) FROM (SELECT 1 FROM {table} WHERE {where} LIMIT ?)"
        total += connection.execute(query, (low, high, most - total)).fetchone()[0]
    if selection.others and total < most:
        total += len(further(connection, selection, selection.ranges, most))
    return min(total, most)


def further(connection: sqlite3.Connection, selection: Selection, ranges: Ranges, limit: int) -> set[int]:
    """The newest that match by their own id or failure only: no cohort tells of them."""
    if not selection.others:
        return set()
    found = _by_failure(connection, selection, ranges, limit)
    return set(found).union(_by_id(connection, selection, ranges))


def _cohorts(connection: sqlite3.Connection, filter: ExchangeFilter) -> tuple[frozenset[int] | None, frozenset[int]]:
    where, values = named_in(filter)
    if filter.outcome == "ok":
        where.append("status < 400")
    elif filter.outcome == "error":
        where.append("status >= 400")
    elif filter.outcome is not None:
        where.append("status = ?")
        values.append(int(filter.outcome) if filter.outcome.isdecimal() else -1)
    if not filter.text and len(where) == 1:
        return None, frozenset()
    pattern = like(filter.text)
    texts = " OR ".join(f"{name} LIKE ? ESCAPE '\\'" for name in ("model", "key", "provider", "app"))
    query = f"SELECT id, {texts} FROM cohort WHERE {' AND '.join(where)}"
    rows = connection.execute(query, [*[pattern] * 4, *values]).fetchall()
    matching = frozenset(cohort for cohort, matches in rows if matches)
    return matching, frozenset(cohort for cohort, matches in rows if not matches)


def named_in(wanted: ExchangeFilter) -> tuple[list[str], list[object]]:
    """Conditions on a cohort, and their values, for what the filter gives by name: all of it but its outcome and text.
    A tag was resolved to ``key_ids`` before: the log knows no tags."""
    where, values = ["1"], list[object]()
    named = (("key_id", wanted.key_id), ("model", wanted.model), ("provider", wanted.provider), ("app", wanted.app))
    for column, value in named:
        if value is not None:
            where.append(f"{column} = ?")
            values.append(value)
    if wanted.key_ids is not None:
        where.append(f"key_id IN ({','.join('?' * len(wanted.key_ids))})")
        values += wanted.key_ids
    return where, values


def _ranges(connection: sqlite3.Connection, filter: ExchangeFilter) -> Ranges:
    """Every number that can match: what is folded and in the span, and, before it, what is not folded yet."""
    last = connection.execute("SELECT coalesce(max(seq), 0) FROM exchange").fetchone()[0]
    if filter.since is None and filter.until is None:
        return ((1, last),)
    folded = folded_up_to(connection)
    bounds = seq_bounds(connection, filter.since, filter.until)
    fresh = ((folded + 1, last),) if last > folded else ()
    return (*fresh, bounds) if bounds else fresh


def _by_cohort(connection: sqlite3.Connection, selection: Selection, low: int, high: int, limit: int) -> list[int]:
    query = f"SELECT seq FROM exchange NOT INDEXED WHERE seq BETWEEN ? AND ? AND {selection.when}"
    order = " ORDER BY seq DESC LIMIT ?"
    if selection.cohorts is None:
        return _first_column(connection, query + order, (low, high, limit))
    if not selection.cohorts:
        return []
    listed = f" AND cohort IN ({_listed(selection.cohorts)})"
    edge = max(low, high - WINDOW)
    found = _first_column(connection, query + listed + order, (edge, high, limit))
    if len(found) >= limit or edge == low:
        return found
    return found + _by_index(connection, selection, low, edge - 1, limit - len(found))


def _by_index(connection: sqlite3.Connection, selection: Selection, low: int, high: int, limit: int) -> list[int]:
    """Merge what the index gives for each cohort. When there are very many, SQLite had better sort them all."""
    query = f"SELECT seq FROM exchange INDEXED BY exchange_cohort WHERE %s AND seq BETWEEN ? AND ? AND {selection.when}"
    query += " ORDER BY seq DESC LIMIT ?"
    cohorts = selection.cohorts or frozenset()
    if len(cohorts) > _MANY_COHORTS:
        return _first_column(connection, query % f"cohort IN ({_listed(cohorts)})", (low, high, limit))
    found: list[int] = []
    one = query % "cohort = ?"
    for cohort in cohorts:
        found += _first_column(connection, one, (cohort, low, high, limit))
        if len(found) > limit:
            found.sort(reverse=True)
            del found[limit:]
            low = found[-1] + 1
    return sorted(found, reverse=True)


def _by_failure(connection: sqlite3.Connection, selection: Selection, ranges: Ranges, limit: int) -> list[int]:
    pattern = like(selection.text)
    query = (
        f"SELECT seq FROM failure WHERE seq BETWEEN ? AND ? AND {selection.other}"
        " AND (error LIKE ? ESCAPE '\\' OR error_code LIKE ? ESCAPE '\\')"
    )
    if selection.when != _ALWAYS:
        query += f" AND EXISTS (SELECT 1 FROM exchange e WHERE e.seq = failure.seq AND {selection.when})"
    query += " ORDER BY seq DESC LIMIT ?"
    found: list[int] = []
    for low, high in ranges:
        found += _first_column(connection, query, (low, high, pattern, pattern, limit - len(found)))
        if len(found) >= limit:
            break
    return found


def _by_id(connection: sqlite3.Connection, selection: Selection, ranges: Ranges) -> list[int]:
    """Ids sort by time, so that the last ids are those of the newest exchanges."""
    query = (
        "SELECT seq FROM exchange WHERE seq IN (SELECT seq FROM exchange INDEXED BY sqlite_autoindex_exchange_1"
        " WHERE id >= ? AND id < ? AND seq BETWEEN ? AND ? ORDER BY id DESC LIMIT ?)"
        f" AND {selection.other} AND {selection.when}"
    )
    found: list[int] = []
    for low, high in ranges:
        values = (selection.text, selection.text + "\U0010ffff", low, high, MOST_BY_ID)
        found += _first_column(connection, query, values)
    return found


def like(text: str) -> str:
    """The pattern that finds ``text`` anywhere."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def _finite(moment: float | None) -> float | None:
    return moment if moment is not None and math.isfinite(moment) else None


def _listed(numbers: Collection[int]) -> str:
    return ",".join(map(str, numbers))


def _first_column(connection: sqlite3.Connection, query: str, values: tuple[object, ...]) -> list[int]:
    return [row[0] for row in connection.execute(query, values)]
