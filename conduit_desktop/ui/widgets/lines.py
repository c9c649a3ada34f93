"""Lines over time, such as percentiles: told apart by colour, by dash and by a name at their end."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen, QPolygonF

from conduit_desktop.ui import theme
from conduit_desktop.ui.widgets.plot import Plot
from conduit_desktop.ui.widgets.tip import DASHES

_APART = 13.0


class Lines(Plot):
    """A plot of lines; a place without a value is a gap. The room between the first two series is shaded."""

    def _right_margin(self) -> float:
        caption = theme.current().metrics("caption")
        return 14.0 + max((caption.horizontalAdvance(series.name) for series in self.data.series), default=0)

    def _runs(self, series: int, plot: QRectF) -> list[list[QPointF]]:
        """The unbroken pieces of a line."""
        runs: list[list[QPointF]] = [[]]
        for at, point in enumerate(self.data.points):
            value = point.values[series]
            if value is None:
                runs.append([])
            else:
                runs[-1].append(QPointF(self.centre(at, plot), self.y_of(value, plot)))
        return [run for run in runs if run]

    def _paint_marks(self, painter: QPainter, plot: QRectF) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if len(self.data.series) > 1:
            self._paint_between(painter, plot)
        self._paint_before(painter, plot)
        for at in reversed(range(len(self.data.series))):
            series = self.data.series[at]
            dimmed = self._lit not in ("", series.key)
            pen = QPen(theme.current().colour(series.token, 0.22 if dimmed else 1.0), 2 if at == 0 else 1.5)
            pen.setStyle(DASHES.get(series.dash, Qt.PenStyle.SolidLine))
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
            for run in self._runs(at, plot):
                painter.setPen(pen)
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawPolyline(run)
                if len(run) == 1 or len(self.data.points) <= 40:
                    painter.setPen(Qt.PenStyle.NoPen)
                    painter.setBrush(pen.color())
                    for place in run:
                        painter.drawEllipse(place, 2.2, 2.2)
        self._paint_names(painter, plot)

    def _paint_between(self, painter: QPainter, plot: QRectF) -> None:
        colour = theme.current().colour(self.data.series[0].token, 0.10)
        for low, high in zip(self._runs(0, plot), self._runs(1, plot), strict=False):
            path = QPainterPath()
            path.addPolygon(QPolygonF([*low, *reversed(high)]))
            painter.fillPath(path, colour)

    def _paint_before(self, painter: QPainter, plot: QRectF) -> None:
        pen = QPen(theme.current().colour("chart-rest"), 1.5, Qt.PenStyle.DashDotLine)
        run: list[QPointF] = []
        for at, point in enumerate((*self.data.points, None)):
            if point is not None and point.before is not None:
                run.append(QPointF(self.centre(at, plot), self.y_of(point.before, plot)))
            elif run:
                painter.setPen(pen)
                painter.drawPolyline(run)
                run = []

    def _paint_names(self, painter: QPainter, plot: QRectF) -> None:
        """Each line's name beside its last value, apart from one another."""
        now = theme.current()
        ends = [(run[-1], at) for at in range(len(self.data.series)) for run in self._runs(at, plot)[-1:]]
        painter.setFont(now.font("caption"))
        for y, (end, at) in zip(spread([end.y() for end, _ in ends], _APART), ends, strict=True):
            series = self.data.series[at]
            painter.setPen(now.colour("text-muted"))
            box = QRectF(max(end.x(), plot.right() - 4) + 8, y - 8, 60, 16)
            painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter), series.name)

    def _paint_under(self, painter: QPainter, plot: QRectF) -> None:
        pen = QPen(theme.current().colour("border-input"), 1)
        pen.setCosmetic(True)
        painter.setPen(pen)
        x = self.snap(self.centre(self._at, plot)) + 0.5 / self.devicePixelRatioF()
        painter.drawLine(QLineF(x, plot.top(), x, plot.bottom()))

    def _paint_over(self, painter: QPainter, plot: QRectF) -> None:
        now = theme.current()
        x = self.centre(self._at, plot)
        for at, (series, value) in enumerate(
            zip(self.data.series, self.data.points[self._at].values, strict=True)
        ):  # fmt: skip
            if value is not None:
                painter.setPen(QPen(now.colour("raised"), 2))
                painter.setBrush(now.colour(series.token))
                painter.drawEllipse(QPointF(x, self.y_of(value, plot)), 4.5, 4.5)
                if at == self._part:
                    painter.setPen(QPen(now.colour("text"), 1.5))
                    painter.setBrush(Qt.BrushStyle.NoBrush)
                    painter.drawEllipse(QPointF(x, self.y_of(value, plot)), 7, 7)


def spread(heights: Sequence[float], apart: float) -> list[float]:
    """The same heights, moved so that none is nearer to another than ``apart``."""
    order = sorted(range(len(heights)), key=lambda at: heights[at])
    placed = list(heights)
    for before, at in itertools.pairwise(order):
        placed[at] = max(placed[at], placed[before] + apart)
    surplus = (placed[order[-1]] - heights[order[-1]]) / 2 if order else 0.0
    return [height - surplus for height in placed]
