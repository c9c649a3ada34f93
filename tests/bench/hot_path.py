"""What a request, and an event of a stream, cost in instructions: counted by callgrind, so that no noise can move them.

    python -m tests.bench.hot_path            counts, and compares with the figures that are kept
    python -m tests.bench.hot_path --keep     counts, and keeps the figures

A gateway with a key, a budget, two deployments, prices and the log on disk serves one client from a provider in the
same process (whose share, and the client's, is in the figures). One run counts everything, each piece of work several
times of which the median is taken; starting is in none of them. Figures are told in rounds of a fixed piece of Python's
work (``toil``) counted in the same run: a build of Python that is twice as quick tells about the same (a tenth more
or less: figures are kept for each build). Needs valgrind.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import cast

import uvloop

from conduit_desktop.records import Price
from conduit_desktop.store import writer
from tests.fakes.rig import Rig, running

ROOT = Path(__file__).resolve().parents[2]
KEPT = Path(__file__).with_suffix(".json")
MOST_RISE = 1.10
ROUNDS = 5
REQUESTS, STREAMS, FEW, MANY = 40, 4, 20, 120
"""Of one round: requests; streams, and how many events the short and the long ones have."""
TOIL = 2000
"""Of ``toil``, whose rounds are the unit."""
PIECES = 6
"""Toil, requests, short and long streams of both sorts."""
TOTAL = re.compile(r"^totals: (\d+)", re.M)
MARK = "getsid"
"""The C function at whose call callgrind writes down what it has counted since the last; nobody else calls it."""
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
    """Answers each request, whole or as a stream of ``events`` pieces, the next of which is sent when the client has
    the one before: how many come at once is not left to the machine."""

    events = 0
    latest: Provider

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if b'"stream"' not in data:
            head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(ANSWER)
            self._transport.write(head + ANSWER)
            return
        Provider.latest, self._left = self, self.events
        self.go_on(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")

    def go_on(self, head: bytes = b"") -> None:
        piece, end = (EVENT, b"") if self._left else (LAST, b"0\r\n\r\n")
        self._left -= 1
        self._transport.write(b"%s%x\r\n%s\r\n%s" % (head, len(piece), piece, end))


class Client(asyncio.Protocol):
    """Asks one request after the other on one connection; an answer is over with ``end``."""

    def __init__(self, request: bytes, end: bytes) -> None:
        self._request, self._end, self._left = request, end, 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    async def ask(self, times: int) -> None:
        self._left, self._done = times, asyncio.get_running_loop().create_future()
        self.transport.write(self._request)
        await self._done

    def data_received(self, data: bytes) -> None:
        assert not re.match(rb"HTTP/1.1 [45]", data), data
        for _ in range(data.count(b"word ")):
            Provider.latest.go_on()
        if data.endswith(self._end):
            self._left -= 1
            if self._left:
                self.transport.write(self._request)
            else:
                self._done.set_result(None)


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


async def counted(work: Callable[[], Awaitable[object]]) -> None:
    """Once to warm up, then ``ROUNDS`` times between marks."""
    for round in range(ROUNDS + 1):
        if round == 1:
            gc.collect()
            gc.freeze()  # what is there by now is not looked through again in some of the rounds
        os.getsid(0)
        await work()
    os.getsid(0)


def count_from_here() -> None:
    """Have callgrind begin, which slows everything down: what came before was importing and starting. Asked to by its
    own program, which must not interrupt a system call for it (not every machine lets it): so do something."""
    asking = subprocess.Popen(["vgdb", f"--pid={os.getpid()}", "--max-invoke-ms=0", "instrumentation", "on"])
    while asking.poll() is None:
        toil(10)
    assert asking.returncode == 0


async def work() -> None:
    """All that is counted, in the order of ``measure``."""
    loop = asyncio.get_running_loop()
    provider = await loop.create_server(Provider, "127.0.0.1", 0)
    port = provider.sockets[0].getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        async with running(Path(folder)) as rig:
            key = prepare(rig, f"http://127.0.0.1:{port}/v1")
            gateway = int(rig.base_url.rpartition(":")[2])
            head = b"POST %s HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer %s\r\ncontent-length: %d\r\n\r\n"

            async def client(path: bytes, body: bytes, end: bytes) -> Client:
                request = head % (path, key.encode(), len(body)) + body
                made = await loop.create_connection(lambda: Client(request, end), "127.0.0.1", gateway)
                return made[1]

            async def asked(by: Client, times: int, events: int = 0) -> None:
                """``times`` requests and their log, in one transaction."""
                Provider.events = events
                await by.ask(times)
                await asyncio.to_thread(rig.store.write, lambda: None)

            async def toiling() -> None:
                toil(TOIL)

            whole = await client(b"/v1/chat/completions", ASKED % b"", b"}")
            same = await client(b"/v1/chat/completions", ASKED % b',"stream":true', b"0\r\n\r\n")
            other = await client(b"/v1/messages", THEIRS, b"0\r\n\r\n")
            for each in (whole, same, other):
                await asked(each, 1)
            count_from_here()
            await counted(toiling)
            await counted(lambda: asked(whole, REQUESTS))
            for streamed in (same, other):
                for events in (FEW, MANY):
                    await counted(partial(asked, streamed, STREAMS, events))
            for each in (whole, same, other):
                each.transport.close()
    provider.close()


def instructions() -> list[float]:
    """What callgrind counted of each piece of ``work``: the median of its rounds."""
    with tempfile.TemporaryDirectory() as folder:
        options = ["--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={folder}/out"]
        command = ["valgrind", *options, f"--dump-before={MARK}", sys.executable, "-m", "tests.bench.hot_path"]
        environ = {**os.environ, "PYTHONHASHSEED": "0"}
        done = subprocess.run([*command, "--work"], cwd=ROOT, capture_output=True, text=True, env=environ, check=False)
        dumps = sorted(Path(folder).glob("out.*"), key=lambda path: int(path.suffix[1:]))
        counts = [int(found[1]) for path in dumps if (found := TOTAL.search(path.read_text("utf-8")))]
    if done.returncode or len(counts) != PIECES * (ROUNDS + 2):
        raise SystemExit(f"callgrind did not count ({len(counts)} marks):\n{done.stderr[-2000:]}")
    return [median(counts[first + 2 : first + ROUNDS + 2]) for first in range(0, len(counts), ROUNDS + 2)]


def measure() -> dict[str, float]:
    """Each figure, in rounds of ``toil``."""
    toiled, requests, *streams = instructions()
    figures = {"request": requests / REQUESTS}
    for name, few, many in (("stream", *streams[:2]), ("translated", *streams[2:])):
        figures[f"{name} event"] = (many - few) / (STREAMS * (MANY - FEW))
    return {name: round(figure / toiled * TOIL, 2) for name, figure in figures.items()}


def kept() -> dict[str, float]:
    """The figures to compare with: this build's of Python, else the highest of the builds that there are figures of."""
    builds: dict[str, dict[str, float]] = json.loads(KEPT.read_text("utf-8"))
    return builds.get(sys.version) or {
        name: max(figures[name] for figures in builds.values()) for name in next(iter(builds.values()))
    }


def keep(figures: dict[str, float]) -> None:
    builds = json.loads(KEPT.read_text("utf-8"))
    KEPT.write_text(json.dumps({**builds, sys.version: figures}, indent=1) + "\n", "utf-8")


def compared(figures: dict[str, float]) -> tuple[list[str], bool]:
    """A line for each figure, and whether one has risen by more than it may."""
    before = kept()
    ratios = {name: figure / before[name] for name, figure in figures.items()}
    lines = [f"{name:18}{figures[name]:8.2f}  kept {before[name]:8.2f}  ×{ratio:.3f}" for name, ratio in ratios.items()]
    return lines, max(ratios.values()) > MOST_RISE


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.work:
        writer._GATHER_SECONDS = writer._IDLE_SECONDS = 3600  # its thread does its part when ``asked`` says so
        uvloop.run(work())
        return 0
    figures = measure()
    lines, risen = compared(figures)
    print(*lines, sep="\n")
    if told.keep:
        keep(figures)
    return int(risen and not told.keep)


if __name__ == "__main__":
    sys.exit(main())
