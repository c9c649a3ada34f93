"""Text in a conversation: as tall as its content, selectable by mouse and keyboard, never fetching anything."""

from __future__ import annotations

import math
from typing import Any

from PySide6.QtCore import QMimeData, QRectF, QSizeF, Qt, QUrl
from PySide6.QtGui import QFocusEvent, QPainter, QPaintEvent, QTextOption, QWheelEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextBrowser

from conduit_desktop.ui import theme
from conduit_desktop.ui.widgets.buttons import paint_focus

_BY_KEYS = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)


class TallText(QTextBrowser):
    """Grows with its document; scrolling is left to what it stands in. Tab leaves it."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._by_keys = False
        self.setAccessibleName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setOpenLinks(False)
        self.setUndoRedoEnabled(False)
        self.setTabChangesFocus(True)
        self.setCursorWidth(0)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextBrowserInteraction | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setProperty("bare", "true")
        self.document().setDocumentMargin(0)
        self.document().documentLayout().documentSizeChanged.connect(self._fit)

    def _more(self) -> int:
        """What the document does not count of its height."""
        return 0

    def _fit(self, size: QSizeF) -> None:
        height = math.ceil(size.height()) + 2 + self._more()
        if self.minimumHeight() != height:
            self.setFixedHeight(height)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # the conversation scrolls, not the message

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._by_keys and self.hasFocus():
            paint_focus(QPainter(self.viewport()), QRectF(self.viewport().rect()))

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._by_keys = event.reason() in _BY_KEYS
        self.setCursorWidth(1 if self._by_keys else 0)
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        return None

    def createMimeDataFromSelection(self) -> QMimeData:
        data = QMimeData()
        data.setText(self.textCursor().selection().toPlainText())
        return data


class PlainText(TallText):
    """Text as it was typed, no wider than it must be."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(name)
        self._text = text
        self.setPlainText(text)
        theme.current().changed.connect(self._restyle)
        self._restyle()

    def ideal_width(self) -> int:
        """The width at which nothing is wrapped."""
        metrics = theme.current().metrics("body")
        return max(metrics.horizontalAdvance(line) for line in self._text.expandtabs().split("\n")) + 4

    def _restyle(self) -> None:
        self.document().setDefaultFont(theme.current().font("body"))
