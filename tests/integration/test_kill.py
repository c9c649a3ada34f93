"""``kill -9`` under load: what a client received whole is in the log, and the spend counters are the sum of the log."""

from __future__ import annotations

import asyncio
import contextlib
import random
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from conduit_desktop.paths import Home
from conduit_desktop.records import Exchange, ExchangeFilter, Price, VirtualKey
from conduit_desktop.runtime import keys, models, providers
from conduit_desktop.store import Store
from conduit_desktop.vault import MemoryVault
from tests.fakes.raw import Raw, chat
from tests.fakes.upstream import DONE, ROLE, Received, Step, Upstream, completion, delta, event, reply, stream
from tests.integration.program import Program

pytestmark = pytest.mark.slow

CLIENTS = 32
PAUSE = 0.3
"""The longest pause of a client between two requests: about 200 requests a second in all."""
INPUT, OUTPUT = 1_000, 10_000


@dataclass
class Load:
    """What the clients know: the cost of every answer that came whole, by its request id."""

    key: str
    whole: dict[str, int] = field(default_factory=dict)
    begun: int = 0
    streams: int = 0


@dataclass
class Books:
    """What the home knows afterwards."""

    rows: list[Exchange]
    counted: int
    requests: int


def costed(received: Received) -> list[Step]:
    """An answer whose cost tells requests apart: the request names its own output tokens."""
    asked = received.json
    usage = {"prompt_tokens": 10, "completion_tokens": asked["max_tokens"], "total_tokens": 10 + asked["max_tokens"]}
    if not asked.get("stream"):
        return reply({**completion(), "usage": usage})
    counts = event(choices=[], usage=usage)
    return stream(ROLE, delta("a"), 0.01, delta("b"), 0.01, delta(finish="stop"), counts, DONE)


def prepare(folder: Path, upstream: Upstream) -> str:
    """A home with one model, its price, and a key with a budget, whose text is given."""
    store = Store.open(Home(folder))
    try:
        provider = providers.add(store, MemoryVault(), "one", "openai-compatible", base_url=upstream.url)
        store.prices.put(*models.price_key(provider, "real"), Price(source="t", input=INPUT, output=OUTPUT), "t")
        models.add(store, "fast", provider, "real")
        wanted = VirtualKey(id="", name="k", digest="", last4="", budget=10**15)
        return keys.create(store, MemoryVault(), wanted, keep_text=False)[1]
    finally:
        store.close()


async def client(url: str, load: Load, rng: random.Random) -> None:
    """Ask for one answer after the other until nobody is there any more."""
    with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
        async with await Raw.open(url) as connection:
            while True:
                tokens, streamed = rng.randint(1, 1000), rng.random() < 0.4
                load.begun += 1
                got = await connection.ask(chat(load.key, stream=streamed, max_tokens=tokens))
                if not got.whole:
                    return
                assert got.status == 200, got
                load.whole[got.headers["x-request-id"]] = 10 * INPUT + tokens * OUTPUT
                load.streams += streamed
                await asyncio.sleep(rng.uniform(0, PAUSE))


async def kill_under_load(program: Program, load: Load, rng: random.Random) -> None:
    """One gateway's life: from its start to its sudden end at some moment of the load."""
    process = program.popen("serve", "--port", "0")
    try:
        assert process.stdout is not None
        url = (await asyncio.to_thread(process.stdout.readline)).strip()
        work = asyncio.gather(*[client(url, load, random.Random(rng.random())) for _ in range(CLIENTS)])
        await asyncio.sleep(rng.uniform(0.5, 2.5))
        process.kill()
        await work
    finally:
        process.kill()
        await asyncio.to_thread(process.communicate)


def read(folder: Path) -> Books:
    store = Store.open(Home(folder))
    try:
        rows: list[Exchange] = []
        while page := store.exchanges.page(ExchangeFilter(), rows[-1].seq if rows else None, 1000):
            rows += page
        spent = store.spend.rows("0000-00-00", "9999-99-99")
        return Books(rows, sum(each.cost for each in spent), sum(each.requests for each in spent))
    finally:
        store.close()


def check(load: Load, books: Books) -> list[str]:
    """Of the answers received whole, the ids that are missing or wrong in the log; raises for wrong counters."""
    logged = {row.id: row for row in books.rows}
    assert len(logged) == len(books.rows)
    assert books.counted == sum(row.cost or 0 for row in books.rows)
    assert books.requests == len(books.rows)
    return [id_ for id_, cost in load.whole.items() if id_ not in logged or logged[id_].cost != cost]


async def test_nothing_that_was_received_is_lost(tmp_path: Path) -> None:
    program, rng = Program(tmp_path / "home"), random.Random()
    async with Upstream() as upstream:
        upstream.usual = costed
        load = Load(prepare(program.home, upstream))
        for _ in range(2):
            before = len(load.whole)
            await kill_under_load(program, load, rng)
            books = await asyncio.to_thread(read, program.home)
            assert check(load, books) == []
            assert len(load.whole) > before + 20
            print(f"begun {load.begun}, whole {len(load.whole)} ({load.streams} streams), logged {len(books.rows)}")
