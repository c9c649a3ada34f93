"""A ranking: names with a bar for their share and a figure, the largest first; each can be pressed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from conduit_desktop.ui import theme
from conduit_desktop.ui.widgets.buttons import paint_focus
from conduit_desktop.ui.widgets.layout import column, tab_here
from conduit_desktop.ui.widgets.progress import paint_bar


@dataclass(frozen=True, slots=True)
class Rank:
    """One line: ``share`` is its part of the whole, 0 to 1; ``sub`` a muted word after the name."""

    key: str
    name: str
    figure: str
    share: float
    sub: str = ""


class _Line(QPushButton):
    """One rank, as a flat button."""

    def __init__(self, rank: Rank, token: str) -> None:
        super().__init__()
        self._rank, self._token = rank, token
        self.setAccessibleName(f"{rank.name}: {rank.figure}, {rank.share * 100:.0f} %")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(160, theme.current().px(38))

    def paintEvent(self, event: QPaintEvent) -> None:
        now, rank = theme.current(), self._rank
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(now.colour("hover"))
            painter.drawRoundedRect(QRectF(self.rect()), 6, 6)
        box = QRectF(self.rect()).adjusted(8, 5, -8, -6)
        words = QRectF(box.left(), box.top(), box.width(), box.height() - 9)
        painter.setFont(now.font("medium"))
        painter.setPen(now.colour("text"))
        flags = int(Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)
        metrics = painter.fontMetrics()
        figure = metrics.horizontalAdvance(rank.figure)
        painter.drawText(words, flags | int(Qt.AlignmentFlag.AlignRight), rank.figure)
        room = int(words.width() - figure - 16)
        name = metrics.elidedText(rank.name, Qt.TextElideMode.ElideMiddle, room)
        painter.drawText(words, flags, name)
        if rank.sub and (left := metrics.horizontalAdvance(name) + 8) < room - 24:
            painter.setFont(now.font("small"))
            painter.setPen(now.colour("text-faint"))
            rest = QRectF(words.left() + left, words.top(), room - left, words.height())
            painter.drawText(
                rest, flags, painter.fontMetrics().elidedText(rank.sub, Qt.TextElideMode.ElideRight, room - left)
            )
        paint_bar(painter, QRectF(box.left(), box.bottom() - 4, box.width(), 4), rank.share, self._token)
        if self.hasFocus():
            paint_focus(painter, QRectF(self.rect()))


class Ranking(QWidget):
    """Signal: ``picked(key)``."""

    picked = Signal(str)

    def __init__(self, name: str, token: str = "series-1") -> None:
        super().__init__()
        self.setAccessibleName(name)
        self._token = token
        self._box = column(gap=2)
        self.setLayout(self._box)

    def set_ranks(self, ranks: Sequence[Rank]) -> None:
        """Replace the lines."""
        while (item := self._box.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        lines = [_Line(rank, self._token) for rank in ranks]
        for line, rank in zip(lines, ranks, strict=True):
            line.clicked.connect(lambda _checked=False, key=rank.key: self.picked.emit(key))
            self._box.addWidget(line)
        tab_here(self, lines)
