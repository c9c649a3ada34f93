"""Requests: every exchange as it happens and as it was, newest first, with all that is known of it beside the list."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QHideEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QMenu, QWidget

from conduit_desktop.bus import GatewayChanged
from conduit_desktop.records import Exchange, ExchangeFilter
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui import theme
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.icons import icon
from conduit_desktop.ui.panes.base import Pane
from conduit_desktop.ui.panes.requests_actions import Actions
from conduit_desktop.ui.panes.requests_columns import COLUMNS, SET_IN, STATUS, TIME, fitting
from conduit_desktop.ui.panes.requests_feed import MOST_COUNTED, Feed
from conduit_desktop.ui.panes.requests_filters import Filters
from conduit_desktop.ui.panes.requests_inspector import Inspector
from conduit_desktop.ui.panes.requests_rows import ExchangeRows
from conduit_desktop.ui.panes.requests_words import counted
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.flow import Apart
from conduit_desktop.ui.widgets.layout import column, rule
from conduit_desktop.ui.widgets.palette import Command
from conduit_desktop.ui.widgets.split import Splitter
from conduit_desktop.ui.widgets.states import EmptyState
from conduit_desktop.ui.widgets.status import StatusDot
from conduit_desktop.ui.widgets.table import DataTable
from conduit_desktop.ui.widgets.text import Label

PAGE = 200
MOST_ROWS = 20_000
_TOP = 4  # pixels scrolled that still count as being at the top


class RequestsPane(Pane[GatewayService]):
    """The list follows the newest while it is scrolled to the top; scrolled, paused or hidden it holds still."""

    title = "Requests"
    margins = (0, 0, 0, 0)

    def __init__(self, service: GatewayService, bridge: Bridge, parent: Any = None) -> None:
        super().__init__(service, bridge, parent)
        self.rows = ExchangeRows(self)
        self.feed = Feed(self.rows, lambda: service.status.in_flight > 0, self)
        self.filters = Filters()
        self.table = DataTable(self.rows, key="requests", name="Requests", passing=True)
        self.inside = self.inspector = Inspector(service, bridge)
        self.inspector.hide()
        self.actions_ = Actions(service, bridge, self._current, self)
        self.pause_button = Button("Pause", icon="pause")
        self.pause_button.setCheckable(True)
        self._counted = Label("", "small")
        self._state = StatusDot("Live", "success", role="label")
        self.pill = Button("", "primary", icon="up")  # not over the rows, which then could not be scrolled by copying
        self._widths = 0
        self._sought = ""
        self._build()
        self._connect()

    def _build(self) -> None:
        self._nothing = EmptyState("requests", "", "", "Connect a tool")
        self.table.set_empty(self._nothing)
        self.table.set_menu(self._fill_menu)
        self.table.show_loading()
        self.add_action(self.pill)
        self.pill.hide()
        self.add_action(self.filters.search)
        self.add_action(self.pause_button)
        foot = Apart(self._counted, self._state, line_gap=2)
        foot.setContentsMargins(SPACE.xl, 5, SPACE.l, 5)
        left = QWidget()
        left.setMinimumWidth(180)
        left.setLayout(column(self.table, rule(), foot, gap=0))
        self.split = Splitter("requests", left, self.inspector, sizes=(4, 5))
        self.body.setSpacing(0)
        self.body.addWidget(self.filters)
        self.body.addWidget(rule())
        self.body.addWidget(self.split, 1)

    def _connect(self) -> None:
        self.filters.changed.connect(self._filtered)
        self.table.chosen.connect(self._choose)
        self.table.activated.connect(self._enter)
        self.table.retried.connect(self.load)
        self.rows.more_wanted.connect(self._load_more)
        self.table.view.verticalScrollBar().valueChanged.connect(self._scrolled)
        self.table.view.installEventFilter(self)
        self.inspector.closed.connect(self.close_inspector)
        self.inspector.menu_wanted.connect(self._fill_one)
        self.feed.ended.connect(self.inspector.ended)
        self.feed.waiting_changed.connect(self._show_pill)
        self.feed.changed.connect(self._show_count)
        self.feed.reload_wanted.connect(self.load)
        self.pause_button.toggled.connect(self._paused)
        self.pill.clicked.connect(self.go_to_newest)
        self._nothing.acted.connect(self._act_on_nothing)
        self.bridge.exchange_started.connect(self.feed.start)
        self.bridge.exchange_finished.connect(self.feed.finish)
        self.bridge.gateway_changed.connect(self._gateway_changed)
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self.table)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        escape.activated.connect(self.close_inspector)

    # ---- reading the log

    async def refresh(self) -> None:
        if self.filters.tag.value:  # which keys have it now, for what comes in from here on
            self.filters.set_facets(await self.service.activity.facets())
        wanted = self.filters.wanted()
        self.feed.begin(wanted)
        try:
            page = await self.service.activity.page(wanted, limit=PAGE)
        except Exception:
            self.feed.fail()
            raise
        self._say_nothing()
        self.feed.fill(page, complete=len(page) < PAGE)
        if self._sought and self.table.select(self._sought):
            self._sought = ""
        self.feed.set_total(await self.service.activity.count(wanted, MOST_COUNTED))
        self.filters.set_facets(await self.service.activity.facets())

    def show_failure(self, text: str) -> None:
        self.table.show_error(text)

    def _load_more(self) -> None:
        before = self.rows.oldest
        if before is None or len(self.rows) >= MOST_ROWS:
            self.rows.append((), complete=True)
            self._show_count()
            return
        wanted = self.feed.filter

        def put(page: list[Exchange]) -> None:
            if wanted is self.feed.filter and self.rows.oldest == before:
                self.rows.append(page, complete=len(page) < PAGE)
            else:
                self.rows.retry_more()

        def failed(text: str) -> None:
            self.rows.retry_more()
            self.bridge.tell(f"Older requests could not be read. {text}", "error")

        work = self.service.activity.page(wanted, before=before, limit=PAGE)
        self.bridge.run(work, put, failed, owner=self, slot="more")

    def _gateway_changed(self, notice: GatewayChanged) -> None:
        if notice.state in ("stopped", "failed"):
            self.feed.lose_all()

    # ---- filters

    def _filtered(self) -> None:
        self.table.view.scrollToTop()
        self.load()

    def open_with(self, argument: object) -> None:
        """With an ExchangeFilter: what fits it. With the id of a request: that one, looked at."""
        wanted = ExchangeFilter(text=argument) if isinstance(argument, str) else argument
        if isinstance(wanted, ExchangeFilter):
            self.close_inspector()
            self._sought = argument if isinstance(argument, str) else ""
            self.filters.set_wanted(wanted)
            self._filtered()

    def _say_nothing(self) -> None:
        if self.filters.active:
            self._nothing.set_state("filter", "Nothing matches", "No request fits these filters.", "Clear filters")
        else:
            text = "Every request that a tool makes appears here as it happens: what it said, took and cost."
            self._nothing.set_state("requests", "No requests yet", text, "Connect a tool")

    def _act_on_nothing(self) -> None:
        if self.filters.active:
            self.filters.clear()
        else:
            self.bridge.open_pane("connect")

    # ---- following

    def _scrolled(self, value: int) -> None:
        self.feed.hold("scrolled", value > _TOP)
        self._show_state()

    def _paused(self, on: bool) -> None:
        self.pause_button.setText("Resume" if on else "Pause")
        self.pause_button.set_glyph("play" if on else "pause")
        self.feed.hold("paused", on)
        self._show_state()

    def go_to_newest(self) -> None:
        """Show what waits, and follow again."""
        self.pause_button.setChecked(False)
        self.table.view.scrollToTop()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.feed.hold("hidden", False)
        self._fit()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.feed.hold("hidden", True)

    def _show_pill(self, waiting: int) -> None:
        self.pill.setVisible(waiting > 0)
        if waiting:
            self.pill.setText(f"{waiting:,} new")
            self.pill.setAccessibleName(f"Show {waiting:,} new requests")
            self.pill.updateGeometry()

    def _show_state(self) -> None:
        if self.pause_button.isChecked():
            self._state.set_state("Paused", "warning", hollow=True)
        elif self.feed.holding:
            self._state.set_state("Holding while scrolled", "neutral", hollow=True)
        else:
            self._state.set_state("Live", "success")

    def _show_count(self) -> None:
        self._counted.setText(counted(self.feed.total, MOST_COUNTED, self.feed.in_flight, len(self.rows), MOST_ROWS))

    # ---- one exchange

    def _current(self) -> Exchange | None:
        found: Exchange | None = self.table.current
        return found or self.inspector.exchange

    def _choose(self, exchange: Exchange | None) -> None:
        """A row that leaves the list (it is trimmed, or filtered away) stays in the inspector."""
        if exchange is not None:
            self.inspector.inspect(exchange)
            self.inspector.show()

    def _enter(self, _exchange: Exchange) -> None:
        self.inspector.tabs.tabBar().setFocus(Qt.FocusReason.TabFocusReason)

    def close_inspector(self) -> None:
        """Back to the list alone."""
        if self.inspector.isVisible():
            self.inspector.hide()
            self.inspector.clear()
            self.table.view.clearSelection()
            self.table.setFocus()

    def _fill_menu(self, menu: QMenu, exchanges: Sequence[Exchange]) -> None:
        self._fill_one(menu, exchanges[0])

    def _fill_one(self, menu: QMenu, exchange: Exchange) -> None:
        self.actions_.fill(menu, exchange)
        menu.addSeparator()
        for what, value, text in (
            ("model", exchange.model, exchange.model),
            ("key_id", exchange.key_id, exchange.key),
            ("provider", exchange.provider, exchange.provider),
            ("app", exchange.app, exchange.app),
            ("outcome", str(exchange.status or ""), str(exchange.status)),
        ):
            if value:
                only = partial(self.filters.narrow, **{what: value})
                menu.addAction(icon("filter", "text-muted"), f"Only {text}", only)

    # ---- the pane itself

    def focus_default(self) -> None:
        self.table.setFocus()

    def commands(self) -> Sequence[Command]:
        word, glyph = ("Resume", "play") if self.pause_button.isChecked() else ("Pause", "pause")
        return (
            Command(f"{word} the list", self.pause_button.toggle, glyph, "Requests"),
            Command("Go to the newest request", self.go_to_newest, "up", "Requests"),
            Command("Clear filters", self.filters.clear, "close", "Requests"),
            Command("Show only errors", partial(self.filters.narrow, outcome="error"), "filter", "Requests"),
        )  # fmt: skip

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and watched is self.table.view:
            self._fit()
        return super().eventFilter(watched, event)

    def _fit(self) -> None:
        """Show the columns that there is room for."""
        width = self.table.view.width() - self.table.view.verticalScrollBar().sizeHint().width()
        if width != self._widths:
            self._widths = width
            shown = fitting(width, theme.current().px(100) / 100)
            if (TIME in shown) == self.table.view.isColumnHidden(TIME):  # the first column is set in: it needs more
                wide = self.table.view.columnWidth(STATUS)
                self.table.view.setColumnWidth(STATUS, wide + (-SET_IN if TIME in shown else SET_IN))
            for at in range(len(COLUMNS)):
                self.table.view.setColumnHidden(at, at not in shown)
