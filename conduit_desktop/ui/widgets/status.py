"""What state something is in: a dot with its word, a badge, a count. Colour never stands alone."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from conduit_desktop.ui import icons, theme
from conduit_desktop.ui.tokens import ICON

SEVERITY_ICONS = {
    "info": "info",
    "success": "success",
    "warning": "warning",
    "danger": "error",
    "error": "error",
    "neutral": "info",
    "accent": "spark",
}


def tone_of(severity: str) -> str:
    """The tone of a severity word: ``error`` is shown as danger."""
    return "danger" if severity == "error" else severity


class StatusDot(QWidget):
    """A coloured dot and the word for it. ``hollow`` draws a ring, for what is off."""

    def __init__(self, word: str = "", tone: str = "neutral", *, role: str = "medium", hollow: bool = False) -> None:
        super().__init__()
        self._word, self._tone, self._role, self._hollow = word, tone, role, hollow
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(word)

    @property
    def word(self) -> str:
        return self._word

    def set_state(self, word: str, tone: str, *, hollow: bool = False) -> None:
        """Say something else; the same again costs nothing."""
        if (word, tone, hollow) == (self._word, self._tone, self._hollow):
            return
        self._word, self._tone, self._hollow = word, tone, hollow
        self.setAccessibleName(word)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        self.setFont(theme.current().font(self._role))
        metrics = self.fontMetrics()
        words = metrics.horizontalAdvance(self._word) + 8 if self._word else 0
        return QSize(10 + words, max(metrics.height(), 12))

    def paintEvent(self, event: QPaintEvent) -> None:
        now = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = now.colour(self._tone)
        middle = self.height() / 2
        if self._hollow:
            pen = painter.pen()
            pen.setColor(colour)
            pen.setWidthF(1.6)
            painter.setPen(pen)
            painter.drawEllipse(QRectF(1.3, middle - 3.7, 7.4, 7.4))
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawEllipse(QRectF(1, middle - 4, 8, 8))
        painter.setPen(now.colour("text"))
        painter.setFont(now.font(self._role))
        painter.drawText(QRectF(18, 0, self.width(), self.height()), int(Qt.AlignmentFlag.AlignVCenter), self._word)


class Badge(QWidget):
    """A small word on a tinted ground, with an optional icon: ``429``, ``stream``, ``over budget``."""

    def __init__(self, text: str = "", tone: str = "neutral", *, icon: str = "", mono: bool = False) -> None:
        super().__init__()
        self._text, self._tone, self._icon = text, tone, icon
        self._role = "mono-small" if mono else "caption"
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(text)

    @property
    def text(self) -> str:
        return self._text

    def set_badge(self, text: str, tone: str = "neutral", icon: str = "") -> None:
        self._text, self._tone, self._icon = text, tone, icon
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        self.setFont(theme.current().font(self._role))
        width = self.fontMetrics().horizontalAdvance(self._text) + 14 + (theme.current().px(16) if self._icon else 0)
        return QSize(width, theme.current().px(20))

    def paintEvent(self, event: QPaintEvent) -> None:
        paint_badge(QPainter(self), QRectF(self.rect()), self._text, self._tone, self._icon, self._role)


def paint_badge(painter: QPainter, box: QRectF, text: str, tone: str, icon: str = "", role: str = "caption") -> None:
    """A badge filling ``box``; also used inside table cells."""
    now = theme.current()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(now.colour(f"{tone}-soft"))
    painter.drawRoundedRect(box, 5, 5)
    ink = now.colour(f"{tone}-text")
    left = box.left() + 7
    if icon:
        icons.paint(painter, icon, QRectF(left - 2, box.top(), now.px(13), box.height()), ink)
        left += now.px(15)
    painter.setFont(now.font(role))
    painter.setPen(ink)
    flags = int(Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)
    painter.drawText(QRectF(left, box.top(), box.right() - left, box.height()), flags, text)


class Icon(QWidget):
    """A plain icon in a tone of the theme; decorative unless it is given a ``name``."""

    def __init__(self, icon: str, tone: str = "text-muted", size: int = ICON, name: str = "") -> None:
        super().__init__()
        self._icon, self._tone, self._size = icon, tone, size
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(name)

    def sizeHint(self) -> QSize:
        return QSize(1, 1) * theme.current().px(self._size)

    def set_icon(self, icon: str, tone: str) -> None:
        self._icon, self._tone = icon, tone
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        icons.paint(QPainter(self), self._icon, QRectF(self.rect()), theme.current().colour(self._tone))
