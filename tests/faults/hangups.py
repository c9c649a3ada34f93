"""Clients that hang up at random moments, before and after the first token, in every dialect, streamed and whole.

    .venv/bin/python -m tests.faults.hangups 2000

Each upstream connection has to be closed within a second, measured at the upstream; no deployment's health is touched;
no task, slot or reservation stays; memory stays flat. Prints the figures; the last line says whether all of it held.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import random
import sys
import tempfile
import time
import tracemalloc
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from conduit_desktop.records import ExchangeFilter, Timeouts
from tests.fakes.raw import Raw, chat
from tests.fakes.rig import Rig, running
from tests.fakes.upstream import HANG, Received, Step, reply
from tests.faults.bench import DIALECTS, Bench, upstream_model
from tests.faults.heard import asking
from tests.faults.speaking import Told, dialect_of
from tests.faults.upstream import Misbehaving, sending
from tests.matrix.clients import CLIENTS

ALLOWED = 1.0
"""Seconds within which a provider has to be told."""
LONG = "there was a gateway that nobody noticed " * 20
PATHS = {
    "openai-chat": "/v1/chat/completions",
    "openai-responses": "/v1/responses",
    "anthropic-messages": "/v1/messages",
    "gemini": "/v1beta/models/{model}:{method}",
    "cohere": "/cohere/v2/chat",
    "ollama": "/api/chat",
}
KEY = "impatient"


@dataclass
class Report:
    """What came of it. ``closed`` are the seconds from each hang-up to the end of its upstream connection; ``moments``
    where the providers stood; ``problems`` what should not be."""

    asked: int = 0
    never_sent: int = 0
    answered: int = 0
    closed: list[float] = field(default_factory=list)
    moments: Counter[str] = field(default_factory=Counter)
    pairs: Counter[tuple[str, str, bool]] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    memory: str = ""

    def __str__(self) -> str:
        closed = sorted(self.closed) or [0.0]
        at = {name: closed[min(int(len(closed) * part), len(closed) - 1)] for name, part in PARTS.items()}
        spread = " · ".join(f"{name} {1000 * seconds:.1f} ms" for name, seconds in at.items())
        moments = " · ".join(f"{name} {count}" for name, count in sorted(self.moments.items()))
        return (
            f"{self.asked} requests in {len({pair[:2] for pair in self.pairs})} pairs of dialects, streamed and whole\n"
            f"upstream connections cut: {len(closed)}; from hang-up to the end at the upstream: {spread}\n"
            f"the provider was at: {moments}\n"
            f"before the call was made: {self.never_sent}; after the answer was whole: {self.answered}\n{self.memory}"
        )


PARTS = {"median": 0.5, "p99": 0.99, "longest": 1.0}


class Dawdling:
    """A provider that is never done: it stands still, or goes on slowly, in one of the ways there are."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.received: dict[str, tuple[Received, str]] = {}
        self.strange: list[str] = []

    def __call__(self, received: Received) -> list[Step]:
        body, dialect = received.json, dialect_of(received.target)
        streamed = ":stream" in received.target or bool(body.get("stream", dialect == "ollama"))
        told = Told(dialect, streamed, LONG, "m")
        ways = STREAMED if streamed else WHOLE
        name = self.rng.choice(list(ways))
        number = received.body.partition(b"request-")[2][:6].decode()
        if number in self.received:
            self.strange.append(f"request {number} was sent to a provider twice")
        self.received[number] = (received, name)
        return ways[name](told)


def _paced(told: Told) -> list[Step]:
    return sending(told, *[step for piece in told.pieces for step in (piece, 0.02)], whole=False)


STREAMED = {
    "nothing": lambda told: [HANG],
    "head": lambda told: sending(told, HANG, whole=False),
    "announced": lambda told: sending(told, *told.pieces[: told.first], HANG, whole=False),
    "first words": lambda told: sending(told, *told.pieces[: told.first + 1], HANG, whole=False),
    "words": _paced,
}
WHOLE = {
    "nothing (whole)": lambda told: [HANG],
    "half a body": lambda told: [*_halved(told), HANG],
    "a slow answer": lambda told: [0.25, *reply(told.whole)],
}


