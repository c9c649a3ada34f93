"""Scenes of the keys pane."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from PySide6.QtWidgets import QApplication, QWidget

from conduit_desktop.records import VirtualKey
from conduit_desktop.ui.main_window import MainWindow
from conduit_desktop.ui.panes.keys import KeysPane
from conduit_desktop.ui.widgets.sheet import Sheet
from conduit_desktop.vault.base import VaultState
from tests.ui.eventually import until

LONG = "agent of the research group's weekly literature review"


def _key(name: str, **more: Any) -> VirtualKey:
    return VirtualKey(id="", name=name, digest="", last4="", **more)


async def _pane(window: MainWindow) -> KeysPane:
    window.go("keys")
    pane: Any = window.pane("keys")
    for sheet in window.findChildren(Sheet):
        sheet.finish()
    QApplication.sendPostedEvents(None, 52)
    await asyncio.sleep(0.3)
    return pane  # type: ignore[no-any-return]


def _sheet(window: MainWindow) -> Any:
    return next((sheet for sheet in window.findChildren(Sheet) if sheet.isVisible()), None)


async def detail(window: MainWindow) -> None:
    (await _pane(window)).table.select("editor")


async def new(window: MainWindow) -> None:
    (await _pane(window)).new()
    await until(lambda: _sheet(window))


async def filled(window: MainWindow) -> None:
    await new(window)
    form = _sheet(window).form
    form.name.setText("editor")
    form.budget.amount.setText("5,50")
    form.expiry.preset.set_value("30")
    form.expiry._say()
    form.models.which.set_value("some")
    form.models._show()
    _sheet(window).accept_button.click()


async def made(window: MainWindow) -> None:
    await new(window)
    _sheet(window).form.name.setText(f"editor {time.time():.0f}")
    _sheet(window).accept_button.click()
    await until(lambda: _sheet(window) and hasattr(_sheet(window), "copy_button"))


async def once(window: MainWindow) -> None:
    await new(window)
    sheet = _sheet(window)
    sheet.form.name.setText(f"notebook {time.time():.0f}")
    sheet.keep.switch.setChecked(False)
    sheet.accept_button.click()
    await until(lambda: _sheet(window) and hasattr(_sheet(window), "copy_button"))


async def edit(window: MainWindow) -> None:
    pane = await _pane(window)
    pane.table.select("ci")
    pane.detail.edit_wanted.emit()
    await until(lambda: _sheet(window))


async def many(window: MainWindow) -> None:
    pane = await _pane(window)
    make = window.service.configuring.create_key
    if len(pane.rows) < 30:
        await make(_key("Chat pane", note="Made by the chat pane for itself."))
        await make(_key(LONG, budget=10**12, period="week", models=("smart", "openai/*"), rpm=60, tpm=100_000))
        await make(_key("expired", expires=time.time() - 3 * 86400, note="the old build server"))
        for at in range(30):
            await make(_key(f"project-{at:02}", budget=10**13 if at % 3 else None, parallel=4 if at % 4 else None))
    await asyncio.sleep(0.4)
    long = next(row for row in pane.rows.records if row.view.key.name == LONG)
    pane.table.select(long.id)


async def locked(window: MainWindow) -> None:
    pane = await _pane(window)
    hint = "Enter its passphrase."
    pane._open_new((["fast"], VaultState("file", "Encrypted file", False, "The encrypted file is locked.", hint)))
    await until(lambda: _sheet(window))


async def limits(window: MainWindow) -> None:
    pane = await _pane(window)
    views = await window.service.configuring.keys()
    if not any(view.key.name == LONG for view in views):
        models = ("smart", "openai/*")
        wanted = _key(LONG, budget=10**12, models=models, rpm=60, tpm=100_000, note="Runs on Mondays.")
        await window.service.configuring.create_key(wanted)
        await asyncio.sleep(0.3)
    pane.edit(next(row for row in pane.rows.records if row.view.key.name == LONG))
    await until(lambda: _sheet(window))


async def rotate(window: MainWindow) -> None:
    pane = await _pane(window)
    pane.table.select("editor")
    pane.detail.rotate_wanted.emit()


SCENES: dict[str, Callable[[MainWindow], Awaitable[QWidget | None]]] = {
    "keys-detail": detail,
    "keys-new": new,
    "keys-faults": filled,
    "keys-made": made,
    "keys-once": once,
    "keys-edit": edit,
    "keys-many": many,
    "keys-locked": locked,
    "keys-limits": limits,
    "keys-rotate": rotate,
}
