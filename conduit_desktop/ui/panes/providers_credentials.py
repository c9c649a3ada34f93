"""The keys of a provider: how each does and why, another one, a test, on and off, replacing and removing."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QWidget

from conduit_desktop.errors import ConduitError
from conduit_desktop.records import Provider
from conduit_desktop.runtime.configuring import ProbeResult
from conduit_desktop.runtime.routing import CredentialState
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui import theme
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.dialogs.confirm import confirm
from conduit_desktop.ui.panes.outcome import outcome
from conduit_desktop.ui.panes.providers_credential_sheet import CredentialSheet
from conduit_desktop.ui.panes.providers_credentials_words import ProviderKey, key_look, keys_of, may_have_more, together
from conduit_desktop.ui.panes.providers_probe import ProbeCard
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets.buttons import Button, IconButton
from conduit_desktop.ui.widgets.flow import flow
from conduit_desktop.ui.widgets.inputs import Switch
from conduit_desktop.ui.widgets.layout import column, row
from conduit_desktop.ui.widgets.status import StatusDot
from conduit_desktop.ui.widgets.text import ElidedLabel, Label

_ROOMY = 320  # pixels, at the usual text size, that a name and what can be done have beside each other


class KeyLine(QFrame):
    """One key. ``present`` shows it anew, so that the keyboard stays where it is."""

    def __init__(self, key: ProviderKey) -> None:
        super().__init__()
        self.key = key
        self.setProperty("surface", "card")
        self._name = ElidedLabel("", "medium")
        self._last4 = Label("", "mono-small")
        self.dot = StatusDot("", "neutral", role="label")
        self._why = Label("", "small", wrap=True)
        self.use = Button("Use again now", small=True)
        self.enabled = Switch(name=f"Use {key.name}")
        self.enabled.setToolTip("Off: requests do not use it")
        self.test = IconButton("bolt", f"Test {key.name}", small=True)
        self.edit = IconButton("edit", f"Replace {key.name}…", small=True)
        self.drop = IconButton("trash", f"Remove {key.name}…", small=True)
        who = row(self._name, self._last4)
        who.setStretch(0, 1)
        self._head = row(who, row(None, self.enabled, self.test, self.edit, self.drop))
        self._head.setStretch(0, 1)
        box = column(self._head, flow(self.dot, self.use, line_gap=4), self._why, gap=4, margins=(12, 7, 8, 9))
        self.setLayout(box)
        self.enabled.setVisible(not key.first)
        self.edit.setVisible(not key.first)  # its text has a field above

    def resizeEvent(self, event: QResizeEvent) -> None:
        """What can be done stands below the name where it has no room beside it."""
        super().resizeEvent(event)
        ways = QBoxLayout.Direction
        beside = self.width() >= theme.current().px(_ROOMY)
        self._head.setDirection(ways.LeftToRight if beside else ways.TopToBottom)

    def present(self, key: ProviderKey, state: CredentialState | None, *, running: bool) -> None:
        self.key = key
        look = key_look(key, state, running=running)
        self._name.set_full_text(key.name)
        self._last4.setText(f"•••• {key.last4}" if key.last4 else "•••• stored")
        self.dot.set_state(look.word, look.tone, hollow=look.hollow)
        self._why.setText(look.why)
        self._why.setVisible(bool(look.why))
        self.use.setVisible(look.away)
        self.enabled.blockSignals(True)
        self.enabled.setChecked(key.enabled)
        self.enabled.blockSignals(False)
        self.setAccessibleName(f"{key.name}, ends in {key.last4}: {look.word}. {look.why}".strip())


class ProviderKeys(QWidget):
    """Signal: ``changed(Provider)`` after a key was added, changed or removed."""

    changed = Signal(object)

    def __init__(self, service: GatewayService, bridge: Bridge) -> None:
        super().__init__()
        self._service, self._bridge = service, bridge
        self.provider: Provider | None = None
        self._states: Mapping[str, CredentialState] = {}
        self.lines: list[KeyLine] = []
        self._said = Label("", "small", wrap=True)
        self._box = column(gap=SPACE.s)
        self.add = Button("Add another key", icon="plus", small=True)
        self.add.clicked.connect(lambda: self._open(None))
        self.probe = ProbeCard()
        self.setLayout(
            column(Label("Keys", "strong"), self._said, self._box, self.probe, row(self.add, None), gap=SPACE.s)
        )
        for signal in (bridge.health_changed, bridge.gateway_changed, bridge.configuration_changed):
            signal.connect(lambda *_notice: self.look())

    # ---- what is shown

    def show_provider(self, provider: Provider) -> None:
        """Show a provider's keys; nothing where it takes none."""
        other = self.provider is None or self.provider.id != provider.id
        self.provider = provider
        if other:
            self.probe.clear()
        keys = keys_of(provider)
        self.setVisible(may_have_more(provider) or bool(provider.credentials))
        self._said.setText(together(provider))
        self.add.setVisible(may_have_more(provider))
        there = {line.key.id: line for line in self.lines}
        for id_ in [id_ for id_ in there if id_ not in {key.id for key in keys}]:
            self._let_go(there.pop(id_))
        self.lines = [there.get(key.id) or self._line(key) for key in keys]
        for at, (line, key) in enumerate(zip(self.lines, keys, strict=True)):
            if self._box.indexOf(line) != at:
                self._box.insertWidget(at, line)
            line.present(key, self._states.get(key.id), running=self._running)
            line.drop.setVisible(not key.first or any(each.enabled for each in provider.credentials))
        self.look()

    @property
    def _running(self) -> bool:
        return self._service.status.state == "running"

    def look(self) -> None:
        """See how the keys do."""
        if self.provider is not None and self.isVisible():
            self._bridge.run(
                self._service.routing.credential_states(), self._show_states, _ignore, owner=self, slot="states"
            )

    def _show_states(self, states: Mapping[str, CredentialState]) -> None:
        self._states = states
        for line in self.lines:
            line.present(line.key, states.get(line.key.id), running=self._running)

    def _line(self, key: ProviderKey) -> KeyLine:
        line = KeyLine(key)
        line.use.clicked.connect(lambda: self._use(line.key))
        line.enabled.toggled.connect(lambda on: self._switch(line, on))
        line.test.clicked.connect(lambda: self._test(line))
        line.edit.clicked.connect(lambda: self._open(line.key))
        line.drop.clicked.connect(lambda: self._bridge.run(self._remove(line.key), owner=self, slot="remove"))
        return line

    def _let_go(self, line: KeyLine) -> None:
        if line.isAncestorOf(self.focusWidget() or self):
            self.add.setFocus()
        self._box.removeWidget(line)
        line.hide()
        line.setParent(None)
        line.deleteLater()

    # ---- what the user does

    def _open(self, key: ProviderKey | None) -> None:
        if self.provider is not None:
            sheet = CredentialSheet(self, self._service, self._bridge, self.provider, key)
            sheet.stored.connect(self._stored)
            sheet.open()

    def _stored(self, provider: Provider) -> None:
        self.probe.clear()
        if self.provider is not None and self.provider.id == provider.id:
            self.show_provider(provider)
        self.changed.emit(provider)

    def _use(self, key: ProviderKey) -> None:
        work = self._service.routing.reset_health(key.id)
        self._bridge.run(work, lambda _done: self.look(), owner=self, name="use again")

    def _switch(self, line: KeyLine, on: bool) -> None:
        if (provider := self.provider) is not None:
            work = self._service.configuring.edit_credential(provider.id, line.key.id, enabled=on)
            self._bridge.run(work, self._stored, self._not_done, owner=self, slot=f"switch {line.key.id}")

    def _test(self, line: KeyLine) -> None:
        if (provider := self.provider) is None:
            return
        line.test.set_busy(True)
        self.probe.show_running(provider.name, f"Asking {provider.name} with {line.key.name}.")

        def tested(result: ProbeResult | ConduitError) -> None:
            line.test.set_busy(False)
            if isinstance(result, ProbeResult):
                self.probe.show_result(result)
            else:
                self.probe.show_failure(result.text)
            self.look()

        def failed(text: str) -> None:
            line.test.set_busy(False)
            self.probe.show_failure(text)

        work = outcome(self._service.configuring.test_credential(provider.id, line.key.id))
        self._bridge.run(work, tested, failed, owner=line, slot="test")

    async def _remove(self, key: ProviderKey) -> None:
        if (provider := self.provider) is None:
            return
        text = "Its text is deleted from the vault."
        if key.first and (following := next((each for each in provider.credentials if each.enabled), None)):
            text += f" {following.name} takes its place."
        if await confirm(self, f"Remove {key.name} of {provider.name}?", text, "Remove key"):
            result = await outcome(self._service.configuring.remove_credential(provider.id, key.id))
            if isinstance(result, ConduitError):
                self._not_done(result.text)
            else:
                self._stored(result)

    def _not_done(self, text: str) -> None:
        self._bridge.tell(text, "error")
        if self.provider is not None:
            self.show_provider(self.provider)


def _ignore(_text: str) -> None:
    """How the keys do is asked again with the next change."""
