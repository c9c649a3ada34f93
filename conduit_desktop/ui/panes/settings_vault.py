"""The vault on the Settings screen: where secrets are, whether they can be read, and what to do when not."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.vault_state import VaultState
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.flow import flow
from conduit_desktop.ui.widgets.layout import column, row
from conduit_desktop.ui.widgets.status import Icon, StatusDot
from conduit_desktop.ui.widgets.text import Label, Notice

_WHERE = {
    "keyring": "Every secret is an entry of its own in the system's keyring. Nothing secret is in Conduit's files.",
    "file": "Secrets are in an encrypted file in the data folder, which opens with your passphrase.",
    "memory": "Secrets are kept in memory only and are forgotten when Conduit ends.",
}


class VaultSection(QWidget):
    """Signals: ``check_wanted()``, ``unlock_wanted()``."""

    check_wanted = Signal()
    unlock_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("settings-vault")
        self.icon = Icon("lock", "text-muted", 20)
        self.name = Label("", "medium")
        self.state = StatusDot("Looking", "neutral", hollow=True)
        self.where = Label("", "small", wrap=True)
        self.problem = Notice("", "body", tone="danger", wrap=True, selectable=True)
        self.hint = Label("", "small", wrap=True, selectable=True)
        self.check = Button("Check again", icon="refresh", name="Check again whether the vault answers")
        self.check.clicked.connect(self.check_wanted)
        self.unlock = Button("Unlock…", icon="unlock")
        self.unlock.clicked.connect(self.unlock_wanted)
        head = flow(self.name, self.state, gap=SPACE.m, line_gap=2)
        words = column(head, self.where, self.problem, self.hint, gap=4)
        box = row(gap=SPACE.m, margins=(0, 12, 0, 12))
        box.addWidget(self.icon)
        box.addLayout(words, 1)
        box.addSpacing(SPACE.m)
        box.addWidget(self.unlock)
        box.addWidget(self.check)
        self.setLayout(box)
        for part in (self.problem, self.hint, self.unlock):
            part.hide()

    def show_state(self, state: VaultState) -> None:
        self.check.set_busy(False)
        locked = not state.ready and state.kind == "file"
        self.icon.set_icon("shield" if state.ready else "lock", "success" if state.ready else "warning")
        self.name.setText(state.name or "No vault")
        word = "Ready" if state.ready else "Locked" if locked else "Not available"
        self.state.set_state(word, "success" if state.ready else "warning" if locked else "danger")
        self.where.setText(_WHERE.get(state.kind, ""))
        for label, text in ((self.problem, "" if state.ready else state.problem), (self.hint, state.hint)):
            label.setText(text)
            label.setVisible(bool(text))
        self.unlock.setVisible(locked)
        self.setAccessibleName(f"Vault: {state.name}, {word}")
