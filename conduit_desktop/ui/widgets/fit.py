"""Leaves out the columns of a table that there is no room for, the least telling ones first."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject

from conduit_desktop.ui import theme
from conduit_desktop.ui.widgets.table import DataTable


class _Fit(QObject):
    def __init__(self, table: DataTable, first_to_go: Sequence[str], stretch_least: int) -> None:
        super().__init__(table)
        self._view = table.view
        self._columns = table.rows.columns
        self._order = tuple(first_to_go)
        self._least = stretch_least
        self._view.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._fit()
        return False

    def _fit(self) -> None:
        px = theme.current().px
        room = self._view.viewport().width()
        taken = sum(px(self._least if column.stretch else column.width) for column in self._columns)
        places = {column.title: at for at, column in enumerate(self._columns)}
        for title in self._order:
            away = taken > room
            column = self._columns[places[title]]
            if away:
                taken -= px(self._least if column.stretch else column.width)
            if self._view.isColumnHidden(places[title]) != away:
                self._view.setColumnHidden(places[title], away)


def fit_columns(table: DataTable, first_to_go: Sequence[str], *, stretch_least: int = 160) -> None:
    """Hide columns by title, in this order, while the table is too narrow for all of them."""
    _Fit(table, first_to_go, stretch_least)
