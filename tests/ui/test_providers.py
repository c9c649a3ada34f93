"""The Providers pane over the real service: testing, editing, switching, removing, its list of models."""

from __future__ import annotations

from typing import Any

import pytest

from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.main_window import MainWindow
from conduit_desktop.ui.widgets.sheet import Sheet
from tests.ui.accessible import unnamed
from tests.ui.eventually import until
from tests.ui.provider_steps import KEY, answer, column, server, shown

pytestmark = pytest.mark.usefixtures("alone")


async def test_the_table_says_kind_key_models_and_state(window: MainWindow) -> None:
    pane = await shown(window)
    at = column(pane, "Name").index("OpenAI")
    assert column(pane, "Kind")[at] == "OpenAI"
    assert column(pane, "Key")[at] == "•••• abcd"
    assert column(pane, "Models")[at] == "code, fast"
    assert column(pane, "State")[at] == "Not tested"
    local = column(pane, "Name").index("Ollama on this machine")
    assert (column(pane, "Kind")[local], column(pane, "Key")[local]) == ("Ollama", "no key needed")
    assert column(pane, "Kind")[column(pane, "Name").index("Anthropic")] == "Anthropic"


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
