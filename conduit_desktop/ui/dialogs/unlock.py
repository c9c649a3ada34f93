"""Asks for the passphrase of the file vault."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.dialogs.base import Dialog
from conduit_desktop.ui.widgets.copying import SecretEdit


class UnlockDialog(Dialog):
    """Stays open, saying why, until the passphrase is right or the user gives up."""

    def __init__(self, parent: QWidget | None, service: GatewayService, bridge: Bridge, hint: str = "") -> None:
        super().__init__(parent, "Unlock the vault", hint or "Provider keys are kept in an encrypted file.")
        self._service, self._bridge = service, bridge
        self.secret = SecretEdit("Passphrase", "Passphrase")
        self.body.addWidget(self.secret)
        self.add_button("Cancel").clicked.connect(self.reject)
        self._go = self.add_button("Unlock", "primary", default=True)
        self._go.clicked.connect(self._unlock)
        self.secret.setFocus()

    def _unlock(self) -> None:
        if not self.secret.text:
            self.set_error("Enter the passphrase.")
            return
        self._go.setEnabled(False)
        self._bridge.run(
            self._service.unlock_vault(self.secret.text),
            lambda _result: self.accept(),
            self._refuse,
            owner=self,
            name="unlock vault",
        )

    def _refuse(self, text: str) -> None:
        self._go.setEnabled(True)
        self.set_error(text)
        self.secret.clear()
        self.secret.setFocus()
