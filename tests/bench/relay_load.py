"""A provider, and clients that send it so many requests a second through a gateway, in a process of its own.

Used as ``Load``; the process is this module. It says the provider's port, is told the gateway's, the key and the rate,
and says what came of it when its standard input ends. One answer in forty takes its time, so that requests are in
flight. A request waits for a free one of ``CONNECTIONS``; an answer's time counts from when its request was due.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections import deque
from typing import NamedTuple, cast

import uvloop

from conduit_desktop.tasks import spawn
from tests.bench.hot_path import ANSWER, ASKED

CONNECTIONS = 128
TICK = 0.002
SLOW, LATE = 40, 1.5
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(ANSWER)
REQUEST = b"POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer %s\r\n"
REQUEST += b"content-length: %d\r\n\r\n"


class Came(NamedTuple):
    """``failed`` were answered otherwise; milliseconds an answer took."""

    seconds: float
    answered: int
    failed: int
    middle: float
    high: float
    longest: float


class Load:
    """The process, as whoever needs the load sees it."""

    def __init__(self) -> None:
        pipe = subprocess.PIPE
        self._process = subprocess.Popen([sys.executable, "-m", __spec__.name], stdin=pipe, stdout=pipe, text=True)
        self.provider = f"http://127.0.0.1:{self._read()}/v1"

    def _read(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def begin(self, base_url: str, key: str, rate: int) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{base_url.rpartition(':')[2]} {key} {rate}\n")
        self._process.stdin.flush()

    def end(self) -> Came:
        """Blocking."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        came = Came(*json.loads(self._read()))
        self._process.wait(10)
        return came


class Provider(asyncio.Protocol):
    asked = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if not data.endswith(b"}"):
            return  # a head whose body comes by itself
        Provider.asked += 1
        if Provider.asked % SLOW:
            self._transport.write(HEAD + ANSWER)
        else:
            asyncio.get_running_loop().call_later(LATE, self._transport.write, HEAD + ANSWER)


class Client(asyncio.Protocol):
    """One of many that share what is ``due`` (moments)."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._since = 0.0
        self._came = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._clients.free.append(self)

    def ask(self, since: float) -> None:
        self._since, self._came = since, b""
        self._transport.write(self._clients.request)

    def data_received(self, data: bytes) -> None:
        self._came += data
        if not self._came.endswith(b"}"):
            return
        self._clients.took.append(time.perf_counter() - self._since)
        self._clients.failed += not self._came.startswith(b"HTTP/1.1 200")
        if self._clients.due:
            self.ask(self._clients.due.popleft())
        else:
            self._clients.free.append(self)


class Clients:
    def __init__(self, request: bytes) -> None:
        self.request = request
        self.free: list[Client] = []
        self.due: deque[float] = deque()
        self.took: list[float] = []
        self.failed = 0

    async def work(self, port: int, rate: int, over: asyncio.Task[str]) -> Came:
        loop = asyncio.get_running_loop()
        for _ in range(CONNECTIONS):
            await loop.create_connection(lambda: Client(self), "127.0.0.1", port)
        begun, sent = time.perf_counter(), 0
        while not over.done():
            now = time.perf_counter()
            while sent < (now - begun) * rate:
                sent += 1
                self.due.append(begun + sent / rate)
            while self.due and self.free:
                self.free.pop().ask(self.due.popleft())
            await asyncio.sleep(TICK)
        seconds, took = time.perf_counter() - begun, sorted(self.took) or [0.0]
        middle, high = took[len(took) // 2], took[int(len(took) * 0.97)]  # the slow ones are beyond
        return Came(seconds, len(self.took), self.failed, middle * 1000, high * 1000, took[-1] * 1000)


async def main() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Provider, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    port, key, rate = (await asyncio.to_thread(sys.stdin.readline)).split()
    over = spawn(asyncio.to_thread(sys.stdin.read), "end")
    body = ASKED % b""
    clients = Clients(REQUEST % (key.encode(), len(body)) + body)
    print(json.dumps(await clients.work(int(port), int(rate), over)), flush=True)


if __name__ == "__main__":
    uvloop.run(main())
