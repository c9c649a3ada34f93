"""Stacked bars: parts in their colours, what is expected as a dashed outline, the period before behind them, and a
hatched cap where a price is not known."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QPainter, QPainterPath, QPen, QPixmap

from conduit_desktop.ui import theme
from conduit_desktop.ui.widgets.plot import Plot

_WIDEST = 44.0
_LEAST = 1.5  # pixels: what is not nothing shows
_CAP = 5.0


class _Frame(NamedTuple):
    """Where bars stand on the screen, whose pixels are ``1 / ratio``."""

    ratio: float
    left: float
    step: float
    bottom: float
    scale: float

    def across(self, at: int, width: float) -> tuple[float, float]:
        """Left edge and width of a bar, on whole pixels."""
        ratio, centre = self.ratio, self.left + self.step * (at + 0.5)
        left, right = round((centre - width / 2) * ratio), round((centre + width / 2) * ratio)
        return left / ratio, max(right - left, 1) / ratio

    def box(self, at: int, width: float, low: float, high: float) -> QRectF:
        left, wide = self.across(at, width)
        top = round((self.bottom - high * self.scale) * self.ratio) / self.ratio
        bottom = round((self.bottom - low * self.scale) * self.ratio) / self.ratio
        return QRectF(left, top, wide, bottom - top)


class StackedBars(Plot):
    """A plot of bars."""

    # ---- geometry

    def _widths(self, plot: QRectF) -> tuple[float, float]:
        """Of a bar, and of the one of the period before that stands behind it."""
        step = plot.width() / max(len(self.data.points), 1)
        behind = min(step * 0.84, _WIDEST * 1.3) if step > 4 else step
        if any(point.before for point in self.data.points):
            return max(1.0, behind * 0.62), behind
        return max(1.0, min(step * 0.7, _WIDEST) if step > 4 else step - 0.5), behind

    def _frame(self, plot: QRectF) -> _Frame:
        step = plot.width() / max(len(self.data.points), 1)
        return _Frame(self.devicePixelRatioF(), plot.left(), step, plot.bottom(), plot.height() / self._ticks[-1])

    def _parts(self, at: int, frame: _Frame, width: float) -> list[tuple[int, QRectF]]:
        """The parts of a bar that can be seen, from the bottom up, each on whole pixels of the screen."""
        ratio, bottom, scale = frame.ratio, frame.bottom, frame.scale
        left, wide = frame.across(at, width)
        found: list[tuple[int, QRectF]] = []
        low, edge = 0.0, bottom
        for part, value in enumerate(self.data.points[at].values):
            if value:
                low += value
                top = int((bottom - low * scale) * ratio + 0.5) / ratio
                if top < edge:
                    found.append((part, QRectF(left, top, wide, edge - top)))
                    edge = top
        if low and bottom - edge < _LEAST:
            part = found[-1][0] if found else next(n for n, value in enumerate(self.data.points[at].values) if value)
            return [(part, QRectF(left, bottom - _LEAST, wide, _LEAST))]
        return found

    def part_at(self, at: int, y: float) -> int:
        boxes = self._parts(at, self._frame(self.plot_box()), 1)
        return next((part for part, box in boxes if box.top() <= y <= box.bottom()), -1)

    # ---- drawing

    def _paint_marks(self, painter: QPainter, plot: QRectF) -> None:
        width, behind = self._widths(plot)
        frame = self._frame(plot)
        self._paint_before(painter, frame, behind)
        flat, tops = self._shapes(frame, width)
        painter.setPen(Qt.PenStyle.NoPen)
        for series, boxes, tip in zip(self.data.series, flat, tops, strict=True):
            colour = theme.current().colour(series.token, 0.22 if self._lit not in ("", series.key) else 1.0)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            painter.setBrush(colour)
            painter.drawRects(boxes)
            if not tip.isEmpty():
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.fillPath(tip, colour)
        self._paint_ahead(painter, frame, width)
        self._paint_unknown(painter, frame, width)

    def _shapes(self, frame: _Frame, width: float) -> tuple[list[list[QRectF]], list[QPainterPath]]:
        """For each series its boxes, and its ends of bars where these are wide enough to be round. Between the parts of
        such a bar is a hairline."""
        flat: list[list[QRectF]] = [[] for _ in self.data.series]
        tops = [QPainterPath() for _ in self.data.series]
        for path in tops:
            path.setFillRule(Qt.FillRule.WindingFill)
        wide = width >= 6
        for at in range(len(self.data.points)):
            boxes = self._parts(at, frame, width)
            if wide and boxes:
                part, box = boxes.pop()
                tops[part].addPath(rounded_top(box, min(3.0, box.height())))
            for part, box in boxes:
                if wide and box.height() > 2:
                    box.setTop(box.top() + 1)
                flat[part].append(box)
        return flat, tops

    def _paint_before(self, painter: QPainter, frame: _Frame, width: float) -> None:
        boxes = [frame.box(at, width, 0.0, point.before) for at, point in enumerate(self.data.points) if point.before]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.current().colour("chart-before"))
        painter.drawRects(boxes)
        painter.setBrush(theme.current().colour("chart-rest"))
        painter.drawRects([QRectF(box.left(), box.top(), box.width(), 1) for box in boxes if box.height() > 1])

    def _paint_ahead(self, painter: QPainter, frame: _Frame, width: float) -> None:
        """What is expected: a dashed outline over what there is, of all bars in one line where they are narrow."""
        pen = QPen(theme.current().colour("text-faint"), 1, Qt.PenStyle.CustomDashLine)
        pen.setDashPattern([3, 2.5])
        pen.setCosmetic(True)
        half = 0.5 / frame.ratio
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for at, point in enumerate(self.data.points):
            if not point.ahead:
                continue
            box = frame.box(at, width, point.total, point.total + point.ahead)
            painter.fillRect(box, theme.current().colour("chart-1", 0.07))
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            if width >= 4 and box.height() > 2:
                painter.drawRect(box.adjusted(half, half, -half, 0))
            else:
                painter.drawLine(box.topLeft(), box.topRight())

    def _paint_unknown(self, painter: QPainter, frame: _Frame, width: float) -> None:
        """A hatched cap of no known height on bars that leave something out."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        pen = QPen(theme.current().colour("chart-rest"), 1)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.setBrush(hatched(frame.ratio))
        caps = []
        for at, point in enumerate(self.data.points):
            if point.unknown and width >= 3:
                box = frame.box(at, width, 0.0, point.total)
                caps.append(QRectF(box.left(), box.top() - 1 - _CAP, box.width() - 1, _CAP - 1))
        painter.drawRects(caps)

    def _paint_under(self, painter: QPainter, plot: QRectF) -> None:
        step = plot.width() / len(self.data.points)
        left = plot.left() + step * self._at
        painter.fillRect(QRectF(left, plot.top(), step, plot.height()), theme.current().colour("hover"))

    def _paint_over(self, painter: QPainter, plot: QRectF) -> None:
        """An outline around the part that is pointed at."""
        if len(self.data.series) < 2:
            return
        width, _ = self._widths(plot)
        for part, box in self._parts(self._at, self._frame(plot), width):
            if part == self._part:
                painter.setPen(QPen(theme.current().colour("text"), 1.5))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(box.adjusted(-1, -1, 1, 1), 2, 2)


def hatched(ratio: float) -> QBrush:
    """Fine diagonal lines, for what is not known."""
    side = 4
    tile = QPixmap(round(side * ratio), round(side * ratio))
    tile.setDevicePixelRatio(ratio)
    tile.fill(Qt.GlobalColor.transparent)
    painter = QPainter(tile)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme.current().colour("chart-rest"), 1))
    for shift in (-side, 0, side):
        painter.drawLine(QPointF(shift, side), QPointF(shift + side, 0))
    painter.end()
    return QBrush(tile)


def rounded_top(box: QRectF, radius: float) -> QPainterPath:
    """A box whose upper corners are round."""
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.WindingFill)
    path.addRoundedRect(QRectF(box.left(), box.top(), box.width(), min(box.height(), 2 * radius)), radius, radius)
    path.addRect(QRectF(box.left(), box.top() + radius, box.width(), max(box.height() - radius, 0.0)))
    return path
