"""Server-sent events: cutting a byte stream at event borders, and reading the data of an event.

Format: the WHATWG HTML standard, section "Server-sent events". Lines end in LF, CRLF or CR; an empty line ends an
event; a line that begins with a colon is a comment.
"""

from __future__ import annotations

import re

_BORDER = re.compile(rb"(?>\r\n|\n|\r)(?>\r\n|\n|\r)")
_ENDS = (b"\n", b"\r")
_BOM = b"\xef\xbb\xbf"
_USUAL = re.compile(rb"(?:event: ?+([\w.]*)\r?\n)?data: ?+(.*+)\n\r?\n")
"""Nearly every event of a model's stream, where no CR is in its data but at its end (``.`` takes it for any letter).
Nothing is tried again where there are two events."""


def last_border(data: bytes) -> int:
    """The offset just behind the last complete event in ``data``, 0 when none is complete. ``data`` begins with an
    event; a CR at its end does not count yet, because it may be the first half of a CRLF."""
    if data.endswith(b"\r\n\r\n") and data[-5:-4] not in _ENDS:  # nothing before it matters
        return len(data)
    if b"\r" not in data:
        end = data.rfind(b"\n\n") + 2
        if end < 2:
            return 0
        if end < 3 or data[end - 3] != 10:
            return end
    # CRs, or more than two LFs in a row: which of them end an event is seen from the front only.
    last = 0
    for border in _BORDER.finditer(data, 0, len(data) - data.endswith(b"\r")):
        last = border.end()
    return last


class Blocks:
    """Takes a stream as it comes and gives it on in whole events; each byte is looked at once, however large an event
    and however small the pieces."""

    __slots__ = ("_near", "_tail")

    def __init__(self) -> None:
        self._tail: list[bytes] = []
        self._near = b""  # the tail's last bytes: a border may begin in them, and is at most four long

    def feed(self, data: bytes) -> bytes:
        """The events that are whole by now, together."""
        if not self._near and data.endswith(b"\n\n") and data[-3:-2] not in _ENDS:  # as most pieces are
            return data
        near = self._near + data
        border = last_border(near)
        if not border:
            if data:
                self._tail.append(data)
                self._near = near[-3:]
            return b""
        border -= len(self._near)
        whole, rest = data[:border], data[border:]
        if self._tail:
            whole = b"".join([*self._tail, whole])
            self._tail.clear()
        if rest:
            self._tail.append(rest)
        self._near = rest[-3:]
        return whole

    def rest(self) -> bytes:
        """What is left of an unfinished event."""
        tail = b"".join(self._tail)
        self._tail.clear()
        self._near = b""
        return tail


def split(block: bytes) -> list[bytes]:
    """The events of ``block``, each with the empty line that ends it; ``b"".join`` of them is ``block``."""
    if b"\r" not in block and b"\n\n\n" not in block:
        *whole, rest = block.split(b"\n\n")
        events = [each + b"\n\n" for each in whole]
        return [*events, rest] if rest else events
    events, start = [], 0
    for border in _BORDER.finditer(block):
        events.append(block[start : border.end()])
        start = border.end()
    if start < len(block):
        events.append(block[start:])
    return events


def read(event: bytes) -> tuple[str, bytes]:
    """One event's name, empty where it has none, and its data: its ``data`` lines joined by LF, empty for a comment or
    an event without data. A byte order mark, with which a stream may begin, is no part of it. Older llama.cpp tells
    errors in a field ``error``."""
    if (usual := _usual(event)) is not None:
        return usual
    name, lines = "", []
    for line in event.removeprefix(_BOM).splitlines():
        if line.startswith(b"data:"):
            lines.append(line[6:] if line[5:6] == b" " else line[5:])
        elif line.startswith(b"event:"):
            name = line[6:].strip().decode("utf-8", "replace")
        elif line == b"data":
            lines.append(b"")
        elif line.startswith(b"error:"):
            name, lines = "error", [line[6:].lstrip()]
    return name, b"\n".join(lines)


def _usual(block: bytes) -> tuple[str, bytes] | None:
    """Name and data of the event that ``block`` is, where it is one and written as nearly all are."""
    found = _USUAL.fullmatch(block)
    if found is None:
        return None
    name, data = found.groups()
    if b"\r" in data and b"\r" in (data := data.removesuffix(b"\r")):
        return None
    return name.decode() if name else "", data


def events(block: bytes) -> list[tuple[bytes, str, bytes]]:
    """The events of ``block``: the bytes of each, its name and its data."""
    if (usual := _usual(block)) is not None:
        return [(block, *usual)]
    return [(event, *read(event)) for event in split(block)]


def data_of(event: bytes) -> bytes:
    """The data of one event."""
    return read(event)[1]
