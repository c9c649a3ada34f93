"""The HTTP/1.1 server: listens, and keeps its connections until they are over or the gateway ends."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
import time

from conduit_desktop.gateway.accept.connection import Connection, Handler, Refuse
from conduit_desktop.gateway.outbox import Outbox
from conduit_desktop.tasks import spawn

BACKLOG = 2048
"""Connections that may wait to be taken."""
CALM = 8
"""Requests in work with which turns of the loop are short."""
LONG = 0.001
"""Seconds between two connections that tell of a long turn."""


class Server:
    """Listens, and keeps its connections."""

    loop: asyncio.AbstractEventLoop

    def __init__(self, handle: Handler, refusal: Refuse, outbox: Outbox) -> None:
        self.handle = handle
        self.refusal = refusal
        self.outbox = outbox
        self.connections: set[Connection] = set()
        self.draining = False
        self._listener: asyncio.Server | None = None
        self._doors: list[socket.socket] = []
        self._latest = 0.0
        self._sweeper: asyncio.TimerHandle | None = None

    async def listen(self, host: str, port: int) -> int:
        """Listen; gives the port (of use with port 0). Raises OSError when it is taken."""
        self.loop = asyncio.get_running_loop()  # asked for once: each asking is a system call
        self._listener = await self.loop.create_server(self._taken, host, port, backlog=BACKLOG)
        if sys.platform != "win32":  # whose listening sockets belong to the loop alone
            self._doors = [socket.fromfd(each.fileno(), each.family, each.type) for each in self._listener.sockets]
        self.draining = False
        self._sweep()
        return int(self._listener.sockets[0].getsockname()[1])

    def _taken(self) -> Connection:
        """For a connection that the loop takes. libuv takes one a turn, and with hundreds of streams a turn is long:
        then who else is at the door comes in with it, so that the last of a crowd has not to wait for a turn each."""
        connection = Connection(self)
        if self.outbox.busy > CALM and connection.touched - self._latest > LONG:
            for door in self._doors:
                with contextlib.suppress(OSError):  # nobody else is
                    while True:
                        spawn(self._take(door.accept()[0]), "accept")
        self._latest = connection.touched
        return connection

    async def _take(self, found: socket.socket) -> None:
        try:
            found.setblocking(False)
            transport, _ = await self.loop.connect_accepted_socket(lambda: Connection(self), found)
            if self.draining:
                transport.close()
        except OSError:  # it has gone again
            found.close()

    def _sweep(self) -> None:
        now = time.monotonic()
        for connection in list(self.connections):
            connection.stale(now)
        self._sweeper = self.loop.call_later(5.0, self._sweep)

    async def close(self, grace: float) -> int:
        """Accept nothing more, let what is in work finish for up to ``grace`` seconds, then cut the rest off.

        Gives how many requests were in work when the close began.
        """
        self.draining = True
        if self._listener is not None:
            self._listener.close()
        while self._doors:
            self._doors.pop().close()
        began, deadline = self.outbox.busy, time.monotonic() + grace
        for connection in list(self.connections):
            connection.drain()
        while self.outbox.busy and time.monotonic() < deadline:
            await asyncio.sleep(0.02)
        for connection in list(self.connections):
            connection.close()
        while self.connections and time.monotonic() < deadline + 2:
            await asyncio.sleep(0.01)
        if self._sweeper is not None:
            self._sweeper.cancel()
        if self._listener is not None:
            await self._listener.wait_closed()
            self._listener = None
        return began
