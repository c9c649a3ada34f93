"""Taking connections: however many knock at once, and none any more behind the close."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import closing
from importlib import import_module
from importlib.util import find_spec

import pytest

from conduit_desktop.gateway.accept.reply import Reply
from conduit_desktop.gateway.accept.request import Request
from conduit_desktop.gateway.accept.server import CALM, Server
from conduit_desktop.gateway.outbox import Outbox

CROWD = 100
LOOPS = ["asyncio", *(["uvloop"] if find_spec("uvloop") else [])]


async def hello(request: Request, reply: Reply) -> None:
    reply.whole(200, [], b"hello")


def refusal(path: str, status: int, code: str, message: str) -> bytes:
    return code.encode()


def knocking(port: int) -> socket.socket:
    """A client whose request is with the system when this comes back, though nobody has taken the connection."""
    made = socket.create_connection(("127.0.0.1", port), 5)
    made.sendall(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")
    return made


def runner(loop: str) -> asyncio.Runner:
    make: Callable[[], asyncio.AbstractEventLoop] = import_module(loop).new_event_loop
    return asyncio.Runner(loop_factory=make)


@pytest.mark.parametrize("loop", LOOPS)
def test_a_crowd_comes_in_at_once_where_turns_may_be_long(loop: str) -> None:
    async def crowd() -> int:
        free = asyncio.Event()

        async def held(request: Request, reply: Reply) -> None:
            await free.wait()
            await hello(request, reply)

        server = Server(held, refusal, Outbox())
        port = await server.listen("127.0.0.1", 0)
        clients = [knocking(port) for _ in range(CALM + 1)]
        async with asyncio.timeout(5):
            while server.outbox.busy <= CALM:
                await asyncio.sleep(0)
        clients += [knocking(port) for _ in range(CROWD)]
        for _ in range(5):
            await asyncio.sleep(0)
        taken = len(server.connections)
        free.set()
        for each in clients:
            with closing(each):
                answer = await asyncio.to_thread(each.recv, 1000)
                assert answer.startswith(b"HTTP/1.1 200 OK\r\n"), answer
        await server.close(1.0)
        assert not server.connections
        return taken

    with runner(loop) as run:
        assert run.run(crowd()) == CALM + 1 + CROWD


@pytest.mark.parametrize("loop", LOOPS)
def test_who_has_gone_again_is_no_matter(loop: str) -> None:
    async def crowd() -> None:
        server = Server(hello, refusal, Outbox())
        port = await server.listen("127.0.0.1", 0)
        for _ in range(CROWD):
            gone = knocking(port)
            gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # closed by a reset
            gone.close()
        with closing(knocking(port)) as stays:
            assert (await asyncio.to_thread(stays.recv, 1000)).startswith(b"HTTP/1.1 200 OK\r\n")
        await server.close(1.0)

    with runner(loop) as run:
        run.run(crowd())


@pytest.mark.parametrize("loop", LOOPS)
def test_nobody_comes_in_behind_the_close(loop: str) -> None:
    async def late() -> None:
        server = Server(hello, refusal, Outbox())
        port = await server.listen("127.0.0.1", 0)
        await server.close(1.0)
        with pytest.raises(ConnectionRefusedError):
            await asyncio.to_thread(knocking, port)
        assert await server.listen("127.0.0.1", port) == port  # it can be taken anew
        await server.close(1.0)

    with runner(loop) as run:
        run.run(late())
