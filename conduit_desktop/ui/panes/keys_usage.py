"""A key's own charts: spend by model, requests, time to first token, over its period or some days, with figures, and
the same as a table."""

from __future__ import annotations

import time
from functools import partial

from PySide6.QtWidgets import QStackedWidget, QWidget

from conduit_desktop.records import ExchangeFilter, UsageBar, UsageReport
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.panes import keys_spans as spans
from conduit_desktop.ui.panes import keys_words as words
from conduit_desktop.ui.panes.keys_columns import KeyRow
from conduit_desktop.ui.panes.keys_page import KeyPage
from conduit_desktop.ui.panes.usage_plotted import Colours, group_of
from conduit_desktop.ui.panes.usage_spans import Zone, bar_title, zone_of
from conduit_desktop.ui.shown import count
from conduit_desktop.ui.widgets import memory
from conduit_desktop.ui.widgets.bars import StackedBars
from conduit_desktop.ui.widgets.buttons import IconButton
from conduit_desktop.ui.widgets.inputs import Segmented
from conduit_desktop.ui.widgets.key_values import Entry, KeyValueTable
from conduit_desktop.ui.widgets.layout import column, row, scrolled
from conduit_desktop.ui.widgets.legend import Legend
from conduit_desktop.ui.widgets.lines import Lines
from conduit_desktop.ui.widgets.plot import Plot
from conduit_desktop.ui.widgets.plot_data import Plotted
from conduit_desktop.ui.widgets.rows import Column, Rows
from conduit_desktop.ui.widgets.states import EmptyState
from conduit_desktop.ui.widgets.table import DataTable
from conduit_desktop.ui.widgets.text import Label

_SPAN, _TABLE = "keys/span", "keys/table"


class _Chart(QWidget):
    """A plot under its title and legend."""

    def __init__(self, title: str, plot: Plot) -> None:
        super().__init__()
        self.plot = plot
        self.legend = Legend(f"Legend of {title.lower()}")
        self.legend.lit.connect(plot.set_lit)
        self.setLayout(column(Label(title, "label"), self.legend, plot, gap=2))

    def show_data(self, data: Plotted) -> None:
        self.legend.set_entries(spans.legend(data))
        self.plot.set_plotted(data)


class UsagePage(KeyPage):
    """Bars lead to their requests."""

    title = "Usage"

    def __init__(self, service: GatewayService, bridge: Bridge) -> None:
        super().__init__(service, bridge)
        self.report: UsageReport | None = None
        self._zone: Zone = None
        self._colours = Colours()
        self.span = Segmented(((spans.PERIOD, "This month"), *spans.SPANS), name="Span")
        self.span.set_value(memory.read_text(_SPAN, spans.PERIOD))
        self.span.changed.connect(self._choose)
        self.as_table = IconButton("columns", "Show the figures as a table", small=True)
        self.as_table.setCheckable(True)
        self.as_table.setChecked(memory.read_flag(_TABLE, False))
        self.as_table.toggled.connect(self._toggle)
        self.charts = (
            _Chart("Spend by model", StackedBars("Spend", height=150)),
            _Chart("Requests", StackedBars("Requests", height=112)),
            _Chart("Time to first token", Lines("Time to first token", height=112)),
        )
        for chart in self.charts:
            chart.plot.chosen.connect(self._pick)
            chart.legend.picked.connect(self._pick_group)
        self._figures = KeyValueTable(name="Figures of the span")
        self.rows: Rows[UsageBar] = Rows(self._columns(), key=lambda bar: bar.start, parent=self)
        self.table = DataTable(self.rows, key="key-usage", name="Usage over time")
        self.table.activated.connect(self._open)
        self._empty = EmptyState("dashboard", "Nothing in this span", "Requests with this key appear here.")
        self._stack = QStackedWidget()
        for part in (scrolled(self._contents()), self.table, self._empty):
            self._stack.addWidget(part)
        box = column(row(self.span, None, self.as_table, margins=(16, 10, 12, 4)), gap=4)
        box.addWidget(self._stack, 1)
        self.setLayout(box)

    def _contents(self) -> QWidget:
        inner = QWidget()
        inner.setLayout(column(*self.charts, self._figures, None, gap=12, margins=(16, 6, 16, 16)))
        return inner

    def _columns(self) -> tuple[Column[UsageBar], ...]:
        return (
            Column("When", self._when, 110, stretch=True),
            Column("Requests", lambda b: count(b.sums.requests), 72, align="right"),
            Column("Failed", lambda b: count(b.sums.errors), 56, align="right"),
            Column("Spend", lambda b: words.dollars(b.sums.cost), 76, align="right"),
            Column("Unpriced", lambda b: count(b.sums.unpriced), 84, align="right", tone=lambda _: "text-muted"),
        )

    def _when(self, bar: UsageBar) -> str:
        return bar_title(bar.start, bar.end, self.report.grain, self._zone) if self.report is not None else ""

    # ---- what it shows

    def present(self, row: KeyRow) -> None:
        if not self.shows(row.id):
            self.report = None
        self.shown = row
        self.span.set_text(spans.PERIOD, spans.PERIOD_TITLES[row.view.key.period])
        self.bridge.run(self._read(row, self.span.value), partial(self._show, row), owner=self, slot="usage")

    async def _read(self, row: KeyRow, span: str) -> tuple[UsageReport, Zone]:
        zone = zone_of((await self.service.settings())["time_zone"])
        return await self.service.activity.usage(spans.query(row.view, span, time.time(), zone)), zone

    def _show(self, row: KeyRow, found: tuple[UsageReport, Zone]) -> None:
        if not self.shows(row.id):
            return
        (report, self._zone), now = found, time.time()
        self.report = report
        period = row.view.key.period if self.span.value == spans.PERIOD else "once"
        for chart, data in zip(self.charts, spans.charts(report, period, now, self._colours, self._zone), strict=True):
            chart.show_data(data)
        self._figures.set_entries([Entry(name, value) for name, value in spans.figures(report)])
        self.rows.set_rows(bar for bar in reversed(report.bars) if bar.start <= now)
        self._toggle(self.as_table.isChecked())

    def _choose(self, span: str) -> None:
        memory.write(_SPAN, span)
        if self.shown is not None:
            self.present(self.shown)

    def _toggle(self, table: bool) -> None:
        memory.write(_TABLE, table)
        nothing = self.report is not None and not self.report.sums.requests
        self._stack.setCurrentIndex(2 if nothing else 1 if table else 0)
        name = "Show the figures as charts" if table else "Show the figures as a table"
        self.as_table.setAccessibleName(name)
        self.as_table.setToolTip(name)

    # ---- what it leads to

    def _pick(self, at: int, key: str) -> None:
        if self.report is not None:
            self._open(self.report.bars[at], group_of(key))

    def _pick_group(self, key: str) -> None:
        if self.report is not None and self.shown is not None and self.report.bars:
            bars = self.report.bars
            self._open(UsageBar(start=bars[0].start, end=bars[-1].end, sums=self.report.sums), group_of(key))

    def _open(self, bar: UsageBar, model: str | None = None) -> None:
        if self.shown is not None:
            wanted = ExchangeFilter(key_id=self.shown.id, model=model or None, since=bar.start, until=bar.end)
            self.bridge.open_pane("requests", wanted)
