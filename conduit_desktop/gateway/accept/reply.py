"""The way back to the client: a whole answer, or a chunked stream, with back-pressure.

Owns the framing of answers (RFC 9112) and nothing of their content.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from http import HTTPStatus

from conduit_desktop.gateway.outbox import Outbox

Headers = Iterable[tuple[bytes, bytes]]
JSON = (b"content-type", b"application/json")

_REASONS = {status.value: status.phrase.encode() for status in HTTPStatus} | {529: b"Overloaded"}


_LINES = {status: b"HTTP/1.1 %d %s" % (status, reason) for status, reason in _REASONS.items()}
LARGE = 64 * 1024
"""Bytes of a body that are handed to the socket as they are; fewer are joined with the head."""


class Reply:
    """One answer. ``keep_alive`` may be cleared at any time before the end to close the connection afterwards."""

    __slots__ = (
        "_chunked",
        "_on_pause",
        "_on_resume",
        "_outbox",
        "_paused",
        "_transport",
        "finished",
        "gone",
        "head_only",
        "keep_alive",
        "sent",
        "started",
    )

    def __init__(
        self, transport: asyncio.Transport, outbox: Outbox, keep_alive: bool, version: str, paused: bool = False
    ) -> None:
        self._transport = transport
        self._outbox = outbox
        self._chunked = version != "1.0"
        self._paused = paused
        self._on_pause: Callable[[], None] | None = None
        self._on_resume: Callable[[], None] | None = None
        self.keep_alive = keep_alive
        self.head_only = False
        self.started = False
        self.finished = False
        self.gone = False
        self.sent = 0

    def peer(self) -> tuple[str, int]:
        """The address and port that the answer goes to."""
        told = self._transport.get_extra_info("peername")
        return (str(told[0]), int(told[1])) if isinstance(told, tuple) and len(told) >= 2 else ("", 0)

    def _head(self, status: int, headers: Headers) -> list[bytes]:
        """The lines of a head that says what becomes of the connection."""
        lines = [_LINES.get(status) or b"HTTP/1.1 %d Status" % status, *map(b": ".join, headers)]
        if not self.keep_alive:
            lines.append(b"connection: close")
        elif not self._chunked:  # HTTP/1.0 clients close unless they are told that they need not
            lines.append(b"connection: keep-alive")
        return lines

    def whole(self, status: int, headers: Headers, body: bytes) -> None:
        """Send a complete answer."""
        lines = self._head(status, headers)
        if status not in (204, 304):
            lines.append(b"content-length: %d" % len(body))
        self.started = self.finished = True
        self.sent += len(body)
        apart = len(body) >= LARGE or self.head_only
        lines += (b"", b"" if apart else body)
        if self.gone:
            return
        if not apart and self.keep_alive:
            self._outbox.write(self._transport, b"\r\n".join(lines))
            return
        self._outbox.flush()
        self._transport.write(b"\r\n".join(lines))
        if apart and not self.head_only:
            self._transport.write(body)

    def start(self, status: int, headers: Headers, first: bytes = b"") -> None:
        """Send the head of a stream, with its first piece when there is one."""
        if not self._chunked:
            self.keep_alive = False
        lines = self._head(status, headers)
        if self._chunked:
            lines.append(b"transfer-encoding: chunked")
        if self.head_only:
            first = b""
        self.started = True
        self.sent += len(first)
        lines += (b"", self._framed(first) if first else b"")
        if not self.gone:
            self._outbox.flush()
            self._transport.write(b"\r\n".join(lines))

    def write(self, piece: bytes) -> None:
        """Send one more piece of a stream."""
        if piece and not self.gone and not self.head_only:
            self.sent += len(piece)
            self._transport.write(b"%x\r\n%s\r\n" % (len(piece), piece) if self._chunked else piece)

    def end(self, last: bytes = b"") -> None:
        """Finish a stream properly, with its last piece when there is one."""
        self.finished = True
        self._let_go()
        if self.gone:
            return
        if self.head_only:
            last = b""
        self.sent += len(last)
        tail = b"0\r\n\r\n" if self._chunked and not self.head_only else b""
        self._transport.write((self._framed(last) if last else b"") + tail)

    def abort(self) -> None:
        """Close without finishing, so that a client can tell that its answer is not whole."""
        self.keep_alive = False
        self.finished = True
        self._let_go()
        self._outbox.flush()
        self._transport.abort() if self.started and not self.gone else self._transport.close()

    def _framed(self, piece: bytes) -> bytes:
        return b"%x\r\n%s\r\n" % (len(piece), piece) if self._chunked else piece

    # ------------------------------------------------------------ back-pressure and loss, told by the connection

    def flow(self, pause: Callable[[], None], resume: Callable[[], None]) -> None:
        """Call ``pause`` when the client reads too slowly and ``resume`` when it has caught up."""
        self._on_pause, self._on_resume = pause, resume
        if self._paused:
            pause()

    def pause(self) -> None:
        self._paused = True
        if self._on_pause:
            self._on_pause()

    def resume(self) -> None:
        self._paused = False
        if self._on_resume:
            self._on_resume()

    def _let_go(self) -> None:
        """Of the stream: an idle connection holds its last answer, which is not to hold all that was said."""
        self._on_pause = self._on_resume = None

    def lost(self) -> None:
        """The client has gone."""
        self.gone = True
        self.keep_alive = False
