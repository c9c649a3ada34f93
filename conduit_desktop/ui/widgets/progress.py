"""How far something is: a budget bar with thresholds, and a spinner."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QHideEvent, QPainter, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from conduit_desktop.ui import theme
from conduit_desktop.ui.widgets.layout import column, row
from conduit_desktop.ui.widgets.text import ElidedLabel, Label


def tone_for(share: float) -> str:
    """The tone of a used share: calm, from 80 % a warning, from 100 % spent."""
    return "danger" if share >= 1 else "warning" if share >= 0.8 else "accent"


class Bar(QWidget):
    """A thin bar showing a share from 0 to 1."""

    def __init__(self, share: float = 0.0, tone: str = "", *, height: int = 6, name: str = "") -> None:
        super().__init__()
        self._share, self._tone, self._thick = share, tone, height
        self._ticks: Sequence[float] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(name)

    def set_share(self, share: float, tone: str = "", ticks: Sequence[float] = ()) -> None:
        self._share, self._tone, self._ticks = share, tone, ticks
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(120, self._thick)

    def minimumSizeHint(self) -> QSize:
        return QSize(24, self._thick)

    def paintEvent(self, event: QPaintEvent) -> None:
        paint_bar(QPainter(self), QRectF(self.rect()), self._share, self._tone or tone_for(self._share), self._ticks)


def paint_bar(painter: QPainter, box: QRectF, share: float, tone: str, ticks: Sequence[float] = ()) -> None:
    """A bar filling ``box``, with notches at ``ticks`` (shares below 1); also used inside table cells."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    round_ = box.height() / 2
    painter.setBrush(theme.current().colour("pressed"))
    painter.drawRoundedRect(box, round_, round_)
    if share > 0:
        width = max(box.width() * min(share, 1.0), box.height())
        painter.setBrush(theme.current().colour(tone))
        painter.drawRoundedRect(QRectF(box.left(), box.top(), width, box.height()), round_, round_)
    for tick in ticks:
        if 0 < tick < 1:
            at = round(box.left() + box.width() * tick)
            painter.fillRect(QRectF(at, box.top(), 1.5, box.height()), theme.current().colour("surface"))


class BudgetBar(QWidget):
    """What was used of a limit: a bar over its words, such as ``$3.20 of $5.00`` and ``64 %``."""

    def __init__(self, *, height: int = 6) -> None:
        super().__init__()
        self._bar = Bar(height=height)
        self._left = ElidedLabel("", "small")
        self._right = Label("", "small")
        box = row(self._left, self._right)
        self.setLayout(column(box, self._bar, gap=5))

    def set_use(self, share: float | None, words: str, note: str = "", ticks: Sequence[float] = ()) -> None:
        """``share`` None means there is no limit: the words stand alone. ``ticks`` are shares to mark."""
        self._left.set_full_text(words)
        self._bar.setVisible(share is not None)
        percent = "" if share is None else f"{share * 100:.0f} %"
        self._right.setText(note or percent)
        tone = "" if share is None or share < 0.8 else tone_for(share)
        self._right.set_tone(tone)
        if share is not None:
            self._bar.set_share(share, ticks=ticks)
        self._bar.setAccessibleName(f"{words}, {percent}")


class Spinner(QWidget):
    """A turning arc, shown while something is under way; it stands still when it cannot be seen."""

    def __init__(self, size: int = 18, name: str = "Loading", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedSize(size, size)
        self.setAccessibleName(name)
        self._angle = 0
        self._timer = QTimer(self)
        self._timer.setInterval(40)
        self._timer.timeout.connect(self._turn)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()

    def _turn(self) -> None:
        self._angle = (self._angle + 14) % 360
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(2, 2, -2, -2)
        painter.setPen(_arc(theme.current().colour("border-strong")))
        painter.drawEllipse(box)
        painter.setPen(_arc(theme.current().colour("accent")))
        painter.drawArc(box, -self._angle * 16, 90 * 16)


def _arc(colour: QColor) -> QPen:
    return QPen(colour, 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
