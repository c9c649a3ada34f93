"""The response cache over real sockets: what is given again, to whom, how it is told, and what is never kept."""

from __future__ import annotations

import asyncio
import gzip
import json
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import anthropic
import cohere
import ollama
import openai
import pytest
from google import genai

from conduit_desktop.gateway.send.faults import LabFault
from conduit_desktop.money import PICO
from conduit_desktop.records import CACHED, RESPONSE_CACHE, ExchangeFilter, UsageQuery
from conduit_desktop.runtime import caching, recomputing, usage
from conduit_desktop.store import Store
from tests.fakes.raw import Got, Raw, chat
from tests.fakes.rig import Rig, running
from tests.fakes.upstream import CLOSE, DONE, RESET, Upstream, completion, delta, error, event, reply, stream
from tests.integration.conftest import PRICE, SECRET

COST = 11 * 1_000_000 + 7 * 10_000_000


def switch(rig: Rig, alias: str = "fast", seconds: int | None = 3600, **more: Any) -> None:
    model = rig.store.models.by_alias(alias)
    assert model is not None
    rig.store.models.put(replace(model, cache_seconds=seconds, **more))


@pytest.fixture
def cached(rig: Rig) -> Rig:
    switch(rig)
    return rig


async def ask(rig: Rig, request: bytes) -> Got:
    assert rig.gateway.listening is not None
    async with Raw(*(await asyncio.open_connection("127.0.0.1", rig.gateway.listening.port))) as client:
        return await client.ask(request)


async def states(rig: Rig, *requests: bytes) -> list[str]:
    return [(await ask(rig, each)).headers.get("x-conduit-cache", "") for each in requests]


# ---------------------------------------------------------------- what is given again


async def test_the_same_request_is_answered_again_without_a_provider(cached: Rig, upstream: Upstream) -> None:
    upstream.next(reply(completion("Hi"), headers=[("x-ratelimit-remaining-requests", "9"), ("set-cookie", "a=b")]))
    first, again = await ask(cached, chat(cached.key)), await ask(cached, chat(cached.key))
    assert len(upstream.received) == 1
    assert (first.status, again.status) == (200, 200)
    assert again.body == first.body
    told = again.headers
    assert (first.headers["x-conduit-cache"], told["x-conduit-cache"]) == ("miss", "hit")
    assert (told["content-type"], told["x-conduit-model"], told["x-conduit-provider"]) == (
        "application/json",
        "fast",
        "one",
    )
    assert (told["x-conduit-attempts"], told["age"], told["x-conduit-cost-usd"]) == ("0", "0", "0.0")
    assert told["x-conduit-cached-request"] == first.headers["x-request-id"] != told["x-request-id"]
    assert "x-ratelimit-remaining-requests" not in told
    assert "set-cookie" not in told


BODIES = {
    "/v1/chat/completions": b'{"model":"fast","messages":[{"role":"user","content":"hi"}]}',
    "/v1/messages": b'{"model":"fast","max_tokens":9,"messages":[{"role":"user","content":"hi"}]}',
    "/v1/responses": b'{"model":"fast","input":"hi"}',
    "/v1beta/models/fast:generateContent": b'{"contents":[{"parts":[{"text":"hi"}]}]}',
    "/v1beta/models/fast:streamGenerateContent": b'{"contents":[{"parts":[{"text":"hi"}]}]}',
    "/v1beta/models/fast:streamGenerateContent?alt=sse": b'{"contents":[{"parts":[{"text":"hi"}]}]}',
    "/cohere/v2/chat": b'{"model":"fast","messages":[{"role":"user","content":"hi"}]}',
    "/api/chat": b'{"model":"fast","stream":false,"messages":[{"role":"user","content":"hi"}]}',
    "/api/generate": b'{"model":"fast","prompt":"hi"}',
}


def streamed(body: bytes) -> bytes:
    return json.dumps({**json.loads(body), "stream": True}).encode()


CASES = [(path, body) for path, body in BODIES.items()]
CASES += [(path, streamed(body)) for path, body in BODIES.items() if "Content" not in path]
CASES += [("/v1/chat/completions", b'{"stream_options":{"include_usage":true},' + streamed(CASES[0][1])[1:])]


