"""Notices to the user: one live notice per subject, updated in place."""

from __future__ import annotations

import uuid
from dataclasses import replace

from peewee import fn

from conduit_desktop.records import Notification, Severity
from conduit_desktop.store.database import Database, Row
from conduit_desktop.store.models import NOTIFICATION
from conduit_desktop.store.writer import Writer


class Notifications:
    def __init__(self, activity: Database, writer: Writer) -> None:
        self._activity = activity
        self._writer = writer

    def raise_(
        self,
        subject: str,
        kind: str,
        severity: Severity,
        title: str,
        text: str,
        now: float,
        *,
        action: str = "",
        target: str = "",
    ) -> Notification:
        """Tell something about a subject. What was told of it before is replaced, counted, and unread again."""
        told = Notification(
            id=uuid.uuid4().hex,
            kind=kind,
            subject=subject,
            severity=severity,
            title=title,
            text=text,
            created=now,
            updated=now,
            action=action,
            target=target,
        )
        return self._writer.run(self._activity, lambda: self._raise(told))

    def _raise(self, told: Notification) -> Notification:
        row = self._activity.row(NOTIFICATION.select().where(NOTIFICATION["subject"] == told.subject))
        if row is None:
            notice = told
        else:
            before = _record(row)
            notice = replace(told, id=before.id, created=before.created, count=before.count + 1)
        self._activity.execute(NOTIFICATION.put({column: getattr(notice, column) for column in NOTIFICATION.columns}))
        return notice

    def list(self, limit: int = 200) -> list[Notification]:
        """The newest, by when they were last told."""
        query = NOTIFICATION.select().order_by(NOTIFICATION["updated"].desc(), NOTIFICATION["id"]).limit(limit)
        return [_record(row) for row in self._activity.rows(query)]

    def mark_read(self, id: str | None = None) -> None:
        """One of them, or all."""
        query = NOTIFICATION.update({"read": 1}).where(NOTIFICATION["read"] == 0)
        if id is not None:
            query = query.where(NOTIFICATION["id"] == id)
        self._writer.run(self._activity, lambda: self._activity.execute(query))

    def remove(self, id: str) -> None:
        query = NOTIFICATION.delete().where(NOTIFICATION["id"] == id)
        self._writer.run(self._activity, lambda: self._activity.execute(query))

    def unread(self) -> int:
        query = NOTIFICATION.sums((), fn.COUNT(NOTIFICATION["id"])).where(NOTIFICATION["read"] == 0)
        row = self._activity.row(query)
        return 0 if row is None else int(row[0])


def _record(row: Row) -> Notification:
    fields = dict(zip(NOTIFICATION.columns, row, strict=True))
    fields["read"] = bool(fields["read"])
    return Notification(**fields)
