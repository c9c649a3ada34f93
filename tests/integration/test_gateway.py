"""A request's way through the gateway: keys, budgets, limits, models, and what crosses in either direction."""

from __future__ import annotations

import asyncio
import gc
import json
import time
from dataclasses import replace
from pathlib import Path

import pytest

from conduit_desktop.gateway.engine import Gateway
from conduit_desktop.gateway.exchange import Trip
from conduit_desktop.gateway.send.relay import Relay
from conduit_desktop.records import Exchange, VirtualKey
from conduit_desktop.runtime import keys
from conduit_desktop.store import Store
from tests.fakes.raw import Got, Raw, chat
from tests.fakes.rig import Rig
from tests.fakes.upstream import COUNTED, DONE, HANG, Upstream, completion, delta, reply, stream
from tests.integration.conftest import SECRET

COST = 11 * 1_000_000 + 7 * 10_000_000


async def ask(rig: Rig, request: bytes) -> Got:
    async with Raw(*(await asyncio.open_connection("127.0.0.1", port(rig)))) as client:
        return await client.ask(request)


def port(rig: Rig) -> int:
    assert rig.gateway.listening is not None
    return rig.gateway.listening.port


def settled(gateway: Gateway, key: VirtualKey) -> bool:
    """Nothing reserved, no place taken."""
    return gateway.ledger.reserved(key.id) == 0 and gateway.limits.at_once(key.id) == 0


def key_named(rig: Rig, name: str) -> VirtualKey:
    found = rig.store.keys.by_name(name)
    assert found is not None
    return found


# ---------------------------------------------------------------- the plain way


async def test_an_answer_comes_as_it_is_and_is_logged(rig: Rig, upstream: Upstream) -> None:
    upstream.next(reply(completion("Hi"), headers=[("x-ratelimit-remaining-requests", "9"), ("x-odd", "\xe9")]))
    got = await ask(rig, chat(rig.key, temperature=0.50, nonsense={"a": [1, None]}))
    assert (got.status, got.json) == (200, completion("Hi"))
    assert (got.headers["x-ratelimit-remaining-requests"], got.headers["x-odd"]) == ("9", "\xe9")
    assert got.headers["x-conduit-model"] == "fast"
    assert got.headers["x-conduit-provider"] == "one"
    assert got.headers["x-conduit-attempts"] == "1"
    assert got.headers["x-conduit-cost-usd"] == "0.000081"
    assert float(got.headers["x-conduit-overhead-ms"]) >= 0
    sent = await upstream.got()
    assert sent.target == "/v1/one/chat/completions"
    assert sent.json == {
        **json.loads(chat(None, temperature=0.50, nonsense={"a": [1, None]}).split(b"\r\n\r\n")[1]),
        "model": "real",
    }
    (row,) = await rig.logged(1)
    assert (row.id, row.status, row.cost, row.key) == (got.headers["x-request-id"], 200, COST, "test")
    assert (row.model, row.upstream_model, row.provider, row.finish) == ("fast", "real", "one", "stop")
    assert [(attempt.n, attempt.status, attempt.cause) for attempt in row.attempts] == [(1, 200, "")]


async def test_what_is_over_does_not_wait_for_the_collector(rig: Rig, upstream: Upstream) -> None:
    """Nothing holds a stream that is over but the inspector, be its client's connection idle or gone."""
    gc.collect()
    gc.disable()
    try:
        async with Raw(*(await asyncio.open_connection("127.0.0.1", port(rig)))) as client:
            for _ in range(2):
                assert (await client.ask(chat(rig.key, stream=True))).whole
            await rig.logged(2)
            assert not alive(Relay)
        async with asyncio.timeout(20):
            while len(alive(Trip)) > 2:
                await asyncio.sleep(0.01)
    finally:
        gc.enable()


def alive(kind: type) -> list[object]:
    return [each for each in gc.get_objects() if isinstance(each, kind)]


async def test_the_inspector_has_the_bodies_whichever_way_it_went(rig: Rig, upstream: Upstream) -> None:
    """They are kept behind the answer: of one that is whole, streamed, refused by the provider, by us, and left."""
    upstream.next(reply(), stream(delta("streamed"), DONE), reply({"error": {"message": "refused"}}, 400))
    for request in (chat(rig.key), chat(rig.key, stream=True), chat(rig.key), chat(rig.key, model="none")):
        await ask(rig, request)
    upstream.next(stream(delta("left"), HANG))
    async with Raw(*(await asyncio.open_connection("127.0.0.1", port(rig)))) as client:
        client.send(chat(rig.key, stream=True))
        await client.reader.readuntil(b"left")
    rows = (await rig.logged(5))[::-1]
    assert [row.status for row in rows] == [200, 200, 400, 404, 499]
    for row, words in zip(rows, (b"usage", b"streamed", b"refused", None, b"left"), strict=True):
        capture = rig.ring.get(row.id)
        assert capture is not None
        assert b"messages" in capture.request.body
        assert words is None if capture.response is None else words in capture.response.body


