"""The Dashboard's chart over time, and the same figures as a table for those who read better than they look."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QStackedLayout, QWidget

from conduit_desktop.records import Bucket, ExchangeFilter, Overview
from conduit_desktop.ui import theme
from conduit_desktop.ui.panes.dashboard_spans import RANGES, Range, bar_title
from conduit_desktop.ui.panes.dashboard_words import METRICS, cost, metric_of, plotted
from conduit_desktop.ui.shown import count
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets import memory
from conduit_desktop.ui.widgets.bars import StackedBars
from conduit_desktop.ui.widgets.buttons import IconButton
from conduit_desktop.ui.widgets.inputs import Segmented
from conduit_desktop.ui.widgets.layout import column, row
from conduit_desktop.ui.widgets.legend import Entry, Legend
from conduit_desktop.ui.widgets.rows import Column, Rows
from conduit_desktop.ui.widgets.states import EmptyState
from conduit_desktop.ui.widgets.table import DataTable
from conduit_desktop.ui.widgets.text import ElidedLabel, Label

_HEIGHT = 216
_LEAST = {2: 500, 3: 620}  # column of the table: the width of the card from which on it is shown


class ChartCard(QFrame):
    """Signals: ``picked(ExchangeFilter)`` for the exchanges of one bar, ``tabled(bool)`` when it is a table, which
    wants more room."""

    picked = Signal(object)
    tabled = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("surface", "card")
        self._range: Range = RANGES[1]
        self._overview: Overview | None = None
        self._metric = metric_of(memory.read_text("dashboard/metric"))
        self._note = ElidedLabel("", "small")
        self.metrics = Segmented(
            tuple((each.key, each.text) for each in METRICS), name="What the chart shows", value=self._metric.key
        )
        self.metrics.changed.connect(self._choose)
        self.as_table = IconButton("columns", "Show the figures as a table", small=True)
        self.as_table.setCheckable(True)
        self.as_table.setChecked(memory.read_flag("dashboard/table", False))
        self.as_table.toggled.connect(self._toggle)
        self.legend = Legend("Legend")
        self.chart = StackedBars("Requests over time", height=_HEIGHT)
        self.chart.setToolTip("Click a bar to see its requests")
        self.chart.chosen.connect(self._pick)
        self.rows: Rows[Bucket] = Rows(self._columns(), key=lambda bucket: bucket.start, parent=self)
        self.table = DataTable(self.rows, key="dashboard-bars", name="Figures over time")
        self.table.activated.connect(self._open)
        self._empty = EmptyState("dashboard", "No requests", "")
        drawn = QWidget()
        drawn.setLayout(column(self.legend, self.chart, None, gap=2))
        self._drawn = drawn
        body = QWidget()
        self._stack = QStackedLayout(body)
        for part in (drawn, self.table, self._empty):
            self._stack.addWidget(part)
        body.setMinimumHeight(_HEIGHT)
        head = row(Label("Over time", "heading"), gap=SPACE.m)
        head.addWidget(self._note, 1)
        head.addWidget(self.metrics)
        head.addWidget(self.as_table)
        self.setLayout(column(head, body, gap=SPACE.s, margins=(16, 12, 12, 10)))

    def _columns(self) -> tuple[Column[Bucket], ...]:
        return (
            Column("When", self._when, 150, stretch=True, tooltip=self._when),
            Column("Requests", lambda b: count(b.requests), 76, align="right"),
            Column("Failed", lambda b: count(b.errors), 64, align="right"),
            Column("Tokens", lambda b: count(b.input + b.output), 80, align="right", tooltip=_tokens),
            Column("Spend", _spend, 196, align="right"),
        )

    def _when(self, bucket: Bucket) -> str:
        return bar_title(self._range, bucket)

    # ---- what it shows

    def show_overview(self, chosen: Range, overview: Overview) -> None:
        self._range, self._overview = chosen, overview
        self._draw()
        old = [bucket.start for bucket in self.rows.records]
        new = list(reversed(overview.buckets))
        if old != [bucket.start for bucket in new]:
            self.rows.set_rows(new)
        else:
            for before, bucket in zip(tuple(self.rows.records), new, strict=True):
                if before != bucket:
                    self.rows.update_row(bucket)

    def _draw(self) -> None:
        if (overview := self._overview) is None:
            return
        metric = self._metric
        data = plotted(metric, self._range, overview)
        self.chart.set_plotted(data)
        several = data.series if len(data.series) > 1 else ()
        self.legend.set_entries([Entry(series.name, series.token) for series in several])
        unpriced = metric.key == "spend" and overview.unpriced
        self._note.set_full_text(f"without {count(overview.unpriced)} unpriced" if unpriced else "")
        self._empty.set_state(
            "dashboard", f"No requests in {self._range.words}", "They appear here as they happen, bar by bar."
        )
        self._toggle(self.as_table.isChecked())

    def _toggle(self, table: bool) -> None:
        memory.write("dashboard/table", table)
        nothing = self._overview is not None and not self._overview.requests
        self._stack.setCurrentWidget(self._empty if nothing else self.table if table else self._drawn)
        name = "Show the figures as a chart" if table else "Show the figures as a table"
        self.as_table.setAccessibleName(name)
        self.as_table.setToolTip(name)
        self.tabled.emit(table)

    def _choose(self, key: str) -> None:
        self._metric = metric_of(key)
        memory.write("dashboard/metric", key)
        self._draw()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """What there is no room for leaves the table; the chart still has it."""
        super().resizeEvent(event)
        room = self.width() / theme.current().px(100) * 100
        for column_at, least in _LEAST.items():
            self.table.view.setColumnHidden(column_at, room < least)

    # ---- picking a bar

    def _pick(self, at: int, _part: str) -> None:
        if self._overview is not None:
            self._open(self._overview.buckets[at])

    def _open(self, bucket: Bucket) -> None:
        self.picked.emit(ExchangeFilter(since=bucket.start, until=bucket.start + bucket.seconds))


def _tokens(bucket: Bucket) -> str:
    return f"{bucket.input:,} in, {bucket.output:,} out"


def _spend(bucket: Bucket) -> str:
    """What it came to, and what is not in it."""
    if not bucket.unpriced:
        return cost(bucket.cost)
    unpriced = f"{count(bucket.unpriced)} unpriced"
    return f"{cost(bucket.cost)} + {unpriced}" if bucket.cost else unpriced
