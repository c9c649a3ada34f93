"""Clients that read streams, as a process of its own; prints one JSON line of what they saw.

    python -m tests.bench.streams URL KEY MODEL CLIENTS ROUNDS

Each client asks ROUNDS times, on a new connection each time; Anthropic's dialect where the URL is of ``/messages``.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import cast
from urllib.parse import urlsplit

import uvloop

from tests.bench.places import conversation

SECONDS = 60


class Reader(asyncio.Protocol):
    """One stream: counts its events; ``ended`` is set at its end, or when the other side closes."""

    def __init__(self, request: bytes, piece: bytes, last: bytes) -> None:
        self._request, self._piece, self._last = request, piece, last
        self._tail = b""
        self.events, self.first, self.whole = 0, 0.0, False
        self.ended = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._begun = time.perf_counter()
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self.events += data.count(self._piece)
        if self.events and not self.first:
            self.first = time.perf_counter() - self._begun
        self._tail = (self._tail + data)[-80:]
        if self._tail.endswith(b"0\r\n\r\n"):
            self.whole = self._last in self._tail
            self._transport.close()

    def connection_lost(self, _: Exception | None) -> None:
        self.ended.set()


async def client(url: str, key: str, model: str, rounds: int) -> list[Reader]:
    parts = urlsplit(url)
    body = conversation(model, stream=True, max_tokens=999)
    head = f"POST {parts.path} HTTP/1.1\r\nhost: {parts.netloc}\r\nauthorization: Bearer {key}\r\n"
    head += f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    piece, last = (
        (b'"text_delta"', b"message_stop") if parts.path.endswith("/messages") else (b'"content":"', b"[DONE]")
    )
    readers = []
    for _ in range(rounds):
        reader = Reader(head.encode() + body, piece, last)
        await asyncio.get_running_loop().create_connection(lambda reader=reader: reader, parts.hostname, parts.port)
        readers.append(reader)
        async with asyncio.timeout(SECONDS):
            await reader.ended.wait()
    return readers


async def main() -> None:
    url, key, model, clients, rounds = sys.argv[1:]
    every = await asyncio.gather(*[client(url, key, model, int(rounds)) for _ in range(int(clients))])
    readers = [reader for readers in every for reader in readers]
    firsts = sorted(reader.first or SECONDS for reader in readers)
    figures = {
        "streams": len(readers),
        "whole": sum(reader.whole for reader in readers),
        "events": sum(reader.events for reader in readers),
        "first_p50": firsts[len(firsts) // 2],
        "first_p99": firsts[int(len(firsts) * 0.99)],
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    uvloop.run(main())
