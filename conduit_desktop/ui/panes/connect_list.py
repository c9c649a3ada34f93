"""The list of snippets at the left: one row a tool, library or shell, under a heading for each kind."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QListWidget,
    QListWidgetItem,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from conduit_desktop.runtime.examples import Example
from conduit_desktop.ui import theme
from conduit_desktop.ui.widgets.buttons import paint_focus

WIDTH, ROW, HEADING = 172, 26, 30
_KEY = Qt.ItemDataRole.UserRole
Index = QModelIndex | QPersistentModelIndex


class _Row(QStyledItemDelegate):
    """Headings are small and faint; the current row shows where the keyboard is."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Said here, since a list that is laid out before it is shown does not know the style sheet's heights."""
        return QSize(0, theme.current().px(ROW if index.data(_KEY) else HEADING))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        box = QRectF(option.rect)
        if index.data(_KEY):
            super().paint(painter, option, index)
            if option.state & QStyle.StateFlag.State_HasFocus:
                paint_focus(painter, box, 7)
            return
        now = theme.current()
        painter.setFont(now.font("caption"))
        painter.setPen(now.colour("text-faint"))
        flags = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom)
        painter.drawText(box.adjusted(11, 0, 0, -5), flags, str(index.data()))


class ExampleList(QListWidget):
    """Signal: ``picked(key)`` when another example becomes the current one."""

    picked = Signal(str)

    def __init__(self, examples: Sequence[Example], chosen: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Snippets")
        self.setProperty("bare", "true")
        self.setItemDelegate(_Row(self))
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.setFixedWidth(theme.current().px(WIDTH))
        for group, rows in groupby(examples, lambda example: example.group):
            heading = QListWidgetItem(group, self)
            heading.setFlags(Qt.ItemFlag.NoItemFlags)
            for example in rows:
                QListWidgetItem(example.title, self).setData(_KEY, example.key)
        self.choose(examples[0].key)
        self.choose(chosen)
        self.currentItemChanged.connect(lambda _now, _before: self.picked.emit(self.chosen))

    @property
    def chosen(self) -> str:
        """The current example's key."""
        return str(self.currentItem().data(_KEY))

    def choose(self, key: str) -> None:
        """Make an example the current one; a key that is not here changes nothing."""
        for at in range(self.count()):
            if self.item(at).data(_KEY) == key:
                self.setCurrentRow(at)
