"""The last requests with a key; each leads to the log."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PySide6.QtGui import QResizeEvent

from conduit_desktop.records import Exchange, ExchangeFilter
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui import theme
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.panes.keys_columns import KeyRow
from conduit_desktop.ui.panes.keys_page import KeyPage
from conduit_desktop.ui.panes.requests_columns import COLUMNS as LOG
from conduit_desktop.ui.panes.requests_columns import COST, MODEL, TOTAL
from conduit_desktop.ui.panes.requests_words import look, status_text
from conduit_desktop.ui.shown import ago, moment
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.layout import column, row
from conduit_desktop.ui.widgets.rows import Column, Rows
from conduit_desktop.ui.widgets.states import EmptyState
from conduit_desktop.ui.widgets.table import DataTable
from conduit_desktop.ui.widgets.text import Label

MOST = 20
COLUMNS: tuple[Column[Exchange], ...] = (
    Column("When", lambda e: ago(e.started), 112, tone=lambda _: "text-muted", tooltip=lambda e: moment(e.started)),
    Column(
        "Status",
        lambda e: str(e.status or "…"),
        70,
        icon=lambda e: (look(e).icon, look(e).tone),
        tone=lambda e: "text" if look(e).tone == "success" else look(e).tone,
        tooltip=lambda e: e.error or status_text(e),
    ),
    LOG[MODEL],
    replace(LOG[COST], width=112),
    LOG[TOTAL],
)
_TOTAL = 4


class RecentPage(KeyPage):
    """At most ``MOST``, the newest first."""

    title = "Requests"

    def __init__(self, service: GatewayService, bridge: Bridge) -> None:
        super().__init__(service, bridge)
        self.rows: Rows[Exchange] = Rows(COLUMNS, key=lambda exchange: exchange.id, parent=self)
        self.table = DataTable(self.rows, key="key-requests", name="Last requests with this key")
        self.table.set_empty(EmptyState("requests", "No requests yet", "What is asked with this key appears here."))
        self.table.activated.connect(self._open)
        self.table.view.clicked.connect(lambda index: self._open(self.rows.record(index.row())))
        whole = Button("Show all in Requests", "ghost", icon="right", small=True)
        whole.clicked.connect(self._open_all)
        self.whole = whole
        box = column(row(Label(f"The last {MOST}", "small"), None, whole, margins=(24, 8, 8, 0)), gap=4)
        box.addWidget(self.table, 1)
        self.setLayout(box)

    def present(self, row: KeyRow) -> None:
        if not self.shows(row.id):
            self.rows.set_rows(())
            self.table.show_loading()
        self.shown = row
        work = self.service.activity.page(ExchangeFilter(key_id=row.id), limit=MOST)
        self.bridge.run(work, partial(self._show, row.id), self.table.show_error, owner=self, slot="recent")

    def _show(self, key_id: str, page: list[Exchange]) -> None:
        if self.shows(key_id) and (not page or page != list(self.rows.records)):
            self.rows.set_rows(page)

    def _open(self, exchange: Exchange) -> None:
        self.bridge.open_pane("requests", exchange.id)

    def _open_all(self) -> None:
        if self.shown is not None:
            self.bridge.open_pane("requests", ExchangeFilter(key_id=self.shown.id))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.table.view.setColumnHidden(_TOTAL, self.width() < theme.current().px(470))
