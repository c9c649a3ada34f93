"""What time brings: keys that expire, summaries that are due, requests that waited for a decision in vain, old
notifications that go. Looked at once a minute, never per request. Blocking; the time is given, not taken."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from conduit_desktop.records import Telling
from conduit_desktop.runtime.calendar import users_zone
from conduit_desktop.runtime.notifying import keys_told, summary
from conduit_desktop.store import Store

KEPT = 180 * 86400.0
MOST = 10_000


class Clock:
    """``asked`` are the keys at whose limit a request waits, with the time until which it does."""

    def __init__(self, store: Store, tell: Callable[[Telling], None]) -> None:
        self._store, self._tell = store, tell
        self.asked: dict[str, tuple[str, float]] = {}
        self._swept = ""

    def resume(self) -> None:
        """Nothing waits any more of what waited when an earlier run ended."""
        for notification in self._store.notifications.of_kind("budget_asked"):
            if notification.severity != "info":
                name = notification.title.removesuffix(keys_told.WAITS)
                self._tell(keys_told.ask_ended(notification.subject.partition(":")[2], name))

    def look(self, now: float) -> None:
        self._asks(now)
        self._expiries(now)
        self._summary(now)
        self._sweep(now)

    def _asks(self, now: float) -> None:
        for key_id, (name, until) in list(self.asked.items()):
            if now > until + 1:
                del self.asked[key_id]
                self._tell(keys_told.ask_ended(key_id, name))

    def _expiries(self, now: float) -> None:
        told_of = {each.target for each in self._store.notifications.of_kind("expiry")}
        for key in self._store.keys.list():
            telling = keys_told.expiry(key, now)
            if telling is None and key.id not in told_of:
                continue
            stage = self._store.notifications.stage(f"expiry:{key.id}")
            if telling is None:
                telling = keys_told.expiry_over(key, stage)
            if telling is not None and telling.stage != stage:
                self._tell(telling)

    def _summary(self, now: float) -> None:
        every = self._store.settings.all()["usage_summary"]
        if every == "off":
            return
        span = summary.due(every, now, users_zone(self._store))
        if self._store.notifications.stage(span.subject) == span.stage:
            return
        self._store.exchanges.flush()
        rows = self._store.spend.rows(str(span.first), str(span.last))
        before = self._store.spend.rows(str(span.before_first), str(span.before_last))
        names = {key.id: key.name for key in self._store.keys.list()}
        if (telling := summary.summary(span, rows, before, names)) is not None:
            self._tell(telling)
        else:
            self._store.notifications.set_stage(span.subject, span.stage)

    def _sweep(self, now: float) -> None:
        day = str(timedelta(seconds=now).days)
        if day != self._swept:
            self._swept = day
            self._store.notifications.sweep(now - KEPT, MOST)
