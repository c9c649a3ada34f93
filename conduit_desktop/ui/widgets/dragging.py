"""Putting the lines of a list in another order with the mouse: a grip to take one by, a mark where it would stand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QGraphicsOpacityEffect, QScrollArea, QWidget

from conduit_desktop.ui import icons, theme
from conduit_desktop.ui.tokens import SPACE

_EDGE = 40  # pixels from the edge of what is scrolled where dragging scrolls it


class Grip(QWidget):
    """What a line is dragged by, with the mouse; the keyboard has Alt+Up and Alt+Down. Signals: ``pressed()``,
    ``dragged(QPointF)`` on screen, ``released()``."""

    pressed = Signal()
    dragged = Signal(QPointF)
    released = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(QSize(16, 22))
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setToolTip("Drag to reorder (Alt+Up, Alt+Down)")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
            self.pressed.emit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.dragged.emit(event.globalPosition())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.released.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        tone = "text-muted" if self.underMouse() else "text-faint"
        icons.paint(QPainter(self), "grip", self.rect().toRectF(), theme.current().colour(tone))


class _Mark(QWidget):
    """The line that says where what is dragged would come to stand."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.current().colour("accent"))
        painter.drawRoundedRect(QRectF(self.rect()), 1.5, 1.5)


class Dragging(QObject):
    """Belongs to ``host``, which holds ``lines()`` from top to bottom; ``reorder(at, to)`` is called when one was put
    down at another place."""

    def __init__(
        self, host: QWidget, lines: Callable[[], Sequence[QWidget]], reorder: Callable[[int, int], object]
    ) -> None:
        super().__init__(host)
        self._host, self._lines, self._reorder = host, lines, reorder
        self._dragged: QWidget | None = None
        self._drop = 0
        self._mark = _Mark(host)

    def watch(self, line: QWidget, grip: Grip) -> None:
        """Have ``line`` dragged by ``grip``."""
        grip.pressed.connect(partial(self._take, line))
        grip.dragged.connect(self._drag)
        grip.released.connect(self._put_down)

    def _take(self, line: QWidget) -> None:
        self._dragged, self._drop = line, list(self._lines()).index(line)
        self._host.window().installEventFilter(self)

    def _drag(self, at: QPointF) -> None:
        if (line := self._dragged) is None:
            return
        others = [each for each in self._lines() if each is not line]
        if not others:
            return
        if line.graphicsEffect() is None:
            line.setGraphicsEffect(QGraphicsOpacityEffect(line, opacity=0.45))
        y = self._host.mapFromGlobal(at).y()
        self._drop = sum(y > each.geometry().center().y() for each in others)
        edge = others[self._drop].y() if self._drop < len(others) else others[-1].geometry().bottom() + SPACE.s
        self._mark.setGeometry(0, round(edge - SPACE.s / 2 - 1), self._host.width(), 3)
        self._mark.show()
        self._mark.raise_()
        self._scroll(round(y))

    def _scroll(self, y: int) -> None:
        """Bring more of the list into view at the edges of what is scrolled."""
        parent = self._host.parentWidget()
        while parent is not None and not isinstance(parent, QScrollArea):
            parent = parent.parentWidget()
        if isinstance(parent, QScrollArea) and (inner := parent.widget()) is not None:
            place = self._host.mapTo(inner, self._host.rect().topLeft()).y() + y
            parent.ensureVisible(0, place, 0, _EDGE)

    def _put_down(self) -> None:
        line, to = self._dragged, self._drop
        self._end()
        lines = list(self._lines())
        if line is not None and line in lines:
            self._reorder(lines.index(line), to)

    def _end(self) -> None:
        if self._dragged is not None:
            self._host.window().removeEventFilter(self)
            self._dragged.setGraphicsEffect(None)  # type: ignore[arg-type] # the way to take it off
            self._dragged = None
        self._mark.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Esc puts it back where it was."""
        wanted = (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress)
        if event.type() in wanted and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            self._end()
            return True
        return False
