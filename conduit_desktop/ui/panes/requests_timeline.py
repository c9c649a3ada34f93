"""The inspector's timeline: who took how long, drawn and in words."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QToolTip, QWidget

from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui import icons, theme
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.panes.requests_page import Inspected, Page
from conduit_desktop.ui.panes.requests_spans import Kind, Lane, Span, in_words, lanes, ticks
from conduit_desktop.ui.panes.requests_words import in_flight
from conduit_desktop.ui.shown import duration
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets.layout import column, scrolled
from conduit_desktop.ui.widgets.text import ElidedLabel, Label

COLOURS: dict[Kind, str] = {
    "ours": "series-8",
    "connect": "series-3",
    "wait": "series-1",
    "first": "series-5",
    "stream": "series-2",
    "pause": "border-strong",
}
_LANE, _BAR, _AXIS, _TICKS = 40, 14, 22, 10
_MOST_TICKS = 2_000


class Chart(QWidget):
    """A lane each for Conduit and the attempts; below the one that served, a tick for each piece of the answer."""

    def __init__(self) -> None:
        super().__init__()
        self._lanes: Sequence[Lane] = ()
        self._pieces: Sequence[float] = ()
        self._total = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_lanes(self, found: Sequence[Lane], total: float, pieces: Sequence[float], words: str) -> None:
        step = max(1, -(-len(pieces) // _MOST_TICKS))
        self._lanes, self._total, self._pieces = found, total, pieces[::step]
        self.setAccessibleName("Timeline")
        self.setAccessibleDescription(words)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        now = theme.current()
        return QSize(240, now.px(_AXIS) + sum(self._height(lane) for lane in self._lanes) + 2)

    def _height(self, lane: Lane) -> int:
        more = _TICKS if lane.served and self._pieces else 0
        return theme.current().px(_LANE) + more

    def _x(self, seconds: float) -> float:
        return seconds / self._total * (self.width() - 2) + 1 if self._total else 1

    def _bar(self, span: Span, top: float) -> QRectF:
        left = self._x(span.start)
        return QRectF(left, top, max(self._x(span.end) - left, 2.0), _BAR)

    def _tops(self) -> list[float]:
        """Where the bar of each lane begins."""
        found, top = [], float(theme.current().px(_AXIS))
        for lane in self._lanes:
            found.append(top + theme.current().px(_LANE) - _BAR - 6)
            top += self._height(lane)
        return found

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_axis(painter)
        for lane, top in zip(self._lanes, self._tops(), strict=True):
            self._paint_lane(painter, lane, top)

    def _paint_axis(self, painter: QPainter) -> None:
        now = theme.current()
        metrics = now.metrics("caption")
        painter.setFont(now.font("caption"))
        wide = max(metrics.horizontalAdvance("0.00 ms") + 16, 1)
        for at in ticks(self._total, max(2, self.width() // wide)):
            x = round(self._x(at)) + 0.5
            painter.setPen(QPen(now.colour("grid"), 1))
            painter.drawLine(QPointF(x, now.px(_AXIS)), QPointF(x, self.height()))
            painter.setPen(now.colour("text-faint"))
            text = duration(at) if at else "0"
            left = min(max(x - metrics.horizontalAdvance(text) / 2, 0), self.width() - metrics.horizontalAdvance(text))
            painter.drawText(QPointF(left, metrics.ascent() + 2), text)

    def _paint_lane(self, painter: QPainter, lane: Lane, top: float) -> None:
        now = theme.current()
        metrics = now.metrics("label")
        painter.setFont(now.font("label"))
        painter.setPen(now.colour("text"))
        baseline = top - 6 - metrics.descent()
        painter.drawText(QPointF(0, baseline), lane.title)
        if lane.outcome:
            left = metrics.horizontalAdvance(lane.title) + 10
            tone = "danger" if lane.failed else "success"
            box = QRectF(left, baseline - metrics.ascent(), 13, metrics.height())
            icons.paint(painter, "error" if lane.failed else "success", box, now.colour(tone))
            painter.setPen(now.colour(f"{tone}-text"))
            painter.drawText(QPointF(left + 18, baseline), lane.outcome)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(now.colour("hover"))
        painter.drawRoundedRect(QRectF(0, top, self.width(), _BAR), 3, 3)
        for span in lane.spans:
            painter.setBrush(now.colour(COLOURS[span.kind]))
            painter.drawRoundedRect(self._bar(span, top), 2, 2)
        if lane.served and self._pieces:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            painter.setPen(QPen(now.colour("text-muted", 0.55), 1))
            for at in self._pieces:
                x = self._x(min(at, self._total))
                painter.drawLine(QPointF(x, top + _BAR + 3), QPointF(x, top + _BAR + 3 + _TICKS - 2))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self._told_at(QPointF(event.pos())), self)
            return True
        return super().event(event)

    def _told_at(self, at: QPointF) -> str:
        for lane, top in zip(self._lanes, self._tops(), strict=True):
            for span in lane.spans:
                if self._bar(span, top).adjusted(-1, -4, 1, 4).contains(at):
                    return f"{span.title}: {duration(span.lasted)}"
        return ""


class Swatch(QWidget):
    """The colour of a span, beside its name."""

    def __init__(self, token: str) -> None:
        super().__init__()
        self._token = token
        self.setFixedSize(12, 12)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.current().colour(self._token))
        painter.drawRoundedRect(QRectF(1, 1, 10, 10), 3, 3)


class Timeline(Page):
    """The chart and, below it, the same as a list."""

    title = "Timeline"

    def __init__(self, service: GatewayService, bridge: Bridge) -> None:
        super().__init__(service, bridge)
        self.chart = Chart()
        self.words = Label("", "muted", wrap=True)
        self._list = QWidget()
        self._grid = QGridLayout(self._list)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(SPACE.s)
        self._grid.setVerticalSpacing(5)
        self._grid.setColumnStretch(1, 1)
        content = QWidget()
        content.setLayout(column(self.words, self.chart, 6, self._list, None, margins=(0, 0, SPACE.s, SPACE.l)))
        self.body.addWidget(scrolled(content))

    def present(self, inspected: Inspected) -> None:
        exchange = inspected.exchange
        shown = not in_flight(exchange)
        self.chart.setVisible(shown)
        self._list.setVisible(shown)
        if not shown:
            self.words.setText("The timeline is drawn when the request has ended.")
            return
        found = lanes(exchange)
        response = inspected.capture.response if inspected.capture is not None else None
        pieces = [at for at, _ in response.pieces] if response is not None else []
        self.chart.set_lanes(found, exchange.total, pieces if len(pieces) > 1 else [], in_words(exchange))
        self.words.setText(_said(len(pieces), exchange.total, inspected.fetched))
        self._fill(found)

    def _fill(self, found: Sequence[Lane]) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        line = 0
        for lane in found:
            if not lane.spans:
                continue
            self._grid.addWidget(Label(lane.title, "label"), line, 0, 1, 3)
            for span in lane.spans:
                line += 1
                self._grid.addWidget(Swatch(COLOURS[span.kind]), line, 0)
                self._grid.addWidget(ElidedLabel(span.title), line, 1)
                took = Label(duration(span.lasted), "mono")
                took.setToolTip(f"from {duration(span.start)} to {duration(span.end)}")
                self._grid.addWidget(took, line, 2, Qt.AlignmentFlag.AlignRight)
            line += 1


def _said(pieces: int, total: float, fetched: bool) -> str:
    if pieces > 1:
        return f"{duration(total)} in all; the answer came in {pieces:,} pieces, each a tick below its bar."
    return f"{duration(total)} in all." if fetched else f"{duration(total)} in all, reading the attempts…"
