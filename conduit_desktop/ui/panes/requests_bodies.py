"""The inspector's Request and Response tabs: heads and bodies as they were. Rendering happens on worker threads."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSizePolicy, QStackedLayout, QWidget

from conduit_desktop.records import Message
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.panes import requests_events as events
from conduit_desktop.ui.panes import requests_render as render
from conduit_desktop.ui.panes.requests_page import Inspected, Missing, Page
from conduit_desktop.ui.panes.requests_render import Shown
from conduit_desktop.ui.panes.requests_words import in_flight
from conduit_desktop.ui.shown import size
from conduit_desktop.ui.widgets.code import CodeView
from conduit_desktop.ui.widgets.copying import CopyButton
from conduit_desktop.ui.widgets.flow import Apart, flow
from conduit_desktop.ui.widgets.inputs import Segmented
from conduit_desktop.ui.widgets.layout import column, row
from conduit_desktop.ui.widgets.text import ElidedLabel, Label


def shown(message: Message, part: str) -> Shown:
    """One part of a message for the screen: ``answer``, ``body`` or ``head``."""
    if part == "head":
        text = render.head_of(message)
        return Shown(text, "http", whole=text)
    if part == "answer":
        text = events.answer_text(events.answers_of(message))
        if text:
            return Shown(text[: render.MOST_SHOWN], "text", _cut(text), text)
        return Shown("", note="No text and no tool calls could be read from this answer. Its body is as it came.")
    return render.body_of(message)


def _cut(text: str) -> str:
    return f"The beginning of {size(len(text))}. Copy gives all of it." if len(text) > render.MOST_SHOWN else ""


class _Bodies(Page):
    """``sides`` are whose message it is, ``parts`` what of it can be shown."""

    sides: tuple[tuple[str, str], ...] = ()
    parts: tuple[tuple[str, str], ...] = (("body", "Body"), ("head", "Headers"))

    def __init__(self, service: GatewayService, bridge: Bridge) -> None:
        super().__init__(service, bridge)
        self._inspected: Inspected | None = None
        self._for: tuple[str, str, str] | None = None
        self.code = CodeView(self.title, wrap=True)
        self.missing = Missing(bridge)
        self.note = Label("", "small", wrap=True)
        self.measure = ElidedLabel("", "small")
        self.measure.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.measure.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.copy = CopyButton(self._whole, f"Copy the {self.title.lower()}")
        self._copied = ""
        self.side: Segmented | None = None
        if self.sides:
            self.side = Segmented(self.sides, name=f"Whose {self.title.lower()}")
            self.side.changed.connect(self._again)
        self.part = Segmented(self.parts, name=f"Part of the {self.title.lower()}")
        self.part.changed.connect(self._again)
        chosen, beside = flow(*filter(None, (self.side, self.part)), line_gap=4), QWidget()
        beside.setLayout(row(self.measure, self.copy, gap=8))
        bar = Apart(chosen, beside)
        there = QWidget()
        there.setLayout(column(bar, self.note, self.code, gap=8))
        self._stack = QStackedLayout()
        self.body.addLayout(self._stack)  # before it has widgets: the first one added is shown at once
        self._stack.addWidget(self.missing)
        self._stack.addWidget(there)

    def present(self, inspected: Inspected) -> None:
        if not inspected.fetched and not in_flight(inspected.exchange):
            return  # a moment later it is, and what is shown till then need not flicker
        self._inspected = inspected
        message = self._message(inspected)
        self._stack.setCurrentIndex(0 if message is None else 1)
        if message is None:
            self._for = None
            self.missing.explain(inspected)
            return
        key = (inspected.exchange.id, self.side.value if self.side else "", self.part.value)
        if key == self._for:
            return
        self._for = key
        self.measure.set_full_text(size(len(message.body)))
        work = self.service.run(shown, message, self.part.value)
        self.bridge.run(work, partial(self._put, key), partial(self._fail, key), owner=self, slot="render")

    def _message(self, inspected: Inspected) -> Message | None:
        raise NotImplementedError

    def _again(self, _key: str) -> None:
        if self._inspected is not None:
            self.present(self._inspected)

    def _put(self, key: tuple[str, str, str], found: Shown) -> None:
        if key != self._for:
            return
        self._copied = found.whole or found.text
        self.note.setText(found.note)
        self.note.setVisible(bool(found.note))
        self.code.setVisible(bool(found.text))
        self.code.set_code(found.text, found.language)

    def _fail(self, key: tuple[str, str, str], text: str) -> None:
        self._put(key, Shown("", note=text))

    def _whole(self) -> str:
        return self._copied


class RequestPage(_Bodies):
    """What the client asked, and what the provider was asked instead."""

    title = "Request"
    sides = (("client", "Client"), ("upstream", "Upstream"))

    def _message(self, inspected: Inspected) -> Message | None:
        capture = inspected.capture
        assert self.side is not None
        if capture is None:
            return None
        self.side.setVisible(capture.upstream_request is not None)
        if capture.upstream_request is not None and self.side.value == "upstream":
            return capture.upstream_request
        return capture.request


class ResponsePage(_Bodies):
    """What came back: put together, and as it was."""

    title = "Response"
    parts = (("answer", "Answer"), ("body", "Body"), ("head", "Headers"))

    def _message(self, inspected: Inspected) -> Message | None:
        return inspected.capture.response if inspected.capture is not None else None
