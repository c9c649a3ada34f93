"""The admin API on the Settings screen: where it is, the master key that opens it, and who changed what."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from conduit_desktop.runtime.administering import MasterState
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.dialogs.confirm import confirm
from conduit_desktop.ui.panes.settings_master import MasterKeySheet
from conduit_desktop.ui.shown import ago
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.copying import CopyField, SecretField
from conduit_desktop.ui.widgets.layout import column, row, rule
from conduit_desktop.ui.widgets.status import StatusDot
from conduit_desktop.ui.widgets.text import Label

API, DOCS = "/admin/v1", "/admin/docs"
_ABOUT = "Everything this window can do, for scripts. It listens where the gateway does, on this machine only."
_NONE = "Nobody can use the admin API until there is a master key."
_ROTATE = "Scripts that use the master key of now are refused from then on. Give them the new one."


class AdminSection(QWidget):
    """Loads itself by ``load``."""

    def __init__(self, service: GatewayService, bridge: Bridge) -> None:
        super().__init__()
        self.setObjectName("settings-admin")
        self._service, self._bridge = service, bridge
        self._state: MasterState | None = None
        self.address = CopyField("", "Admin API address")
        self.docs = Button("Open its documentation", icon="external")
        self.docs.clicked.connect(self._open_docs)
        self._stopped = Label("The gateway is stopped: the admin API answers when it runs.", "small", wrap=True)
        place = row(gap=SPACE.s)
        place.addWidget(self.address, 1)
        place.addWidget(self.docs)
        where = column(Label("Address", "medium"), Label(_ABOUT, "small", wrap=True), gap=2)
        self.setLayout(column(where, place, self._stopped, rule(), self._key(), gap=SPACE.m, margins=(0, 12, 0, 14)))
        self.show_state(MasterState(False))
        self.show_gateway()

    def _key(self) -> QWidget:
        self.dot = StatusDot("", "neutral", hollow=True)
        self.said = Label("", "small", wrap=True)
        self.make = Button("Make master key", "primary", icon="key")
        self.make.clicked.connect(self._make)
        self.rotate = Button("Rotate…", icon="replay")
        self.rotate.clicked.connect(lambda: self._bridge.run(self._rotate(), owner=self, slot="rotate"))
        self.secret = SecretField("Master key", self._fetch)
        words = column(row(Label("Master key", "medium"), self.dot, None, gap=SPACE.m), self.said, gap=2)
        box = row(gap=SPACE.s)
        box.addWidget(self.secret, 1)
        box.addWidget(self.rotate)
        made = QWidget()
        made.setLayout(column(words, box, row(self.make, None), gap=SPACE.s))
        return made

    # ---- what is shown

    def load(self) -> None:
        self.show_gateway()
        self._bridge.run(
            self._service.admin.master_state(), self.show_state, self._fail, owner=self, slot="master state"
        )

    def show_gateway(self) -> None:
        """Where the API is, by the gateway's address of now."""
        base = self._service.status.base_url if self._service.status.state == "running" else ""
        self.address.set_text(base + API if base else f"http://127.0.0.1:…{API}")
        self.docs.setEnabled(bool(base))
        self._stopped.setVisible(not base)

    def show_state(self, state: MasterState) -> None:
        """Whether there is a master key, and what may be shown of it."""
        if state.exists:
            self.dot.set_state("Made", "success")
            made = f"Made {ago(state.created)}, ends in {state.last4}. " if state.created else ""
            kept = "The vault keeps its text." if state.kept else "Its text was not kept: rotate it to get a new one."
            self.said.setText(made + kept)
        else:
            self.dot.set_state("None yet", "neutral", hollow=True)
            self.said.setText(_NONE)
        self.said.set_tone("")
        if state != self._state:  # else what is being looked at stays
            self._state = state
            self.secret.set_secret(self._service.admin.reveal_master_key if state.kept else None, state.last4)
        for part in (self.secret, self.rotate):
            part.setVisible(state.exists)
        self.make.setVisible(not state.exists)

    def _fail(self, text: str) -> None:
        self.said.setText(text)
        self.said.set_tone("danger")

    # ---- what the user does

    def _fetch(self, work: object, done: object) -> object:
        return self._bridge.run(work, done, owner=self, slot="reveal")  # type: ignore[arg-type]

    def _make(self) -> None:
        self.make.set_busy(True)
        self._bridge.run(self._new(), partial(self._made, False), self._not_made, owner=self, slot="make")

    async def _rotate(self) -> None:
        if await confirm(self, "Make a new master key?", _ROTATE, "Make a new one"):
            self._made(True, await self._new())

    async def _new(self) -> tuple[str, MasterState]:
        return await self._service.admin.new_master_key(), await self._service.admin.master_state()

    def _made(self, rotated: bool, made: tuple[str, MasterState]) -> None:
        text, state = made
        self.make.set_busy(False)
        self.show_state(state)
        MasterKeySheet(self, self._bridge, text, kept=state.kept, rotated=rotated).open()

    def _not_made(self, text: str) -> None:
        self.make.set_busy(False)
        self._fail(text)

    def _open_docs(self) -> None:
        if not QDesktopServices.openUrl(QUrl(self._service.status.base_url + DOCS)):
            self._bridge.tell("No browser answered. Open the address of the API with /admin/docs instead.", "error")
