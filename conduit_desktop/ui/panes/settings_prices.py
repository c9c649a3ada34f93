"""Prices on the Settings screen: which list is in force, the user's own prices, pricing what was used anew."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.panes.settings_catalogue import CataloguePart
from conduit_desktop.ui.panes.settings_recompute import RecomputeSheet
from conduit_desktop.ui.panes.settings_rules import RulesTable
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.layout import column, row, rule
from conduit_desktop.ui.widgets.sheet import Sheet
from conduit_desktop.ui.widgets.text import Label

_ABOUT = (
    "They keep what they cost. After a price was set or corrected, they can be priced anew: you see first what changes."
)


class PricesSection(QWidget):
    """Loads itself by ``load``."""

    def __init__(self, service: GatewayService, bridge: Bridge) -> None:
        super().__init__()
        self.setObjectName("settings-prices")
        self._service, self._bridge = service, bridge
        self.catalogue, self.rules = CataloguePart(service, bridge), RulesTable(service, bridge)
        self.again = Button("Price anew…", icon="replay", name="Price requests anew…")
        self.again.clicked.connect(lambda: self.recompute())
        words = column(Label("Requests in the log", "medium"), Label(_ABOUT, "small", wrap=True), gap=2)
        anew = row(gap=SPACE.l)
        anew.addLayout(words, 1)
        anew.addWidget(self.again)
        parts = (self.catalogue, rule(), self.rules, rule(), anew)
        self.setLayout(column(*parts, gap=SPACE.m, margins=(0, 12, 0, 14)))

    def load(self) -> None:
        self.catalogue.load()
        self.rules.load()

    def recompute(self, *, only_unpriced: bool = True) -> None:
        """Open the sheet that prices requests anew."""
        if not any(not each.isHidden() for each in self.window().findChildren(Sheet)):
            RecomputeSheet(self, self._service, self._bridge, only_unpriced=only_unpriced).open()
