"""The search field and the chips of the Keys pane."""

from __future__ import annotations

import time
from collections.abc import Sequence

from conduit_desktop.ui.panes.keys_columns import KeyRow
from conduit_desktop.ui.panes.keys_matching import KeyFilter, chips
from conduit_desktop.ui.widgets.filtering import FilterBar
from conduit_desktop.ui.widgets.inputs import SearchField


class Filters(FilterBar):
    """What the pane's rows can be filtered by."""

    def __init__(self) -> None:
        super().__init__(SearchField("Search name, tag, model", name="Search keys"))
        self.search.setMinimumWidth(110)

    @property
    def wanted(self) -> KeyFilter:
        return KeyFilter(self.search.text().strip(), self.chips.chosen)

    def show_rows(self, rows: Sequence[KeyRow]) -> None:
        """Offer what there is among all the keys; with few of one sort there is nothing to filter."""
        self.chips.set_chips(chips(rows, time.time()))
        self.setVisible(len(rows) > 1)
        self.search.setVisible(len(rows) > 1)
