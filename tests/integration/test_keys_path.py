"""What a key can be limited to, on the path: providers, staying here, rotation, defaults, and what happens at the limit
of its budget."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import replace
from typing import Any

import pytest

from conduit_desktop.bus import BudgetAsked, BudgetCrossed, Notice
from conduit_desktop.gateway import answers
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


async def test_what_stands_in_for_a_model_counts_as_its_own(rig: Rig) -> None:
    """A model that only its fallback serves within the key's reach is listed, and answers."""
    far = rig.add_provider("far", "openai-compatible", "https://198.51.100.7/v1", "sk-0123456789abcdef")
    rig.add_model("away", far, "real")
    rig.route("away", fallbacks=("fast",))
    text = rig.add_key("private", local_only=True)
    listed = await ask(rig, chat(text, method="GET", path="/v1/models"))
    assert sorted(each["id"] for each in listed.json["data"]) == ["away", "fast", "solo"]
    assert (await ask(rig, chat(text, model="away"))).status == 200
    assert (await ask(rig, chat(text, method="GET", path="/v1/models/away"))).status == 200
    rig.route("away", fallbacks=())
    refused = await ask(rig, chat(text, method="GET", path="/v1/models/away"))
    assert (refused.status, refused.code) == (403, "local_only")


async def test_a_model_that_is_called_default_is_that_model(rig: Rig, upstream: Upstream) -> None:
    rig.add_model("default", rig.store.providers.list()[0], "real")
    text = rig.add_key("tool", default_model="solo")
    assert (await ask(rig, chat(text, model="default"))).headers["x-conduit-model"] == "default"
    (first,) = [each.json["model"] for each in upstream.received]
    assert first == "real"


async def test_a_default_that_bears_the_providers_own_name(rig: Rig, upstream: Upstream) -> None:
    """The name that was said must not go out, though the one that is meant needs no replacing."""
    one = rig.store.providers.list()[0]
    rig.add_model("real", one, "real")
    text = rig.add_key("tool", default_model="real")
    assert (await ask(rig, chat(text, model="default"))).status == 200
    assert (await upstream.got()).json["model"] == "real"


@pytest.mark.parametrize("named", [b"", b'--b\r\nContent-Disposition: form-data; name="model"\r\n\r\ndefault\r\n'])
async def test_its_default_model_for_a_form(rig: Rig, upstream: Upstream, named: bytes) -> None:
    text = rig.add_key("tool", default_model="fast")
    file = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\nRIFF\r\n--b--\r\n'
    upstream.next(reply(b'{"text":"hi"}'))
    request = chat(text, path="/v1/audio/transcriptions", body=named + file)
    got = await ask(rig, request.replace(b"application/json", b"multipart/form-data; boundary=b"))
    assert (got.status, got.headers["x-conduit-model"]) == (200, "fast"), got.body
    sent = (await upstream.got()).body
    assert sent.endswith(file)
    assert sent.count(b'name="model"\r\n\r\nreal\r\n') == 1


@pytest.mark.parametrize("body", [{}, {"model": "default"}, {"model": ""}, {"model": None}])
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


async def test_its_bound_leaves_every_other_byte_alone(rig: Rig, upstream: Upstream) -> None:
    text = rig.add_key("short", max_output=5)
    said = b'{ "model":"fast" ,"messages":[{"role":"user","content":"\\u00e9"}], "temperature":1.0e0, "odd":{"z":1} }'
    assert (await ask(rig, chat(text, body=said))).status == 200
    sent = (await upstream.got()).body
    assert sent == said.replace(b'"fast"', b'"real"').replace(b"{ ", b'{"max_tokens":5, ', 1)


async def test_the_cheaper_model_itself_has_the_whole_budget(rig: Rig) -> None:
    text = rig.add_key("careful", budget=int(2.1 * COST), at_limit="downgrade", downgrade_to="solo")
    got = [await ask(rig, chat(text, model="solo", max_tokens=7)) for _ in range(4)]
    assert [each.status for each in got] == [200, 200, 200, 402]  # the third begins at 95 %
    assert not any("x-conduit-downgraded" in each.headers for each in got)


