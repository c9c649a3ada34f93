"""The search field and the chips of the Notifications pane."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from conduit_desktop.records import Notification
from conduit_desktop.ui.panes.notifications_words import NoticeFilter, chips
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.chips import Chips
from conduit_desktop.ui.widgets.inputs import SearchField
from conduit_desktop.ui.widgets.layout import row


class Filters(QWidget):
    """The chips, with a button to clear everything; ``search`` is for the pane's head. Signal: ``changed()``."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.search = SearchField("Search notifications")
        self.search.setMinimumWidth(110)
        self.search.setMaximumWidth(210)
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
    def wanted(self) -> NoticeFilter:
        return NoticeFilter(self.search.text().strip(), self.chips.chosen)

    def show_all(self, notifications: Sequence[Notification]) -> None:
        """Offer what there is among all of them; where there are hardly any, there is nothing to filter."""
        self.chips.set_chips(chips(notifications))
        self.setVisible(len(notifications) > 1 or self.wanted.active)
        self.search.setVisible(len(notifications) > 1 or self.wanted.active)

    def choose(self, *keys: str) -> None:
        """Switch on these chips alone, like the user."""
        self.chips.set_chosen(keys)
        self._tell()

    def clear(self) -> None:
        self.search.clear()
        self.choose()

    def _tell(self, _text: str = "") -> None:
        self.clear_button.setVisible(self.wanted.active)
        self.changed.emit()
