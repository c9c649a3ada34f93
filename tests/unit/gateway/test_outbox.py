"""Writes wait for the end of the loop's turn where several requests are in work, and are never lost or out of order."""

from __future__ import annotations

import asyncio

from conduit_desktop.gateway.outbox import MOST, Outbox


class Socket(asyncio.WriteTransport):
    """What was written to it, on a list that several share."""

    def __init__(self, written: list[bytes]) -> None:
        super().__init__()
        self.written = written
        self.closing = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written.append(bytes(data))

    def is_closing(self) -> bool:
        return self.closing


async def test_what_is_alone_does_not_wait() -> None:
    written: list[bytes] = []
    outbox = Outbox()
    for outbox.busy in (0, 1):
        outbox.write(Socket(written), b"%d" % outbox.busy)
    assert written == [b"0", b"1"]


async def test_others_go_out_together_in_their_order() -> None:
    written: list[bytes] = []
    outbox, one, other = Outbox(), Socket(written), Socket(written)
    outbox.busy = 2
    outbox.write(one, b"1")
    outbox.write(other, b"2")
    outbox.busy = 1
    outbox.write(one, b"3")
    assert written == []
    await asyncio.sleep(0)
    assert written == [b"1", b"2", b"3"]
    outbox.write(one, b"4")
    assert written[-1] == b"4"


async def test_not_too_many_wait_and_nobody_writes_to_what_is_closed() -> None:
    written: list[bytes] = []
    outbox, gone = Outbox(), Socket([])
    outbox.busy = 2
    outbox.write(gone, b"lost")
    gone.closing = True
    for number in range(1, MOST):
        outbox.write(Socket(written), b"%d" % number)
    assert written == [b"%d" % number for number in range(1, MOST)]
    assert gone.written == []
    outbox.write(Socket(written), b"next")
    outbox.flush()
    assert written[-1] == b"next"
    await asyncio.sleep(0)
    assert len(written) == MOST
