"""A deployment's way with a fault of the lab in front of it: answers of its own in the provider's dialect, or the real
answer, spoilt on its way.
"""

from __future__ import annotations

import asyncio

import msgspec

from conduit_desktop.errors import UpstreamError
from conduit_desktop.gateway.framings import framing_asked, framing_of, splitter_of
from conduit_desktop.gateway.send.demo import Played
from conduit_desktop.gateway.send.faults import LAB, LabFault
from conduit_desktop.gateway.send.speech import Speech
from conduit_desktop.gateway.send.upstream import Address, Answer, Call, Headers, Sink, Upstream, late, too_long
from conduit_desktop.tasks import spawn
from conduit_desktop.wire import eventstream
from conduit_desktop.wire.dialects import dialect
from conduit_desktop.wire.dialects.base import Context
from conduit_desktop.wire.events import Failed
from conduit_desktop.wire.failure import Failure, kind_of
from conduit_desktop.wire.framing import Pieces
from conduit_desktop.wire.messages import Request

_JSON = b"application/json"
_KINDS = {
    "sse": b"text/event-stream",
    "lines": b"application/x-ndjson",
    "eventstream": b"application/vnd.amazon.eventstream",
}
_PAGE = b"<!doctype html><title>Sign in</title><h1>Fault lab: a login page where an answer was expected</h1>\n"
_STATUS = {"rate_limited": 429, "server_error": 500, "overloaded": 503}
_SAID = {
    429: "too many requests; that is what this deployment was told to answer.",
    500: "an error of the server; that is what this deployment was told to answer.",
    503: "overloaded; that is what this deployment was told to answer.",
}
_PAUSES = 10
"""Of a slow answer that comes in one."""


class Faulty:
    """The upstream of one call that meets ``fault``; ``way`` is the real one."""

    def __init__(self, fault: LabFault, way: Upstream, speech: Speech) -> None:
        self.fault = fault
        self._way = way
        self._speech = speech

    async def call(self, call: Call) -> Answer:
        fault, host = self.fault, Address.of(call.url).host
        match fault.kind:
            case "hang":
                await asyncio.sleep(call.answer_timeout)
                raise late(call)
            case "reset":
                raise UpstreamError(f"{LAB}: {host} closed the connection without an answer.", cause="broken")
            case "html":
                return Played(200, b"text/html; charset=utf-8", [(0.0, _PAGE)])
            case "empty":
                return Played(200, self._kind(), [(0.0, b"")])
            case "rate_limited" | "server_error" | "overloaded":
                return self._refusal(_STATUS[fault.kind])
            case "error_inside" if not self._speech.job.ask.stream:
                return Played(200, _JSON, [(0.0, self._error(500))])
            case _:
                answer = await self._way.call(call)
                return answer if answer.status >= 300 else _Spoilt(answer, self, call, host)

    async def close(self) -> None:
        """The real way is closed by who made it."""

    def _refusal(self, status: int) -> Answer:
        told = [(b"retry-after", b"%d" % round(self.fault.seconds))] if status == 429 else []
        return Played(status, _JSON, [(0.0, self._error(status))], told)

    def _failure(self, status: int) -> Failure:
        return Failure(status=status, message=f"{LAB}: {_SAID[status]}", kind=kind_of(status))

    def _error(self, status: int) -> bytes:
        return msgspec.json.encode(dialect(self._speech.dialect).encode_error(self._failure(status)))

    def _kind(self) -> bytes:
        """The content type of what was asked for."""
        return _KINDS[framing_asked((), self._speech.dialect)] if self._speech.job.ask.stream else _JSON

    def splitter(self, headers: Headers) -> Pieces | None:
        """What knows the real stream's events; None where each piece is taken as one."""
        found = splitter_of(framing_of(headers, wanted=True))
        return found if isinstance(found, Pieces) else None

    def told(self, headers: Headers) -> bytes:
        """An error as the provider tells one inside a stream."""
        failure = self._failure(500)
        if framing_of(headers) == "eventstream":
            said = msgspec.json.encode({"message": failure.message})
            return eventstream.frame("internalServerException", said, exception=True)
        sse = framing_of(headers, wanted=True) != "array"
        return dialect(self._speech.dialect).encoder(Context(request=Request(), sse=sse)).encode(Failed(failure))

    @property
    def speech(self) -> Speech:
        return self._speech


