"""Charts drawn with QPainter: stacked bars over time with axes, hover and a text alternative, and a sparkline."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QFontMetrics,
    QKeyEvent,
    QLinearGradient,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from conduit_desktop.ui import theme
from conduit_desktop.ui.widgets.buttons import paint_focus
from conduit_desktop.ui.widgets.scale import label_stride, ticks
from conduit_desktop.ui.widgets.toast import paint_floating


@dataclass(frozen=True, slots=True)
class Series:
    """One colour of a chart: its name in the legend and its token."""

    name: str
    token: str = "series-1"


@dataclass(frozen=True, slots=True)
class BarPoint:
    """One bar: the label under it, its full name when pointed at, and a value for each series."""

    label: str
    title: str
    values: tuple[float, ...]


class BarChart(QWidget):
    """Stacked bars. ``picked(index)`` on a click or Enter; left and right arrows walk through the bars."""

    picked = Signal(int)

    def __init__(self, name: str, *, height: int = 220) -> None:
        super().__init__()
        self._name = name
        self._series: Sequence[Series] = ()
        self._bars: Sequence[BarPoint] = ()
        self._show: Callable[[float], str] = "{:,.0f}".format
        self._at = -1
        self._height = height
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(name)

    def set_name(self, name: str) -> None:
        """Say that it shows something else; comes before the data."""
        self._name = name
        self.setAccessibleName(name)

    def set_data(
        self, series: Sequence[Series], bars: Sequence[BarPoint], show: Callable[[float], str] | None = None
    ) -> None:
        """``show`` writes a value as text, on the axis and in the tip."""
        self._series, self._bars = series, bars
        if show is not None:
            self._show = show
        self._at = min(self._at, len(bars) - 1)
        self.setAccessibleDescription(self.summary())
        self.update()

    def summary(self) -> str:
        """The chart in words, for those who do not see it."""
        totals = [sum(bar.values) for bar in self._bars]
        if not any(totals):
            return f"{self._name}: no data"
        peak = max(range(len(totals)), key=totals.__getitem__)
        return (
            f"{self._name}: {len(totals)} bars from {self._bars[0].title} to {self._bars[-1].title}, "
            f"total {self._show(sum(totals))}, highest {self._show(totals[peak])} at {self._bars[peak].title}"
        )

    def words(self, at: int) -> str:
        """One bar in words."""
        bar = self._bars[at]
        parts = [f"{s.name} {self._show(v)}" for s, v in zip(self._series, bar.values, strict=True)]
        return f"{bar.title}: {', '.join(parts)}"

    def sizeHint(self) -> QSize:
        return QSize(420, theme.current().px(self._height))

    # ---- drawing

    def _plot(self) -> QRectF:
        small = QFontMetrics(theme.current().font("caption"))
        left = 14 + max((small.horizontalAdvance(self._show(t)) for t in self._ticks()), default=20)
        top = small.height() + 20 if len(self._series) > 1 else 14
        return QRectF(left, top, self.width() - left - 6, self.height() - top - small.height() - 12)

    def _ticks(self) -> list[float]:
        return ticks(max((sum(bar.values) for bar in self._bars), default=0), 3)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        plot = self._plot()
        self._paint_axes(painter, plot)
        if len(self._series) > 1:
            self._paint_legend(painter)
        self._paint_bars(painter, plot)
        if 0 <= self._at < len(self._bars):
            self._paint_tip(painter, plot)
        if self.hasFocus():
            paint_focus(painter, QRectF(self.rect()))

    def _paint_axes(self, painter: QPainter, plot: QRectF) -> None:
        now = theme.current()
        painter.setFont(now.font("caption"))
        marks = self._ticks()
        for mark in marks:
            y = round(plot.bottom() - plot.height() * mark / marks[-1]) + 0.5
            painter.setPen(QPen(now.colour("border" if mark == 0 else "grid"), 1))
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            painter.setPen(now.colour("text-faint"))
            box = QRectF(0, y - 10, plot.left() - 8, 20)
            painter.drawText(box, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), self._show(mark))
        if not self._bars:
            return
        metrics = painter.fontMetrics()
        widest = max(metrics.horizontalAdvance(bar.label) for bar in self._bars) + 14
        stride = label_stride(len(self._bars), widest, plot.width())
        step = plot.width() / len(self._bars)
        for at in range(0, len(self._bars), stride):
            box = QRectF(plot.left() + step * at + step / 2 - 60, plot.bottom() + 4, 120, metrics.height() + 2)
            painter.drawText(box, int(Qt.AlignmentFlag.AlignHCenter), self._bars[at].label)

    def _paint_legend(self, painter: QPainter) -> None:
        now = theme.current()
        painter.setFont(now.font("caption"))
        x = 6.0
        for series in self._series:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(now.colour(series.token))
            painter.drawRoundedRect(QRectF(x, 10, 9, 9), 2.5, 2.5)
            painter.setPen(now.colour("text-muted"))
            width = painter.fontMetrics().horizontalAdvance(series.name)
            painter.drawText(QRectF(x + 14, 5, width + 4, 19), int(Qt.AlignmentFlag.AlignVCenter), series.name)
            x += width + 32

    def _paint_bars(self, painter: QPainter, plot: QRectF) -> None:
        now = theme.current()
        top = self._ticks()[-1]
        step = plot.width() / max(len(self._bars), 1)
        width = max(1.0, min(step * 0.68, 34))
        for at, bar in enumerate(self._bars):
            left = plot.left() + step * at
            if at == self._at:
                painter.fillRect(QRectF(left, plot.top(), step, plot.height()), now.colour("hover"))
            total = sum(bar.values)
            if total <= 0:
                continue
            whole = QRectF(left + (step - width) / 2, 0, width, max(plot.height() * total / top, 1.5))
            whole.moveBottom(plot.bottom())
            painter.save()
            painter.setClipPath(_rounded_top(whole, min(3.0, width / 2)))
            y = plot.bottom()
            for series, value in zip(self._series, bar.values, strict=True):
                height = whole.height() * value / total
                painter.fillRect(QRectF(whole.left(), y - height, width, height), now.colour(series.token))
                y -= height
            painter.restore()

    def _paint_tip(self, painter: QPainter, plot: QRectF) -> None:
        now = theme.current()
        bar = self._bars[self._at]
        lines = [(s.name, self._show(v), s.token) for s, v in zip(self._series, bar.values, strict=True)]
        strong, small = QFontMetrics(now.font("label")), QFontMetrics(now.font("small"))
        names = max((small.horizontalAdvance(name) for name, _, _ in lines), default=0)
        figures = max((small.horizontalAdvance(figure) for _, figure, _ in lines), default=0)
        width = max(strong.horizontalAdvance(bar.title), names + figures + 44) + 24
        height = strong.height() + len(lines) * (small.height() + 3) + 20
        step = plot.width() / len(self._bars)
        x = plot.left() + step * (self._at + 0.5) + 12
        if x + width > self.width():
            x = max(0.0, x - width - 24)
        box = QRectF(x, max(0.0, plot.top() - 4), width, height)
        paint_floating(painter, box.adjusted(-8, -8, 8, 8), 8, 7)
        painter.setFont(now.font("label"))
        painter.setPen(now.colour("text"))
        painter.drawText(box.adjusted(12, 9, -12, 0), int(Qt.AlignmentFlag.AlignTop), bar.title)
        y = box.top() + 13 + strong.height()
        painter.setFont(now.font("small"))
        for name, figure, token in lines:
            line = QRectF(box.left() + 12, y, width - 24, small.height())
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(now.colour(token))
            painter.drawRoundedRect(QRectF(line.left(), line.center().y() - 4, 8, 8), 2, 2)
            painter.setPen(now.colour("text-muted"))
            painter.drawText(line.adjusted(14, 0, 0, 0), int(Qt.AlignmentFlag.AlignVCenter), name)
            painter.setPen(now.colour("text"))
            painter.drawText(line, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight), figure)
            y += small.height() + 3

    # ---- pointing

    def _point(self, at: int) -> None:
        if at != self._at:
            self._at = at
            self.update()

    def _bar_at(self, x: float) -> int:
        plot = self._plot()
        if not self._bars or not plot.left() <= x <= plot.right():
            return -1
        return min(int((x - plot.left()) / plot.width() * len(self._bars)), len(self._bars) - 1)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point(self._bar_at(event.position().x()))

    def leaveEvent(self, event: QEvent) -> None:
        self._point(-1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if (at := self._bar_at(event.position().x())) >= 0:
            self.picked.emit(at)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is not None and self._bars:
            self._point(max(0, min(self._at + step, len(self._bars) - 1)))
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, self.words(self._at)))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._at >= 0:
            self.picked.emit(self._at)
        else:
            super().keyPressEvent(event)


class Sparkline(QWidget):
    """A small line without axes, for tiles. ``words`` says in text what it shows."""

    def __init__(self, token: str = "series-1", *, height: int = 32) -> None:
        super().__init__()
        self._token, self._height = token, height
        self._values: Sequence[float] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_values(self, values: Sequence[float], words: str) -> None:
        self._values = values
        self.setAccessibleName(words)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(80, self._height)

    def paintEvent(self, event: QPaintEvent) -> None:
        if len(self._values) < 2:
            return
        now = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        top = max(self._values) or 1
        step = (self.width() - 3) / (len(self._values) - 1)
        points = [
            QPointF(1.5 + step * at, self.height() - 2 - (self.height() - 5) * value / top)
            for at, value in enumerate(self._values)
        ]
        line = QPainterPath(points[0])
        for point in points[1:]:
            line.lineTo(point)
        area = QPainterPath(line)
        area.lineTo(points[-1].x(), self.height())
        area.lineTo(points[0].x(), self.height())
        shade = QLinearGradient(0, 0, 0, self.height())
        shade.setColorAt(0, now.colour(self._token, 0.22))
        shade.setColorAt(1, now.colour(self._token, 0.0))
        painter.fillPath(area, shade)
        painter.setPen(QPen(now.colour(self._token), 1.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawPath(line)


def _rounded_top(box: QRectF, radius: float) -> QPainterPath:
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.WindingFill)
    path.addRoundedRect(box, radius, radius)
    path.addRect(QRectF(box.left(), box.center().y(), box.width(), box.height() / 2))
    return path
