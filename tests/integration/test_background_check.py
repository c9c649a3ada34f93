"""The background check against a real server on loopback, with clocks that the tests move: outages, keys that were
turned down, machines that sleep."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from random import Random

import pytest

from conduit_desktop.gateway.checking import SETTLE, SPREAD, TICK, Checking, Clocks
from conduit_desktop.gateway.exchange import Fault
from conduit_desktop.gateway.route.circuit import FAILURES_TO_OPEN
from conduit_desktop.gateway.route.health import Health
from conduit_desktop.gateway.snapshot import Key, Snapshot, Target, compile_snapshot
from conduit_desktop.records import HealthEvent, Provider
from conduit_desktop.runtime import credentials
from tests.fakes.rig import Rig
from tests.fakes.upstream import Received, Step, Upstream, error, reply
from tests.integration.conftest import SECRET

OTHER = "sk-upstream-other-0123456789"
MODELS = {"object": "list", "data": [{"id": "real"}]}
MINUTES = 5
INTERVAL = 60.0 * MINUTES


class Moved(Clocks):
    """Clocks that go on while ``run`` is awaited, and stand still while a check is under way."""

    def __init__(self) -> None:
        self.at, self.ahead = 1000.0, 0.0
        self._until = self.at
        self._going, self._there = asyncio.Event(), asyncio.Event()
        self.checks: Callable[[], set[asyncio.Task[None]]] = set

    def now(self) -> float:
        return self.at

    def wall(self) -> float:
        return 1_700_000_000.0 + self.at + self.ahead

    def sleep(self, seconds: float) -> None:
        self.ahead += seconds

    async def wait(self, woken: asyncio.Event, seconds: float | None) -> None:
        if under_way := self.checks():
            await asyncio.wait(under_way)
        if woken.is_set():
            return
        while self.at >= self._until:
            self._there.set()
            await self._going.wait()
        if woken.is_set():
            return
        if seconds is None:
            self.at = self._until
        else:
            self.at = min(self.at + seconds, self._until)
        if self.at >= self._until:
            self._going.clear()

    async def run(self, seconds: float) -> None:
        self._until = self.at + seconds
        self._there.clear()
        self._going.set()
        async with asyncio.timeout(20):
            await self._there.wait()


class Bench:
    """A provider with one model, what is checked of it, and what health made of that."""

    def __init__(self, folder: Path, upstream: Upstream) -> None:
        self.rig = Rig(folder)
        self.upstream = upstream
        self.clocks = Moved()
        self.told: list[HealthEvent] = []
        self.health = Health(self.told.append, self.clocks.now, self.clocks.wall)
        self.checking = Checking(self.current, self._secret, self.health, Random(1), self.clocks)
        self.clocks.checks = lambda: set(self.checking._checks)
        self.provider = self.rig.add_provider("one", "openai-compatible", upstream.url, SECRET)
        self.rig.add_model("fast", self.provider, "real")
        upstream.usual = reply(MODELS)

    async def current(self) -> Snapshot:
        return compile_snapshot(self.rig.store.configuration(), b"")

    async def _secret(self, key: Key) -> str | None:
        return None if key.ref is None else self.rig.vault.get(key.ref)

    async def target(self) -> Target:
        return (await self.current()).routes["fast"].targets[0]

    def every(self, minutes: int) -> None:
        self.rig.store.settings.put("check_minutes", minutes)
        self.checking.changed()

    async def go(self, seconds: float) -> int:
        """Let time go on; how many requests the provider got."""
        before = len(self.upstream.received)
        await self.clocks.run(seconds)
        return len(self.upstream.received) - before

    async def state(self) -> str:
        return self.health.state(await self.target(), self.clocks.now()).state


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with Upstream() as upstream:
        made = Bench(tmp_path, upstream)
        made.checking.start()
        yield made
        await made.checking.stop()
        made.rig.store.close()


async def test_nobody_is_asked_unless_it_is_wanted(bench: Bench) -> None:
    assert await bench.go(6 * 3600) == 0
    bench.every(MINUTES)
    assert 10 <= await bench.go(3600) <= 14
    bench.every(0)
    await bench.go(1)
    assert await bench.go(6 * 3600) == 0
    bench.rig.store.models.remove(bench.rig.store.models.list()[0].id)
    bench.every(MINUTES)
    assert await bench.go(3600) == 0, "nothing is served"


async def test_an_outage_is_found_and_so_is_its_end_without_a_flood(bench: Bench) -> None:
    bench.every(MINUTES)
    await bench.go(INTERVAL)
    bench.upstream.usual = error(503)
    asked = await bench.go(3600)
    assert await bench.state() in ("open", "half-open")
    assert asked <= 3600 / 30 + 2, "one every half a minute at most"
    assert [event.state for event in bench.told][:1] == ["open"]
    bench.upstream.usual = reply(MODELS)
    await bench.go(INTERVAL)
    assert bench.health.available(await bench.target(), bench.clocks.now())
    assert bench.health.of((await bench.target()).id).circuit.state(bench.clocks.now()) != "open"


async def test_each_key_is_asked_and_one_that_is_turned_down_comes_back_by_itself(bench: Bench) -> None:
    credentials.add(bench.rig.store, bench.rig.vault, bench.provider.id, "other", OTHER)

    def only(good: str) -> Callable[[Received], list[Step]]:
        return lambda received: reply(MODELS) if good in (received.header("authorization") or "") else error(401)

    bench.upstream.usual = only(SECRET)
    bench.every(MINUTES)
    await bench.go(2 * INTERVAL)
    assert {received.header("authorization") for received in bench.upstream.received} == {
        f"Bearer {SECRET}",
        f"Bearer {OTHER}",
    }
    other = bench.rig.store.providers.list()[0].credentials[0]
    assert bench.health.credential(other.id, bench.clocks.now()).state == "rejected"
    assert bench.health.credential(bench.provider.id, bench.clocks.now()).state == "closed"
    assert await bench.state() == "closed"
    asked = await bench.go(2 * INTERVAL)
    assert asked <= 6, "a key that is turned down has its usual turn only"
    bench.upstream.usual = reply(MODELS)
    await bench.go(2 * INTERVAL)
    assert bench.health.credential(other.id, bench.clocks.now()).state == "closed"
    events = [(event.subject, event.state) for event in bench.told]
    assert events == [(other.id, "rejected"), (other.id, "closed")]


async def test_a_machine_that_wakes_asks_everybody_once_and_soon(bench: Bench) -> None:
    for name in ("two", "three"):
        provider: Provider = bench.rig.add_provider(name, "openai-compatible", f"{bench.upstream.url}/{name}", SECRET)
        bench.rig.add_model("fast", provider, "real")
    bench.every(MINUTES)
    await bench.go(INTERVAL)
    bench.clocks.sleep(10 * 3600)
    assert await bench.go(TICK + SETTLE + SPREAD + 1) == 3
    assert await bench.go(INTERVAL - SPREAD) <= 3


async def test_what_fails_because_the_machine_slept_is_not_held_against_anybody(bench: Bench) -> None:
    async def slept() -> None:
        bench.clocks.sleep(3600)

    for _ in range(FAILURES_TO_OPEN):
        bench.upstream.next(_meanwhile(slept, error(503)))
    bench.every(MINUTES)
    await bench.go(3 * INTERVAL)
    assert len(bench.upstream.received) >= FAILURES_TO_OPEN
    assert bench.health.of((await bench.target()).id).failures == 0


def _meanwhile(work: Callable[[], Awaitable[None]], answer: list[Step]) -> Callable[[Received], list[Step]]:
    def told(_: Received) -> list[Step]:
        done = asyncio.Event()

        async def do() -> None:
            await work()
            done.set()

        task = asyncio.get_running_loop().create_task(do(), name="meanwhile")
        task.add_done_callback(lambda _: None)
        return [done, *answer]

    return told


async def test_a_rate_limit_is_waited_for_whatever_a_list_says(bench: Bench) -> None:
    target = await bench.target()
    bench.health.failed(target, target.keys[0], Fault("limit", "rate_limited", "", 1200.0), bench.clocks.now())
    bench.every(MINUTES)
    assert await bench.go(900) >= 2
    assert not bench.health.available(target, bench.clocks.now())
    await bench.go(301)
    assert bench.health.available(target, bench.clocks.now())
