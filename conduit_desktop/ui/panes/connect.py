"""Connect: address, key and model for any tool, and ready snippets with the real ones in them."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QStackedWidget

from conduit_desktop.bus import GatewayChanged
from conduit_desktop.records import ExchangeFilter
from conduit_desktop.runtime import examples
from conduit_desktop.runtime.client import ChatClient
from conduit_desktop.runtime.keys import KeyView
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.panes import connect_words as words
from conduit_desktop.ui.panes.base import Pane
from conduit_desktop.ui.panes.connect_facts import Facts
from conduit_desktop.ui.panes.connect_snippet import Snippet
from conduit_desktop.ui.panes.connect_target import ConnectTarget
from conduit_desktop.ui.panes.connect_try import Tried, attempt
from conduit_desktop.ui.panes.keys_words import made_by_app
from conduit_desktop.ui.turns import in_turns
from conduit_desktop.ui.widgets import memory
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.copying import MASK
from conduit_desktop.ui.widgets.layout import Upright, column, scrolled
from conduit_desktop.ui.widgets.palette import Command
from conduit_desktop.ui.widgets.states import Banner, EmptyState, LoadingState

_KEY, _MODEL = "connect/key", "connect/model"


class ConnectPane(Pane[GatewayService]):
    """A key and a model are chosen above; everything below follows them, and the gateway's address."""

    title = "Connect"

    def __init__(self, service: GatewayService, bridge: Bridge, parent: Any = None) -> None:
        super().__init__(service, bridge, parent)
        self._ready = False
        self._views: list[KeyView] = []
        self._aliases: list[str] = []
        self._port = 0
        self._key_id = memory.read_text(_KEY)
        self._model = self._asked = memory.read_text(_MODEL)
        self._fresh: dict[str, str] = {}  # texts that are kept nowhere, of keys made while the window is open
        self._client = ChatClient()
        self._tried: Tried | None = None
        self._remark: words.Remark | None = None
        run: Any = partial(bridge.run, on_error=self._not_revealed, owner=self)
        self.facts = Facts(run)
        self.facts.key_picked.connect(self._pick_key)
        self.facts.model_picked.connect(self._pick_model)
        self.snippet = Snippet(run)
        self.snippet.try_wanted.connect(self._try)
        self.snippet.picked.connect(self._show_address)
        self.snippet.outcome.acted.connect(self._show_request)
        self.banner = Banner("info", "")
        self.banner.acted.connect(self._act)
        self._new = Button("New key", icon="plus")
        self._new.clicked.connect(self._new_key)
        self.add_action(self._new)
        self._build()
        bridge.configuration_changed.connect(self._changed)
        bridge.gateway_changed.connect(self._gateway_changed)

    def _build(self) -> None:
        """What the pane is, or what stands in its place."""
        inner = Upright()
        box = column(self.banner, self.facts, gap=16)
        box.addWidget(self.snippet, 1)
        inner.setLayout(box)
        self._content = scrolled(inner)
        self.empty = EmptyState(
            "connect",
            "Connect a tool",
            "A tool needs an address, a model and a key of its own. Make a key, and everything to paste stands here.",
            "New key",
        )
        self.empty.acted.connect(self._new_key)
        self.failed = EmptyState("error", "This could not be loaded", "", "Try again", tone="danger")
        self.failed.acted.connect(self.load)
        self._stack = QStackedWidget()
        for part in (LoadingState(), self._content, self.empty, self.failed):
            self._stack.addWidget(part)
        self.body.addWidget(self._stack, 1)

    # ---- what is shown

    async def refresh(self) -> None:
        if not self._ready:
            self.snippet.set_templates(await self.service.run(examples.templates))
        self._port = (await self.service.settings())["port"]
        self._aliases = [model.alias for model in await self.service.configuring.models() if model.enabled]
        views = await self.service.configuring.keys()
        self._views = [view for view in views if not made_by_app(view.key)]
        self._ready = True
        await in_turns((self._show,), (self.snippet,))

    def show_failure(self, text: str) -> None:
        self.failed.set_state("error", "This could not be loaded", text, "Try again", tone="danger")
        self._stack.setCurrentWidget(self.failed)

    def focus_default(self) -> None:
        if self._stack.currentWidget() is self.empty:
            self.empty.button.setFocus()
        else:
            self.facts.keys.setFocus()

    def commands(self) -> Sequence[Command]:
        if self._stack.currentWidget() is not self._content:
            return ()
        title = f"Copy the {self.snippet.example.title} snippet"
        return (Command(title, self.snippet.copy, "copy", "Connect"),)

    def open_with(self, argument: object) -> None:
        """A ConnectTarget, or the id of a key."""
        target = argument if isinstance(argument, ConnectTarget) else ConnectTarget(str(argument))
        if target.text:
            self._fresh[target.key_id] = target.text
        self._pick_key(target.key_id)
        self.load()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.snippet.cover()
        self.facts.cover()

    @property
    def view(self) -> KeyView | None:
        """The chosen key: the remembered one, else the first that works."""
        chosen = next((view for view in self._views if view.key.id == self._key_id), None)
        if chosen is not None or not self._views:
            return chosen
        now = time.time()
        return min(self._views, key=lambda view: words.of_key(view, now, view.key.secret_ref is not None) is not None)

    def _show(self) -> None:
        view = self.view
        self._new.setVisible(view is not None)  # without keys, the empty state has the button
        if view is None:
            self._stack.setCurrentWidget(self.empty)
            return
        usable = examples.usable_models(view.key, self._aliases)
        model = self._model if self._model in usable else usable[0] if usable else "MODEL"
        self._asked = model
        address = words.address(self.service.status, self._port)
        fetch = self._fetcher(view)
        shown = f"{examples.PREFIX}{MASK}{view.key.last4}" if fetch is not None else examples.PLACEHOLDER
        self.facts.show_target(words.key_choices(self._views, time.time()), view.key, usable, model, fetch)
        self._show_address()
        self.snippet.set_target(view.key.digest, address, model, shown, fetch)
        self._say(view, usable, fetch is not None)
        self._stack.setCurrentWidget(self._content)

    def _show_address(self) -> None:
        example = self.snippet.example
        self.facts.show_address(f"{words.address(self.service.status, self._port)}{example.path}", example.api)

    def _fetcher(self, view: KeyView) -> Callable[[], Awaitable[str]] | None:
        """What gives the key's text, None when nobody knows it any more."""
        if view.key.secret_ref is not None:
            return partial(self.service.configuring.reveal_key, view.key)
        text = self._fresh.get(view.key.id, "")
        return partial(_already, text) if text and text[-4:] == view.key.last4 else None

    def _say(self, view: KeyView, usable: Sequence[str], known: bool) -> None:
        status = self.service.status
        grave = words.of_gateway(status)
        remarks = [
            remark
            for remark in (grave, words.of_key(view, time.time(), known), words.of_models(view, usable))
            if remark is not None
        ]
        order = {"error": 0, "warning": 1, "info": 2}
        self._remark = min(remarks, key=lambda remark: order[remark.severity], default=None)
        self.banner.setVisible(self._remark is not None)
        if self._remark is not None:
            self.banner.set_message(self._remark.severity, self._remark.text, self._remark.action)
        self.snippet.try_button.setEnabled(status.state == "running" and known and bool(usable))

    def _changed(self) -> None:
        if self._loaded:
            self.load()

    def _gateway_changed(self, _notice: GatewayChanged) -> None:
        if self._ready:
            self._show()

    # ---- what is done

    def _pick_key(self, key_id: str) -> None:
        self._key_id = key_id
        memory.write(_KEY, key_id)
        if self._ready:
            self._show()

    def _pick_model(self, model: str) -> None:
        self._model = model
        memory.write(_MODEL, model)
        self._show()

    def _not_revealed(self, text: str) -> None:
        self.bridge.tell(text, "error")
        self.snippet.cover()

    def _new_key(self) -> None:
        self.bridge.open_pane("keys", "new")

    def _try(self) -> None:
        view = self.view
        fetch = self._fetcher(view) if view is not None else None
        if fetch is None:
            return
        base_url, model = self.service.status.base_url, self._asked

        async def ask() -> Tried:
            return await attempt(self._client, base_url, await fetch(), model)

        self.snippet.try_button.set_busy(True)
        self.snippet.outcome.say(f"Asking {model} for a greeting…")
        self.bridge.run(ask(), self._tell_tried, self._tell_failed, owner=self, slot="try")

    def _tell_tried(self, tried: Tried) -> None:
        self._tried = tried
        self.snippet.try_button.set_busy(False)
        self.snippet.outcome.say(tried.text, "success" if tried.worked else "error", button=bool(tried.request_id))

    def _tell_failed(self, text: str) -> None:
        self._tell_tried(Tried(False, f"Failed. {text}"))

    def _show_request(self) -> None:
        if self._tried is not None:
            self.bridge.open_pane("requests", ExchangeFilter(text=self._tried.request_id))

    def _act(self) -> None:
        match self._remark.act if self._remark is not None else "":
            case "start":
                self.bridge.run(self.service.start(), owner=self, slot="start")
            case "key" if self.view is not None:
                self.bridge.open_pane("keys", self.view.key.id)
            case "new":
                self._new_key()
            case "model":
                self.bridge.open_pane("models", "new")


async def _already(text: str) -> str:
    return text
