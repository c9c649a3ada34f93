"""Answers as they come by a connection, one after the other: HTTP/1.1 read by httptools, content codings undone.

Owns the answers' framing; the socket is ``direct``'s.
"""

from __future__ import annotations

import asyncio
from functools import partial

import httptools

from conduit_desktop.errors import UpstreamError
from conduit_desktop.gateway.send.inflating import Inflater, undone
from conduit_desktop.gateway.send.upstream import LAST_LOOK, Address, Call, Gathered, Headers, Sink, too_long

MAX_HEAD = 256 * 1024


class Reading:
    """One call's answer as it is read: what its ``Line`` tells comes here, and the caller holds it as its Answer."""

    __slots__ = (
        "_line",
        "_timer",
        "_whole",
        "answered",
        "broken",
        "call",
        "connected",
        "early",
        "head",
        "headers",
        "inflate",
        "reused",
        "sink",
        "size",
        "status",
    )

    def __init__(self, line: Line, call: Call) -> None:
        self._line = line
        self._timer: asyncio.TimerHandle | None = None
        self._whole = False
        self.call = call
        self.sink: Sink | None = None
        self.early: list[bytes] = []
        self.inflate: Inflater | None = None
        self.broken: UpstreamError | None = None
        self.head: asyncio.Future[None] = line.loop.create_future()
        self.headers: Headers = []
        self.status = 0
        self.size = 0
        self.answered = False
        self.connected: float | None = None
        self.reused = False

    # ------------------------------------------------------------ Answer

    @property
    def body(self) -> bytes | None:
        return b"".join(self.early) if self._whole else None

    async def read(self) -> bytes:
        if (whole := self.body) is not None:
            return whole
        gathered = Gathered()
        self.relay(gathered)
        self._check_idle(-1, last=False)
        try:
            return await gathered.whole
        finally:
            if self._timer is not None:
                self._timer.cancel()

    def _check_idle(self, size: int, *, last: bool) -> None:
        """Give up when nothing has come since the body had ``size``; ``last``: and has not a moment later."""
        if last and size == self.size:
            self.fail(too_long("idle", self.call.idle_timeout))
            return
        last = size == self.size
        check = partial(self._check_idle, self.size, last=last)
        self._timer = self._line.loop.call_later(LAST_LOOK if last else self.call.idle_timeout, check)

    def relay(self, sink: Sink) -> None:
        self.sink = sink
        early, self.early = self.early, []
        for at, piece in enumerate(early, 1):
            sink.data(piece)
            if sink.released and at < len(early):
                sink.data(b"".join(early[at:]))  # what came while nobody had the time for it
                break
        if self._whole or self.broken is not None:
            self._end_sink(self.broken)

    def pause(self) -> None:
        if not self._whole:
            self._line.pause()

    def resume(self) -> None:
        if not self._whole:
            self._line.resume()

    def close(self) -> None:
        self.sink = None
        if not self._whole:
            self._line.abort()

    # ------------------------------------------------------------ what the connection tells

    def take(self, piece: bytes) -> None:
        """A piece of the body, as it came."""
        if self.broken is not None:
            return
        if self.inflate is not None:
            try:
                piece = self.inflate.feed(piece)
            except UpstreamError as failure:
                self.fail(failure)
                return
        if self.sink is not None:
            self.sink.data(piece)
        elif piece:
            self.early.append(piece)

    def finish(self, *, keep: bool) -> None:
        """The body is over; ``keep``: the connection may serve another call."""
        if self.inflate is not None:
            try:
                self.inflate.end()
            except UpstreamError as failure:
                self.fail(failure)
                return
        self._whole = True
        self._line.answered(keep=keep)
        self._end_sink(None)

    def lost(self) -> None:
        """The connection is gone."""
        if self._whole or self.broken is not None:
            return
        if self.answered and self._ends_with_connection():
            self.finish(keep=False)
            return
        what = "broke the connection off" if self.answered else "closed the connection without an answer"
        self.fail(UpstreamError(f"{self._line.address.host} {what}.", cause="broken"))

    def fail(self, failure: UpstreamError) -> None:
        if self._whole or self.broken is not None:
            return
        self.broken = failure
        if not self.head.done():
            self.head.set_exception(failure)
        else:
            self._end_sink(failure)
        self._line.abort()

    def _end_sink(self, failure: UpstreamError | None) -> None:
        """Tell the sink, and let go of it: it holds this, and neither is to wait for the collector with a stream."""
        sink, self.sink = self.sink, None
        if sink is not None:
            sink.ended(failure)

    def _ends_with_connection(self) -> bool:
        """Whether the end of the connection is the end of the body (no length, no chunks: RFC 9112 §6.3)."""
        names = {name for name, _ in self.headers}
        return b"content-length" not in names and b"transfer-encoding" not in names and self.status not in (204, 304)


