"""What comes in while the log is looked at: batches of the bridge become rows, or wait while the list holds still.

Owns which exchanges are in flight, which wait, and how many there are. Asks nothing of the store.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QTimer, Signal

from conduit_desktop.records import Exchange, ExchangeFilter
from conduit_desktop.ui.panes.requests_matching import matches
from conduit_desktop.ui.panes.requests_rows import ExchangeRows

CALM = 0.15  # seconds in flight before a request gets a row of its own: quick ones would only flicker
MOST_LIVE = 60  # rows of requests in flight
MOST_FOLLOWING = 1000  # rows kept while the newest are followed
MOST_WAITING = 500  # beyond, they are read from the log again
MOST_COUNTED = 10_000
_LOST = 5.0  # seconds after which one in flight is given up when the gateway has nothing in flight
_LONGEST = 3600.0  # the same when it has: what could not be logged is never told to have ended
_AGE = 200  # milliseconds between two looks at those in flight


class Feed(QObject):
    """Signals: ``waiting_changed(int)``: so many wait to be shown. ``changed()``: the total or the number in flight.
    ``reload_wanted()``: too much waits, read the log again. ``ended(Exchange)``: one whose row was shown as in flight.

    ``busy`` says whether the gateway has anything in flight.
    """

    waiting_changed = Signal(int)
    changed = Signal()
    reload_wanted = Signal()
    ended = Signal(object)

    def __init__(self, rows: ExchangeRows, busy: Callable[[], bool], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows, self._busy = rows, busy
        self.filter = ExchangeFilter()
        self.total: int | None = None
        self.waiting = 0
        self._waiting: deque[Exchange] = deque(maxlen=MOST_WAITING)
        self._live: dict[str, Exchange] = {}
        self._arrived: list[Exchange] = []
        self._loading = True
        self._begun = False  # before that nobody looks, and what comes in would only pile up
        self._holds: set[str] = set()
        self._ageing = QTimer(self)
        self._ageing.setInterval(_AGE)
        self._ageing.timeout.connect(self._age)

    # ---- the bridge's batches

    def start(self, exchanges: Sequence[Exchange]) -> None:
        if not self._begun:
            return
        for exchange in exchanges:
            self._live[exchange.id] = exchange
        if not self._ageing.isActive():
            self._ageing.start()

    def finish(self, exchanges: Sequence[Exchange]) -> None:
        if not self._begun:
            return
        for exchange in exchanges:
            self._live.pop(exchange.id, None)
        if self._loading:
            self._arrived += exchanges
            return
        self._show(exchanges)

    def lose_all(self) -> None:
        """The gateway has stopped: nothing is in flight any more."""
        for exchange_id in [exchange.id for exchange in self._rows.records[: self._rows.live]]:
            self._rows.drop_live(exchange_id)
        self._live.clear()
        self.changed.emit()

    @property
    def in_flight(self) -> int:
        """How many of those that fit are in flight."""
        return sum(matches(self.filter, exchange) for exchange in self._live.values())

    # ---- the log's pages

    def begin(self, wanted: ExchangeFilter) -> None:
        """The log is being read: what comes in meanwhile waits for ``fill``."""
        self.filter = wanted
        self._loading = self._begun = True

    def fill(self, page: Sequence[Exchange], *, complete: bool) -> None:
        """Show the newest page."""
        self._loading = False
        self._set_waiting(clear=True)
        known = {exchange.id for exchange in page}
        for exchange_id in known & self._live.keys():
            del self._live[exchange_id]
        self._rows.fill(self._due(), page, complete=complete)
        newest = page[0].seq if page else 0
        arrived, self._arrived = self._arrived, []
        self._show([exchange for exchange in arrived if exchange.seq > newest])
        self.changed.emit()

    def fail(self) -> None:
        """The log could not be read."""
        self._loading = False
        self._arrived.clear()

    def set_total(self, total: int) -> None:
        self.total = total
        self.changed.emit()

    # ---- holding still

    def hold(self, reason: str, on: bool) -> None:
        """Hold the list still for a ``reason`` (paused, scrolled, hidden), or no longer."""
        before = bool(self._holds)
        (self._holds.add if on else self._holds.discard)(reason)
        if before and not self._holds:
            self._release()

    @property
    def holding(self) -> bool:
        return bool(self._holds)

    def _release(self) -> None:
        if self.waiting > len(self._waiting):
            self._set_waiting(clear=True)
            self.reload_wanted.emit()
            return
        waiting = list(self._waiting)
        self._set_waiting(clear=True)
        self._rows.add_ended(waiting)
        self._add_due()

    # ---- showing

    def _show(self, exchanges: Sequence[Exchange]) -> None:
        """Exchanges that ended, in the order of the log."""
        fresh: list[Exchange] = []
        for exchange in sorted(exchanges, key=lambda exchange: exchange.seq):
            fits = matches(self.filter, exchange)
            if self._rows.is_live(exchange.id):
                if fits:
                    self._rows.end(exchange)
                else:
                    self._rows.drop_live(exchange.id)
                self.ended.emit(exchange)
            elif fits:
                fresh.append(exchange)
            if fits and self.total is not None:
                self.total += 1
        fresh.reverse()
        if self._holds:
            self._waiting.extendleft(reversed(fresh))
            self._set_waiting(len(fresh))
        else:
            self._rows.add_ended(fresh)
            self._add_due()
            self._rows.trim(MOST_FOLLOWING)
        self.changed.emit()

    def _due(self) -> list[Exchange]:
        """Those in flight long enough to have a row, newest first."""
        before = time.time() - CALM
        found = [e for e in self._live.values() if e.started <= before and matches(self.filter, e)]
        found.sort(key=lambda exchange: exchange.started, reverse=True)
        return found[:MOST_LIVE]

    def _add_due(self) -> None:
        room = MOST_LIVE - self._rows.live
        if room > 0 and self._live:
            self._rows.add_live([e for e in self._due() if self._rows.find(e.id) < 0][:room])

    def _set_waiting(self, more: int = 0, *, clear: bool = False) -> None:
        if clear:
            self._waiting.clear()
        before, self.waiting = self.waiting, 0 if clear else self.waiting + more
        if self.waiting != before:
            self.waiting_changed.emit(self.waiting)

    def _age(self) -> None:
        """New rows for those that take longer; their time goes on; those never heard of again go."""
        if not self._live and not self._rows.live:
            self._ageing.stop()
            self.changed.emit()
            return
        if self._loading:
            return
        self._lose(time.time() - (_LONGEST if self._busy() else _LOST))
        if not self._holds:
            self._add_due()
        if "hidden" not in self._holds:
            self._rows.age_live()
            self.changed.emit()

    def _lose(self, before: float) -> None:
        for exchange in [exchange for exchange in self._live.values() if exchange.started < before]:
            del self._live[exchange.id]
            self._rows.drop_live(exchange.id)