class _Spoilt:
    """The real answer, with the fault in it. Between the real answer and the relay it is a sink and an answer."""

    body: bytes | None = None
    released = False

    def __init__(self, answer: Answer, faulty: Faulty, call: Call, host: str) -> None:
        self.status, self.headers = answer.status, answer.headers
        self.reused, self.connected = answer.reused, answer.connected
        self._answer = answer
        self._faulty = faulty
        self._fault = faulty.fault
        self._idle = call.idle_timeout
        self._host = host
        self._task: asyncio.Task[None] | None = None

    # ------------------------------------------------------------ Answer

    async def read(self) -> bytes:
        body = await self._answer.read()
        match self._fault.kind:
            case "slow_first":
                await asyncio.sleep(self._fault.seconds)
            case "slow":
                await asyncio.sleep(_PAUSES * self._fault.seconds)
            case "cut":
                raise self._broken()
            case "stalled":
                await asyncio.sleep(self._idle)
                raise too_long("idle", self._idle)
            case _:
                return body[: len(body) // 2]
        return body

    def relay(self, sink: Sink) -> None:
        self._sink = sink
        self._pieces = self._faulty.splitter(self.headers)
        self._watch = self._faulty.speech.watch(self.headers)
        self._said = False
        self._over = False
        self._queue: asyncio.Queue[bytes | UpstreamError | None] = asyncio.Queue()
        if self._fault.kind in ("slow", "slow_first"):
            self._task = spawn(self._play(), "fault lab")
        self._answer.relay(self)

    def pause(self) -> None:
        self._answer.pause()

    def resume(self) -> None:
        self._answer.resume()

    def close(self) -> None:
        self._over = True
        if self._task is not None:
            self._task.cancel()
        self._answer.close()

    # ------------------------------------------------------------ Sink

    def data(self, piece: bytes) -> None:
        for event in self._pieces.cut(piece) if self._pieces is not None else [piece]:
            self._take(event)

    def ended(self, failure: UpstreamError | None) -> None:
        if self._over:
            return
        if self._task is not None:
            if self._pieces is not None and (rest := self._pieces.left()):
                self._queue.put_nowait(rest)
            self._queue.put_nowait(failure)
        elif failure is not None:
            self._over = True
            self._sink.ended(failure)
        else:
            self._strike(b"")

    # ------------------------------------------------------------

    def _take(self, event: bytes) -> None:
        """Pass an event on, unless it is time."""
        if self._over:
            return
        if self._task is not None:
            self._queue.put_nowait(event)
            return
        if self._said:
            self._strike(event)
            return
        watch = self._watch
        watch.feed(event)
        self._said = watch.content
        if watch.content and (self._fault.early or watch.done or watch.closing):
            self._strike(b"" if self._fault.early else event)
        else:
            self._sink.data(event)

    def _strike(self, event: bytes) -> None:
        """Do it, in the middle of ``event``; nothing goes on afterwards."""
        self._over = True
        self._answer.close()
        half = event[: len(event) // 2]
        match self._fault.kind:
            case "cut":
                if half:
                    self._sink.data(half)
                self._sink.ended(self._broken())
            case "malformed":
                self._sink.data((half or b'data: {"fault lab": ') + b"\n\n")
                self._sink.ended(None)
            case "error_inside":
                told = self._faulty.told(self.headers)
                self._sink.data(self._pieces.behind(told) if self._pieces is not None else told)
                self._sink.ended(None)
            case _:
                pass  # stalled: the relay's own time limit ends it

    async def _play(self) -> None:
        """Hand on, late, what has come."""
        first = True
        while True:
            item = await self._queue.get()
            if item is None or isinstance(item, UpstreamError):
                self._over = True
                self._sink.ended(item)
                return
            if first or self._fault.kind == "slow":
                await asyncio.sleep(self._fault.seconds)
            first = False
            self._sink.data(item)

    def _broken(self) -> UpstreamError:
        return UpstreamError(f"{LAB}: {self._host} broke the connection off.", cause="broken")
