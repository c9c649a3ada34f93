"""Dashboard: what goes on, in two views. Overview says how things are now, Usage what was used and by whom."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QStackedLayout, QWidget

from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui import theme
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.panes.base import Pane
from conduit_desktop.ui.panes.dashboard_overview import OverviewView
from conduit_desktop.ui.panes.dashboard_view import DashboardView
from conduit_desktop.ui.panes.usage_asked import Asked
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets import memory
from conduit_desktop.ui.widgets.inputs import Segmented
from conduit_desktop.ui.widgets.palette import Command

if TYPE_CHECKING:
    from conduit_desktop.ui.panes.usage import UsageView
    from conduit_desktop.ui.panes.usage_figures import UsageFigures

V = TypeVar("V", bound=DashboardView)
VIEWS = (("overview", "Overview"), ("usage", "Usage"))


class DashboardPane(Pane[GatewayService]):
    """Ctrl+PgUp and Ctrl+PgDown go from one view to the other. Each is made when it is first shown."""

    title = "Dashboard"
    margins = (0, 0, 0, 0)

    def __init__(self, service: GatewayService, bridge: Bridge, parent: Any = None) -> None:
        super().__init__(service, bridge, parent)
        self._loaded = True  # the views read for themselves
        self.views: dict[str, DashboardView] = {}
        self.switch = Segmented(VIEWS, name="View", value=memory.read_text("dashboard/view", "overview"))
        self.switch.setToolTip("Ctrl+PgUp and Ctrl+PgDown")
        self.switch.changed.connect(self.show_view)
        self.add_beside_title(self.switch)
        content = QWidget()
        self._stack = QStackedLayout(content)
        self.body.addWidget(content)
        for keys in ("Ctrl+PgUp", "Ctrl+PgDown"):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(self._turn)
        self.show_view(self.switch.value)

    @cached_property
    def overview(self) -> OverviewView:
        return self._add("overview", OverviewView(self.service, self.bridge))

    @cached_property
    def _tables(self) -> UsageFigures:
        from conduit_desktop.ui.panes.usage_figures import UsageFigures

        return UsageFigures()

    @cached_property
    def _unplaced(self) -> UsageView:
        from conduit_desktop.ui.panes.usage import UsageView

        return UsageView(self.service, self.bridge, self._tables)

    @cached_property
    def usage(self) -> UsageView:
        return self._add("usage", self._unplaced)

    def parts(self) -> Sequence[Callable[[], object]]:
        return lambda: self.overview, lambda: self._tables, lambda: self._unplaced, lambda: self.usage

    def _add(self, key: str, view: V) -> V:
        view.tools.hide()
        self.views[key] = view
        self.add_action(view.tools)  # before what is below them, for Tab
        self._stack.addWidget(view)
        view.said.connect(self._say)
        return view

    @property
    def view(self) -> DashboardView:
        """The one that is shown."""
        return self.usage if self.switch.value == "usage" else self.overview

    def show_view(self, key: str) -> None:
        """Show one of VIEWS."""
        self.switch.set_value(key)
        memory.write("dashboard/view", key)
        shown = self.view
        for view in self.views.values():
            view.tools.setVisible(view is shown)
        self._stack.setCurrentWidget(shown)
        self._say()

    def _turn(self) -> None:
        self.show_view("usage" if self.switch.value == "overview" else "overview")
        self.focus_default()

    def _say(self, _text: str = "") -> None:
        """The view's few words, where there is room for them beside what can be pressed."""
        now = theme.current()
        taken = now.metrics("title").horizontalAdvance(self.title) + 2 * SPACE.xl + 5 * SPACE.m
        taken += self.switch.sizeHint().width() + self.view.tools.sizeHint().width()
        words = self.view.subtitle
        self.set_subtitle(words if taken + now.metrics("muted").horizontalAdvance(words) <= self.width() else "")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._say()

    def load(self) -> None:
        self.view.load()

    def open_with(self, argument: object) -> None:
        """With the name of a view; with what Usage is to be asked."""
        if isinstance(argument, Asked):
            self.usage.ask(argument)
            self.show_view("usage")
        elif argument in dict(VIEWS):
            self.show_view(str(argument))

    def focus_default(self) -> None:
        self.view.focus_default()

    def commands(self) -> Sequence[Command]:
        return self.view.commands()
