"""The search field and the chips of the Notifications pane."""

from __future__ import annotations

from collections.abc import Sequence

from conduit_desktop.records import Notification
from conduit_desktop.ui.panes.notifications_words import NoticeFilter, chips
from conduit_desktop.ui.widgets.filtering import FilterBar
from conduit_desktop.ui.widgets.inputs import SearchField


class Filters(FilterBar):
    """What the pane's rows can be filtered by."""

    def __init__(self) -> None:
        super().__init__(SearchField("Search notifications"))
        self.search.setMinimumWidth(110)

    @property
    def wanted(self) -> NoticeFilter:
        return NoticeFilter(self.search.text().strip(), self.chips.chosen)

    def show_all(self, notifications: Sequence[Notification]) -> None:
        """Offer what there is among all of them; where there are hardly any, there is nothing to filter."""
        self.chips.set_chips(chips(notifications))
        self.setVisible(len(notifications) > 1 or self.wanted.active)
        self.search.setVisible(len(notifications) > 1 or self.wanted.active)
