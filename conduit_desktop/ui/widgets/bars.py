"""Stacked bars: parts in their colours, what is expected as a dashed outline, the period before behind them, and a
hatched cap where a price is not known."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QPainter, QPainterPath, QPen, QPixmap

from conduit_desktop.ui import theme
from conduit_desktop.ui.widgets.plot import Plot

_WIDEST = 44.0
_LEAST = 1.5  # pixels: what is not nothing shows
_CAP = 5.0


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

    def _box(self, at: int, plot: QRectF, width: float, low: float, high: float) -> QRectF:
        centre = self.centre(at, plot)
        left, right = self.snap(centre - width / 2), self.snap(centre + width / 2)
        top, bottom = self.snap(self.y_of(high, plot)), self.snap(self.y_of(low, plot))
        return QRectF(left, top, max(right - left, 1 / self.devicePixelRatioF()), bottom - top)

    def _parts(self, at: int, plot: QRectF, width: float) -> Iterator[tuple[int, QRectF]]:
        """The parts of a bar that can be seen, from the bottom up."""
        point, low = self.data.points[at], 0.0
        shown = [(part, value) for part, value in enumerate(point.values) if value]
        for part, value in shown:
            box = self._box(at, plot, width, low, low + value)
            low += value
            if part == shown[-1][0] and point.total and plot.bottom() - box.top() < _LEAST:
                box.setTop(plot.bottom() - _LEAST)
            if box.height() > 0:
                yield part, box

    def part_at(self, at: int, y: float) -> int:
        plot = self.plot_box()
        found = (part for part, box in self._parts(at, plot, 1) if box.top() <= y <= box.bottom())
        return next(found, -1)

    # ---- drawing

    def _paint_marks(self, painter: QPainter, plot: QRectF) -> None:
        width, behind = self._widths(plot)
        self._paint_before(painter, plot, behind)
        rects: list[list[QRectF]] = [[] for _ in self.data.series]
        tops: list[QPainterPath] = [QPainterPath() for _ in self.data.series]
        for path in tops:
            path.setFillRule(Qt.FillRule.WindingFill)
        gap = 1.0 if width >= 6 else 0.0
        round_ = min(3.0, width / 3) if width >= 6 else 0.0
        for at in range(len(self.data.points)):
            boxes = list(self._parts(at, plot, width))
            for part, box in boxes[:-1]:
                rects[part].append(box.adjusted(0, gap if box.height() > 2 * gap + 1 else 0, 0, 0))
            if boxes:
                part, box = boxes[-1]
                if round_:
                    tops[part].addPath(rounded_top(box, min(round_, box.height())))
                else:
                    rects[part].append(box)
        painter.setPen(Qt.PenStyle.NoPen)
        for series, flat, tip in zip(self.data.series, rects, tops, strict=True):
            colour = theme.current().colour(series.token, 0.22 if self._lit not in ("", series.key) else 1.0)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            painter.setBrush(colour)
            painter.drawRects(flat)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.fillPath(tip, colour)
        self._paint_ahead(painter, plot, width)
        self._paint_unknown(painter, plot, width)

    def _paint_before(self, painter: QPainter, plot: QRectF, width: float) -> None:
        colour = theme.current().colour("chart-before")
        boxes = [
            self._box(at, plot, width, 0.0, point.before)
            for at, point in enumerate(self.data.points)
            if point.before
        ]  # fmt: skip
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawRects(boxes)
        line = theme.current().colour("chart-rest")
        painter.setBrush(line)
        painter.drawRects([QRectF(box.left(), box.top(), box.width(), 1) for box in boxes if box.height() > 1])

    def _paint_ahead(self, painter: QPainter, plot: QRectF, width: float) -> None:
        """What is expected: a dashed outline over what there is, of all bars in one line where they are narrow."""
        pen = QPen(theme.current().colour("text-faint"), 1, Qt.PenStyle.CustomDashLine)
        pen.setDashPattern([3, 2.5])
        pen.setCosmetic(True)
        half = 0.5 / self.devicePixelRatioF()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for at, point in enumerate(self.data.points):
            if not point.ahead:
                continue
            box = self._box(at, plot, width, point.total, point.total + point.ahead)
            painter.fillRect(box, theme.current().colour("chart-1", 0.07))
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            if width >= 4 and box.height() > 2:
                painter.drawRect(box.adjusted(half, half, -half, 0))
            else:
                painter.drawLine(box.topLeft(), box.topRight())

    def _paint_unknown(self, painter: QPainter, plot: QRectF, width: float) -> None:
        """A hatched cap of no known height on bars that leave something out."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        pen = QPen(theme.current().colour("chart-rest"), 1)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.setBrush(hatched(self.devicePixelRatioF()))
        caps = []
        for at, point in enumerate(self.data.points):
            if point.unknown and width >= 3:
                box = self._box(at, plot, width, 0.0, point.total)
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
        for part, box in self._parts(self._at, plot, width):
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
