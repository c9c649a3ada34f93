"""What can be done with an exchange: copying its parts. The same in the menu and by keys."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QMenu, QWidget

from conduit_desktop.errors import ConduitError
from conduit_desktop.records import Exchange, Message
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui import icons
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.panes.requests_render import curl
from conduit_desktop.ui.widgets.copying import copy

_GONE = "The bodies of this request are no longer kept. Let them be written to disk in Settings to keep them longer."


class Actions(QObject):
    """Copies. ``current`` gives the exchange that a key is meant for."""

    def __init__(
        self, service: GatewayService, bridge: Bridge, current: Callable[[], Exchange | None], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._service, self._bridge, self._current = service, bridge, current
        self._verbs: tuple[tuple[str, str, Callable[[Exchange], None]], ...] = (
            ("Copy request id", "Ctrl+Shift+I", self.copy_id),
            ("Copy as curl", "Ctrl+Shift+U", self.copy_curl),
            ("Copy request body", "Ctrl+Shift+Q", self.copy_request),
            ("Copy response body", "Ctrl+Shift+S", self.copy_response),
        )
        for _, keys, verb in self._verbs:
            shortcut = QShortcut(QKeySequence(keys), parent)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(partial(self._by_key, verb))

    def fill(self, menu: QMenu, exchange: Exchange) -> None:
        """Put the verbs into a menu."""
        for title, keys, verb in self._verbs:
            action = menu.addAction(icons.icon("copy", "text-muted"), title, partial(verb, exchange))
            action.setShortcut(QKeySequence(keys))
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)  # shown here; the pane's own shortcut acts

    def _by_key(self, verb: Callable[[Exchange], None]) -> None:
        if (exchange := self._current()) is not None:
            verb(exchange)

    def copy_id(self, exchange: Exchange) -> None:
        self._copied("request id", exchange.id)

    def copy_curl(self, exchange: Exchange) -> None:
        base = self._service.status.base_url or "http://127.0.0.1:7878"

        async def made() -> str:
            capture = await self._service.activity.capture(exchange.id)
            return await self._service.run(curl, exchange, capture.request if capture else None, base)

        self._bridge.run(made(), partial(self._copied, "as curl"), owner=self, slot="copy")

    def copy_request(self, exchange: Exchange) -> None:
        self._copy_body(exchange, "request body")

    def copy_response(self, exchange: Exchange) -> None:
        self._copy_body(exchange, "response body")

    def _copy_body(self, exchange: Exchange, what: str) -> None:
        async def found() -> str:
            capture = await self._service.activity.capture(exchange.id)
            message = None if capture is None else capture.request if what == "request body" else capture.response
            if message is None:
                raise ConduitError(_GONE)
            return await self._service.run(_text, message)

        self._bridge.run(found(), partial(self._copied, what), owner=self, slot="copy")

    def _copied(self, what: str, text: str) -> None:
        copy(text)
        self._bridge.tell(f"Copied {what}" if text else f"The {what} is empty", "success" if text else "info")


def _text(message: Message) -> str:
    return message.body.decode("utf-8", "replace")
