"""One step of a stream, read as it grows.

What its type promises begins with the first delta that says anything, so that a step may begin with a part of itself
or with nothing. A step that only this dialect knows is told when it is whole.
"""

from __future__ import annotations

from typing import Any

from conduit_desktop.wire import events as e
from conduit_desktop.wire.dialects.base import Json
from conduit_desktop.wire.dialects.interactions.citations import read_citations
from conduit_desktop.wire.dialects.interactions.contents import read_media
from conduit_desktop.wire.dialects.interactions.signatures import SIGNED, unseal
from conduit_desktop.wire.dialects.interactions.steps import Signing
from conduit_desktop.wire.dialects.interactions.words import CONTENTS, NAME
from conduit_desktop.wire.dialects.reading import json_text
from conduit_desktop.wire.messages import Foreign, Media, Part, Text, Thinking, ToolCall
from conduit_desktop.wire.node import Node

_PLAIN = ("model_output", "thought", "function_call", "user_input", "")


class Numbers:
    """Numbers the parts of an answer, and knows which one a signature waits for."""

    def __init__(self) -> None:
        self.count = 0
        self.called = False
        self.answer = ""
        self._signing = Signing()

    def next(self) -> int:
        self.count += 1
        return self.count - 1

    def carried(self, step: Json, out: list[e.Event]) -> bool:
        """Whether a thought step only carries the signature of another part."""
        found = Signing.carried(step)
        if found is None:
            return False
        if found.place == "last" and self.count:
            out.append(e.Sealed(self.count - 1, found.signature))
        else:
            self._signing.held(step, [])
        return True

    def sign(self, part: Part) -> Part:
        return self._signing.sign(part)


class Growing:
    """Takes the deltas of one step."""

    def __init__(self, step: Json, numbers: Numbers, out: list[e.Event]) -> None:
        self._kind = str(step.get("type") or "")
        self._step = step
        self._numbers = numbers
        self._open = -1
        self._part: Part | None = None
        self._pieces: list[str] = []
        self._notes: list[Any] = []
        self._grown = False
        match self._kind:
            case "function_call":
                self._call(step, out)
            case "model_output":
                for each in step.get("content") or ():
                    self.take(each, out)
            case "thought":
                for each in step.get("summary") or ():
                    self._think(each, out)
                if step.get("signature"):
                    self._seal(step, out)
            case _:
                pass

    def take(self, delta: Json, out: list[e.Event]) -> None:
        """One delta, or a content that stands in the step from the beginning."""
        kind = delta.get("type")
        if kind == "text":
            self._say(delta, out)
        elif kind == "arguments_delta":
            self._argue(delta.get("arguments") or "", out)
        elif kind == "text_annotation_delta":
            self._notes += delta.get("annotations") or ()
        elif kind == "thought_summary":
            self._think(delta.get("content") or {}, out)
        elif kind == "thought_signature":
            self._seal(delta, out)
        elif kind in CONTENTS:
            self._show(delta, out)
        elif kind == "function_call":
            self._whole_call(delta, out)
        else:
            self._step = {**self._step, **{name: value for name, value in delta.items() if value not in (None, "")}}

    def stop(self, out: list[e.Event]) -> None:
        """The step is whole."""
        if self._kind == "function_call" and not self._grown and (found := self._step.get("arguments")):
            self._argue(found if isinstance(found, str) else json_text(found), out)
        self._close(out)
        if self._kind not in _PLAIN:
            foreign = self._numbers.sign(Foreign(dialect=NAME, kind=self._kind, data=self._step))
            self._begin(foreign, out)
            self._close(out)
        self._kind = ""

    # ------------------------------------------------------------ parts

    def _begin(self, part: Part, out: list[e.Event]) -> None:
        self._close(out)
        self._part = self._numbers.sign(part)
        self._open = self._numbers.next()
        out.append(e.Open(self._open, self._part))

    def _close(self, out: list[e.Event]) -> None:
        if self._open < 0:
            return
        if self._notes:
            text = "".join(self._pieces)
            out += [e.CitationDelta(self._open, each) for each in read_citations(self._notes, text)]
        out.append(e.Close(self._open))
        self._open, self._part, self._pieces, self._notes = -1, None, [], []

    def _say(self, delta: Json, out: list[e.Event]) -> None:
        text: str = delta["text"]
        if text and not isinstance(self._part, Text):
            self._begin(Text(), out)
        if text:
            self._pieces.append(text)
            out.append(e.TextDelta(self._open, text))
        self._notes += delta.get("annotations") or ()

    def _think(self, content: Json, out: list[e.Event]) -> None:
        """More of the summary. Which pieces make one entry of it cannot be told."""
        text = content.get("text")
        if not text:
            return
        if not isinstance(self._part, Thinking):
            self._begin(Thinking(summarised=True, extras={NAME: {SIGNED: True}}), out)
        out.append(e.ThinkingDelta(self._open, text))

    def _seal(self, found: Json, out: list[e.Event]) -> None:
        signature = found.get("signature")
        if not signature or (self._part is None and self._numbers.carried({**found, "type": "thought"}, out)):
            return
        part = Thinking(summarised=True)
        unseal(signature, part)
        if not isinstance(self._part, Thinking):
            self._begin(Thinking(summarised=True, id=part.id, extras=part.extras), out)
        out.append(e.Sealed(self._open, part.signature, part.encrypted))

    def _call(self, found: Json, out: list[e.Event]) -> None:
        self._numbers.called = True
        name = found["name"]
        if not isinstance(name, str):
            raise TypeError(name)
        given = found.get("id") or f"call_{self._numbers.answer}_{self._numbers.count}"
        self._begin(ToolCall(id=str(given), name=name, arguments=""), out)

    def _argue(self, text: str, out: list[e.Event]) -> None:
        if text and isinstance(self._part, ToolCall):
            self._grown = True
            out.append(e.ArgumentsDelta(self._open, text))

    def _whole_call(self, delta: Json, out: list[e.Event]) -> None:
        """A call in one piece, as the API once told calls; beside a step that began, what it still lacks."""
        if not isinstance(self._part, ToolCall):
            self._call(delta, out)
        self._step = {**self._step, "type": "function_call", "arguments": delta.get("arguments")}
        self._kind = "function_call"

    def _show(self, delta: Json, out: list[e.Event]) -> None:
        """An image or a document comes whole; a sound or film in pieces that go on."""
        media = read_media(Node(delta, "delta"), delta["type"])
        last = self._part
        if isinstance(last, Media) and last.kind == media.kind and media.kind in ("audio", "video") and media.data:
            out.append(e.DataDelta(self._open, media.data))
            return
        data, media.data = media.data, ""
        self._begin(media, out)
        if data:
            out.append(e.DataDelta(self._open, data))