async def test_unknown_headers_cross_and_credentials_do_not(rig: Rig, upstream: Upstream) -> None:
    headers = (
        ("user-agent", "Tool/1.0 (x)"),
        ("openai-beta", "a=b"),
        ("x-unknown", "kept"),
        ("x-api-key", "clients-other-secret"),
        ("cookie", "session=private"),
        ("proxy-authorization", "Basic cHJpdmF0ZQ=="),
        ("x-forwarded-for", "10.9.8.7"),
        ("x-request-id", "theirs"),
    )
    answer = reply(headers=[("set-cookie", "a=b"), ("x-served-by", "x"), ("authorization", "odd"), ("server", "nginx")])
    upstream.next(answer)
    got = await ask(rig, chat(rig.key, headers=headers))
    sent = dict((await upstream.got()).headers)
    assert (sent["user-agent"], sent["openai-beta"], sent["x-unknown"]) == ("Tool/1.0 (x)", "a=b", "kept")
    assert sent["authorization"] == f"Bearer {SECRET}"
    heads = repr(sent)
    for private in (rig.key, "clients-other-secret", "private", "10.9.8.7", "theirs"):
        assert private not in heads
    assert "set-cookie" not in got.headers
    assert "server" not in got.headers
    assert got.headers["x-served-by"] == "x"
    assert got.headers["x-request-id"] != "theirs"


async def test_the_providers_secret_stays(rig: Rig, upstream: Upstream, tmp_path: Path) -> None:
    upstream.next(reply({"error": {"message": "wrong key"}}, 401), reply({"error": {"message": "wrong key"}}, 401))
    got = await ask(rig, chat(rig.key))
    assert got.status == 401
    (row,) = await rig.logged(1)
    capture = rig.ring.get(row.id)
    assert capture is not None
    for text in (repr(got), repr(row), repr(capture)):
        assert SECRET not in text
        assert rig.key not in text
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert SECRET.encode() not in path.read_bytes(), path
            assert rig.key.encode() not in path.read_bytes(), path


async def test_a_stream_hides_the_usage_that_nobody_asked_for(rig: Rig, upstream: Upstream) -> None:
    got = await ask(rig, chat(rig.key, stream=True))
    assert got.whole
    assert got.headers["content-type"].startswith("text/event-stream")
    assert b'"usage"' not in got.body
    assert got.body.endswith(DONE)
    assert got.body.count(b"data:") == 8
    assert (await upstream.got()).json["stream_options"] == {"include_usage": True}
    (row,) = await rig.logged(1)
    assert (row.cost, row.stream, row.finish) == (COST, True, "stop")
    assert row.usage is not None
    assert not row.usage.estimated
    assert row.ttft is not None


async def test_a_stream_shows_the_usage_to_who_asked(rig: Rig) -> None:
    got = await ask(rig, chat(rig.key, stream=True, stream_options={"include_usage": True}))
    assert COUNTED in got.body
    (row,) = await rig.logged(1)
    assert row.cost == COST


async def test_a_streams_pieces_leave_as_they_come(rig: Rig, upstream: Upstream) -> None:
    go = asyncio.Event()
    upstream.next(stream(delta("one"), go, delta("two", "stop"), DONE))
    async with await Raw.open(rig.base_url) as client:
        client.send(chat(rig.key, stream=True))
        await client.head()
        assert await client.chunk() == delta("one")
        go.set()
        assert await client.chunk() == delta("two", "stop")
        assert await client.chunk() == DONE
        assert await client.chunk() == b""


async def test_direct_names_with_slashes_and_colons(rig: Rig, upstream: Upstream) -> None:
    rig.set_price(rig.store.providers.list()[0], "meta/llama-3:70b", None)
    got = await ask(rig, chat(rig.key, "one/meta/llama-3:70b"))
    assert got.status == 200
    assert (await upstream.got()).json["model"] == "meta/llama-3:70b"
    (row,) = await rig.logged(1)
    assert (row.cost, row.price) == (None, "")


# ---------------------------------------------------------------- refusals


def only(rows: list[Exchange]) -> Exchange:
    (row,) = rows
    return row


