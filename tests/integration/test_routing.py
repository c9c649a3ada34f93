"""Whom a request reaches: what it needs, what deployments may take, what a budget can count, and where state of a
conversation lives; over real sockets."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from conduit_desktop.gateway.exchange import Fault
from conduit_desktop.runtime import credentials, models
from tests.fakes.raw import Got, Raw, chat
from tests.fakes.rig import Rig
from tests.fakes.upstream import Received, Step, Upstream, event, reply, stream
from tests.integration.conftest import PRICE, SECRET
from tests.integration.test_gateway import ask, port

IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
WHO = {"1": "first 1", "2": "first 2", "3": "second 1"}
"""By the end of the key: the account, and which of its keys."""
SEALED = "gAAAAAB" + "x" * 60


def deploy(rig: Rig, alias: str, at: int, **fields: Any) -> str:
    """Change one of a model's deployments; gives its id."""
    model = models.named(rig.store, alias)
    order = [replace(each, **fields) if n == at else each for n, each in enumerate(model.deployments)]
    rig.store.models.put(replace(model, deployments=tuple(order)))
    return model.deployments[at].id


def asked(model: str = "fast", **more: Any) -> bytes:
    return json.dumps({"model": model, "messages": [{"role": "user", "content": "hi"}], **more}).encode()


async def provider_of(rig: Rig, body: bytes, key: str = "") -> str:
    got = await ask(rig, chat(key or rig.key, body=body))
    assert got.status == 200, got.body
    return got.headers["x-conduit-provider"]


# ---------------------------------------------------------------- what it needs


async def test_a_picture_goes_where_it_is_seen(rig: Rig, upstream: Upstream) -> None:
    deploy(rig, "fast", 0, lacks=("images",))
    picture = [{"role": "user", "content": [IMAGE]}]
    assert await provider_of(rig, asked(messages=picture)) == "two"
    assert await provider_of(rig, asked()) == "one"
    deploy(rig, "fast", 1, lacks=("images", "tools"))
    got = await ask(rig, chat(rig.key, body=asked(messages=picture)))
    assert (got.status, got.code) == (400, "unsupported_by_model")
    assert "one/real takes no images; two/real takes no images" in got.json["error"]["message"]


async def test_a_long_one_goes_to_the_model_for_long_ones_at_once(rig: Rig, upstream: Upstream) -> None:
    rig.add_model("roomy", rig.store.providers.list()[1], "wide")
    rig.route("solo", context_fallbacks=("roomy",))
    deploy(rig, "solo", 0, context_window=1000)
    long = asked("solo", messages=[{"role": "user", "content": "word " * 2000}])
    got = await ask(rig, chat(rig.key, body=long))
    assert (got.status, got.headers["x-conduit-model"], got.headers["x-conduit-attempts"]) == (200, "roomy", "1")
    assert (await upstream.got()).json["model"] == "wide"


# ---------------------------------------------------------------- what deployments may take


async def test_a_full_deployment_is_passed_over_and_all_full_are_named(rig: Rig, upstream: Upstream) -> None:
    deploy(rig, "fast", 0, rpm=1)
    deploy(rig, "fast", 1, rpm=2)
    assert [await provider_of(rig, asked()) for _ in range(3)] == ["one", "two", "two"]
    got = await ask(rig, chat(rig.key, body=asked()))
    assert (got.status, got.code) == (429, "deployment_limit")
    assert "one/real is limited to 1 request a minute" in got.json["error"]["message"]
    assert 1 <= int(got.headers["retry-after"]) <= 30
    assert len(upstream.received) == 3


async def test_places_at_once_come_back_from_hang_ups(rig: Rig, upstream: Upstream) -> None:
    deployment = deploy(rig, "solo", 0, parallel=1)
    upstream.next([asyncio.Event()])
    async with Raw(*(await asyncio.open_connection("127.0.0.1", port(rig)))) as client:
        client.send(chat(rig.key, "solo"))
        received = await upstream.got()
        assert (await ask(rig, chat(rig.key, "solo"))).code == "deployment_limit"
    await asyncio.wait_for(received.gone.wait(), 3)
    await rig.logged(2)
    assert (await ask(rig, chat(rig.key, "solo"))).status == 200
    assert rig.gateway.health.of(deployment).in_work == 0


