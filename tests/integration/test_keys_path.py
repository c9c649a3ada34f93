"""What a key can be limited to, on the path: providers, staying here, rotation, defaults, and what happens at the limit
of its budget."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import replace
from typing import Any

import pytest

from conduit_desktop.bus import BudgetAsked, BudgetCrossed, Notice
from conduit_desktop.records import Price, VirtualKey
from conduit_desktop.runtime import key_preview, keys
from tests.fakes.raw import Got, Raw, chat
from tests.fakes.rig import Rig
from tests.fakes.upstream import Upstream, reply

COST = 11 * 1_000_000 + 7 * 10_000_000


async def ask(rig: Rig, request: bytes) -> Got:
    async with await Raw.open(rig.base_url) as client:
        return await client.ask(request)


def named(rig: Rig, name: str) -> VirtualKey:
    found = rig.store.keys.by_name(name)
    assert found is not None
    return found


def provider(rig: Rig, name: str) -> str:
    found = rig.store.providers.by_name(name)
    assert found is not None
    return found.id


async def test_only_its_own_providers(rig: Rig, upstream: Upstream) -> None:
    text = rig.add_key("two-only", providers=(provider(rig, "two"),))
    got = await ask(rig, chat(text))
    assert (got.status, got.headers["x-conduit-provider"]) == (200, "two")
    refused = await ask(rig, chat(text, model="solo"))
    assert (refused.status, refused.code) == (403, "provider_not_allowed")
    assert "one" in refused.json["error"]["message"]
    assert len(upstream.received) == 1


async def test_a_key_that_stays_here(rig: Rig) -> None:
    far = rig.add_provider("far", "openai-compatible", "https://198.51.100.7/v1", "sk-0123456789abcdef")
    rig.add_model("away", far, "real")
    text = rig.add_key("private", local_only=True)
    assert (await ask(rig, chat(text))).status == 200
    for model in ("away", "far/real"):
        refused = await ask(rig, chat(text, model=model))
        assert (refused.status, refused.code) == (403, "local_only")
    listed = await ask(rig, chat(text, method="GET", path="/v1/models"))
    assert sorted(each["id"] for each in listed.json["data"]) == ["fast", "solo"]
    preview = key_preview.preview(rig.store, named(rig, "private"))
    assert {row.model: row.reachable for row in preview.rows} == {"away": False, "fast": True, "solo": True}


async def test_a_rotated_key_works_for_its_grace(rig: Rig) -> None:
    old = rig.add_key("editor")
    _, new = keys.rotate(rig.store, rig.vault, named(rig, "editor"), grace=60)
    assert (await ask(rig, chat(new))).status == 200
    got = await ask(rig, chat(old))
    assert got.status == 200
    assert got.headers["x-conduit-key-expires"].startswith("20")
    rig.store.keys.put(replace(named(rig, "editor"), old_until=time.time() - 1))
    refused = await ask(rig, chat(old))
    assert (refused.status, refused.code) == (401, "key_rotated")
    _, newest = keys.rotate(rig.store, rig.vault, named(rig, "editor"))
    assert (await ask(rig, chat(new))).status == 401
    assert (await ask(rig, chat(newest))).status == 200


@pytest.mark.parametrize("body", [{}, {"model": "default"}, {"model": ""}])
async def test_its_default_model(rig: Rig, upstream: Upstream, body: dict[str, Any]) -> None:
    text = rig.add_key("tool", default_model="fast")
    said = {**body, "messages": [{"role": "user", "content": "hi"}]}
    got = await ask(rig, chat(text, body=json.dumps(said).encode()))
    assert (got.status, got.headers["x-conduit-model"]) == (200, "fast")
    assert (await upstream.got()).json == {"model": "real", "messages": said["messages"]}
    assert (await ask(rig, chat(rig.key, body=json.dumps(said).encode()))).status in (400, 404)


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/messages", "/api/chat"])
async def test_how_much_it_may_write_where_it_does_not_say(rig: Rig, upstream: Upstream, path: str) -> None:
    text = rig.add_key("short", max_output=5)
    own = {"/v1/messages": {"max_tokens": 9}}.get(path, {})
    said = {"model": "fast", "messages": [{"role": "user", "content": "hi"}], "stream": False, **own}
    assert (await ask(rig, chat(text, path=path, body=json.dumps(said).encode()))).status == 200
    sent = (await upstream.got()).json
    assert sent.get("max_tokens", sent.get("max_completion_tokens")) == (9 if own else 5)


async def test_at_its_limit_a_cheaper_model(rig: Rig) -> None:
    free = rig.add_provider("here", "openai-compatible", rig.store.providers.list()[0].base_url, "sk-0123456789abcdef")
    rig.add_model("small", free, "tiny")
    rig.set_price(free, "tiny", Price(source="free", input=0, output=0))
    text = rig.add_key("careful", budget=3 * COST, at_limit="downgrade", downgrade_to="small")
    got = [await ask(rig, chat(text, max_tokens=7)) for _ in range(6)]
    assert [each.status for each in got] == [200] * 6
    models = [each.headers["x-conduit-model"] for each in got]
    assert models == ["fast"] * 3 + ["small"] * 3
    assert got[-1].headers["x-conduit-downgraded"] == "fast"
    rig.store.exchanges.flush()
    assert sorted(each.model for each in rig.log()) == ["fast"] * 3 + ["small"] * 3


async def test_at_its_limit_it_asks(rig: Rig) -> None:
    heard: list[Notice] = []
    rig.bus.subscribe(heard.append, BudgetAsked)
    text = rig.add_key("asking", budget=COST, at_limit="ask")
    assert (await ask(rig, chat(text, max_tokens=7))).status == 200
    held = [asyncio.ensure_future(ask(rig, chat(text, max_tokens=7))) for _ in range(3)]  # noqa: TID251
    async with asyncio.timeout(10):
        while not heard:
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.3)
    assert not any(each.done() for each in held)
    key = named(rig, "asking")
    assert rig.gateway.limits.at_once(key.id) == 0
    keys.edit(rig.store, replace(key, budget=10 * COST))
    assert [each.status for each in await asyncio.gather(*held)] == [200] * 3
    assert len(heard) == 1


async def test_nobody_answers_or_somebody_says_no(rig: Rig) -> None:
    rig.store.settings.put("ask_seconds", 1)
    text = rig.add_key("asking", budget=COST, at_limit="ask")
    assert (await ask(rig, chat(text, max_tokens=7))).status == 200
    refused = await ask(rig, chat(text, max_tokens=7))
    assert (refused.status, refused.code) == (402, "budget_exceeded")
    rig.store.settings.put("ask_seconds", 600)
    held = asyncio.ensure_future(ask(rig, chat(text, max_tokens=7)))  # noqa: TID251
    key = named(rig, "asking")
    async with asyncio.timeout(10):
        while not await rig.gateway.refuse(key.id):
            await asyncio.sleep(0.02)
    assert (await held).status == 402


async def test_thresholds_are_told_once(rig: Rig) -> None:
    heard: list[Any] = []
    rig.bus.subscribe(heard.append, BudgetCrossed)
    text = rig.add_key("watched", budget=4 * COST)
    for _ in range(4):
        assert (await ask(rig, chat(text, max_tokens=7))).status == 200
    assert [(each.percent, each.spent) for each in heard] == [(50, 2 * COST), (100, 4 * COST)]


async def test_spending_set_back_beside_a_running_gateway(rig: Rig) -> None:
    text = rig.add_key("poor", budget=COST)
    assert (await ask(rig, chat(text, max_tokens=7))).status == 200
    assert (await ask(rig, chat(text, max_tokens=7))).status == 402
    changed = keys.reset_spend(rig.store, named(rig, "poor"))
    assert changed.reset_spent == COST
    assert (await ask(rig, chat(text, max_tokens=7))).status == 200
    rig.store.exchanges.flush()
    (view,) = [each for each in keys.views(rig.store) if each.key.name == "poor"]
    assert view.requests == 3
    assert view.last_used is None or view.last_used <= time.time()


async def test_how_its_limits_stand_in_the_callers_own_headers(rig: Rig, upstream: Upstream) -> None:
    upstream.next(reply(headers=[("x-ratelimit-limit-requests", "9999")]))
    text = rig.add_key("limited", rpm=2, tpm=100_000)
    got = await ask(rig, chat(text, max_tokens=7))
    assert got.headers["x-ratelimit-limit-requests"] == "2"
    assert got.headers["x-ratelimit-remaining-requests"] == "1"
    assert got.headers["x-ratelimit-limit-tokens"] == "100000"
    claude = await ask(rig, chat(text, path="/v1/messages", max_tokens=7))
    assert claude.headers["anthropic-ratelimit-requests-remaining"] == "0"
    assert "x-ratelimit-limit-requests" not in claude.headers
    refused = await ask(rig, chat(text, max_tokens=7))
    assert (refused.status, refused.code) == (429, "rate_limit_exceeded")
    assert int(refused.headers["retry-after"]) >= 1
    assert int(refused.headers["retry-after-ms"]) > 1000
    assert refused.headers["x-ratelimit-remaining-requests"] == "0"


async def test_geminis_clients_are_told_when_to_come_back(rig: Rig) -> None:
    text = rig.add_key("limited", rpm=1)
    body = json.dumps({"contents": [{"parts": [{"text": "hi"}]}]}).encode()
    assert (await ask(rig, chat(text, path="/v1beta/models/fast:generateContent", body=body))).status == 200
    refused = await ask(rig, chat(text, path="/v1beta/models/fast:generateContent", body=body))
    assert refused.status == 429
    delays = [each["retryDelay"] for each in refused.json["error"]["details"] if "retryDelay" in each]
    assert len(delays) == 1
    assert 0 < float(delays[0].rstrip("s")) <= 60
