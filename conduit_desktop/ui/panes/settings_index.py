"""The list of groups beside the settings: where each one is, and which one is in view."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtWidgets import QListWidget, QScrollArea, QSizePolicy, QWidget

from conduit_desktop.ui import theme
from conduit_desktop.ui.tokens import SPACE

_NEAR = 64  # pixels below the top of the view in which a group may begin that is marked
LEAST = 900  # pixels that the pane must have for the list to be shown


class GroupIndex(QListWidget):
    """Goes to a group of ``area``'s content when it is chosen, and follows what is scrolled into view. ``places`` are
    the groups' titles with the widget that each one begins with."""

    def __init__(self, area: QScrollArea, places: Mapping[str, QWidget]) -> None:
        super().__init__()
        self._area, self._places = area, dict(places)
        self.setAccessibleName("Groups of settings")
        self.setProperty("bare", "true")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        for title in self._places:
            self.addItem(title)
        self._following = False
        self._pinned = (-1, 0)  # how far it was scrolled to reach which group
        self._wanted = ("", 0)  # what was asked for last, and how far it was scrolled for it
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(0)
        self._settle.timeout.connect(self._follow)
        area.verticalScrollBar().valueChanged.connect(lambda _at: self._settle.start())
        area.verticalScrollBar().rangeChanged.connect(lambda _low, _high: self._settle.start())
        self.currentRowChanged.connect(self._go)
        theme.current().changed.connect(self._fit)
        self._fit()
        self._settle.start()

    @property
    def titles(self) -> Sequence[str]:
        return tuple(self._places)

    def show_group(self, title: str) -> None:
        """Bring a group to the top of the view."""
        content, bar = self._area.widget(), self._area.verticalScrollBar()
        if (place := self._places.get(title)) is not None and content is not None and content.isAncestorOf(place):
            bar.setValue(place.mapTo(content, place.rect().topLeft()).y() - SPACE.s)
            self._pinned = (bar.value(), self.titles.index(title))
            self._settle.start()
        self._wanted = (title, bar.value())

    def go_on(self) -> None:
        """The content is whole by now: what was asked for before can be reached, unless one went elsewhere since."""
        title, scrolled = self._wanted
        if title and scrolled == self._area.verticalScrollBar().value():
            self.show_group(title)

    def _fit(self) -> None:
        self.setFixedWidth(theme.current().px(160))
        for at in range(self.count()):
            self.item(at).setSizeHint(QSize(0, theme.current().px(28)))

    def _go(self, row: int) -> None:
        if not self._following and row >= 0:
            self.show_group(self.titles[row])

    def _follow(self) -> None:
        """Mark the group that the view begins with; at the end of the view the last one, or the one that was gone to
        and can come no higher."""
        content, bar = self._area.widget(), self._area.verticalScrollBar()
        if content is None:
            return
        there = [place for place in self._places.values() if content.isAncestorOf(place)]
        tops = [place.mapTo(content, place.rect().topLeft()).y() for place in there]
        at = max((n for n, top in enumerate(tops) if top <= bar.value() + _NEAR), default=0)
        if bar.maximum() and bar.value() == bar.maximum():
            at = len(tops) - 1
        if self._pinned[0] == bar.value():
            at = self._pinned[1]
        self._following = True
        self.setCurrentRow(at)
        self._following = False
