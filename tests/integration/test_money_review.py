"""What a hostile reading of the money path found: each of these once spent, refused or waited wrongly."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from conduit_desktop.bus import BudgetCrossed
from conduit_desktop.records import Price, VirtualKey
from conduit_desktop.runtime import keys
from tests.fakes.raw import Got, Raw, chat
from tests.fakes.rig import Rig
from tests.fakes.upstream import Received, Step, Upstream, completion, error, reply, usual

COST = 11 * 1_000_000 + 7 * 10_000_000
LONG = 4000


async def ask(rig: Rig, request: bytes) -> Got:
    async with await Raw.open(rig.base_url) as client:
        return await client.ask(request)


def posted(key: str, path: str, **body: Any) -> bytes:
    return chat(key, path=path, body=json.dumps(body).encode())


def named(rig: Rig, name: str) -> VirtualKey:
    found = rig.store.keys.by_name(name)
    assert found is not None
    return found


async def held(rig: Rig, request: bytes) -> asyncio.Task[Got]:
    """A request that is held at its key's limit."""
    task = asyncio.ensure_future(ask(rig, request))  # noqa: TID251
    async with asyncio.timeout(10):
        while not rig.gateway._admission._asking:
            await asyncio.sleep(0.01)
    return task


def vectors(*_: object) -> list[Step]:
    usage = {"prompt_tokens": 11, "total_tokens": 11}
    return reply({"object": "list", "data": [{"embedding": [0.5], "index": 0}], "model": "real", "usage": usage})


