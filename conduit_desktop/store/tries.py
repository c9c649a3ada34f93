"""What the log says of calls to deployments: the attempts of its exchanges, read backwards in bounded pieces. What the
fault lab had them play says nothing of them."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from conduit_desktop.store.log_rows import calls_of

NOT_ITS_FAULT = frozenset(
    ("client_gone", "client_error", "unsupported", "context_length", "too_large", "content_filter", "loop")
)
"""Causes of attempts that say nothing against the deployment: what was asked of it was nothing it could do."""

_SELECT = (
    "SELECT e.seq, e.started, e.stream, e.output, e.cost, e.attempts FROM exchange e"
    " WHERE e.seq > ? AND e.seq < ? ORDER BY e.seq DESC LIMIT ?"
)
_SHORTEST = 0.02
"""Seconds of a stream that tell how many tokens a second it had."""


class Try(NamedTuple):
    """One call to one deployment. ``cost`` (picodollars, None: no known price) is the exchange's, on the call that
    ended it; ``ttft`` and ``speed`` (tokens a second after the first) where they were reached."""

    deployment_id: str
    started: float
    failed: bool
    cost: int | None
    ttft: float | None
    speed: float | None


class Stretch(NamedTuple):
    """The calls of the exchanges numbered from ``low`` to ``high``, ``rows`` of them; ``since`` is when the lowest of
    them started."""

    low: int
    high: int
    since: float
    rows: int
    tries: list[Try]


def newest(connection: sqlite3.Connection) -> int:
    """The number of the newest exchange, 0 where there is none."""
    return int(connection.execute("SELECT coalesce(max(seq), 0) FROM exchange").fetchone()[0])


def between(connection: sqlite3.Connection, above: int, below: int, most: int) -> Stretch | None:
    """The newest ``most`` exchanges numbered between, both excluded; None where there are none."""
    rows = connection.execute(_SELECT, (above, below, most)).fetchall()
    if not rows:
        return None
    tries = []
    for _seq, started, stream, output, cost, blob in rows:
        calls = calls_of(blob) if blob else []
        for call in calls:
            if call.deployment_id is None or call.lab:
                continue
            last = call is calls[-1]
            speed = None
            if last and stream and output is not None and output > 1 and call.first is not None:
                took = call.duration - call.first
                speed = output / took if took > _SHORTEST else None
            failed = bool(call.cause) and call.cause not in NOT_ITS_FAULT
            tries.append(Try(call.deployment_id, started, failed, cost if last else 0, call.first, speed))
    return Stretch(rows[-1][0], rows[0][0], rows[-1][1], len(rows), tries)