@pytest.mark.parametrize(("path", "body"), CASES)
async def test_every_dialect_gets_the_same_bytes_whole_and_streamed(
    cached: Rig, upstream: Upstream, path: str, body: bytes
) -> None:
    request = chat(cached.key, path=path, body=body)
    first, again = await ask(cached, request), await ask(cached, request)
    assert (first.status, again.status, first.whole, again.whole) == (200, 200, True, True), first.body
    assert again.headers["x-conduit-cache"] == "hit"
    assert again.body == first.body
    assert again.headers["content-type"] == first.headers["content-type"]
    assert again.headers.get("transfer-encoding") == first.headers.get("transfer-encoding")
    assert len(upstream.received) == 1
    now, before = await cached.logged(2)
    assert (now.usage, now.finish, now.stream, now.dialect) == (
        before.usage,
        before.finish,
        before.stream,
        before.dialect,
    )


Ask = Callable[[str, str], AsyncIterator[object]]


async def by_openai(base: str, key: str) -> AsyncIterator[object]:
    messages: Any = [{"role": "user", "content": "hi"}]
    async with openai.AsyncOpenAI(base_url=f"{base}/v1", api_key=key, max_retries=0) as client:
        yield (await client.chat.completions.create(model="fast", messages=messages)).model_dump()
        chunks = await client.chat.completions.create(model="fast", messages=messages, stream=True)
        yield [chunk.model_dump() async for chunk in chunks]
        yield (await client.responses.create(model="fast", input="hi")).model_dump()
        events = await client.responses.create(model="fast", input="hi", stream=True)
        yield [each.model_dump() async for each in events]


async def by_anthropic(base: str, key: str) -> AsyncIterator[object]:
    asked: Any = {"model": "fast", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}
    async with anthropic.AsyncAnthropic(base_url=base, api_key=key, max_retries=0) as client:
        yield (await client.messages.create(**asked)).model_dump()
        async with client.messages.stream(**asked) as events:
            yield [each.model_dump() async for each in events]


async def by_genai(base: str, key: str) -> AsyncIterator[object]:
    """Its synchronous half, on a thread: the other one warns of aiohttp."""

    def both() -> list[object]:
        with genai.Client(api_key=key, vertexai=False, http_options={"base_url": base}) as client:
            told = client.models.generate_content(model="fast", contents="hi")
            pieces = client.models.generate_content_stream(model="fast", contents="hi")
            return [each.model_dump(exclude={"sdk_http_response"}) for each in (told, *pieces)]

    yield await asyncio.to_thread(both)


async def by_cohere(base: str, key: str) -> AsyncIterator[object]:
    client = cohere.AsyncClientV2(api_key=key, base_url=f"{base}/cohere")
    messages: Any = [{"role": "user", "content": "hi"}]
    yield (await client.chat(model="fast", messages=messages)).model_dump()
    yield [each.model_dump() async for each in client.chat_stream(model="fast", messages=messages)]


async def by_ollama(base: str, key: str) -> AsyncIterator[object]:
    client = ollama.AsyncClient(host=base, headers={"authorization": f"Bearer {key}"})
    messages: Any = [{"role": "user", "content": "hi"}]
    yield (await client.chat("fast", messages)).model_dump()
    yield [each.model_dump() async for each in await client.chat("fast", messages, stream=True)]
    await client._client.aclose()


@pytest.mark.parametrize(
    ("sdk", "asked"), [(by_openai, 4), (by_anthropic, 2), (by_genai, 2), (by_cohere, 2), (by_ollama, 2)]
)
async def test_the_vendors_own_clients_read_the_same_twice(
    cached: Rig, upstream: Upstream, sdk: Ask, asked: int
) -> None:
    first = [each async for each in sdk(cached.base_url, cached.key)]
    again = [each async for each in sdk(cached.base_url, cached.key)]
    assert first
    assert again == first
    assert len(upstream.received) == asked
    log = await cached.logged(2 * asked)
    assert [each.price for each in log] == [CACHED] * asked + ["test"] * asked


async def test_a_form_is_the_same_whatever_its_boundary(cached: Rig, upstream: Upstream) -> None:
    upstream.usual = reply({"text": "Hello"})
    async with openai.AsyncOpenAI(base_url=f"{cached.base_url}/v1", api_key=cached.key, max_retries=0) as client:
        said = [await client.audio.transcriptions.create(model="fast", file=("a.wav", b"RIFF1")) for _ in range(2)]
        other = await client.audio.transcriptions.create(model="fast", file=("a.wav", b"RIFF2"))
    assert said[0].text == said[1].text == other.text == "Hello"
    assert len(upstream.received) == 2


