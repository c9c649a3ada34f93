"""A pane's filters: chips with a button that clears everything, and a search field for the pane's head."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.chips import Chips
from conduit_desktop.ui.widgets.inputs import SearchField
from conduit_desktop.ui.widgets.layout import row


class FilterBar(QWidget):
    """Signal: ``changed()``."""

    changed = Signal()

    def __init__(self, search: SearchField) -> None:
        super().__init__()
        self.search = search
        self.search.searched.connect(self._tell)
        self.chips = Chips("Filters")
        self.chips.changed.connect(self._tell)
        self.clear_button = Button("Clear filters", "ghost", icon="close", small=True)
        self.clear_button.clicked.connect(self.clear)
        self.clear_button.hide()
        box = row(margins=(SPACE.xl, 0, SPACE.xl, SPACE.m))
        box.addWidget(self.chips, 1)
        box.addWidget(self.clear_button)
        self.setLayout(box)

    @property
    def active(self) -> bool:
        """Whether anything is filtered."""
        return bool(self.search.text().strip() or self.chips.chosen)

    def choose(self, *keys: str) -> None:
        """Switch on these chips alone, like the user."""
        self.chips.set_chosen(keys)
        self._tell()

    def clear(self) -> None:
        self.search.clear()
        self.choose()

    def _tell(self, _text: str = "") -> None:
        self.clear_button.setVisible(self.active)
        self.changed.emit()
