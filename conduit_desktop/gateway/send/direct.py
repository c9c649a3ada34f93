"""The fast way to a provider: HTTP/1.1 over a pool of kept connections, httptools for parsing.

Owns sockets and framing. Follows no redirect, so a secret cannot leave its provider's own origin; speaks TLS with the
system's and certifi's roots. Proxies and HTTP/2 are ``general``'s business.
"""

from __future__ import annotations

import asyncio
import functools
import socket
import ssl
import time
from typing import Any, cast

from conduit_desktop.errors import UpstreamError
from conduit_desktop.gateway.outbox import Outbox
from conduit_desktop.gateway.send.dialling import dial
from conduit_desktop.gateway.send.reading import Line, Reading
from conduit_desktop.gateway.send.upstream import LAST_LOOK, Address, Answer, Call, late

IDLE_SECONDS = 50.0
MAX_IDLE = 1024
LARGE = 64 * 1024
"""Bytes of a body that are handed to the socket as they are; fewer are joined with the head."""
_TLS_WORDS = dict.fromkeys(("WRONG_VERSION_NUMBER", "HTTP_REQUEST"), "it does not speak TLS (is it http://?)")
"""OpenSSL's names of reasons, for people."""


@functools.lru_cache(maxsize=1)
def tls_context() -> ssl.SSLContext:
    """Certificate checks by the system's roots and certifi's (a bare machine may have none of its own)."""
    import certifi

    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    context.set_alpn_protocols(["http/1.1"])
    return context


def failure_of(error: BaseException, address: Address) -> UpstreamError:
    """The UpstreamError that says what kept us from connecting to ``address``, and what to look at."""
    where = f"{address.host}:{address.port}"
    if isinstance(error, socket.gaierror):
        return UpstreamError(
            f"The name {address.host} cannot be resolved.",
            cause="dns",
            hint="Check the provider's base URL and your network.",
        )
    if isinstance(error, ConnectionRefusedError):
        return UpstreamError(
            f"Nothing answers at {where}.", cause="refused", hint="Is the server running, and on this port?"
        )
    if isinstance(error, ssl.SSLError):
        why = getattr(error, "verify_message", "") or _TLS_WORDS.get(error.reason or "") or error.reason
        return UpstreamError(
            f"No secure connection to {where}: {why}.",
            cause="tls",
            hint="Check the address, the clock, and any proxy that inspects traffic.",
        )
    if isinstance(error, TimeoutError):
        return UpstreamError(
            f"{where} did not take the connection within the limit for connecting.",
            cause="connect_timeout",
            status=504,
            code="upstream_timeout",
        )
    return UpstreamError(
        f"{where} cannot be reached: {error.__class__.__name__}.",
        cause="unreachable",
        hint="Check your network.",
    )


