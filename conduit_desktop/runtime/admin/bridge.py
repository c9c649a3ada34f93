"""Between the gateway's own HTTP server and an ASGI application: one request, whole, and its answer, whole or streamed.

Format: the ASGI specification, version 2.4 (HTTP). A client that hangs up cancels the task that this runs in; a slow
one makes ``send`` wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from conduit_desktop.gateway.accept.reply import Reply
from conduit_desktop.gateway.accept.request import Request

Message = MutableMapping[str, Any]
App = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]


async def call(app: App, request: Request, reply: Reply, client: tuple[str, int], more: Headers) -> None:
    """Have ``app`` answer ``request``; ``more`` are further headers for the answer."""
    sending = _Sending(reply, more)
    await app(scope(request, client), _receiving(request), sending.send)
    sending.close()


def scope(request: Request, client: tuple[str, int]) -> Message:
    """What the application is told of a request."""
    path, _, query = request.target.partition(b"?")
    host, _, port = (request.header(b"host") or b"127.0.0.1").decode("latin-1").rpartition(":")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": request.version,
        "method": "GET" if request.method == "HEAD" else request.method,
        "scheme": "http",
        "path": request.path,
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": request.headers,
        "client": client,
        "server": (host, int(port)) if port.isdigit() else (port, 80),
        "state": {},
    }


def _receiving(request: Request) -> Callable[[], Awaitable[Message]]:
    whole = [{"type": "http.request", "body": request.body, "more_body": False}]

    async def receive() -> Message:
        if whole:
            return whole.pop()
        await asyncio.get_running_loop().create_future()  # until the task is cancelled, which is how we learn
        return {"type": "http.disconnect"}

    return receive


class _Sending:
    """The application's messages as an answer."""

    def __init__(self, reply: Reply, more: Headers) -> None:
        self._reply = reply
        self._more = more
        self._status = 500
        self._headers: Headers = []
        self._free = asyncio.Event()
        self._free.set()
        reply.flow(self._free.clear, self._free.set)

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            given = [(bytes(name).lower(), bytes(value)) for name, value in message.get("headers", ())]
            self._headers = [pair for pair in given if pair[0] not in (b"content-length", b"transfer-encoding")]
            self._headers += self._more
        elif message["type"] == "http.response.body":
            await self._body(bytes(message.get("body", b"")), message.get("more_body", False))

    async def _body(self, piece: bytes, more: bool) -> None:
        reply = self._reply
        if reply.gone:
            raise OSError("The client has gone.")
        if not reply.started:
            if not more:
                return reply.whole(self._status, self._headers, piece)
            reply.start(self._status, self._headers, piece)
        elif more:
            reply.write(piece)
        else:
            return reply.end(piece)
        await self._free.wait()

    def close(self) -> None:
        """An application that returned in the middle of a stream has failed."""
        if self._reply.started and not self._reply.finished:
            self._reply.abort()
