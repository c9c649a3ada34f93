"""Leaves out the columns of a table that there is no room for, the least telling ones first. Widths are as the user
set them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject

from conduit_desktop.ui import theme
from conduit_desktop.ui.widgets.table import DataTable

Squeeze = tuple[str, int]


class _Fit(QObject):
    def __init__(
        self, table: DataTable, first_to_go: Sequence[str], stretch_least: int, squeeze: Squeeze | None
    ) -> None:
        super().__init__(table)
        self._view = table.view
        self._columns = table.rows.columns
        self._places = {column.title: at for at, column in enumerate(self._columns)}
        self._order = tuple(first_to_go)
        self._least = stretch_least
        self._squeeze = squeeze
        self._usual: dict[int, int] = {}
        self._busy = False
        for at in range(len(self._columns)):
            self._learn(at, 0, self._view.columnWidth(at))
        if squeeze is not None:  # what is remembered of it may be how it was squeezed
            at = self._places[squeeze[0]]
            self._usual[at] = max(self._width(at), theme.current().px(self._columns[at].width))
        self._view.horizontalHeader().sectionResized.connect(self._learn)
        self._view.viewport().installEventFilter(self)

    def _learn(self, at: int, _before: int, width: int) -> None:
        """The user made a column wider or narrower."""
        if width > 0 and not self._busy and not self._columns[at].stretch:
            self._usual[at] = width

    def _width(self, at: int) -> int:
        px = theme.current().px
        column = self._columns[at]
        return px(self._least) if column.stretch else self._usual.get(at, px(column.width))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and not self._busy:
            self._busy = True
            self._fit()
            self._busy = False
        return False

    def _fit(self) -> None:
        room = self._view.viewport().width()
        taken = sum(map(self._width, range(len(self._columns))))
        for title in self._order:
            at = self._places[title]
            away = taken > room
            if away:
                taken -= self._width(at)
            if self._view.isColumnHidden(at) != away:
                self._view.setColumnHidden(at, away)
                if not away:
                    self._view.setColumnWidth(at, self._width(at))
        if self._squeeze is not None:
            title, least = self._squeeze
            at, px = self._places[title], theme.current().px
            width = max(self._width(at) + min(room - taken, 0), px(least))
            self._view.setColumnHidden(at, taken - self._width(at) + px(least) > room)  # all others are hidden then
            if not self._view.isColumnHidden(at) and self._view.columnWidth(at) != width:
                self._view.setColumnWidth(at, width)


def fit_columns(
    table: DataTable, first_to_go: Sequence[str], *, stretch_least: int = 160, squeeze: Squeeze | None = None
) -> None:
    """Hide columns by title, in this order, while the table is too narrow for all of them; ``squeeze`` is a column that
    gives way then, and to which width."""
    _Fit(table, first_to_go, stretch_least, squeeze)
