"""The response cache on the Settings screen: what it holds, and emptying it."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from conduit_desktop.runtime.caching import CacheState
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.dialogs.confirm import confirm
from conduit_desktop.ui.shown import ago, count, size
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.layout import column, row
from conduit_desktop.ui.widgets.text import Label

MOST_MODELS = 3
_OFF = "No model has kept an answer. A model's response cache is switched on in the Models pane."
_ASK = "The next time, those requests go to their providers again, and cost what they cost."


class CacheSection(QWidget):
    """Loads itself by ``load``."""

    def __init__(self, service: GatewayService, bridge: Bridge) -> None:
        super().__init__()
        self.setObjectName("settings-cache")
        self._service, self._bridge = service, bridge
        self.said = Label("Looking…", "small", wrap=True)
        self.empty = Button("Empty the response cache", icon="trash")
        self.empty.clicked.connect(lambda: self._bridge.run(self._empty(), owner=self, slot="empty"))
        self.empty.setEnabled(False)
        words = column(Label("Kept answers", "medium"), self.said, gap=2)
        box = row(gap=SPACE.l, margins=(0, 12, 0, 12))
        box.addLayout(words, 1)
        box.addWidget(self.empty)
        self.setLayout(box)

    def load(self) -> None:
        self._bridge.run(self._service.cache_state(), self.show_state, self._fail, owner=self, slot="cache state")

    def show_state(self, state: CacheState) -> None:
        self.said.setText(told(state))
        self.said.set_tone("")
        self.empty.setEnabled(bool(state.entries))
        self.empty.setAccessibleDescription(self.said.text())

    def _fail(self, text: str) -> None:
        self.said.setText(text)
        self.said.set_tone("danger")

    async def _empty(self) -> None:
        if not await confirm(self, "Empty the response cache?", _ASK, "Empty it"):
            return
        self.empty.set_busy(True)
        self._bridge.run(self._service.empty_cache(), self._emptied, self._not_emptied, owner=self, slot="emptying")

    def _emptied(self, gone: int) -> None:
        self.empty.set_busy(False)
        self._bridge.tell("1 answer is gone" if gone == 1 else f"{count(gone)} answers are gone")
        self.load()

    def _not_emptied(self, text: str) -> None:
        self.empty.set_busy(False)
        self._fail(text)


def told(state: CacheState) -> str:
    """``38 answers, 1.2 MB, the oldest made 3 h ago: fast (30), smart (8).``"""
    if not state.entries or state.oldest is None:
        return _OFF
    answers = "1 answer" if state.entries == 1 else f"{count(state.entries)} answers"
    models = [f"{model} ({count(entries)})" for model, entries, _ in state.models[:MOST_MODELS]]
    more = len(state.models) - len(models)
    if more:
        models.append("1 more model" if more == 1 else f"{more} more models")
    return f"{answers}, {size(state.size)}, the oldest made {ago(state.oldest)}: {', '.join(models)}."