async def test_what_the_cheaper_model_cannot_do_has_the_whole_budget(rig: Rig, upstream: Upstream) -> None:
    """Past nine tenths of it, and none the less not spent."""
    local = rig.add_provider("claude", "anthropic", upstream.url, "sk-0123456789abcdef")  # has no embeddings
    rig.add_model("small", local, "tiny")
    rig.set_price(local, "tiny", Price(source="test", input=0, output=0))
    text = rig.add_key("careful", budget=COST * 100 // 95, at_limit="downgrade", downgrade_to="small")
    assert (await ask(rig, chat(text, max_tokens=7))).status == 200
    upstream.next(vectors())
    got = await ask(rig, posted(text, "/v1/embeddings", model="fast", input="hi"))
    assert (got.status, got.headers["x-conduit-model"]) == (200, "fast"), got.body


async def test_a_cheaper_model_without_a_price_stands_in_nobodys_way(rig: Rig, upstream: Upstream) -> None:
    other = rig.add_provider("other", "openai-compatible", f"{upstream.url}/three", "sk-0123456789abcdef")
    rig.add_model("small", other, "tiny")
    rig.set_price(other, "tiny", None)
    text = rig.add_key("careful", budget=COST * 100 // 95, at_limit="downgrade", downgrade_to="small")
    assert [(await ask(rig, chat(text, max_tokens=7))).status for _ in range(3)] == [200, 200, 402]


async def test_the_gateway_does_not_wait_for_what_is_held(rig: Rig) -> None:
    rig.store.settings.put("ask_seconds", 600)
    text = rig.add_key("asking", budget=COST, at_limit="ask")
    assert (await ask(rig, chat(text, max_tokens=7))).status == 200
    waiting = await held(rig, chat(text, max_tokens=7))
    async with asyncio.timeout(20):
        await rig.gateway.stop(60.0)
    got = await waiting
    assert (got.status, got.code) == (402, "budget_exceeded")
    rig.base_url = (await rig.gateway.start("127.0.0.1", 0)).base_url
    waiting = await held(rig, chat(text, max_tokens=7))  # and holds again when it runs again
    keys.edit(rig.store, replace(named(rig, "asking"), budget=None))
    assert (await waiting).status == 200


@pytest.mark.parametrize(
    ("change", "code"),
    [({"local_only": True}, "local_only"), ({"models": ("solo",)}, "model_not_allowed")],
)
async def test_what_was_held_goes_only_where_the_key_may_go_by_then(
    rig: Rig, upstream: Upstream, change: dict[str, Any], code: str
) -> None:
    far = rig.add_provider("far", "openai-compatible", "https://198.51.100.7/v1", "sk-0123456789abcdef")
    rig.set_price(far, "real", Price(source="test", input=1, output=1))
    rig.add_model("away", far, "real")
    text = rig.add_key("asking", budget=COST, at_limit="ask")
    assert (await ask(rig, chat(text, max_tokens=7))).status == 200
    waiting = await held(rig, chat(text, model="away", max_tokens=7))
    keys.edit(rig.store, replace(named(rig, "asking"), budget=100 * COST, **change))
    got = await waiting
    assert (got.status, got.code) == (403, code)
    key = named(rig, "asking")
    assert (rig.gateway.ledger.reserved(key.id), rig.gateway.limits.at_once(key.id)) == (0, 0)


def long(received: Received) -> list[Step]:
    """An answer much longer than any guess."""
    usage = {"prompt_tokens": 11, "completion_tokens": LONG, "total_tokens": 11 + LONG}
    return [0.05, *reply({**completion(), "usage": usage})]


async def test_answers_that_nobody_bounds_are_set_aside_as_they_come(rig: Rig, upstream: Upstream) -> None:
    upstream.usual = long
    cost = 11 * 1_000_000 + LONG * 10_000_000
    text = rig.add_key("poor", budget=2 * cost)
    assert (await ask(rig, chat(text, model="solo"))).status == 200
    await asyncio.gather(*[ask(rig, chat(text, model="solo")) for _ in range(40)])
    key = named(rig, "poor")
    rig.store.exchanges.flush()
    spent = rig.store.spend.per_key()[key.id]
    assert 2 * cost <= spent <= 3 * cost
    assert rig.gateway.ledger.reserved(key.id) == 0


async def test_many_answers_to_one_request_are_set_aside_as_many(rig: Rig, upstream: Upstream) -> None:
    """500 tokens for each of them, where nothing bounds them."""
    budget = 6 * 500 * 10_000_000
    text = rig.add_key("poor", budget=budget)
    gate = asyncio.Event()
    upstream.usual = lambda _: [gate, *reply()]
    first = asyncio.ensure_future(ask(rig, chat(text, n=5)))  # noqa: TID251
    await upstream.got()
    refused = await ask(rig, chat(text, n=5))
    assert (refused.status, refused.code) == (402, "budget_exceeded")
    gate.set()
    assert (await first).status == 200


async def test_what_is_paid_by_the_search_is_refused_when_all_is_spent(rig: Rig, upstream: Upstream) -> None:
    cohere = rig.add_provider("ranker", "cohere", upstream.url, "sk-0123456789abcdef")
    rig.add_model("rank", cohere, "rerank-x")
    rig.set_price(cohere, "rerank-x", Price(source="test", input=0, output=0, per_search=COST))
    text = rig.add_key("poor", budget=2 * COST)
    body = {"model": "rank", "query": "q", "documents": ["a", "b"]}
    ranked = {
        "id": "r",
        "results": [{"index": 0, "relevance_score": 0.5}],
        "meta": {"billed_units": {"search_units": 1}},
    }
    upstream.usual = lambda _: reply(ranked)
    got = [(await ask(rig, posted(text, "/cohere/v2/rerank", **body))).status for _ in range(3)]
    assert got == [200, 200, 402]


async def test_an_answer_whose_cost_nobody_tells_is_not_free(rig: Rig, upstream: Upstream) -> None:
    """Speech by a model that is paid by the token: no count comes with the sound."""
    text = rig.add_key("poor", budget=500 * 10_000_000)
    upstream.usual = lambda _: reply(b"ID3", kind="audio/mpeg")
    speech = posted(text, "/v1/audio/speech", model="fast", input="hi", voice="alloy")
    assert [(await ask(rig, speech)).status for _ in range(2)] == [200, 402]
    rig.store.exchanges.flush()
    assert [each.cost for each in rig.log()] == [0, None]


async def test_moderations_that_have_a_price_are_paid(rig: Rig, upstream: Upstream) -> None:
    mistral = rig.add_provider("mistral", "mistral", f"{upstream.url}/v1", "sk-0123456789abcdef")
    rig.add_model("judge", mistral, "judge-1")
    text = rig.add_key("poor", budget=11 * 1_000_000)
    judged = {"id": "m", "results": [], "usage": {"prompt_tokens": 11, "total_tokens": 11, "completion_tokens": 0}}
    upstream.usual = lambda _: reply(judged)
    asked = posted(text, "/v1/moderations", model="judge", input="hi")
    rig.set_price(mistral, "judge-1", None)
    assert (await ask(rig, asked)).status == 200
    rig.set_price(mistral, "judge-1", Price(source="test", input=1_000_000, output=0))
    assert [(await ask(rig, asked)).status for _ in range(2)] == [200, 402]
    rig.store.exchanges.flush()
    assert [each.cost for each in rig.log()] == [0, 11 * 1_000_000, 0]


async def test_a_budget_that_is_raised_meanwhile_is_not_told_to_be_spent(rig: Rig, upstream: Upstream) -> None:
    heard: list[Any] = []
    rig.bus.subscribe(heard.append, BudgetCrossed)
    gate = asyncio.Event()
    upstream.next([gate, *reply()])
    text = rig.add_key("watched", budget=COST)
    asked = asyncio.ensure_future(ask(rig, chat(text, max_tokens=7)))  # noqa: TID251
    await upstream.got()
    keys.edit(rig.store, replace(named(rig, "watched"), budget=100 * COST))
    await rig.gateway.snapshot()
    gate.set()
    assert (await asked).status == 200
    assert heard == []
    upstream.usual = usual


async def test_two_who_change_a_key_at_once_by_the_admin_api(rig: Rig) -> None:
    """Who switches a key off must not have it switched on again by somebody's note."""
    master = rig.administer()

    def change(name: str, **body: object) -> bytes:
        said = json.dumps(body).encode()
        return chat(master, path=f"/admin/v1/keys/{name}", body=said).replace(b"POST", b"PATCH", 1)

    for number in range(8):
        rig.add_key(f"k{number}")
        off, noted = change(f"k{number}", enabled=False), change(f"k{number}", note="mine", rpm=5)
        got = await asyncio.gather(ask(rig, off), ask(rig, noted))
        assert [each.status for each in got] == [200, 200]
        key = named(rig, f"k{number}")
        assert (key.enabled, key.note, key.rpm) == (False, "mine", 5)


async def test_a_key_of_one_provider_asks_it_no_more_often_than_the_model_says(rig: Rig, upstream: Upstream) -> None:
    """Each call may be billed, though it fails."""
    rig.route("fast", retries=0)
    one = rig.store.providers.by_name("one")
    assert one is not None
    text = rig.add_key("one-only", providers=(one.id,))
    upstream.usual = lambda _: error(500)
    assert (await ask(rig, chat(text))).status == 500
    assert len(upstream.received) == 1
