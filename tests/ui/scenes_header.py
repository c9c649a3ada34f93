"""Scenes of the header: its copy menu, and banners under it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from PySide6.QtWidgets import QMenu, QWidget

from conduit_desktop.ui.main_window import MainWindow


async def menu(window: MainWindow) -> QWidget | None:
    window.header._open_copy_menu()
    return window.header.findChild(QMenu)


async def banners(window: MainWindow) -> None:
    window.go("notifications")
    await window.service.set_setting("capture", True)
    window.banners.set("port", "info", "Port 7878 is taken by ollama; the gateway uses 7879.", dismissable=True)
    window.banners.set("vault", "warning", "The encrypted file is locked. Unlock it to use your keys.", "Unlock…")


SCENES: dict[str, Callable[[MainWindow], Awaitable[QWidget | None]]] = {"copy-menu": menu, "banners": banners}
