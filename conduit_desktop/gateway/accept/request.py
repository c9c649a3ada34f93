"""One request as it came in, whole: the bytes of its parts, and no meaning."""

from __future__ import annotations

import time


class Request:
    """One request, whole. Header names are lower-case; ``header(name)`` is the first value of one, or None, once all
    are here; ``arrived`` is ``time.perf_counter()`` at the request's first byte."""

    __slots__ = ("arrived", "body", "header", "headers", "keep_alive", "method", "path", "query", "target", "version")

    def __init__(self) -> None:
        self.method = ""
        self.target = b""
        self.path = ""
        self.query = ""
        self.headers: list[tuple[bytes, bytes]] = []
        self.header = _NONE.get
        self.body = b""
        self.keep_alive = True
        self.version = "1.1"
        self.arrived = time.perf_counter()


_NONE: dict[bytes, bytes] = {}
