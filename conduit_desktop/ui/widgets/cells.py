"""Draws the cells of a DataTable: text, icons, badges and bars, one whole row for hover and selection.

This runs for every visible cell at every repaint: fonts, measures and colours come from the theme's caches.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPen, QStaticText
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QTableView

from conduit_desktop.ui import icons, theme, tokens
from conduit_desktop.ui.theme import Theme
from conduit_desktop.ui.widgets.progress import paint_bar, tone_for
from conduit_desktop.ui.widgets.rows import ALIGN, BadgeLook, BarLook, Column, Rows, SpanLook
from conduit_desktop.ui.widgets.status import paint_badge

PAD = 10
MOST_SHAPES = 4000
_FLAGS = {name: int(flags) | int(Qt.TextFlag.TextSingleLine) for name, flags in ALIGN.items()}
_RIGHT = Qt.TextElideMode.ElideRight


_shapes: dict[tuple[str, str, int], tuple[QStaticText, float, float]] = {}
"""Text that was laid out, its width and height: most of the work of drawing a cell, and most cells are drawn again."""


def _shape(now: Theme, text: str, role: str, room: int) -> tuple[QStaticText, float, float]:
    """``text`` laid out, shortened to ``room`` where it is longer."""
    found = _shapes.get((text, role, 0))
    if found is not None and found[1] <= room:
        return found
    if (found := _shapes.get((text, role, room))) is not None:
        return found
    if len(_shapes) >= MOST_SHAPES:
        _shapes.clear()
    shaped = QStaticText(text[:400])
    shaped.setTextFormat(Qt.TextFormat.PlainText)
    shaped.prepare(font=now.font(role))
    width, kept = shaped.size().width(), 0
    if width > room:
        shaped.setText(now.metrics(role).elidedText(text[:400], _RIGHT, room))
        shaped.prepare(font=now.font(role))
        width, kept = min(shaped.size().width(), room), room
    found = _shapes[text, role, kept] = shaped, width, shaped.size().height()
    return found


class _Place(NamedTuple):
    """A column on screen: its number, and how far its text stays from its sides."""

    at: int
    column: Column[Any]
    left: int
    width: int
    start: int
    end: int


class Cells(QStyledItemDelegate):
    """``hovered`` is the row under the mouse, kept by the table; ``edge`` the distance of its text from its sides."""

    def __init__(self, view: QTableView) -> None:
        super().__init__(view)
        self._view = view
        self.hovered = -1
        self.edge = tokens.SPACE.xl
        self.spanned = False  # whether there are cells that take the place of others, too
        self._texts: dict[tuple[str, str], list[tuple[QPointF, QStaticText]]] = {}
        theme.current().changed.connect(self._forget)

    def _forget(self) -> None:
        _shapes.clear()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(60, theme.current().px(tokens.ROW))

    def paint_rows(self, painter: QPainter, area: QRect) -> None:
        """Draw all rows that ``area`` touches. Qt's own way, cell by cell with an index and an option for each, takes
        longer than what is drawn."""
        view, now = self._view, theme.current()
        rows: Any = view.model()
        at, last = view.rowAt(area.top()), view.rowAt(area.bottom())
        if at < 0 or not isinstance(rows, Rows) or not (places := self._places(rows.columns, area)):
            return
        edge = not view.horizontalHeader().sectionPosition(places[0].at)
        selected = {index.row() for index in view.selectionModel().selectedRows()}
        left, width = places[0].left, places[-1].left + places[-1].width - places[0].left
        for row in range(at, (last if last >= 0 else len(rows) - 1) + 1):
            rect = QRect(left, view.rowViewportPosition(row), width, view.rowHeight(row))
            self._ground(painter, now, rect, row, row in selected, edge)
            self._row(painter, now, rect, row, rows.record(row), places)
        self._write(painter, now)

    def _write(self, painter: QPainter, now: Theme) -> None:
        """Draw the text of all cells, one font and colour after the other: at each call the painter lets go of the
        interpreter, and may stand behind the gateway to have it back."""
        for (role, tone), texts in self._texts.items():
            painter.setFont(now.font(role))
            painter.setPen(now.colour(f"{tone}-text" if tone in tokens.TONES else tone))
            for place, shaped in texts:
                painter.drawStaticText(place, shaped)
        self._texts.clear()

    def _places(self, columns: Sequence[Column[Any]], area: QRect) -> list[_Place]:
        """Where the columns are (not by their numbers: some may be hidden, or moved) that ``area`` touches."""
        header = self._view.horizontalHeader()
        shown = [at for at in map(header.logicalIndex, range(header.count())) if not header.isSectionHidden(at)]
        found = []
        for at in shown:
            left, width = header.sectionViewportPosition(at), header.sectionSize(at)
            if left <= area.right() and left + width > area.left():
                start, end = self.edge if at == shown[0] else PAD, self.edge if at == shown[-1] else PAD
                found.append(_Place(at, columns[at], left, width, start, end))
        return found

    def _row(self, painter: QPainter, now: Theme, rect: QRect, row: int, record: Any, places: Sequence[_Place]) -> None:
        beyond = rect.left()
        for at, column, left, width, start, end in places:
            if left < beyond:
                continue  # another's words go on in it
            if self.spanned and (span := self._view.columnSpan(row, at)) > 1:
                width = sum(place.width for place in places if at <= place.at < at + span)
            beyond = left + width
            box = QRectF(left + start, rect.top(), width - start - end, rect.height() - 1)
            if column.badge is not None and (look := column.badge(record)) is not None:
                self._badge(painter, now, box, look, column)
            elif column.bar is not None and (use := column.bar(record)) is not None:
                self._bar(painter, now, box, use, column, record)
            elif column.spans is not None:
                _spans(painter, now, box, column.spans(record))
            else:
                self._text(painter, now, box, column, record)

    def _ground(self, painter: QPainter, now: Theme, rect: QRect, row: int, selected: bool, edge: bool) -> None:
        """Below everything; ``edge``: from the table's edge on."""
        if selected:
            active = self._view.hasFocus()
            painter.fillRect(rect, now.colour("selection" if active else "hover"))
            if active and edge:
                painter.fillRect(rect.left(), rect.top(), 3, rect.height(), now.colour("accent"))
        elif row == self.hovered:
            painter.fillRect(rect, now.colour("row-hover"))
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, now.colour("grid"))

    def _badge(self, painter: QPainter, now: Theme, box: QRectF, look: BadgeLook, column: Column[Any]) -> None:
        text, tone, icon = look
        role = "mono-small" if column.mono else "caption"
        width = min(now.metrics(role).horizontalAdvance(text) + 14 + (now.px(15) if icon else 0), box.width())
        height = now.px(20)
        left = box.right() - width if column.align == "right" else box.left()
        paint_badge(painter, QRectF(left, box.center().y() - height / 2, width, height), text, tone, icon, role)

    def _bar(self, painter: QPainter, now: Theme, box: QRectF, use: BarLook, column: Column[Any], record: Any) -> None:
        share, tone = use
        bar = max(18.0, min(60.0, box.width() - now.px(column.beside)))  # by the column, so that bars are of one length
        ticks = column.ticks(record) if column.ticks is not None else ()
        paint_bar(painter, QRectF(box.left(), box.center().y() - 3, bar, 6), share, tone or tone_for(share), ticks)
        rest = box.adjusted(bar + 8, 0, 0, 0)
        used = self._words(now, rest, column.text(record), "small", "text", "left")
        self._sub(now, rest.adjusted(used + 8, 0, 0, 0), column, record)

    def _sub(self, now: Theme, box: QRectF, column: Column[Any], record: Any) -> None:
        if column.sub is not None and box.width() > 24 and (sub := column.sub(record)):
            self._words(now, box, sub, "small", "text-faint", "left")

    def _text(self, painter: QPainter, now: Theme, box: QRectF, column: Column[Any], record: Any) -> None:
        if column.icon is not None and (look := column.icon(record)) is not None:
            name, tint = look
            size = now.px(tokens.ICON)
            icons.paint(painter, name, QRectF(box.left(), box.top(), size, box.height()), now.colour(tint))
            box = box.adjusted(size + 7, 0, 0, 0)
        if column.mark is not None:
            _mark(painter, now, QRectF(box.left(), box.center().y() - 5, 10, 10), column.mark(record))
            box = box.adjusted(18, 0, 0, 0)
        text = column.text(record)
        tone = column.tone(record) if column.tone is not None else "text"
        role = "mono" if column.mono else "medium" if column.strong else "body"
        used = self._words(now, box, text, role, tone or "text", column.align)
        if column.sub is not None:
            self._sub(now, box.adjusted(used + 8, 0, 0, 0), column, record)

    def _words(self, now: Theme, box: QRectF, text: str, role: str, tone: str, align: str) -> float:
        """One line of text, shortened to ``box``, to be drawn with the others; gives the width that it takes."""
        if not text:
            return 0.0
        if "\n" in text:
            text = text.replace("\n", " ")
        shaped, width, height = _shape(now, text, role, int(box.width()))
        left = box.left()
        if align != "left":
            left = box.right() - width if align == "right" else box.center().x() - width / 2
        place = QPointF(left, round(box.center().y() - height / 2))
        self._texts.setdefault((role, tone), []).append((place, shaped))
        return width


def _spans(painter: QPainter, now: Theme, box: QRectF, spans: Sequence[SpanLook]) -> None:
    """What happened when, on a track; what is short is a line still."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    track = QRectF(box.left(), box.center().y() - 5, box.width(), 10)
    painter.setBrush(now.colour("border"))
    painter.drawRoundedRect(track, 3, 3)
    for start, end, token in spans:
        left = track.left() + start * track.width()
        painter.setBrush(now.colour(token))
        painter.drawRoundedRect(QRectF(left, track.top(), max((end - start) * track.width(), 2.0), 10), 2, 2)


def _mark(painter: QPainter, now: Theme, box: QRectF, token: str) -> None:
    """A spot of colour; an outline where there is none."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen if token else QPen(now.colour("border-strong"), 1.2))
    painter.setBrush(now.colour(token) if token else Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(box if token else box.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