class Line(asyncio.Protocol):
    """A connection that answers come by. One parser reads them all, and reports to it; ``reading`` is the answer in
    work. Whoever has the socket says how to keep, to hold up and to end it."""

    def __init__(self, address: Address, loop: asyncio.AbstractEventLoop) -> None:
        self.address = address
        self.loop = loop
        self.reading: Reading | None = None
        self.heard = False
        """Whether anything has come of the answer in work."""
        self._came: list[bytes] = []
        self.on_body = self._came.append
        self._parser = httptools.HttpResponseParser(self)

    def answered(self, *, keep: bool) -> None:
        """The answer in work is whole."""
        raise NotImplementedError

    def pause(self) -> None:
        raise NotImplementedError

    def resume(self) -> None:
        raise NotImplementedError

    def abort(self) -> None:
        raise NotImplementedError

    def data_received(self, data: bytes) -> None:
        reading = self.reading
        if reading is None:
            # Bytes that nobody asked for: a server that says goodbye with a 408, or worse.
            self.abort()
            return
        self.heard = True
        reading.size += len(data)
        wrong = ""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            wrong = "The provider switched to another protocol."
        except httptools.HttpParserError:
            wrong = "The provider's answer is not well-formed HTTP."
        if self._came:
            self._pass_on()
        if wrong:
            reading.fail(UpstreamError(wrong, cause="protocol"))
            self.abort()  # be it behind an answer that was whole: the parser reads nothing more
        if not reading.answered and reading.size > MAX_HEAD:
            reading.fail(UpstreamError("The provider's answer has an endless head.", cause="protocol"))

    # ------------------------------------------------------------ parser events

    def on_message_begin(self) -> None:
        if self.reading is None:
            # A second answer to one question: whose it is, nobody knows, and neither may the next caller get it.
            self.abort()

    def on_header(self, name: bytes, value: bytes) -> None:
        reading = self.reading
        if reading is not None and not reading.answered:
            reading.headers.append((name.lower(), value.rstrip(b" \t")))  # llhttp leaves the blanks behind it

    def on_headers_complete(self) -> None:
        reading = self.reading
        if reading is None or reading.answered:
            return
        reading.status = self._parser.get_status_code()
        if reading.status < 200:
            reading.headers = []
            return
        reading.answered = True
        reading.headers, reading.inflate = undone(reading.headers)
        if not reading.head.done():
            reading.head.set_result(None)

    def _pass_on(self) -> None:
        """Hand over what has come of the body: all that was read at once in one piece, however it was cut, so that a
        stream that comes faster than it can be relayed costs less for each of its events."""
        came, reading = self._came, self.reading
        if reading is not None and reading.sink is not None and reading.sink.released and reading.inflate is None:
            piece = came.pop() if len(came) == 1 else b"".join(came)
            came.clear()
            if reading.broken is None:
                reading.sink.data(piece)
            return
        pieces = came.copy()
        came.clear()
        if reading is not None:
            for piece in pieces:
                reading.take(piece)

    def on_message_complete(self) -> None:
        if self._came:
            self._pass_on()
        reading = self.reading
        if reading is not None and reading.answered and reading.broken is None:
            reading.finish(keep=self._parser.should_keep_alive())
