"""Everything at once: faults and hang-ups drawn at random. Whatever happens, every request that was begun is in the
log once, and nothing stays reserved, counted or open."""

from __future__ import annotations

import asyncio
import random

import pytest

from tests.fakes.raw import Raw, chat
from tests.fakes.rig import Rig
from tests.fakes.upstream import CLOSE, DONE, HANG, RESET, ROLE, Step, Upstream, delta, error, reply, stream, usual
from tests.integration.test_gateway import ask, key_named, settled
from tests.integration.test_gateway_failures import FAULTS, TROUBLE, in_work

CLIENTS, REQUESTS = 24, 12
KEPT_AWAY = ("client_gone", "deployments_away", "rate_limit_exceeded")
"""What a request is told that no deployment takes."""


def draw(rng: random.Random) -> list[Step]:
    """An answer, one in three of them a faulty one. None is a 401, which would put the key aside for good."""
    faults: list[list[Step]] = [
        error(rng.choice([400, 404, 408, 429, 500, 503, 529])),
        error(429, headers=[("retry-after", "0")]),
        *[steps for steps, _ in FAULTS.values()],
        reply(b""),
        reply(b"<html>", kind="text/html"),
        reply(last=True),
        stream(ROLE, TROUBLE, DONE),
        stream(delta("a"), TROUBLE),
        stream(delta("a"), CLOSE),
        stream(ROLE, 0.01, RESET),
        stream(framing="close"),
        [HANG],
        stream(ROLE, HANG),
        stream(delta("a"), HANG),
    ]
    return rng.choice(faults)


async def impatient(rig: Rig, key: str, rng: random.Random) -> int:
    """A client that leaves at any moment; how many of its requests were answered."""
    answered = 0
    for _ in range(REQUESTS):
        client = await Raw.open(rig.base_url)
        client.send(chat(key, rng.choice(["fast", "solo"]), stream=rng.random() < 0.6, max_tokens=10))
        try:
            await asyncio.wait_for(client.answer(), rng.choice([0.02, 0.1, 0.5]))
            answered += 1
        except TimeoutError:
            pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pytest.fail("the gateway gave no answer")
        await client.close()
    return answered


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
async def test_chaos(rig: Rig, upstream: Upstream, seed: int) -> None:
    rng = random.Random(seed)
    upstream.usual = lambda received: draw(rng) if rng.random() < 0.33 else usual(received)
    key = rig.add_key("chaos", budget=10**15, parallel=1000, rpm=100_000, tpm=10**9)
    answered = sum(await asyncio.gather(*[impatient(rig, key, random.Random(rng.random())) for _ in range(CLIENTS)]))
    async with asyncio.timeout(10):
        while rig.gateway.in_flight or in_work(rig) or not settled(rig.gateway, key_named(rig, "chaos")):
            await asyncio.sleep(0.01)
    rig.store.exchanges.flush()
    rows = rig.log()
    # A client may have gone before its request was read: then nothing was begun.
    assert 0 < answered <= len(rows) <= CLIENTS * REQUESTS
    assert len({row.id for row in rows}) == len(rows)
    assert all(row.status and (row.attempts or row.error_code in KEPT_AWAY) for row in rows)
    key_id = key_named(rig, "chaos").id
    assert rig.store.spend.per_key(None)[key_id] == sum(row.cost or 0 for row in rows)
    assert rig.gateway.ledger.spent(key_named(rig, "chaos"), rows[0].started) == sum(row.cost or 0 for row in rows)
    upstream.usual = usual
    for target in (await rig.gateway.snapshot()).routes["fast"].targets:
        rig.gateway.health.forgive(target.id)
    assert (await ask(rig, chat(key))).status == 200
