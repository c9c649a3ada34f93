"""The sheets of the Keys pane: making a key and changing one."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from conduit_desktop.errors import ConduitError
from conduit_desktop.records import VirtualKey
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.dialogs.unlock import UnlockDialog
from conduit_desktop.ui.panes.keys_form import KeyForm, Offered
from conduit_desktop.ui.panes.keys_reach import ReachLine
from conduit_desktop.ui.vault_state import VaultState
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.inputs import Switch
from conduit_desktop.ui.widgets.layout import column, row
from conduit_desktop.ui.widgets.sheet import Sheet
from conduit_desktop.ui.widgets.text import Label

BLANK = VirtualKey(id="", name="", digest="", last4="")
WIDTH = 540
_KEPT = "Connect can then write it for you. Where: {place}. Switched off, the text is shown once and never again."


async def offered(service: GatewayService, but: str = "") -> Offered:
    """What a key's form offers; the name of the key ``but`` is free."""
    models = await service.configuring.models()
    providers = await service.configuring.providers()
    keys = [view.key for view in await service.configuring.keys()]
    known = {provider.id: provider.name for provider in providers}
    names = {
        f"{known[each.provider_id]}/{each.upstream_model}"
        for model in models
        for each in model.deployments
        if each.provider_id in known
    }
    return Offered(
        aliases=tuple(model.alias for model in models),
        names=tuple(sorted(names | {f"{name}/*" for name in known.values()})),
        providers=tuple((provider.id, provider.name) for provider in providers),
        tags=tuple(sorted({key.tag for key in keys if key.tag})),
        taken=frozenset(key.name for key in keys if key.id != but),
    )


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
    """What making and changing share. ``saved(key, text)`` when it is stored; ``text`` is empty for a changed key.
    While the form is filled in, the line above the buttons says what the key would see and reach."""

    saved = Signal(object, str)

    def __init__(
        self,
        pane: QWidget,
        service: GatewayService,
        bridge: Bridge,
        title: str,
        action: str,
        key: VirtualKey,
        given: Offered,
    ) -> None:
        super().__init__(pane, title, action, width=WIDTH)
        self._service, self._bridge, self._key = service, bridge, key
        self.form = KeyForm()
        self.form.fill(key, given)
        self.reach = ReachLine()
        self.body.setSpacing(8)
        self.body.addWidget(self.form)
        self.pin(self.reach)
        self.accepted.connect(self._save)
        self.form.changed.connect(self._preview)
        self._preview()

    def _preview(self) -> None:
        draft = self.form.draft(self._key)
        work = self._service.configuring.preview_key(draft)
        self._bridge.run(work, self.reach.show_preview, self._not_previewed, owner=self, slot="preview")

    def _not_previewed(self, _text: str) -> None:
        self.reach.hide()  # what is wrong is told when it is saved

    def _save(self) -> None:
        if (wanted := self.form.read(self._key)) is not None:
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
    """Makes a key, from nothing or as a copy of ``like``."""

    def __init__(
        self,
        pane: QWidget,
        service: GatewayService,
        bridge: Bridge,
        given: Offered,
        vault: VaultState,
        like: VirtualKey | None = None,
    ) -> None:
        title = "New key" if like is None else f"Duplicate {like.name}"
        super().__init__(pane, service, bridge, title, "Make key", copy_of(like, given), given)
        self.keep = KeepText()
        self.keep.set_vault(vault)
        self.keep.unlock_wanted.connect(self._unlock)
        self._hint = vault.hint
        self.body.addSpacing(8)
        self.body.addWidget(self.keep)
        self.body.addStretch(1)

    async def _put(self, wanted: VirtualKey) -> tuple[VirtualKey, str]:
        return await self._service.configuring.create_key(wanted, keep_text=self.keep.switch.isChecked())

    def _unlock(self) -> None:
        self._bridge.run(self._unlocked(), self.keep.set_vault, self.set_error, owner=self, slot="unlock")

    async def _unlocked(self) -> VaultState:
        await UnlockDialog(self, self._service, self._bridge, self._hint).answer()
        return await self._service.vault_state()


class EditKeySheet(KeySheet):
    """Changes a key."""

    def __init__(self, pane: QWidget, service: GatewayService, bridge: Bridge, given: Offered, key: VirtualKey) -> None:
        super().__init__(pane, service, bridge, "Edit key", "Save", key, given)
        self.body.addStretch(1)

    async def _put(self, wanted: VirtualKey) -> tuple[VirtualKey, str]:
        """What is not in the form may have changed meanwhile, by another window or the command line: that stays."""
        now = await fresh(self._service, wanted)
        return await self._service.configuring.edit_key(merged(now, wanted)), ""


_NOT_IN_FORM = (
    "digest",
    "last4",
    "secret_ref",
    "enabled",
    "old_digest",
    "old_until",
    "reset_at",
    "reset_spent",
)


def merged(now: VirtualKey, wanted: VirtualKey) -> VirtualKey:
    """``wanted`` with everything that the form does not show as it is ``now``."""
    kept: dict[str, Any] = {name: getattr(now, name) for name in _NOT_IN_FORM}
    return replace(wanted, **kept)


def copy_of(like: VirtualKey | None, given: Offered) -> VirtualKey:
    """A new key with all that ``like`` may do and not may, under a name that is free."""
    if like is None:
        return BLANK
    base = like.name[:56]
    names = (f"{base} copy", *(f"{base} copy {n}" for n in range(2, 1000)))
    name = next((name for name in names if name not in given.taken), "")
    gone = like.expires is not None and like.expires <= time.time()
    bare: dict[str, Any] = {each: getattr(BLANK, each) for each in _NOT_IN_FORM}
    return replace(like, id="", name=name, created=0.0, expires=None if gone else like.expires, **bare)


async def fresh(service: GatewayService, key: VirtualKey) -> VirtualKey:
    """The key as it is stored now. Raises ConduitError when it is gone."""
    for view in await service.configuring.keys():
        if view.key.id == key.id:
            return view.key
    raise ConduitError(f"The key {key.name!r} was deleted meanwhile.", code="not_found")
