"""Settings: every row of the schema, the vault, where the data is, and what this app is."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from conduit_desktop.bus import GatewayChanged
from conduit_desktop.runtime.service import GatewayService, GatewayStatus
from conduit_desktop.settings.schema import BY_KEY, SETTINGS, Settings, Value
from conduit_desktop.ui import theme
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.panes.settings_about import sizes
from conduit_desktop.ui.panes.settings_index import LEAST, GroupIndex
from conduit_desktop.ui.panes.settings_rows import SettingRow
from conduit_desktop.ui.panes.settings_sections import LOADING, SECTIONS, Sections
from conduit_desktop.ui.panes.settings_zones import time_zones
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets.layout import column, panel, pile, row, rule, scrolled
from conduit_desktop.ui.widgets.palette import Command
from conduit_desktop.ui.widgets.states import Banner
from conduit_desktop.ui.widgets.text import Label

_WIDTH = 820
_APART = 0.005  # seconds between two turns of making it; what the user does comes in between


class SettingsPane(Sections):
    """One card a group. A change is saved at once; there is nothing to apply.

    It is much to make and to lay out, so it comes row by row, from the top, in the first turns of the loop in which it
    is shown. Where somebody wants to go meanwhile is gone to when all is there.
    """

    title = "Settings"
    margins = (0, 0, 0, 0)

    def __init__(self, service: GatewayService, bridge: Bridge, parent: Any = None) -> None:
        super().__init__(service, bridge, parent)
        self.rows: dict[str, SettingRow] = {}
        self._left = deque(_parts())
        self.whole = False  # whether all of it is there, and laid out
        self._then: object = None  # where to go when all is there
        self._settings: Settings | None = None
        self._applied: dict[str, Value] = {}  # what the running gateway was started with
        self._offered = False
        self._failed = Banner("error", "", "Try again")
        self._failed.acted.connect(self.load)
        self._failed.hide()
        self._lay_out()
        self.set_subtitle("Changes are saved at once")
        self.bridge.configuration_changed.connect(self._changed)
        self.bridge.gateway_changed.connect(self._gateway_changed)

    def _lay_out(self) -> None:
        """From the outside in: what is put into a widget that has its place already is styled once, and not again with
        each widget around it."""
        page, inner = QWidget(), QWidget()
        inner.setMaximumWidth(_WIDTH)
        for each in (page, inner):  # as they grow, what is there need not be painted anew
            each.setAttribute(Qt.WidgetAttribute.WA_StaticContents)
        self.area, self._beside = scrolled(page), QWidget()
        split = row(self._beside, gap=0)
        split.addWidget(self.area, 1)
        self.body.setSpacing(0)
        self.body.addWidget(self._failed)
        self.body.addLayout(split, 1)
        self._box = column(gap=SPACE.s)
        inner.setLayout(self._box)
        line = row(gap=0, margins=(SPACE.xl, 0, SPACE.xl, SPACE.xl))
        line.addWidget(inner, 1)
        line.addStretch(0)
        page.setLayout(line)
        self._heads = {group: Label(group, "heading") for group, _ in self._left}
        self._cards: dict[str, QVBoxLayout] = {}
        self.index = GroupIndex(self.area, self._heads)
        self._beside.setLayout(column(self.index, margins=(SPACE.l, 0, 0, SPACE.l)))
        self._make()

    def _make(self) -> None:
        """Make the next row or section, below what is there; the last one fills the page."""
        group, name = self._left.popleft()
        if (inside := self._cards.get(group)) is None:
            if self._cards:
                self._box.addSpacing(SPACE.m)
            self._box.addWidget(self._heads[group])
            inside = self._cards[group] = pile(gap=0, margins=(16, 3, 16, 3))
            self._box.addWidget(panel(inside, "card"))
        else:
            inside.addWidget(rule())
        inside.addWidget(self._make_row(name) if name in BY_KEY else getattr(self, name))
        if not self._left:
            self._box.addStretch(1)

    def _make_row(self, key: str) -> SettingRow:
        made = self.rows[key] = SettingRow(BY_KEY[key])
        made.wanted.connect(self._save)
        made.restart_wanted.connect(self.restart)
        if self._settings is not None:
            made.show_value(self._settings[key])
        return made

    async def _make_all(self) -> None:
        """What is left, a row or section a turn: making, laying out and painting one is as much as a turn should do."""
        await asyncio.sleep(_APART)
        while self._left:  # others may be at it, too: it is looked at behind each pause
            self._make()
            await asyncio.sleep(_APART)
        if self.whole:
            return
        self.whole = True
        self.index.go_on()
        wanted, self._then = self._then, None
        if wanted is not None and self.isVisible():
            self.open_with(wanted)

    # ---- what is shown

    async def refresh(self) -> None:
        settings = await self.service.settings()
        self._failed.hide()
        if not self._applied:
            self._applied = _started_with(self.service.status, settings)
        self._settings = settings
        for key, each in self.rows.items():
            each.show_value(settings[key])
        await self._make_all()
        await self._offer()
        self._show_restart()
        for name in LOADING:
            getattr(self, name).load()
        self.vault.show_state(await self.service.vault_state())
        self.data.show_sizes(await self.service.run(sizes, self.service.home))

    async def _offer(self) -> None:
        """The choices that are read from the disk, once."""
        if not self._offered and (rows := [each for each in self.rows.values() if each.setting.form == "zone"]):
            zones = await self.service.run(time_zones)
            for each in rows:
                each.offer(zones)
        self._offered = True

    def show_failure(self, text: str) -> None:
        self._failed.set_message("error", f"The settings could not be read. {text}", "Try again")
        self._failed.show()
        self.bridge.run(self._make_all(), owner=self, slot="make")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._beside.setVisible(self.width() >= theme.current().px(LEAST))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.load()

    def _changed(self) -> None:
        if self.isVisible():
            self.load()

    def _gateway_changed(self, notice: GatewayChanged) -> None:
        if notice.state == "running" and self._loaded:
            self.bridge.run(self.service.settings(), self._remember_applied, owner=self, slot="applied")
        self._show_restart()
        self.admin.show_gateway()

    def _remember_applied(self, settings: Settings) -> None:
        self._applied = _started_with(self.service.status, settings)
        self._show_restart()

    def _show_restart(self) -> None:
        running = self.service.status.state == "running"
        for key, each in self.rows.items():
            applied = self._applied.get(key)
            differs = running and applied is not None and self._settings is not None and applied != self._settings[key]
            each.show_restart(applied if differs else None)

    # ---- what the user does

    def _save(self, key: str, value: Value) -> None:
        each = self.rows[key]
        self.bridge.run(
            self.service.set_setting(key, value),
            lambda _done: self._saved(key, value),
            lambda text: each.set_error(f"This was not saved. {text}"),
            owner=self,
            slot=f"save {key}",
        )

    def _saved(self, key: str, value: Value) -> None:
        self.rows[key].show_saved(value)
        if self._settings is not None:
            self._settings = Settings({**self._settings.stored, key: value})
        self._show_restart()

    def restart(self) -> None:
        """Stop the gateway when its requests have ended, and start it again."""

        async def again() -> GatewayStatus:
            await self.service.stop()
            return await self.service.start()

        for each in self.rows.values():
            each.set_restarting(True)
        self.bridge.run(again(), self._restarted, partial(self._restarted, None), owner=self, slot="restart")

    def _restarted(self, status: GatewayStatus | None, text: str = "") -> None:
        for each in self.rows.values():
            each.set_restarting(False)
        if status is not None and status.state == "running":
            self.bridge.tell(f"The gateway runs at {status.base_url}")
        else:
            self.bridge.tell(status.detail if status is not None else text, "error")

    # ---- the pane

    def focus_default(self) -> None:
        next(iter(self.rows.values())).control.widget.setFocus()

    def open_with(self, argument: object) -> None:
        """A setting's key, or a section's name: what to bring into view."""
        if not self.whole:
            self._then = argument
        elif argument == "recompute":
            self.prices.recompute()
        elif argument in self.rows:
            self.rows[str(argument)].control.widget.setFocus()
            self.area.ensureWidgetVisible(self.rows[str(argument)], 0, SPACE.xxl)
        elif any(argument in names for names in SECTIONS.values()):
            self.area.ensureWidgetVisible(getattr(self, str(argument)), 0, SPACE.xxl)

    def commands(self) -> Sequence[Command]:
        return (
            *(
                Command(f"{each.group}: {each.label}", partial(self.open_with, each.key), "settings", "Settings")
                for each in SETTINGS
            ),
            Command("Check the vault again", self.check_vault, "shield", "Settings"),
            Command(
                "Open the data folder", lambda: self.open_folder(str(self.service.home.folder)), "folder", "Settings"
            ),
        )


def _started_with(status: GatewayStatus, settings: Settings) -> dict[str, Value]:
    """The values that the running gateway was started with, of the settings that need a restart. A gateway that had
    to take another port was started with the wanted one."""
    applied: dict[str, Value] = {setting.key: settings[setting.key] for setting in SETTINGS if not setting.live}
    if status.state == "running" and status.port and not status.detail:
        applied["port"] = status.port
    return applied if status.state == "running" else {}


def _parts() -> Iterator[tuple[str, str]]:
    """The groups of the schema, then those of sections alone: each with the keys of its rows, then its sections."""
    for group in dict.fromkeys((*(setting.group for setting in SETTINGS), *SECTIONS)):
        for name in (*(setting.key for setting in SETTINGS if setting.group == group), *SECTIONS.get(group, ())):
            yield group, name
