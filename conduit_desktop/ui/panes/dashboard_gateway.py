"""Says that the gateway does not run, why, and what to do: shown only then."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame

from conduit_desktop.runtime.service import GatewayStatus
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.layout import column, row
from conduit_desktop.ui.widgets.status import Icon
from conduit_desktop.ui.widgets.text import Label


class GatewayCard(QFrame):
    """Signals: ``start_wanted()``, ``settings_wanted()``."""

    start_wanted = Signal()
    settings_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("surface", "card")
        self.setObjectName("gateway-card")
        self._icon = Icon("pause", "neutral", 22)
        self._title = Label("", "strong")
        self._text = Label("", "small", wrap=True)
        self.settings = Button("Gateway settings", icon="settings")
        self.settings.clicked.connect(self.settings_wanted)
        self.start = Button("Start the gateway", icon="play")
        self.start.clicked.connect(self.start_wanted)
        box = row(self._icon, gap=SPACE.m, margins=(16, 12, 16, 12))
        box.addLayout(column(self._title, self._text, gap=2), 1)
        box.addWidget(self.settings)
        box.addWidget(self.start)
        self.setLayout(box)
        self.hide()

    def show_status(self, status: GatewayStatus) -> None:
        """Appear when it is stopped or failed, and go away when it starts."""
        failed = status.state == "failed"
        if failed:
            self._icon.set_icon("error", "danger")
            self._title.setText("The gateway could not start")
            self._text.setText(status.detail or "It gave no reason. The log in the data folder says more.")
        elif status.state == "stopped":
            self._icon.set_icon("pause", "text-faint")
            self._title.setText("The gateway is stopped")
            self._text.setText("Tools cannot reach it until it runs.")
        self.start.setText("Try again" if failed else "Start the gateway")
        self.start.updateGeometry()
        self.settings.setVisible(failed)
        self.setAccessibleName(f"{self._title.text()}: {self._text.text()}")
        self.setVisible(failed or status.state == "stopped")
