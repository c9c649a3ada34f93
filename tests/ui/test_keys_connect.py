"""A key is made and a tool connected in one go: text, snippet, and the first request through the real gateway."""

from __future__ import annotations

from typing import Any

import httpx
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from conduit_desktop.bus import GatewayChanged
from conduit_desktop.records import ExchangeFilter
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.main_window import MainWindow
from conduit_desktop.ui.panes.keys_fresh import FreshKeySheet
from conduit_desktop.ui.panes.keys_sheets import NewKeySheet
from tests.ui.accessible import unnamed
from tests.ui.eventually import until
from tests.ui.keys_steps import answer, opened, press, sheet_of, shown, texts

PORT = 17983


async def made(window: MainWindow, name: str, *, keep: bool = True) -> Any:
    pane = await shown(window)
    pane.new()
    sheet = await opened(window, NewKeySheet)
    sheet.form.name.setText(name)
    sheet.keep.switch.setChecked(keep)
    sheet.accept_button.click()
    fresh = await opened(window, FreshKeySheet)
    await until(lambda: fresh.snippet.code.code)
    return fresh


async def ask(base_url: str, key: str, model: str) -> int:
    async with httpx.AsyncClient(base_url=base_url, timeout=20, trust_env=False) as client:
        body = {"model": model, "messages": [{"role": "user", "content": "Say hello."}]}
        got = await client.post("/v1/chat/completions", json=body, headers={"authorization": f"Bearer {key}"})
        return got.status_code


async def test_the_first_request_is_seen(window: MainWindow, service: GatewayService) -> None:
    await service.set_setting("port", PORT)
    status = await service.start()
    provider = await service.configuring.add_provider("Demo", "demo")
    await service.configuring.add_deployment("hello", provider.id, "demo")
    fresh = await made(window, "new tool")
    assert unnamed(fresh) == []
    assert fresh.first.text == "Waiting for the first request…"
    fresh.snippet.tool.set_value("curl")
    fresh.snippet.model.set_value("hello")
    fresh.snippet._show()
    assert status.base_url in fresh.snippet.code.code
    assert '"hello"' in fresh.snippet.code.code
    fresh.snippet.copy_button.click()
    key = fresh.view.code
    assert key in QApplication.clipboard().text()
    assert await ask(status.base_url, key, "nothing-here") == 404
    await until(lambda: fresh.first.exchange is not None)
    assert fresh.first.text.startswith("First request: 404")
    assert "nothing-here" in fresh.first.text
    assert await ask(status.base_url, key, "hello") == 200  # one that works takes the place of one that did not
    await until(lambda: fresh.first.text.startswith("First request: 200 OK, hello, "))
    asked: list[tuple[str, object]] = []
    window.bridge.opened.disconnect()
    window.bridge.opened.connect(lambda pane, argument: asked.append((pane, argument)))
    press("Show request", fresh)
    assert asked == [("requests", fresh.first.exchange.id)]
    assert sheet_of(window, FreshKeySheet) is None


async def test_requests_with_other_keys_are_not_taken_for_the_first(
    window: MainWindow, service: GatewayService
) -> None:
    fresh = await made(window, "new tool")
    others = await service.activity.page(ExchangeFilter(key_id="agent"), limit=3)
    assert others
    window.bridge.exchange_finished.emit(others)
    assert fresh.first.exchange is None


async def test_a_stopped_gateway_is_said_and_started_from_here(window: MainWindow, service: GatewayService) -> None:
    await service.set_setting("port", PORT)
    fresh = await made(window, "new tool")
    assert "stopped" in fresh.first.text
    press("Start", fresh.first)
    await until(lambda: fresh.first.text == "Waiting for the first request…")
    assert service.status.state == "running"
    window.bridge.gateway_changed.emit(GatewayChanged("running", service.status.base_url))
    await service.stop()
    await until(lambda: "stopped" in fresh.first.text)


async def test_only_models_that_the_key_reaches_are_offered(window: MainWindow, service: GatewayService) -> None:
    pane = await shown(window)
    pane.new()
    sheet = await opened(window, NewKeySheet)
    sheet.form.name.setText("narrow")
    sheet.form.models.which._segments["some"].click()
    sheet.form.models.list.set_checked("smart")
    sheet.accept_button.click()
    fresh = await opened(window, FreshKeySheet)
    await until(lambda: fresh.snippet.code.code)
    model = fresh.snippet.model
    assert [model.itemText(at) for at in range(model.count())] == ["smart"]


async def test_a_text_that_is_not_kept_is_not_closed_unread(window: MainWindow) -> None:
    fresh = await made(window, "once", keep=False)
    assert "only time" in fresh.note.text()
    fresh.accept_button.click()
    await answer(window, "Cancel")
    assert fresh.isVisible()
    fresh.snippet.copy_button.click()  # the key is in it
    QTest.keyClick(fresh, Qt.Key.Key_Escape)
    await until(lambda: sheet_of(window, FreshKeySheet) is None)
    pane: Any = window.pane("keys")
    await until(lambda: pane.table.current is not None and pane.table.current.name == "once")
    assert "Rotate the key" in texts(pane.detail)
