"""Small inputs: search field, switch, segmented choice."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QColor, QKeyEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QWidget,
)

from conduit_desktop.ui import icons, theme, tokens
from conduit_desktop.ui.widgets.buttons import paint_focus
from conduit_desktop.ui.widgets.layout import row

_RIGHT = Qt.TextElideMode.ElideRight


class SearchField(QLineEdit):
    """A field with a magnifier. ``searched(text)`` comes when typing pauses, at once on Enter; Esc clears."""

    searched = Signal(str)

    def __init__(self, hint: str = "Search", *, name: str = "", delay: int = 180) -> None:
        super().__init__()
        self.setPlaceholderText(hint)
        self.setAccessibleName(name or hint)
        self.setProperty("search", "true")
        self._glyph = QAction(self)
        self.addAction(self._glyph, QLineEdit.ActionPosition.LeadingPosition)
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(delay)
        self._wait.timeout.connect(self._tell)
        self.textEdited.connect(self._wait.start)
        theme.current().changed.connect(self._tint)
        self._tint()

    def sizeHint(self) -> QSize:
        """Wide enough for its hint."""
        hint = super().sizeHint()
        words = self.fontMetrics().horizontalAdvance(self.placeholderText()) + 48
        return hint.expandedTo(QSize(words, 0))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._tell()
        elif event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
            self._tell()
        else:
            super().keyPressEvent(event)

    def _tell(self) -> None:
        self._wait.stop()
        self.searched.emit(self.text().strip())

    def _tint(self) -> None:
        self._glyph.setIcon(icons.icon("search", "text-faint"))


class NumberField(QSpinBox):
    """A whole number with its unit. The wheel turns it only while it has the keyboard, so that scrolling a form
    changes nothing."""

    def __init__(self, name: str, low: int, high: int, value: int, *, unit: str = "") -> None:
        super().__init__()
        self.setRange(low, high)
        self.setValue(value)
        self.setSuffix(f" {unit}" if unit else "")
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.lineEdit().setTextMargins(8, 0, 0, 0)  # padding by style sheet does not reach the inner field

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class Switch(QCheckBox):
    """An on/off switch. Without a visible text it needs ``name``."""

    def __init__(self, text: str = "", *, name: str = "", on: bool = False) -> None:
        super().__init__(text)
        self.setChecked(on)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(name or text)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        words = self.fontMetrics().horizontalAdvance(self.text()) + 10 if self.text() else 0
        return QSize(36 + words, max(22, self.fontMetrics().height()))

    def hitButton(self, pos: object) -> bool:
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        now = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        track = QRectF(2, (self.height() - 18) / 2, 32, 18)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._track())
        painter.drawRoundedRect(track, 9, 9)
        painter.setBrush(QColor("#FFFFFF") if self.isEnabled() else now.colour("surface"))
        x = track.right() - 16 if self.isChecked() else track.left() + 2
        painter.drawEllipse(QRectF(x, track.top() + 2, 14, 14))
        if self.hasFocus():
            paint_focus(painter, track.adjusted(-2, -2, 2, 2), 11)
        if self.text():
            painter.setPen(now.colour("text" if self.isEnabled() else "text-disabled"))
            box = QRectF(track.right() + 10, 0, self.width(), self.height())
            painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter), self.text())

    def _track(self) -> QColor:
        now = theme.current()
        if not self.isEnabled():
            return now.colour("border-strong")
        if self.isChecked():
            return now.colour("accent-hover" if self.underMouse() else "accent")
        return now.colour("border-input")


class _Segment(QPushButton):
    """One choice of a segmented control."""

    def __init__(self, text: str, icon: str) -> None:
        super().__init__(text)
        self.setCheckable(True)
        self._glyph = icon
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        self.setFont(theme.current().font("label"))
        icon = 20 if self._glyph else 0
        width = self.fontMetrics().horizontalAdvance(self.text()) + 22 + icon
        return QSize(width, theme.current().px(tokens.CONTROL - 6))

    def paintEvent(self, event: QPaintEvent) -> None:
        now = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        if self.isChecked():
            painter.setPen(QPen(now.colour("border-strong"), 1))
            painter.setBrush(now.colour("overlay"))
            painter.drawRoundedRect(box, 5, 5)
        on = self.isChecked() or self.underMouse()
        ink = now.colour("text-disabled" if not self.isEnabled() else "text" if on else "text-muted")
        left = 11.0
        if self._glyph:
            icons.paint(painter, self._glyph, QRectF(left - 2, 0, 15, self.height()), ink)
            left += 18
        painter.setPen(ink)
        painter.setFont(now.font("label"))
        painter.drawText(
            QRectF(left, 0, self.width() - left, self.height()), int(Qt.AlignmentFlag.AlignVCenter), self.text()
        )
        if self.hasFocus():
            paint_focus(painter, QRectF(self.rect()), 5)


class Segmented(QWidget):
    """One choice of a few, all visible. ``changed(key)`` on a user's choice; arrow keys move between them."""

    changed = Signal(str)

    def __init__(
        self, choices: Sequence[tuple[str, str] | tuple[str, str, str]], *, name: str, value: str = ""
    ) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self._group = QButtonGroup(self)
        self._segments: dict[str, _Segment] = {}
        for key, text, *icon in choices:
            segment = _Segment(text, icon[0] if icon else "")
            segment.setAccessibleName(f"{name}: {text}")
            self._segments[key] = segment
            self._group.addButton(segment)
            segment.clicked.connect(self._tell)
        self.setLayout(row(*self._segments.values(), gap=0, margins=(3, 3, 3, 3)))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.set_value(value or choices[0][0])

    @property
    def value(self) -> str:
        return next((key for key, segment in self._segments.items() if segment.isChecked()), "")

    def set_value(self, key: str) -> None:
        """Choose without telling."""
        if key in self._segments:
            self._segments[key].setChecked(True)
            self._follow()

    def set_text(self, key: str, text: str) -> None:
        """Call a choice something else."""
        segment = self._segments[key]
        if segment.text() != text:
            segment.setText(text)
            segment.setAccessibleName(f"{self.accessibleName()}: {text}")
            segment.updateGeometry()

    def _follow(self) -> None:
        """Tab, and a dialog that opens, come to the chosen one; arrow keys go on from there."""
        for segment in self._segments.values():
            reached = Qt.FocusPolicy.StrongFocus if segment.isChecked() else Qt.FocusPolicy.ClickFocus
            segment.setFocusPolicy(reached)

    def _tell(self) -> None:
        self._follow()
        self.changed.emit(self.value)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.current().colour("hover"))
        painter.drawRoundedRect(QRectF(self.rect()), 7, 7)


