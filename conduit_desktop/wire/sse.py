"""Server-sent events: cutting a byte stream at event borders, and reading the data of an event.

Format: the WHATWG HTML standard, section "Server-sent events". Lines end in LF, CRLF or CR; an empty line ends an
event; a line that begins with a colon is a comment.
"""

from __future__ import annotations

import re

_BORDER = re.compile(rb"(?>\r\n|\n|\r)(?>\r\n|\n|\r)")


def last_border(data: bytes) -> int:
    """The offset just behind the last complete event in ``data``, 0 when none is complete. ``data`` begins with an
    event; a CR at its end does not count yet, because it may be the first half of a CRLF."""
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


def split(block: bytes) -> list[bytes]:
    """The events of ``block``, each with the empty line that ends it; ``b"".join`` of them is ``block``."""
    events, start = [], 0
    for border in _BORDER.finditer(block):
        events.append(block[start : border.end()])
        start = border.end()
    if start < len(block):
        events.append(block[start:])
    return events


def data_of(event: bytes) -> bytes:
    """The data of one event: its ``data`` lines joined by LF, empty for a comment or an event without data."""
    lines = []
    for line in event.splitlines():
        if line.startswith(b"data:"):
            value = line[5:]
            lines.append(value[1:] if value.startswith(b" ") else value)
        elif line == b"data":
            lines.append(b"")
    return b"\n".join(lines)
