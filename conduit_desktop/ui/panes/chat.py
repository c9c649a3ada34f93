"""Chat: talk to any model through the gateway, and see what each answer took and cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QStackedWidget, QWidget

from conduit_desktop import money
from conduit_desktop.records import Model, Provider
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui import theme
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.dialogs.confirm import confirm
from conduit_desktop.ui.panes.base import Pane
from conduit_desktop.ui.panes.chat_composer import Composer
from conduit_desktop.ui.panes.chat_list import Transcript, centred
from conduit_desktop.ui.panes.chat_options import ModelPicker, OptionsPanel
from conduit_desktop.ui.panes.chat_session import ChatSession
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets import memory
from conduit_desktop.ui.widgets.buttons import Button, IconButton
from conduit_desktop.ui.widgets.copying import copy
from conduit_desktop.ui.widgets.layout import column, row, rule
from conduit_desktop.ui.widgets.palette import Command
from conduit_desktop.ui.widgets.states import Banner, EmptyState

_OPTIONS = "chat/options"
_ROOM = 640  # pixels of width that title, sum and actions need side by side
_GATEWAY = {
    "stopped": ("info", "The gateway is stopped: nothing can be asked until it runs.", "Start the gateway"),
    "failed": ("error", "The gateway could not start.", "Start the gateway"),
    "starting": ("info", "The gateway is starting…", ""),
    "draining": ("warning", "The gateway is stopping; what is being answered comes to its end.", ""),
}


class ChatPane(Pane[GatewayService]):
    """The conversation in the middle, what is sent along at the right."""

    title = "Chat"
    margins = (0, 0, 0, 0)

    def __init__(self, service: GatewayService, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(service, bridge, parent)
        self._models: list[Model] = []
        self._providers: dict[str, Provider] = {}
        self.picker = ModelPicker()
        self.options = OptionsPanel()
        self.composer = Composer()
        self.transcript = Transcript()
        self.session = ChatSession(service, bridge, self.transcript)
        self.banner = Banner("info", "")
        self.empty = EmptyState("chat", "", "")
        self._stack = QStackedWidget()
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.transcript)
        self._build()
        self._connect()
        self._show_options(memory.read_flag(_OPTIONS, False))
        self._show_gateway()

    def _build(self) -> None:
        self.new_button = Button("New chat", icon="plus")
        self._options_button = IconButton("settings", "Show or hide the options", kind="secondary")
        self._options_button.setCheckable(True)
        for part in (self.picker, self._options_button, self.new_button):
            self.add_action(part)
        foot = column(centred(self.composer, above=SPACE.s, below=SPACE.m))
        self.transcript.widened.connect(lambda bar: foot.setContentsMargins(0, 0, bar, 0))
        talk = column(self.banner, gap=0)
        talk.addWidget(self._stack, 1)
        talk.addLayout(foot)
        line = rule(vertical=True)
        self._side = QWidget()
        self._side.setLayout(row(line, self.options, gap=0))
        box = row(gap=0)
        box.addLayout(talk, 1)
        box.addWidget(self._side)
        self.body.addWidget(rule())
        self.body.addLayout(box, 1)
        self.body.setSpacing(0)

    def _connect(self) -> None:
        self.new_button.clicked.connect(self.new_chat)
        self._options_button.toggled.connect(self._show_options)
        self.picker.chosen.connect(self._show_state)
        self.empty.acted.connect(self.add_demo)
        self.banner.acted.connect(self._start)
        self.composer.sent.connect(self.send)
        self.composer.stop_wanted.connect(self.session.stop)
        self.composer.recall_wanted.connect(self.edit_last)
        self.session.busy_changed.connect(self.composer.set_busy)
        self.session.changed.connect(self._show_state)
        self.session.edit_wanted.connect(self.edit_last)
        self.session.again_wanted.connect(self.regenerate)
        self.session.open_wanted.connect(self._open_request)
        self.session.followed.connect(self._follow)
        self.bridge.configuration_changed.connect(self._configured)
        self.bridge.gateway_changed.connect(self._show_gateway)
        new = QShortcut(QKeySequence("Ctrl+N"), self)
        new.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        new.activated.connect(self.new_chat)

    async def refresh(self) -> None:
        self._models = [model for model in await self.service.configuring.models() if model.enabled]
        self._providers = {provider.id: provider for provider in await self.service.configuring.providers()}
        self.picker.set_models([model.alias for model in self._models])
        self._show_state()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_state()

    def focus_default(self) -> None:
        self.composer.field.setFocus()

    def commands(self) -> Sequence[Command]:
        found = [Command("New chat", self.new_chat, "plus", "Chat", "Ctrl+N")]
        if self.session.busy:
            found.append(Command("Stop the answer", self.session.stop, "stop", "Chat", "Esc"))
        if self.session.turns:
            found.append(Command("Ask again (regenerate)", self.regenerate, "refresh", "Chat"))
            found.append(Command("Edit the last question", self.edit_last, "edit", "Chat"))
        if any(answer.text for answer in self.session.answers):
            found.append(Command("Copy the last answer", self._copy_last, "copy", "Chat"))
        found.append(Command("Show or hide the options", self._options_button.toggle, "settings", "Chat"))
        return found

    def open_with(self, argument: object) -> None:
        """``new`` begins a new chat; any other word is the model to talk to."""
        if argument == "new":
            self.new_chat()
        elif isinstance(argument, str):
            self.picker.choose(argument)

    # ---- talking

    def send(self, text: str) -> None:
        """Ask ``text``, in place of the last question when that is being edited."""
        if (wanted := self._ready()) is None:
            return
        editing = self.composer.editing
        self.composer.clear()
        if editing:
            self.session.take_back()
        self.session.ask(text, *wanted)

    def regenerate(self) -> None:
        if (wanted := self._ready()) is not None:
            self.session.again(*wanted)

    def edit_last(self) -> None:
        if self.session.turns and not self.session.busy:
            self.composer.edit(self.session.turns[-1].question)

    def new_chat(self) -> None:
        self.session.clear()
        self.composer.clear()
        self.composer.field.setFocus()

    def _ready(self) -> tuple[str, Any, str] | None:
        """Model, options and the name of the token bound, when a question can go out; else says what is missing."""
        model = self.picker.value
        if not model:
            self.picker.setFocus()
            return None
        if self.service.status.state != "running":
            self.banner.button.setFocus()
            return None
        options = self.options.options()
        if options is None:
            self._options_button.setChecked(True)
            self.bridge.tell("Correct the options at the right first.", "warning")
            return None
        return model, options, self._bound(model)

    def _bound(self, alias: str) -> str:
        """OpenAI's newer models take only the newer name for the most tokens; others may know only the older."""
        model = next((model for model in self._models if model.alias == alias), None)
        if model is not None:
            used = {part.provider_id for part in model.deployments}
        else:
            name = alias.partition("/")[0]
            used = {provider.id for provider in self._providers.values() if provider.name == name}
        kinds = {self._providers[each].kind for each in used if each in self._providers}
        return "max_completion_tokens" if kinds == {"openai"} else "max_tokens"

    # ---- what is shown

    def _show_state(self, _model: str = "") -> None:
        talking = bool(self.session.turns)
        self._stack.setCurrentWidget(self.transcript if talking else self.empty)
        model = self.picker.value
        self.composer.set_target(model)
        if not self._models and not model:
            self.empty.set_state(
                "chat",
                "No model to talk to yet",
                "The Demo model is built in: it needs no key and no network, and nothing is billed.",
                "Add the Demo model",
            )
        else:
            self.empty.set_state(
                "chat",
                f"Talk to {model}" if model else "Choose a model",
                "Each answer shows its time to first token, speed, tokens and cost, and appears under Requests.",
            )
        if not talking:
            self.transcript.widened.emit(0)
        self.set_subtitle(self._sum() if self.width() > theme.current().px(_ROOM) else "")

    def _sum(self) -> str:
        answers = [answer for answer in self.session.answers if answer.exchange is not None]
        costs = [answer.exchange.cost for answer in answers if answer.exchange is not None]
        known = sum(cost for cost in costs if cost is not None)
        unpriced = costs.count(None)
        if not answers:
            return ""
        words = f"{len(answers)} answer{'' if len(answers) == 1 else 's'} · {money.show(known)}"
        return f"{words}, {unpriced} unpriced" if unpriced else words

    def _show_gateway(self, _notice: object = None) -> None:
        status = self.service.status
        severity, text, action = _GATEWAY.get(status.state, ("info", "", ""))
        if status.state == "failed" and status.detail:
            text = status.detail
        self.banner.set_message(severity, text, action)
        self.banner.setVisible(status.state != "running")

    def _show_options(self, shown: bool) -> None:
        self._side.setVisible(shown)
        self._options_button.setChecked(shown)
        memory.write(_OPTIONS, shown)

    def _configured(self) -> None:
        if self.isVisible() or self._models:
            self.load()

    # ---- what leads elsewhere

    def _start(self) -> None:
        self.bridge.run(self.service.start(), owner=self, name="start gateway")

    def add_demo(self) -> None:
        """The built-in provider and a model for it, so that there is somebody to talk to."""
        self.bridge.run(self._add_demo(), self._added, owner=self, slot="demo", name="add the Demo model")

    async def _add_demo(self) -> str:
        there = await self.service.configuring.providers()
        demo = next((provider for provider in there if provider.kind == "demo"), None)
        if demo is None:
            names = {provider.name for provider in there}
            free = next(name for name in ("demo", *(f"demo-{n}" for n in range(2, 1000))) if name not in names)
            demo = await self.service.configuring.add_provider(free, "demo")
        return (await self.service.configuring.add_deployment("demo", demo.id, "demo")).alias

    def _added(self, alias: str) -> None:
        self.bridge.tell("The Demo model is ready. Ask it anything.")
        self.picker.choose(alias)
        self.load()
        self.composer.field.setFocus()

    def _open_request(self, request_id: str) -> None:
        self.bridge.open_pane("requests", request_id)

    def _copy_last(self) -> None:
        copy(next(answer.text for answer in reversed(self.session.answers) if answer.text))
        self.bridge.tell("The answer is on the clipboard.")

    def _follow(self, address: str) -> None:
        self.bridge.run(self._ask_and_open(address), owner=self, name="open link")

    async def _ask_and_open(self, address: str) -> None:
        if await confirm(self.window(), "Open this page in your browser?", address, "Open", danger=False):
            QDesktopServices.openUrl(QUrl(address))
