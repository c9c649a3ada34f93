"""The inspector's Cost tab: what each part of the usage came to, with the arithmetic, and by which price."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QWidget

from conduit_desktop.runtime.bills import Bill
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.panes.requests_costs import Row, Told, tell
from conduit_desktop.ui.panes.requests_page import Inspected, Page
from conduit_desktop.ui.shown import count
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.fit import fit_columns
from conduit_desktop.ui.widgets.flow import FlowLayout
from conduit_desktop.ui.widgets.layout import row
from conduit_desktop.ui.widgets.rows import Column, Rows
from conduit_desktop.ui.widgets.status import Badge
from conduit_desktop.ui.widgets.table import DataTable
from conduit_desktop.ui.widgets.text import Label

COLUMNS: tuple[Column[Row], ...] = (
    Column("Part", lambda r: r.name, 120, stretch=True, tone=lambda r: "text" if r.amount else "text-faint"),
    Column("Units × price", lambda r: r.arithmetic, 200, align="right", tone=lambda _: "text-muted"),
    Column("Cost", lambda r: r.text, 140, align="right", tone=lambda r: "text" if r.amount else "text-faint"),
)


class CostPage(Page):
    """The total, where its price comes from, and the parts."""

    title = "Cost"

    def __init__(self, service: GatewayService, bridge: Bridge) -> None:
        super().__init__(service, bridge)
        self._inspected: Inspected | None = None
        self.told: Told | None = None
        self.total = Label("", "display")
        self.tokens = Label("", "muted", wrap=True)
        self.note = Label("", "muted", wrap=True, selectable=True)
        self.saving = Label("", "small", tone="success", wrap=True)
        self._marks = QWidget()
        self._line = FlowLayout(gap=6, line_gap=6)
        self._marks.setLayout(self._line)
        self.fix = Button("", "primary", icon="coin")
        self.fix.clicked.connect(self._mend)
        self.rows: Rows[Row] = Rows(COLUMNS, key=lambda line: line.name, parent=self)
        self.table = DataTable(self.rows, key="request-cost", name="Parts of the cost", inset=True)
        fit_columns(self.table, ("Units × price",), stretch_least=120)
        head = row(self.total, self.tokens, gap=10)
        head.setStretch(1, 1)
        self.body.addLayout(head)
        self.body.addWidget(self._marks)
        self.body.addWidget(self.note)
        self.body.addWidget(self.saving)
        self.body.addLayout(row(self.fix, None))
        self.body.addWidget(self.table, 1)
        self.body.addStretch(0)

    def present(self, inspected: Inspected) -> None:
        same = self._inspected is not None and self._inspected.exchange == inspected.exchange
        self._inspected = inspected
        if not same:
            self.tokens.setText("")
            self._show(Told((), tell(inspected.exchange, Bill()).total, "Its price is looked up…"))
        if not same or (self.told is not None and self.told.fix):
            work = self.service.pricing.bill(inspected.exchange)
            self.bridge.run(work, partial(self._put, inspected), owner=self, slot="bill")

    def _put(self, inspected: Inspected, bill: Bill) -> None:
        exchange = inspected.exchange
        self._show(tell(exchange, bill))
        usage = exchange.usage
        self.tokens.setText(f"for {count(usage.input)} tokens in, {count(usage.output)} out" if usage else "")

    def _show(self, told: Told) -> None:
        self.told = told
        self.total.setText(told.total)
        self.note.setText(told.note)
        self.saving.setText(told.saving)
        self.saving.setVisible(bool(told.saving))
        self._mark(told.marks)
        self.fix.setText("Set a price…" if told.fix == "price" else "Price it anew…")
        self.fix.updateGeometry()
        self.fix.setVisible(bool(told.fix))
        self.table.setVisible(bool(told.rows))
        self.rows.set_rows(told.rows)

    def _mark(self, marks: tuple[str, ...]) -> None:
        while (item := self._line.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for text in marks:
            warn = "estimated" in text
            self._line.addWidget(Badge(text, "warning" if warn else "info", icon="warning" if warn else "tag"))
        self._marks.setVisible(bool(marks))

    def _mend(self) -> None:
        """To where a price is set for the model, or what has none is priced anew."""
        if self.told is None or self._inspected is None:
            return
        if self.told.fix == "again":
            self.bridge.open_pane("settings", "recompute")
        else:
            self.bridge.open_pane("models", self._inspected.exchange.model)
