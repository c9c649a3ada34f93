"""The messages of a conversation as they stand on screen: the user's question, the model's answer."""

from __future__ import annotations

import time

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from conduit_desktop.ui.panes.chat_parts import Failure, Fold
from conduit_desktop.ui.panes.chat_talk import Answer, failure_words
from conduit_desktop.ui.panes.chat_tall import PlainText
from conduit_desktop.ui.panes.chat_text import MessageText
from conduit_desktop.ui.shown import duration
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets.buttons import IconButton
from conduit_desktop.ui.widgets.code import CodeView
from conduit_desktop.ui.widgets.copying import CopyButton
from conduit_desktop.ui.widgets.layout import column, row
from conduit_desktop.ui.widgets.progress import Spinner
from conduit_desktop.ui.widgets.status import Badge
from conduit_desktop.ui.widgets.text import Label, announce

_BUBBLE = 0.84  # of the width, at most
_PAD = 14
_ENDS = {
    "length": "Cut at the token limit",
    "content_filter": "Withheld by the provider’s filter",
    "tool_calls": "",
    "stop": "",
}


class QuestionView(QWidget):
    """What the user asked, at the right. Signal: ``edit_wanted()``."""

    edit_wanted = Signal()

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = PlainText("You asked", text)
        self._bubble = QFrame()
        self._bubble.setProperty("surface", "well")
        self._bubble.setLayout(column(self.text, margins=(_PAD, 8, _PAD, 8)))
        self._bubble.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self.edit = IconButton("edit", "Edit and send again", small=True)
        self.edit.clicked.connect(self.edit_wanted)
        copy = CopyButton(text, "Copy the question")
        self.setLayout(column(row(None, self._bubble), row(None, self.edit, copy, gap=0), gap=2))

    def set_last(self, last: bool) -> None:
        """Only the last question can be edited."""
        self.edit.setVisible(last)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        most = int(self.width() * _BUBBLE)
        self._bubble.setFixedWidth(max(min(self.text.ideal_width() + 2 * _PAD + 2, most), 48))


