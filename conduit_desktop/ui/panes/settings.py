"""Settings: every row of the schema, the vault, where the data is, and what this app is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from conduit_desktop.bus import GatewayChanged
from conduit_desktop.runtime.service import GatewayService, GatewayStatus
from conduit_desktop.settings.schema import SETTINGS, Settings, Value
from conduit_desktop.ui import theme
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.dialogs.unlock import UnlockDialog
from conduit_desktop.ui.panes.base import Pane
from conduit_desktop.ui.panes.settings_about import AboutSection, DataSection, Licence, show_licence, sizes
from conduit_desktop.ui.panes.settings_admin import AdminSection
from conduit_desktop.ui.panes.settings_audit import AuditTable
from conduit_desktop.ui.panes.settings_cache import CacheSection
from conduit_desktop.ui.panes.settings_faults import FaultsSection
from conduit_desktop.ui.panes.settings_file import FileSection
from conduit_desktop.ui.panes.settings_index import LEAST, GroupIndex
from conduit_desktop.ui.panes.settings_prices import PricesSection
from conduit_desktop.ui.panes.settings_rows import SettingRow
from conduit_desktop.ui.panes.settings_vault import VaultSection
from conduit_desktop.ui.panes.settings_webhook import WebhookSection
from conduit_desktop.ui.panes.settings_zones import time_zones
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets.layout import card, column, row, rule, scrolled
from conduit_desktop.ui.widgets.palette import Command
from conduit_desktop.ui.widgets.states import Banner
from conduit_desktop.ui.widgets.text import Label

_WIDTH = 820
_PLACES = ("cache", "prices", "notifications", "admin", "audit", "vault", "data", "faults", "about")


class SettingsPane(Pane[GatewayService]):
    """One card a group. A change is saved at once; there is nothing to apply."""

    title = "Settings"
    margins = (0, 0, 0, 0)

    def __init__(self, service: GatewayService, bridge: Bridge, parent: Any = None) -> None:
        super().__init__(service, bridge, parent)
        self.rows = {setting.key: SettingRow(setting) for setting in SETTINGS}
        self.vault, self.data, self.about = VaultSection(), DataSection(service.home), AboutSection()
        self.prices = PricesSection(service, bridge)
        self.admin, self.audit = AdminSection(service, bridge), AuditTable(service, bridge)
        self.notifications, self.file = WebhookSection(service, bridge), FileSection(service, bridge)
        self.cache, self.faults = CacheSection(service, bridge), FaultsSection(service, bridge)
        own = (self.cache, self.prices, self.notifications, self.admin, self.audit, self.faults)
        self._own = own  # those that load themselves
        self._settings: Settings | None = None
        self._applied: dict[str, Value] = {}  # what the running gateway was started with
        self._offered = False
        self._failed = Banner("error", "", "Try again")
        self._failed.acted.connect(self.load)
        self._failed.hide()
        self._lay_out()
        self.set_subtitle("Changes are saved at once")
        self._connect()

    def _lay_out(self) -> None:
        """From the outside in: what is put into a widget that has its place already is styled once, and not again with
        each widget around it."""
        page, inner = QWidget(), QWidget()
        inner.setMaximumWidth(_WIDTH)
        self.area, self._beside = scrolled(page), QWidget()
        split = row(self._beside, gap=0)
        split.addWidget(self.area, 1)
        self.body.setSpacing(0)
        self.body.addWidget(self._failed)
        self.body.addLayout(split, 1)
        box = column(gap=SPACE.s)
        inner.setLayout(box)
        line = row(gap=0, margins=(SPACE.xl, 0, SPACE.xl, SPACE.xl))
        line.addWidget(inner, 1)
        line.addStretch(0)
        page.setLayout(line)
        groups = list(self._groups())
        places: dict[str, QWidget] = {title: Label(title, "heading") for title, _ in groups}
        self.index = GroupIndex(self.area, places)
        self._beside.setLayout(column(self.index, margins=(SPACE.l, 0, 0, SPACE.l)))
        for title, parts in groups:
            if box.count():
                box.addSpacing(SPACE.m)
            box.addWidget(places[title])
            box.addWidget(_card(parts))
        box.addStretch(1)

    def _groups(self) -> Iterator[tuple[str, Sequence[QWidget]]]:
        """The schema's groups, with what belongs to them, and what has a group of its own."""
        more: dict[str, Sequence[QWidget]] = {
            **{"Routing": (self.cache,), "Notifications": (self.notifications,)},
            "Prices": (self.prices,),
            "Admin API": (self.admin, self.audit),
            "Vault": (self.vault,),
            "Data": (self.data, self.file),
            "Advanced": (self.faults,),
            "About": (self.about,),
        }
        for group in dict.fromkeys(setting.group for setting in SETTINGS):
            rows = [self.rows[setting.key] for setting in SETTINGS if setting.group == group]
            yield group, (*rows, *more.pop(group, ()))
        yield from more.items()

    def _connect(self) -> None:
        for each in self.rows.values():
            each.wanted.connect(self._save)
            each.restart_wanted.connect(self.restart)
        self.vault.check_wanted.connect(self.check_vault)
        self.vault.unlock_wanted.connect(self._unlock)
        self.data.folder_wanted.connect(self._open_folder)
        self.about.licence_wanted.connect(self._show_licence)
        self.bridge.configuration_changed.connect(self._changed)
        self.bridge.gateway_changed.connect(self._gateway_changed)

    # ---- what is shown

    async def refresh(self) -> None:
        await self._offer()
        settings = await self.service.settings()
        self._failed.hide()
        if not self._applied:
            self._applied = _started_with(self.service.status, settings)
        self._settings = settings
        for key, each in self.rows.items():
            each.show_value(settings[key])
        self._show_restart()
        for part in self._own:
            part.load()
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

    def check_vault(self) -> None:
        """Ask the vault again, as after unlocking the keyring."""
        self.vault.check.set_busy(True)
        self.bridge.run(
            self.service.vault_state(fresh=True), self.vault.show_state, self._check_failed, owner=self, slot="vault"
        )

    def _check_failed(self, text: str) -> None:
        self.vault.check.set_busy(False)
        self.bridge.tell(text, "error")

    def _unlock(self) -> None:
        dialog = UnlockDialog(self, self.service, self.bridge, self.vault.hint.text())
        dialog.accepted.connect(self.check_vault)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _open_folder(self, folder: str) -> None:
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(folder)):
            self.bridge.tell("No file manager answered. Copy the path instead.", "error")

    def _show_licence(self, licence: Licence) -> None:
        show_licence(self, self.service, self.bridge, licence)

    # ---- the pane

    def focus_default(self) -> None:
        next(iter(self.rows.values())).control.widget.setFocus()

    def open_with(self, argument: object) -> None:
        """A setting's key, or one of ``_PLACES``: what to bring into view."""
        if argument == "recompute":
            return self.prices.recompute()
        if argument in self.rows:
            target: QWidget = self.rows[str(argument)]
            self.rows[str(argument)].control.widget.setFocus()
        else:
            found = getattr(self, str(argument), None) if argument in _PLACES else None
            if not isinstance(found, QWidget):
                return
            target = found
        self.area.ensureWidgetVisible(target, 0, SPACE.xxl)

    def commands(self) -> Sequence[Command]:
        return (
            *(
                Command(
                    f"{each.setting.group}: {each.setting.label}", partial(self.open_with, key), "settings", "Settings"
                )
                for key, each in self.rows.items()
            ),
            Command("Check the vault again", self.check_vault, "shield", "Settings"),
            Command(
                "Open the data folder", lambda: self._open_folder(str(self.service.home.folder)), "folder", "Settings"
            ),
        )


def _started_with(status: GatewayStatus, settings: Settings) -> dict[str, Value]:
    """The values that the running gateway was started with, of the settings that need a restart. A gateway that had
    to take another port was started with the wanted one."""
    applied: dict[str, Value] = {setting.key: settings[setting.key] for setting in SETTINGS if not setting.live}
    if status.state == "running" and status.port and not status.detail:
        applied["port"] = status.port
    return applied if status.state == "running" else {}


def _card(parts: Sequence[QWidget]) -> QWidget:
    lines: list[QWidget] = []
    for at, part in enumerate(parts):
        lines += ([rule()] if at else []) + [part]
    return card(*lines, gap=0, margins=(16, 3, 16, 3))
