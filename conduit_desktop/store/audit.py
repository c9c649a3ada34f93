"""Who changed what: one row a change, oldest rows going first when there are too many."""

from __future__ import annotations

import logging
import sqlite3
import time

import peewee

from conduit_desktop.errors import ConduitError
from conduit_desktop.records import AuditEntry
from conduit_desktop.store.database import Database
from conduit_desktop.store.models import AUDIT
from conduit_desktop.store.trail import Change, Trail
from conduit_desktop.store.writer import Writer

MOST = 10_000

_log = logging.getLogger(__name__)


class Audit:
    def __init__(self, activity: Database, writer: Writer) -> None:
        self._activity = activity
        self._writer = writer

    def add(self, entry: AuditEntry) -> None:
        """``entry.seq`` is given here."""
        row = {name: getattr(entry, name) for name in AUDIT.columns if name != "seq"}
        self._writer.run(self._activity, lambda: self._add(row))

    def note(self, action: str, subject: str, detail: str = "") -> None:
        """Something done that changes no configuration and is worth knowing of, by whoever acts here."""
        trail = Trail()
        trail.changes.append(Change(action, subject, detail))
        self.keep(trail)

    def keep(self, trail: Trail) -> None:
        """The changes of a transaction that is committed: what goes wrong here must not undo that."""
        now, actor = time.time(), trail.actor
        try:
            for change in trail.changes:
                self.add(AuditEntry(seq=0, at=now, who=actor.who, origin=actor.origin, **change._asdict()))
        except (ConduitError, sqlite3.Error, peewee.PeeweeException):
            _log.exception("A change of the configuration is not in the audit log")

    def _add(self, row: dict[str, object]) -> None:
        names = ", ".join(row)
        marks = ", ".join("?" * len(row))
        connection = self._activity.connection()
        connection.execute(f"INSERT INTO audit ({names}) VALUES ({marks})", tuple(row.values()))
        connection.execute("DELETE FROM audit WHERE seq <= (SELECT max(seq) FROM audit) - ?", (MOST,))

    def list(self, before: int | None = None, limit: int = 200) -> list[AuditEntry]:
        """The newest, or the newest before the number ``before``."""
        query = AUDIT.select().order_by(AUDIT["seq"].desc()).limit(limit)
        if before is not None:
            query = query.where(AUDIT["seq"] < before)
        return [AuditEntry(**dict(zip(AUDIT.columns, row, strict=True))) for row in self._activity.rows(query)]
