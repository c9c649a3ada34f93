"""Keeps header, banners, badge and theme true to the core: reads what changed and shows it."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from conduit_desktop.runtime.routing import LabState
from conduit_desktop.runtime.service import GatewayService, SpentToday
from conduit_desktop.settings.schema import Settings
from conduit_desktop.ui import theme
from conduit_desktop.ui.banners import Banners
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.dialogs.unlock import UnlockDialog
from conduit_desktop.ui.header import Header
from conduit_desktop.ui.navigation import Navigation
from conduit_desktop.ui.panes.settings_faults_words import Place, banner_words, places
from conduit_desktop.ui.vault_state import VaultState

_SPEND_EVERY = 1500  # milliseconds between looks at today's spend, at most, while requests end
_FAULTS_EVERY = 400  # milliseconds between looks at the fault lab, at most, while calls meet its faults
_LOOK_EVERY = 1000  # the number in flight is looked at this often


class Standing(QObject):
    """Signal: ``looked()`` after the gateway's state, ``spend`` or ``unread`` was read anew."""

    looked = Signal()

    def __init__(
        self,
        window: QWidget,
        service: GatewayService,
        bridge: Bridge,
        header: Header,
        navigation: Navigation,
        banners: Banners,
    ) -> None:
        super().__init__(window)
        self._window, self._service, self._bridge = window, service, bridge
        self._header, self._navigation, self._banners = header, navigation, banners
        self.spend: SpentToday | None = None
        self.unread = 0
        self._spend_timer = _timer(self, _SPEND_EVERY, self._read_spend, once=True)
        self._faults_timer = _timer(self, _FAULTS_EVERY, self._read_faults, once=True)
        self._look_timer = _timer(self, _LOOK_EVERY, self._look)
        self._look()
        self._bridge.gateway_changed.connect(self._gateway_changed)
        self._bridge.configuration_changed.connect(self._read_settings)
        self._bridge.configuration_changed.connect(self.read_vault)
        self._bridge.exchange_started.connect(self._look)
        self._bridge.exchange_finished.connect(self._finished)
        self._bridge.notified.connect(self._read_unread)
        self._bridge.unread_changed.connect(self._read_unread)
        self._bridge.faults_changed.connect(self._faults_timer.start)

    def refresh(self) -> None:
        """Read everything; once after the window is made, and after a failed start."""
        self._look()
        self._show_gateway()
        self._read_settings()
        self._read_spend()
        self._read_unread()
        self.read_vault()
        self._look_timer.start()

    # ---- the gateway

    def _look(self, _exchanges: object = None) -> None:
        self._header.show_status(self._service.status)
        self.looked.emit()

    def _finished(self, _exchanges: object) -> None:
        self._look()
        if not self._spend_timer.isActive():
            self._spend_timer.start()

    def _gateway_changed(self, _notice: object) -> None:
        self._look()
        self._show_gateway()
        self._read_faults()

    def _show_gateway(self) -> None:
        status, banners = self._service.status, self._banners
        if status.state == "failed":
            text = status.detail or "The gateway could not be started."
            banners.set("gateway", "error", text, "Try again", self._header.start_wanted.emit)
        else:
            banners.clear("gateway")
        if status.state == "running" and status.detail:
            banners.set("port", "info", status.detail, dismissable=True)
        else:
            banners.clear("port")

    # ---- what is read from the service

    def _read_spend(self) -> None:
        self._bridge.run(self._service.spend_today(), self._show_spend, _ignore, owner=self, slot="spend")

    def _show_spend(self, spend: SpentToday) -> None:
        self.spend = spend
        self._header.show_spend(spend)
        self.looked.emit()

    def _read_unread(self, _notification: object = None) -> None:
        self._bridge.run(self._service.unread(), self._show_unread, _ignore, owner=self, slot="unread")

    def _show_unread(self, number: int) -> None:
        self.unread = number
        self._navigation.set_badge("notifications", number)
        self.looked.emit()

    def _read_settings(self) -> None:
        self._bridge.run(self._service.settings(), self._show_settings, owner=self, slot="settings")

    def _show_settings(self, settings: Settings) -> None:
        theme.current().set_mode(settings["theme"])
        theme.current().set_text_size(settings["text_size"])
        if settings["capture"]:
            text = "Capture is on: prompts and answers of every request are written to disk."
            self._banners.set("capture", "warning", text, "Turn off", self._stop_capture)
        else:
            self._banners.clear("capture")

    def _stop_capture(self) -> None:
        self._bridge.run(
            self._service.set_setting("capture", False), lambda _done: self._read_settings(), owner=self, name="capture"
        )

    # ---- the fault lab

    def _read_faults(self) -> None:
        self._bridge.run(self._faults(), self._show_faults, _ignore, owner=self, slot="faults")

    async def _faults(self) -> tuple[dict[str, LabState], list[Place]]:
        faults = await self._service.routing.faults()
        configuring = self._service.configuring
        return faults, places(await configuring.models(), await configuring.providers()) if faults else []

    def _show_faults(self, found: tuple[dict[str, LabState], list[Place]]) -> None:
        faults, known = found
        self._header.show_faults(len(faults))
        if faults:
            self._banners.set("faults", "warning", banner_words(faults, known), "Switch off", self._end_faults)
        else:
            self._banners.clear("faults")

    def _end_faults(self) -> None:
        async def end() -> None:
            for key in await self._service.routing.faults():
                await self._service.routing.set_fault(key, None)

        self._bridge.run(end(), lambda _done: self._read_faults(), owner=self, name="end faults")

    # ---- the vault

    def read_vault(self, fresh: bool = False) -> None:
        """Look whether secrets can be read."""
        self._bridge.run(self._service.vault_state(fresh=fresh), self._show_vault, owner=self, slot="vault")

    def _show_vault(self, state: VaultState) -> None:
        if state.ready:
            self._banners.clear("vault")
            return
        text = " ".join(part for part in (state.problem or f"{state.name} is locked.", state.hint) if part)
        if state.kind == "file":
            self._banners.set("vault", "warning", text, "Unlock…", lambda: self._unlock(state.hint))
        else:
            self._banners.set("vault", "error", text, "Try again", partial(self.read_vault, True))

    def _unlock(self, hint: str) -> None:
        dialog = UnlockDialog(self._window, self._service, self._bridge, hint)
        dialog.accepted.connect(partial(self.read_vault, True))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()


def _timer(parent: QObject, every: int, act: object, *, once: bool = False) -> QTimer:
    timer = QTimer(parent)
    timer.setInterval(every)
    timer.setSingleShot(once)
    timer.timeout.connect(act)
    return timer


def _ignore(_text: str) -> None:
    """A figure that could not be read keeps its last value; what is wrong shows elsewhere."""
