"""The right side of the log: everything known of one exchange, in tabs that fill themselves when they are looked at."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QMenu

from conduit_desktop.records import Capture, Exchange
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.panes.requests_attempts import AttemptsPage
from conduit_desktop.ui.panes.requests_bodies import RequestPage, ResponsePage
from conduit_desktop.ui.panes.requests_cost import CostPage
from conduit_desktop.ui.panes.requests_overview import Overview
from conduit_desktop.ui.panes.requests_page import Inspected, Page
from conduit_desktop.ui.panes.requests_stream import StreamPage
from conduit_desktop.ui.panes.requests_timeline import Timeline
from conduit_desktop.ui.panes.requests_words import in_flight, status_text, when
from conduit_desktop.ui.widgets.buttons import IconButton
from conduit_desktop.ui.widgets.split import DetailPanel, Tabs

PAGES: tuple[type[Page], ...] = (
    Overview,
    Timeline,
    RequestPage,
    ResponsePage,
    StreamPage,
    AttemptsPage,
    CostPage,
)
PAUSE = 40  # milliseconds: while rows are walked through quickly, only the one stopped at is shown


class Inspector(DetailPanel):
    """Signal: ``menu_wanted(QMenu, Exchange)``: the menu of what can be done with it is about to open."""

    menu_wanted = Signal(object, object)

    def __init__(self, service: GatewayService, bridge: Bridge) -> None:
        super().__init__()
        self.service, self.bridge = service, bridge
        self.inspected: Inspected | None = None
        self._stale: set[Page] = set()
        self.tabs = Tabs("Parts of the request")
        self.pages: tuple[Page, ...] = ()
        self.tabs.currentChanged.connect(self._present)
        self.body.addWidget(self.tabs)
        more = IconButton("more", "What can be done with this request", small=True)
        more.clicked.connect(partial(self._open_menu, more))
        self.add_action(more)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE)
        self._pause.timeout.connect(self._show)

    def rest(self) -> Iterator[None]:
        """Makes the pages."""
        for kind in PAGES:
            page = kind(self.service, self.bridge)
            self.pages += (page,)
            self.tabs.addTab(page, page.title)
            yield

    @property
    def exchange(self) -> Exchange | None:
        """What is looked at."""
        return self.inspected.exchange if self.inspected is not None else None

    def inspect(self, exchange: Exchange) -> None:
        """Look at ``exchange``; attempts and bodies follow."""
        if self.exchange == exchange and self.isVisible():
            return
        self.inspected = Inspected(exchange)
        self.set_head(exchange.model or exchange.path, f"{status_text(exchange)} · {when(exchange.started)}")
        self._pause.start()

    def clear(self) -> None:
        """Look at nothing."""
        self.inspected = None
        self._pause.stop()

    def ended(self, exchange: Exchange) -> None:
        """What is looked at may have ended just now."""
        if self.exchange is not None and self.exchange.id == exchange.id:
            self.inspect(exchange)

    def _show(self) -> None:
        if self.inspected is None:
            return
        self._stale = set(self.pages)
        self._present()
        if not in_flight(self.inspected.exchange):
            exchange = self.inspected.exchange
            self.bridge.run(self._fetch(exchange), self._fetched, owner=self, slot="inspect")

    async def _fetch(self, exchange: Exchange) -> Inspected:
        whole = await self.service.activity.exchange(exchange.id)
        capture: Capture | None = await self.service.activity.capture(exchange.id)
        return Inspected(whole or exchange, capture, fetched=True)

    def _fetched(self, inspected: Inspected) -> None:
        if self.exchange is not None and self.exchange.id == inspected.exchange.id:
            self.inspected = inspected
            self._stale = set(self.pages)
            self._present()

    def _present(self, _index: int = 0) -> None:
        page = self.tabs.currentWidget()
        if self.inspected is not None and isinstance(page, Page) and page in self._stale:
            self._stale.discard(page)
            page.present(self.inspected)

    def _open_menu(self, button: IconButton) -> None:
        if self.exchange is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.menu_wanted.emit(menu, self.exchange)
        menu.popup(button.mapToGlobal(button.rect().bottomLeft()))
