"""Every client dialect at providers of every other that fail in every way, pings included: whatever happens, a request
ends, its exchange is logged once, what its key has spent is what the log says, and no credential comes back."""

from __future__ import annotations

import asyncio
import json
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest

from conduit_desktop.gateway import answers
from conduit_desktop.gateway.send import relay, sender
from conduit_desktop.records import Price
from tests.fakes.raw import Got, Raw, chat
from tests.fakes.rig import Rig, running
from tests.fakes.upstream import (
    CLOSE,
    COUNTED,
    DONE,
    RESET,
    ROLE,
    SSE,
    Received,
    Step,
    Upstream,
    chunk,
    completion,
    delta,
    error,
    head,
    reply,
)
from tests.integration.conftest import SECRET
from tests.integration.test_gateway import key_named, port, settled

HI = [{"role": "user", "content": "hi"}]
ASKED: dict[str, dict[str, Any]] = {
    "/v1/chat/completions": {"messages": HI},
    "/v1/completions": {"prompt": "hi"},
    "/v1/responses": {"input": "hi"},
    "/v1/messages": {"max_tokens": 9, "messages": HI},
    "/v1beta/models/MODEL:generateContent": {"contents": [{"parts": [{"text": "hi"}]}]},
    "/v1beta/models/MODEL:streamGenerateContent": {"contents": [{"parts": [{"text": "hi"}]}]},
    "/v1beta/models/MODEL:streamGenerateContent?alt=sse": {"contents": [{"parts": [{"text": "hi"}]}]},
    "/v1beta/interactions": {"input": "hi"},
    "/cohere/v2/chat": {"messages": HI},
    "/api/chat": {"messages": HI},
    "/api/generate": {"prompt": "hi"},
}
MESSAGE = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m"}
TOKENS = {"tokens": {"input_tokens": 3, "output_tokens": 2}}


def candidate(text: str, finish: str | None = None) -> dict[str, Any]:
    """A chunk of Gemini's."""
    part = {"content": {"role": "model", "parts": [{"text": text}]}, "index": 0}
    usage = {"promptTokenCount": 3, "candidatesTokenCount": 2, "totalTokenCount": 5}
    return {"candidates": [part | ({"finishReason": finish} if finish else {})], "usageMetadata": usage}


WHOLE = {
    "openai": completion("Hello"),
    "anthropic": {
        **MESSAGE,
        "content": [{"type": "text", "text": "Hello"}],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 3, "output_tokens": 2},
    },
    "gemini": candidate("Hello", "STOP"),
    "cohere": {
        "id": "x",
        "finish_reason": "COMPLETE",
        "message": {"role": "assistant", "content": [{"type": "text", "text": "Hello"}]},
        "usage": TOKENS,
    },
}
EVENTS: dict[str, list[dict[str, Any]]] = {
    "anthropic": [
        {
            "type": "message_start",
            "message": {**MESSAGE, "content": [], "usage": {"input_tokens": 3, "output_tokens": 1}},
        },
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hello"}},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}},
        {"type": "message_stop"},
    ],
    "gemini": [candidate("Hel"), candidate("lo", "STOP")],
    "cohere": [
        {"type": "message-start", "id": "x", "delta": {"message": {"role": "assistant", "content": []}}},
        {"type": "content-start", "index": 0, "delta": {"message": {"content": {"type": "text", "text": ""}}}},
        {"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": "Hello"}}}},
        {"type": "content-end", "index": 0},
        {"type": "message-end", "delta": {"finish_reason": "COMPLETE", "usage": TOKENS}},
    ],
}
STREAMED = {kind: [b"data: " + json.dumps(each).encode() + b"\n\n" for each in told] for kind, told in EVENTS.items()}
STREAMED["openai"] = [ROLE, delta("Hel"), delta("lo"), delta(finish="stop"), COUNTED, DONE]
ERRORS: dict[str, dict[str, Any]] = {kind: {"error": {"message": f"in 200 {SECRET}", "code": 429}} for kind in WHOLE}
ERRORS["anthropic"] = {"type": "error", "error": {"type": "overloaded_error", "message": f"in 200 {SECRET}"}}
FAILING = (400, 401, 403, 404, 408, 422, 429, 500, 502, 503, 529)


