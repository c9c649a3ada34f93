"""A tool for a key that was made just now: the snippet with key and address in it, and the first request seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QSizePolicy, QWidget

from conduit_desktop.records import Exchange
from conduit_desktop.runtime.examples import EXAMPLES, Example, render
from conduit_desktop.ui.panes.connect_snippet import FittedCode
from conduit_desktop.ui.panes.requests_words import status_text
from conduit_desktop.ui.shown import duration
from conduit_desktop.ui.widgets import memory
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.copying import FEEDBACK, copy
from conduit_desktop.ui.widgets.inputs import Choice
from conduit_desktop.ui.widgets.layout import column, row
from conduit_desktop.ui.widgets.progress import Spinner
from conduit_desktop.ui.widgets.status import Icon
from conduit_desktop.ui.widgets.text import Label

_REMEMBERED = "connect/example"  # the same tool as in the Connect pane
_BY_KEY = {example.key: example for example in EXAMPLES}


class SnippetHere(QWidget):
    """Choose a tool and a model; below stands what to paste. The key is in it, in the clear: it stands above too.
    Signal: ``copied()``."""

    copied = Signal()

    def __init__(self, key: str) -> None:
        super().__init__()
        self._values = {"base_url": "", "model": "", "key": key}
        self._templates: Mapping[str, str] = {}
        choices = [(example.key, example.title) for example in EXAMPLES]
        self.tool = Choice(choices, name="Tool", value=memory.read_text(_REMEMBERED, EXAMPLES[0].key))
        self.model = Choice(name="Model")
        for choice in (self.tool, self.model):
            choice.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            choice.setSizeAdjustPolicy(Choice.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.tool.picked.connect(self._pick)
        self.model.picked.connect(self._show)
        self._what = Label("", "small", wrap=True)
        self.code = FittedCode("Snippet", whole=True)
        self.copy_button = Button("Copy snippet", icon="copy")
        self.copy_button.clicked.connect(self._copy)
        self._back = QTimer(self)
        self._back.setSingleShot(True)
        self._back.setInterval(FEEDBACK)
        self._back.timeout.connect(self._restore)
        picks = row(self.tool, self.model, self.copy_button)
        picks.setStretch(0, 1)
        picks.setStretch(1, 1)
        self.setLayout(column(picks, self._what, self.code, gap=8))

    @property
    def example(self) -> Example:
        return _BY_KEY[self.tool.value]

    def show_target(self, templates: Mapping[str, str], base_url: str, models: Sequence[str]) -> None:
        """What the snippets are made of."""
        self._templates = templates
        self._values["base_url"] = base_url
        self.model.set_choices([(name, name) for name in models or ("MODEL",)])
        self._show()

    def _pick(self, key: str) -> None:
        memory.write(_REMEMBERED, key)
        self._show()

    def _show(self, _model: str = "") -> None:
        self._what.setText(self.example.what)
        self.code.set_code(self._text().rstrip("\n"), self.example.language)

    def _text(self) -> str:
        return render(self.example, self._templates[self.example.key], {**self._values, "model": self.model.value})

    def _copy(self) -> None:
        copy(self._text())
        self.copied.emit()
        self.copy_button.setText("Copied")
        self.copy_button.set_glyph("check")
        self._back.start()

    def _restore(self) -> None:
        self.copy_button.setText("Copy snippet")
        self.copy_button.set_glyph("copy")


class FirstRequest(QWidget):
    """Waits for the first request with the key and says what became of it. Signal: ``opened(id)`` of the request."""

    opened = Signal(str)
    start_wanted = Signal()

    def __init__(self, key_id: str) -> None:
        super().__init__()
        self._key_id = key_id
        self.exchange: Exchange | None = None
        self._spinner = Spinner(16, "Waiting for the first request")
        self._icon = Icon("success", "success")
        self._icon.hide()
        self._text = Label("Waiting for the first request…", "body", wrap=True)
        self.button = Button("Show request", small=True)
        self.button.clicked.connect(self._act)
        self.button.hide()
        box = row(self._spinner, self._icon, self._text, self.button, gap=10, margins=(12, 8, 8, 8))
        box.setStretch(2, 1)
        self.setLayout(box)
        self.setProperty("surface", "well")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)

    @property
    def text(self) -> str:
        return self._text.text()

    def set_running(self, running: bool) -> None:
        """Without the gateway, no request comes."""
        if self.exchange is not None:
            return
        self._spinner.setVisible(running)
        if running:
            self._say("Waiting for the first request…", "", "")
        else:
            self._say("The gateway is stopped: no tool reaches it.", "warning", "Start")

    def started(self, exchanges: Sequence[Exchange]) -> None:
        if self.exchange is None and any(each.key_id == self._key_id for each in exchanges):
            self._text.setText("The first request is being answered…")

    def finished(self, exchanges: Sequence[Exchange]) -> None:
        """Take the first of the key's; one that worked replaces one that failed."""
        for each in exchanges:
            if each.key_id == self._key_id and (self.exchange is None or (self.exchange.error_code and _worked(each))):
                self._take(each)

    def _take(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self._spinner.hide()
        worked = _worked(exchange)
        facts = [status_text(exchange), exchange.model, duration(exchange.total)]
        said = f"First request: {', '.join(fact for fact in facts if fact)}"
        if not worked and exchange.error:
            said = f"{said}. {exchange.error}"
        self._say(said, "success" if worked else "error", "Show request")

    def _say(self, text: str, severity: str, button: str) -> None:
        self._text.setText(text)
        self._icon.setVisible(bool(severity))
        if severity:
            self._icon.set_icon(severity, "danger" if severity == "error" else severity)
        self.button.setText(button)
        self.button.updateGeometry()
        self.button.setVisible(bool(button))

    def _act(self) -> None:
        if self.exchange is not None:
            self.opened.emit(self.exchange.id)
        else:
            self.start_wanted.emit()


def _worked(exchange: Any) -> bool:
    return bool(200 <= exchange.status < 400 and not exchange.error_code)
