"""Notices to the user: one live notice per subject, updated in place. How far each subject was told of is kept apart,
so that one that was removed does not come back with the next start."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from peewee import fn

from conduit_desktop.records import Notification, Severity, Telling
from conduit_desktop.store.database import Database, Row
from conduit_desktop.store.models import NOTIFICATION, TOLD
from conduit_desktop.store.writer import Writer

_GOES_ON = 3600.0
_AT_ONCE = 500
"""Ids in one statement: SQLite's own limit is higher, but not everywhere."""


class Notifications:
    def __init__(self, activity: Database, writer: Writer) -> None:
        self._activity = activity
        self._writer = writer

    def raise_(
        self, subject: str, kind: str, severity: Severity, title: str, text: str, now: float, **more: Any
    ) -> Notification:
        """Tell something that has no stage."""
        told = self.tell(Telling(subject=subject, kind=kind, severity=severity, title=title, text=text, **more), now)
        assert told is not None
        return told

    def tell(self, telling: Telling, now: float) -> Notification | None:
        """Tell it. What was told of the subject before is replaced, counted, and unread again, unless it only goes on.
        None where the stage was told before."""
        # That the log cannot be written must be told, too.
        return self._writer.run(self._activity, lambda: self._tell(telling, now), ordered=False)

    def _tell(self, telling: Telling, now: float) -> Notification | None:
        if telling.stage:
            if self._stage(telling.subject) == telling.stage:
                return None
            self._activity.execute(TOLD.put({"subject": telling.subject, "stage": telling.stage}))
        row = self._activity.row(NOTIFICATION.select().where(NOTIFICATION["subject"] == telling.subject))
        notice = Notification(
            id=uuid.uuid4().hex,
            kind=telling.kind,
            subject=telling.subject,
            severity=telling.severity,
            title=telling.title,
            text=telling.text,
            created=now,
            updated=now,
            count=max(1, telling.times),
            read=telling.read,
            action=telling.action,
            target=telling.target,
        )
        if row is not None:
            before = _record(row)
            notice = replace(
                notice,
                id=before.id,
                created=before.created,
                count=before.count + telling.times,
                read=telling.read or _known(before, telling, now),
            )
        self._activity.execute(NOTIFICATION.put({column: getattr(notice, column) for column in NOTIFICATION.columns}))
        return notice

    def stage(self, subject: str) -> str:
        """At which stage the subject was told of last; empty when it never was."""
        return self._stage(subject)

    def _stage(self, subject: str) -> str:
        row = self._activity.row(TOLD.select().where(TOLD["subject"] == subject))
        return "" if row is None else str(row[1])

    def set_stage(self, subject: str, stage: str) -> None:
        """As if it had been told at that stage; an empty one: as if it never was."""
        query = TOLD.put({"subject": subject, "stage": stage}) if stage else TOLD.delete().where(_about(subject))
        self._writer.run(self._activity, lambda: self._activity.execute(query))

    def list(self, limit: int = 200) -> list[Notification]:
        """The newest, by when they were last told."""
        query = NOTIFICATION.select().order_by(NOTIFICATION["updated"].desc(), NOTIFICATION["id"]).limit(limit)
        return [_record(row) for row in self._activity.rows(query)]

    def of_kind(self, *kinds: str) -> Sequence[Notification]:
        """Those of some kinds."""
        query = NOTIFICATION.select().where(NOTIFICATION["kind"].in_(kinds))
        return [_record(row) for row in self._activity.rows(query)]

    def about(self, subject: str) -> Notification | None:
        row = self._activity.row(NOTIFICATION.select().where(NOTIFICATION["subject"] == subject))
        return None if row is None else _record(row)

    def mark_read(self, id: str | None = None) -> None:
        """One of them, or all."""
        query = NOTIFICATION.update({"read": 1}).where(NOTIFICATION["read"] == 0)
        if id is not None:
            query = query.where(NOTIFICATION["id"] == id)
        self._writer.run(self._activity, lambda: self._activity.execute(query))

    def mark(self, ids: Iterable[str], read: bool) -> None:
        """Read, or unread."""
        wanted = tuple(ids)

        def write() -> None:
            for part in _parts(wanted):
                query = NOTIFICATION.update({"read": int(read)}).where(NOTIFICATION["id"].in_(part))
                self._activity.execute(query)

        self._writer.run(self._activity, write)

    def remove(self, *ids: str) -> None:
        def write() -> None:
            for part in _parts(ids):
                self._activity.execute(NOTIFICATION.delete().where(NOTIFICATION["id"].in_(part)))

        self._writer.run(self._activity, write)

    def remove_read(self) -> int:
        """All that were read; how many there were."""
        query = NOTIFICATION.delete().where(NOTIFICATION["read"] == 1)
        return self._writer.run(self._activity, lambda: self._activity.execute(query))

    def sweep(self, before: float, most: int) -> None:
        """Delete those last told before ``before``, and the oldest when there are more than ``most``."""

        def write() -> None:
            self._activity.execute(NOTIFICATION.delete().where(NOTIFICATION["updated"] < before))
            over = NOTIFICATION.select().order_by(NOTIFICATION["updated"].desc()).limit(1).offset(most)
            if (row := self._activity.row(over)) is not None:
                oldest = _record(row).updated
                self._activity.execute(NOTIFICATION.delete().where(NOTIFICATION["updated"] <= oldest))

        self._writer.run(self._activity, write)

    def unread(self) -> int:
        query = NOTIFICATION.sums((), fn.COUNT(NOTIFICATION["id"])).where(NOTIFICATION["read"] == 0)
        row = self._activity.row(query)
        return 0 if row is None else int(row[0])


def _known(before: Notification, telling: Telling, now: float) -> bool:
    """Whether this only goes on, and was read: who has seen that a key is refused need not be told each minute."""
    same = (before.kind, before.severity, before.title) == (telling.kind, telling.severity, telling.title)
    return before.read and same and 0 <= now - before.updated < _GOES_ON


def _about(subject: str) -> object:
    return TOLD["subject"] == subject


def _parts(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    return (ids[at : at + _AT_ONCE] for at in range(0, len(ids), _AT_ONCE))


def _record(row: Row) -> Notification:
    fields = dict(zip(NOTIFICATION.columns, row, strict=True))
    fields["read"] = bool(fields["read"])
    return Notification(**fields)
