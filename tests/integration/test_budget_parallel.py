"""A budget of one call under 200 at once, in every dialect: whole and streamed, with clients that hang up and a
provider that fails among them. What is spent stays within the budget and one request; nothing stays set aside."""

from __future__ import annotations

import asyncio
import json
import random
from typing import Any

import pytest

from tests.fakes.raw import Got, Raw
from tests.fakes.raw import chat as post
from tests.fakes.rig import Rig
from tests.fakes.upstream import CLOSE, Answer, Received, Step, Upstream, delta, error, stream, usual

COST = 11 * 1_000_000 + 7 * 10_000_000
"""Of one answer of the fake provider's: 11 tokens in, 7 out (picodollars)."""
MOST = 40 * 1_000_000 + 7 * 10_000_000
"""The most that one of these requests can come to: its bytes as tokens, and what it may write."""
HI = [{"role": "user", "content": "hi"}]
GEMINI = {"contents": [{"parts": [{"text": "hi"}]}], "generationConfig": {"maxOutputTokens": 7}}
WAYS: dict[str, tuple[str, str, dict[str, Any], dict[str, Any]]] = {
    "openai-chat": ("/v1/chat/completions", "", {"messages": HI, "max_tokens": 7}, {"stream": True}),
    "openai-responses": ("/v1/responses", "", {"input": "hi", "max_output_tokens": 7}, {"stream": True}),
    "anthropic": ("/v1/messages", "", {"messages": HI, "max_tokens": 7}, {"stream": True}),
    "gemini": (
        "/v1beta/models/fast:generateContent",
        "/v1beta/models/fast:streamGenerateContent?alt=sse",
        GEMINI,
        {},
    ),
    "cohere": ("/cohere/v2/chat", "", {"messages": HI, "max_tokens": 7}, {"stream": True}),
    "ollama": ("/api/chat", "", {"messages": HI, "options": {"num_predict": 7}, "stream": False}, {"stream": True}),
}


def request(way: str, key: str, streamed: bool) -> bytes:
    path, stream_path, body, more = WAYS[way]
    body = {"model": "fast", **body, **(more if streamed else {})}
    if way == "gemini":
        del body["model"]
    return post(key, path=stream_path if streamed and stream_path else path, body=json.dumps(body).encode())


def unreliable(seed: int) -> Answer:
    """A provider that answers, slowly, or fails, or breaks off."""
    rng = random.Random(seed)

    def answer(received: Received) -> list[Step]:
        chance = rng.random()
        if chance < 0.15:
            return error(rng.choice([400, 429, 500, 503]))
        if chance < 0.3 and received.json.get("stream"):
            return stream(delta("half a "), 0.005, CLOSE, whole=False)
        return [rng.random() * 0.02, *usual(received)]

    return answer


async def one(rig: Rig, data: bytes, rng: random.Random) -> Got | None:
    """One call; one in five hangs up before or amid its answer."""
    async with await Raw.open(rig.base_url) as client:
        client.send(data)
        if rng.random() < 0.2:
            await asyncio.sleep(rng.random() * 0.04)
            return None
        return await client.answer()


async def at_rest(rig: Rig, key_id: str) -> None:
    async with asyncio.timeout(20):
        while rig.gateway.in_flight or rig.gateway.ledger.reserved(key_id) or rig.gateway.limits.at_once(key_id):
            await asyncio.sleep(0.02)


def spent(rig: Rig, key_id: str) -> int:
    """What the store has, behind everything that was logged."""
    rig.store.exchanges.flush()
    return rig.store.spend.per_key().get(key_id, 0)


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("way", WAYS)
async def test_two_hundred_at_once_on_a_budget_of_one(rig: Rig, upstream: Upstream, way: str, streamed: bool) -> None:
    text = rig.add_key("poor", budget=COST, parallel=1000)
    key = rig.store.keys.by_name("poor")
    assert key is not None
    upstream.usual = unreliable(200)
    rng = random.Random(7)
    got = await asyncio.gather(*[one(rig, request(way, text, streamed), rng) for _ in range(200)])
    await at_rest(rig, key.id)
    total = spent(rig, key.id)
    assert total <= COST + MOST
    assert total == rig.gateway.ledger._accounts[key.id].spent
    told = {each.status for each in got if each is not None}
    assert 402 in told
    assert rig.gateway.limits._at_once == {}
    if total >= COST:
        refused = await one(rig, request(way, text, streamed), random.Random(3))
        assert refused is not None
        assert refused.status == 402


@pytest.mark.parametrize("way", WAYS)
async def test_one_after_the_other_none_is_refused_before_the_limit(rig: Rig, upstream: Upstream, way: str) -> None:
    text = rig.add_key("poor", budget=5 * COST - 1)
    upstream.usual = usual
    key = rig.store.keys.by_name("poor")
    assert key is not None
    for number in range(5):
        async with await Raw.open(rig.base_url) as client:
            got = await client.ask(request(way, text, streamed=False))
        assert (number, got.status) == (number, 200), got.body
        await at_rest(rig, key.id)
    async with await Raw.open(rig.base_url) as client:
        assert (await client.ask(request(way, text, streamed=False))).status == 402
    assert spent(rig, key.id) == 5 * COST
