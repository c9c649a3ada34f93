"""The legend of a plot: a line of names with their colours, each of which can be pressed; what explains only stands
beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QFocusEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from conduit_desktop.ui import theme
from conduit_desktop.ui.widgets.bars import hatched
from conduit_desktop.ui.widgets.buttons import paint_focus
from conduit_desktop.ui.widgets.flow import FlowLayout
from conduit_desktop.ui.widgets.tip import paint_mark


@dataclass(frozen=True, slots=True)
class Entry:
    """``look`` is how its mark is drawn: ``fill``, ``dash`` or ``dot`` (a line), ``ahead`` (a dashed box), ``hatch``.
    Without a ``key`` it only explains."""

    name: str
    token: str
    figure: str = ""
    key: str = ""
    look: str = "fill"


class _Entry(QAbstractButton):
    """One entry; lit while the mouse or the keyboard is on it."""

    lit = Signal(str)

    def __init__(self, entry: Entry) -> None:
        super().__init__()
        self.entry = entry
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        if entry.key:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
            self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            self.setToolTip(f"Only {entry.name}")
        else:
            self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            self.setEnabled(False)
        self.set_entry(entry)

    def set_entry(self, entry: Entry) -> None:
        if entry != self.entry or not self.accessibleName():
            self.entry = entry
            action = "Only " if entry.key else ""
            self.setAccessibleName(f"{action}{entry.name}{', ' if entry.figure else ''}{entry.figure}")
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        small = theme.current().metrics("small")
        figure = small.horizontalAdvance(self.entry.figure) + 7 if self.entry.figure else 0
        return QSize(29 + small.horizontalAdvance(self.entry.name) + figure, theme.current().px(24))

    def paintEvent(self, event: QPaintEvent) -> None:
        now, entry = theme.current(), self.entry
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if entry.key and self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(now.colour("hover"))
            painter.drawRoundedRect(QRectF(self.rect()), 6, 6)
        self._paint_mark(painter, QRectF(8, 0, 9, self.height()))
        flags = int(Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)
        painter.setFont(now.font("small"))
        painter.setPen(now.colour("text" if entry.key else "text-muted"))
        painter.drawText(QRectF(23, 0, self.width() - 23, self.height()), flags, entry.name)
        painter.setPen(now.colour("text-muted"))
        rest = QRectF(0, 0, self.width() - 6, self.height())
        painter.drawText(rest, flags | int(Qt.AlignmentFlag.AlignRight), entry.figure)
        if self.hasFocus():
            paint_focus(painter, QRectF(self.rect()), 6)

    def _paint_mark(self, painter: QPainter, box: QRectF) -> None:
        look, colour = self.entry.look, theme.current().colour(self.entry.token)
        if look in ("fill", "dash", "dot", "line"):
            paint_mark(painter, box, self.entry.token, look if look != "fill" else "")
            return
        square = QRectF(box.left() + 0.5, box.center().y() - 4.5, 9, 9)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(QPen(colour, 1, Qt.PenStyle.DashLine if look == "ahead" else Qt.PenStyle.SolidLine))
        painter.setBrush(hatched(self.devicePixelRatioF()) if look == "hatch" else Qt.BrushStyle.NoBrush)
        painter.drawRect(square)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def enterEvent(self, event: QEnterEvent) -> None:
        self._light(self.entry.key)

    def leaveEvent(self, event: QEvent) -> None:
        self._light("")

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._light(self.entry.key)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._light("")

    def _light(self, key: str) -> None:
        self.lit.emit(key)
        self.update()


class Legend(QWidget):
    """Signals: ``picked(key)`` when an entry was pressed, ``lit(key)`` while one is pointed at (empty: none)."""

    picked = Signal(str)
    lit = Signal(str)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self._flow = FlowLayout(gap=2, line_gap=0)
        self.setLayout(self._flow)
        self.entries: list[_Entry] = []
        policy = self.sizePolicy()
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def set_entries(self, entries: Sequence[Entry]) -> None:
        """Show these; the keyboard stays on the one that has it as long as there are as many."""
        if len(entries) != len(self.entries) or any(
            bool(new.key) != bool(old.entry.key) for new, old in zip(entries, self.entries, strict=True)
        ):
            self._rebuild(entries)
        for made, entry in zip(self.entries, entries, strict=True):
            made.set_entry(entry)
        self.setVisible(bool(entries))

    def _rebuild(self, entries: Sequence[Entry]) -> None:
        for old in self.entries:
            self._flow.removeWidget(old)
            old.hide()
            old.deleteLater()
        self.entries = []
        for entry in entries:
            made = _Entry(entry)
            made.clicked.connect(lambda _checked=False, made=made: self.picked.emit(made.entry.key))
            made.lit.connect(self.lit)
            self.entries.append(made)
            self._flow.addWidget(made)
