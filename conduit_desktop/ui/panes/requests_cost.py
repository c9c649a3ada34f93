"""The inspector's Cost tab: what each part of the usage came to, with the arithmetic."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from conduit_desktop.money import show
from conduit_desktop.records import Price
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.panes.requests_costs import Part, Split, arithmetic, split
from conduit_desktop.ui.panes.requests_page import Inspected, Page
from conduit_desktop.ui.shown import count
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.layout import row
from conduit_desktop.ui.widgets.rows import Column, Rows
from conduit_desktop.ui.widgets.table import DataTable
from conduit_desktop.ui.widgets.text import Label

COLUMNS: tuple[Column[Part], ...] = (
    Column("Part", lambda p: p.name, 120, stretch=True),
    Column("Tokens × price", arithmetic, 190, align="right", tone=lambda _: "text-muted"),
    Column("Cost", lambda p: show(p.amount), 116, align="right", tone=lambda p: "text" if p.amount else "text-faint"),
)


class CostPage(Page):
    """The total, where its price comes from, and the parts."""

    title = "Cost"

    def __init__(self, service: GatewayService, bridge: Bridge) -> None:
        super().__init__(service, bridge)
        self._inspected: Inspected | None = None
        self.total = Label("", "display")
        self.tokens = Label("", "muted")
        self.note = Label("", "muted", wrap=True)
        self.set_price = Button("Set a price", "primary", icon="coin")
        self.set_price.clicked.connect(self._open_models)
        self.rows: Rows[Part] = Rows(COLUMNS, key=lambda part: part.name, parent=self)
        self.table = DataTable(self.rows, key="request-cost", name="Parts of the cost")
        self.body.addLayout(row(self.total, self.tokens, None, gap=10))
        self.body.addWidget(self.note)
        self.body.addLayout(row(self.set_price, None))
        self.body.addWidget(self.table, 1)
        self.body.addStretch(0)

    def present(self, inspected: Inspected) -> None:
        same = self._inspected is not None and self._inspected.exchange == inspected.exchange
        self._inspected = inspected
        if same:
            return
        work = self.service.configuring.prices()
        self.bridge.run(work, partial(self._put, inspected), owner=self, slot="price")

    def _put(self, inspected: Inspected, prices: Mapping[tuple[str, str], Price | None]) -> None:
        exchange = inspected.exchange
        self._show(split(exchange, prices.get((exchange.kind, exchange.upstream_model))))
        usage = exchange.usage
        self.tokens.setText(f"for {count(usage.input)} tokens in, {count(usage.output)} out" if usage else "")

    def _show(self, found: Split) -> None:
        self.total.setText("unpriced" if found.unpriced else "–" if found.total is None else show(found.total))
        self.note.setText(found.note)
        self.set_price.setVisible(found.unpriced)
        self.table.setVisible(bool(found.parts))
        self.rows.set_rows(found.parts)

    def _open_models(self) -> None:
        self.bridge.open_pane("models")
