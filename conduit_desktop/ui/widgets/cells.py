"""Draws the cells of a DataTable: text, icons, badges and bars, one whole row for hover and selection."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from conduit_desktop.ui import icons, theme, tokens
from conduit_desktop.ui.widgets.progress import paint_bar, tone_for
from conduit_desktop.ui.widgets.rows import ALIGN, Column, Rows
from conduit_desktop.ui.widgets.status import paint_badge

PAD = 10
_SINGLE = int(Qt.TextFlag.TextSingleLine)


class Cells(QStyledItemDelegate):
    """``hovered`` is the row under the mouse, kept by the table."""

    def __init__(self, view: QTableView) -> None:
        super().__init__(view)
        self._view = view
        self.hovered = -1

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(60, theme.current().px(tokens.ROW))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        rows: Any = index.model()
        if not isinstance(rows, Rows):
            return
        column = rows.columns[index.column()]
        record = rows.record(index.row())
        rect: QRect = option.rect
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        self._ground(painter, rect, selected, index)
        left, right = self._margins(index.column())
        box = QRectF(rect).adjusted(left, 0, -right, -1)
        if column.badge is not None and (look := column.badge(record)) is not None:
            self._badge(painter, box, look, column)
        elif column.bar is not None and (use := column.bar(record)) is not None:
            self._bar(painter, box, use, column.text(record))
        else:
            self._text(painter, box, column, record)
        painter.restore()

    def _margins(self, column: int) -> tuple[int, int]:
        """The first and the last column keep the distance of the page from the edges."""
        header = self._view.horizontalHeader()
        at = header.visualIndex(column)
        return tokens.SPACE.xl if at == 0 else PAD, tokens.SPACE.xl if at == header.count() - 1 else PAD

    def _ground(
        self, painter: QPainter, rect: QRect, selected: bool, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        now = theme.current()
        active = self._view.hasFocus()
        if selected:
            painter.fillRect(rect, now.colour("selection" if active else "hover"))
            if active and self._view.visualRect(index).left() <= 0:
                painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), now.colour("accent"))
        elif index.row() == self.hovered:
            painter.fillRect(rect, now.colour("row-hover"))
        painter.fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 1), now.colour("grid"))

    def _badge(self, painter: QPainter, box: QRectF, look: tuple[str, str, str], column: Column[Any]) -> None:
        text, tone, icon = look
        role = "mono-small" if column.mono else "caption"
        metrics = QFontMetrics(theme.current().font(role))
        width = min(metrics.horizontalAdvance(text) + 14 + (15 if icon else 0), box.width())
        height = theme.current().px(20)
        left = box.right() - width if column.align == "right" else box.left()
        paint_badge(painter, QRectF(left, box.center().y() - height / 2, width, height), text, tone, icon, role)

    def _bar(self, painter: QPainter, box: QRectF, use: tuple[float, str], words: str) -> None:
        share, tone = use
        now = theme.current()
        bar = min(72.0, box.width() * 0.4)
        middle = box.center().y()
        paint_bar(painter, QRectF(box.left(), middle - 3, bar, 6), share, tone or tone_for(share))
        painter.setFont(now.font("small"))
        painter.setPen(now.colour("text-muted"))
        rest = box.adjusted(bar + 8, 0, 0, 0)
        shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, int(rest.width()))
        painter.drawText(rest, int(Qt.AlignmentFlag.AlignVCenter), shown)

    def _text(self, painter: QPainter, box: QRectF, column: Column[Any], record: Any) -> None:
        now = theme.current()
        if column.icon is not None and (look := column.icon(record)) is not None:
            name, tone = look
            size = now.px(tokens.ICON)
            icons.paint(painter, name, QRectF(box.left(), box.top(), size, box.height()), now.colour(tone))
            box = box.adjusted(size + 7, 0, 0, 0)
        text = column.text(record)
        tone = column.tone(record) if column.tone is not None else ""
        painter.setFont(now.font("mono" if column.mono else "medium" if column.strong else "body"))
        painter.setPen(now.colour(f"{tone}-text" if tone in tokens.TONES else tone or "text"))
        metrics = painter.fontMetrics()
        shown = metrics.elidedText(text.replace("\n", " "), Qt.TextElideMode.ElideRight, int(box.width()))
        painter.drawText(box, int(ALIGN[column.align]) | _SINGLE, shown)
        if column.sub is not None and shown == text and (sub := column.sub(record)):
            rest = box.adjusted(metrics.horizontalAdvance(shown) + 8, 0, 0, 0)
            if rest.width() > 24:
                painter.setFont(now.font("small"))
                painter.setPen(now.colour("text-faint"))
                shown = painter.fontMetrics().elidedText(sub, Qt.TextElideMode.ElideRight, int(rest.width()))
                painter.drawText(rest, int(ALIGN["left"]) | _SINGLE, shown)
