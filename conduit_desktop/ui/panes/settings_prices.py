"""Prices on the Settings screen: which list is in force, the user's own prices, pricing what was used anew."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.panes.settings_rules import RulesTable
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets.layout import column


class PricesSection(QWidget):
    """Loads itself by ``load``."""

    def __init__(self, service: GatewayService, bridge: Bridge) -> None:
        super().__init__()
        self.setObjectName("settings-prices")
        self.rules = RulesTable(service, bridge)
        self.setLayout(column(self.rules, gap=SPACE.m, margins=(0, 12, 0, 14)))

    def load(self) -> None:
        self.rules.load()
