"""A choice of one colour of a small palette, or none: a line of swatches with the chosen one's name beside it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QSizePolicy, QWidget

from conduit_desktop.ui import icons, theme
from conduit_desktop.ui.widgets.buttons import paint_focus
from conduit_desktop.ui.widgets.layout import row
from conduit_desktop.ui.widgets.text import Label


class _Swatch(QAbstractButton):
    """One colour; an empty token is none."""

    def __init__(self, key: str, token: str) -> None:
        super().__init__()
        self.key, self._token = key, token
        self.setCheckable(True)
        self.setAccessibleName(key or "no colour")
        self.setToolTip(key or "no colour")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(26, 26)

    def paintEvent(self, event: QPaintEvent) -> None:
        now = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(5, 5, -5, -5)
        if self._token:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(now.colour(self._token))
            painter.drawRoundedRect(box, 4, 4)
        else:
            painter.setPen(QPen(now.colour("border-input"), 1.2))
            painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        if self.isChecked():
            ink = now.colour("surface" if self._token else "text")
            icons.paint(painter, "check", box.adjusted(1, 1, -1, -1), ink)
            painter.setPen(QPen(now.colour("text"), 1.6))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(-2.5, -2.5, 2.5, 2.5), 6, 6)
        if self.hasFocus():
            paint_focus(painter, QRectF(self.rect()), 7)


class Swatches(QWidget):
    """``colours`` are names with their tokens; arrow keys move between them. Signal: ``changed(name)``, empty for
    none."""

    changed = Signal(str)

    def __init__(self, colours: Sequence[tuple[str, str]], *, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self._group = QButtonGroup(self)
        self._swatches = {key: _Swatch(key, token) for key, token in (("", ""), *colours)}
        self._foreign = ""
        self._word = Label("", "small")
        for swatch in self._swatches.values():
            self._group.addButton(swatch)
            swatch.clicked.connect(self._pick)
        self.setLayout(row(*self._swatches.values(), 6, self._word, None, gap=1))
        self.set_value("")

    @property
    def value(self) -> str:
        """The chosen colour's name; one that is not of the palette stays until another is chosen."""
        chosen = next((key for key, swatch in self._swatches.items() if swatch.isChecked()), "")
        return chosen or self._foreign

    def set_value(self, key: str) -> None:
        """Choose without telling."""
        self._foreign = "" if key in self._swatches else key
        chosen = self._swatches[key if key in self._swatches else ""]
        chosen.setChecked(True)
        self.setFocusProxy(chosen)
        self._say()

    def _pick(self) -> None:
        self._foreign = ""
        self._say()
        self.changed.emit(self.value)

    def _say(self) -> None:
        self._word.setText(self.value or "none")
