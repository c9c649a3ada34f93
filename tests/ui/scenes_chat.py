"""Scenes of the chat pane, over the real gateway with the Demo model and answers that are made up here."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from PySide6.QtWidgets import QWidget

from conduit_desktop.runtime.client import Failed, Finished, Reasoning, Started, Text, ToolCall, Used
from conduit_desktop.ui.main_window import MainWindow
from conduit_desktop.ui.panes.chat_messages import AnswerView, QuestionView
from conduit_desktop.ui.panes.chat_session import _Shown
from conduit_desktop.ui.panes.chat_talk import Answer, Turn
from tests.ui.eventually import until

LONG = """## What it does

A gateway sits between your tools and the **providers**. Each tool gets a *virtual key*; see [the docs](https://example.com).

1. It checks the key and its budget.
2. It chooses a deployment, for example `gpt-5-mini`.
   - healthy ones first
   - then by weight

```python
from openai import OpenAI

client = OpenAI(base_url="http://127.0.0.1:7878/v1")  # the gateway
for chunk in client.chat.completions.create(model="fast", messages=[], stream=True):
    print(chunk.choices[0].delta.content or "", end="")
```

> Failover happens until the first byte went out, never after.

| Provider | Runs on | You pay |
|---|---|---:|
| Demo | built in | nothing |
| OpenAI | their servers | by token |
"""


async def pane(window: MainWindow) -> Any:
    window.go("chat")
    found: Any = window.pane("chat")
    await asyncio.sleep(0.2)
    if not any(model.alias == "demo" for model in await window.service.configuring.models()):
        found.add_demo()
        await asyncio.sleep(0.5)
        for toast in window.toasts.toasts:
            toast.close()
    found.picker.choose("demo")
    found.new_chat()
    return found


async def answered(window: MainWindow) -> None:
    found = await pane(window)
    for text in ("Write a Python function", "Compare the providers in a table"):
        found.composer.field.setPlainText(text)
        found.send(text)
        await until(lambda: not found.session.busy and found.session.answers[-1].exchange)
    found.transcript.follow()


async def streaming(window: MainWindow) -> None:
    found = await pane(window)
    found.send("Explain what a gateway does, with headings")
    await until(lambda: len(found.session.answers[-1].text) > 150)


def made(found: Any, question: str, answer: Answer) -> AnswerView:
    asked, view = QuestionView(question), AnswerView(answer)
    found.transcript.add(asked)
    found.transcript.add(view)
    found.session._shown.append(_Shown(Turn(question, answer), asked, view))
    found.session.changed.emit()
    return view


async def rich(window: MainWindow) -> None:
    found = await pane(window)
    answer = Answer("fast", 0.0)
    view = made(found, "What does a gateway do?\nShow me code, too.", answer)
    events: Any = (Started(200, "r1", "fast", "OpenAI"), Reasoning("The user wants to know."), Text(LONG))
    for at, event in enumerate((*events, Used(24, 310), Finished("length"))):
        answer.take(event, 0.42 + at * 1.2)
    view.finish()
    await asyncio.sleep(0.1)
    found.transcript.verticalScrollBar().setValue(0)


async def failed(window: MainWindow) -> None:
    found = await pane(window)
    answer = Answer("smart", 0.0)
    view = made(found, "Summarise this.", answer)
    answer.take(Started(429, "r2", "smart"), 0.1)
    answer.take(Failed(429, "Every deployment of 'smart' is cooling down after errors.", "rate_limited", "r2", 12), 0.2)
    view.finish()
    tools = Answer("fast", 0.0)
    view = made(found, "What is the weather in Oslo?", tools)
    for event in (Started(200, "r3", "fast", "OpenAI"), ToolCall(0, "c", "get_weather", '{"city": "Oslo"}')):
        tools.take(event, 0.6)
    tools.take(Finished("tool_calls"), 0.9)
    view.finish()
    view._calls[0][0].button.setChecked(True)


async def options(window: MainWindow) -> None:
    found = await pane(window)
    found._options_button.setChecked(True)
    found.options.temperature.setText("3")
    found.options.options()


async def stopped(window: MainWindow) -> None:
    found = await pane(window)
    found._options_button.setChecked(False)
    await window.service.stop()


SCENES: dict[str, Callable[[MainWindow], Awaitable[QWidget | None]]] = {
    "chat-answered": answered,
    "chat-streaming": streaming,
    "chat-rich": rich,
    "chat-failed": failed,
    "chat-options": options,
    "chat-stopped": stopped,
}
