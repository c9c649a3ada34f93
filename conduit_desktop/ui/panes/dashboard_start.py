"""Get started: a checklist from nothing to the first request, which ticks itself off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from conduit_desktop.ui.panes.dashboard_step import StepLine
from conduit_desktop.ui.panes.dashboard_steps import Facts, steps
from conduit_desktop.ui.panes.providers_found import Find
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets.buttons import Button, IconButton
from conduit_desktop.ui.widgets.layout import column, panel, row, rule
from conduit_desktop.ui.widgets.progress import Spinner
from conduit_desktop.ui.widgets.status import Icon
from conduit_desktop.ui.widgets.text import ElidedLabel, Label


class StartCard(QFrame):
    """Signals: ``pane_wanted(key, argument)``, ``find_wanted(Find)``, ``demo_wanted()``, ``look_wanted()`` for another
    look at this machine, ``dismissed()``."""

    pane_wanted = Signal(str, object)
    find_wanted = Signal(object)
    demo_wanted = Signal()
    look_wanted = Signal()
    dismissed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("surface", "card")
        self.setObjectName("get-started")
        self._finds: list[Find] | None = None
        self.add_buttons: dict[str, Button] = {}
        self._title = Label("Get started", "heading")
        self._sub = Label("", "muted", wrap=True)
        close = IconButton("close", "Hide Get started", small=True)
        close.clicked.connect(self.dismissed)
        self.demo = self._button("Use the Demo model", "spark", self.demo_wanted)
        self.provider = self._button("Add provider", "plus", pane=("providers", "new"))
        self.model = self._button("Add model", "plus", pane=("models", "new"))
        self.key = self._button("New key", "plus", pane=("keys", "new"))
        self.tool = self._button("Connect a tool", "connect", pane=("connect", None))
        self.chat = self._button("Open Chat", "chat", pane=("chat", None))
        self.lines = (
            StepLine(1, self.demo, self.provider),
            StepLine(2, self.model),
            StepLine(3, self.key),
            StepLine(4, self.tool, self.chat),
        )
        self._found = QVBoxLayout()
        self._found.setSpacing(0)
        self._well = panel(column(self._found, gap=0, margins=(12, 2, 8, 2)), "well")
        self._place = QWidget()
        self._place.setLayout(column(self._well, gap=0, margins=(0, SPACE.s, 0, 0)))
        self.lines[0].below.addWidget(self._place)
        head = row(gap=SPACE.m)
        head.addLayout(column(self._title, self._sub, gap=3), 1)
        head.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        box = column(head, 6, gap=0, margins=(20, 16, 16, 8))
        for at, line in enumerate(self.lines):
            if at:
                box.addWidget(rule())
            box.addWidget(line)
        self.setLayout(box)
        self.show_finds(None)

    def _button(self, text: str, icon: str, act: Any = None, *, pane: tuple[str, object] | None = None) -> Button:
        button = Button(text, icon=icon)
        if act is not None:
            button.clicked.connect(act)
        if pane is not None:
            button.clicked.connect(lambda: self.pane_wanted.emit(*pane))
        return button

    # ---- what it shows

    def show_facts(self, known: Facts) -> None:
        """Tick off what is done; the first open step is the next one."""
        listed = steps(known)
        left = [step.key for step in listed if not step.done]
        following = "request" if known.models and not known.asked else left[0] if left else ""
        for line, step in zip(self.lines, listed, strict=True):
            line.show_step(step, following=step.key == following)
        self._title.setText("You are set" if not left else "Get started")
        done = f"{len(listed) - len(left)} of {len(listed)} done"
        words = "One address for all your tools, your own keys, every request seen and priced."
        self._sub.setText(
            "Everything is in place. Close this card; the figures below follow every request."
            if not left
            else f"{done}. The Demo model answers without a key; add a real provider when you have one."
            if known.only_demo
            else f"{done}."
            if len(left) < len(listed)
            else words
        )
        self._arm(known, following)

    def _arm(self, known: Facts, following: str) -> None:
        """Show the buttons that help now; the next step's last one is the primary."""
        primary = {"source": self.provider, "model": self.model, "key": self.key, "request": self.chat}.get(following)
        shown = {
            self.demo: not known.providers,
            self.provider: not known.providers or known.only_demo,
            self.model: bool(known.providers) and not known.models,
            self.key: bool(known.models) and not known.tool_keys,
            self.tool: bool(known.models) and not known.asked,
            self.chat: bool(known.models) and not known.asked,
        }
        for button, wanted in shown.items():
            button.set_kind("primary" if button is primary else "secondary")
            button.setVisible(wanted)
        self._place.setVisible(not known.providers)

    def show_finds(self, found: Sequence[Find] | None) -> None:
        """What was found on this machine; None while it is being looked for."""
        if self._finds is not None and found is not None and list(found) == self._finds:
            return
        self._finds = None if found is None else list(found)
        while (item := self._found.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self.add_buttons.clear()
        if found is None:
            self._found.addWidget(_line(Spinner(16, "Looking"), Label("Looking for model servers that run…", "small")))
            return
        for at, find in enumerate(found):
            if at:
                self._found.addWidget(rule())
            self._found.addWidget(self._find(find))
        if not found:
            again = Button("Look again", "ghost", icon="refresh", small=True)
            again.clicked.connect(self.look_wanted)
            text = "No model server runs on this machine, and the environment holds no provider's key."
            self._found.addWidget(_line(Icon("search", "text-faint"), Label(text, "small", wrap=True), again))

    def _find(self, find: Find) -> QWidget:
        add = Button("Add", icon="plus", small=True, name=f"Add {find.title}")
        add.clicked.connect(lambda: self.find_wanted.emit(find))
        self.add_buttons[find.key] = add
        words = QWidget()
        words.setLayout(column(ElidedLabel(find.title, "medium"), ElidedLabel(find.text, "small"), gap=0))
        return _line(Icon(find.mark, "accent-text", 18), words, add)

    def focus_next(self) -> None:
        """Put the keyboard on the button of the next step."""
        primary = next((button for line in self.lines for button in line.buttons if button.kind == "primary"), None)
        if primary is not None:
            primary.setFocus()

    def set_busy(self, busy: bool) -> None:
        """While something is being added nothing else can be."""
        for button in (self.demo, self.provider, *self.add_buttons.values()):
            button.setEnabled(not busy)


def _line(icon: QWidget, words: QWidget, *rest: QWidget) -> QWidget:
    line = QWidget()
    box = row(icon, gap=SPACE.m, margins=(0, 6, 0, 6))
    box.addWidget(words, 1)
    for part in rest:
        box.addWidget(part)
    line.setLayout(box)
    return line
