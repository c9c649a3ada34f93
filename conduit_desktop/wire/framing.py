"""Cutting an answer's body into the events of its stream, whatever the framing. Works at any byte split.

A splitter takes bytes as they come and gives (event name, data) pairs; the name is empty where the framing has none.
"""

from __future__ import annotations

from typing import Protocol

from conduit_desktop.wire import sse


class Splitter(Protocol):
    def feed(self, data: bytes) -> list[tuple[str, bytes]]:
        """The events that are whole by now."""

    def rest(self) -> list[tuple[str, bytes]]:
        """What the end of the body makes whole: an event without its closing mark. Broken remains are left out."""


class Events:
    """Server-sent events."""

    def __init__(self) -> None:
        self._tail = b""
        self._begun = False

    def feed(self, data: bytes) -> list[tuple[str, bytes]]:
        if not self._begun:
            data, self._begun = self._tail + data, True
            if len(data) < 3 and b"\xef\xbb\xbf".startswith(data):  # perhaps a byte order mark
                self._tail, self._begun = data, False
                return []
            self._tail, data = b"", data.removeprefix(b"\xef\xbb\xbf")
        elif self._tail:
            data = self._tail + data
        border = sse.last_border(data)
        self._tail = data[border:]
        if not border:
            return []
        return [pair for event in sse.split(data[:border]) if (pair := _named(event))[1]]

    def rest(self) -> list[tuple[str, bytes]]:
        tail, self._tail = self._tail, b""
        pair = _named(tail)
        return [pair] if pair[1] else []


def _named(event: bytes) -> tuple[str, bytes]:
    name = ""
    if b"event" in event:
        for line in event.splitlines():
            if line.startswith(b"event:"):
                name = line[6:].strip().decode("utf-8", "replace")
    return name, sse.data_of(event)


class Lines:
    """One JSON value a line (Ollama, Cohere v1)."""

    def __init__(self) -> None:
        self._tail = b""

    def feed(self, data: bytes) -> list[tuple[str, bytes]]:
        *lines, self._tail = (self._tail + data).split(b"\n")
        return [("", line) for each in lines if (line := each.strip())]

    def rest(self) -> list[tuple[str, bytes]]:
        tail, self._tail = self._tail.strip(), b""
        return [("", tail)] if tail else []


class Array:
    """The elements of one JSON array (Gemini without ``alt=sse``)."""

    def __init__(self) -> None:
        self._element = bytearray()
        self._depth = 0
        self._quoted = False
        self._escaped = False

    def feed(self, data: bytes) -> list[tuple[str, bytes]]:
        out = []
        for byte in data:
            if self._step(byte):
                out.append(("", bytes(self._element)))
                self._element.clear()
        return out

    def _step(self, byte: int) -> bool:
        """Take one byte; whether it ends an element."""
        if self._depth >= 2 or (self._depth == 1 and byte == 0x7B):
            self._element.append(byte)
        if self._quoted:
            if self._escaped:
                self._escaped = False
            elif byte == 0x5C:
                self._escaped = True
            elif byte == 0x22:
                self._quoted = False
            return False
        if byte == 0x22:
            self._quoted = True
        elif byte in (0x7B, 0x5B):
            self._depth += 1
        elif byte in (0x7D, 0x5D):
            self._depth -= 1
            return self._depth == 1
        return False

    def rest(self) -> list[tuple[str, bytes]]:
        return []
