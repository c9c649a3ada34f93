"""What the window asks of routing, over a running gateway: health and its history, tests, figures, faults."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from conduit_desktop.bus import Bus
from conduit_desktop.errors import ConfigurationError
from conduit_desktop.paths import Home
from conduit_desktop.records import VirtualKey
from conduit_desktop.runtime import keys, models, providers
from conduit_desktop.runtime.routing import Wanted
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.store import Store
from conduit_desktop.vault import MemoryVault
from tests.fakes.raw import Raw, chat
from tests.fakes.upstream import Received, Step, Upstream, error, reply, usual
from tests.integration.conftest import PRICE, SECRET


class Run:
    """A service whose model ``fast`` has two deployments at the fake, ``one`` before ``two``."""

    def __init__(self, folder: Path, upstream: Upstream) -> None:
        self.store, self.vault = Store.open(Home(folder)), MemoryVault()
        self.store.settings.put("port", 40300)
        for name in ("one", "two"):
            url = f"{upstream.url}/{name}"
            provider = providers.add(self.store, self.vault, name, "openai-compatible", base_url=url, secret=SECRET)
            self.store.prices.put(*models.price_key(provider, "real"), PRICE, "test")
            models.add(self.store, "fast", provider, "real")
        models.set_routing(self.store, "fast", retries=0)
        wanted = VirtualKey(id="", name="k", digest="", last4="")
        self.key = keys.create(self.store, self.vault, wanted, keep_text=False)[1]
        self.service = GatewayService(Home(folder), self.store, self.vault, Bus())
        self.routing = self.service.routing
        self.one, self.two = (each.id for each in models.named(self.store, "fast").deployments)

    async def ask(self, times: int = 1, model: str = "fast") -> list[int]:
        async with await Raw.open(self.service.status.base_url) as client:
            return [(await client.ask(chat(self.key, model))).status for _ in range(times)]

    def provider(self, name: str) -> str:
        found = self.store.providers.by_name(name)
        assert found is not None
        return found.id


def well(received: Received) -> list[Step]:
    """What a good provider answers, its list of models too."""
    return reply({"data": [{"id": "real"}]}) if received.method == "GET" else usual(received)


def failing(steps: list[Step], where: str = "/") -> Callable[[Received], list[Step]]:
    """The same, but for what is asked below ``where``."""
    return lambda received: steps if where in received.target else well(received)


@pytest.fixture
async def run(tmp_path: Path, upstream: Upstream) -> AsyncIterator[Run]:
    made = Run(tmp_path, upstream)
    await made.service.start()
    yield made
    await made.service.close()


async def until(holds: Callable[[], bool]) -> None:
    for _ in range(500):
        if holds():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not happen")


async def test_an_outage_is_seen_and_a_good_test_ends_it(run: Run, upstream: Upstream) -> None:
    assert set(await run.routing.health()) == {run.one, run.two}
    upstream.usual = failing(error(500, "down"), "/one/")
    assert await run.ask(4) == [200] * 4
    state = (await run.routing.health())[run.one]
    assert (state.state, state.failures >= 3) == ("open", True)
    assert state.until is not None
    assert 0 < state.until - time.time() < 10
    await until(lambda: bool(run.store.health.list(run.one)))
    (event,) = await run.routing.history(run.one)
    assert (event.state, event.name) == ("open", "one/real")
    assert not (await run.routing.test_deployment(run.one)).ok
    assert (await run.routing.health())[run.one].state == "open"
    upstream.usual = well
    assert (await run.routing.test_deployment(run.one)).ok
    assert (await run.routing.health())[run.one].state == "closed"
    await until(lambda: len(run.store.health.list(run.one)) == 2)
    numbers = await run.routing.numbers(time.time() - 3600)
    assert (numbers[run.one].requests, numbers[run.one].errors) == (3, 3)
    assert (numbers[run.two].requests, numbers[run.two].errors, numbers[run.two].unpriced) == (4, 0, 0)


async def test_a_rejected_key_is_in_use_again_when_it_is_tested_well(run: Run, upstream: Upstream) -> None:
    one = run.provider("one")
    upstream.usual = failing(error(401, "bad key"), "/one/")
    assert await run.ask(2) == [200, 200]
    assert (await run.routing.credential_states())[one].state == "rejected"
    assert (await run.routing.health())[run.one].state == "rejected"
    upstream.usual = well
    assert (await run.service.configuring.test_provider(one)).ok
    assert (await run.routing.credential_states())[one].state == "closed"
    assert (await run.routing.health())[run.one].state == "closed"


async def test_a_deployment_is_used_again_with_its_keys(run: Run, upstream: Upstream) -> None:
    upstream.usual = failing(error(401, "bad key"), "/one/")
    assert await run.ask() == [200]
    assert (await run.routing.health())[run.one].state == "rejected"
    await run.routing.reset_health(run.one)
    assert (await run.routing.health())[run.one].state == "closed"
    assert (await run.routing.credential_states())[run.provider("one")].state == "closed"


async def test_switching_a_deployment_off_and_resetting_health(run: Run, upstream: Upstream) -> None:
    await run.routing.set_deployment_enabled(run.one, False)
    assert set(await run.routing.health()) == {run.two}
    upstream.usual = failing(error(500, "down"))
    await run.ask(3)
    assert (await run.routing.health())[run.two].state == "open"
    await run.routing.reset_health(run.two)
    assert (await run.routing.health())[run.two].state == "closed"
    with pytest.raises(ConfigurationError, match="no more"):
        await run.routing.set_deployment_enabled("nobody", True)
    with pytest.raises(ConfigurationError, match="no more"):
        await run.routing.test_deployment("nobody")


async def test_a_stopped_gateway_knows_the_past_alone(run: Run, upstream: Upstream) -> None:
    upstream.usual = failing(error(500, "down"), "/one/")
    await run.ask(3)
    await run.service.stop()
    assert await run.routing.health() == {}
    assert await run.routing.credential_states() == {}
    assert [event.state for event in await run.routing.history(run.one)] == ["open"]
    assert (await run.routing.numbers(time.time() - 3600))[run.two].requests == 3
    await run.routing.reset_health(run.one)
    with pytest.raises(ConfigurationError, match="stopped"):
        await run.routing.set_fault(run.one, None)


async def test_where_a_request_would_go(run: Run, upstream: Upstream) -> None:
    wanted = Wanted("openai-chat", stream=True)
    names = [(step.provider, step.state) for step in (await run.routing.preview("fast", wanted)).steps]
    assert names == [("one", "first"), ("two", "then")]
    upstream.usual = failing(error(500, "down"), "/one/")
    await run.ask(3)
    now = await run.routing.preview("fast", wanted)
    assert [(step.provider, step.state) for step in now.steps] == [("two", "first"), ("one", "skipped")]
    assert "tried again in" in now.steps[1].why
    before = len(upstream.received)
    wanted_key = VirtualKey(id="", name="narrow", digest="", last4="", providers=(run.provider("one"),))
    narrow = keys.create(run.store, run.vault, wanted_key, keep_text=False)[0]
    of_key = await run.routing.preview("fast", Wanted("openai-chat", key_id=narrow.id))
    assert all(step.state == "skipped" for step in of_key.steps)
    assert "may not use two" in " ".join(step.why for step in of_key.steps)
    assert "no model" in (await run.routing.preview("nothing", wanted)).note
    assert "no more" in (await run.routing.preview("fast", Wanted("openai-chat", key_id="gone"))).note
    assert len(upstream.received) == before, "nobody is asked"
    await run.service.stop()
    past = await run.routing.preview("fast", wanted)
    assert past.note.startswith("The gateway is stopped")
    assert [step.provider for step in past.steps] == ["one", "two"]
