"""Completion for a line to type in: of all of it, or of the part that commas set off. What completers offer is a window
without a parent, and so dresses itself."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractItemModel, QEvent, QModelIndex, QPersistentModelIndex, QStringListModel, Qt
from PySide6.QtWidgets import QCompleter, QLineEdit, QListView, QWidget

from conduit_desktop.ui import theme


class _Offers(QListView):
    """Dressed before it is measured and shown first, which most never are."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("popup", "true")

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Polish:
            theme.current().dress(self)
        return super().event(event)


class Completer(QCompleter):
    """Offers what contains what is typed, whatever its case, below the field."""

    def __init__(self, model: QAbstractItemModel, parent: QWidget) -> None:
        super().__init__(model, parent)
        self.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setFilterMode(Qt.MatchFlag.MatchContains)
        self.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        self.setPopup(_Offers())


class _Parts(Completer):
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
    model = QStringListModel(list(words), field)
    completer = (_Parts if parts else Completer)(model, field)
    completer.setMaxVisibleItems(8)
    field.setCompleter(completer)
    return model
