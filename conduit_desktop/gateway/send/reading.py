"""One call's answer as it is read from a connection: HTTP/1.1 parsing by httptools, content codings undone.

Owns the answer's framing; the socket is ``direct``'s.
"""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

import httptools

from conduit_desktop.errors import UpstreamError
from conduit_desktop.gateway.send.inflating import Inflater, undone
from conduit_desktop.gateway.send.upstream import Address, Gathered, Headers, Sink, too_long

MAX_HEAD = 256 * 1024


class Line(Protocol):
    """The connection that an answer comes by."""

    address: Address
    connected: float | None
    reused: bool

    def answered(self, *, keep: bool) -> None:
        """The answer is whole."""

    def pause(self) -> None: ...

    def resume(self) -> None: ...

    def abort(self) -> None: ...


class Reading:
    """One call's answer as it is read: the parser reports to it, and the caller holds it as its Answer."""

    __slots__ = (
        "_broken",
        "_connection",
        "_early",
        "_idle",
        "_inflate",
        "_parser",
        "_sink",
        "_timer",
        "_whole",
        "answered",
        "connected",
        "head",
        "headers",
        "reused",
        "size",
        "status",
    )

    def __init__(self, connection: Line, idle: float) -> None:
        """``idle``: how long the body may stand still (seconds)."""
        self._connection = connection
        self._idle = idle
        self._parser: Any = httptools.HttpResponseParser(self)
        self._sink: Sink | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._early: list[bytes] = []
        self._inflate: Inflater | None = None
        self._whole = False
        self._broken: UpstreamError | None = None
        self.head: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.headers: Headers = []
        self.status = 0
        self.size = 0
        self.answered = False
        self.connected = connection.connected
        self.reused = connection.reused

    # ------------------------------------------------------------ Answer

    async def read(self) -> bytes:
        if self._whole and len(self._early) <= 1:
            return self._early[0] if self._early else b""
        gathered = Gathered()
        self.relay(gathered)
        self._check_idle(-1)
        try:
            return await gathered.whole
        finally:
            if self._timer is not None:
                self._timer.cancel()

    def _check_idle(self, size: int) -> None:
        """Give up when nothing has come since the body had ``size``."""
        if size == self.size:
            self.fail(too_long("idle", self._idle))
        else:
            self._timer = asyncio.get_running_loop().call_later(self._idle, self._check_idle, self.size)

    def relay(self, sink: Sink) -> None:
        self._sink = sink
        early, self._early = self._early, []
        for piece in early:
            sink.data(piece)
        if self._whole:
            sink.ended(None)
        elif self._broken is not None:
            sink.ended(self._broken)

    def pause(self) -> None:
        if not self._whole:
            self._connection.pause()

    def resume(self) -> None:
        if not self._whole:
            self._connection.resume()

    def close(self) -> None:
        self._sink = None
        if not self._whole:
            self._connection.abort()

    # ------------------------------------------------------------ what the connection tells

    def feed(self, data: bytes) -> None:
        self.size += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.fail(UpstreamError("The provider switched to another protocol.", cause="protocol"))
        except httptools.HttpParserError:
            self.fail(UpstreamError("The provider's answer is not well-formed HTTP.", cause="protocol"))
        if not self.answered and self.size > MAX_HEAD:
            self.fail(UpstreamError("The provider's answer has an endless head.", cause="protocol"))

    def lost(self) -> None:
        if self._whole or self._broken is not None:
            return
        if self.answered and self._ends_with_connection():
            self._finish()
            return
        what = "broke the connection off" if self.answered else "closed the connection without an answer"
        self.fail(UpstreamError(f"{self._connection.address.host} {what}.", cause="broken"))

    def fail(self, failure: UpstreamError) -> None:
        if self._whole or self._broken is not None:
            return
        self._broken = failure
        if not self.head.done():
            self.head.set_exception(failure)
        elif self._sink is not None:
            self._sink.ended(failure)
        self._connection.abort()

    def _ends_with_connection(self) -> bool:
        """Whether the end of the connection is the end of the body (no length, no chunks: RFC 9112 §6.3)."""
        names = {name for name, _ in self.headers}
        return b"content-length" not in names and b"transfer-encoding" not in names and self.status not in (204, 304)

    def _finish(self) -> None:
        if self._inflate is not None:
            try:
                self._inflate.end()
            except UpstreamError as failure:
                self.fail(failure)
                return
        self._whole = True
        self._connection.answered(keep=self._parser.should_keep_alive() and not self._ends_with_connection())
        if self._sink is not None:
            self._sink.ended(None)

    # ------------------------------------------------------------ parser events

    def on_message_begin(self) -> None:
        if self._whole:
            # A second answer to one question: whose it is, nobody knows, and neither may the next caller get it.
            self._connection.abort()

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self.answered:
            self.headers.append((name.lower(), value.rstrip(b" \t")))  # llhttp leaves the blanks behind it

    def on_headers_complete(self) -> None:
        if self.answered:
            return
        self.status = self._parser.get_status_code()
        if self.status < 200:
            self.headers = []
            return
        self.answered = True
        self.headers, self._inflate = undone(self.headers)
        if not self.head.done():
            self.head.set_result(None)

    def on_body(self, piece: bytes) -> None:
        if self._whole or self._broken is not None:
            return
        if self._inflate is not None:
            try:
                piece = self._inflate.feed(piece)
            except UpstreamError as failure:
                self.fail(failure)
                return
        if self._sink is not None:
            self._sink.data(piece)
        elif piece:
            self._early.append(piece)

    def on_message_complete(self) -> None:
        if self.answered and not self._whole:
            self._finish()