async def test_a_body_that_came_packed_is_the_same(cached: Rig) -> None:
    body = BODIES["/v1/chat/completions"]
    packed = chat(cached.key, body=gzip.compress(body), headers=(("content-encoding", "gzip"),))
    assert await states(cached, chat(cached.key, body=body), packed) == ["miss", "hit"]


async def test_embeddings_and_sound_are_given_again(cached: Rig, upstream: Upstream) -> None:
    vector = {"object": "list", "data": [{"index": 0, "embedding": [0.5]}], "usage": {"prompt_tokens": 3}}
    upstream.next(reply({**vector, "model": "real"}), reply(b"ID3" + bytes(range(256)), kind="audio/mpeg"))
    embed = chat(cached.key, path="/v1/embeddings", body=b'{"model":"fast","input":"hi"}')
    speak = chat(cached.key, path="/v1/audio/speech", body=b'{"model":"fast","input":"hi","voice":"alloy"}')
    for request in (embed, speak):
        first, again = await ask(cached, request), await ask(cached, request)
        assert (first.status, again.headers.get("x-conduit-cache")) == (200, "hit"), first.body
        assert again.body == first.body
        assert again.headers["content-type"] == first.headers["content-type"]
    assert len(upstream.received) == 2


# ---------------------------------------------------------------- what is not


async def test_it_is_off_by_default_and_when_a_key_has_it_off(rig: Rig) -> None:
    assert await states(rig, chat(rig.key), chat(rig.key)) == ["", ""]
    switch(rig)
    other = rig.add_key("other", cache=False)
    assert await states(rig, chat(other), chat(other), chat(rig.key), chat(rig.key)) == ["", "", "miss", "hit"]
    switch(rig, seconds=None)
    assert await states(rig, chat(rig.key)) == [""]


async def test_two_keys_do_not_share(cached: Rig, upstream: Upstream) -> None:
    other = cached.add_key("other")
    assert await states(cached, chat(cached.key), chat(other), chat(other), chat(cached.key)) == [
        "miss",
        "miss",
        "hit",
        "hit",
    ]
    assert len(upstream.received) == 2


async def test_a_changed_deployment_serves_nothing_old(cached: Rig) -> None:
    assert await states(cached, chat(cached.key), chat(cached.key)) == ["miss", "hit"]
    model = cached.store.models.by_alias("fast")
    assert model is not None
    first = replace(model.deployments[0], upstream_model="newer")
    cached.store.models.put(replace(model, deployments=(first, *model.deployments[1:])))
    assert await states(cached, chat(cached.key), chat(cached.key)) == ["miss", "hit"]


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param([error(429)] * 6, id="429"),
        pytest.param([error(500)] * 6, id="500"),
        pytest.param([error(400)], id="400"),
        pytest.param([reply({"error": {"message": "no", "code": 400}})], id="error in a 200"),
        pytest.param([reply(b"<html>", kind="text/html")] * 6, id="not JSON"),
        pytest.param([reply(completion() | {"choices": []})], id="no answer"),
        pytest.param(
            [reply({**completion(), "choices": [{**completion()["choices"][0], "finish_reason": "content_filter"}]})],
            id="filtered",
        ),
    ],
)
async def test_errors_are_never_kept(cached: Rig, upstream: Upstream, answers: list[Any]) -> None:
    upstream.next(*answers)
    await ask(cached, chat(cached.key))
    upstream._told.clear()
    got = await ask(cached, chat(cached.key))
    assert (got.status, got.headers["x-conduit-cache"]) == (200, "miss")


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(stream(delta("a"), delta("b"), CLOSE, whole=False), id="cut"),
        pytest.param(stream(delta("a"), RESET, whole=False), id="reset"),
        pytest.param(stream(delta("a"), event(error={"message": "broke", "code": 500})), id="error in the stream"),
        pytest.param(stream(delta("a"), delta("b")), id="no finish"),
        pytest.param(stream(delta("a"), delta(finish="content_filter"), DONE), id="filtered"),
        pytest.param(stream(delta("a"), delta(finish="error"), DONE), id="finish error"),
    ],
)
async def test_streams_that_did_not_end_well_are_never_kept(cached: Rig, upstream: Upstream, answer: Any) -> None:
    upstream.next(answer)
    request = chat(cached.key, stream=True)
    await ask(cached, request)
    got = await ask(cached, request)
    assert (got.whole, got.headers["x-conduit-cache"]) == (True, "miss")
    assert (await ask(cached, request)).headers["x-conduit-cache"] == "hit"


