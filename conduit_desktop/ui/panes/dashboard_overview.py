"""The Dashboard's Overview: how much was asked, what it cost, how fast it was, and what to do first."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from PySide6.QtWidgets import QStackedLayout, QWidget

from conduit_desktop.records import Exchange, ExchangeFilter
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.panes.dashboard_chart import ChartCard
from conduit_desktop.ui.panes.dashboard_gateway import GatewayCard
from conduit_desktop.ui.panes.dashboard_ranking import RankingCard
from conduit_desktop.ui.panes.dashboard_recent import MOST, RecentCard
from conduit_desktop.ui.panes.dashboard_seen import Seen, read
from conduit_desktop.ui.panes.dashboard_sources import add_demo, add_find, look
from conduit_desktop.ui.panes.dashboard_spans import RANGES, range_of, span
from conduit_desktop.ui.panes.dashboard_start import StartCard
from conduit_desktop.ui.panes.dashboard_steps import Facts
from conduit_desktop.ui.panes.dashboard_tiles import Flow, Tiles
from conduit_desktop.ui.panes.dashboard_view import EDGES, DashboardView
from conduit_desktop.ui.panes.dashboard_words import figures
from conduit_desktop.ui.panes.providers_found import Find
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets import memory
from conduit_desktop.ui.widgets.inputs import Segmented
from conduit_desktop.ui.widgets.layout import column
from conduit_desktop.ui.widgets.palette import Command
from conduit_desktop.ui.widgets.states import EmptyState, LoadingState

FOLLOW = 2_000  # milliseconds between two looks at the log, at least, while requests end
_TURN = 60_000  # the span moves on by itself


class OverviewView(DashboardView):
    """Figures of a span against the one before, a chart, who spends, and the last requests; live."""

    def __init__(self, service: GatewayService, bridge: Bridge) -> None:
        super().__init__(service, bridge, FOLLOW)
        self._started = False  # Get started was shown in this session: it stays until it is complete or closed
        self.range = Segmented(
            tuple((each.key, each.text) for each in RANGES),
            name="Time range",
            value=memory.read_text("dashboard/range", "24h"),
        )
        self.range.changed.connect(self._choose_range)
        self.add_tool(self.range)
        self.gateway, self.start = GatewayCard(), StartCard()
        self.tiles, self.chart, self.ranking, self.recent = Tiles(), ChartCard(), RankingCard(), RecentCard()
        self.figures = self._figures()
        self._loading, self._failed = LoadingState(), EmptyState("error", "", "", "Try again")
        self._failed.acted.connect(self.load)
        page = QWidget()
        page.setLayout(column(self.gateway, self.start, self.figures, None, gap=SPACE.m, margins=EDGES))
        self.area = self.page(page)
        self._stack = QStackedLayout(self)
        for part in (self._loading, self.area, self._failed):
            self._stack.addWidget(part)
        self.start.hide()
        self.timer(_TURN, once=False).start()
        self._connect()
        self._show_gateway()

    def _figures(self) -> QWidget:
        middle = Flow((self.chart, self.ranking), ((860, (5, 3)), (0, (1,))))
        self.chart.tabled.connect(middle.set_stacked)
        whole = QWidget()
        whole.setLayout(column(self.tiles, middle, self.recent, gap=SPACE.m))
        return whole

    def _connect(self) -> None:
        bridge, start = self.bridge, self.start
        bridge.exchange_started.connect(self.recent.add)
        bridge.exchange_finished.connect(self._finished)
        bridge.configuration_changed.connect(self.changed)
        bridge.gateway_changed.connect(self._show_gateway)
        self.gateway.start_wanted.connect(self._start_gateway)
        self.gateway.settings_wanted.connect(lambda: bridge.open_pane("settings", "port"))
        for part in (self.chart, self.ranking, self.recent):
            part.picked.connect(self._open_requests)
        self.recent.all_wanted.connect(lambda: bridge.open_pane("requests"))
        start.pane_wanted.connect(bridge.open_pane)
        start.demo_wanted.connect(lambda: self._add(add_demo(self.service)))
        start.find_wanted.connect(self._add_find)
        start.look_wanted.connect(self._look_around)
        start.dismissed.connect(self._dismiss)

    # ---- reading

    async def refresh(self) -> None:
        self._show(await read(self.service, span(range_of(self.range.value)), MOST))

    def _show(self, seen: Seen) -> None:
        before = seen.span.range.before
        focused = self.has_focus()
        self.tiles.set_figures(figures(seen.overview, seen.before, before), before)
        self.chart.show_overview(seen.span.range, seen.overview)
        self.ranking.show_spend(seen.spend_title, seen.spend_since, seen.spend, seen.key_names)
        self.recent.show_page(seen.recent)
        self._show_start(seen.facts)
        self._show_head()
        self._stack.setCurrentWidget(self.area)
        if focused and not self.has_focus():  # what had it is no longer there
            self.focus_default()

    def show_failure(self, text: str) -> None:
        self._failed.set_state("error", "The figures could not be read", text, "Try again", tone="danger")
        self._stack.setCurrentWidget(self._failed)

    # ---- following

    def _finished(self, exchanges: Sequence[Exchange]) -> None:
        self.recent.add(exchanges)
        self.changed()

    # ---- Get started

    def _show_start(self, known: Facts) -> None:
        self.start.show_facts(known)
        wanted = not memory.read_flag("dashboard/dismissed", False) and (self._started or not known.complete)
        if wanted and not self._started:
            self._started = True
            if not known.providers:
                self._look_around()
        self.start.setVisible(wanted)
        self.figures.setVisible(known.asked or known.failed or not wanted)

    def _show_head(self) -> None:
        """A range to choose is of use only over figures."""
        figures = not self.figures.isHidden()
        self.range.setVisible(figures)
        self.say(range_of(self.range.value).words.capitalize() if figures else "")
        if self.hasFocus():
            self.focus_default()

    def _look_around(self) -> None:
        self.start.show_finds(None)
        self.bridge.run(
            look(self.service), self.start.show_finds, lambda _text: self.start.show_finds(()), owner=self, slot="look"
        )

    def _add_find(self, find: Find) -> None:
        if find.found is not None and find.found.needs_key:
            self.bridge.open_pane("providers", "new")
        else:
            self._add(add_find(self.service, find))

    def _add(self, work: Any) -> None:
        def ended(text: str, severity: str) -> None:
            self.start.set_busy(False)
            self.bridge.tell(text, severity)
            self.load()

        self.setFocus()  # or Qt hands it to whatever comes next when the button is disabled
        self.start.set_busy(True)
        self.bridge.run(
            work, lambda text: ended(text, "success"), lambda text: ended(text, "error"), owner=self, name="add source"
        )

    def _dismiss(self) -> None:
        memory.write("dashboard/dismissed", True)
        self.start.hide()
        self.figures.show()
        self._show_head()
        self.focus_default()

    # ---- the gateway, other panes

    def _show_gateway(self, _notice: object = None) -> None:
        self.gateway.show_status(self.service.status)

    def _start_gateway(self) -> None:
        self.bridge.run(self.service.start(), owner=self, name="start gateway")

    def _open_requests(self, wanted: ExchangeFilter) -> None:
        self.bridge.open_pane("requests", wanted)

    def _choose_range(self, key: str) -> None:
        memory.write("dashboard/range", key)
        self.load()

    def focus_default(self) -> None:
        """On the page itself, which scrolls by keyboard; at the first start on the next step."""
        if self.range.isHidden():
            self.start.focus_next()
        else:
            self.setFocus()

    def commands(self) -> Sequence[Command]:
        made = [Command(f"Overview: {each.words}", partial(self._go, each.key), "clock", "Overview") for each in RANGES]
        return (*made, Command("Show Get started", self.bring_back, "help", "Dashboard"))

    def _go(self, key: str) -> None:
        self.range.set_value(key)
        self._choose_range(key)

    def bring_back(self) -> None:
        """Show Get started again."""
        memory.write("dashboard/dismissed", False)
        self._started = True
        self._look_around()
        self.load()
