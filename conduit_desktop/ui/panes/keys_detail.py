"""The details of one key beside the table: its switch and text above, parts in tabs that fill themselves when they
are looked at, and everything that can be done with it."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QMenu, QVBoxLayout

from conduit_desktop.runtime.key_preview import KeyPreview
from conduit_desktop.runtime.keys import KeyView
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.panes import keys_words as words
from conduit_desktop.ui.panes.keys_columns import KeyRow
from conduit_desktop.ui.panes.keys_overview import OverviewPage
from conduit_desktop.ui.panes.keys_page import KeyPage
from conduit_desktop.ui.panes.keys_reach import ReachTable, reach_words
from conduit_desktop.ui.panes.keys_recent import RecentPage
from conduit_desktop.ui.panes.keys_usage import UsagePage
from conduit_desktop.ui.shown import ago
from conduit_desktop.ui.widgets.buttons import Button, IconButton
from conduit_desktop.ui.widgets.copying import SecretField
from conduit_desktop.ui.widgets.flow import flow
from conduit_desktop.ui.widgets.inputs import Switch
from conduit_desktop.ui.widgets.layout import column
from conduit_desktop.ui.widgets.split import DetailPanel, Tabs
from conduit_desktop.ui.widgets.status import Badge
from conduit_desktop.ui.widgets.text import Label

P = TypeVar("P", bound=KeyPage)
_NOT_KEPT = "Its text was shown once and is not kept. Rotate the key to get a new one."


class ReachPage(KeyPage):
    """What the key can see and reach."""

    title = "Reach"

    def __init__(self, service: GatewayService, bridge: Bridge) -> None:
        super().__init__(service, bridge)
        self._line = Label("", "small", wrap=True)
        self.table = ReachTable()
        box = column(self._line, gap=6, margins=(24, 10, 16, 0))
        whole = column(box, gap=6)
        whole.addWidget(self.table, 1)
        self.setLayout(whole)

    def present(self, row: KeyRow) -> None:
        self.shown = row
        work = self.service.configuring.preview_key(row.view.key)
        self.bridge.run(work, partial(self._show, row.id), self.table.show_error, owner=self, slot="reach")

    def _show(self, key_id: str, preview: KeyPreview) -> None:
        if self.shows(key_id):
            self._line.setText(reach_words(preview))
            self.table.show_preview(preview)


class KeyDetail(DetailPanel):
    """Signals say what the user wants done with the key shown; the pane does it. ``menu_wanted(QMenu)`` before the menu
    of everything opens."""

    edit_wanted = Signal()
    rotate_wanted = Signal()
    end_wanted = Signal()
    connect_wanted = Signal()
    switched = Signal(bool)
    menu_wanted = Signal(object)

    def __init__(self, service: GatewayService, bridge: Bridge, reveal: Callable[[KeyView], Awaitable[str]]) -> None:
        super().__init__()
        self._reveal = reveal
        self._row: KeyRow | None = None
        self._digest = ""
        self._stale: set[KeyPage] = set()
        edit = Button("Edit", icon="edit", small=True)
        edit.clicked.connect(self.edit_wanted)
        self.more = IconButton("more", "What can be done with this key", small=True)
        self.more.clicked.connect(self._open_menu)
        self._badge = Badge()
        for part in (edit, self.more):
            self.add_action(part)
        self.switch = Switch("Enabled")
        self.switch.clicked.connect(self.switched)
        self.secret = SecretField("Key text", partial(bridge.run, owner=self))
        self._not_kept = Label(_NOT_KEPT, "small", wrap=True)
        self._service, self._bridge = service, bridge
        self.pages: tuple[KeyPage, ...] = ()
        self.tabs = Tabs("Parts of the key")
        self.tabs.setProperty("inset", "true")
        self.tabs.currentChanged.connect(self._present)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(10)
        self.body.addLayout(self._top())
        self.body.addWidget(self.tabs, 1)

    def rest(self) -> Iterator[None]:
        """Makes the pages."""
        self.overview = self._page(OverviewPage)
        self.overview.end_wanted.connect(self.end_wanted)
        yield
        self.usage = self._page(UsagePage)
        yield
        self.reach = self._page(ReachPage)
        yield
        self.recent = self._page(RecentPage)

    def _page(self, kind: Callable[[GatewayService, Bridge], P]) -> P:
        page = kind(self._service, self._bridge)
        self.pages += (page,)
        self.tabs.addTab(page, page.title)
        return page

    def _top(self) -> QVBoxLayout:
        connect = Button("Connect a tool", icon="connect", small=True)
        connect.clicked.connect(self.connect_wanted)
        rotate = Button("Rotate…", icon="refresh", small=True)
        rotate.clicked.connect(self.rotate_wanted)
        return column(
            flow(self.switch, connect, rotate, self._badge), self.secret, self._not_kept, gap=10, margins=(16, 0, 16, 0)
        )

    @property
    def row(self) -> KeyRow | None:
        """The key that is shown."""
        return self._row

    def show_key(self, shown: KeyRow) -> None:
        """Show a key anew; its text stays revealed while it is the same one."""
        self._row = shown
        view, key = shown.view, shown.view.key
        made = f"Made {ago(key.created)}"
        self.set_head(key.name, f"{key.tag} · {made}" if key.tag else made)
        state = words.state(view, time.time())
        self._badge.set_badge(*state.badge)
        self._badge.setVisible(state not in (words.ON, words.OFF))  # those two the switch says
        self.switch.setChecked(key.enabled)
        self.switch.setAccessibleName(f"Enabled: {key.name}")
        if key.digest != self._digest:
            self._digest = key.digest
            self.secret.set_secret(self._fetch if key.secret_ref else None, key.last4)
        self._not_kept.setVisible(key.secret_ref is None)
        self._stale = set(self.pages)
        self._present()

    def _present(self, _index: int = 0) -> None:
        page = self.tabs.currentWidget()
        if self._row is not None and isinstance(page, KeyPage) and page in self._stale:
            self._stale.discard(page)
            page.present(self._row)

    def _fetch(self) -> Awaitable[str]:
        assert self._row is not None
        return self._reveal(self._row.view)

    def _open_menu(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.menu_wanted.emit(menu)
        menu.popup(self.more.mapToGlobal(self.more.rect().bottomLeft()))

    def cover(self) -> None:
        """Hide a revealed text."""
        self.secret.cover()