async def test_401(rig: Rig, upstream: Upstream) -> None:
    gone, old = rig.add_key("gone", enabled=False), rig.add_key("old", expires=time.time() - 1)
    cases = [(None, "missing_api_key", ""), ("sk-conduit-nobody", "invalid_api_key", "")]
    for number, (key, code, name) in enumerate(
        [*cases, (gone, "key_disabled", "gone"), (old, "key_expired", "old")], 1
    ):
        got = await ask(rig, chat(key))
        assert (got.status, got.code) == (401, code)
        row = (await rig.logged(number))[0]
        assert (row.status, row.error_code, row.key) == (401, code, name)
    assert upstream.received == []


async def test_402_and_what_is_left_after_settling(rig: Rig, upstream: Upstream) -> None:
    text = rig.add_key("poor", budget=COST + 1)
    first = await ask(rig, chat(text))
    second = await ask(rig, chat(text))
    third = await ask(rig, chat(text))
    assert [got.status for got in (first, second, third)] == [200, 200, 402]
    assert third.code == "budget_exceeded"
    assert int(third.headers["retry-after"]) > 0
    assert "'poor'" in third.json["error"]["message"]
    assert settled(rig.gateway, key_named(rig, "poor"))
    assert len(upstream.received) == 2


async def test_fifty_at_once_overspend_by_one_at_most(rig: Rig, upstream: Upstream) -> None:
    text = rig.add_key("poor", budget=COST)
    got = await asyncio.gather(*[ask(rig, chat(text, max_tokens=7)) for _ in range(50)])
    assert sorted({each.status for each in got}) == [200, 402]
    served = sum(each.status == 200 for each in got)
    assert served * COST <= 2 * COST
    assert len(upstream.received) == served
    assert settled(rig.gateway, key_named(rig, "poor"))


async def test_403_of_models_and_prices(rig: Rig, upstream: Upstream) -> None:
    got = await ask(rig, chat(rig.add_key("narrow", models=("other*",))))
    assert (got.status, got.code) == (403, "model_not_allowed")
    rig.set_price(rig.store.providers.list()[0], "secretive", None)
    got = await ask(rig, chat(rig.add_key("budgeted", budget=10**12), "one/secretive"))
    assert (got.status, got.code) == (403, "price_unknown")
    assert "conduit-desktop price set" in got.json["error"]["message"]
    assert upstream.received == []


async def test_429_and_a_budget_refusal_uses_up_no_rate(rig: Rig, upstream: Upstream) -> None:
    text = rig.add_key("slow", rpm=2)
    statuses = [(await ask(rig, chat(text))).status for _ in range(2)]
    got = await ask(rig, chat(text))
    assert [*statuses, got.status, got.code] == [200, 200, 429, "rate_limit_exceeded"]
    assert 1 <= int(got.headers["retry-after"]) <= 30
    spent = rig.add_key("spent", rpm=1, budget=1)
    assert (await ask(rig, chat(spent))).status == 200
    key = key_named(rig, "spent")
    keys.edit(rig.store, replace(key, rpm=2))
    assert [(await ask(rig, chat(spent))).status for _ in range(5)] == [402] * 5
    keys.edit(rig.store, replace(key, rpm=2, budget=10**12))
    assert (await ask(rig, chat(spent))).status == 200


async def test_parallel_places_come_back(rig: Rig, upstream: Upstream) -> None:
    text, go = rig.add_key("one-at-a-time", parallel=1), asyncio.Event()
    upstream.next([go, *reply()])
    first = asyncio.create_task(ask(rig, chat(text)))  # noqa: TID251
    await upstream.got()
    refused = await ask(rig, chat(text))
    assert (refused.status, refused.code) == (429, "rate_limit_exceeded")
    go.set()
    assert (await first).status == 200
    assert (await ask(rig, chat(text))).status == 200


async def test_404_405_and_who_may_see_which_models(rig: Rig) -> None:
    missing = await ask(rig, chat(rig.key, "fest"))
    assert (missing.status, missing.code) == (404, "model_not_found")
    assert "Did you mean fast" in missing.json["error"]["message"]
    assert (await ask(rig, chat(rig.key, path="/v1/nothing"))).code == "unknown_url"
    wrong = await ask(rig, chat(rig.key, path="/v1/models"))
    assert (wrong.status, wrong.headers["allow"]) == (405, "GET")
    wrong = await ask(rig, chat(rig.key, method="GET"))
    assert (wrong.status, wrong.headers["allow"]) == (405, "POST")
    listed = await ask(rig, chat(rig.add_key("narrow", models=("so*",)), method="GET", path="/v1/models"))
    assert [row["id"] for row in listed.json["data"]] == ["solo"]
    card = await ask(rig, chat(rig.key, method="GET", path="/openai/v1/models/fast"))
    assert card.json["id"] == "fast"
    assert (await ask(rig, chat(None, method="GET", path="/v1/models"))).status == 401


