"""What a request, and an event of a stream, cost in instructions: counted by callgrind, so that no noise can move them.

    python -m tests.bench.hot_path            counts, and compares with the figures that are kept
    python -m tests.bench.hot_path --keep     counts, and keeps the figures

A gateway with a key, a budget, two deployments, prices and the log on disk serves one client after the other from a
provider in the same process (whose share, and the client's, is in the figures). Each figure is the difference between
two runs, so that starting costs nothing, and is told in units of a fixed piece of Python's work measured beside it: it
is of the code and not of the interpreter's build. Needs valgrind.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import cast

import uvloop

from conduit_desktop.records import Price
from tests.fakes.rig import Rig, running

KEPT = Path(__file__).with_suffix(".json")
MOST_RISE = 1.10
COUNTED = re.compile(r"Collected : (\d+)")
UNIT = 1000
"""Rounds of ``toil`` that make the unit."""
ANSWER = (
    b'{"id":"c1","created":1,"model":"real","choices":[{"index":0,"message":{"role":'
    b'"assistant","content":"Hello there, how can I help today?"},"finish_reason":"stop"}],"usage":{"prompt_tokens":'
    b'21,"completion_tokens":9,"total_tokens":30,"prompt_tokens_details":{"cached_tokens":0}}}'
)
EVENT = b'data: {"id":"c1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"word "}}]}\n\n'
LAST = b'data: {"id":"c1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":21,'
LAST += b'"completion_tokens":9,"total_tokens":30}}\n\ndata: [DONE]\n\n'
ASKED = b'{"model":"fast","messages":[{"role":"user","content":"Say hello in five languages."}],"temperature":0.7%s}'
THEIRS = b'{"model":"fast","max_tokens":99,"messages":[{"role":"user","content":"Say hello."}],"stream":true}'


class Provider(asyncio.Protocol):
    """Answers each request, whole or as a stream of ``events`` pieces, each written by itself."""

    events = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if b'"stream"' not in data:
            head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(ANSWER)
            self._transport.write(head + ANSWER)
            return
        self._transport.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
        )
        self._send(self.events)

    def _send(self, left: int) -> None:
        piece = EVENT if left else LAST
        self._transport.write(b"%x\r\n%s\r\n" % (len(piece), piece) + (b"" if left else b"0\r\n\r\n"))
        if left:
            asyncio.get_running_loop().call_soon(self._send, left - 1)


class Client(asyncio.Protocol):
    """Asks one request after the other on one connection; an answer is over with ``end``."""

    def __init__(self, request: bytes, end: bytes, times: int) -> None:
        self._request, self._end, self._left = request, end, times
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        if not data.endswith(self._end):
            assert not re.match(rb"HTTP/1.1 [45]", data), data
            return
        self._left -= 1
        if self._left:
            self._transport.write(self._request)
        else:
            self._transport.close()
            self.done.set_result(None)


async def work(what: str, count: int) -> None:
    """``count`` requests, or ten streams of ``count`` events."""
    loop = asyncio.get_running_loop()
    provider = await loop.create_server(Provider, "127.0.0.1", 0)
    port = provider.sockets[0].getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        async with running(Path(folder)) as rig:
            key = prepare(rig, f"http://127.0.0.1:{port}/v1")
            path, body, end, times = b"/v1/chat/completions", ASKED % b"", b"}", count
            if what != "request":
                Provider.events, end, times = count, b"0\r\n\r\n", 10
                body = ASKED % b',"stream":true'
            if what == "translated":
                path, body = b"/v1/messages", THEIRS
            head = b"POST %s HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer %s\r\ncontent-length: %d\r\n\r\n"
            request = head % (path, key.encode(), len(body)) + body
            gateway = int(rig.base_url.rpartition(":")[2])
            _, client = await loop.create_connection(lambda: Client(request, end, times), "127.0.0.1", gateway)
            await client.done
    provider.close()


def prepare(rig: Rig, url: str) -> str:
    """A model with two deployments, prices, and a key with a budget."""
    provider = rig.add_provider("one", "openai-compatible", url, "sk-upstream")
    for name in ("real", "other"):
        rig.add_model("fast", provider, name)
        rig.set_price(provider, name, Price(source="test", input=1_000_000, output=4_000_000))
    rig.route("fast", strategy="round-robin")
    return rig.add_key("bench", budget=10**15, period="month")


def toil(rounds: int) -> int:
    """The fixed piece of work: what interpreters do, in about the usual mix."""
    table: dict[str, int] = {}
    for number in range(rounds):
        name = f"name-{number % 97}"
        table[name] = table.get(name, 0) + len(name.encode())
        pieces = [piece.upper() for piece in name.split("-")]
        table["-".join(pieces)] = sum(map(len, pieces))
    return len(table)


def instructions(*words: str) -> int:
    """How many a run of this module with ``words`` takes."""
    environ = {**os.environ, "PYTHONHASHSEED": "0"}
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", sys.executable, "-m", __spec__.name]
    done = subprocess.run([*command, *words], capture_output=True, text=True, env=environ, check=False)
    found = COUNTED.search(done.stderr)
    if done.returncode or found is None:
        raise SystemExit(f"callgrind did not count {' '.join(words)}:\n{done.stderr[-2000:]}")
    return int(found[1])


def each(what: str, few: int, many: int, per: int = 1) -> float:
    """Instructions of one more."""
    return (instructions("--work", what, str(many)) - instructions("--work", what, str(few))) / ((many - few) * per)


def measure() -> dict[str, float]:
    """Each figure, in units."""
    unit = each("toil", UNIT, 11 * UNIT) * UNIT
    figures = {"request": each("request", 100, 400)}
    for what in ("stream", "translated"):
        figures[f"{what} event"] = each(what, 20, 120, per=10)
    return {name: round(figure / unit, 5) for name, figure in figures.items()}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--work", nargs=2)
    told = parser.parse_args()
    if told.work:
        what, count = told.work[0], int(told.work[1])
        toil(count) if what == "toil" else uvloop.run(work(what, count))
        return 0
    figures, kept = measure(), json.loads(KEPT.read_text()) if KEPT.exists() else {}
    risen = False
    for name, figure in figures.items():
        before = kept.get(name)
        risen = risen or (before is not None and figure > before * MOST_RISE)
        print(f"{name:18} {figure:9.5f}" + (f"  kept {before:9.5f}  ×{figure / before:.3f}" if before else ""))
    if told.keep:
        KEPT.write_text(json.dumps(figures, indent=1) + "\n")
    return int(risen and not told.keep)


if __name__ == "__main__":
    sys.exit(main())
