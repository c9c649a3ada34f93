"""What every plot over an axis has: grid, labels, pointing by mouse and keyboard, a tip, and its text for those who do
not see it. Bars and lines draw their marks into it.

The marks are drawn once into a picture of the screen's own resolution; pointing at them draws only what lies over it.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from conduit_desktop.ui import theme
from conduit_desktop.ui.widgets.buttons import paint_focus
from conduit_desktop.ui.widgets.plot_data import Plotted
from conduit_desktop.ui.widgets.scale import ticks
from conduit_desktop.ui.widgets.text import announce
from conduit_desktop.ui.widgets.tip import paint_tip

_LEFT_RIGHT = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_PageUp: -7, Qt.Key.Key_PageDown: 7}
_UP_DOWN = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}
_ENDS = {Qt.Key.Key_Home: 0, Qt.Key.Key_End: -1}


class Plot(QWidget):
    """``chosen(point, key)`` on a click or Enter: the key of the part that was meant, empty for the whole point. Left
    and right walk along the points, up and down through the parts of one, Esc lets go."""

    chosen = Signal(int, str)

    def __init__(self, name: str, *, height: int = 220) -> None:
        super().__init__()
        self.data = Plotted(name)
        self._height = height
        self._at = self._part = -1
        self._lit = ""
        self._ticks: list[float] = [0.0, 1.0]
        self._layer: QPixmap | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(name)
        theme.current().changed.connect(self._forget)

    # ---- what it shows

    def set_plotted(self, data: Plotted) -> None:
        """Show something; what is pointed at stays so where it is still there."""
        if data == self.data:
            return
        kept = self.data.points[self._at].id if 0 <= self._at < len(self.data.points) else None
        self.data = data
        self._at = next((at for at, point in enumerate(data.points) if point.id == kept), -1)
        self._part = self._part if self._at >= 0 and self._part < len(data.series) else -1
        self._ticks = ticks(data.highest(), 3, data.unit)
        self.setAccessibleName(data.name)
        self.setAccessibleDescription(data.words)
        self._forget()

    def set_lit(self, key: str) -> None:
        """Let one series stand out; empty: none."""
        if key != self._lit:
            self._lit = key
            self._forget()

    @property
    def at(self) -> int:
        """The point that is pointed at, -1 for none."""
        return self._at

    def sizeHint(self) -> QSize:
        return QSize(420, theme.current().px(self._height))

    def _forget(self) -> None:
        self._layer = None
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._layer = None

    # ---- geometry

    def _right_margin(self) -> float:
        return 6.0

    def plot_box(self) -> QRectF:
        """Where the marks are, without the labels."""
        caption = theme.current().metrics("caption")
        left = 14 + max((caption.horizontalAdvance(self.data.tick(mark)) for mark in self._ticks), default=20)
        bottom = 2 * caption.height() + 8 if self._has_context() else caption.height() + 12
        return QRectF(left, 12, self.width() - left - self._right_margin(), self.height() - 12 - bottom)

    def _has_context(self) -> bool:
        return any(mark.context for mark in self.data.marks(2))

    def y_of(self, value: float, plot: QRectF) -> float:
        return plot.bottom() - plot.height() * value / self._ticks[-1]

    def snap(self, length: float) -> float:
        """The nearest edge between two pixels of the screen."""
        ratio = self.devicePixelRatioF()
        return round(length * ratio) / ratio

    def centre(self, at: int, plot: QRectF) -> float:
        return plot.left() + plot.width() * (at + 0.5) / max(len(self.data.points), 1)

    # ---- drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        plot = self.plot_box()
        pointed = 0 <= self._at < len(self.data.points)
        if pointed:
            self._paint_under(painter, plot)
        painter.drawPixmap(0, 0, self._picture(plot))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if pointed:
            self._paint_over(painter, plot)
            point = self.data.points[self._at]
            bounds = QRectF(self.rect()).adjusted(8, 8, -8, -8)
            paint_tip(painter, self.centre(self._at, plot), bounds, point.title, self.data.tip(self._at), point.note)
        if self.hasFocus():
            paint_focus(painter, QRectF(self.rect()))

    def _picture(self, plot: QRectF) -> QPixmap:
        ratio = self.devicePixelRatioF()
        if self._layer is None or self._layer.devicePixelRatio() != ratio:
            made = QPixmap(self.size() * ratio)
            made.setDevicePixelRatio(ratio)
            made.fill(Qt.GlobalColor.transparent)
            painter = QPainter(made)
            self._paint_grid(painter, plot)
            self._paint_labels(painter, plot)
            self._paint_marks(painter, plot)
            painter.end()
            self._layer = made
        return self._layer

    def _paint_grid(self, painter: QPainter, plot: QRectF) -> None:
        now = theme.current()
        painter.setFont(now.font("caption"))
        flags = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for mark in self._ticks:
            y = self.snap(self.y_of(mark, plot))
            pen = QPen(now.colour("border-strong" if mark == 0 else "grid"), 1)
            pen.setCosmetic(True)
            painter.setPen(pen)
            half = 0.5 / self.devicePixelRatioF()
            painter.drawLine(QLineF(plot.left(), y + half, plot.right(), y + half))
            painter.setPen(now.colour("text-faint"))
            painter.drawText(QRectF(0, y - 10, plot.left() - 8, 20), flags, self.data.tick(mark))

    def _paint_labels(self, painter: QPainter, plot: QRectF) -> None:
        now = theme.current()
        caption = now.metrics("caption")
        most = int(plot.width() / (caption.horizontalAdvance("00:00") + 20))
        free = plot.left() - 40.0
        for mark in self.data.marks(most):
            x = self.centre(mark.at, plot)
            half = caption.horizontalAdvance(mark.text) / 2
            x = min(x, self.width() - half - 2)
            painter.setPen(now.colour("text-faint"))
            painter.drawText(QPointF(x - half, plot.bottom() + caption.ascent() + 5), mark.text)
            if not mark.context:
                continue
            wide = caption.horizontalAdvance(mark.context)
            left = min(x - half, self.width() - wide - 2.0)
            if left >= free:
                painter.setPen(now.colour("text-muted"))
                painter.drawText(QPointF(left, plot.bottom() + caption.height() + caption.ascent() + 5), mark.context)
                free = left + wide + 12

    def _paint_marks(self, painter: QPainter, plot: QRectF) -> None:
        raise NotImplementedError

    def _paint_under(self, painter: QPainter, plot: QRectF) -> None:
        """What shows the pointed one, below the marks."""

    def _paint_over(self, painter: QPainter, plot: QRectF) -> None:
        """What shows the pointed one, above the marks."""

    # ---- pointing

    def point(self, at: int, part: int = -1) -> None:
        """Point at one; -1 lets go."""
        if (at, part) != (self._at, self._part):
            self._at, self._part = at, part
            self.update()

    def point_at(self, x: float) -> int:
        plot = self.plot_box()
        count = len(self.data.points)
        if not count or not plot.left() <= x <= plot.right():
            return -1
        return min(int((x - plot.left()) / plot.width() * count), count - 1)

    def part_at(self, at: int, y: float) -> int:
        """The part of a point that is drawn at ``y``, -1 for none."""
        return -1

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = self.point_at(event.position().x())
        self.point(at, self.part_at(at, event.position().y()) if at >= 0 else -1)
        self.setCursor(Qt.CursorShape.PointingHandCursor if at >= 0 else Qt.CursorShape.ArrowCursor)

    def leaveEvent(self, event: QEvent) -> None:
        self.point(-1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if (at := self.point_at(event.position().x())) >= 0:
            self._choose(at, self.part_at(at, event.position().y()))

    def _choose(self, at: int, part: int) -> None:
        self.chosen.emit(at, self.data.series[part].key if part >= 0 else "")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        last = len(self.data.points) - 1
        if last < 0:
            super().keyPressEvent(event)
        elif key in _LEFT_RIGHT:
            step = _LEFT_RIGHT[key]
            start = self._at if self._at >= 0 else (-1 if step > 0 else last + 1)
            self._walk(max(0, min(start + step, last)), -1)
        elif key in _ENDS:
            self._walk(_ENDS[key] % (last + 1), -1)
        elif key in _UP_DOWN and self._at >= 0 and len(self.data.series) > 1:
            self._walk(self._at, max(-1, min(self._part + _UP_DOWN[key], len(self.data.series) - 1)))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._at >= 0:
            self._choose(self._at, self._part)
        elif key == Qt.Key.Key_Escape and self._at >= 0:
            self.point(-1)
        else:
            super().keyPressEvent(event)

    def _walk(self, at: int, part: int) -> None:
        self.point(at, part)
        announce(self, self.data.spoken(at, part))
