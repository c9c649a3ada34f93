"""The Providers pane over the real service: adding by keyboard, testing, errors in place, editing, removing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from conduit_desktop.runtime.configuring import Found
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.dialogs.base import Dialog
from conduit_desktop.ui.main_window import MainWindow
from conduit_desktop.ui.panes.providers import ProvidersPane
from conduit_desktop.ui.panes.providers_choose import ChooseModelsSheet
from conduit_desktop.ui.panes.providers_sheet import AddProviderSheet
from conduit_desktop.ui.panes.providers_words import offers
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.sheet import Sheet
from tests.ui.accessible import unnamed
from tests.ui.eventually import until

KEY = "sk-test-0123456789abcdef"


@asynccontextmanager
async def server(models: list[str], key: str | None = None) -> AsyncIterator[tuple[str, list[str]]]:
    """A tiny OpenAI-compatible server: its base URL and the paths it was asked for."""
    asked: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        asked.append(head.split(" ", 2)[1])
        good = key is None or f"bearer {key}" in head.lower()
        body = {"data": [{"id": name} for name in models]} if good else {"error": {"message": "Incorrect API key"}}
        text = json.dumps(body).encode()
        start = b"HTTP/1.1 200 OK" if good else b"HTTP/1.1 401 Unauthorized"
        writer.write(start + b"\r\ncontent-type: application/json\r\nconnection: close\r\n")
        writer.write(b"content-length: %d\r\n\r\n%s" % (len(text), text))
        await writer.drain()
        writer.close()

    listening = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}/v1", asked
    finally:
        listening.close()
        await listening.wait_closed()


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, service: GatewayService) -> None:
    """No server that happens to run on this machine, no key that happens to be in the environment."""

    async def nothing() -> list[Found]:
        return []

    monkeypatch.setattr(service.configuring, "detect_local", nothing)
    for name in ("OPENAI_API_KEY", "OPENROUTER_API_KEY", "FIREWORKS_API_KEY"):
        monkeypatch.delenv(name, raising=False)


async def shown(window: MainWindow, rows: int = 4) -> ProvidersPane:
    window.go("providers")
    pane = window.pane("providers")
    assert isinstance(pane, ProvidersPane)
    await until(lambda: len(pane.rows) == rows)
    return pane


def sheet_of(window: MainWindow, kind: type[Sheet]) -> Any:
    return next((each for each in window.findChildren(kind) if not each.isHidden()), None)


def offer(key: str) -> Any:
    return next(each for each in offers() if each.key == key)


def focused() -> Any:
    return QApplication.focusWidget()


def press(key: Qt.Key) -> None:
    QTest.keyClick(focused(), key)


def column(pane: ProvidersPane, title: str) -> list[str]:
    at = next(at for at, each in enumerate(pane.rows.columns) if each.title == title)
    return [pane.rows.index(row, at).data() for row in range(len(pane.rows))]


async def answer(window: MainWindow, text: str) -> str:
    """Press a button of the dialog that is open; gives everything the dialog says."""
    await until(lambda: any(each.isVisible() for each in window.findChildren(Dialog)))
    dialog = next(each for each in window.findChildren(Dialog) if each.isVisible())
    said = f"{dialog.windowTitle()} {dialog.accessibleDescription()}"
    next(each for each in dialog.findChildren(Button) if each.text() == text).click()
    return said


async def test_the_table_says_kind_key_models_and_state(window: MainWindow) -> None:
    pane = await shown(window)
    at = column(pane, "Name").index("OpenAI")
    assert column(pane, "Kind")[at] == "OpenAI"
    assert column(pane, "Key")[at] == "•••• abcd"
    assert column(pane, "Models")[at] == "code, fast"
    assert column(pane, "State")[at] == "Not tested"
    local = column(pane, "Name").index("Ollama on this machine")
    assert (column(pane, "Kind")[local], column(pane, "Key")[local]) == ("Ollama", "no key needed")
    assert column(pane, "State")[column(pane, "Name").index("Anthropic")] == "Unknown kind"


async def test_a_provider_is_added_by_keyboard_alone(window: MainWindow, service: GatewayService) -> None:
    async with server(["small", "big/large"], KEY) as (url, asked):
        pane = await shown(window)
        window.activateWindow()
        pane.new()
        sheet = sheet_of(window, AddProviderSheet)
        assert focused() is sheet.picker.cards["openai"]
        assert not unnamed(sheet)
        for _ in range(7):
            press(Qt.Key.Key_Down)
        assert focused() is sheet.picker.cards["custom"]
        press(Qt.Key.Key_Return)
        assert focused() is sheet.form.url
        assert not unnamed(sheet)
        QTest.keyClicks(sheet.form.url, url)
        press(Qt.Key.Key_Tab)
        assert focused() is sheet.form.key.field
        QTest.keyClicks(sheet.form.key.field, "sk-wrong-0123456789")
        press(Qt.Key.Key_Return)
        await until(lambda: "Key rejected" in sheet.probe.words)
        assert sheet.accept_button.text() == "Add anyway"
        assert await service.configuring.providers() == [row.provider for row in pane.rows.records]
        sheet.form.key.field.selectAll()
        QTest.keyClicks(sheet.form.key.field, KEY)
        assert sheet.accept_button.text() == "Add provider"
        press(Qt.Key.Key_Return)
        await until(lambda: sheet_of(window, ChooseModelsSheet) is not None)
        choose = sheet_of(window, ChooseModelsSheet)
        await until(lambda: choose.items.rowCount() == 2)
        assert not unnamed(choose)
        assert focused() is choose.view
        press(Qt.Key.Key_Down)
        press(Qt.Key.Key_Space)
        assert choose.ticked == ["big/large"]
        press(Qt.Key.Key_Return)
        await until(lambda: sheet_of(window, ChooseModelsSheet) is None)
    added = next(each for each in await service.configuring.providers() if each.base_url == url)
    assert (added.name, added.secret_last4) == ("openai-compatible", "cdef")
    assert [model.alias for model in await service.configuring.models() if model.alias == "large"] == ["large"]
    assert set(asked) == {"/v1/models"}


async def test_errors_are_said_at_their_fields(window: MainWindow) -> None:
    pane = await shown(window)
    pane.new(offer("openai"))
    sheet = sheet_of(window, AddProviderSheet)
    sheet.accept_button.click()
    assert "needs an API key" in sheet.form.rows["key"].error
    sheet.form.key.field.setText(KEY)
    sheet.form.url.setText("ftp://nowhere")
    sheet.test.click()
    await until(lambda: "https://" in sheet.form.rows["url"].error)
    assert not sheet.probe.words
    sheet.finish()
    pane.new(offer("demo"))
    sheet = sheet_of(window, AddProviderSheet)
    sheet.form.name.setText("OpenAI")
    sheet.accept_button.click()
    await until(lambda: "already" in sheet.form.rows["name"].error)


async def test_what_does_not_answer_can_be_added_anyway(window: MainWindow, service: GatewayService) -> None:
    async with server([]) as (url, _asked):
        pass
    pane = await shown(window)
    pane.new(offer("vllm"))
    sheet = sheet_of(window, AddProviderSheet)
    sheet.form.url.setText(url)
    sheet.accept_button.click()
    await until(lambda: "Nothing listens" in sheet.probe.words)
    assert "Start the server" in sheet.probe.words
    sheet.accept_button.click()
    await until(lambda: sheet_of(window, AddProviderSheet) is None)
    await until(lambda: len(pane.rows) == 5)
    choose = sheet_of(window, ChooseModelsSheet)
    await until(lambda: choose._failed.isVisible())
    assert any(each.name == "vllm" for each in await service.configuring.providers())
    choose.finish()


async def test_the_demo_is_labelled_and_offers_its_model(window: MainWindow, service: GatewayService) -> None:
    pane = await shown(window)
    pane.new(offer("demo"))
    sheet = sheet_of(window, AddProviderSheet)
    assert "url" not in sheet.form.rows
    assert "key" not in sheet.form.rows
    sheet.accept_button.click()
    await until(lambda: sheet_of(window, ChooseModelsSheet) is not None)
    choose = sheet_of(window, ChooseModelsSheet)
    await until(lambda: choose.ticked == ["demo"])
    assert choose.accept_button.text() == "Add 1 model"
    choose.accept_button.click()
    await until(lambda: sheet_of(window, ChooseModelsSheet) is None)
    assert "demo" in [model.alias for model in await service.configuring.models()]
    await until(lambda: "demo" in column(pane, "Models"))
    at = column(pane, "Name").index("demo")
    assert (column(pane, "Kind")[at], column(pane, "Address")[at]) == ("Demo", "built in")
    assert "Demo" in pane.detail._notice.text


async def test_testing_says_cause_and_next_step_in_row_and_details(window: MainWindow, service: GatewayService) -> None:
    async with server(["m"], KEY) as (url, _asked):
        made = await service.configuring.add_provider(
            "mine", "openai-compatible", base_url=url, secret="sk-" + "x" * 20
        )
        pane = await shown(window, 5)
        pane.table.select(made.id)
        pane.detail.test_button.click()
        await until(lambda: "Key rejected" in column(pane, "State"))
        assert "Copy the key again" in pane.detail.probe.words
        assert not unnamed(pane)
        pane.detail.key.field.setText(KEY)
        assert pane.detail.test_button.text() == "Save and test"
        pane.detail.test_button.click()
        await until(lambda: "Works" in column(pane, "State"))
        assert "1 model" in pane.detail.probe.words
        stored = next(each for each in await service.configuring.providers() if each.id == made.id)
        assert stored.secret_last4 == "cdef"


async def test_moving_to_another_server_asks_for_the_key(window: MainWindow, service: GatewayService) -> None:
    pane = await shown(window)
    pane.table.select("openai")
    pane.detail.url.setText("http://127.0.0.1:9/v1")
    pane.detail.save_button.click()
    await until(lambda: "Enter the key" in pane.detail._key_row.error)
    assert next(e for e in await service.configuring.providers() if e.id == "openai").base_url.startswith("https://api")
    pane.detail._revert.click()
    pane.detail.name.setText("openai")
    pane.detail.save_button.click()
    await until(lambda: "openai" in column(pane, "Name"))
    stored = next(each for each in await service.configuring.providers() if each.id == "openai")
    assert stored.secret_ref == "provider:openai"


async def test_typing_outlives_a_change_made_elsewhere(window: MainWindow, service: GatewayService) -> None:
    pane = await shown(window)
    pane.table.select("openai")
    pane.detail.name.setText("half typed")
    await service.configuring.add_provider("demo", "demo")
    await until(lambda: len(pane.rows) == 5)
    assert pane.detail.isVisible()
    assert pane.detail.name.text() == "half typed"


async def test_switching_off(window: MainWindow, service: GatewayService) -> None:
    pane = await shown(window)
    pane.table.select("router")
    pane.detail.enabled.click()
    await until(lambda: "Off" in column(pane, "State"))
    assert not next(each for each in await service.configuring.providers() if each.id == "router").enabled


async def test_removing_names_what_goes_too(window: MainWindow, service: GatewayService) -> None:
    pane = await shown(window)
    pane.table.select("local")
    pane.remove(pane.detail.provider)  # type: ignore[arg-type]
    said = await answer(window, "Remove provider")
    assert "local → Ollama on this machine/qwen3:14b" in said
    assert "Nothing else serves the model local" in said
    await until(lambda: len(pane.rows) == 3)
    assert not pane.detail.isVisible()
    local = next(model for model in await service.configuring.models() if model.alias == "local")
    assert local.deployments == ()


async def test_the_list_of_models_is_searched_and_one_is_added(window: MainWindow, service: GatewayService) -> None:
    async with server([f"vendor/model-{number:03}" for number in range(200)]) as (url, asked):
        made = await service.configuring.add_provider("many", "openai-compatible", base_url=url)
        pane = await shown(window, 5)
        pane.table.select(made.id)
        pane.detail.tabs.setCurrentIndex(1)
        models = pane.detail.models
        await until(lambda: len(models.rows) == 200)
        models.search.setText("model 042")
        models.search.searched.emit("model 042")
        assert [each.id for each in models.rows.records] == ["vendor/model-042"]
        models.table.view.selectRow(0)
        models.add.click()
        sheet: Any = next(each for each in window.findChildren(Sheet, "add-model"))
        assert sheet.alias.text() == "model-042"
        sheet.alias.setText("m42")
        sheet.accept_button.click()
        await until(lambda: models.rows.records[0].aliases == ("m42",))
        assert asked == ["/v1/models"]


async def test_what_is_found_is_added_with_one_click(
    window: MainWindow, service: GatewayService, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with server(["m"]) as (url, _asked):

        async def found() -> list[Found]:
            return [Found(kind="openai-compatible", preset="ollama", title="Ollama", base_url=url, models=("m",))]

        monkeypatch.setattr(service.configuring, "detect_local", found)
        monkeypatch.setenv("FIREWORKS_API_KEY", "fw_0123456789wxyz")
        pane = await shown(window)
        await until(lambda: len(pane.found.buttons) == 2)
        texts = [find.text for find in pane.found._shown]
        assert "no key" in texts[0]
        assert "FIREWORKS_API_KEY, ends in wxyz. A copy is stored in memory only" in texts[1]
        assert not any("0123456789" in text for text in texts)
        assert not unnamed(pane)
        pane.found.buttons[f"server:{url}"].click()
        await until(lambda: sheet_of(window, ChooseModelsSheet) is not None)
        sheet_of(window, ChooseModelsSheet).finish()
        await until(lambda: len(pane.found.buttons) == 1)
        pane.found.buttons["key:FIREWORKS_API_KEY"].click()
        await until(lambda: len(pane.rows) == 6)
        await until(lambda: not pane.found.isVisible())
        for sheet in window.findChildren(Sheet):
            sheet.finish()


async def test_without_providers_there_is_one_action(window: MainWindow, service: GatewayService) -> None:
    for provider in await service.configuring.providers():
        await service.configuring.remove_provider(provider.id)
    window.go("providers")
    pane: Any = window.pane("providers")
    await until(lambda: pane.table._empty.isVisible())
    buttons = [each.text() for each in pane.findChildren(Button) if each.isVisible() and each.kind == "primary"]
    assert buttons == ["Add provider"]
    assert not unnamed(pane)
    pane.table._empty.button.click()
    assert sheet_of(window, AddProviderSheet) is not None
