"""Leaves out the columns of the Keys table that there is no room for: the details have them all."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject

from conduit_desktop.ui import theme
from conduit_desktop.ui.panes.keys_columns import COLUMNS
from conduit_desktop.ui.widgets.table import DataTable

_FIRST_TO_GO = ("Limits", "Last used", "Models", "Expires", "Key")
_NAME_AT_LEAST = 170


class _Fit(QObject):
    def __init__(self, table: DataTable) -> None:
        super().__init__(table)
        self._view = table.view
        self._view.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._fit()
        return False

    def _fit(self) -> None:
        px = theme.current().px
        room = self._view.viewport().width()
        taken = sum(px(_NAME_AT_LEAST if column.stretch else column.width) for column in COLUMNS)
        places = {column.title: at for at, column in enumerate(COLUMNS)}
        for title in _FIRST_TO_GO:
            away = taken > room
            if away:
                taken -= px(COLUMNS[places[title]].width)
            if self._view.isColumnHidden(places[title]) != away:
                self._view.setColumnHidden(places[title], away)


def fit_columns(table: DataTable) -> None:
    """Keep the columns of ``table`` to what it has room for."""
    _Fit(table)