def _halved(told: Told) -> list[Step]:
    whole = reply(told.whole)[0]
    assert isinstance(whole, bytes)
    return [whole[: len(whole) // 2]]


def request(key: str, client: str, model: str, streamed: bool, number: str) -> bytes:
    """The bytes of a request, with its number in it."""
    body = {name: value for name, value in asking(client, streamed, f"request-{number}").items() if name != "config"}
    method = "streamGenerateContent?alt=sse" if streamed else "generateContent"
    if client == "gemini":
        del body["stream"]
    else:
        body["model"] = model
    path = PATHS[client].format(model=model, method=method)
    return chat(key, path=path, body=json.dumps(body).encode())


async def hang_up(rig: Rig, key: str, provider: Dawdling, rng: random.Random, number: str, report: Report) -> None:
    """One client that asks and leaves, at a moment of its own."""
    client, served, streamed = rng.choice(list(CLIENTS)), rng.choice(DIALECTS), rng.random() < 0.65
    report.pairs[client, served, streamed] += 1
    one = await Raw.open(rig.base_url)
    one.send(request(key, client, served, streamed, number))
    # At once, soon, while words flow; now and then only when some have come.
    with contextlib.suppress(TimeoutError, ConnectionError, asyncio.IncompleteReadError):
        async with asyncio.timeout(rng.choice([0, 0.002, 0.01, 0.05, 0.2, 0.4]) * rng.random() * 2):
            got = await one.answer()
            report.answered += got.whole
    left = time.perf_counter()
    if rng.random() < 0.5:
        one.writer.transport.abort()
    await one.close()
    await _closed(provider, number, left, report)


async def _closed(provider: Dawdling, number: str, left: float, report: Report) -> None:
    """Wait until the provider has been left too, or its answer was whole before."""
    deadline = left + 3 * ALLOWED
    while time.perf_counter() < deadline:
        if number in provider.received:
            received, way = provider.received[number]
            if received.gone.is_set():
                report.closed.append(max(received.gone_at - left, 0.0))
                report.moments[way] += 1
                if received.gone_at - left > ALLOWED:
                    report.problems.append(f"{way}: the provider was left {received.gone_at - left:.2f} s later")
                del provider.received[number]
                return
            if received.over:
                del provider.received[number]
                return
        elif time.perf_counter() - left > ALLOWED:
            report.never_sent += 1
            return
        await asyncio.sleep(0.005)
    report.problems.append(f"{provider.received[number][1]}: the provider was never left (request {number})")


def ours() -> list[asyncio.Task[object]]:
    """The tasks but for those of the connections to the upstream that are kept, which the upstream has."""
    theirs = ("name='fake ", "coro=<Upstream._serve() ")
    return [task for task in asyncio.all_tasks() if not any(each in str(task) for each in theirs)]


async def run(count: int, seed: int = 1, at_once: int = 16, warm: int = 400) -> Report:
    """``count`` hang-ups, after ``warm`` more that let caches and the inspector's ring fill."""
    rng = random.Random(seed)
    provider = Dawdling(random.Random(seed + 1))
    with tempfile.TemporaryDirectory() as folder:
        async with Misbehaving() as upstream, running(Path(folder)) as rig:
            upstream.usual = provider
            _configure(Bench(rig, upstream))
            key = rig.add_key(KEY, budget=10**16, parallel=10_000, rpm=10**6, tpm=10**9)
            await rig.gateway.snapshot()
            first = Report()
            await _many(range(warm), rig, key, provider, rng, at_once, first)
            report = Report(asked=count, problems=first.problems)
            await _rested(rig, report)
            upstream.received.clear()
            before = _memory()
            tasks = len(ours())
            await _many(range(warm, warm + count), rig, key, provider, rng, at_once, report)
            await _rested(rig, report)
            upstream.received.clear()
            report.memory = _compare(before, _memory(), report)
            if (left := len(ours())) > tasks + 2:
                report.problems.append(f"{left - tasks} tasks are left: {sorted(map(str, ours()))[:5]}")
            report.problems += provider.strange
            await asyncio.to_thread(_judge, rig, warm + count - first.never_sent - report.never_sent, report)
    return report


def _configure(bench: Bench) -> None:
    """A model a provider dialect, each with a second deployment that nobody must be sent to."""
    limits = Timeouts(connect=5.0, first_token=60.0, idle=60.0, total=120.0)
    for dialect in DIALECTS:
        model = upstream_model(dialect, 0)
        served = [(bench.provider(f"{dialect}-{letter}", dialect), model) for letter in "ab"]
        bench.model(dialect, served, limits, retries=2)


async def _many(
    numbers: range, rig: Rig, key: str, provider: Dawdling, rng: random.Random, at_once: int, report: Report
) -> None:
    gate = asyncio.Semaphore(at_once)

    async def one(number: int) -> None:
        async with gate:
            await hang_up(rig, key, provider, rng, f"{number:06d}", report)

    await asyncio.gather(*(one(number) for number in numbers))


async def _rested(rig: Rig, report: Report) -> None:
    """Wait until nothing is in work; what stays is a problem."""
    key = rig.store.keys.by_name(KEY)
    assert key is not None
    gateway, health = rig.gateway, rig.gateway.health
    for _ in range(500):
        in_work = sum(each.in_work for each in health._conditions.values())
        left = (gateway.in_flight, in_work, gateway.ledger.reserved(key.id), gateway.limits.at_once(key.id))
        if not any(left):
            return
        await asyncio.sleep(0.01)
    report.problems.append(f"left behind: requests, slots, reservations, places = {left}")


def _judge(rig: Rig, asked: int, report: Report) -> None:
    """What the health and the log say."""
    for name, condition in rig.gateway.health._conditions.items():
        if condition.failures or condition.reason:
            report.problems.append(f"held against {name}: {condition.failures} failures, {condition.reason}")
    rig.store.exchanges.flush()  # the last of them are gathered for a moment before they are written
    seen, cursor, statuses = 0, None, Counter[int]()
    while rows := rig.store.exchanges.page(ExchangeFilter(), cursor, 500):
        seen += len(rows)
        statuses.update(row.status for row in rows)
        cursor = rows[-1].seq
    if set(statuses) - {200, 499}:
        report.problems.append(f"statuses in the log: {dict(statuses)}")
    if not asked <= seen <= asked + report.never_sent + 400:
        report.problems.append(f"{seen} exchanges in the log, {asked} reached a provider")
    report.memory += f"\nin the log: {dict(statuses)}"


def _memory() -> tuple[int, int]:
    gc.collect()
    traced = tracemalloc.get_traced_memory()[0] if tracemalloc.is_tracing() else 0
    return traced, psutil.Process().memory_info().rss


def _compare(before: tuple[int, int], after: tuple[int, int], report: Report) -> str:
    """The growth, and whether it is more than noise: a leak of 5 kB a request would be 10 MB in 2,000."""
    traced, rss = after[0] - before[0], after[1] - before[1]
    if traced > max(1_500_000, 1000 * report.asked):
        report.problems.append(f"memory grew by {traced / 1e6:.1f} MB of Python's own")
    if rss > 40_000_000:
        report.problems.append(f"the process grew by {rss / 1e6:.1f} MB")
    return f"memory: Python's own {traced / 1e6:+.2f} MB, the process {rss / 1e6:+.1f} MB"


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    tracemalloc.start()
    began = time.monotonic()
    report = asyncio.run(run(count))
    print(report)
    for problem, times in Counter(report.problems).most_common(20):
        print(f"- {problem} (×{times})")
    print(f"{'all held' if not report.problems else 'NOT all held'}, in {time.monotonic() - began:.0f} s")
    return bool(report.problems)


if __name__ == "__main__":
    sys.exit(main())
