"""The last requests, as they happen: one follows the other in, what is in flight included."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame

from conduit_desktop.records import Exchange, ExchangeFilter
from conduit_desktop.ui import theme, tokens
from conduit_desktop.ui.panes.requests_columns import COLUMNS, TTFT, fitting
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.layout import column, row
from conduit_desktop.ui.widgets.rows import Rows
from conduit_desktop.ui.widgets.states import EmptyState
from conduit_desktop.ui.widgets.table import DataTable
from conduit_desktop.ui.widgets.text import Label

MOST = 10
_STEP = 200  # milliseconds in which what comes is collected


class RecentCard(QFrame):
    """Signals: ``picked(ExchangeFilter)`` for one exchange, ``all_wanted()``."""

    picked = Signal(object)
    all_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("surface", "card")
        self._waiting: dict[str, Exchange] = {}
        self._step = QTimer(self)
        self._step.setSingleShot(True)
        self._step.setInterval(_STEP)
        self._step.timeout.connect(self._flush)
        self.rows: Rows[Exchange] = Rows(COLUMNS, key=lambda exchange: exchange.id, parent=self)
        self.table = DataTable(self.rows, key="dashboard-recent", name="Recent requests")
        self.table.set_empty(
            EmptyState("requests", "No requests yet", "What your tools ask appears here as it happens.")
        )
        self.table.activated.connect(self._open)
        self.table.view.clicked.connect(lambda index: self._open(self.rows.record(index.row())))
        whole = Button("All requests", "ghost", icon="right", small=True)
        whole.clicked.connect(self.all_wanted)
        head = row(Label("Recent requests", "heading"), None, whole, margins=(tokens.SPACE.xl - 1, 12, 14, 0))
        self.setLayout(column(head, self.table, gap=tokens.SPACE.s, margins=(1, 0, 1, 8)))
        self.rows.counted.connect(self._size)
        theme.current().changed.connect(self._size)
        self._size()

    def show_page(self, page: Sequence[Exchange]) -> None:
        """What the log has; what is still in flight stays on top."""
        logged = {exchange.id for exchange in page}
        flying = [each for each in self.rows.records if each.seq == 0 and each.id not in logged]
        wanted = [*flying, *page][:MOST]
        if wanted != list(self.rows.records):
            self.rows.set_rows(wanted)

    def add(self, exchanges: Sequence[Exchange]) -> None:
        """Exchanges that began or ended."""
        for exchange in exchanges:
            self._waiting.pop(exchange.id, None)
            self._waiting[exchange.id] = exchange
        if not self._step.isActive():
            self._step.start()

    def _flush(self) -> None:
        newest = sorted(self._waiting.values(), key=lambda each: (each.started, each.id), reverse=True)
        self._waiting.clear()
        fresh = [exchange for exchange in newest if not self.rows.update_row(exchange)]
        if fresh:
            self.rows.prepend(fresh[:MOST], most=MOST)

    def _size(self) -> None:
        """As high as its rows: the page scrolls, not the table."""
        px = theme.current().px
        rows = len(self.rows) or 5
        self.table.setFixedHeight(px(30) + 4 + rows * px(tokens.ROW))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        shown = fitting(self.width(), theme.current().px(100) / 100)
        for at in range(len(COLUMNS)):
            self.table.view.setColumnHidden(at, at not in shown or (at == TTFT and len(shown) < len(COLUMNS)))

    def _open(self, exchange: Exchange) -> None:
        self.picked.emit(ExchangeFilter(text=exchange.id))
