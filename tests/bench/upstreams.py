"""What calling a provider costs by each HTTP client that was weighed for the hot path: CPU of this process a whole
answer (32 at once) and an event of a stream (40 at once), in turns, medians.

    python -m tests.bench.upstreams

``direct`` and ``general`` are the gateway's own ways, the second httpx's; aiohttp comes with the tests; pyreqwest,
which nothing here needs, is measured where it is installed.
"""

from __future__ import annotations

import asyncio
import importlib.util
import time
from collections.abc import Awaitable, Callable
from statistics import median
from typing import Any

import uvloop

from conduit_desktop.errors import UpstreamError
from conduit_desktop.gateway.outbox import Outbox
from conduit_desktop.gateway.send.direct import Direct
from conduit_desktop.gateway.send.general import General
from conduit_desktop.gateway.send.upstream import Call, Upstream
from tests.bench.places import CHAT, conversation, direct

ROUNDS, WORKERS, EACH, STREAMS = 7, 32, 40, 40
WHOLE, STREAM = conversation(), conversation(stream=True)
HEADERS = {"authorization": "Bearer sk-one", "content-type": "application/json"}
Client = Callable[[bytes], Awaitable[int]]
"""Sends a body and takes in the whole answer; gives how many pieces it came in."""


class Counted:
    """A sink that counts."""

    released = False

    def __init__(self) -> None:
        self.pieces = 0
        self.over = asyncio.Event()

    def data(self, piece: bytes) -> None:
        self.pieces += 1

    def ended(self, failure: UpstreamError | None) -> None:
        assert failure is None
        self.over.set()


def ours(upstream: Upstream, url: str) -> Client:
    headers = [(name.encode(), value.encode()) for name, value in HEADERS.items()]

    async def client(body: bytes) -> int:
        answer = await upstream.call(Call("POST", url, list(headers), body))
        if body is WHOLE:
            return len(await answer.read()) and 1
        answer.relay(sink := Counted())
        await sink.over.wait()
        return sink.pieces

    return client


async def clients(url: str) -> tuple[dict[str, Client], list[Callable[[], Awaitable[Any]]]]:
    """All that can be had, and how to close them."""
    one, other = Direct(Outbox()), General()
    found, closing = {"direct": ours(one, url), "general (httpx)": ours(other, url)}, [one.close, other.close]
    import aiohttp

    session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), auto_decompress=False)

    async def by_aiohttp(body: bytes) -> int:
        async with session.post(url, data=body, headers=HEADERS) as answer:
            if body is WHOLE:
                return len(await answer.read()) and 1
            return len([piece async for piece in answer.content.iter_any()])

    found["aiohttp"] = by_aiohttp
    closing.append(session.close)
    if importlib.util.find_spec("pyreqwest"):
        pyreqwest: Any = importlib.import_module("pyreqwest.client")
        rust = pyreqwest.ClientBuilder().http1_only().build()

        async def by_pyreqwest(body: bytes) -> int:
            request = rust.post(url).headers(HEADERS).body_bytes(body)
            if body is WHOLE:
                return len(await (await request.build().send()).bytes()) and 1
            async with request.build_streamed() as answer:
                reader, pieces = answer.body_reader, 0
                while await reader.read_chunk() is not None:
                    pieces += 1
            return pieces

        found["pyreqwest"] = by_pyreqwest
        closing.append(rust.close)
    return found, closing


async def spent(client: Client, body: bytes, workers: int, each: int) -> float:
    """Microseconds of CPU a piece."""

    async def work() -> int:
        return sum([await client(body) for _ in range(each)])

    before = time.process_time()
    pieces = sum(await asyncio.gather(*[work() for _ in range(workers)]))
    return (time.process_time() - before) / pieces * 1e6


async def main() -> None:
    with direct() as provider:
        found, closing = await clients(provider.url + CHAT)
        seen: dict[str, list[tuple[float, float]]] = {name: [] for name in found}
        for _ in range(ROUNDS + 1):
            for name, client in found.items():
                whole = await spent(client, WHOLE, WORKERS, EACH)
                seen[name].append((whole, await spent(client, STREAM, STREAMS, 1)))
        for close in closing:
            await close()
    print(f"{'':18}{'answer µs':>12}{'event µs':>12}{'× direct':>12}")
    base = [median(column) for column in zip(*seen["direct"][1:], strict=True)]
    for name, rounds in seen.items():
        figures = [median(column) for column in zip(*rounds[1:], strict=True)]  # the first warms up
        ratios = "{:8.1f} /{:5.1f}".format(*(each / least for each, least in zip(figures, base, strict=True)))
        print(f"{name:18}{figures[0]:12.1f}{figures[1]:12.1f}{ratios}")


if __name__ == "__main__":
    uvloop.run(main())
