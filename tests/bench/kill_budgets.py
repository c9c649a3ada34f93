"""``kill -9`` at random moments, under load, with budgets on: is every exchange that a client received whole in the
log, once and at its exact cost; do the counters add up; and does the gateway go on from there?

    python -m tests.bench.kill_budgets [SECONDS]

A real ``serve`` is started, asked for answers whole and streamed by parallel clients on three keys, killed and started
again, for so many seconds. The provider counts what it completed. Its answers are known by their output tokens, which
the request names and no other has. One key's budget is so small that it is reached in every round; after every restart
it is set to one picodollar more than the log says was spent: then exactly one request must be let through. Any
reservation that survived would refuse it, any spending that was lost would let a second one through.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from conduit_desktop.paths import Home
from conduit_desktop.records import Exchange, ExchangeFilter, Price, VirtualKey
from conduit_desktop.runtime import keys, models, providers
from conduit_desktop.store import Store
from conduit_desktop.vault import MemoryVault
from tests.fakes.raw import Raw, chat
from tests.fakes.upstream import DONE, ROLE, Received, Step, Upstream, completion, delta, event, reply, stream
from tests.integration.program import Program

CLIENTS = 32
PAUSE = 0.3
"""The longest pause of a client between two requests: about 200 requests a second in all."""
INPUT, OUTPUT = 1_000, 10_000
AMPLE = 10**17
ROOM = 40
"""Requests that the small budget has room for in each round, or so."""
MOST_TOKENS = 10**6
LONGEST = (0.3, 4.0)
"""A round lasts from the first to the last of these, in seconds."""


def cost_of(tokens: int) -> int:
    return 10 * INPUT + tokens * OUTPUT


@dataclass
class Provider:
    """What the provider knows: every answer, by its tokens, and how many bytes it has when it is complete."""

    answers: dict[int, tuple[Received, int]] = field(default_factory=dict)

    def __call__(self, received: Received) -> list[Step]:
        asked = received.json
        tokens = asked["max_tokens"]
        counts = {"prompt_tokens": 10, "completion_tokens": tokens, "total_tokens": 10 + tokens}
        if asked.get("stream"):
            told = event(choices=[], usage=counts)
            steps = stream(ROLE, delta("a"), 0.01, delta("b"), 0.01, delta(finish="stop"), told, DONE)
        else:
            steps = reply({**completion(), "usage": counts})
        self.answers[tokens] = received, sum(len(step) for step in steps if isinstance(step, bytes))
        return steps

    def completed(self) -> set[int]:
        return {tokens for tokens, (received, size) in self.answers.items() if received.written >= size}


@dataclass
class Whole:
    """An answer that a client has to the last byte."""

    key_id: str
    request_id: str
    streamed: bool


class Trial:
    """A home, its keys, what the clients know, and what was read of the log so far."""

    def __init__(self, program: Program, upstream: Upstream, rng: random.Random) -> None:
        self.program = program
        self.home = Home(program.home)
        self.rng = rng
        self.provider = Provider()
        upstream.usual = self.provider
        self.keys: dict[str, VirtualKey] = {}
        self.texts: dict[str, str] = {}
        self.given: set[int] = set()
        self.whole: dict[int, Whole] = {}
        self.asked = self.refused = self.hung_up = self.kills = 0
        self.rows: dict[int, Exchange] = {}
        self._read_up_to = 0
        self._prepare(upstream)

    def _prepare(self, upstream: Upstream) -> None:
        with contextlib.closing(Store.open(self.home)) as store:
            provider = providers.add(store, MemoryVault(), "one", "openai-compatible", base_url=upstream.url)
            store.prices.put(*models.price_key(provider, "real"), Price(source="t", input=INPUT, output=OUTPUT), "t")
            models.add(store, "fast", provider, "real")
            for name in ("editor", "agent", "small"):
                wanted = VirtualKey(id="", name=name, digest="", last4="", budget=AMPLE)
                self.keys[name], self.texts[name] = keys.create(store, MemoryVault(), wanted, keep_text=False)

    # ------------------------------------------------------------ a round

    async def round(self) -> None:
        """One gateway's life: from its start to its sudden end at some moment of the load."""
        with self._gateway() as process:
            assert process.stdout is not None
            url = (await asyncio.to_thread(process.stdout.readline)).strip()
            assert url, process.communicate()
            if self.kills:
                await self._go_on_from_the_right_figure(url)
            await asyncio.to_thread(self._set_budget, self.spent("small") + ROOM * cost_of(MOST_TOKENS // 2))
            work = asyncio.gather(*[self._client(url, random.Random(self.rng.random())) for _ in range(CLIENTS)])
            await asyncio.sleep(self.rng.uniform(*LONGEST))
            process.kill()
            await work
        self.kills += 1
        if self.kills % 2:  # else the next gateway finds what this one left
            await asyncio.to_thread(self.read)

    @contextlib.contextmanager
    def _gateway(self) -> Iterator[subprocess.Popen[str]]:
        process = self.program.popen("serve", "--port", "0")
        try:
            yield process
        finally:
            process.kill()
            process.communicate()

    async def _client(self, url: str, rng: random.Random) -> None:
        """Ask for one answer after the other until nobody is there any more."""
        name = rng.choice(list(self.keys))
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                async with await Raw.open(url) as connection:
                    while await self._ask(connection, name, rng):
                        await asyncio.sleep(rng.uniform(0, PAUSE))

    async def _ask(self, connection: Raw, name: str, rng: random.Random) -> bool:
        """One request; whether the connection is good for more."""
        streamed = rng.random() < 0.4
        tokens = self._new_tokens(rng)
        request = chat(self.texts[name], stream=streamed, max_tokens=tokens)
        self.asked += 1
        if rng.random() < 0.05:
            connection.send(request)
            await asyncio.sleep(rng.uniform(0, 0.03))
            self.hung_up += 1
            return False
        got = await connection.ask(request)
        if not got.whole:
            raise ConnectionError
        if got.status == 402 and name == "small":
            self.refused += 1
            return True
        assert got.status == 200, got
        self.whole[tokens] = Whole(self.keys[name].id, got.headers["x-request-id"], streamed)
        return True

    def _new_tokens(self, rng: random.Random) -> int:
        while (tokens := rng.randrange(1, MOST_TOKENS)) in self.given:
            pass
        self.given.add(tokens)  # not only once it is with the provider: others are on their way
        return tokens

    async def _go_on_from_the_right_figure(self, url: str) -> None:
        await asyncio.to_thread(self.read)
        await asyncio.to_thread(self._set_budget, self.spent("small") + 1)
        statuses = []
        for _ in range(3):
            async with await Raw.open(url) as connection:
                tokens = self._new_tokens(self.rng)
                got = await connection.ask(chat(self.texts["small"], max_tokens=tokens))
            statuses.append(got.status)
            if got.status == 200:
                self.whole[tokens] = Whole(self.keys["small"].id, got.headers["x-request-id"], False)
        assert statuses == [200, 402, 402], statuses
        await asyncio.to_thread(self._wait_for, got.headers["x-request-id"])
        await asyncio.to_thread(self.read)

    def _wait_for(self, request_id: str) -> None:
        """A gateway that lives has an exchange in its journal first, which is nobody else's to read."""
        with contextlib.closing(Store.open(self.home)) as store:
            deadline = time.monotonic() + 20
            while not store.exchanges.has(request_id):
                assert time.monotonic() < deadline, f"{request_id} is lost"
                time.sleep(0.02)

    def _set_budget(self, budget: int) -> None:
        with contextlib.closing(Store.open(self.home)) as store:
            self.keys["small"] = replace(self.keys["small"], budget=budget)
            store.keys.put(self.keys["small"])

    # ------------------------------------------------------------ the books

    def spent(self, name: str) -> int:
        return sum(row.cost or 0 for row in self.rows.values() if row.key_id == self.keys[name].id)

    def read(self) -> None:
        """Read what is new in the log and hold it against what clients and provider know."""
        with contextlib.closing(Store.open(self.home)) as store:
            fresh: list[Exchange] = []
            before: int | None = None
            while page := store.exchanges.page(ExchangeFilter(), before, 1000):
                fresh += [row for row in page if row.seq > self._read_up_to]
                before = page[-1].seq
                if before <= self._read_up_to:
                    break
            counted = store.spend.of_keys()
            by_model = store.spend.rows()
        self._read_up_to = max([self._read_up_to, *(row.seq for row in fresh)])
        self.rows |= {row.seq: row for row in fresh}
        sums = {key_id: sum(each.cost for each in by_model if each.key_id == key_id) for key_id in counted}
        self._check(counted, sums)

    def _check(self, counted: dict[str, keys.KeySpend], by_model: dict[str, int]) -> None:
        logged = {row.usage.output: row for row in self.rows.values() if row.usage and row.status == 200}
        assert len(logged) == sum(row.status == 200 for row in self.rows.values()), "an exchange is there twice"
        for tokens, whole in self.whole.items():
            row = logged.get(tokens)
            assert row is not None, f"{whole} is lost"
            assert (row.id, row.key_id, row.cost) == (whole.request_id, whole.key_id, cost_of(tokens)), row
        for tokens, row in logged.items():
            assert tokens in self.provider.answers, f"nobody answered {row}"
            assert row.cost == cost_of(tokens), row
        for key_id, sums in counted.items():
            own = [row for row in self.rows.values() if row.key_id == key_id]
            assert sums.cost == by_model[key_id] == sum(row.cost or 0 for row in own)
            assert sums.requests == len(own)
        budget = self.keys["small"].budget
        assert budget is not None
        assert self.spent("small") <= budget + cost_of(MOST_TOKENS), "more than a request over the budget"

    def tell(self) -> str:
        completed = self.provider.completed()
        streams = sum(each.streamed for each in self.whole.values())
        return (
            f"kill {self.kills}: asked {self.asked:,}, whole at the client {len(self.whole):,} ({streams:,} streams),"
            f" completed by the provider {len(completed):,}, refused at the budget {self.refused:,}, hung up"
            f" {self.hung_up:,}; rows of the log held against that so far: {len(self.rows):,}"
        )


async def run(program: Program, seconds: float, rng: random.Random) -> Trial:
    """Kill again and again; raises AssertionError for whatever is wrong."""
    async with Upstream() as upstream:
        trial = Trial(program, upstream, rng)
        end = time.monotonic() + seconds
        while time.monotonic() < end or trial.kills < 3:
            await trial.round()
            print(trial.tell(), flush=True)
        await _end_in_order(trial)
    return trial


async def _end_in_order(trial: Trial) -> None:
    """Once more, and stopped as one should: nothing stays behind."""
    with trial.program.serving() as serving:
        await trial._go_on_from_the_right_figure(serving.url)
        serving.process.terminate()
        await asyncio.to_thread(serving.ended)
    await asyncio.to_thread(trial.read)
    left = {path.name for path in trial.home.folder.iterdir() if path.name.startswith(("journal-", "gateway.json"))}
    assert not left, left
    completed = trial.provider.completed()
    print("\nkey      whole at client   spend of these   logged beside   spend on disk")
    for name, key in trial.keys.items():
        own = [row for row in trial.rows.values() if row.key_id == key.id]
        whole = [row for row in own if row.usage and row.usage.output in trial.whole and row.status == 200]
        cost, disk = sum(row.cost or 0 for row in whole), sum(row.cost or 0 for row in own)
        print(f"{name:8} {len(whole):15,} {cost / 1e12:16.6f} {len(own) - len(whole):15,} {disk / 1e12:15.6f}")
        provider = sum(cost_of(tokens) for tokens, each in trial.whole.items() if each.key_id == key.id)
        assert cost == provider
    known = {row.usage.output for row in trial.rows.values() if row.usage and row.status == 200}
    print(
        f"completed by the provider: {len(completed):,}; in the log: {len(completed & known):,};"
        f" on the way when a kill came, and whole at no client: {len(completed - known):,}"
    )


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 300.0
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CONDUIT_HOME"] = folder  # where the program keeps its byte code
        seed = random.SystemRandom().randrange(10**9)
        print(f"seed {seed}, {seconds:.0f} seconds")
        asyncio.run(run(Program(Path(folder, "home")), seconds, random.Random(seed)))


if __name__ == "__main__":
    main()
