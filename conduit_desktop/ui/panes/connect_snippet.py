"""The snippets: a list to choose from, the code with its key masked, copying with the real one."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from conduit_desktop.runtime.examples import EXAMPLES, Example, render
from conduit_desktop.ui import theme
from conduit_desktop.ui.panes.connect_list import ExampleList
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets import memory
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.code import CodeView
from conduit_desktop.ui.widgets.copying import FEEDBACK, REVEAL, copy
from conduit_desktop.ui.widgets.flow import Apart
from conduit_desktop.ui.widgets.inputs import Switch
from conduit_desktop.ui.widgets.layout import column, row
from conduit_desktop.ui.widgets.status import SEVERITY_ICONS, Icon, tone_of
from conduit_desktop.ui.widgets.text import Label, Notice

Run = Callable[[Awaitable[str], Callable[[str], None]], object]
_REMEMBERED = "connect/example"
_WORDS_AT_LEAST = 200
_BY_KEY = {example.key: example for example in EXAMPLES}


class FittedCode(CodeView):
    """As high as its lines, if there is room for them; ``whole``: also if there is none, where the page scrolls."""

    def __init__(self, name: str, *, whole: bool = False) -> None:
        self._whole = whole
        super().__init__(name, numbers=False)
        if whole:
            self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def set_code(self, text: str, language: str = "text") -> None:
        super().set_code(text, language)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        height, block = 0.0, self.document().begin()
        while block.isValid():
            height += self.blockBoundingRect(block).height()
            block = block.next()
        around = self.document().documentMargin() + 2 * self.frameWidth() + 2  # the last block has a margin already
        self.setMaximumHeight(math.ceil(height + around))
        if self._whole:
            self.setMinimumHeight(self.maximumHeight())


class StatusLine(QWidget):
    """An icon, a sentence and a button; nothing until there is something to say. Signal: ``acted()``."""

    acted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._button = Button("Show request", small=True)
        self._button.clicked.connect(self.acted)
        self._icon = Icon("info")
        self._text = Notice("", "body", wrap=True, selectable=True)
        box = row(self._icon, self._text, self._button)
        box.setStretch(1, 1)
        box.setAlignment(self._icon, Qt.AlignmentFlag.AlignTop)
        box.setAlignment(self._button, Qt.AlignmentFlag.AlignTop)
        self.setLayout(box)
        self.hide()

    @property
    def text(self) -> str:
        return self._text.text()

    def say(self, text: str, severity: str = "info", *, button: bool = False) -> None:
        self._icon.set_icon(SEVERITY_ICONS[severity], tone_of(severity))
        self._text.setText(text)
        self._button.setVisible(button)
        self.setVisible(bool(text))


class Snippet(QWidget):
    """``fetch`` gives the text of the key; it is asked for at each copy and reveal, and not kept longer than shown.

    Signals: ``try_wanted()``, ``picked(key)`` when another example is shown.
    """

    try_wanted = Signal()
    picked = Signal(str)

    def __init__(self, run: Run) -> None:
        super().__init__()
        self._run = run
        self._templates: Mapping[str, str] = {}
        self._identity = ""
        self._values = {"base_url": "", "model": "", "key": ""}
        self._fetch: Callable[[], Awaitable[str]] | None = None
        self.list = ExampleList(EXAMPLES, memory.read_text(_REMEMBERED))
        self.list.picked.connect(self._pick)
        self._what = Label("", "muted", wrap=True)
        self.code = FittedCode("Snippet")
        self.outcome = StatusLine()
        self.copy_button = Button("Copy", "primary", icon="copy", name="Copy the snippet with the real key")
        self.copy_button.clicked.connect(self.copy)
        self.try_button = Button("Try it", icon="play")
        self.try_button.setToolTip("Ask for a greeting from here, through the gateway, with this key and model")
        self.try_button.clicked.connect(self.try_wanted)
        self.reveal = Switch("Show the key")
        self.reveal.setToolTip("Hidden again after 20 seconds. Copying always copies the real key.")
        self.reveal.toggled.connect(self._reveal)
        pressed = QWidget()
        pressed.setLayout(row(self.try_button, self.copy_button))
        self._acts = Apart(self.reveal, pressed, gap=SPACE.m)
        self._head = row(self._what, self._acts)
        self._head.setStretch(0, 1)
        box = column(self._head, gap=10)
        box.addWidget(self.code, 1)
        box.addWidget(self.outcome)
        box.addStretch(0)
        both = row(self.list, gap=20)
        both.addLayout(box, 1)
        self.setLayout(both)
        self._cover = self._timer(REVEAL, self.cover)
        self._uncopied = self._timer(FEEDBACK, self._restore_copy)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """What it is for stands above the buttons where it has no room beside them."""
        super().resizeEvent(event)
        beside = self.width() - self.list.width() - self._acts.sizeHint().width() >= theme.current().px(_WORDS_AT_LEAST)
        ways = QBoxLayout.Direction
        self._head.setDirection(ways.LeftToRight if beside else ways.TopToBottom)

    def _timer(self, after: int, act: Callable[[], None]) -> QTimer:
        made = QTimer(self)
        made.setSingleShot(True)
        made.setInterval(after)
        made.timeout.connect(act)
        return made

    @property
    def example(self) -> Example:
        return _BY_KEY[self.list.chosen]

    def set_templates(self, templates: Mapping[str, str]) -> None:
        self._templates = templates

    def set_target(
        self, identity: str, base_url: str, model: str, shown: str, fetch: Callable[[], Awaitable[str]] | None
    ) -> None:
        """What the snippets are for. ``identity`` tells keys apart; ``shown`` stands for the key on screen, and is
        copied too where there is no ``fetch``. The same as before leaves a revealed key revealed."""
        values = {"base_url": base_url, "model": model, "key": shown}
        same = (identity, values, fetch is None) == (self._identity, self._values, self._fetch is None)
        self._identity, self._values, self._fetch = identity, values, fetch
        if not same or not self.code.code:
            self.reveal.setVisible(fetch is not None)
            self.cover()
            self.outcome.say("")

    def cover(self) -> None:
        """Mask the key."""
        self._cover.stop()
        if self.reveal.isChecked():
            self.reveal.setChecked(False)  # comes back here
        else:
            self._show(self._values["key"])

    def copy(self) -> None:
        """Put the snippet on the clipboard, with the real key."""
        self._with_key(self._copy)

    def _with_key(self, act: Callable[[str], None]) -> None:
        if self._fetch is None:
            act(self._values["key"])
        else:
            self._run(self._fetch(), act)

    def _render(self, key: str) -> str:
        return render(self.example, self._templates[self.example.key], {**self._values, "key": key})

    def _show(self, key: str) -> None:
        if self._templates:
            self._what.setText(self.example.what)
            self.code.set_code(self._render(key).rstrip("\n"), self.example.language)

    def _copy(self, key: str) -> None:
        copy(self._render(key))
        self.copy_button.setText("Copied")
        self.copy_button.set_glyph("check")
        self._uncopied.start()

    def _restore_copy(self) -> None:
        self.copy_button.setText("Copy")
        self.copy_button.set_glyph("copy")

    def _reveal(self, on: bool) -> None:
        if on:
            self._with_key(self._revealed)
        else:
            self.cover()

    def _revealed(self, key: str) -> None:
        if self.reveal.isChecked():
            self._show(key)
            self._cover.start()

    def _pick(self, key: str) -> None:
        memory.write(_REMEMBERED, key)
        self.picked.emit(key)
        if self.reveal.isChecked():
            self._with_key(self._revealed)
        else:
            self.cover()
