"""Folds new exchanges into the rollups: sums per minute and per hour of everything, of each key, model, provider and
app, and of each mix of them that occurs.

The rollups follow the log a little later and say how far they have got (``progress.folded``); whoever reads them adds
the rows after that. So the hot path does not pay for them, and a crash between the two loses nothing.
"""

from __future__ import annotations

import sqlite3

from conduit_desktop.store.database import Database

MINUTE = 60
HOUR = 3600
DAY = 86_400
MONTH = 30 * DAY
"""Days and months are called by these numbers; they last as long as the calendar says, see ``slots.py``."""

CHUNK = 20_000
"""Exchanges folded in one transaction, when there is a backlog."""

SUMS = "requests, errors, input, output, cost, unpriced, cached_read, cache_write, saved, first_seq, last_seq"

_GROUPS = (
    "''",
    "'k:' || c.key_id",
    "'m:' || c.model",
    "'p:' || c.provider",
    "'a:' || c.app",
    "'x:' || c.mix",
)
_TEMPORARY = """
    CREATE TEMP TABLE IF NOT EXISTS fold (
        cohort INTEGER, slot INTEGER, requests INTEGER, errors INTEGER, input INTEGER, output INTEGER, cost INTEGER,
        unpriced INTEGER, cached_read INTEGER, cache_write INTEGER, saved INTEGER, first_seq INTEGER, last_seq INTEGER
    )
"""
_GATHER = f"""
    INSERT INTO temp.fold
    SELECT e.cohort, CAST(e.started / {MINUTE} AS INTEGER) * {MINUTE}, count(*), sum(c.status >= 400),
        coalesce(sum(e.input), 0), coalesce(sum(e.output), 0), coalesce(sum(e.cost), 0), sum(e.cost IS NULL),
        coalesce(sum(e.cached_read), 0), coalesce(sum(e.cache_write), 0), coalesce(sum(e.saved), 0),
        min(e.seq), max(e.seq)
    FROM exchange e JOIN cohort c ON c.id = e.cohort
    WHERE e.seq > ? AND e.seq <= ?
    GROUP BY 1, 2
"""

_FORGET = """
    DELETE FROM summed WHERE end > (SELECT min(slot) FROM temp.fold) AND start <= (SELECT max(slot) FROM temp.fold)
"""


def _fold_into(group: str, grain: int) -> str:
    """Add what was gathered to the rollups of one kind of group. (``WHERE true``: SQLite's grammar wants it.)"""
    return f"""
        INSERT INTO rollup (grp, grain, slot, {SUMS})
        SELECT {group}, {grain}, b.slot / {grain} * {grain}, sum(b.requests), sum(b.errors), sum(b.input),
            sum(b.output), sum(b.cost), sum(b.unpriced), sum(b.cached_read), sum(b.cache_write), sum(b.saved),
            min(b.first_seq), max(b.last_seq)
        FROM temp.fold b JOIN cohort c ON c.id = b.cohort WHERE true
        GROUP BY 1, 3
        ON CONFLICT DO UPDATE SET
            requests = requests + excluded.requests, errors = errors + excluded.errors,
            input = input + excluded.input, output = output + excluded.output, cost = cost + excluded.cost,
            unpriced = unpriced + excluded.unpriced, cached_read = cached_read + excluded.cached_read,
            cache_write = cache_write + excluded.cache_write, saved = saved + excluded.saved,
            first_seq = min(first_seq, excluded.first_seq), last_seq = max(last_seq, excluded.last_seq)
    """


_FOLD = tuple(_fold_into(group, grain) for group in _GROUPS for grain in (MINUTE, HOUR))


def fold(activity: Database, chunk: int = CHUNK) -> bool:
    """Fold the next chunk, in a transaction of its own; whether there may be more."""
    connection = activity.connection()
    connection.execute(_TEMPORARY)
    connection.execute("BEGIN IMMEDIATE")
    try:
        more = _fold(connection, chunk)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return more


def _fold(connection: sqlite3.Connection, chunk: int) -> bool:
    folded = folded_up_to(connection)
    last = connection.execute("SELECT coalesce(max(seq), 0) FROM exchange").fetchone()[0]
    if last <= folded:
        return False
    until = min(last, folded + chunk)
    connection.execute("DELETE FROM temp.fold")
    connection.execute(_GATHER, (folded, until))
    # The wider sums hold what was there when they were made: what comes late makes them void.
    connection.execute(_FORGET)
    for statement in _FOLD:
        connection.execute(statement)
    connection.execute("UPDATE progress SET folded = ?", (until,))
    return bool(last > until)


def folded_up_to(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT folded FROM progress").fetchone()[0])


def seq_bounds(connection: sqlite3.Connection, since: float | None, until: float | None) -> tuple[int, int] | None:
    """The lowest and highest number among the folded exchanges that started in the minutes from ``since`` to
    ``until``; ``None`` when there are none. Exchanges outside of the span lie between them."""
    hours, minutes = "grp = '' AND grain = 3600", "grp = '' AND grain = 60"
    parts, values = [], []
    low_hour = high_hour = None
    if since is not None:
        low_hour = int(since // HOUR) * HOUR
        hours += f" AND slot > {low_hour}"
    if until is not None:
        high_hour = int(until // HOUR) * HOUR
        hours += f" AND slot < {high_hour}"
    parts.append(hours)
    for hour in {low_hour, high_hour} - {None}:
        edge = minutes + f" AND slot >= {hour} AND slot < {hour} + 3600"
        if since is not None:
            edge += " AND slot > ? - 60"
            values.append(since)
        if until is not None:
            edge += " AND slot < ?"
            values.append(until)
        parts.append(edge)
    query = " UNION ALL ".join(
        f"SELECT min(first_seq) AS low, max(last_seq) AS high FROM rollup WHERE {p}" for p in parts
    )
    low, high = connection.execute(f"SELECT min(low), max(high) FROM ({query})", values).fetchone()
    return None if low is None else (low, high)
