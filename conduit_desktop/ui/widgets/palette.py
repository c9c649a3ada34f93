"""The command palette: a fuzzy list of everything that can be done, over the window, by keyboard."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QEvent, QModelIndex, QObject, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QApplication,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from conduit_desktop.ui import icons, theme
from conduit_desktop.ui.widgets.fuzzy import rank
from conduit_desktop.ui.widgets.layout import column, row, rule
from conduit_desktop.ui.widgets.status import Icon
from conduit_desktop.ui.widgets.text import Label
from conduit_desktop.ui.widgets.toast import paint_floating

Index = QModelIndex | QPersistentModelIndex
_WIDTH, _TOP, _SHADOW, _ITEM, _VISIBLE = 560, 72, 14, 38, 9
_NONE = QModelIndex()


@dataclass(frozen=True, slots=True)
class Command:
    """Something that can be done. ``section`` is shown at the right when there is no ``shortcut``; ``words`` are
    found but not shown."""

    title: str
    run: Callable[[], object]
    icon: str = "right"
    section: str = ""
    shortcut: str = ""
    words: str = ""


class _Found(QAbstractListModel):
    """The commands that match what was typed."""

    def __init__(self) -> None:
        super().__init__()
        self.commands: Sequence[Command] = ()
        self.hits: list[tuple[int, tuple[int, ...]]] = []

    def search(self, typed: str) -> None:
        self.beginResetModel()
        by_title = rank(typed, [command.title for command in self.commands])
        seen = {at for at, _ in by_title}
        by_words = rank(typed, [f"{command.words} {command.section}" for command in self.commands]) if typed else []
        self.hits = by_title + [(at, ()) for at, _ in by_words if at not in seen]
        self.endResetModel()

    def command(self, at: int) -> Command:
        return self.commands[self.hits[at][0]]

    def rowCount(self, parent: Index = _NONE) -> int:
        return 0 if parent.isValid() else len(self.hits)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self.command(index.row()).title
        return None


class _Line(QStyledItemDelegate):
    """Draws one command: icon, title with the matched letters marked, section or shortcut."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(100, theme.current().px(_ITEM))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        found: Any = index.model()
        command: Command = found.command(index.row())
        places = set(found.hits[index.row()][1])
        now = theme.current()
        box = QRectF(option.rect).adjusted(6, 1, -6, -1)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        on = bool(option.state & QStyle.StateFlag.State_Selected)
        if on:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(now.colour("selection"))
            painter.drawRoundedRect(box, 6, 6)
        tint = now.colour("accent-text" if on else "text-muted")
        icons.paint(painter, command.icon, QRectF(box.left() + 12, box.top(), 16, box.height()), tint)
        x = box.left() + 40
        for at, letter in enumerate(command.title):
            painter.setFont(now.font("strong" if at in places else "body"))
            painter.setPen(now.colour("accent-text" if at in places else "text"))
            painter.drawText(QRectF(x, box.top(), 40, box.height()), int(Qt.AlignmentFlag.AlignVCenter), letter)
            x += painter.fontMetrics().horizontalAdvance(letter)
        painter.setFont(now.font("caption"))
        painter.setPen(now.colour("text-muted"))
        flags = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
        painter.drawText(box.adjusted(0, 0, -12, 0), flags, command.shortcut or command.section)
        painter.restore()


class Palette(QWidget):
    """Covers the window; ``open(commands)`` shows it. Esc or a click beside it closes it."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._found = _Found()
        self._back: QWidget | None = None
        self.field = QLineEdit()
        self.field.setProperty("bare", "true")
        self.field.setPlaceholderText("Type a command or where to go")
        self.field.setAccessibleName("Command")
        self.field.textChanged.connect(self._search)
        self.field.installEventFilter(self)
        self.list = QListView()
        self.list.setModel(self._found)
        self.list.setItemDelegate(_Line(self.list))
        self.list.setAccessibleName("Commands")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setMouseTracking(True)
        self.list.setProperty("bare", "true")
        self.list.entered.connect(self.list.setCurrentIndex)
        self.list.clicked.connect(self._run)
        self._none = Label("Nothing matches", "muted")
        self._none.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._panel = QWidget(self)
        head = row(Icon("search", "text-faint"), self.field, gap=12, margins=(18, 13, 18, 13))
        self._panel.setLayout(column(head, rule(), 4, self.list, self._none, 4, gap=0, margins=(_SHADOW,) * 4))
        self._panel.setAutoFillBackground(False)
        self._panel.installEventFilter(self)
        window.installEventFilter(self)
        self.hide()

    def open(self, commands: Sequence[Command]) -> None:
        """Show ``commands``, in their order until something is typed."""
        self._back = QApplication.focusWidget()
        self._found.commands = commands
        self.field.clear()
        self._search("")
        self.setGeometry(self._window.rect())
        self.show()
        self.raise_()
        self.field.setFocus()

    def close_palette(self) -> None:
        if not self.isHidden():
            self.hide()
            if self._back is not None:
                self._back.setFocus()

    def _search(self, typed: str) -> None:
        self._found.search(typed)
        count = self._found.rowCount()
        self.list.setVisible(count > 0)
        self._none.setVisible(count == 0)
        self.list.setCurrentIndex(self._found.index(0, 0))
        self._lay_out()

    def _run(self, index: QModelIndex) -> None:
        if index.isValid():
            command = self._found.command(index.row())
            self.close_palette()
            command.run()

    def _lay_out(self) -> None:
        line = theme.current().px(_ITEM)
        shown = max(1, min(self._found.rowCount(), _VISIBLE))
        self.list.setFixedHeight(shown * line + 2)
        self._none.setFixedHeight(line * 2)
        width = min(_WIDTH, self.width() - 2 * 16) + 2 * _SHADOW
        height = self._panel.sizeHint().height()
        self._panel.setGeometry((self.width() - width) // 2, _TOP - _SHADOW, width, height)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.field and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._key(event)
        if watched is self._window and event.type() == QEvent.Type.Resize:
            self.setGeometry(self._window.rect())
            self._lay_out()
        if watched is self._panel and event.type() == QEvent.Type.Paint:
            paint_floating(QPainter(self._panel), QRectF(self._panel.rect()), _SHADOW, 11)
        return False

    def _key(self, event: QKeyEvent) -> bool:
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}
        key = Qt.Key(event.key())
        if key in step and (count := self._found.rowCount()):
            at = self.list.currentIndex().row() + step[key]
            at = at % count if abs(step[key]) == 1 else max(0, min(at, count - 1))
            self.list.setCurrentIndex(self._found.index(at, 0))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._run(self.list.currentIndex())
        elif key == Qt.Key.Key_Escape:
            self.close_palette()
        else:
            return key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab)
        return True

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self._panel.geometry().contains(event.position().toPoint()):
            self.close_palette()

    def paintEvent(self, event: QPaintEvent) -> None:
        now = theme.current()
        QPainter(self).fillRect(self.rect(), now.colour("scrim", 0.18 if now.scheme == "light" else 0.45))
