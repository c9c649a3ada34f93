"""The connect pane over the real service."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from conduit_desktop.records import VirtualKey
from conduit_desktop.runtime.examples import EXAMPLES, PLACEHOLDER
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.main_window import MainWindow
from conduit_desktop.ui.panes.connect import ConnectPane
from conduit_desktop.ui.panes.connect_target import ConnectTarget
from conduit_desktop.ui.widgets.copying import MASK
from tests.ui.accessible import unnamed
from tests.ui.eventually import until
from tests.ui.keys_steps import press, stored, texts


async def shown(window: MainWindow, argument: object = None) -> ConnectPane:
    window.go("connect", argument)
    pane = window.pane("connect")
    assert isinstance(pane, ConnectPane)
    await until(lambda: pane.snippet.code.code or pane.empty.isVisible())
    return pane


async def test_every_snippet_copies_the_real_key_and_shows_it_masked(
    window: MainWindow, service: GatewayService
) -> None:
    pane = await shown(window, ConnectTarget("editor"))
    secret = await service.configuring.reveal_key((await stored(service, "editor")).key)
    port = (await service.settings())["port"]
    for example in EXAMPLES:
        pane.snippet.list.choose(example.key)
        assert pane.facts.address.text == f"http://127.0.0.1:{port}{example.path}"
        assert pane.facts.api.text() == f"For {example.api}'s API"
        assert pane.facts.address.text in pane.snippet.code.code
        assert MASK in pane.snippet.code.toPlainText(), example.title
        QApplication.clipboard().clear()
        pane.snippet.copy_button.click()
        await until(lambda: secret in QApplication.clipboard().text())
        assert secret not in pane.snippet.code.toPlainText()
    assert secret not in texts(window)
    assert unnamed(pane) == []


async def test_the_list_is_walked_by_keys_past_its_headings_and_remembers(
    window: MainWindow, service: GatewayService
) -> None:
    pane = await shown(window, ConnectTarget("editor"))
    chosen = pane.snippet.list
    QTest.keyClick(chosen, Qt.Key.Key_Home)
    walked = [chosen.chosen]
    for _ in EXAMPLES[1:]:
        QTest.keyClick(chosen, Qt.Key.Key_Down)
        walked.append(chosen.chosen)
    assert walked == [example.key for example in EXAMPLES]
    QTest.keyClicks(chosen, "codex")
    assert pane.snippet.example.title == "Codex CLI"
    assert 'wire_api = "responses"' in pane.snippet.code.code
    assert ConnectPane(service, window.bridge).snippet.example.key == "codex"


async def test_revealing_ends_with_time_and_with_leaving(window: MainWindow, service: GatewayService) -> None:
    pane = await shown(window, ConnectTarget("editor"))
    secret = await service.configuring.reveal_key((await stored(service, "editor")).key)
    pane.snippet.reveal.click()
    await until(lambda: secret in pane.snippet.code.toPlainText())
    pane.snippet._cover.timeout.emit()
    assert secret not in pane.snippet.code.toPlainText()
    assert not pane.snippet.reveal.isChecked()
    pane.snippet.reveal.click()
    await until(lambda: secret in pane.snippet.code.toPlainText())
    window.go("notifications")
    assert secret not in pane.snippet.code.toPlainText()


async def test_a_vault_that_does_not_answer_leaves_the_key_masked(window: MainWindow, service: GatewayService) -> None:
    key = (await stored(service, "editor")).key
    await service.run(service._store.keys.put, replace(key, secret_ref="gone"))
    pane = await shown(window, ConnectTarget("editor"))
    told: list[str] = []
    window.bridge.told.connect(lambda severity, text: told.append(severity))
    pane.snippet.reveal.click()
    await until(lambda: told)
    assert told == ["error"]
    assert not pane.snippet.reveal.isChecked()
    assert MASK in pane.snippet.code.toPlainText()


async def test_another_key_with_the_same_ending_is_masked_again(window: MainWindow, service: GatewayService) -> None:
    pane = await shown(window, ConnectTarget("editor"))
    secret = await service.configuring.reveal_key((await stored(service, "editor")).key)
    pane.snippet.reveal.click()
    await until(lambda: secret in pane.snippet.code.toPlainText())
    pane.facts.key_picked.emit("agent")
    assert secret not in pane.snippet.code.toPlainText()
    pane.snippet.copy()
    await until(lambda: "sk-conduit-sample-agent-" in QApplication.clipboard().text())


async def test_only_models_that_the_key_may_use(window: MainWindow, service: GatewayService) -> None:
    key = (await stored(service, "editor")).key
    await service.configuring.edit_key(replace(key, models=("smart", "openai/gpt-5-mini")))
    pane = await shown(window, "editor")
    pane.snippet.list.choose("curl")
    models = pane.facts.models
    assert [models.itemText(at) for at in range(models.count())] == ["smart", "openai/gpt-5-mini"]
    models.setFocus()
    QTest.keyClick(models, Qt.Key.Key_Down)
    assert '"model": "openai/gpt-5-mini"' in pane.snippet.code.code
    pane.facts.copy_model.click()
    assert QApplication.clipboard().text() == "openai/gpt-5-mini"


async def test_a_stopped_gateway_is_said_and_started(window: MainWindow, service: GatewayService) -> None:
    await service.set_setting("port", 17979)
    pane = await shown(window, ConnectTarget("editor"))
    assert "stopped" in pane.banner.text
    assert not pane.snippet.try_button.isEnabled()
    pane.banner.button.click()
    await until(lambda: service.status.state == "running")
    await until(lambda: pane.snippet.try_button.isEnabled())
    assert service.status.base_url in pane.snippet.code.code
    await service.stop()
    await until(lambda: "stopped" in pane.banner.text and pane.banner.isVisible())


async def test_a_key_that_does_not_work_is_told(window: MainWindow, service: GatewayService) -> None:
    await service.set_setting("port", 17980)
    await service.start()
    pane = await shown(window, "notebook")
    assert "is disabled" in pane.banner.text
    pane.banner.button.click()
    assert window.current_key == "keys"
    await service.stop()


async def test_a_key_whose_text_is_not_kept(window: MainWindow, service: GatewayService) -> None:
    await service.set_setting("port", 17981)
    await service.start()
    wanted = VirtualKey(id="", name="once", digest="", last4="")
    key, text = await service.configuring.create_key(wanted, keep_text=False)
    pane = await shown(window, key.id)
    await until(lambda: pane.view is not None and pane.view.key.id == key.id)
    assert PLACEHOLDER in pane.snippet.code.code
    assert "not kept" in pane.banner.text
    assert not pane.snippet.reveal.isVisible()
    pane.snippet.copy()
    assert PLACEHOLDER in QApplication.clipboard().text()
    window.go("connect", ConnectTarget(key.id, text))  # as from the sheet that has just made it
    await until(lambda: PLACEHOLDER not in pane.snippet.code.code)
    pane.snippet.copy()
    await until(lambda: text in QApplication.clipboard().text())
    assert text not in texts(window)
    await service.configuring.rotate_key(key)
    await until(lambda: PLACEHOLDER in pane.snippet.code.code)
    await service.stop()


async def test_try_it_says_what_came_of_it(window: MainWindow, service: GatewayService) -> None:
    await service.set_setting("port", 17982)
    await service.start()
    provider = await service.configuring.add_provider("Demo", "demo")
    await service.configuring.add_deployment("hello", provider.id, "demo")
    key = (await stored(service, "editor")).key
    await service.configuring.edit_key(replace(key, models=("hello", "gone")))
    pane = await shown(window, "editor")
    await until(lambda: pane.snippet.try_button.isEnabled() and pane.facts.models.value == "hello")
    pane.snippet.try_button.click()
    await until(lambda: pane.snippet.outcome.text.startswith("It works. Answer from Demo"))
    assert pane.snippet.try_button.isEnabled()
    pane.facts.model_picked.emit("gone")
    assert pane.snippet.outcome.text == ""
    pane.snippet.try_button.click()
    await until(lambda: pane.snippet.outcome.text.startswith("Failed. 404:"))
    await service.stop()


async def test_without_keys_there_is_one_thing_to_do(window: MainWindow, service: GatewayService) -> None:
    for view in await service.configuring.keys():
        await service.configuring.remove_key(view.key)
    await service.configuring.chat_key()  # the app's own is none for tools
    pane = await shown(window)
    assert pane.empty.isVisible()
    press("New key", pane)
    assert window.current_key == "keys"
