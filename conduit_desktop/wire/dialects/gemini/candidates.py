"""One candidate of an answer, read piece by piece.

Pieces of text belong to one part as long as nothing else comes between. A call comes whole.
"""

from __future__ import annotations

from typing import Any, Protocol

import msgspec

from conduit_desktop.wire import events as e
from conduit_desktop.wire.dialects.base import Json
from conduit_desktop.wire.dialects.gemini.grounding import read_grounding, read_recitations
from conduit_desktop.wire.dialects.gemini.growing import Growing
from conduit_desktop.wire.dialects.gemini.logprobs import read_logprobs
from conduit_desktop.wire.dialects.gemini.parts import read_part
from conduit_desktop.wire.dialects.gemini.signatures import read_signature
from conduit_desktop.wire.dialects.gemini.words import NAME, read_finish
from conduit_desktop.wire.messages import Citation, Part, Text, Thinking, ToolCall
from conduit_desktop.wire.node import Node

_TEXTS = (frozenset({"text"}), frozenset({"text", "thought"}), frozenset({"text", "thoughtSignature"}),
          frozenset({"text", "thought", "thoughtSignature"}))  # fmt: skip
_KNOWN = ("content", "finishReason", "index", "logprobsResult", "tokenCount")


class Numbering(Protocol):
    """Numbers the parts of all candidates."""

    def opened(self) -> int: ...


class Candidate:
    """Reads the pieces of one candidate. ``finish`` is why it ended, ``searches`` how often the web was searched."""

    def __init__(self, index: int, answer: str, numbers: Numbering) -> None:
        self.finish = ""
        self.searches = 0
        self._index = index
        self._answer = answer
        self._numbers = numbers
        self._open = -1
        self._thinking = False
        self._calls = 0
        self._growing = Growing()
        self._texts: list[tuple[int, list[str]]] = []
        self._extras: Json = {}

    def take(self, found: Json, out: list[e.Event]) -> None:
        """One piece."""
        content = found.get("content") or {}
        parts = content.get("parts")
        for part in parts if isinstance(parts, list) else ():
            if part.keys() in _TEXTS and isinstance(part["text"], str):
                self._text(part, out)
                continue
            for whole in self._growing.take(part):
                if (read := read_part(Node(whole, "part"))) is not None:
                    self._part(read, out)
        if logprobs := read_logprobs(found.get("logprobsResult")):
            out.append(e.Logprobs(logprobs, self._index))
        if (reason := found.get("finishReason")) and reason != "FINISH_REASON_UNSPECIFIED":
            self.finish = str(reason)
        for name, value in found.items():
            if name not in _KNOWN and value not in ({}, [], None):
                self._extras[name] = value

    def _text(self, part: Json, out: list[e.Event]) -> None:
        text, thought, sealed = part["text"], bool(part.get("thought")), part.get("thoughtSignature")
        carried = read_signature(sealed) if sealed else None
        if text or (carried and self._open < 0):
            self._switch(thought, out, carried.id if carried else "")
        if text:
            if thought:
                out.append(e.ThinkingDelta(self._open, text))
            else:
                self._texts[-1][1].append(text)
                out.append(e.TextDelta(self._open, text))
        if carried:
            out.append(e.Sealed(self._open, carried.signature, carried.encrypted))

    def _switch(self, thought: bool, out: list[e.Event], ident: str) -> None:
        """Lets the open part be one of the kind."""
        if self._open >= 0 and self._thinking == thought:
            return
        self._shut(out)
        self._open, self._thinking = self._numbers.opened(), thought
        part: Part = Thinking(summarised=True, id=ident) if thought else Text()
        if not thought:
            self._texts.append((self._open, []))
        out.append(e.Open(self._open, part, self._index))

    def _shut(self, out: list[e.Event]) -> None:
        if self._open >= 0:
            out.append(e.Close(self._open))
            self._open = -1

    def _part(self, part: Part, out: list[e.Event]) -> None:
        """A part in one piece."""
        self._shut(out)
        index = self._numbers.opened()
        if isinstance(part, ToolCall):
            self._calls += 1
            part.id = part.id or f"call_{self._answer}_{self._calls}"
            out.append(e.Open(index, msgspec.structs.replace(part, arguments=""), self._index))
            out.append(e.ArgumentsDelta(index, part.arguments))
        else:
            if isinstance(part, Text):
                self._texts.append((index, [part.text]))
            out.append(e.Open(index, part, self._index))
        out.append(e.Close(index))

    def close(self, out: list[e.Event], whole: bool) -> None:
        """The end of the candidate. Citations of a part that is closed can be told of a ``whole`` answer only."""
        self._cite(out, whole)
        self._shut(out)
        if self.finish:
            finish = read_finish(self.finish, self._calls > 0)
            extras = {NAME: self._extras} if self._extras else {}
            out.append(e.Finished(choice=self._index, finish=finish, native_finish=self.finish, extras=extras))

    def _cite(self, out: list[e.Event], whole: bool) -> None:
        grounding: Any = self._extras.get("groundingMetadata") or {}
        recited: Any = self._extras.get("citationMetadata") or {}
        self.searches = len(grounding.get("webSearchQueries") or [])
        if not self._texts or not (grounding or recited):
            return
        text = "".join(piece for _, pieces in self._texts for piece in pieces)
        for citation in [*read_grounding(grounding, text), *read_recitations(recited, text)]:
            index = self._home(citation)
            if whole or index == self._open:
                out.append(e.CitationDelta(index, citation))

    def _home(self, citation: Citation) -> int:
        """The text part that holds the citation; its offsets count from that part's beginning afterwards."""
        begin = 0
        for index, pieces in self._texts:
            end = begin + sum(map(len, pieces))
            if citation.start is not None and citation.start < end:
                citation.start -= begin
                citation.end = None if citation.end is None else min(citation.end, end) - begin
                return index
            begin = end
        citation.start = citation.end = None
        return self._texts[-1][0]
