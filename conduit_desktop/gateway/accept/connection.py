"""One client's connection: HTTP/1.1 read by httptools, no framework in between.

Owns the limits on what may come in, keep-alive and back-pressure; knows no URL, key or dialect. A request is handed
to the server's ``handle`` in the connection's own task; requests of one connection are answered in their order. When
the client goes away the task is cancelled, which is how everything behind it learns.

Format: RFC 9112. Upgrades (h2c, WebSocket) are declined by answering in HTTP/1.1, as RFC 9110 §7.8 allows.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Protocol, cast
from urllib.parse import unquote

import httptools

from conduit_desktop.gateway.accept.reply import JSON, Reply
from conduit_desktop.gateway.accept.request import Request
from conduit_desktop.gateway.outbox import Outbox
from conduit_desktop.tasks import spawn

MAX_BODY = 32 * 1024 * 1024
MAX_HEAD = 64 * 1024
MAX_PIPELINED = 8
HEAD_SECONDS = 30.0
IDLE_SECONDS = 300.0

_MALFORMED = (400, "malformed_http", "The request is not well-formed HTTP/1.1.")
_TOO_LARGE = (
    413,
    "request_too_large",
    f"The request body is over {MAX_BODY // 1024 // 1024} MiB. Name large files by URL or id, or shorten what is said.",
)
_HEAD_TOO_LARGE = (431, "headers_too_large", f"The request's headers are over {MAX_HEAD // 1024} KiB.")
_log = logging.getLogger(__name__)
_NONE = Request()
"""Stands for a request that has not begun: a connection that is idle keeps nothing of the one before."""
_UPGRADE = re.compile(rb"\r\n(?:upgrade|connection|http2-settings)[ \t]*:[^\r\n]*", re.IGNORECASE)


Handler = Callable[[Request, Reply], Awaitable[None]]
Refuse = Callable[[str, int, str, str], bytes]


class Keeper(Protocol):
    """The server that connections belong to. ``refusal`` renders (path, status, code, message) of what cannot be
    read."""

    loop: asyncio.AbstractEventLoop
    handle: Handler
    refusal: Refuse
    connections: set[Connection]
    draining: bool
    outbox: Outbox


class Connection(asyncio.Protocol):
    """One client connection."""

    _transport: asyncio.Transport
    _wake: asyncio.Future[None]

    def __init__(self, server: Keeper) -> None:
        self._server = server
        self._parser = httptools.HttpRequestParser(self)
        self._request = _NONE
        self._head_whole = False
        self._parts: list[bytes] = []
        self._size = 0
        self._head = b""
        self._in_head = True
        self._upgrading = False
        self._closing = False
        self._paused = False
        self._held_up = False
        self._waiting: deque[Request] = deque()
        self._task: asyncio.Task[None] | None = None
        self._reply: Reply | None = None
        self.touched = time.monotonic()

    # ------------------------------------------------------------ transport events

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are no subclass of it
        self._server.connections.add(self)

    def connection_lost(self, failure: Exception | None) -> None:
        self._server.connections.discard(self)
        self._closing = True
        self._waiting.clear()
        if self._reply is not None:
            self._reply.lost()
        if self._task is not None:
            self._task.cancel()

    def pause_writing(self) -> None:
        self._paused = True
        if self._reply is not None:
            self._reply.pause()

    def resume_writing(self) -> None:
        self._paused = False
        if self._reply is not None:
            self._reply.resume()

    def data_received(self, data: bytes) -> None:
        self.touched = time.monotonic()
        if self._closing:
            return
        if self._in_head:
            self._head = self._head + data if self._head else data
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._decline_upgrade()
        except httptools.HttpParserError:
            self.refuse(*_MALFORMED)
        if self._in_head and len(self._head) > MAX_HEAD:
            self.refuse(*_HEAD_TOO_LARGE)

    def _decline_upgrade(self) -> None:
        """Read the request once more without the headers that ask for another protocol."""
        if not self._head_whole:
            return self.refuse(*_MALFORMED)
        if self._parser.get_method() == b"CONNECT":
            self.refuse(405, "method_not_allowed", "This gateway is no proxy: use its address as the base URL.")
            return
        head, _, rest = self._head.partition(b"\r\n\r\n")
        self._upgrading, self._parser = False, httptools.HttpRequestParser(self)
        self._head, self._request = b"", _NONE
        if head:
            self.data_received(_UPGRADE.sub(b"", head) + b"\r\n\r\n" + rest)

    # ------------------------------------------------------------ parser events

    def on_url(self, target: bytes) -> None:
        if self._request is _NONE:
            self._request = Request()
            self._head_whole = bool(self._head)  # not of one that began in the same data as a request before it
        self._request.target += target

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_head:  # not what trails a chunked body
            self._request.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        if self._parser.should_upgrade():
            self._upgrading = True
            return
        self._in_head = False
        request = self._request
        if len(self._head) > MAX_HEAD and sum(len(name) + len(value) for name, value in request.headers) > MAX_HEAD:
            self.refuse(*_HEAD_TOO_LARGE)
        self._head = b""
        request.method = self._parser.get_method().decode("ascii")
        request.keep_alive = self._parser.should_keep_alive()
        request.version = self._parser.get_http_version()
        path, _, query = request.target.decode("latin-1").partition("?")
        request.path = unquote(path) if "%" in path else path
        request.query = query
        request.header = header = dict(reversed(request.headers)).get
        length = header(b"content-length")
        if length is not None and length.isdigit() and int(length) > MAX_BODY:
            self.refuse(*_TOO_LARGE)
        elif self._reply is None and header(b"expect", b"").lower() == b"100-continue":
            # Not while an answer is in work: it would land in the middle of that.
            self._server.outbox.flush()
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, part: bytes) -> None:
        self._size += len(part)
        if self._size > MAX_BODY:
            self.refuse(*_TOO_LARGE)
        elif not self._closing:
            self._parts.append(part)

    def on_message_complete(self) -> None:
        if self._upgrading or self._closing:
            return
        request = self._request
        request.body = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        self._request, self._parts, self._size = _NONE, [], 0
        self._in_head = True
        self._waiting.append(request)
        if self._reply is None:
            self._begin()
            if self._task is not None:
                self._wake.set_result(None)
                return
            self._task = spawn(self._work(), "connection")
            # Not a ``finally`` of the task: one that is cancelled before its first step never gets there.
            self._task.add_done_callback(self._ended)
        elif len(self._waiting) >= MAX_PIPELINED and not self._held_up:
            self._held_up = True
            self._transport.pause_reading()

    # ------------------------------------------------------------ answering

    def _begin(self) -> None:
        """The first of those that wait is in work from now on."""
        request = self._waiting[0]
        self._reply = Reply(
            self._transport,
            self._server.outbox,
            request.keep_alive and not self._server.draining,
            request.version,
            self._paused,
        )
        self._reply.head_only = request.method == "HEAD"
        self._server.outbox.busy += 1

    async def _work(self) -> None:
        """Answer what comes, one request after the other, until the connection is to end."""
        server = self._server
        while (reply := self._reply) is not None:
            try:
                await server.handle(self._waiting.popleft(), reply)
            except Exception:  # noqa: BLE001 - the last line of defence: one request must not end the server
                _log.exception("A request failed in a way that should not happen")
                reply.abort()
            self._answered(reply)
            if reply.keep_alive and self._reply is None:
                self._wake = server.loop.create_future()
                await self._wake

    def _answered(self, reply: Reply) -> None:
        """What was in work is over, in whichever way; the next one begins, or the connection ends."""
        self._server.outbox.busy -= 1
        self._reply = None
        self.touched = time.monotonic()
        if not reply.finished:
            reply.abort()
        if not reply.keep_alive:
            self._end()
        elif self._waiting:
            self._begin()
        elif self._held_up and not self._transport.is_closing():
            self._held_up = False
            self._transport.resume_reading()

    def _ended(self, task: asyncio.Task[None]) -> None:
        if self._reply is not None:  # cancelled in the middle of a request
            self._reply.abort()
            self._answered(self._reply)
        self._task = None  # which holds, by its failure's traceback, what is ours, and would hold all of the exchange
        self._end()

    def _end(self) -> None:
        """Close behind what was written."""
        self._server.outbox.flush()
        self._transport.close()

    def refuse(self, status: int, code: str, message: str) -> None:
        """Answer what cannot be read any further, and close; what else comes is ignored until the client leaves."""
        if self._closing:
            return
        self._closing = True
        if self._reply is not None:  # what is in work ends as it should, and the connection with it
            self._reply.keep_alive = False
            return
        body = self._server.refusal(self._request.path, status, code, message)
        Reply(self._transport, self._server.outbox, keep_alive=False, version="1.1").whole(status, [JSON], body)
        # Closing at once would reset the connection while the client still sends, and lose the answer.
        self._server.loop.call_later(1.0, self._transport.close)

    def stale(self, now: float) -> None:
        """Close when nothing has happened for too long: an unfinished request, or an idle connection."""
        if self._reply is not None:
            return
        unfinished = bool(self._head) or bool(self._parts) or not self._in_head
        if unfinished and now - self.touched > HEAD_SECONDS:
            self.refuse(408, "request_timeout", "The request did not arrive within 30 s.")
        elif now - self.touched > IDLE_SECONDS:
            self._transport.close()

    def drain(self) -> None:
        """Close when idle; a request in work finishes first."""
        if self._reply is not None:
            self._reply.keep_alive = False
        else:
            self._end()

    def close(self) -> None:
        self._transport.abort()
