"""What a connection does with its requests, whoever answers them: their order, their end, and what is left of them."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from conduit_desktop.gateway.accept.connection import Handler
from conduit_desktop.gateway.accept.reply import LARGE, Reply
from conduit_desktop.gateway.accept.request import Request
from conduit_desktop.gateway.accept.server import Server
from conduit_desktop.gateway.outbox import Outbox

ASKED = b"POST /%d HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\n\r\nhi"


def refusal(path: str, status: int, code: str, message: str) -> bytes:
    return code.encode()


@asynccontextmanager
async def served(handle: Handler) -> AsyncIterator[tuple[Server, asyncio.StreamReader, asyncio.StreamWriter]]:
    """A server whose requests go to ``handle``, and a client of it."""
    server = Server(handle, refusal, Outbox())
    port = await server.listen("127.0.0.1", 0)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield server, reader, writer
    finally:
        writer.close()
        await server.close(0.0)


async def answer(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    return await reader.readexactly(int(head.rpartition(b"content-length: ")[2]))


async def idle(server: Server) -> None:
    async with asyncio.timeout(5):
        while server.outbox.busy:
            await asyncio.sleep(0)


async def echo(request: Request, reply: Reply) -> None:
    await asyncio.sleep(0)
    reply.whole(200, [], request.path.encode())


async def test_each_in_its_turn_however_they_come() -> None:
    async with served(echo) as (server, reader, writer):
        writer.write(b"".join(ASKED % n for n in range(30)))
        for n in range(30, 33):
            await asyncio.sleep(0)
            writer.write(ASKED % n)
        assert [await answer(reader) for _ in range(33)] == [b"/%d" % n for n in range(33)]
        await idle(server)
        writer.write(ASKED % 33)
        assert await answer(reader) == b"/33"


@pytest.mark.parametrize("size", [0, LARGE - 1, LARGE, 3_000_000])
async def test_a_body_of_any_size_comes_whole(size: int) -> None:
    async def handle(request: Request, reply: Reply) -> None:
        reply.whole(200, [(b"x-a", b"1")], b"x" * size)

    async with served(handle) as (_, reader, writer):
        for _ in range(2):
            writer.write(ASKED % 1)
            assert await answer(reader) == b"x" * size


async def test_an_idle_connection_keeps_nothing_of_its_requests() -> None:
    async with served(echo) as (server, reader, writer):
        writer.write(ASKED % 7)
        await answer(reader)
        await idle(server)
        await asyncio.sleep(0)
        assert [each for each in gc.get_objects() if isinstance(each, Request) and each.body] == []


async def test_who_hangs_up_is_told_to_the_handler() -> None:
    begun, over = asyncio.Event(), asyncio.Event()

    async def handle(request: Request, reply: Reply) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            assert reply.gone
            over.set()

    async with served(handle) as (server, _, writer):
        writer.write(ASKED % 1)
        await begun.wait()
        assert server.outbox.busy == 1
        writer.transport.abort()
        await asyncio.wait_for(over.wait(), 5)
        await idle(server)


@pytest.mark.parametrize("earlier", [0, 1])
async def test_who_hangs_up_before_anything_was_begun_leaves_nothing_in_work(earlier: int) -> None:
    seen: list[str] = []

    async def handle(request: Request, reply: Reply) -> None:
        seen.append(request.path)
        await echo(request, reply)

    async with served(handle) as (server, reader, writer):
        for _ in range(earlier):
            writer.write(ASKED % 1)
            await answer(reader)
        while not server.connections:
            await asyncio.sleep(0)
        await idle(server)
        (connection,) = server.connections
        connection.data_received(ASKED % 2)
        assert server.outbox.busy == 1
        connection.connection_lost(None)
        await idle(server)
    assert seen == ["/1"] * earlier


async def test_a_handler_that_fails_costs_its_connection_and_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    async def handle(request: Request, reply: Reply) -> None:
        if request.path == "/1":
            raise ZeroDivisionError
        await echo(request, reply)

    async with served(handle) as (server, reader, writer):
        writer.write(ASKED % 1 + ASKED % 2)
        assert await reader.read() == b""
        assert server.outbox.busy == 0
        again, more = await asyncio.open_connection(*writer.get_extra_info("peername"))
        more.write(ASKED % 2)
        assert await answer(again) == b"/2"
        more.close()
    assert "should not happen" in caplog.text


async def test_what_is_refused_behind_a_request_in_work_ends_the_connection_behind_its_answer() -> None:
    async with served(echo) as (_, reader, writer):
        writer.write(ASKED % 1 + b"hello\r\n\r\n")
        assert await answer(reader) == b"/1"
        assert await reader.read() == b""


async def test_answers_that_wait_for_the_others_come_whole_and_in_order() -> None:
    """Several are in work, so that each waits for the end of the loop's turn: the next one of its connection too, and
    the connection's end."""
    async with served(echo) as (server, reader, writer):
        server.outbox.busy += 5
        writer.write(b"".join(ASKED % n for n in range(20)))
        writer.write(ASKED.replace(b"hi", b"").replace(b"length: 2", b"length: 0\r\nconnection: close") % 20)
        assert [await answer(reader) for _ in range(21)] == [b"/%d" % n for n in range(21)]
        assert await reader.read() == b""
        server.outbox.busy -= 5


async def test_a_stream_comes_behind_the_answer_before_it() -> None:
    async def handle(request: Request, reply: Reply) -> None:
        if request.path == "/1":
            reply.start(200, [], b"streamed")
            reply.end()
        else:
            reply.whole(200, [], b"whole")

    async with served(handle) as (server, reader, writer):
        server.outbox.busy += 5
        writer.write(ASKED % 0 + ASKED % 1 + ASKED % 2)
        assert await answer(reader) == b"whole"
        assert (await reader.readuntil(b"0\r\n\r\n")).endswith(b"8\r\nstreamed\r\n0\r\n\r\n")
        assert await answer(reader) == b"whole"
        server.outbox.busy -= 5
