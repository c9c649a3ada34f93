"""Distributions beside one another: a line for each, from its median to its 99th percentile, on one axis."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from conduit_desktop.ui import theme
from conduit_desktop.ui.widgets.buttons import paint_focus
from conduit_desktop.ui.widgets.plot_data import Range
from conduit_desktop.ui.widgets.scale import ticks
from conduit_desktop.ui.widgets.text import announce

_ROW, _FOOT, _HEAD = 26, 24, 26
_FLAGS = int(Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)


class Ranges(QWidget):
    """Signal: ``picked(key)`` on a click or Enter; up and down walk through the lines."""

    picked = Signal(str)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.ranges: Sequence[Range] = ()
        self._show: Callable[[float], str] = "{:g}".format
        self._tick: Callable[[float], str] = "{:g}".format
        self._title = ""
        self._at = -1
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(240)
        self.setAccessibleName(name)

    def set_ranges(
        self, title: str, ranges: Sequence[Range], show: Callable[[float], str], tick: Callable[[float], str]
    ) -> None:
        """``show`` writes a value, ``tick`` one of the axis."""
        self._title, self.ranges, self._show, self._tick = title, ranges, show, tick
        self._at = min(self._at, len(ranges) - 1)
        self.setAccessibleName(title)
        self.setAccessibleDescription(". ".join(self.words(at) for at in range(len(ranges))))
        self.updateGeometry()
        self.update()

    def words(self, at: int) -> str:
        """One line in words."""
        each = self.ranges[at]
        return f"{each.name}: p50 {self._show(each.p50)}, p95 {self._show(each.p95)}, p99 {self._show(each.p99)}"

    def sizeHint(self) -> QSize:
        return QSize(300, theme.current().px(_HEAD + _ROW * max(len(self.ranges), 1) + _FOOT))

    # ---- drawing

    def _row(self, at: int) -> QRectF:
        px = theme.current().px
        return QRectF(0, px(_HEAD) + px(_ROW) * at, self.width(), px(_ROW))

    def _axis(self) -> tuple[float, float]:
        """From where to where the lines go."""
        now = theme.current()
        names = max((now.metrics("small").horizontalAdvance(each.name) for each in self.ranges), default=0)
        figures = max((now.metrics("small").horizontalAdvance(self._show(each.p50)) for each in self.ranges), default=0)
        return 8 + min(names, self.width() * 0.36) + 14, self.width() - figures - 22.0

    def paintEvent(self, event: QPaintEvent) -> None:
        now = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(now.font("label"))
        painter.setPen(now.colour("text-muted"))
        painter.drawText(QRectF(8, 0, self.width() - 8, now.px(_HEAD) - 4), _FLAGS, self._title)
        marks = ticks(max((each.p99 for each in self.ranges), default=0.0), 3, "seconds")
        left, right = self._axis()
        self._paint_axis(painter, marks, left, right)
        for at, each in enumerate(self.ranges):
            self._paint_row(painter, self._row(at), each, left, (right - left) / marks[-1], lit=at == self._at)
        if self.hasFocus():
            paint_focus(painter, QRectF(self.rect()))

    def _paint_axis(self, painter: QPainter, marks: Sequence[float], left: float, right: float) -> None:
        now = theme.current()
        top, bottom = self._row(0).top(), self._row(max(len(self.ranges) - 1, 0)).bottom()
        painter.setFont(now.font("caption"))
        for mark in marks:
            x = round(left + (right - left) * mark / marks[-1]) + 0.5
            painter.setPen(QPen(now.colour("border-strong" if mark == 0 else "grid"), 1))
            painter.drawLine(QLineF(x, top, x, bottom))
            painter.setPen(now.colour("text-faint"))
            box = QRectF(x - 40, bottom + 3, 80, now.px(_FOOT) - 6)
            painter.drawText(box, _FLAGS | int(Qt.AlignmentFlag.AlignHCenter), self._tick(mark))

    def _paint_row(self, painter: QPainter, box: QRectF, each: Range, left: float, scale: float, *, lit: bool) -> None:
        now = theme.current()
        if lit:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(now.colour("hover"))
            painter.drawRoundedRect(box.adjusted(2, 1, -2, -1), 6, 6)
        painter.setFont(now.font("small"))
        painter.setPen(now.colour("text"))
        name = now.metrics("small").elidedText(each.name, Qt.TextElideMode.ElideMiddle, int(left - 20))
        painter.drawText(box.adjusted(8, 0, 0, 0), _FLAGS, name)
        painter.setPen(now.colour("text-muted"))
        painter.drawText(box.adjusted(0, 0, -8, 0), _FLAGS | int(Qt.AlignmentFlag.AlignRight), self._show(each.p50))
        y = box.center().y()
        ink = now.colour(each.token)
        ends = [left + value * scale for value in (each.p50, each.p95, each.p99)]
        painter.setPen(QPen(ink, 4, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawLine(QLineF(ends[0], y, ends[1], y))
        painter.setPen(QPen(ink, 1.5))
        painter.drawLine(QLineF(ends[1], y, ends[2], y))
        painter.drawLine(QLineF(ends[2], y - 4, ends[2], y + 4))
        painter.setPen(QPen(now.colour("raised"), 1.5))
        painter.setBrush(ink)
        painter.drawEllipse(QPointF(ends[0], y), 5, 5)

    # ---- pointing

    def _point(self, at: int) -> None:
        if at != self._at:
            self._at = at
            self.setToolTip(self.words(at) if at >= 0 else "")
            self.update()

    def _row_at(self, y: float) -> int:
        return next((at for at in range(len(self.ranges)) if self._row(at).top() <= y < self._row(at).bottom()), -1)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point(self._row_at(event.position().y()))

    def leaveEvent(self, event: QEvent) -> None:
        self._point(-1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if (at := self._row_at(event.position().y())) >= 0:
            self.picked.emit(self.ranges[at].key)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if step is not None and self.ranges:
            self._point(max(0, min(self._at + step, len(self.ranges) - 1)))
            announce(self, self.words(self._at))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._at >= 0:
            self.picked.emit(self.ranges[self._at].key)
        else:
            super().keyPressEvent(event)
