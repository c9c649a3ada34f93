"""Cutting an answer's body into the events of its stream, whatever the framing. Works at any byte split, and looks at
each byte once, however large an event and however small the pieces.

A splitter takes bytes as they come and gives (event name, data) pairs; the name is empty where the framing has none.
"""

from __future__ import annotations

import re
from typing import Protocol

import msgspec

from conduit_desktop.wire import sse

_raw = msgspec.json.Decoder(msgspec.Raw)


class Splitter(Protocol):
    def feed(self, data: bytes) -> list[tuple[str, bytes]]:
        """The events that are whole by now."""

    def rest(self) -> list[tuple[str, bytes]]:
        """What the end of the body makes whole: an event without its closing mark. Broken remains are left out."""


class Pieces:
    """A splitter that knows the bytes of each event, so that they can be passed on as they are."""

    def cut(self, data: bytes) -> list[bytes]:
        """The bytes of the events that are whole by now. All of them and ``left`` are what was fed."""
        raise NotImplementedError

    def read(self, piece: bytes) -> tuple[str, bytes]:
        """Name and data of an event; without data it is none, but a comment or space between events."""
        raise NotImplementedError

    def left(self) -> bytes:
        """What the end of the body leaves: the last event without its closing mark, or what stands behind it. The
        broken beginning of an event is left out: nobody could read it, nor what follows it."""
        raise NotImplementedError

    def behind(self, told: bytes) -> bytes:
        """``told``, a stream of its own, as it goes on behind what was given of this one."""
        raise NotImplementedError

    def events(self, data: bytes) -> list[tuple[bytes, str, bytes]]:
        """The events that are whole by now: the bytes of each, its name and its data."""
        return [(piece, *self.read(piece)) for piece in self.cut(data)]

    def feed(self, data: bytes) -> list[tuple[str, bytes]]:
        return [(name, told) for _, name, told in self.events(data) if told]

    def rest(self) -> list[tuple[str, bytes]]:
        pair = self.read(self.left())
        return [pair] if pair[1] else []


class Events(Pieces):
    """Server-sent events."""

    def __init__(self) -> None:
        self._blocks = sse.Blocks()
        self._open = False
        self.block = self._blocks.feed  # as ``cut``, for who wants to look at many events at once

    def cut(self, data: bytes) -> list[bytes]:
        return sse.split(self.block(data))

    def events(self, data: bytes) -> list[tuple[bytes, str, bytes]]:
        return sse.events(self.block(data))

    def read(self, piece: bytes) -> tuple[str, bytes]:
        return sse.read(piece)

    def left(self) -> bytes:
        rest = self._blocks.rest()
        name, data = self.read(rest)
        fields = name or data or not (rest.isspace() or rest.startswith(b":"))
        ended = rest.endswith((b"\r\r", b"\n\r"))  # an empty line, unless a line feed had come behind it
        if fields and not ended and not _whole(data):
            return b""
        self._open = bool(rest)
        return rest

    def behind(self, told: bytes) -> bytes:
        return b"\n\n" + told if self._open else told


class Lines(Pieces):
    """One JSON value a line (Ollama, Cohere v1)."""

    def __init__(self) -> None:
        self._tail: list[bytes] = []
        self._open = False

    def cut(self, data: bytes) -> list[bytes]:
        first, mark, more = data.partition(b"\n")
        if not mark:
            if data:
                self._tail.append(data)
            return []
        *lines, tail = more.split(b"\n")
        out = [b"".join([*self._tail, first, mark]), *(line + mark for line in lines)]
        self._tail = [tail] if tail else []
        return out

    def read(self, piece: bytes) -> tuple[str, bytes]:
        return "", piece.strip()

    def left(self) -> bytes:
        rest = b"".join(self._tail)
        self._tail.clear()
        if not rest.isspace() and not _whole(rest):
            return b""
        self._open = bool(rest)
        return rest

    def behind(self, told: bytes) -> bytes:
        return b"\n" + told if self._open else told


class Array(Pieces):
    """The objects of one JSON array (Gemini without ``alt=sse``); what stands between two belongs to the second."""

    def __init__(self) -> None:
        self._tail: list[bytes] = []
        self._depth = 0  # of braces
        self._quoted = False
        self._escaped = False
        self._begun = False

    def cut(self, data: bytes) -> list[bytes]:
        out, start, at, end = [], 0, 0, len(data)
        if data and self._escaped:
            at, self._escaped = 1, False
        while (at := self._next(data, at)) < end:
            mark, at = data[at], at + 1
            if mark == _OPEN:
                self._depth += 1
            elif mark == _CLOSE:
                self._depth -= 1
                if self._depth <= 0:
                    self._depth = 0
                    out.append(b"".join([*self._tail, data[start:at]]))
                    self._tail.clear()
                    start = at
            elif mark == _QUOTE:
                self._quoted = not self._quoted
            else:
                self._escaped = True  # what this backslash escapes is yet to come
        if start < end:
            self._tail.append(data[start:])
        self._begun = self._begun or bool(out)
        return out

    def _next(self, data: bytes, at: int) -> int:
        """Where the next brace is that counts, or where a string begins or ends that is in more than one piece."""
        found = (_IN_STRING if self._quoted else _PLAIN).match(data, at)
        return found.end() if found else at

    def read(self, piece: bytes) -> tuple[str, bytes]:
        found = _PLAIN.match(piece)
        return "", piece[found.end() :] if found else piece

    def left(self) -> bytes:
        rest = b"".join(self._tail)
        self._tail.clear()
        return b"" if self.read(rest)[1] or b"]" not in rest else rest

    def behind(self, told: bytes) -> bytes:
        """``told`` is an array too."""
        return b"," + told.removeprefix(b"[") if self._begun else told


_OPEN, _CLOSE, _QUOTE = b'{}"'
# Groups are not repeated possessively: before Python 3.11.5 such a group within such a group gives up what it had.
_PLAIN = re.compile(rb'[^{}"]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*"[^{}"]*+)*', re.DOTALL)
_IN_STRING = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*', re.DOTALL)


def _whole(data: bytes) -> bool:
    """Whether the data of a last event without a closing mark is all there."""
    try:
        _raw.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return data.strip() == b"[DONE]"
    return True
