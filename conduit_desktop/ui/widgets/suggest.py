"""Completion for a line to type in: of all of it, or of the part that commas set off."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QStringListModel, Qt
from PySide6.QtWidgets import QCompleter, QLineEdit


class _Parts(QCompleter):
    """Completes what stands behind the last comma."""

    def splitPath(self, path: str) -> list[str]:
        return [path.rpartition(",")[2].lstrip()]

    def pathFromIndex(self, index: QModelIndex | QPersistentModelIndex) -> str:
        field = self.widget()
        before = field.text().rpartition(",")[0] if isinstance(field, QLineEdit) else ""
        chosen = super().pathFromIndex(index)
        return f"{before.strip()}, {chosen}" if before.strip() else chosen


def suggest(field: QLineEdit, words: Sequence[str] = (), *, parts: bool = False) -> QStringListModel:
    """Offer ``words`` while something is typed into ``field``; gives the model, to offer others later. With ``parts``
    commas part what is typed."""
    completer = _Parts(field) if parts else QCompleter(field)
    model = QStringListModel(list(words), completer)
    completer.setModel(model)
    completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
    completer.setFilterMode(Qt.MatchFlag.MatchContains)
    completer.setMaxVisibleItems(8)
    popup = completer.popup()
    assert popup is not None
    popup.setProperty("popup", "true")
    field.setCompleter(completer)
    return model
