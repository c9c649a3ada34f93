"""Writes what is told: at most once a minute for each subject, unless it got worse; what comes in between is counted
and the last of it written when the minute is over. Lives on the notifying loop."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from conduit_desktop.errors import ConduitError
from conduit_desktop.logs import redact
from conduit_desktop.records import Notification, Telling
from conduit_desktop.store import Store

EVERY = 60.0
_TITLE, _TEXT = 160, 1200
_RANK = {"info": 0, "warning": 1, "error": 2}

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Subject:
    """What was written last of one and when, and what waits."""

    at: float
    severity: str
    waiting: Telling | None = None


class Teller:
    """``publish`` gets each notification as it was written."""

    def __init__(self, store: Store, publish: Callable[[Notification], None], now: Callable[[], float]) -> None:
        self._store, self._publish, self._now = store, publish, now
        self._subjects: dict[str, _Subject] = {}

    def tell(self, telling: Telling, *, at_once: bool = False) -> None:
        """Tell it, now or when its subject's minute is over."""
        telling = replace(telling, title=_clean(telling.title, _TITLE), text=_clean(telling.text, _TEXT))
        now, known = self._now(), self._subjects.get(telling.subject)
        if known is None or at_once:
            self._write(telling, now)
            return
        if known.waiting is not None:
            telling = replace(telling, times=telling.times + known.waiting.times)
        if _RANK[telling.severity] > _RANK[known.severity] or not 0 <= now - known.at < EVERY:
            self._write(telling, now)
        else:
            known.waiting = telling

    def hurry(self, subject: str) -> None:
        """Write what waits of it now."""
        known = self._subjects.get(subject)
        if known is not None and known.waiting is not None:
            self._write(known.waiting, self._now())

    def flush(self, *, everything: bool = False) -> None:
        """Write what has waited long enough, or all."""
        now = self._now()
        for subject, known in list(self._subjects.items()):
            if 0 <= now - known.at < EVERY and not (everything and known.waiting):
                continue
            if known.waiting is None:
                del self._subjects[subject]
            else:
                self._write(known.waiting, now)

    def due_in(self) -> float:
        """Seconds until something that waits may be written; infinite when nothing does."""
        now = self._now()
        return min((known.at + EVERY - now for known in self._subjects.values() if known.waiting), default=math.inf)

    def _write(self, telling: Telling, now: float) -> None:
        known = self._subjects[telling.subject] = _Subject(now, telling.severity)
        try:
            notification = self._store.notifications.tell(telling, now)
        except ConduitError as error:
            # A full disk is one of the things to tell of: say it, and write it when that is possible again.
            _log.error("A notification could not be stored: %s", error.message)
            known.waiting = telling
            self._publish(_unstored(telling, now))
            return
        if notification is not None:
            self._publish(notification)


def _clean(text: str, most: int) -> str:
    """One line of printable text without secrets: names of keys, models and apps come from anywhere."""
    text = redact(" ".join("".join(mark if mark.isprintable() else " " for mark in text).split()))
    return text if len(text) <= most else text[: most - 1] + "…"


def _unstored(telling: Telling, now: float) -> Notification:
    return Notification(
        id="",
        kind=telling.kind,
        subject=telling.subject,
        severity=telling.severity,
        title=telling.title,
        text=telling.text,
        created=now,
        updated=now,
        read=telling.read,
        action=telling.action,
        target=telling.target,
    )
