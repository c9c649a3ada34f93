"""One request as it came in, whole: the bytes of its parts, and no meaning."""

from __future__ import annotations

import time


class Request:
    """One request, whole. Header names are lower-case; ``arrived`` is ``time.perf_counter()`` at its first byte."""

    __slots__ = ("_first", "arrived", "body", "headers", "keep_alive", "method", "path", "query", "target", "version")

    def __init__(self) -> None:
        self.method = ""
        self.target = b""
        self.path = ""
        self.query = ""
        self.headers: list[tuple[bytes, bytes]] = []
        self._first: dict[bytes, bytes] | None = None
        self.body = b""
        self.keep_alive = True
        self.version = "1.1"
        self.arrived = time.perf_counter()

    def header(self, name: bytes) -> bytes | None:
        """The first value of the header ``name`` (lower-case), or None. To be asked once the headers are whole."""
        if self._first is None:
            self._first = dict(reversed(self.headers))
        return self._first.get(name)
