"""The card that floats beside what is pointed at in a plot: a title, and lines of names with figures."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from conduit_desktop.ui import theme
from conduit_desktop.ui.widgets.plot_data import TipLine
from conduit_desktop.ui.widgets.toast import paint_floating

DASHES = {"": Qt.PenStyle.SolidLine, "dash": Qt.PenStyle.DashLine, "dot": Qt.PenStyle.DotLine}
_PAD, _GAP, _MARK = 12.0, 3.0, 14.0


def paint_tip(painter: QPainter, x: float, bounds: QRectF, title: str, lines: Sequence[TipLine], note: str) -> None:
    """Beside ``x``, within ``bounds``; at the left of it where there is no room at the right."""
    now = theme.current()
    strong, small = now.metrics("label"), now.metrics("small")
    names = max((small.horizontalAdvance(line.name) for line in lines), default=0)
    figures = max((small.horizontalAdvance(line.figure) for line in lines), default=0)
    texts = [strong.horizontalAdvance(title), names + figures + 24 + _MARK, small.horizontalAdvance(note)]
    width = max(texts) + 2 * _PAD
    height = strong.height() + (len(lines) + bool(note)) * (small.height() + _GAP) + 20
    left = x + 12 if x + 12 + width <= bounds.right() else max(bounds.left(), x - 12 - width)
    box = QRectF(left, max(bounds.top(), min(bounds.top() + 6, bounds.bottom() - height)), width, height)
    paint_floating(painter, box.adjusted(-8, -8, 8, 8), 8, 7)
    flags = int(Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)
    painter.setFont(now.font("label"))
    painter.setPen(now.colour("text"))
    line = QRectF(box.left() + _PAD, box.top() + 9, width - 2 * _PAD, strong.height())
    painter.drawText(line, flags, title)
    painter.setFont(now.font("small"))
    line = QRectF(line.left(), line.bottom() + 5, line.width(), small.height())
    for each in lines:
        paint_mark(painter, QRectF(line.left(), line.top(), 9, line.height()), each.token, each.dash)
        painter.setPen(now.colour("text-muted"))
        painter.drawText(line.adjusted(_MARK if each.token else 0, 0, 0, 0), flags, each.name)
        painter.setPen(now.colour("text"))
        painter.drawText(line, flags | int(Qt.AlignmentFlag.AlignRight), each.figure)
        line.translate(0, small.height() + _GAP)
    if note:
        painter.setPen(now.colour("text-faint"))
        painter.drawText(line, flags, note)


def paint_mark(painter: QPainter, box: QRectF, token: str, dash: str) -> None:
    """The spot of colour of a series in the middle of ``box``, or a piece of its line where that is dashed."""
    if not token:
        return
    now = theme.current()
    y = box.center().y()
    if dash:
        pen = QPen(now.colour(token), 2, DASHES.get(dash, Qt.PenStyle.SolidLine))
        painter.setPen(pen)
        painter.drawLine(QLineF(box.left() - 1, y, box.right() + 1, y))
        return
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(now.colour(token))
    painter.drawRoundedRect(QRectF(box.left(), y - 4, 8, 8), 2, 2)