async def test_400_says_what_does_not_fit(rig: Rig, upstream: Upstream) -> None:
    for body, code in [
        (b"{", "invalid_json"),
        (b"{}", "missing_field"),
        (b'{"model":1}', "invalid_type"),
        (b"", "missing_body"),
    ]:
        got = await ask(rig, chat(rig.key, body=body))
        assert (got.status, got.code) == (400, code)
    got = await ask(rig, chat(rig.key, headers=(("content-encoding", "br"),)))
    assert (got.status, got.code) == (415, "unsupported_encoding")
    assert upstream.received == []


async def test_a_provider_that_is_ourselves_is_508(rig: Rig) -> None:
    loop = rig.add_provider("loop", "openai-compatible", f"{rig.base_url}/v1", rig.key)
    rig.set_price(loop, "loop/x", None)
    got = await ask(rig, chat(rig.key, "loop/loop/x"))
    assert (got.status, got.code) == (508, "loop_detected")
    assert "came from this gateway itself, and back by way of loop/loop/x." in got.json["error"]["message"]
    assert "base URL of the provider 'loop'" in got.json["error"]["message"]
    rows = await rig.logged(2)
    assert [row.status for row in rows] == [508, 508]


async def test_redirects_are_refused_and_the_secret_stays_home(rig: Rig, upstream: Upstream) -> None:
    async with Upstream() as other:
        upstream.next(reply(b"", 302, [("location", f"{other.url}/chat/completions")]))
        got = await ask(rig, chat(rig.key, "solo"))
        assert (got.status, got.code) == (502, "upstream_error")
        assert "redirect" in got.json["error"]["message"]
        assert "location" not in got.headers
        assert other.connections == 0
    assert len(upstream.received) == 1
    assert only(await rig.logged(1)).attempts[0].cause == "redirect"


# ---------------------------------------------------------------- changes from elsewhere, and the end


async def test_what_another_process_changes_counts_for_the_next_request(rig: Rig) -> None:
    other = Store.open(rig.home)
    try:
        key, text = keys.create(other, rig.vault, VirtualKey(id="", name="new", digest="", last4=""), keep_text=False)
        assert (await ask(rig, chat(text))).status == 200
        other.keys.put(replace(key, enabled=False))
        assert (await ask(rig, chat(text))).code == "key_disabled"
        other.keys.put(replace(key, models=("solo",)))
        assert (await ask(rig, chat(text))).code == "model_not_allowed"
        model = other.models.by_alias("solo")
        assert model is not None
        other.models.put(
            replace(
                model,
                id="second",
                alias="brand-new",
                deployments=(replace(model.deployments[0], id="d2", model_id="second"),),
            )
        )
        assert (await ask(rig, chat(rig.key, "brand-new"))).status == 200
        other.keys.remove(key.id)
        assert (await ask(rig, chat(text))).code == "invalid_api_key"
    finally:
        other.close()


async def test_a_stop_lets_a_running_stream_finish(rig: Rig, upstream: Upstream) -> None:
    go = asyncio.Event()
    upstream.next(stream(delta("one"), go, delta("two", "stop"), DONE))
    async with await Raw.open(rig.base_url) as client, await Raw.open(rig.base_url) as idle:
        client.send(chat(rig.key, stream=True))
        await client.head()
        await client.chunk()
        stopping = asyncio.create_task(rig.gateway.stop(5.0))  # noqa: TID251
        assert await idle.closed()
        with pytest.raises(ConnectionError):
            await Raw.open(rig.base_url)
        go.set()
        assert [await client.chunk() for _ in range(3)] == [delta("two", "stop"), DONE, b""]
        assert await client.closed()
        assert await stopping == 1
    assert only(rig.log()).status == 200


async def test_a_stop_cuts_what_does_not_end(rig: Rig, upstream: Upstream) -> None:
    upstream.next(stream(delta("one"), asyncio.Event()))
    async with await Raw.open(rig.base_url) as client:
        client.send(chat(rig.key, stream=True))
        await client.head()
        await client.chunk()
        assert await rig.gateway.stop(0.1) == 1
        assert await client.closed()
    await asyncio.wait_for((await upstream.got()).gone.wait(), 5)
    assert only(rig.log()).status == 499


async def test_a_taken_port_gives_the_next_one(rig: Rig, upstream: Upstream) -> None:
    second = Gateway(rig.store, rig.vault, rig.bus, rig.ring)
    found = await second.start("127.0.0.1", port(rig))
    try:
        assert port(rig) < found.port <= port(rig) + 49
        assert found.wanted == port(rig)
        async with await Raw.open(found.base_url) as client:
            assert (await client.ask(chat(rig.key))).status == 200
    finally:
        await second.stop(1.0)
