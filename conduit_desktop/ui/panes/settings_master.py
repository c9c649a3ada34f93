"""The one time at which the text of a new master key is shown."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from conduit_desktop.ui import theme
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.dialogs.confirm import confirm
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.code import CodeView
from conduit_desktop.ui.widgets.copying import copy
from conduit_desktop.ui.widgets.layout import column, row
from conduit_desktop.ui.widgets.sheet import Sheet
from conduit_desktop.ui.widgets.status import Icon
from conduit_desktop.ui.widgets.text import Label

_SUB = "It opens the admin API, and nothing else. Whoever has it can change everything here."
_KEPT = "The vault keeps it: you can reveal and copy it under Settings, Admin API."
_ONCE = "The vault is not ready, so this is the only time it is shown. Copy it now: a lost one can only be rotated."


class MasterKeySheet(Sheet):
    """Shows ``text`` until it is closed; asks first when it would be lost. ``kept``: the vault has it."""

    def __init__(self, parent: QWidget, bridge: Bridge, text: str, *, kept: bool, rotated: bool) -> None:
        super().__init__(
            parent, "New master key made" if rotated else "Master key made", "Done", _SUB, width=560, cancel=""
        )
        self.setObjectName("master-key")
        self._bridge, self._text, self._safe = bridge, text, kept
        self.accept_button.set_kind("secondary")
        self.accepted.connect(self.cancel)
        self.view = CodeView("Master key", numbers=False)
        self.view.set_code(text)
        self.view.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setFixedHeight(theme.current().metrics("mono").lineSpacing() + theme.current().px(24))
        self.copy_button = Button("Copy key", "primary", icon="copy")
        self.copy_button.setAutoDefault(True)  # Enter here copies
        self.copy_button.clicked.connect(self._copy)
        mark = Icon("lock" if kept else "warning", "text-faint" if kept else "warning")
        said = row(mark, Label(_KEPT if kept else _ONCE, "small", tone="" if kept else "warning", wrap=True))
        said.setAlignment(mark, Qt.AlignmentFlag.AlignTop)
        said.setStretch(1, 1)
        use = "Send it as Authorization: Bearer …, to addresses under /admin/v1 only."
        parts = column(self.view, row(self.copy_button, None), said, Label(use, "small", wrap=True), gap=12)
        self.body.addLayout(parts)
        self.body.addStretch(1)

    def open(self) -> None:
        super().open()
        self.copy_button.setFocus(Qt.FocusReason.TabFocusReason)

    def cancel(self) -> None:
        if self._safe:
            self.finish()
        else:
            self._bridge.run(self._ask(), owner=self, slot="ask")

    async def _ask(self) -> None:
        text = "The master key was not copied, and its text is not kept. It cannot be shown again."
        if await confirm(self, "Close without copying?", text, "Close"):
            self.finish()

    def _copy(self) -> None:
        copy(self._text)
        self._safe = True
        self.copy_button.setText("Copied")
        self.copy_button.set_glyph("check")
