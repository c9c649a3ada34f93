"""Scenes of the keys pane: many keys, each part of the details, several chosen, the form, making and connecting."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from PySide6.QtCore import QItemSelectionModel
from PySide6.QtWidgets import QApplication, QScrollArea, QWidget

from conduit_desktop.bus import ExchangeFinished
from conduit_desktop.records import Exchange, VirtualKey
from conduit_desktop.store import Store
from conduit_desktop.ui.dialogs.base import Dialog
from conduit_desktop.ui.main_window import MainWindow
from conduit_desktop.ui.panes.keys import KeysPane
from conduit_desktop.ui.panes.keys_bulk import Outcome
from conduit_desktop.ui.panes.keys_form import Offered
from conduit_desktop.ui.panes.keys_sheets import NewKeySheet
from conduit_desktop.ui.widgets.sheet import Sheet
from conduit_desktop.vault.base import VaultState
from tests.ui import sample
from tests.ui.eventually import until

LONG = "agent of the research group's weekly literature review"
USD, CENT = 10**12, 10**10


def _key(name: str, **more: Any) -> VirtualKey:
    return VirtualKey(id="", name=name, digest="", last4="", **more)


async def _pane(window: MainWindow) -> KeysPane:
    for dialog in window.findChildren(Dialog):
        dialog.reject()
    window.go("keys")
    pane: Any = window.pane("keys")
    for sheet in window.findChildren(Sheet):
        sheet.finish()
    QApplication.sendPostedEvents(None, 52)
    pane.filters.clear()
    pane.table.view.clearSelection()
    pane.detail.tabs.setCurrentIndex(0)
    pane.load()
    await asyncio.sleep(0.3)
    return pane  # type: ignore[no-any-return]


async def _stocked(window: MainWindow) -> KeysPane:
    """With keys of every sort, so that the table has something to say."""
    pane = await _pane(window)
    configuring = window.service.configuring
    if any(view.key.name == LONG for view in await configuring.keys()):
        return pane
    await window.service.run(_history, window.service._store)
    await configuring.look_up_prices()
    views = {view.key.name: view for view in await configuring.keys()}
    now = time.time()
    for name, more in {
        "editor": {"tag": "work", "color": "blue", "budget": -(-views["editor"].spent * 10 // 9 // CENT) * CENT},
        "agent": {"tag": "work", "color": "violet"},
        "ci": {"tag": "machines", "color": "teal", "rpm": 60, "parallel": 4},
    }.items():
        await configuring.edit_key(replace(views[name].key, **more))  # type: ignore[arg-type]
    await configuring.edit_key(replace(views["notebook"].key, tag="home", note="Only for trying things out."))
    models = ("smart", "local", "openai/*")
    more = {"tag": "research", "color": "orange", "note": "Runs on Mondays.", "at_limit": "downgrade"}
    await configuring.create_key(
        _key(LONG, budget=USD, period="week", models=models, rpm=60, tpm=100_000, downgrade_to="local", **more)
    )
    await configuring.create_key(_key("build server", expires=now - 3 * 86400, note="the old one", tag="machines"))
    await configuring.create_key(_key("phone", local_only=True, default_model="local", max_output=4096, tag="home"))
    await configuring.create_key(_key("classroom", budget=25 * USD, expires=now + 20 * 3600, color="green"))
    await asyncio.sleep(0.5)
    return pane


def _history(store: Store) -> None:
    """Four weeks of requests before those of the last day."""
    chance = random.Random(11)
    now = time.time()
    times = sorted(now - 86400 * chance.uniform(1, 28) for _ in range(900))
    left = threading.Semaphore(0)
    for at, started in enumerate(times):
        exchange = sample._exchange(chance, 10_000 + at, started)
        day = datetime.fromtimestamp(started).strftime("%Y-%m-%d")
        store.exchanges.append(exchange, day, None, lambda _result: left.release())
    for _ in times:
        left.acquire(timeout=10)


def _sheet(window: MainWindow) -> Any:
    return next((sheet for sheet in window.findChildren(Sheet) if sheet.isVisible()), None)


def _row(pane: KeysPane, name: str) -> Any:
    return next(row for row in pane.rows.records if row.name == name)


def _tab(name: str, title: str) -> Callable[[MainWindow], Awaitable[None]]:
    async def show(window: MainWindow) -> None:
        pane = await _stocked(window)
        pane.table.select(_row(pane, name).id)
        tabs = pane.detail.tabs
        tabs.setCurrentIndex(next(at for at in range(tabs.count()) if tabs.tabText(at) == title))
        await asyncio.sleep(0.4)

    return show


async def stocked(window: MainWindow) -> None:
    await _stocked(window)


async def usage_table(window: MainWindow) -> None:
    await _tab("editor", "Usage")(window)
    usage = window.pane("keys").detail.usage  # type: ignore[attr-defined]
    usage.as_table.setChecked(True)
    QApplication.instance().processEvents()  # type: ignore[union-attr]


async def usage(window: MainWindow) -> None:
    await _tab("editor", "Usage")(window)
    window.pane("keys").detail.usage.as_table.setChecked(False)  # type: ignore[attr-defined]


async def rotated(window: MainWindow) -> None:
    pane = await _stocked(window)
    row = _row(pane, "ci")
    if row.view.key.old_until is None:
        await window.service.configuring.rotate_key(row.view.key, 86400.0)
        await asyncio.sleep(0.3)
    pane.table.select(row.id)


async def several(window: MainWindow) -> None:
    pane = await _stocked(window)
    model = pane.table.view.selectionModel()
    flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
    for at in range(1, 5):
        model.select(pane.rows.index(at, 0), flags)


async def failed(window: MainWindow) -> None:
    """One of them was deleted by somebody else meanwhile."""
    await several(window)
    pane: Any = window.pane("keys")
    outcome = pane.bulk.outcome
    why = "The vault is locked. Unlock it under Settings, Vault."
    outcome.show_outcome(Outcome("Disabled", 4, 3, [("classroom", why)]))


async def filtered(window: MainWindow) -> None:
    pane = await _stocked(window)
    pane.filters.choose("near", "expiring", "budget")


async def nothing(window: MainWindow) -> None:
    pane = await _stocked(window)
    pane.filters.search.setText("gpt")
    pane.filters._tell()


async def broken(window: MainWindow) -> None:
    pane = await _stocked(window)
    pane.show_failure("The database is locked by another program. Close it, or wait until it has ended.")


async def empty(window: MainWindow) -> None:
    pane = await _pane(window)
    pane._set_views([])


async def new(window: MainWindow) -> None:
    (await _pane(window)).new()
    await until(lambda: _sheet(window))
    await asyncio.sleep(0.4)


async def filled(window: MainWindow) -> None:
    await new(window)
    form = _sheet(window).form
    form.name.setText("editor")
    form.budget.amount.setText("5,50")
    form.at_limit.how.set_value("downgrade")
    form.at_limit._show()
    form.models.which.set_value("some")
    form.models._show()
    _sheet(window).accept_button.click()


async def edit(window: MainWindow) -> None:
    pane = await _stocked(window)
    pane.edit(_row(pane, LONG))
    await until(lambda: _sheet(window))
    await asyncio.sleep(0.4)


async def edit_end(window: MainWindow) -> None:
    """The lower part of the form, everything unfolded, with what the key reaches."""
    await edit(window)
    sheet = _sheet(window)
    for section in sheet.form.sections:
        section.unfold()
    sheet.reach.more.setChecked(True)
    await asyncio.sleep(0.2)
    area = sheet.findChild(QScrollArea)
    area.verticalScrollBar().setValue(area.verticalScrollBar().maximum())


async def made(window: MainWindow) -> None:
    await new(window)
    _sheet(window).form.name.setText(f"editor {time.time():.0f}")
    _sheet(window).accept_button.click()
    await until(lambda: _sheet(window) and hasattr(_sheet(window), "copy_button"))
    await until(lambda: _sheet(window).snippet.code.code)


async def connected(window: MainWindow) -> None:
    await made(window)
    sheet = _sheet(window)
    done = Exchange(
        id="req_1",
        started=time.time(),
        dialect="openai-chat",
        endpoint="chat",
        method="POST",
        path="/v1/chat/completions",
        seq=1,
        key_id=sheet._key.id,
        model="fast",
        status=200,
        finish="stop",
        total=0.42,
    )
    window.service.bus.publish(ExchangeFinished(done))
    await until(lambda: sheet.first.exchange)


async def once(window: MainWindow) -> None:
    await new(window)
    sheet = _sheet(window)
    sheet.form.name.setText(f"notebook {time.time():.0f}")
    sheet.keep.switch.setChecked(False)
    sheet.accept_button.click()
    await until(lambda: _sheet(window) and hasattr(_sheet(window), "copy_button"))


async def many(window: MainWindow) -> None:
    pane = await _stocked(window)
    make = window.service.configuring.create_key
    if len(pane.rows) < 30:
        if all(view.key.name != "Chat pane" for view in await window.service.configuring.keys()):
            await make(_key("Chat pane", note="Made by the chat pane for itself."))
        for at in range(60):
            tag = ("customers", "partners", "internal")[at % 3]
            await make(_key(f"project-{at:02}", tag=tag, budget=10 * USD if at % 3 else None, parallel=at % 4 or None))
    await asyncio.sleep(0.6)
    pane.table.select(_row(pane, LONG).id)


async def locked(window: MainWindow) -> None:
    pane = await _pane(window)
    hint = "Enter its passphrase."
    state = VaultState("file", "Encrypted file", False, "The encrypted file is locked.", hint)
    NewKeySheet(pane, window.service, window.bridge, Offered(aliases=("fast",)), state).open()
    await until(lambda: _sheet(window))
    _sheet(window).keep.switch.setFocus()
    await asyncio.sleep(0.4)
    area = _sheet(window).findChild(QScrollArea)
    area.verticalScrollBar().setValue(area.verticalScrollBar().maximum())


async def rotate(window: MainWindow) -> QWidget | None:
    pane = await _stocked(window)
    pane.rotate(_row(pane, "editor"))
    await until(lambda: any(dialog.isVisible() for dialog in window.findChildren(Dialog)))
    dialog = next(dialog for dialog in window.findChildren(Dialog) if dialog.isVisible())
    dialog.grace._segments["86400"].click()  # type: ignore[attr-defined]
    return dialog


SCENES: dict[str, Callable[[MainWindow], Awaitable[QWidget | None]]] = {
    "keys-stocked": stocked,
    "keys-detail": _tab("editor", "Overview"),
    "keys-usage": usage,
    "keys-usage-table": usage_table,
    "keys-reach": _tab("editor", "Reach"),
    "keys-reach-local": _tab("phone", "Reach"),
    "keys-recent": _tab("agent", "Requests"),
    "keys-rotated": rotated,
    "keys-several": several,
    "keys-failed": failed,
    "keys-filtered": filtered,
    "keys-nothing": nothing,
    "keys-error": broken,
    "keys-empty": empty,
    "keys-new": new,
    "keys-faults": filled,
    "keys-edit": edit,
    "keys-edit-end": edit_end,
    "keys-made": made,
    "keys-connected": connected,
    "keys-once": once,
    "keys-locked": locked,
    "keys-rotate": rotate,
    "keys-many": many,
}
