"""The sheets of the Keys pane: making a key and changing one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from conduit_desktop.errors import ConduitError
from conduit_desktop.records import VirtualKey
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.dialogs.unlock import UnlockDialog
from conduit_desktop.ui.panes.keys_form import KeyForm
from conduit_desktop.ui.vault_state import VaultState
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.inputs import Switch
from conduit_desktop.ui.widgets.layout import column, row, rule
from conduit_desktop.ui.widgets.sheet import Sheet
from conduit_desktop.ui.widgets.text import Label

_BLANK = VirtualKey(id="", name="", digest="", last4="")
_KEPT = "Connect can then write it for you. Where: {place}. Switched off, the text is shown once and never again."


class KeepText(QWidget):
    """Whether the vault keeps the text: on where it can, otherwise off with the reason and, for the encrypted file, a
    way to open it."""

    unlock_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.switch = Switch("Keep the text so that it can be revealed")
        self._why = Label("", "small", wrap=True)
        self.unlock = Button("Unlock the vault…", small=True, icon="unlock")
        self.unlock.clicked.connect(self.unlock_wanted)
        self.setLayout(column(row(self.switch, None), self._why, row(self.unlock, None), gap=6))
        self.setFocusProxy(self.switch)

    def set_vault(self, state: VaultState) -> None:
        self.switch.setEnabled(state.ready)
        self.switch.setChecked(state.ready)
        reason = f"{state.problem} {state.hint}".strip() or f"The {state.name} is not ready."
        self._why.setText(
            _KEPT.format(place=state.name) if state.ready else f"{reason} The text is shown once and never again."
        )
        self._why.set_tone("" if state.ready else "warning")
        self.switch.setAccessibleDescription(self._why.text())
        self.unlock.setVisible(not state.ready and state.kind == "file")


class KeySheet(Sheet):
    """What making and changing share. ``saved(key, text)`` when it is stored; ``text`` is empty for a changed key."""

    saved = Signal(object, str)

    def __init__(self, pane: QWidget, service: GatewayService, bridge: Bridge, title: str, action: str) -> None:
        super().__init__(pane, title, action, width=480)
        self._service, self._bridge = service, bridge
        self.form = KeyForm()
        self.body.addWidget(self.form)
        self.accepted.connect(self._save)

    def _save(self) -> None:
        raise NotImplementedError

    def _store(self, wanted: VirtualKey) -> None:
        self.set_busy(True)
        self._bridge.run(self._stored(wanted), self._done, self.set_error, owner=self, slot="save")

    async def _stored(self, wanted: VirtualKey) -> tuple[VirtualKey, str] | ConduitError:
        try:
            return await self._put(wanted)
        except ConduitError as error:
            return error

    async def _put(self, wanted: VirtualKey) -> tuple[VirtualKey, str]:
        raise NotImplementedError

    def _done(self, result: tuple[VirtualKey, str] | ConduitError) -> None:
        self.set_busy(False)
        if not isinstance(result, ConduitError):
            self.finish()
            self.saved.emit(*result)
        elif result.code in ("taken", "bad_name"):
            self.form.refuse_name(result.text)
        else:
            self.set_error(result.text)


class NewKeySheet(KeySheet):
    """Makes a key."""

    def __init__(
        self, pane: QWidget, service: GatewayService, bridge: Bridge, aliases: Sequence[str], vault: VaultState
    ) -> None:
        super().__init__(pane, service, bridge, "New key", "Make key")
        self.form.fill(_BLANK, aliases)
        self.keep = KeepText()
        self.keep.set_vault(vault)
        self.keep.unlock_wanted.connect(self._unlock)
        self._hint = vault.hint
        self.body.addWidget(rule())
        self.body.addWidget(self.keep)
        self.body.addStretch(1)

    def _save(self) -> None:
        if (wanted := self.form.read(_BLANK)) is not None:
            self._store(wanted)

    async def _put(self, wanted: VirtualKey) -> tuple[VirtualKey, str]:
        return await self._service.configuring.create_key(wanted, keep_text=self.keep.switch.isChecked())

    def _unlock(self) -> None:
        self._bridge.run(self._unlocked(), self.keep.set_vault, self.set_error, owner=self, slot="unlock")

    async def _unlocked(self) -> VaultState:
        await UnlockDialog(self, self._service, self._bridge, self._hint).answer()
        return await self._service.vault_state()


class EditKeySheet(KeySheet):
    """Changes a key."""

    def __init__(
        self, pane: QWidget, service: GatewayService, bridge: Bridge, aliases: Sequence[str], key: VirtualKey
    ) -> None:
        super().__init__(pane, service, bridge, "Edit key", "Save")
        self._key = key
        self.form.fill(key, aliases)
        self.body.addStretch(1)

    def _save(self) -> None:
        if (wanted := self.form.read(self._key)) is not None:
            self._store(wanted)

    async def _put(self, wanted: VirtualKey) -> tuple[VirtualKey, str]:
        """Its text and its switch may have changed meanwhile, by another window or the command line: those stay."""
        now = await fresh(self._service, wanted)
        kept = replace(wanted, digest=now.digest, last4=now.last4, secret_ref=now.secret_ref, enabled=now.enabled)
        return await self._service.configuring.edit_key(kept), ""


async def fresh(service: GatewayService, key: VirtualKey) -> VirtualKey:
    """The key as it is stored now. Raises ConduitError when it is gone."""
    for view in await service.configuring.keys():
        if view.key.id == key.id:
            return view.key
    raise ConduitError(f"The key {key.name!r} was deleted meanwhile.", code="not_found")
