"""The chat pane over the real service, its gateway and the Demo model."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QGuiApplication, QPaintEvent, QRegion
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from conduit_desktop.runtime.client import Failed, Reasoning, Started, Text, ToolCall
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui import theme
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.main_window import MainWindow
from conduit_desktop.ui.panes.chat import ChatPane
from conduit_desktop.ui.panes.chat_messages import AnswerView
from conduit_desktop.ui.panes.chat_talk import Answer
from conduit_desktop.ui.panes.chat_text import MessageText
from tests.ui.accessible import unnamed
from tests.ui.eventually import until

MARKDOWN = """# Title

Some **bold**, `code` and [a link](https://example.com/a).

- one
    - two
1. first

> quoted

```python
x = 1
```

| a | b |
|---|---:|
| 1 | 2 |

---

<img src="https://example.com/x.png"> ![cat](https://example.com/cat.png) [bad](javascript:alert(1)) https://example.com/b.

```
last
```
"""


@pytest.fixture
async def pane(window: MainWindow, service: GatewayService) -> AsyncIterator[ChatPane]:
    """The pane with the gateway running on a free port and the Demo model chosen."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        await service.set_setting("port", free.getsockname()[1])
    status = await service.start()
    assert status.state == "running", status.detail
    window.go("chat")
    found = window.pane("chat")
    assert isinstance(found, ChatPane)
    await until(lambda: found.picker.count() == 4)
    found.add_demo()
    await until(lambda: found.picker.value == "demo" and found.picker.count() == 5)
    yield found
    found.session.stop()


class Painted(QObject):
    """Which part of a widget was painted."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.region = QRegion()
        widget.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QPaintEvent):
            self.region += event.region()
        return False


async def test_the_model_that_is_chosen_is_shown_where_it_is_written_to(pane: ChatPane) -> None:
    """Qt leaves the words of an empty field on the screen when others are set."""
    field = pane.composer.field
    await until(lambda: field.isVisible())
    await asyncio.sleep(0.1)  # until it was painted for the first time
    painted = Painted(field.viewport())
    pane.composer.set_target("another")
    await until(lambda: painted.region.boundingRect() == field.viewport().rect())


async def answered(pane: ChatPane, text: str) -> Answer:
    pane.send(text)
    await until(lambda: not pane.session.busy and pane.session.answers[-1].exchange)
    return pane.session.answers[-1]


def type_in(pane: ChatPane, text: str) -> None:
    QTest.keyClicks(pane.composer.field, text)


async def test_an_answer_streams_in_with_its_figures_and_the_demo_label(pane: ChatPane, window: MainWindow) -> None:
    pane.send("Write a Python function")
    answer = pane.session.answers[0]
    await until(lambda: len(answer.text) > 20)
    assert pane.session.busy
    assert pane.composer.button.text() == "Stop"
    await until(lambda: answer.state == "finished" and answer.exchange)
    view = pane.session.last_view
    assert view is not None
    assert view.text.markdown == answer.text
    assert "client = OpenAI" in view.text.toPlainText()
    assert view.demo.isVisible()
    shown = view.figures.text()
    assert "first token" in shown
    assert "tokens/s" in shown
    assert f"{answer.exchange.usage.output} out" in shown  # type: ignore[union-attr]
    assert "(demo price)" in shown
    assert "1 answer · $" in pane._subtitle.text()


async def test_stop_hangs_up_within_a_second_and_the_log_says_499(pane: ChatPane, service: GatewayService) -> None:
    pane.send("Write 1000 words")
    answer = pane.session.answers[0]
    await until(lambda: len(answer.text) > 40)
    QTest.keyClick(pane.composer.field, Qt.Key.Key_Escape)
    stopped = time.time()
    assert answer.state == "stopped"
    assert not pane.session.busy
    await until(lambda: answer.exchange)
    assert answer.exchange is not None
    assert answer.exchange.status == 499
    assert answer.exchange.started + answer.exchange.total - stopped < 1
    assert service.status.in_flight == 0
    view = pane.session.last_view
    assert view is not None
    assert view.state.text == "Stopped"


async def test_keyboard_only_conversation(pane: ChatPane) -> None:
    field = pane.composer.field
    pane.focus_default()
    type_in(pane, "Say: one")
    QTest.keyClick(field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert pane.session.turns == []
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert field.toPlainText() == ""
    await until(lambda: pane.session.answers[0].over and not pane.session.busy)
    assert pane.session.answers[0].text.startswith("one")
    QTest.keyClick(field, Qt.Key.Key_Up)
    assert pane.composer.editing
    assert field.toPlainText() == "Say: one"
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert not pane.composer.editing
    QTest.keyClick(field, Qt.Key.Key_Up)
    type_in(pane, "Say: two")
    QTest.keyClick(field, Qt.Key.Key_Return)
    await until(lambda: pane.session.answers and pane.session.answers[0].over)
    assert [turn.question for turn in pane.session.turns] == ["Say: two"]
    assert pane.session.answers[0].text.startswith("two")
    QTest.keyClick(field, Qt.Key.Key_Tab)
    assert not field.hasFocus()


async def test_regenerate_takes_the_place_of_the_last_answer(pane: ChatPane) -> None:
    first = await answered(pane, "Say: same")
    view = pane.session.last_view
    assert view is not None
    QTest.mouseClick(view.again, Qt.MouseButton.LeftButton)
    await until(lambda: not pane.session.busy)
    assert len(pane.session.turns) == 1
    second = pane.session.answers[0]
    assert second is not first
    assert second.request_id != first.request_id


async def test_the_conversation_goes_along_and_options_only_when_set(pane: ChatPane, service: GatewayService) -> None:
    pane.options.system.setPlainText("Be brief.")
    pane.options.temperature.setText("0,5")
    await answered(pane, "Say: one")
    await answered(pane, "What now?")
    capture = await service.activity.capture(pane.session.answers[-1].request_id)
    assert capture is not None
    body = capture.request.body.decode()
    assert '"role":"system","content":"Be brief."' in body.replace(": ", ":").replace(", ", ",")
    assert "Say: one" in body
    assert "temperature" in body
    assert "top_p" not in body
    assert "max_tokens" not in body


async def test_a_wrong_option_is_said_at_its_place_and_nothing_is_sent(pane: ChatPane) -> None:
    pane.options.max_tokens.setText("many")
    pane.composer.field.setPlainText("Hello")
    pane.send("Hello")
    assert pane.session.turns == []
    assert pane.options.isVisible()
    assert pane.composer.text == "Hello"


async def test_an_error_is_told_in_place_with_what_to_do(pane: ChatPane, bridge: Bridge) -> None:
    opened: list[tuple[str, Any]] = []
    bridge.opened.connect(lambda key, argument: opened.append((key, argument)))
    pane.picker.choose("demo/nothing-like-this")
    pane.send("Hello")
    await until(lambda: pane.session.answers[0].over)
    view = pane.session.last_view
    assert view is not None
    assert view.failure.isVisible()
    assert "404" in view.failure.title.text()
    assert "nothing-like-this" in view.failure.text.text()
    assert view.failure.advice.text()
    QTest.mouseClick(view.failure.more, Qt.MouseButton.LeftButton)
    assert opened == [("requests", pane.session.answers[0].request_id)]
    pane.picker.choose("demo")
    QTest.mouseClick(view.failure.retry, Qt.MouseButton.LeftButton)
    await until(lambda: pane.session.answers[0].text)


async def test_provider_slash_model_can_be_typed(pane: ChatPane) -> None:
    pane.picker.choose("demo/demo")
    assert (await answered(pane, "Say: yes")).text.startswith("yes")


async def test_a_stopped_gateway_is_said_and_started_from_here(pane: ChatPane, service: GatewayService) -> None:
    assert not pane.banner.isVisible()
    await service.stop()
    await until(lambda: pane.banner.isVisible() and pane.banner.button.text())
    type_in(pane, "Say: again")
    QTest.keyClick(pane.composer.field, Qt.Key.Key_Return)
    assert pane.session.turns == []
    assert pane.composer.text == "Say: again"
    QTest.mouseClick(pane.banner.button, Qt.MouseButton.LeftButton)
    await until(lambda: service.status.state == "running" and not pane.banner.isVisible())
    QTest.keyClick(pane.composer.field, Qt.Key.Key_Return)
    await until(lambda: pane.session.answers[0].text)


async def test_without_a_model_one_action_adds_the_demo(window: MainWindow, service: GatewayService) -> None:
    for model in await service.configuring.models():
        await service.configuring.remove_model(model.id)
    window.go("chat")
    pane = window.pane("chat")
    assert isinstance(pane, ChatPane)
    await until(lambda: pane.empty.button.isVisible())
    QTest.mouseClick(pane.empty.button, Qt.MouseButton.LeftButton)
    await until(lambda: pane.picker.value == "demo")
    assert [model.alias for model in await service.configuring.models()] == ["demo"]
    assert pane.composer.field.hasFocus()


async def test_new_chat_stops_and_empties(pane: ChatPane, service: GatewayService) -> None:
    pane.send("Write 1000 words")
    await until(lambda: pane.session.answers[0].text)
    request_id = pane.session.answers[0].request_id
    QTest.keyClick(pane.composer.field, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    assert pane.session.turns == []
    assert pane.empty.isVisible()
    await until(lambda: service.status.in_flight == 0)
    while (logged := await service.activity.exchange(request_id)) is None:
        await asyncio.sleep(0.01)
    assert logged.status == 499


async def test_it_follows_the_end_until_the_reader_scrolls_up(pane: ChatPane, window: MainWindow) -> None:
    window.resize(900, 560)
    pane.send("Write 1500 words")
    bar = pane.transcript.verticalScrollBar()
    await until(lambda: bar.maximum() > 60)
    assert bar.value() == bar.maximum()
    assert not pane.transcript.pill.isVisible()
    bar.setValue(0)
    before = bar.maximum()
    await until(lambda: bar.maximum() > before)
    assert bar.value() == 0
    assert pane.transcript.pill.isVisible()
    QTest.mouseClick(pane.transcript.pill, Qt.MouseButton.LeftButton)
    assert bar.value() == bar.maximum()
    assert not pane.transcript.pill.isVisible()


async def test_everything_focusable_has_a_name(pane: ChatPane) -> None:
    await answered(pane, "Write a Python function")
    pane._options_button.setChecked(True)
    assert unnamed(pane) == []


async def test_copying(pane: ChatPane) -> None:
    answer = await answered(pane, "Write a Python function")
    view = pane.session.last_view
    assert view is not None
    QTest.mouseClick(view.copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == answer.text
    code = view.text._heads[0]
    QTest.mouseClick(code._copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text().startswith("from openai import OpenAI\n")


# ---------------------------------------------------------------- messages alone


def shown(cut: int) -> MessageText:
    text = MessageText("Answer")
    text.resize(600, 100)
    for at in range(0, len(MARKDOWN), cut):
        text.append(MARKDOWN[at : at + cut])
        text.show_new()
    text.finish()
    return text


def streamed(source: str, cut: int) -> MessageText:
    text = MessageText("Answer")
    for at in range(0, len(source), cut):
        text.append(source[at : at + cut])
        text.show_new()
    text.finish()
    return text


LISTS = (
    "3. a\n4. b\n   ```py\n   x\n   ```\n5. c\n   - d\n\n     loose\n6. e\n\nEnd\n",
    "- a\n- b\n- c\n\n- loose now\n- d\n> q\n",
    "- [ ] a\n- [x] b\n-\n- > q\n- 1. x\n  2. y\n* other\n* list",
    "```py\n" + "value = 1  # some code\n" * 600 + "```\n- a\n```\nx\n```",
)


@pytest.mark.parametrize("cut", [1, 5, 50])
@pytest.mark.parametrize("source", LISTS)
async def test_lists_and_code_that_grow_end_as_shown_at_once(app: QApplication, source: str, cut: int) -> None:
    cut = cut * 40 if len(source) > 1000 else cut
    whole, pieces = streamed(source, len(source)), streamed(source, cut)
    assert pieces.toHtml() == whole.toHtml()
    assert pieces._writer.codes == whole._writer.codes
    assert pieces._writer.quotes == whole._writer.quotes


@pytest.mark.parametrize("cut", [1, 7, 64])
async def test_streamed_text_ends_as_text_shown_at_once(app: QApplication, cut: int) -> None:
    whole, pieces = shown(len(MARKDOWN)), shown(cut)
    assert pieces.toHtml() == whole.toHtml()
    assert pieces._writer.codes == whole._writer.codes
    assert pieces._writer.quotes == whole._writer.quotes
    again = pieces.toHtml()
    pieces.render_again()
    assert pieces.toHtml() == again


async def test_finished_blocks_are_never_touched(app: QApplication) -> None:
    text = MessageText("Answer")
    text.append("# One\n\nTwo\n\nThree")
    text.show_new()
    changes: list[int] = []
    text.document().contentsChange.connect(lambda at, _gone, _new: changes.append(at))
    finished = text._tail.position
    assert finished > 0
    text.append(" and more")
    text.show_new()
    assert changes
    assert min(changes) >= finished


async def test_html_stays_text_and_only_web_links_are_links(app: QApplication) -> None:
    text = shown(9)
    assert "<img src=" in text.toPlainText()
    html = text.toHtml()
    assert "<img" not in html
    links = {part.split('"')[0] for part in html.split('href="')[1:]}
    assert links == {f"https://example.com/{name}" for name in ("a", "b", "cat.png", "x.png")}


async def test_a_new_theme_writes_it_anew(app: QApplication) -> None:
    text = shown(9)
    light = theme.current().hex("text")
    theme.current().set_mode("dark")
    html = text.toHtml()
    assert theme.current().hex("text").lower() in html.lower()
    assert light.lower() not in html.lower()


async def test_thoughts_and_tool_calls_fold(app: QApplication) -> None:
    answer = Answer("fast", 0.0)
    view = AnswerView(answer)
    for event in (Started(200, "r"), Reasoning("Let me think."), Text("Well"), ToolCall(0, "c", "look", '{"a":1}')):
        answer.take(event, 1.0)
    view.show_new()
    assert not view.reasoning.isHidden()
    assert view.thoughts.isHidden()
    view.reasoning.button.click()
    assert not view.thoughts.isHidden()
    assert "Let me think." in view.thoughts.toPlainText()
    fold, code = view._calls[0]
    assert fold.button.text() == "Wants to call look"
    assert code.code == '{"a":1}'
    answer.take(Failed(502, "Broke.", "stream_broken"), 2.0)
    view.finish()
    assert view.failure.title.text() == "The answer broke off (502)"
    await asyncio.sleep(0)