def trouble(rng: Random, received: Received) -> list[Step]:
    """An answer that is whole, late, broken, or an error."""
    kind = received.target.split("/")[1]
    streamed = "streamGenerate" in received.target or bool(received.json.get("stream"))
    wait: list[Step] = [rng.choice([0, 0, 0.03, 0.08])]
    match rng.randrange(20):
        case 0 | 1 | 2:
            return wait + error(rng.choice(FAILING), f"no {SECRET}", [("retry-after", "0.01")] * rng.randrange(2))
        case 3:
            return wait + reply(ERRORS[kind])
        case 4:
            return [*wait, rng.choice([RESET, CLOSE])]
        case 5:
            body = rng.choice([b"", b"<html>", b'{"a": [1,', b"[" * 300 + b"]" * 300])
            return wait + reply(body, kind=rng.choice(["text/html", "application/json"]))
    if not streamed or rng.random() < 0.15:
        return wait + reply(WHOLE[kind])
    pieces = list(STREAMED[kind])
    if rng.random() < 0.15:
        pieces.insert(rng.randrange(len(pieces)), b"data: " + json.dumps(ERRORS[kind]).encode() + b"\n\n")
    data = b"".join(pieces)
    data = data[: rng.randrange(1, len(data))] if rng.random() < 0.25 else data
    at = sorted({0, len(data), *(rng.randrange(len(data)) for _ in range(5))})
    out: list[Step] = [*wait, head(200, [("content-type", SSE), ("transfer-encoding", "chunked")])]
    for start, end in pairwise(at):
        out += [chunk(data[start:end]), rng.choice([0, 0, 0.005, 0.03])]
    return [*out, rng.choice([b"0\r\n\r\n", b"0\r\n\r\n", b"0\r\n\r\n", RESET, CLOSE])]


async def once(rig: Rig, key: str, rng: Random) -> Got | None:
    """One request of some client; None where it leaves before the answer."""
    path, model = rng.choice(list(ASKED)), f"m{rng.randrange(8)}"
    body = {**ASKED[path], "stream": rng.random() < 0.6, "model": model}
    if "models/" in path:
        del body["stream"], body["model"]
    async with Raw(*(await asyncio.open_connection("127.0.0.1", port(rig)))) as client:
        client.send(chat(key, path=path.replace("MODEL", model), body=json.dumps(body).encode()))
        if rng.random() < 0.1:
            await asyncio.sleep(0.01 + rng.random() * 0.1)
            return None
        return await asyncio.wait_for(client.answer(), 15)


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_happens_it_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    rng = Random(seed)
    monkeypatch.setattr(answers, "PING_SECONDS", 0.02)
    monkeypatch.setattr(sender, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(relay, "CLOSING_SECONDS", 0.05)
    async with Upstream() as upstream, running(tmp_path) as rig:
        upstream.usual = lambda received: trouble(rng, received)
        providers = []
        for kind in WHOLE:
            named, tail = ("openai-compatible", "/v1") if kind == "openai" else (kind, "")
            providers.append(rig.add_provider(kind, named, f"{upstream.origin}/{kind}{tail}", SECRET))
            rig.set_price(providers[-1], "real", Price(source="test", input=1_000_000, output=10_000_000))
        for number in range(8):
            for priority, provider in enumerate(rng.sample(providers, rng.randint(1, 3)), 1):
                rig.add_model(f"m{number}", provider, "real", priority=priority)
        key = rig.add_key("some", budget=10**14, period="month", parallel=50)
        got = [each for _ in range(10) for each in await asyncio.gather(*(once(rig, key, rng) for _ in range(6)))]
        log = await rig.logged(60)
        assert len(log) == 60
        assert all(answer.whole and SECRET.encode() not in answer.body for answer in got if answer is not None)
        assert not [row for row in log if row.status == 500 and row.error_code == "internal_error"]
        assert settled(rig.gateway, key_named(rig, "some"))
        spent = rig.gateway.ledger.spent(key_named(rig, "some"), log[0].started)
        assert spent == sum(row.cost or 0 for row in log) > 0
        assert {rig.gateway.health.of(name).in_work for name in list(rig.gateway.health._conditions)} == {0}