async def test_tokens_a_minute_count_what_was_used(rig: Rig, upstream: Upstream) -> None:
    deploy(rig, "solo", 0, tpm=60)
    for _ in range(4):  # of 18 tokens each
        assert (await ask(rig, chat(rig.key, "solo", max_tokens=1))).status == 200
    got = await ask(rig, chat(rig.key, "solo", max_tokens=20))
    assert (got.status, got.code) == (429, "deployment_limit")
    assert "60 tokens a minute" in got.json["error"]["message"]


async def test_a_change_of_strategy_is_live(rig: Rig, upstream: Upstream) -> None:
    assert [await provider_of(rig, asked()) for _ in range(3)] == ["one", "one", "one"]
    rig.route("fast", strategy="round-robin")
    assert [await provider_of(rig, asked()) for _ in range(4)] == ["one", "two", "one", "two"]


async def test_fallbacks_go_on_as_far_as_the_key_may(rig: Rig, upstream: Upstream) -> None:
    for name in ("b", "c"):
        rig.add_model(name, rig.store.providers.list()[1], f"real-{name}")
    rig.route("solo", fallbacks=("b",))
    rig.route("b", fallbacks=("c",))
    held = deploy(rig, "solo", 0)
    target = (await rig.gateway.snapshot()).routes["solo"].targets[0]
    for _ in range(3):
        rig.gateway.health.failed(target, target.keys[0], Fault("trouble", "server_error", "down"), 1e12)
    assert rig.gateway.health.of(held).failures == 3
    got = await ask(rig, chat(rig.key, "solo"))
    assert got.headers["x-conduit-model"] == "b"
    got = await ask(rig, chat(rig.add_key("narrow", models=("solo", "c")), "solo"))
    assert got.headers["x-conduit-model"] == "c"
    got = await ask(rig, chat(rig.add_key("narrower", models=("solo",)), "solo"))
    assert (got.status, got.code) == (503, "deployments_away")
    assert "one/real is kept away from (down)" in got.json["error"]["message"]
    assert int(got.headers["retry-after"]) >= 1


# ---------------------------------------------------------------- what a budget can count


async def test_one_without_a_price_is_left_out_for_a_key_with_a_budget(rig: Rig, upstream: Upstream) -> None:
    one, two = rig.store.providers.list()[:2]
    rig.set_price(one, "real", None)
    key = rig.add_key("budgeted", budget=10**12)
    assert await provider_of(rig, asked(), key) == "two"
    assert await provider_of(rig, asked()) == "one"
    rig.set_price(two, "real", None)
    got = await ask(rig, chat(key))
    assert (got.status, got.code) == (403, "price_unknown")


async def test_what_may_be_spent_covers_the_fallbacks(rig: Rig, upstream: Upstream) -> None:
    two = rig.store.providers.list()[1]
    rig.set_price(two, "dear", replace(PRICE, input=PRICE.input * 1000, output=PRICE.output * 1000))
    rig.add_model("dear", two, "dear")
    rig.route("solo", content_fallbacks=("dear",))
    key = rig.add_key("careful", budget=10**9, at_limit="block")
    going = asyncio.Event()
    upstream.next([going, *reply()])
    first = asyncio.create_task(ask(rig, chat(key, "solo", max_tokens=10)))  # noqa: TID251
    await upstream.got()
    assert (await ask(rig, chat(key, "solo", max_tokens=10))).status == 402, "the first may yet be dear"
    going.set()
    assert (await first).status == 200
    assert (await ask(rig, chat(key, "solo", max_tokens=10))).status == 200


# ---------------------------------------------------------------- where a conversation's state lives


def answer(name: str, seal: str = "") -> dict[str, Any]:
    sealed = [{"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": seal}] if seal else []
    usage = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}
    return {"id": name, "object": "response", "status": "completed", "model": "x", "output": sealed, "usage": usage}


def who(received: Received) -> str:
    return WHO[(received.header("authorization") or "")[-1]]


