"""Leaves out the columns of the Keys table for which there is no room: the details have them all."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject

from conduit_desktop.ui import theme
from conduit_desktop.ui.panes.keys_columns import COLUMNS
from conduit_desktop.ui.widgets.table import DataTable

_FIRST_TO_GO = ("Limits", "Last used", "Models", "Expires", "Key")
_NAME_AT_LEAST = 150
_SPENT, _SPENT_AT_LEAST = "Spent", 110


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
        self._fit_spent(places[_SPENT], room - taken)

    def _fit_spent(self, at: int, left: int) -> None:
        """The widest of the columns gives way when leaving others out was not enough, and comes back."""
        px = theme.current().px
        usual = px(COLUMNS[at].width)
        width = max(usual + min(left, 0), px(_SPENT_AT_LEAST))
        if left < 0 or self._view.columnWidth(at) < usual:
            self._view.setColumnWidth(at, width)


def fit_columns(table: DataTable) -> None:
    """Keep the columns of ``table`` to what it has room for."""
    _Fit(table)
