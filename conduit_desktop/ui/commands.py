"""What the palette offers: the shown pane's own commands first, then where to go and what to do anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, Protocol

from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui import theme, tokens, words
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.panes import PaneRow
from conduit_desktop.ui.panes.base import Pane
from conduit_desktop.ui.widgets.copying import copy
from conduit_desktop.ui.widgets.palette import Command

_THEMES = (("system", "System", "display"), ("light", "Light", "sun"), ("dark", "Dark", "moon"))
_SIZES = (("small", "Small"), ("normal", "Normal"), ("large", "Large"), ("larger", "Larger"))


class Frame(Protocol):
    """What the commands need of the window."""

    service: GatewayService
    bridge: Bridge
    rows: tuple[PaneRow, ...]

    @property
    def current_key(self) -> str: ...
    def pane(self, key: str) -> Pane[Any]: ...
    def go(self, key: str, argument: object = None) -> None: ...
    def start_gateway(self) -> None: ...
    def stop_gateway(self) -> None: ...
    def toggle_sidebar(self) -> None: ...
    def quit(self) -> None: ...


class Commands:
    """Collects the commands anew each time the palette opens."""

    def __init__(self, window: Frame) -> None:
        self._window = window

    def all(self) -> list[Command]:
        window = self._window
        own = window.pane(window.current_key).commands() if window.current_key else ()
        return [*own, *self._panes(), *self._offers(), *self._gateway(), *self._looks(), *self._rest()]

    def _panes(self) -> Iterator[Command]:
        for entry in self._window.rows:
            yield Command(entry.title, partial(self._window.go, entry.key), entry.icon, "Go to", entry.shortcut)

    def _offers(self) -> Iterator[Command]:
        for entry in self._window.rows:
            for title, icon, argument in entry.offers:
                yield Command(title, partial(self._window.go, entry.key, argument), icon, entry.title)

    def _gateway(self) -> Iterator[Command]:
        status = self._window.service.status
        if status.state == "running":
            yield Command("Stop the gateway", self._window.stop_gateway, "stop", "Gateway", words="halt pause")
            for name, path, variable in words.DIALECT_BASES:
                address = status.base_url + path
                yield Command(
                    f"Copy base URL: {name}",
                    partial(self._copy, address),
                    "copy",
                    "Gateway",
                    words=f"{variable} address endpoint",
                )
        elif status.state in ("stopped", "failed"):
            yield Command("Start the gateway", self._window.start_gateway, "play", "Gateway", words="run serve")

    def _looks(self) -> Iterator[Command]:
        for key, name, icon in _THEMES:
            yield Command(
                f"Theme: {name}",
                partial(self._set, "theme", key),
                icon,
                "Current" if theme.current().mode == key else "Look",
                words="appearance colour color mode",
            )
        for key, name in _SIZES:
            yield Command(
                f"Text size: {name}", partial(self._set, "text_size", key), "search", "Look", words="zoom font"
            )

    def _rest(self) -> Iterator[Command]:
        yield Command("Show or hide the sidebar", self._window.toggle_sidebar, "sidebar", shortcut="Ctrl+B")
        yield Command("Quit Conduit", self._window.quit, "power", shortcut="Ctrl+Q", words="exit close")

    def zoom(self, step: int) -> None:
        """The next larger (1) or smaller (-1) text size; 0 is the normal one."""
        names = list(tokens.TEXT_SIZES)
        at = names.index(theme.current().text_size) + step
        self._set("text_size", names[max(0, min(at, len(names) - 1))] if step else "normal")

    def _copy(self, text: str) -> None:
        copy(text)
        self._window.bridge.tell(f"Copied {text}")

    def _set(self, key: str, value: str) -> None:
        if key == "theme":
            theme.current().set_mode(value)
        else:
            theme.current().set_text_size(value)
        self._window.bridge.run(self._window.service.set_setting(key, value), name=f"set {key}")