@pytest.fixture
def think(rig: Rig, upstream: Upstream) -> str:
    """Two accounts of OpenAI, the first with two keys, in turns."""
    for name in ("first", "second"):
        provider = rig.add_provider(name, "openai", upstream.url, f"{SECRET}-{1 if name == 'first' else 3}")
        if name == "first":
            credentials.add(rig.store, rig.vault, provider.id, "further", f"{SECRET}-2")
            provider = rig.store.providers.get(provider.id) or provider
        rig.add_model("think", provider, "gpt-5")
    rig.route("think", strategy="round-robin", retries=0)
    return "think"


async def respond(rig: Rig, **more: Any) -> Got:
    return await ask(rig, chat(rig.key, path="/v1/responses", body=json.dumps({"model": "think", **more}).encode()))


async def made(rig: Rig, upstream: Upstream, steps: list[Step], **more: Any) -> str:
    """Who makes an answer of ours."""
    upstream.next(steps)
    got = await respond(rig, input="hi", **more)
    assert got.status == 200, got.body
    return who(upstream.received[-1])


async def test_a_stored_answer_goes_on_where_it_is(rig: Rig, upstream: Upstream, think: str) -> None:
    homes = {n: await made(rig, upstream, reply(answer(f"resp_{n}"))) for n in range(6)}
    assert set(homes.values()) == {"first 1", "first 2", "second 1"}
    for n, home in reversed(homes.items()):
        for _ in range(3):
            assert await made(rig, upstream, reply(answer(f"r_{n}")), previous_response_id=f"resp_{n}") == home


async def test_it_goes_nowhere_else_when_that_is_away(rig: Rig, upstream: Upstream, think: str) -> None:
    home = await made(rig, upstream, reply(answer("resp_1")))
    target = next(
        each for each in (await rig.gateway.snapshot()).routes["think"].targets if home.startswith(each.provider.name)
    )
    for _ in range(3):
        rig.gateway.health.failed(target, target.keys[0], Fault("trouble", "server_error", "down"), 1e12)
    got = await respond(rig, input="hi", previous_response_id="resp_1")
    assert (got.status, got.code) == (503, "deployments_away")
    assert (await respond(rig, input="hi")).status == 200
    rig.gateway.health.forgive(target.id)
    assert await made(rig, upstream, reply(answer("resp_2")), previous_response_id="resp_1") == home


async def test_a_cheaper_model_does_not_go_on_with_it(rig: Rig, upstream: Upstream, think: str) -> None:
    for provider in rig.store.providers.list():
        rig.set_price(provider, "gpt-5", PRICE)
    key = rig.add_key("frugal", budget=20_000_000, at_limit="downgrade", downgrade_to="solo")
    body = json.dumps({"model": "think", "input": "hi", "max_output_tokens": 1}).encode()
    upstream.usual = reply({**answer("resp_1"), "usage": {"input_tokens": 15, "output_tokens": 1, "total_tokens": 16}})
    assert (await ask(rig, chat(key, path="/v1/responses", body=body))).status == 200
    going_on = body.replace(b'"input"', b'"previous_response_id":"resp_1","input"')
    got = await ask(rig, chat(key, path="/v1/responses", body=going_on))
    assert (got.status, got.code) == (402, "budget_exceeded")


@pytest.mark.parametrize("streamed", [False, True])
async def test_sealed_reasoning_goes_back_to_who_can_read_it(
    rig: Rig, upstream: Upstream, think: str, streamed: bool
) -> None:
    def steps(n: int) -> list[Step]:
        whole = answer(f"resp_{n}", f"{SEALED}{n}=")
        if not streamed:
            return reply(whole)
        item = {"type": "response.output_item.done", "output_index": 0, "item": whole["output"][0]}
        text = {"type": "response.output_text.delta", "output_index": 1, "delta": "yes"}
        return stream(event(**item), event(**text), event(type="response.completed", response=whole))

    include = {"store": False, "include": ["reasoning.encrypted_content"], "stream": streamed}
    homes = {n: await made(rig, upstream, steps(n), **include) for n in range(6)}
    assert set(homes.values()) == {"first 1", "first 2", "second 1"}
    for n, home in reversed(homes.items()):
        back = [*answer("", f"{SEALED}{n}=")["output"], {"role": "user", "content": "go on"}]
        for _ in range(2):
            upstream.next(steps(10 + n))
            assert (await respond(rig, **include, input=back)).status == 200
            assert who(upstream.received[-1]) == home
