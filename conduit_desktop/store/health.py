"""The history of how deployments and credentials did."""

from __future__ import annotations

from concurrent.futures import Future

from conduit_desktop.records import HealthEvent
from conduit_desktop.store.database import Database, Row
from conduit_desktop.store.models import HEALTH_EVENT
from conduit_desktop.store.repository import fields
from conduit_desktop.store.writer import Writer

MOST = 20_000
"""Events that are kept."""


class HealthEvents:
    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer

    def add(self, event: HealthEvent) -> Future[None]:
        """Keep it; does not wait for the disk."""

        def work() -> None:
            row = fields(event, HEALTH_EVENT)
            del row["seq"]
            self._database.execute(HEALTH_EVENT.put(row))
            newest = self._database.row(HEALTH_EVENT.select().order_by(HEALTH_EVENT["seq"].desc()).limit(1))
            if newest is not None:
                self._database.execute(HEALTH_EVENT.delete().where(HEALTH_EVENT["seq"] <= newest[0] - MOST))

        return self._writer.later(self._database, work)

    def list(self, subject: str | None = None, limit: int = 200) -> list[HealthEvent]:
        """The newest first, of one deployment or credential or of all."""
        query = HEALTH_EVENT.select().order_by(HEALTH_EVENT["seq"].desc()).limit(limit)
        if subject is not None:
            query = query.where(HEALTH_EVENT["subject"] == subject)
        return [_record(row) for row in self._database.rows(query)]


def _record(row: Row) -> HealthEvent:
    return HealthEvent(**dict(zip(HEALTH_EVENT.columns, row, strict=True)))