class _Connection(Line):
    """One connection to a provider, serving one call at a time."""

    transport: asyncio.Transport

    def __init__(self, pool: Direct, address: Address, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(address, loop)
        self._pool = pool
        self._paused = False
        self._timer: asyncio.TimerHandle | None = None
        self._rings = 0.0
        self._due = 0.0
        self._connecting: asyncio.Task[Any] | None = None
        self.late = False
        """Whether it was not there within its limit."""
        self.idle_since = 0.0

    def connecting(self, call: Call, task: asyncio.Task[Any]) -> Reading:
        """Have the call sent as soon as the connection is there; ``task`` is cancelled (``late``) when that takes too
        long."""
        self._connecting = task
        self._began = self.loop.time()
        self._due = self._began + call.connect_timeout
        self._set_timer()
        reading = self.reading = Reading(self, call)
        return reading

    def send(self, call: Call) -> Reading:
        """Write the request; the reading's ``head`` is done when the head of the answer is here."""
        reading = self.reading = Reading(self, call)
        reading.reused = True
        if self.transport.is_closing():  # lost since it was opened
            reading.lost()
        else:
            self._write(call)
        return reading

    def _write(self, call: Call) -> None:
        self.heard = False
        body = call.body
        lines = [call.method.encode() + self.address.asks, *map(b": ".join, call.headers)]
        if body or call.method != "GET":
            lines.append(b"content-length: %d" % len(body))
        apart = len(body) >= LARGE
        lines += (b"", b"" if apart else body)
        if apart:
            self.transport.write(b"\r\n".join(lines))
            self.transport.write(body)
        else:
            self._pool.outbox.write(self.transport, b"\r\n".join(lines))
        self._due = self.loop.time() + call.answer_timeout
        if self._timer is None or self._due < self._rings:
            self._set_timer()

    # One timer serves connecting and all calls of a connection, for as long as their answers begin in time: setting and
    # clearing one costs more than most of what else is done for a call.

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._rings = self._due
        self._timer = self.loop.call_at(self._due, self._ring)

    def _ring(self, again: Reading | None = None) -> None:
        """Give up on what is past its limit; ``again`` was so a moment ago."""
        self._timer = None
        reading = self.reading
        if self._connecting is not None:
            self.late = True
            self._connecting.cancel()
        elif reading is None or reading.answered:
            return
        elif self._due - self.loop.time() >= 0.002:  # loops round to a millisecond
            self._set_timer()
        elif reading is not again:
            self._timer = self.loop.call_later(LAST_LOOK, self._ring, reading)
        else:
            reading.fail(late(reading.call))

    def answered(self, *, keep: bool) -> None:
        self.reading = None
        if keep and not self.transport.is_closing():
            self.resume()
            self._pool.keep(self)
        else:
            self.transport.close()

    def pause(self) -> None:
        if not self._paused and not self.transport.is_closing():
            self._paused = True
            self.transport.pause_reading()

    def resume(self) -> None:
        if self._paused and not self.transport.is_closing():
            self._paused = False
            self.transport.resume_reading()

    def abort(self) -> None:
        self.transport.abort()

    # ------------------------------------------------------------ transport events

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's are no subclass of it
        self._pool.opened(self)
        self._connecting = None
        if (reading := self.reading) is not None:
            reading.connected = self.loop.time() - self._began
            self._write(reading.call)

    def connection_lost(self, failure: Exception | None) -> None:
        if (reading := self.gone()) is not None:
            reading.lost()

    def gone(self) -> Reading | None:
        """It is none, or none any more; gives the answer that was in work."""
        self._pool.forget(self)
        self._connecting = None
        if self._timer is not None:
            self._timer.cancel()
        reading, self.reading = self.reading, None
        return reading


class Direct:
    """The pool. All methods belong to the gateway's loop."""

    def __init__(self, outbox: Outbox) -> None:
        self.outbox = outbox
        self._idle: dict[str, list[_Connection]] = {}
        self._all: set[_Connection] = set()
        self._addresses: dict[str, Address] = {}

    async def call(self, call: Call) -> Answer:
        address = self._addresses.get(call.url)
        if address is None:
            if len(self._addresses) > 1000:
                self._addresses.clear()
            address = self._addresses[call.url] = Address.of(call.url)
        connection = self._take(address)
        while True:
            kept = connection is not None
            if connection is not None:
                reading = connection.send(call)
            else:
                connection, reading = await self._connect(address, call)
            try:
                await reading.head
                return reading
            except BaseException as failure:
                connection.abort()
                broken = isinstance(failure, UpstreamError) and failure.cause == "broken"
                if not (kept and broken) or connection.heard:
                    raise
            # The provider closed a kept connection just as we wrote: the request was not taken.
            connection = None

    def _take(self, address: Address) -> _Connection | None:
        idle = self._idle.get(address.origin)
        oldest = time.monotonic() - IDLE_SECONDS
        while idle:
            connection = idle.pop()
            if connection.transport.is_closing():
                continue
            if connection.idle_since < oldest:
                connection.abort()
                continue
            connection.address = address
            return connection
        return None

    async def _connect(self, address: Address, call: Call) -> tuple[_Connection, Reading]:
        """A new connection, by which the call goes out."""
        loop = asyncio.get_running_loop()
        task = cast("asyncio.Task[Any]", asyncio.current_task(loop))
        others = task.cancelling()
        connection = _Connection(self, address, loop)
        reading = connection.connecting(call, task)
        try:
            made = None if address.literal else await dial(address.host, address.port)
            where: dict[str, Any] = {"sock": made} if made else {"host": address.host, "port": address.port}
            if address.secure:
                where |= {"ssl": tls_context(), "server_hostname": address.host}
            await loop.create_connection(lambda: connection, **where)
        except BaseException as error:
            connection.gone()
            if connection.late and task.uncancel() <= others and isinstance(error, asyncio.CancelledError):
                error = TimeoutError()
            if isinstance(error, OSError | UnicodeError):
                raise failure_of(error, address) from None
            raise
        return connection, reading

    def opened(self, connection: _Connection) -> None:
        self._all.add(connection)

    def keep(self, connection: _Connection) -> None:
        """A connection whose answer is whole may serve another call."""
        idle = self._idle.setdefault(connection.address.origin, [])
        if len(idle) >= MAX_IDLE:
            connection.abort()
            return
        connection.idle_since = time.monotonic()
        idle.append(connection)

    def forget(self, connection: _Connection) -> None:
        self._all.discard(connection)
        idle = self._idle.get(connection.address.origin)
        if idle and connection in idle:
            idle.remove(connection)

    async def close(self) -> None:
        """Close every connection and wait until they are gone."""
        for connection in list(self._all):
            connection.abort()
        while self._all:
            await asyncio.sleep(0.005)
