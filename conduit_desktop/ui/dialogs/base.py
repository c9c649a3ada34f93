"""The dialog of the app: title, text, content, buttons. Opened with ``open()``; ``answer`` awaits its end."""

from __future__ import annotations

import asyncio

import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from conduit_desktop.ui import theme
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets.buttons import Button, Kind
from conduit_desktop.ui.widgets.layout import column, row, scrolled
from conduit_desktop.ui.widgets.text import Label, Notice


class Dialog(QDialog):
    """Window-modal. Esc rejects, Enter presses the default action; never call ``exec()``."""

    def __init__(self, parent: QWidget | None, title: str, text: str = "", *, width: int = 420) -> None:
        super().__init__(parent.window() if parent is not None else None)
        if parent is None:
            theme.current().dress(self)
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.setAccessibleDescription(text)
        self.setModal(True)
        self.setFixedWidth(theme.current().px(width))
        self._fault = Notice("", "small", tone="danger", wrap=True)
        self._fault.hide()
        self.body = QVBoxLayout()
        self.body.setSpacing(SPACE.m)
        self._left = row(gap=SPACE.s)
        self._buttons = row(self._left, None, gap=SPACE.s)
        self._words = Label(text, "muted", wrap=True)
        self._room = scrolled(self._words)
        if not text:
            self._room.hide()
        box = column(Label(title, "heading", wrap=True), self._room, gap=6)
        box.addSpacing(SPACE.xs)
        box.addLayout(self.body)
        box.addWidget(self._fault)
        box.addSpacing(SPACE.m)
        box.addLayout(self._buttons)
        box.setContentsMargins(SPACE.xl, SPACE.xl, SPACE.xl, SPACE.l)
        self.setLayout(box)

    def setVisible(self, visible: bool) -> None:
        if visible:
            self._fit()
        super().setVisible(visible)

    def _fit(self) -> None:
        """As high as its text, which is scrolled where the screen is too low for it. Qt asks labels for their height
        before they have their font."""
        for part in self.findChildren(QWidget):
            part.ensurePolished()
        wanted = self._words.heightForWidth(self.width() - 2 * SPACE.xl)
        self._room.setFixedHeight(min(max(wanted, 0), self.screen().availableGeometry().height() // 2))

    def add_button(self, text: str, kind: Kind = "secondary", *, default: bool = False, left: bool = False) -> Button:
        """Add a button at the right (or left) end; connect it to ``accept``, ``reject`` or your own slot."""
        button = Button(text, kind)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setAutoDefault(default)
        button.setDefault(default)
        (self._left if left else self._buttons).addWidget(button)
        return button

    def set_error(self, text: str) -> None:
        """What went wrong, above the buttons."""
        self._fault.setText(text)
        self._fault.setVisible(bool(text))

    async def answer(self) -> bool:
        """Open it and wait for its end without a nested event loop: True when it was accepted."""
        ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        def settle(result: int) -> None:
            if not ended.done():
                ended.set_result(result)

        self.finished.connect(settle)
        self.open()
        try:
            return await ended == int(QDialog.DialogCode.Accepted)
        finally:
            if shiboken6.isValid(self):  # its window may have gone with it while it waited
                self.close()
                self.deleteLater()