async def test_a_client_that_hangs_up_leaves_nothing(cached: Rig, upstream: Upstream) -> None:
    go_on = asyncio.Event()
    upstream.next(stream(delta("a"), go_on, delta("b"), delta(finish="stop"), DONE))
    assert cached.gateway.listening is not None
    async with Raw(*(await asyncio.open_connection("127.0.0.1", cached.gateway.listening.port))) as client:
        client.send(chat(cached.key, stream=True))
        await client.head()
    await (await upstream.got()).gone.wait()
    go_on.set()
    assert await states(cached, chat(cached.key, stream=True)) == ["miss"]


async def test_another_models_answer_is_not_kept_for_this_one(rig: Rig, upstream: Upstream) -> None:
    switch(rig, "solo", fallbacks=("fast",))
    upstream.next(error(500), reply(completion("from the other")))
    request = chat(rig.key, "solo")
    assert (await ask(rig, request)).json["choices"][0]["message"]["content"] == "from the other"
    again = await ask(rig, request)
    assert (again.status, again.headers["x-conduit-cache"]) == (200, "miss")


async def test_stored_state_is_left_to_the_provider(cached: Rig) -> None:
    for more in ({"store": True}, {"background": True}, {"conversation": "c"}, {"previous_response_id": "r"}):
        body = json.dumps({"model": "fast", "input": "hi", **more}).encode()
        request = chat(cached.key, path="/v1/responses", body=body)
        assert await states(cached, request, request) == ["", ""], more


async def test_large_answers_are_not_kept(cached: Rig, upstream: Upstream) -> None:
    upstream.usual = reply(completion("x" * 5_000_000))
    assert await states(cached, chat(cached.key), chat(cached.key)) == ["miss", "miss"]
    pieces = [delta("y" * 500_000) for _ in range(10)]
    upstream.usual = stream(*pieces, delta(finish="stop"), DONE)
    request = chat(cached.key, stream=True)
    assert await states(cached, request, request) == ["miss", "miss"]


async def test_cache_control_is_heeded(cached: Rig, upstream: Upstream) -> None:
    def saying(what: str) -> bytes:
        return chat(cached.key, headers=(("cache-control", what),))

    upstream.next(reply(completion("one")), reply(completion("two")), reply(completion("three")))
    assert await states(cached, saying("no-store"), saying("no-cache")) == ["", "miss"]
    plain = await ask(cached, chat(cached.key))
    assert (plain.headers["x-conduit-cache"], b"two" in plain.body) == ("hit", True)
    assert await states(cached, saying("max-age=60"), saying("no-store")) == ["hit", ""]
    assert len(upstream.received) == 3


async def test_an_answer_is_given_also_while_nobody_takes_a_request(cached: Rig, upstream: Upstream) -> None:
    first = await ask(cached, chat(cached.key))
    upstream.usual = error(401, "no such key")
    other = chat(cached.key, temperature=1)
    assert (await ask(cached, other)).status == 401
    assert (await ask(cached, other)).json["error"]["code"] == "credential_rejected"
    again = await ask(cached, chat(cached.key))
    assert (again.status, again.headers["x-conduit-cache"], again.body) == (200, "hit", first.body)


async def test_a_fault_of_the_lab_is_not_hidden(rig: Rig) -> None:
    switch(rig, "solo")
    assert await states(rig, chat(rig.key, "solo"), chat(rig.key, "solo")) == ["miss", "hit"]
    model = rig.store.models.by_alias("solo")
    assert model is not None
    rig.gateway.lab.put(model.deployments[0].id, LabFault("server_error", requests=1))
    got = await ask(rig, chat(rig.key, "solo"))
    assert (got.status, got.headers.get("x-conduit-cache")) == (500, None)
    assert await states(rig, chat(rig.key, "solo")) == ["hit"]


