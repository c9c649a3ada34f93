"""What is written within one turn of the gateway's loop goes out at its end, one socket right behind the other.

A write wakes whoever reads it, unless he is awake. Of answers that go out together a client takes the first while the
next are written, and the system's code for sending is at hand for all of them: written one by one between the work on
the requests, they cost a quarter more of the processor at 32 connections. What is alone in work never waits.
"""

from __future__ import annotations

import asyncio

MOST = 32
"""Writes that wait at the most."""


class Outbox:
    """Belongs to the gateway's loop. Who writes to a socket or closes it without this, calls ``flush`` before."""

    def __init__(self) -> None:
        self.busy = 0
        """Requests in work."""
        self._waiting: list[tuple[asyncio.WriteTransport, bytes]] = []

    def write(self, transport: asyncio.WriteTransport, data: bytes) -> None:
        """Write at the end of this turn; at once where nothing else is in work."""
        waiting = self._waiting
        if self.busy < 2 and not waiting:
            transport.write(data)
            return
        waiting.append((transport, data))
        if len(waiting) == 1:
            asyncio.get_running_loop().call_soon(self.flush)
        elif len(waiting) >= MOST:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            for transport, data in waiting:
                if not transport.is_closing():
                    transport.write(data)
