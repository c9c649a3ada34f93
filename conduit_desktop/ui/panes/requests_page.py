"""What the tabs of the inspector have in common."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtWidgets import QVBoxLayout, QWidget

from conduit_desktop.records import Capture, Exchange
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.panes.requests_words import in_flight
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets.states import EmptyState

KEPT_IN_MEMORY = 200


@dataclass(frozen=True, slots=True)
class Inspected:
    """What is looked at. ``fetched``: attempts and bodies have been asked for, so that a missing one is missing."""

    exchange: Exchange
    capture: Capture | None = None
    fetched: bool = False


class Page(QWidget):
    """A tab. Subclass with ``title`` and ``present``; only the tab in front is asked to present."""

    title = ""

    def __init__(self, service: GatewayService, bridge: Bridge) -> None:
        super().__init__()
        self.service, self.bridge = service, bridge
        self.setAccessibleName(self.title)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(0, SPACE.m, 0, 0)
        self.body.setSpacing(SPACE.m)

    def present(self, inspected: Inspected) -> None:
        """Show it."""
        raise NotImplementedError


class Missing(EmptyState):
    """Stands where a body would be: why there is none, and the one thing to do about it."""

    def __init__(self, bridge: Bridge) -> None:
        super().__init__("archive", "", "")
        self._bridge = bridge
        self.acted.connect(self._open_settings)

    def explain(self, inspected: Inspected) -> None:
        """Why the bodies of this exchange are not here."""
        if in_flight(inspected.exchange):
            text = "Headers and bodies are shown as soon as the request has ended."
            self.set_state("clock", "Still in flight", text)
        else:
            text = (
                f"Headers and bodies are kept in memory for the last {KEPT_IN_MEMORY} requests. "
                "To keep them longer, let them be written to disk."
            )
            self.set_state("archive", "No longer kept", text, "Open Settings")

    def _open_settings(self) -> None:
        self._bridge.open_pane("settings", "capture")
