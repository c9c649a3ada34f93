"""What stands below a setting that the running gateway does not follow yet."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.layout import row
from conduit_desktop.ui.widgets.status import Icon
from conduit_desktop.ui.widgets.text import Label


class RestartStrip(QWidget):
    """Says that the gateway runs with another value still, and restarts it."""

    def __init__(self) -> None:
        super().__init__()
        self.text = Label("", "small", wrap=True)
        self.restart = Button("Restart gateway", icon="refresh", small=True)
        box = row(Icon("info", "info", 15), gap=SPACE.s, margins=(0, 0, 0, 12))
        box.addWidget(self.text, 1)
        box.addWidget(self.restart)
        self.setLayout(box)
        self.hide()
