"""The sheet for a provider's further key: a new one, or another text or name for one."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from conduit_desktop.errors import ConduitError
from conduit_desktop.records import Provider
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.panes.outcome import outcome
from conduit_desktop.ui.panes.providers_credentials_words import ProviderKey
from conduit_desktop.ui.widgets.copying import SecretEdit
from conduit_desktop.ui.widgets.form import Form
from conduit_desktop.ui.widgets.sheet import Sheet

_ADD = "Requests use the provider's keys in turn. Its text is kept in the vault."
_EDIT = "Its text is kept in the vault. From the next request on, the new one is used."


class CredentialSheet(Sheet):
    """``key`` None: a new one. Signal: ``stored(Provider)``."""

    stored = Signal(object)

    def __init__(
        self, parent: QWidget, service: GatewayService, bridge: Bridge, provider: Provider, key: ProviderKey | None
    ) -> None:
        title = f"Another key for {provider.name}" if key is None else f"Edit {key.name} of {provider.name}"
        super().__init__(parent, title, "Add key" if key is None else "Save key", _ADD if key is None else _EDIT)
        self._service, self._bridge = service, bridge
        self._provider, self._key = provider, key
        self.name = QLineEdit(key.name if key is not None else "")
        self.name.setPlaceholderText("team account")
        self.secret = SecretEdit("API key", f"•••• {key.last4}" if key is not None else "")
        form = self.form = Form()
        self._name_row = form.add("Name", self.name, "What the log calls it. It never leaves this machine.")
        self._secret_row = form.add(
            "API key", self.secret, "" if key is None else "Leave empty to keep the stored key."
        )
        self.body.addWidget(form)
        self.body.addStretch(1)
        self.accepted.connect(self._store)

    def _store(self) -> None:
        self.form.clear_errors()
        if not self.name.text().strip():
            self._name_row.set_error("Give it a name.")
        if not self.secret.text and self._key is None:
            self._secret_row.set_error("Paste the key.")
        if self.form.focus_first_error():
            return
        self.set_busy(True)
        configuring, provider, key = self._service.configuring, self._provider, self._key
        if key is None:
            work = configuring.add_credential(provider.id, self.name.text(), self.secret.text)
        else:
            name = self.name.text() if self.name.text().strip() != key.name else None
            work = configuring.edit_credential(provider.id, key.id, name=name, secret=self.secret.text or None)
        self._bridge.run(outcome(work), self._done, self.set_error, owner=self, slot="store")

    def _done(self, result: Provider | ConduitError) -> None:
        if isinstance(result, Provider):
            self.stored.emit(result)
            self.finish()
            return
        self.set_error("")
        places = {"bad_name": self._name_row, "duplicate_name": self._name_row, "taken": self._name_row}
        place = places.get(result.code) or (self._secret_row if "secret" in result.code else None)
        if place is None:
            self.set_error(result.text)
            return
        place.set_error(result.text)
        place.field.setFocus()
