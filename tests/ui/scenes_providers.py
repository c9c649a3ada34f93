"""Scenes of the Providers and Models panes: details, sheets, a failed test, long names, many rows."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import Any

from PySide6.QtWidgets import QWidget

from conduit_desktop.errors import ConduitError
from conduit_desktop.records import Provider
from conduit_desktop.runtime.configuring import Found
from conduit_desktop.ui.dialogs.base import Dialog
from conduit_desktop.ui.main_window import MainWindow
from conduit_desktop.ui.panes.models_sheet import AddModelSheet
from conduit_desktop.ui.panes.providers_words import offers, removal_words
from conduit_desktop.ui.widgets.sheet import Sheet
from tests.ui.eventually import until

Scene = Callable[[MainWindow], Awaitable[QWidget | None]]


async def _pane(window: MainWindow, key: str) -> Any:
    for old in window.findChildren(Sheet):
        old.finish()
    window.go(key)
    pane: Any = window.pane(key)
    await until(lambda: len(pane.rows))
    pane.table.view.clearSelection()
    return pane


async def _demo(window: MainWindow) -> Provider:
    providers = await window.service.configuring.providers()
    found = next((each for each in providers if each.kind == "demo"), None)
    return found or await window.service.configuring.add_provider("demo", "demo")


async def _select(pane: Any, wanted: Callable[[Any], bool]) -> None:
    await until(lambda: any(wanted(record) for record in pane.rows.records))
    row = next(at for at, record in enumerate(pane.rows.records) if wanted(record))
    pane.table.view.selectRow(row)
    await asyncio.sleep(0.1)


async def detail(window: MainWindow) -> None:
    pane = await _pane(window, "providers")
    pane.detail.tabs.setCurrentIndex(0)
    await _select(pane, lambda row: row.provider.name == "OpenRouter")


async def test_failed(window: MainWindow) -> None:
    providers = await window.service.configuring.providers()
    if all(each.name != "vLLM on this machine" for each in providers):
        await window.service.configuring.add_provider(
            "vLLM on this machine", "openai-compatible", base_url="http://127.0.0.1:9/v1"
        )
    pane = await _pane(window, "providers")
    pane.detail.tabs.setCurrentIndex(0)
    await _select(pane, lambda row: row.provider.name == "vLLM on this machine")
    pane.detail.test()
    await until(lambda: "Nothing listens" in pane.detail.probe.words)


async def found(window: MainWindow) -> None:
    os.environ["FIREWORKS_API_KEY"] = "fw_sample_of_a_key_9f3c"
    pane = await _pane(window, "providers")
    url = "http://127.0.0.1:1234/v1"
    server = Found(kind="openai-compatible", preset="lm-studio", title="LM Studio", base_url=url, models=("a", "b"))

    async def running() -> list[Found]:
        return [server]

    window.service.configuring.detect_local = running  # type: ignore[method-assign]
    pane._detected([server])
    await asyncio.sleep(0.3)
    del os.environ["FIREWORKS_API_KEY"]


async def demo_models(window: MainWindow) -> None:
    demo = await _demo(window)
    pane = await _pane(window, "providers")
    await _select(pane, lambda row: row.provider.id == demo.id)
    pane.detail.tabs.setCurrentIndex(1)
    await asyncio.sleep(0.2)
    pane.detail.models.table.view.selectRow(0)


async def sheet(window: MainWindow) -> None:
    pane = await _pane(window, "providers")
    pane.new()


async def sheet_form(window: MainWindow) -> None:
    pane = await _pane(window, "providers")
    pane.new(next(offer for offer in offers() if offer.key == "openai"))


async def sheet_failed(window: MainWindow) -> None:
    pane = await _pane(window, "providers")
    pane.new(next(offer for offer in offers() if offer.key == "vllm"))
    made: Any = window.findChild(Sheet, "add-provider")
    made.form.url.setText("http://127.0.0.1:9/v1")
    made.accept_button.click()
    await until(lambda: "Nothing listens" in made.probe.words)


async def choose(window: MainWindow) -> None:
    demo = await _demo(window)
    pane = await _pane(window, "providers")
    pane._choose(demo)
    await asyncio.sleep(0.2)


async def models_detail(window: MainWindow) -> None:
    pane = await _pane(window, "models")
    pane.detail.tabs.setCurrentIndex(0)
    await _select(pane, lambda row: row.model.alias == "fast")


async def models_routing(window: MainWindow) -> None:
    pane = await _pane(window, "models")
    pane.detail.tabs.setCurrentIndex(1)
    await _select(pane, lambda row: row.model.alias == "smart")


async def models_sheet(window: MainWindow) -> None:
    demo = await _demo(window)
    pane = await _pane(window, "models")
    providers = await window.service.configuring.providers()
    made = AddModelSheet(
        pane, pane.service, pane.bridge, pane.lists, providers, (), provider_id=demo.id, upstream_model="demo"
    )
    made.open()
    await until(lambda: "listed" in made.fields.picker.status.text())


async def long_names(window: MainWindow) -> None:
    name = "the company's own inference cluster in Frankfurt am Main, hall 2"
    host = "http://inference-gateway.internal.eu-central-1.example-company.de:18080/tenants/research/v1"
    try:
        made = await window.service.configuring.add_provider(name, "openai-compatible", base_url=host)
        long = "accounts/research/models/mixture-of-experts-instruct-long-context-2026-11-preview"
        await window.service.configuring.add_deployment("mixture-of-experts-instruct-long-context", made.id, long)
    except ConduitError:
        made = next(each for each in await window.service.configuring.providers() if each.name == name)
    pane = await _pane(window, "models")
    pane.detail.tabs.setCurrentIndex(0)
    await _select(pane, lambda row: row.model.alias.startswith("mixture"))


async def many(window: MainWindow) -> None:
    for number in range(30):
        name = f"server-{number:02}"
        try:
            await window.service.configuring.add_provider(
                name, "openai-compatible", base_url=f"http://127.0.0.1:{20000 + number}/v1"
            )
        except ConduitError:
            break
    await _pane(window, "providers")


async def weighted(window: MainWindow) -> None:
    pane = await _pane(window, "models")
    pane.detail.tabs.setCurrentIndex(0)
    await _select(pane, lambda row: row.model.alias == "code")


async def remove(window: MainWindow) -> QWidget:
    pane = await _pane(window, "providers")
    await _select(pane, lambda row: row.provider.name == "OpenAI")
    made = Dialog(window, "Remove OpenAI?", removal_words(pane.detail.provider, pane._models))
    made.add_button("Cancel", default=True).setFocus()
    made.add_button("Remove provider", "danger")
    made.open()
    return made


async def tested(window: MainWindow) -> None:
    demo = await _demo(window)
    pane = await _pane(window, "providers")
    pane.detail.tabs.setCurrentIndex(0)
    await _select(pane, lambda row: row.provider.id == demo.id)
    pane.detail.test()
    await until(lambda: pane.detail.probe.words.startswith("Works"))


SCENES: dict[str, Scene] = {
    "models-weighted": weighted,
    "providers-remove": remove,
    "providers-tested": tested,
    "providers-detail": detail,
    "providers-test-failed": test_failed,
    "providers-found": found,
    "providers-demo-models": demo_models,
    "providers-sheet": sheet,
    "providers-sheet-form": sheet_form,
    "providers-sheet-failed": sheet_failed,
    "providers-choose": choose,
    "models-detail": models_detail,
    "models-routing": models_routing,
    "models-sheet": models_sheet,
    "models-long-names": long_names,
    "providers-many": many,
}
