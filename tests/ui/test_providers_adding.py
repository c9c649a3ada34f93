"""Adding providers: by keyboard alone, errors in place, the Demo, what was found, a locked vault."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest

from conduit_desktop.bus import Bus
from conduit_desktop.paths import Home
from conduit_desktop.runtime.configuring import Found
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.store import Store
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.dialogs.unlock import UnlockDialog
from conduit_desktop.ui.main_window import MainWindow
from conduit_desktop.ui.panes.providers_choose import ChooseModelsSheet
from conduit_desktop.ui.panes.providers_sheet import AddProviderSheet
from conduit_desktop.ui.qapp import Application
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.sheet import Sheet
from conduit_desktop.vault import open_vault
from tests.ui.accessible import unnamed
from tests.ui.eventually import until
from tests.ui.provider_steps import KEY, column, focused, offer, press, server, sheet_of, shown

pytestmark = pytest.mark.usefixtures("alone")


async def test_a_provider_is_added_by_keyboard_alone(window: MainWindow, service: GatewayService) -> None:
    async with server(["small", "big/large"], KEY) as (url, asked):
        pane = await shown(window)
        window.activateWindow()
        pane.new()
        sheet = sheet_of(window, AddProviderSheet)
        assert focused() is sheet.picker.search
        assert not unnamed(sheet)
        QTest.keyClicks(sheet.picker.search, "openai-comp")
        await until(lambda: not sheet.picker.cards["gemini"].isVisible())
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
    await until(lambda: sheet_of(window, ChooseModelsSheet) is not None)
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


async def test_a_locked_vault_is_unlocked_from_the_sheet(tmp_path: Path, app: Application) -> None:
    home = Home(tmp_path / "locked").make()
    vault = open_vault(home, {"CONDUIT_VAULT": "file"})
    service = GatewayService(home, Store.open(home), vault, Bus())
    bridge = Bridge(service.bus)
    window = MainWindow(service, bridge)
    window.show()
    try:
        async with server(["m"], KEY) as (url, _asked):
            window.go("providers", "new")
            await until(lambda: sheet_of(window, AddProviderSheet) is not None)
            sheet = sheet_of(window, AddProviderSheet)
            sheet.show_form(offer("custom"))
            await until(lambda: sheet.vault.isVisible())
            assert sheet.vault.button.text() == "Unlock…"
            sheet.form.url.setText(url)
            sheet.form.key.field.setText(KEY)
            sheet.accept_button.click()
            await until(lambda: not sheet._fault.isHidden())
            assert await service.configuring.providers() == []
            sheet.vault.button.click()
            await until(lambda: window.findChildren(UnlockDialog))
            dialog = window.findChildren(UnlockDialog)[0]
            dialog.secret.field.setText("a passphrase of some length")
            dialog._unlock()
            await until(lambda: not sheet.vault.isVisible())
            sheet.accept_button.click()
            await until(lambda: sheet_of(window, ChooseModelsSheet) is not None)
            sheet_of(window, ChooseModelsSheet).finish()
        (stored,) = await service.configuring.providers()
        assert stored.secret_last4 == "cdef"
    finally:
        bridge.close()
        window.hide()
        window.deleteLater()
        app.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        await service.close()
