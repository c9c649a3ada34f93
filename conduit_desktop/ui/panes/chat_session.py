"""One conversation on screen: its turns with their widgets, the answer that is coming, and what its log entry adds.

Asks through the client like any other tool would. Knows nothing of the pane around it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass

import shiboken6
from PySide6.QtCore import QObject, QTimer, Signal

from conduit_desktop.errors import ConduitError
from conduit_desktop.records import Exchange
from conduit_desktop.runtime.client import ChatClient, Failed
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.panes.chat_list import Transcript
from conduit_desktop.ui.panes.chat_messages import AnswerView, QuestionView
from conduit_desktop.ui.panes.chat_talk import Answer, Options, Turn, request

_TICK = 33  # milliseconds between two looks at what has come
_SHARE = 4  # a look may take a quarter of the time


@dataclass(slots=True)
class _Shown:
    turn: Turn
    question: QuestionView
    answer: AnswerView | None = None


class ChatSession(QObject):
    """Signals: ``changed()`` when something was said or ended, ``busy_changed(bool)``, ``edit_wanted()``,
    ``again_wanted()``, ``open_wanted(request id)``, ``followed(address)``."""

    changed = Signal()
    busy_changed = Signal(bool)
    edit_wanted = Signal()
    again_wanted = Signal()
    open_wanted = Signal(str)
    followed = Signal(str)

    def __init__(self, service: GatewayService, bridge: Bridge, transcript: Transcript) -> None:
        super().__init__(transcript)
        self._service, self._bridge, self._transcript = service, bridge, transcript
        self._client = ChatClient()
        self._shown: list[_Shown] = []
        self._task: asyncio.Future[None] | None = None
        self._unsettled: dict[str, AnswerView] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._tick)
        bridge.exchange_finished.connect(self._logged)

    @property
    def turns(self) -> list[Turn]:
        return [shown.turn for shown in self._shown]

    @property
    def answers(self) -> list[Answer]:
        return [shown.turn.answer for shown in self._shown if shown.turn.answer is not None]

    @property
    def last_view(self) -> AnswerView | None:
        return self._shown[-1].answer if self._shown else None

    @property
    def busy(self) -> bool:
        return self._task is not None and not self._task.done()

    # ---- what the user does

    def ask(self, text: str, model: str, options: Options, bound: str) -> None:
        """A new question."""
        shown = _Shown(Turn(text), QuestionView(text))
        shown.question.edit_wanted.connect(self.edit_wanted)
        self._shown.append(shown)
        self._transcript.add(shown.question)
        self._answer(model, options, bound)

    def again(self, model: str, options: Options, bound: str) -> None:
        """Another answer to the last question."""
        if not self._shown:
            return
        self.stop()
        last = self._shown[-1]
        if last.answer is not None:
            self._transcript.remove(last.answer)
            last.answer = None
        self._answer(model, options, bound)

    def take_back(self) -> None:
        """Remove the last question with its answer."""
        self.stop()
        if self._shown:
            last = self._shown.pop()
            self._transcript.remove(last.question)
            if last.answer is not None:
                self._transcript.remove(last.answer)
            self.changed.emit()

    def clear(self) -> None:
        while self._shown:
            self.take_back()

    def stop(self) -> None:
        """Stop the answer that is coming; its connection closes."""
        if self._task is not None and not self._task.done() and (view := self.last_view) is not None:
            self._task.cancel()
            self._task = None
            view.answer.stop(time.perf_counter())
            self._ended(view)

    # ---- the answer

    def _answer(self, model: str, options: Options, bound: str) -> None:
        last = self._shown[-1]
        answer = last.turn.answer = Answer(model, time.perf_counter())
        view = last.answer = AnswerView(answer)
        view.again_wanted.connect(self.again_wanted)
        view.open_wanted.connect(self.open_wanted)
        view.followed.connect(self.followed)
        self._transcript.add(view)
        self._transcript.follow()
        self._mark_last()
        asked = request(model, self.turns, options, bound=bound)
        self._task = self._bridge.run(self._receive(view, asked), owner=self, name="chat answer")
        self._timer.start(_TICK)
        self.busy_changed.emit(True)
        self.changed.emit()

    async def _receive(self, view: AnswerView, asked: dict[str, object]) -> None:
        answer = view.answer
        try:
            key = await self._service.configuring.chat_key()
            answer.asked = time.perf_counter()
            base_url = self._service.status.base_url
            async with aclosing(self._client.stream(base_url, key, asked)) as events:
                async for event in events:
                    answer.take(event, time.perf_counter())
        except ConduitError as error:
            answer.take(Failed(error.status, error.text, error.code), time.perf_counter())
        if shiboken6.isValid(self) and shiboken6.isValid(view):
            self._task = None
            self._ended(view)

    def _tick(self) -> None:
        view = self.last_view
        if view is None or not self.busy:
            return
        start = time.perf_counter()
        view.show_new()
        spent = (time.perf_counter() - start) * 1000
        self._timer.start(max(_TICK, int(spent * _SHARE)))

    def _ended(self, view: AnswerView) -> None:
        self._timer.stop()
        view.finish()
        if view.answer.request_id:
            self._unsettled[view.answer.request_id] = view
            self._bridge.run(self._look_up(view.answer.request_id), owner=self, name="look up the exchange")
        self.busy_changed.emit(False)
        self.changed.emit()

    # ---- what the log knows of it

    async def _look_up(self, request_id: str) -> None:
        if (exchange := await self._service.activity.exchange(request_id)) is not None:
            self._logged((exchange,))

    def _logged(self, exchanges: Sequence[Exchange]) -> None:
        for exchange in exchanges:
            if (view := self._unsettled.pop(exchange.id, None)) is not None and shiboken6.isValid(view):
                view.answer.exchange = exchange
                view.show_new()
                self.changed.emit()

    def _mark_last(self) -> None:
        for at, shown in enumerate(self._shown):
            last = at == len(self._shown) - 1
            shown.question.set_last(last)
            if shown.answer is not None:
                shown.answer.set_last(last)
