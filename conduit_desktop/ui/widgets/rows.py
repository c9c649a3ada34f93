"""A table model over records of any kind: columns are described, rows are told apart by a key.

Rows come in pages at the end (``more_wanted``) and live at the top (``prepend``); a changed row is announced alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

R = TypeVar("R")
Index = QModelIndex | QPersistentModelIndex
BadgeLook = tuple[str, str, str]  # text, tone, icon name or ""
BarLook = tuple[float, str]  # share, tone or ""
SpanLook = tuple[float, float, str]  # from, to (shares of the track), token

_NONE = QModelIndex()


@dataclass(frozen=True, slots=True)
class Column(Generic[R]):
    """How one column shows a record. ``text`` is what is read, copied and drawn; ``badge``, ``bar`` and ``spans`` (on a
    track) are drawn instead of it, ``icon`` (name, tone) before it, ``mark`` (a token, empty for an outline) as a spot
    of colour. ``ticks`` are shares to mark on the bar, ``beside`` is the room that the words get before the bar does.
    ``sub`` is a second, muted text behind the first. ``sort`` makes the column sortable in memory: only for tables that
    hold all their rows."""

    title: str
    text: Callable[[R], str]
    width: int = 120
    align: Literal["left", "right", "centre"] = "left"
    mono: bool = False
    strong: bool = False
    stretch: bool = False
    tone: Callable[[R], str] | None = None
    icon: Callable[[R], tuple[str, str] | None] | None = None
    badge: Callable[[R], BadgeLook | None] | None = None
    bar: Callable[[R], BarLook | None] | None = None
    ticks: Callable[[R], Sequence[float]] | None = None
    spans: Callable[[R], Sequence[SpanLook]] | None = None
    beside: int = 108
    mark: Callable[[R], str] | None = None
    sub: Callable[[R], str] | None = None
    tooltip: Callable[[R], str] | None = None
    sort: Callable[[R], Any] | None = None


class Rows(QAbstractTableModel, Generic[R]):
    """Signals: ``more_wanted()`` when the end is in sight and more may exist; ``counted(int)`` when the number of
    rows changed."""

    more_wanted = Signal()
    counted = Signal(int)

    def __init__(self, columns: Sequence[Column[R]], key: Callable[[R], object], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.columns: tuple[Column[R], ...] = tuple(columns)
        self._key = key
        self._rows: list[R] = []
        self._place: dict[object, int] = {}  # key -> position + _first, so that prepending moves nothing
        self._first = 0
        self._complete = True
        self._asked = False
        self._sorted: tuple[int, bool] | None = None

    # ---- contents

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def records(self) -> Sequence[R]:
        return self._rows

    def record(self, row: int) -> R:
        return self._rows[row]

    def find(self, key: object) -> int:
        """The row of ``key``, -1 when it is not here."""
        place = self._place.get(key)
        return -1 if place is None else place - self._first

    def key_at(self, row: int) -> object:
        return self._key(self._rows[row])

    def set_rows(self, rows: Iterable[R], *, complete: bool = True) -> None:
        """Replace everything. ``complete`` False: more can be asked for at the end."""
        self.beginResetModel()
        self._rows = list(rows)
        self._order()
        self._index()
        self._complete, self._asked = complete, False
        self.endResetModel()
        self.counted.emit(len(self._rows))

    def append(self, rows: Sequence[R], *, complete: bool) -> None:
        """Add a page at the end."""
        self._complete, self._asked = complete, False
        rows = [row for row in rows if self._key(row) not in self._place]
        if not rows:
            return
        at = len(self._rows)
        self.beginInsertRows(_NONE, at, at + len(rows) - 1)
        self._rows.extend(rows)
        for offset, row in enumerate(rows):
            self._place[self._key(row)] = self._first + at + offset
        self.endInsertRows()
        self.counted.emit(len(self._rows))

    def prepend(self, rows: Sequence[R], *, most: int = 0) -> None:
        """Add rows at the top, in the order given; with ``most`` the oldest beyond it are dropped."""
        rows = [row for row in rows if self._key(row) not in self._place]
        if not rows:
            return
        self.beginInsertRows(_NONE, 0, len(rows) - 1)
        self._rows[:0] = rows
        self._first -= len(rows)
        for offset, row in enumerate(rows):
            self._place[self._key(row)] = self._first + offset
        self.endInsertRows()
        if most and len(self._rows) > most:
            self._drop(most, len(self._rows) - 1)
            self._complete = False
        self.counted.emit(len(self._rows))

    def update_row(self, record: R) -> bool:
        """Show a record anew in its place; False when its key is not here."""
        row = self.find(self._key(record))
        if row < 0:
            return False
        self._rows[row] = record
        self.dataChanged.emit(self.index(row, 0), self.index(row, len(self.columns) - 1))
        return True

    def remove(self, key: object) -> None:
        row = self.find(key)
        if row >= 0:
            self._drop(row, row)
            self.counted.emit(len(self._rows))

    def _drop(self, first: int, last: int) -> None:
        self.beginRemoveRows(_NONE, first, last)
        del self._rows[first : last + 1]
        self._index()
        self.endRemoveRows()

    def _index(self) -> None:
        self._first = 0
        self._place = {self._key(row): at for at, row in enumerate(self._rows)}

    # ---- Qt

    def rowCount(self, parent: Index = _NONE) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NONE) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self.columns[index.column()].text(self._rows[index.row()])
        if role == Qt.ItemDataRole.ToolTipRole and (tip := self.columns[index.column()].tooltip) is not None:
            return tip(self._rows[index.row()])
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and section < len(self.columns):
            column = self.columns[section]
            if role == Qt.ItemDataRole.DisplayRole:
                return column.title
            if role == Qt.ItemDataRole.TextAlignmentRole:
                return ALIGN[column.align]
        return None

    def canFetchMore(self, parent: Index) -> bool:
        return not parent.isValid() and not self._complete and not self._asked

    def fetchMore(self, parent: Index) -> None:
        if self.canFetchMore(parent):
            self._asked = True
            self.more_wanted.emit()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        if not 0 <= column < len(self.columns) or self.columns[column].sort is None:
            return
        self._sorted = (column, order == Qt.SortOrder.DescendingOrder)
        self.layoutAboutToBeChanged.emit()
        held = [(index, self.key_at(index.row())) for index in self.persistentIndexList()]
        self._order()
        self._index()
        for index, key in held:
            self.changePersistentIndex(index, self.index(self.find(key), index.column()))
        self.layoutChanged.emit()

    def _order(self) -> None:
        if self._sorted is not None:
            column, descending = self._sorted
            by = self.columns[column].sort
            if by is not None:
                self._rows.sort(key=by, reverse=descending)


ALIGN = {
    "left": Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
    "right": Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
    "centre": Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter,
}