async def test_an_answer_is_given_as_long_as_its_model_has_it(cached: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    assert await states(cached, chat(cached.key)) == ["miss"]
    monkeypatch.setattr(time, "time", lambda: now + 3000)
    got = await ask(cached, chat(cached.key))
    assert got.headers["x-conduit-cache"] == "hit"
    assert 2990 < int(got.headers["age"]) <= 3000
    monkeypatch.setattr(time, "time", lambda: now + 3700)
    assert await states(cached, chat(cached.key), chat(cached.key)) == ["miss", "hit"]


# ---------------------------------------------------------------- keys, money, log


async def test_a_hit_costs_nothing_and_says_what_it_saved(cached: Rig, upstream: Upstream) -> None:
    await states(cached, chat(cached.key), chat(cached.key), chat(cached.key))
    log = await cached.logged(3)
    hit = log[0]
    assert (hit.cost, hit.saved, hit.price, hit.provider, hit.provider_id) == (0, COST, CACHED, RESPONSE_CACHE, None)
    assert (hit.upstream_model, hit.model, hit.attempts, hit.status) == ("real", "fast", (), 200)
    assert hit.usage == log[2].usage
    query = UsageQuery(since=0.0, until=time.time() + 60, by="provider")
    report = usage.users_report(cached.store, query)
    assert (report.sums.cost, report.sums.saved, report.sums.requests) == (COST, 2 * COST, 3)
    assert (report.reused.requests, report.reused.saved, report.reused.cost) == (2, 2 * COST, 0)
    told = {group.name: group.sums for group in report.groups}
    assert (told["one"].requests, told["one"].cost, told["one"].saved) == (1, COST, 0)
    assert (told[RESPONSE_CACHE].requests, told[RESPONSE_CACHE].cost) == (2, 0)
    assert [each.id for each in cached.store.exchanges.page(ExchangeFilter(provider=RESPONSE_CACHE), None, 9)] == [
        log[0].id,
        log[1].id,
    ]


async def test_pricing_the_log_anew_leaves_it_free(cached: Rig) -> None:
    await states(cached, chat(cached.key), chat(cached.key))
    await cached.logged(2)
    one = next(each for each in cached.store.providers.list() if each.name == "one")
    cached.set_price(one, "real", replace(PRICE, source="dearer", input=2_000_000))
    recomputing.recompute(cached.store, recomputing.preview(cached.store))
    hit, first = cached.log()
    assert (hit.cost, hit.price, hit.saved) == (0, CACHED, COST)
    assert first.price == "dearer"


async def test_a_key_that_has_spent_all_is_answered_from_the_cache(cached: Rig, upstream: Upstream) -> None:
    key = cached.add_key("poor", budget=COST, period="month")
    assert (await ask(cached, chat(key))).status == 200
    assert (await ask(cached, chat(key))).headers["x-conduit-cache"] == "hit"
    assert (await ask(cached, chat(key, seed=1))).status == 402
    assert len(upstream.received) == 1
    found = cached.store.keys.by_name("poor")
    assert found is not None
    assert cached.gateway.ledger.spent(found, time.time()) == COST
    assert cached.gateway.ledger.reserved(found.id) == 0


async def test_the_limits_of_a_key_count_hits_but_not_their_tokens(cached: Rig, upstream: Upstream) -> None:
    key = cached.add_key("slow", rpm=3, tpm=100_000)
    got = [await ask(cached, chat(key)) for _ in range(4)]
    assert [each.status for each in got] == [200, 200, 200, 429]
    assert [each.headers["x-ratelimit-remaining-requests"] for each in got[:3]] == ["2", "1", "0"]
    left = [int(each.headers["x-ratelimit-remaining-tokens"]) for each in got[1:3]]
    assert left[1] >= left[0]
    found = cached.store.keys.by_name("slow")
    assert found is not None
    assert cached.gateway.limits.at_once(found.id) == 0


@pytest.mark.parametrize("change", [{"enabled": False}, {"models": ("other",)}, {"expires": 1.0}])
async def test_a_key_that_may_not_ask_gets_nothing_kept(cached: Rig, change: dict[str, Any]) -> None:
    key = cached.add_key("left")
    assert await states(cached, chat(key), chat(key)) == ["miss", "hit"]
    found = cached.store.keys.by_name("left")
    assert found is not None
    cached.store.keys.put(replace(found, **change))
    assert (await ask(cached, chat(key))).status in (401, 403)


async def test_what_the_provider_reports_is_no_cost_of_a_hit(cached: Rig, upstream: Upstream) -> None:
    provider = cached.add_provider("router", "openrouter", upstream.url, SECRET)
    cached.add_model("routed", provider, "real")
    switch(cached, "routed")
    told = completion()
    told["usage"] = {**told["usage"], "cost": 0.25}
    upstream.next(reply(told))
    await states(cached, chat(cached.key, "routed"), chat(cached.key, "routed"))
    hit, first = await cached.logged(2)
    assert (first.cost, hit.cost, hit.saved) == (PICO // 4, 0, PICO // 4)
    assert hit.usage is not None
    assert hit.usage.reported_cost is None


async def test_a_stored_answer_can_be_continued_where_it_was_made(rig: Rig, upstream: Upstream) -> None:
    provider = rig.add_provider("vendor", "openai", upstream.url, SECRET)
    rig.add_model("stored", provider, "gpt-5-mini")
    switch(rig, "stored")
    message = {"type": "message", "id": "m", "role": "assistant", "status": "completed"}
    message["content"] = [{"type": "output_text", "text": "Hi", "annotations": []}]  # type: ignore[assignment]
    answer = {"id": "resp_1", "object": "response", "status": "completed", "model": "gpt-5-mini", "output": [message]}
    upstream.usual = reply(answer)
    request = chat(rig.key, path="/v1/responses", body=b'{"model":"stored","input":"hi"}')
    first, again = await ask(rig, request), await ask(rig, request)
    assert (again.headers["x-conduit-cache"], again.body) == ("hit", first.body)
    got = await ask(rig, chat(rig.key, method="GET", path="/v1/responses/resp_1"))
    assert (got.status, got.headers.get("x-conduit-cache")) == (200, None)
    assert upstream.received[-1].target == "/v1/responses/resp_1"


# ---------------------------------------------------------------- disk


async def test_answers_outlive_a_restart_and_an_emptied_cache_is_empty(tmp_path: Path, upstream: Upstream) -> None:
    async with running(tmp_path) as rig:
        one = rig.add_provider("one", "openai-compatible", f"{upstream.url}/one")
        rig.set_price(one, "real", PRICE)
        rig.add_model("fast", one, "real")
        switch(rig)
        key = rig.key
        first = [await ask(rig, chat(key)), await ask(rig, chat(key, stream=True))]
    async with running(tmp_path, key="another") as rig:
        again = [await ask(rig, chat(key)), await ask(rig, chat(key, stream=True))]
        assert [each.headers["x-conduit-cache"] for each in again] == ["hit", "hit"]
        assert [each.body for each in again] == [each.body for each in first]
        assert len(upstream.received) == 2
        assert await asyncio.to_thread(caching.clear, rig.store) == 2
        assert await states(rig, chat(key), chat(key)) == ["miss", "hit"]


async def test_an_emptied_cache_is_empty_in_a_gateway_of_another_process(cached: Rig) -> None:
    assert await states(cached, chat(cached.key), chat(cached.key)) == ["miss", "hit"]
    while cached.store.cache.state().entries == 0:
        await asyncio.sleep(0.01)
    other = await asyncio.to_thread(Store.open, cached.home)
    assert await asyncio.to_thread(caching.clear, other) == 1
    await asyncio.to_thread(other.close)
    assert await states(cached, chat(cached.key), chat(cached.key)) == ["miss", "hit"]
    last = cached.store.audit.list()[0]
    assert (last.action, last.subject) == ("empty", "response cache")


async def test_many_at_once_are_each_answered_right(cached: Rig, upstream: Upstream) -> None:
    """The same requests at once go to the provider as often; whatever comes of it, nobody gets another's answer."""
    upstream.usual = lambda received: reply(completion(received.json["messages"][0]["content"]))

    async def one(n: int) -> None:
        text = f"say {n % 7}"
        got = await ask(cached, chat(cached.key, messages=[{"role": "user", "content": text}]))
        assert got.json["choices"][0]["message"]["content"] == text

    await asyncio.gather(*(one(n) for n in range(70)))
    await asyncio.gather(*(one(n) for n in range(70)))
    hits = sum(each.price == CACHED for each in await cached.logged(140))
    assert hits >= 70
    assert len(upstream.received) == 140 - hits
