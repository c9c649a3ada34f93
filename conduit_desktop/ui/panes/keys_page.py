"""What every part of a key's details is: a page that fetches what it shows when it is looked at."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.panes.keys_columns import KeyRow


class KeyPage(QWidget):
    """Subclass with ``title`` and ``present``."""

    title = ""

    def __init__(self, service: GatewayService, bridge: Bridge) -> None:
        super().__init__()
        self.service, self.bridge = service, bridge
        self.shown: KeyRow | None = None

    def present(self, row: KeyRow) -> None:
        """Show this key, or the same one with newer figures."""
        raise NotImplementedError

    def shows(self, key_id: str) -> bool:
        """Whether what was fetched is still wanted."""
        return self.shown is not None and self.shown.id == key_id