class DropDown(QComboBox):
    """A combo box that a screen reader can tell from others. On Linux, Qt gives it what is chosen as its name; there
    its own name stands before its description."""

    _about = ""

    def setAccessibleName(self, name: str) -> None:
        super().setAccessibleName(name)
        self.setAccessibleDescription(self._about)

    def setAccessibleDescription(self, text: str) -> None:
        self._about = text
        name = self.accessibleName() if sys.platform == "linux" else ""
        super().setAccessibleDescription(". ".join(filter(None, (name, text))))


class Choice(DropDown):
    """A drop-down of (key, text) choices. ``picked(key)`` on a user's choice."""

    picked = Signal(str)

    def __init__(self, choices: Sequence[tuple[str, str]] = (), *, name: str, value: str = "") -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.set_choices(choices, value)
        self.activated.connect(lambda _index: self.picked.emit(self.value))

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        return QSize(hint.width() + 10, hint.height())  # Qt leaves out a part of the style sheet's padding

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt's own, with a text too long for it shortened, not cut off."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        part = QStyle.SubControl.SC_ComboBoxEditField
        room = self.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, self).width() - 2
        whole: str = option.currentText
        shortened = self.fontMetrics().elidedText(whole, _RIGHT, room)
        option.currentText = whole if shortened == whole else f"{shortened.rstrip('… ')}…"
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)

    @property
    def value(self) -> str:
        return str(self.currentData() or "")

    def set_value(self, key: str) -> None:
        """Choose without telling."""
        self.setCurrentIndex(max(self.findData(key), 0))

    def set_choices(self, choices: Sequence[tuple[str, str]], value: str | None = None) -> None:
        """Replace the choices, keeping the one that was chosen where it still is."""
        keep = self.value if value is None else value
        self.clear()
        for key, text in choices:
            self.addItem(text, key)
        if choices:
            self.set_value(keep)
