"""The scrolling column of messages: follows what comes while it is at the bottom, offers to go there when it is not."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.layout import column, row

WIDEST = 780
_NEAR = 24  # pixels from the end that still count as being there


def centred(widget: QWidget, *, above: int = 0, below: int = 0) -> QWidget:
    """``widget`` in the middle, no wider than is good to read."""
    widget.setMaximumWidth(WIDEST)
    box = row(gap=0, margins=(SPACE.xl, above, SPACE.xl, below))
    box.addStretch(1)
    box.addWidget(widget, 100)
    box.addStretch(1)
    made = QWidget()
    made.setLayout(box)
    return made


class Transcript(QScrollArea):
    """Messages from top to bottom. Signal: ``widened(pixels)``, the room that the scroll bar takes."""

    widened = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._following = True
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._box: QVBoxLayout = column(gap=SPACE.xl, margins=(0, SPACE.s, 0, SPACE.xl))
        messages = QWidget()
        messages.setLayout(self._box)
        whole = centred(messages)
        inner = QWidget()
        inner.setProperty("scrolled", "true")
        inner.setLayout(column(whole, None, gap=0))
        self.setWidget(inner)
        self.pill = Button("Jump to newest", icon="down", small=True, parent=self)
        self.pill.clicked.connect(self.follow)
        self.pill.hide()
        bar = self.verticalScrollBar()
        bar.setSingleStep(36)
        bar.rangeChanged.connect(self._grown)
        bar.valueChanged.connect(self._moved)

    @property
    def following(self) -> bool:
        """Whether it stays at the end as messages grow."""
        return self._following

    def add(self, message: QWidget) -> None:
        self._box.addWidget(message)

    def remove(self, message: QWidget) -> None:
        self._box.removeWidget(message)
        message.hide()
        message.deleteLater()

    def follow(self) -> None:
        """Go to the end and stay there."""
        self._following = True
        self.verticalScrollBar().setValue(self.verticalScrollBar().maximum())
        self._show_pill()

    def _grown(self, _low: int, high: int) -> None:
        self.widened.emit(self.verticalScrollBar().sizeHint().width() if high else 0)
        if self._following:
            self.verticalScrollBar().setValue(high)
        self._show_pill()

    def _moved(self, value: int) -> None:
        self._following = value >= self.verticalScrollBar().maximum() - _NEAR
        self._show_pill()

    def _show_pill(self) -> None:
        shown = not self._following and self.verticalScrollBar().maximum() > 0
        if shown:
            size = self.pill.sizeHint()
            self.pill.setGeometry(
                (self.viewport().width() - size.width()) // 2,
                self.height() - size.height() - SPACE.m,
                size.width(),
                size.height(),
            )
            self.pill.raise_()
        self.pill.setVisible(shown)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_pill()
