"""The Dashboard's Usage: what was spent, asked and waited for over any span, by whom, and the requests behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QStackedLayout, QWidget

from conduit_desktop.records import OTHER
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui import theme
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.panes.dashboard_view import EDGES, DashboardView
from conduit_desktop.ui.panes.usage_asked import SPLITS, Asked
from conduit_desktop.ui.panes.usage_chart import UsageChart
from conduit_desktop.ui.panes.usage_export import ExportSheet
from conduit_desktop.ui.panes.usage_figures import UsageFigures
from conduit_desktop.ui.panes.usage_filters import UsageFilters
from conduit_desktop.ui.panes.usage_measures import MEASURES
from conduit_desktop.ui.panes.usage_near import NearLimits
from conduit_desktop.ui.panes.usage_plotted import GROUP, Seen, group_of
from conduit_desktop.ui.panes.usage_range import RangeChoice
from conduit_desktop.ui.panes.usage_reading import Look, read
from conduit_desktop.ui.panes.usage_remembered import recall, remember
from conduit_desktop.ui.panes.usage_spans import RANGES
from conduit_desktop.ui.panes.usage_table import Line
from conduit_desktop.ui.panes.usage_tiles import MeasureTiles
from conduit_desktop.ui.panes.usage_words import figures
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.turns import in_turns
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.flow import Apart
from conduit_desktop.ui.widgets.inputs import Switch
from conduit_desktop.ui.widgets.layout import column
from conduit_desktop.ui.widgets.palette import Command
from conduit_desktop.ui.widgets.states import EmptyState, LoadingState

FOLLOW = 1_000  # milliseconds between two looks at the log, at least, while requests end
_ROOMY = 700
_TURN = 60_000  # the span moves on by itself


class UsageView(DashboardView):
    """What is asked is one record (``asked``); every control makes another of it and has it read. Its tables are made
    before it: one after the other holds up the window for less long."""

    def __init__(self, service: GatewayService, bridge: Bridge, tables: UsageFigures) -> None:
        super().__init__(service, bridge, FOLLOW)
        self.asked = recall()
        self.look: Look | None = None
        self.range = RangeChoice(self.asked)
        self.compare = Switch("Compare", name="Compare with the period before", on=self.asked.compare)
        self.export_button = Button("Export", icon="download", name="Export usage or the requests behind it")
        self.export_button.setToolTip("Export usage or the requests behind it")
        for tool in (self.compare, self.range, self.export_button):
            self.add_tool(tool)
        self.near, self.filters = NearLimits(), UsageFilters()
        self.tiles = MeasureTiles(self.asked.measure)
        self.chart, self.figures = UsageChart(self.asked), tables
        self._loading, self._failed = LoadingState(), EmptyState("error", "", "", "Try again")
        page = QWidget()
        top = Apart(self.filters, self.near, gap=SPACE.m)
        parts = (top, self.tiles, self.chart, self.figures, None)
        page.setLayout(column(*parts, gap=SPACE.m, margins=EDGES))
        self.area = self.page(page)
        self._stack = QStackedLayout(self)
        for part in (self._loading, self.area, self._failed):
            self._stack.addWidget(part)
        self._connect()
        self.timer(_TURN, once=False).start()

    def _connect(self) -> None:
        bridge = self.bridge
        bridge.exchange_finished.connect(self.changed)
        bridge.configuration_changed.connect(self.changed)
        self._failed.acted.connect(self.load)
        self.range.ranged.connect(self.ask)
        self.compare.toggled.connect(lambda on: self.ask(replace(self.asked, compare=on)))
        self.export_button.clicked.connect(self.export)
        self.near.key_wanted.connect(lambda id: bridge.open_pane("keys", id or None))
        self.filters.changed.connect(self.filter)
        self.tiles.changed.connect(self._measure)
        chart, table = self.chart, self.figures
        chart.bar_chosen.connect(self._open_bar)
        chart.group_chosen.connect(lambda key: self._toggle_group(group_of(key)))
        chart.split.connect(lambda by: self.ask(replace(self.asked, by=by)))
        chart.grained.connect(lambda grain: self.ask(replace(self.asked, grain=grain)))
        chart.emptied.connect(self._act_on_nothing)
        table.filtered.connect(self._toggle_group)
        table.opened.connect(self._open_line)
        table.lit.connect(lambda id: chart.bars.set_lit("" if id is None else f"{GROUP}{id}"))
        table.told.connect(bridge.tell)

    # ---- reading

    async def refresh(self) -> None:
        look = await read(self.service, self.asked)
        steps = partial(self._show, look), partial(self._uncover, self.has_focus())
        await in_turns(steps, (self.chart, self.figures))

    def _show(self, look: Look) -> None:
        self.look, seen = look, look.seen
        self._show_seen(seen)
        self.filters.set_offers(look.offers)
        self.filters.show_filters(seen.asked.filters, seen.names)
        self.near.show_near(look.near)
        self.say(seen.span.words)

    def _uncover(self, focused: bool) -> None:
        self._stack.setCurrentWidget(self.area)
        if focused and not self.has_focus():  # what had it is no longer there
            self.focus_default()

    def _show_seen(self, seen: Seen) -> None:
        report, before = seen.report, seen.before
        then, span = (before.sums, before.timing), seen.span
        tiles = figures(report.sums, report.timing, *then, span, report.forecast, report.reused)
        self.tiles.set_figures(tiles, seen.span.before)
        self.figures.show_seen(seen, self.chart.show_seen(seen))
        self.figures.setVisible(bool(report.sums.requests))  # the chart says it already where there are none

    def show_failure(self, text: str) -> None:
        self._failed.set_state("error", "Usage could not be read", text, "Try again", tone="danger")
        self._stack.setCurrentWidget(self._failed)

    # ---- what is asked

    def ask(self, asked: Asked) -> None:
        """Ask for something else; every control shows it."""
        self.asked = asked
        remember(asked)
        self.range.set_asked(asked)
        self.tiles.set_value(asked.measure)
        self.chart.by.set_value(asked.by)
        self.chart.grain.set_value(asked.grain)
        self.compare.blockSignals(True)
        self.compare.setChecked(asked.compare)
        self.compare.blockSignals(False)
        self.load()

    def _measure(self, key: str) -> None:
        """Another measure of what is known already."""
        self.asked = replace(self.asked, measure=key)
        remember(self.asked)
        if self.look is not None:
            self.look = replace(
                self.look, seen=replace(self.look.seen, asked=replace(self.look.seen.asked, measure=key))
            )
            self._show_seen(self.look.seen)

    def filter(self, dimension: str, value: object) -> None:
        """Only what has ``value`` there; None takes the filter away."""
        self.ask(self.asked.filtered(dimension, value if isinstance(value, str) else None))

    def _toggle_group(self, id: str | None) -> None:
        by = self.asked.by
        if id is None or not by or id == OTHER:
            return
        on = self.asked.filters.get(by) != id
        if not on:
            self.figures.by_group.view.clearSelection()
        self.filter(by, id if on else None)

    def _act_on_nothing(self) -> None:
        if self.asked.filters:
            self.ask(replace(self.asked, filters={}))
        else:
            self.bridge.open_pane("connect")

    # ---- the requests behind it

    def _open_bar(self, at: int, key: str) -> None:
        if self.look is not None:
            bar = self.look.seen.report.bars[at]
            self.bridge.open_pane("requests", self.look.seen.asked.requests(bar.start, bar.end, group_of(key)))

    def _open_line(self, line: Line) -> None:
        if self.look is not None:
            group = line.id if isinstance(line.id, str) and line.id != OTHER else None
            self.bridge.open_pane("requests", self.look.seen.asked.requests(line.since, line.until, group))

    def export(self) -> None:
        """Write what is shown, or the requests behind it, into a file."""
        if self.look is not None:
            ExportSheet(self, self.service, self.bridge, self.look.seen).open()

    # ---- the view itself

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a small window the button says by its icon alone what it does."""
        super().resizeEvent(event)
        word = "Export" if self.width() >= theme.current().px(_ROOMY) else ""
        if word != self.export_button.text():
            self.export_button.setText(word)
            self.export_button.updateGeometry()

    def commands(self) -> Sequence[Command]:
        go = [
            Command(f"Usage: {text.lower()}", partial(self._range, key), "clock", "Usage", words="range span")
            for key, text in RANGES[:-1]
        ]
        measures = [
            Command(f"Usage: show {each.text.lower()}", partial(self._to_measure, each.key), "dashboard", "Usage")
            for each in MEASURES
        ]
        splits = [
            Command(f"Usage: {text.lower()}", partial(self._split, key), "filter", "Usage", words="split group")
            for key, text in SPLITS
        ]
        compare = "stop comparing" if self.asked.compare else "compare with the period before"
        return (
            *go,
            *measures,
            *splits,
            Command(f"Usage: {compare}", self.compare.toggle, "history", "Usage"),
            Command("Usage: export", self.export, "download", "Usage", words="csv json save"),
            Command("Usage: copy the table", self.figures.copy_all, "copy", "Usage", words="tsv spreadsheet"),
        )

    def _range(self, key: str) -> None:
        self.ask(replace(self.asked, range=key))

    def _split(self, by: str) -> None:
        self.ask(replace(self.asked, by=by))

    def _to_measure(self, key: str) -> None:
        self.tiles.set_value(key)
        self._measure(key)
