"""The panes of the window. To add one: a file here with a Pane subclass, and a row in PANES."""

from __future__ import annotations

import importlib
import linecache
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conduit_desktop.ui.panes.base import Pane


@dataclass(frozen=True, slots=True)
class PaneRow:
    """One entry of the navigation. ``at`` is module:class, imported when the pane is first shown or, where it is
    ``early``, made in the quiet before (``ui/early.py``); ``foot`` puts it at the lower end. Each of ``offers`` (title,
    icon, argument) is always in the palette and opens the pane with its ``open_with(argument)``, for example
    ``("New key", "plus", "new")``."""

    key: str
    title: str
    icon: str
    shortcut: str
    at: str
    foot: bool = False
    early: bool = True
    offers: tuple[tuple[str, str, object], ...] = ()

    def load(self) -> type[Pane[Any]]:
        module, name = self.at.split(":")
        made: type[Pane[Any]] = getattr(importlib.import_module(f"conduit_desktop.ui.panes.{module}"), name)
        linecache.clearcache()  # PySide reads the source of every module that is loaded, which would stay there
        return made


PANES: tuple[PaneRow, ...] = (
    PaneRow(
        "dashboard",
        "Dashboard",
        "dashboard",
        "Ctrl+1",
        "dashboard:DashboardPane",
        offers=(("Usage", "coin", "usage"), ("Overview", "dashboard", "overview")),
    ),
    PaneRow("requests", "Requests", "requests", "Ctrl+2", "requests:RequestsPane"),
    PaneRow("chat", "Chat", "chat", "Ctrl+3", "chat:ChatPane", offers=(("New chat", "plus", "new"),)),
    PaneRow(
        "providers",
        "Providers",
        "provider",
        "Ctrl+4",
        "providers:ProvidersPane",
        offers=(("Add provider", "plus", "new"),),
    ),
    PaneRow("models", "Models", "model", "Ctrl+5", "models:ModelsPane", offers=(("Add model", "plus", "new"),)),
    PaneRow("keys", "Keys", "key", "Ctrl+6", "keys:KeysPane", offers=(("New key", "plus", "new"),)),
    PaneRow("connect", "Connect", "connect", "Ctrl+7", "connect:ConnectPane"),
    PaneRow("notifications", "Notifications", "bell", "Ctrl+8", "notifications:NotificationsPane", foot=True),
    PaneRow(
        *("settings", "Settings", "settings", "Ctrl+9", "settings:SettingsPane"),
        foot=True,
        early=False,  # 13 MB, which an idle window can do without
    ),
)
