"""The rows of the log: those in flight on top, then what ended, newest first. Changes touch only the rows concerned;
the model is never reset while it follows."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QObject

from conduit_desktop.records import Exchange
from conduit_desktop.ui.panes.requests_columns import COLUMNS, TOTAL
from conduit_desktop.ui.widgets.rows import Rows

_NONE = QModelIndex()
SLACK = 500
"""Rows are dropped from the end this many at a time."""


class ExchangeRows(Rows[Exchange]):
    """``live`` is how many of the first rows are in flight."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(COLUMNS, key=lambda exchange: exchange.id, parent=parent)
        self.live = 0

    @property
    def oldest(self) -> int | None:
        """The number of the last row in the log."""
        return self._rows[-1].seq or None if self._rows else None

    def is_live(self, exchange_id: str) -> bool:
        """Whether it is shown as in flight."""
        return 0 <= self.find(exchange_id) < self.live

    def fill(self, live: Sequence[Exchange], ended: Sequence[Exchange], *, complete: bool) -> None:
        """Show something else altogether."""
        self.live = len(live)
        self.set_rows((*live, *ended), complete=complete)

    def add_live(self, exchanges: Sequence[Exchange]) -> None:
        """Put what is in flight on top; the newest comes first."""
        fresh = [exchange for exchange in exchanges if exchange.id not in self._place]
        self._insert(0, fresh)
        self.live += len(fresh)

    def add_ended(self, exchanges: Sequence[Exchange]) -> None:
        """Put what ended, newest first, below what is in flight."""
        self._insert(self.live, [exchange for exchange in exchanges if exchange.id not in self._place])

    def end(self, exchange: Exchange) -> None:
        """One in flight has ended: it moves to the top of those that did."""
        row, to = self.find(exchange.id), self.live - 1
        if row < to:
            self.beginMoveRows(_NONE, row, row, _NONE, to + 1)
            self._rows.insert(to, self._rows.pop(row))
            self._place_top(to + 1)
            self.endMoveRows()
        self.live -= 1
        self.update_row(exchange)

    def drop_live(self, exchange_id: str) -> None:
        """Take one in flight away: it does not fit the filter, or nothing more is heard of it."""
        if self.is_live(exchange_id):
            self.live -= 1
            self.remove(exchange_id)

    def trim(self, most: int) -> None:
        """Forget the oldest, which can be read again, once there are many more than ``most``."""
        if len(self._rows) <= most + SLACK:
            return
        self.beginRemoveRows(_NONE, most, len(self._rows) - 1)
        for exchange in self._rows[most:]:
            del self._place[exchange.id]
        del self._rows[most:]
        self._complete = False
        self.endRemoveRows()
        self.counted.emit(len(self._rows))

    def age_live(self) -> None:
        """The time of those in flight goes on."""
        if self.live:
            self.dataChanged.emit(self.index(0, TOTAL), self.index(self.live - 1, TOTAL))

    def retry_more(self) -> None:
        """Reading on has failed; the next scrolling asks again."""
        self._asked = False

    def _insert(self, at: int, exchanges: Sequence[Exchange]) -> None:
        if not exchanges:
            return
        self.beginInsertRows(_NONE, at, at + len(exchanges) - 1)
        self._rows[at:at] = exchanges
        self._first -= len(exchanges)  # whatever is below keeps its place in the index
        self._place_top(at + len(exchanges))
        self.endInsertRows()
        self.counted.emit(len(self._rows))

    def _place_top(self, rows: int) -> None:
        for row in range(rows):
            self._place[self._rows[row].id] = self._first + row