class AnswerView(QWidget):
    """An answer while it comes and afterwards. ``show_new`` shows what ``answer`` has taken in since.

    Signals: ``again_wanted()``, ``open_wanted(request id)``, ``followed(address)``.
    """

    again_wanted = Signal()
    open_wanted = Signal(str)
    followed = Signal(str)

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer
        self._shown = self._thought = 0
        self.text = MessageText(f"Answer from {answer.model}")
        self.text.followed.connect(self.followed)
        self.text.hide()
        self.thoughts = MessageText("What the model thought")
        self.thoughts.followed.connect(self.followed)
        self.reasoning = Fold("Thinking…", self.thoughts)
        self.reasoning.button.toggled.connect(self._show_thought)
        self.reasoning.hide()
        self._calls: list[tuple[Fold, CodeView]] = []
        self._call_box = column(gap=SPACE.xs)
        self.failure = Failure()
        self.failure.hide()
        self.failure.retry_wanted.connect(self.again_wanted)
        self.failure.open_wanted.connect(self._open)
        parts = (self.reasoning, self.text, self._call_box, self.failure, self._foot())
        self.setLayout(column(self._head(), *parts, gap=SPACE.s))
        self.show_new()

    def _head(self) -> QWidget:
        self.spinner = Spinner(14, "Waiting for the answer")
        self.demo = Badge("Demo", "info", icon="info")
        self.demo.setToolTip("Made by the model that is built in: no provider was called, nothing is billed.")
        self.demo.hide()
        self.state = Badge("", "neutral")
        self.state.hide()
        self._model = Label(self.answer.model, "strong")
        self._via = Label("", "small")
        head = QWidget()
        head.setLayout(row(self._model, self._via, self.demo, self.state, self.spinner, None, gap=SPACE.s))
        return head

    def _foot(self) -> QWidget:
        self.figures = Label("", "small", wrap=True)
        self.figures.setObjectName("chatFigures")
        self.figures.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.copy = CopyButton(lambda: self.answer.text, "Copy the answer")
        self.again = IconButton("refresh", "Ask again (regenerate)", small=True)
        self.again.clicked.connect(self.again_wanted)
        self.open = IconButton("external", "Open request", small=True)
        self.open.clicked.connect(self._open)
        foot = QWidget()
        foot.setLayout(row(self.figures, self.copy, self.again, self.open, gap=0))
        return foot

    def set_last(self, last: bool) -> None:
        """Only the last answer can be had again."""
        self._last = last
        self.again.setVisible(last and self.answer.over)
        self.failure.retry.setVisible(last)

    _last = True

    # ---- what has come

    def show_new(self) -> None:
        """Show what has come since."""
        answer = self.answer
        if len(answer.reasoning) > self._thought:
            self.thoughts.append(answer.reasoning[self._thought :])
            self._thought = len(answer.reasoning)
            self.reasoning.show()
            if self.reasoning.opened or answer.over:
                self.thoughts.show_new()
        if len(answer.text) > self._shown:
            self.text.append(answer.text[self._shown :])
            self._shown = len(answer.text)
            self.text.show()
            self.text.show_new()
        self._show_thought()
        self._show_calls()
        self._show_state()

    def finish(self) -> None:
        """The answer is over: show all of it, and tell a screen reader."""
        self.show_new()
        self.thoughts.finish()
        self.text.finish()
        said = self.text.words if self.answer.text else self.failure.accessibleName()
        announce(self, f"{self.state_words()} {said}")

    def state_words(self) -> str:
        return {"failed": "The answer failed.", "stopped": "Stopped."}.get(self.answer.state, "Answer:")

    def _show_thought(self, _opened: bool = False) -> None:
        answer = self.answer
        if not answer.reasoning or answer.first is None:
            return
        until = answer.thought if answer.thought is not None else answer.ended
        self.reasoning.set_title("Thinking…" if until is None else f"Thought for {duration(until - answer.first)}")
        if self.reasoning.opened:
            self.thoughts.show_new()

    def _show_calls(self) -> None:
        for at, call in enumerate(self.answer.calls.values()):
            if at == len(self._calls):
                view = CodeView("Arguments of the tool call", numbers=False)
                fold = Fold("", view)
                self._call_box.addWidget(fold)
                self._calls.append((fold, view))
            fold, view = self._calls[at]
            fold.set_title(f"Wants to call {call.name or 'a tool'}")
            if view.code != call.arguments:
                view.set_code(call.arguments, "json")
                lines = call.arguments.count("\n") + 1 + len(call.arguments) // 90
                view.setFixedHeight(min(lines, 12) * view.fontMetrics().lineSpacing() + 24)

    def _show_state(self) -> None:
        answer = self.answer
        self.spinner.setVisible(not answer.over)
        self.demo.setVisible(answer.demo)
        provider = answer.exchange.provider if answer.exchange else answer.started.provider if answer.started else ""
        self._via.setText(f"via {provider}")
        self._via.setVisible(bool(provider) and not answer.demo)
        word = "Stopped" if answer.state == "stopped" else _ENDS.get(answer.finish, answer.finish)
        self.state.setVisible(bool(word))
        if word != self.state.text:
            self.state.set_badge(word, "warning" if answer.state != "stopped" else "neutral")
        self.figures.setText(answer.figures(time.perf_counter()))
        self.copy.setVisible(bool(answer.text))
        self.again.setVisible(answer.over and self._last and answer.failed is None)
        self.open.setVisible(answer.over and bool(answer.request_id) and answer.failed is None)
        self.failure.setVisible(answer.failed is not None)
        if answer.failed is not None:
            self.failure.set_failure(*failure_words(answer.failed), logged=bool(answer.request_id))

    def _open(self) -> None:
        self.open_wanted.emit(self.answer.request_id)
