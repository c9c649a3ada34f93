"""Captured bodies on disk: written with their exchange, bounded by age and by size."""

from __future__ import annotations

from dataclasses import replace

from conduit_desktop.logs import redact_bytes
from conduit_desktop.records import Capture, Message
from conduit_desktop.store.database import Database
from conduit_desktop.store.log_rows import unpack_capture
from conduit_desktop.store.models import CAPTURE
from conduit_desktop.store.writer import Writer

_MOST_AT_ONCE = 200


def masked(capture: Capture) -> Capture:
    """With the secrets in its bodies masked. Slow for large ones; the heads come masked."""
    return replace(
        capture,
        request=_masked(capture.request),
        upstream_request=capture.upstream_request and _masked(capture.upstream_request),
        response=capture.response and _masked(capture.response),
    )


def _masked(message: Message) -> Message:
    return replace(message, body=redact_bytes(message.body))


class Captures:
    def __init__(self, activity: Database, writer: Writer) -> None:
        self._activity = activity
        self._writer = writer

    def get(self, exchange_id: str) -> Capture | None:
        row = self._activity.row(CAPTURE.select().where(CAPTURE["exchange_id"] == exchange_id))
        return None if row is None else unpack_capture(row[CAPTURE.columns.index("data")])

    def sweep(self, before: float, max_bytes: int) -> int:
        """Delete bodies of exchanges that started before ``before``, then the oldest until the rest takes at most
        ``max_bytes``. Done in small steps, so that the log goes on; how many were deleted."""
        removed = 0
        while step := self._writer.run(self._activity, lambda: self._sweep(before, max_bytes)):
            removed += step
        return removed

    def _sweep(self, before: float, max_bytes: int) -> int:
        connection = self._activity.connection()
        excess = connection.execute("SELECT coalesce(sum(size), 0) FROM capture").fetchone()[0] - max_bytes
        doomed: list[int] = []
        query = "SELECT seq, started, size FROM capture INDEXED BY capture_age ORDER BY started LIMIT ?"
        for seq, started, size in connection.execute(query, (_MOST_AT_ONCE,)):
            if started >= before and excess <= 0:
                break
            doomed.append(seq)
            excess -= size
        connection.execute(f"DELETE FROM capture WHERE seq IN ({','.join(map(str, doomed))})")
        if doomed:
            self._activity.shrink()
        return len(doomed)