async def test_a_cheaper_model_that_is_gone_leaves_the_budgets_own_words(rig: Rig) -> None:
    text = rig.add_key("careful", budget=COST, at_limit="downgrade", downgrade_to="solo")
    assert (await ask(rig, chat(text, max_tokens=7))).status == 200
    solo = rig.store.models.by_alias("solo")
    assert solo is not None
    rig.store.models.remove(solo.id)
    refused = await ask(rig, chat(text, max_tokens=7))
    assert (refused.status, refused.code) == (402, "budget_exceeded")
    rig.store.exchanges.flush()
    assert [each.model for each in rig.log()] == ["fast", "fast"]


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


async def test_a_stream_that_is_held_is_kept_alive(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "PING_SECONDS", 0.05)
    rig.store.settings.put("ask_seconds", 1)
    text = rig.add_key("asking", budget=COST, at_limit="ask")
    assert (await ask(rig, chat(text, max_tokens=7))).status == 200
    refused = await ask(rig, chat(text, max_tokens=7, stream=True))
    assert refused.status == 200
    assert refused.body.count(b": ping") > 3
    assert b"budget_exceeded" in refused.body
    held = asyncio.ensure_future(ask(rig, chat(text, max_tokens=7, stream=True)))  # noqa: TID251
    await asyncio.sleep(0.3)
    keys.edit(rig.store, replace(named(rig, "asking"), at_limit="block", budget=10 * COST))
    got = await held
    assert got.body.startswith(b": ping")
    assert b"[DONE]" in got.body


async def test_who_is_held_and_hangs_up_leaves_nothing_behind(rig: Rig) -> None:
    text = rig.add_key("asking", budget=COST, at_limit="ask", parallel=1)
    assert (await ask(rig, chat(text, max_tokens=7))).status == 200
    key = named(rig, "asking")
    for _ in range(3):
        async with await Raw.open(rig.base_url) as client:
            client.send(chat(text, max_tokens=7))
            async with asyncio.timeout(10):
                while not rig.gateway.in_flight:
                    await asyncio.sleep(0.01)
    async with asyncio.timeout(10):
        while rig.gateway.in_flight:
            await asyncio.sleep(0.01)
    assert (rig.gateway.ledger.reserved(key.id), rig.gateway.limits.at_once(key.id)) == (0, 0)
    assert await rig.gateway.refuse(key.id) == 0
    assert [each.status for each in await rig.logged(4)] == [499, 499, 499, 200]


async def test_a_key_that_is_switched_off_while_it_is_held(rig: Rig) -> None:
    text = rig.add_key("asking", budget=COST, at_limit="ask")
    assert (await ask(rig, chat(text, max_tokens=7))).status == 200
    held = asyncio.ensure_future(ask(rig, chat(text, max_tokens=7)))  # noqa: TID251
    await asyncio.sleep(0.2)
    keys.edit(rig.store, replace(named(rig, "asking"), enabled=False))
    got = await held
    assert (got.status, got.code) == (401, "key_disabled")


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


async def test_a_command_line_beside_a_running_gateway(rig: Rig) -> None:
    """Another process on the same home sets spending back and raises a budget: the next request knows."""
    text = rig.add_key("poor", budget=COST)
    assert (await ask(rig, chat(text, max_tokens=7))).status == 200
    rig.store.exchanges.flush()
    for words, status in ((("reset-spend", "poor"), 200), (("set", "poor", "--budget", "100"), 200)):
        assert (await ask(rig, chat(text, max_tokens=7))).status == 402
        rig.store.exchanges.flush()
        program = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "conduit_desktop", "--home", str(rig.home.folder), "key", *words
        )
        assert await program.wait() == 0
        assert (await ask(rig, chat(text, max_tokens=7))).status == status


async def test_one_request_more_than_the_store_has_is_not_lost_when_it_is_read_again(rig: Rig) -> None:
    """The configuration changes while requests settle: what is counted stays what was logged."""
    text = rig.add_key("busy", budget=10_000 * COST)
    key = named(rig, "busy")

    async def calls() -> None:
        for _ in range(25):
            assert (await ask(rig, chat(text, max_tokens=7))).status == 200

    async def changes() -> None:
        for number in range(40):
            await asyncio.to_thread(keys.edit, rig.store, replace(key, note=str(number)))
            await asyncio.sleep(0.005)

    await asyncio.gather(calls(), calls(), calls(), calls(), changes())
    rig.store.exchanges.flush()
    assert rig.gateway.ledger.spent(key, time.time()) == 100 * COST == rig.store.spend.per_key()[key.id]


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
