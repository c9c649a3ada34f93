"""The one time at which the text of a new or rotated key is shown."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QWidget

from conduit_desktop.records import VirtualKey
from conduit_desktop.ui import theme
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.dialogs.confirm import confirm
from conduit_desktop.ui.panes.connect_target import ConnectTarget
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.code import CodeView
from conduit_desktop.ui.widgets.copying import FEEDBACK, copy
from conduit_desktop.ui.widgets.layout import row
from conduit_desktop.ui.widgets.sheet import Sheet
from conduit_desktop.ui.widgets.status import Icon
from conduit_desktop.ui.widgets.text import Label

_KEPT = "It is kept in the vault: you can reveal and copy it in the Keys pane at any time."
_ONCE = "This is the only time it is shown. Copy it now: a lost key cannot be recovered, only rotated."


class FreshKeySheet(Sheet):
    """Shows ``text`` until it is closed; asks first when it would be lost."""

    def __init__(self, pane: QWidget, bridge: Bridge, key: VirtualKey, text: str, *, rotated: bool = False) -> None:
        title = "New text made" if rotated else "Key made"
        super().__init__(pane, title, "Done", width=480, cancel="")
        self._bridge, self._key, self._text = bridge, key, text
        self._safe = key.secret_ref is not None
        self.accept_button.set_kind("secondary")
        self.accepted.connect(self.cancel)
        name = Label(key.name, "heading", wrap=True)
        works = "The old text has stopped working; this one works at once." if rotated else "It works at once."
        self.view = CodeView("Key text", numbers=False)
        self.view.set_code(text)
        self.view.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setFixedHeight(2 * theme.current().metrics("mono").lineSpacing() + theme.current().px(22))
        self.copy_button = Button("Copy key", "primary", icon="copy")
        self.copy_button.setAutoDefault(True)  # Enter here copies
        self.copy_button.clicked.connect(self._copy)
        self.connect_button = Button("Connect a tool", icon="connect")
        self.connect_button.setAutoDefault(True)
        self.connect_button.clicked.connect(self._connect)
        mark = Icon("lock" if self._safe else "warning", "text-faint" if self._safe else "warning")
        self.note = Label(_KEPT if self._safe else _ONCE, "small", tone="" if self._safe else "warning", wrap=True)
        head = row(Icon("success", "success", 22), name, gap=10)
        head.setStretch(1, 1)
        said = row(mark, self.note)
        said.setAlignment(mark, Qt.AlignmentFlag.AlignTop)
        said.setStretch(1, 1)
        for part in (head, Label(works, "muted", wrap=True), self.view, said):
            self.body.addLayout(part) if not isinstance(part, QWidget) else self.body.addWidget(part)
        self.body.addLayout(row(self.copy_button, self.connect_button, None))
        self.body.addStretch(1)
        self._back_to_copy = QTimer(self)
        self._back_to_copy.setSingleShot(True)
        self._back_to_copy.setInterval(FEEDBACK)
        self._back_to_copy.timeout.connect(self._restore)

    def open(self) -> None:
        super().open()
        self.copy_button.setFocus(Qt.FocusReason.TabFocusReason)

    def cancel(self) -> None:
        if self._safe:
            self.finish()
        else:
            self._bridge.run(self._ask(), owner=self, slot="ask")

    async def _ask(self) -> None:
        text = "The key was not copied, and its text is not kept. It cannot be shown again."
        if await confirm(self, "Close without copying?", text, "Close"):
            self.finish()

    def _copy(self) -> None:
        copy(self._text)
        self._safe = True
        self.copy_button.setText("Copied")
        self.copy_button.set_glyph("check")
        self._back_to_copy.start()

    def _restore(self) -> None:
        self.copy_button.setText("Copy key")
        self.copy_button.set_glyph("copy")

    def _connect(self) -> None:
        target = ConnectTarget(self._key.id, "" if self._key.secret_ref is not None else self._text)
        self.finish()
        self._bridge.open_pane("connect", target)
