"""Google's Interactions API at the gateway: its SDK with providers of other dialects, and what passes to Google."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from google import genai

from conduit_desktop.wire.dialects.interactions.signatures import seal
from conduit_desktop.wire.dialects.interactions.writing import write_thought
from conduit_desktop.wire.messages import Thinking
from tests.fakes.raw import Raw, chat
from tests.fakes.rig import Rig, running
from tests.fakes.upstream import Upstream, reply, stream
from tests.fakes.willing import Willing
from tests.integration.conftest import SECRET
from tests.integration.test_gateway import ask

pytestmark = pytest.mark.filterwarnings("ignore:.*experimental")
PATH = "/v1beta/interactions"
TOOL = {
    "type": "function",
    "name": "get_weather",
    "description": "Get the weather",
    "parameters": {"type": "object", "properties": {"location": {"type": "string"}}, "required": ["location"]},
}
ANSWER = {
    "id": "v1_made",
    "object": "interaction",
    "model": "gemini-3-flash",
    "status": "completed",
    "steps": [{"type": "model_output", "content": [{"type": "text", "text": "Hello"}]}],
    "usage": {"total_tokens": 7, "total_input_tokens": 4, "total_output_tokens": 2, "total_thought_tokens": 1},
    "unheard_of": None,
}


def event(kind: str, **data: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({**data, 'event_type': kind})}\n\n".encode()


def converse(rig: Rig) -> list[Any]:
    """Two turns with a tool, each streamed; gives the last answer and what the streams said."""
    client = genai.Client(api_key=rig.key, http_options={"base_url": rig.base_url})
    first = client.interactions.create(
        model="m",
        input="What is the weather in Paris?",
        tools=[TOOL],
        generation_config={"thinking_level": "low", "thinking_summaries": "auto"},
        store=False,
    )
    call = first.steps[-1]
    assert (first.status, call.type, call.name, call.arguments) == (
        "requires_action",
        "function_call",
        "get_weather",
        {"location": "Paris"},
    )
    history = [{"type": "user_input", "content": [{"type": "text", "text": "What is the weather in Paris?"}]}]
    history += [step.model_dump(exclude_none=True) for step in first.steps]
    history.append({"type": "function_result", "call_id": call.id, "name": call.name, "result": "sunny"})
    events = list(
        client.interactions.create(
            model="m", input=history, tools=[TOOL], generation_config={"thinking_level": "low"}, stream=True
        )
    )
    whole = client.interactions.create(model="m", input=history, tools=[TOOL])
    return [first, events, whole]


@pytest.mark.parametrize(
    ("kind", "ending", "model"),
    [
        ("openai-compatible", "/v1", "gpt-5-mini"),
        ("anthropic", "", "claude-sonnet-4-5"),
        ("gemini", "", "gemini-3-flash"),
        ("vertex", "", "gemini-3-flash"),
    ],
)
async def test_the_sdk_converses(tmp_path: Path, kind: str, ending: str, model: str) -> None:
    async with running(tmp_path) as rig, Willing() as provider:
        row = rig.add_provider("one", kind, provider.origin + ending, SECRET)
        rig.add_model("m", row, model)
        rig.set_price(row, model, None)
        first, events, whole = await asyncio.to_thread(converse, rig)
    assert any(step.type == "thought" and step.summary for step in first.steps)
    assert (whole.output_text, whole.status) == ("Hello from here.", "completed")
    assert whole.usage.total_tokens == first.usage.total_tokens == 30
    kinds = [each.event_type for each in events]
    assert (kinds[0], kinds[-1]) == ("interaction.created", "interaction.completed")
    said = [each.delta.text for each in events if each.event_type == "step.delta" and each.delta.type == "text"]
    assert "".join(said) == "Hello from here."
    assert events[-1].interaction.usage.total_input_tokens == 20
    if kind == "anthropic":  # its signed thinking came back, letter by letter
        (_, body) = provider.received[1]
        assert body["messages"][1]["content"][0] == {
            "type": "thinking",
            "thinking": "First I look at it closely.",
            "signature": "c2lnbmF0dXJl00000001",
        }
    if kind == "vertex":  # and so did the signature of Gemini's call
        (_, body) = provider.received[1]
        signed = [part for part in body["contents"][1]["parts"] if "functionCall" in part]
        assert signed[0]["thoughtSignature"] == "c2lnbmF0dXJl00000001"


async def gemini(rig: Rig, upstream: Upstream) -> None:
    provider = rig.add_provider("google", "gemini", upstream.url, SECRET)
    rig.add_model("g", provider, "gemini-3-flash")
    rig.set_price(provider, "gemini-3-flash", None)


async def test_what_is_asked_of_google_passes(rig: Rig, upstream: Upstream) -> None:
    await gemini(rig, upstream)
    upstream.next(reply(ANSWER))
    asked = {"model": "g", "input": "hi", "store": True, "background": False, "nonsense": [None]}
    got = await ask(rig, chat(None, path=f"{PATH}?key={rig.key}", body=json.dumps(asked).encode()))
    assert (got.status, got.json) == (200, ANSWER)
    sent = await upstream.got()
    assert (sent.target, sent.json) == (PATH, {**asked, "model": "gemini-3-flash"})
    assert sent.header("x-goog-api-key") == SECRET
    (row,) = await rig.logged(1)
    assert row.usage is not None
    assert (row.usage.input, row.usage.output, row.usage.reasoning, row.finish) == (4, 3, 1, "completed")


async def test_a_stream_of_google_passes(rig: Rig, upstream: Upstream) -> None:
    await gemini(rig, upstream)
    pieces = [
        event("interaction.created", interaction={"id": "v1_made", "status": "in_progress"}),
        event("step.start", index=0, step={"type": "model_output"}),
        event("step.delta", index=0, delta={"type": "text", "text": "Hello"}, unheard_of=1),
        event("step.stop", index=0),
        event("interaction.completed", interaction={"id": "v1_made", "status": "completed", "usage": ANSWER["usage"]}),
        b"event: done\ndata: [DONE]\n\n",
    ]
    upstream.next(stream(*pieces))
    asked = b'{"model":"g","input":"hi","stream":true}'
    got = await ask(rig, chat(rig.key, path=f"{PATH}?alt=sse", body=asked))
    assert (got.status, got.body, got.whole) == (200, b"".join(pieces), True)
    assert (await upstream.got()).target == f"{PATH}?alt=sse"
    (row,) = await rig.logged(1)
    assert row.usage is not None
    assert (row.usage.output, row.status) == (3, 200)


async def test_what_google_keeps_is_found_by_the_key_that_made_it(rig: Rig, upstream: Upstream) -> None:
    await gemini(rig, upstream)
    other = rig.add_provider("elsewhere", "gemini", f"{upstream.url}/elsewhere", SECRET)
    rig.set_price(other, "gemini-3-flash", None)
    rig.add_model("g", other, "gemini-3-flash", priority=0)
    upstream.next(reply(ANSWER))
    await ask(rig, chat(rig.key, path=PATH, body=b'{"model":"g","input":"hi"}'))
    there = (await upstream.got()).target
    upstream.next(reply(ANSWER))
    got = await ask(rig, chat(rig.key, method="GET", path=f"/genai{PATH}/v1_made?include_input=true"))
    assert (got.status, got.json) == (200, ANSWER)
    assert upstream.received[-1].target == f"{there}/v1_made?include_input=true"
    stranger = await ask(rig, chat(rig.add_key("other"), method="GET", path=f"{PATH}/v1_made"))
    assert (stranger.status, stranger.code) == (404, "not_found")
    upstream.next(reply(ANSWER))
    asked = {"model": "g", "input": "more", "previous_interaction_id": "v1_made"}
    await ask(rig, chat(rig.key, path=PATH, body=json.dumps(asked).encode()))
    assert upstream.received[-1].target == there
    assert upstream.received[-1].json["previous_interaction_id"] == "v1_made"
    for method, path in (("POST", f"{PATH}/v1_made/cancel"), ("DELETE", f"{PATH}/v1_made")):
        upstream.next(reply({}))
        assert (await ask(rig, chat(rig.key, method=method, path=path, body=b"{}"))).status == 200
        assert upstream.received[-1].target == there + path.removeprefix(PATH)


async def test_what_another_provider_signed_does_not_reach_google(rig: Rig, upstream: Upstream) -> None:
    await gemini(rig, upstream)
    thought = write_thought(Thinking(sections=["hm"], encrypted="for OpenAI alone"), seal(Thinking(encrypted="e")))
    steps = [thought, {"type": "model_output", "content": [{"type": "text", "text": "a"}]}]
    upstream.next(reply(ANSWER))
    got = await ask(rig, chat(rig.key, path=PATH, body=json.dumps({"model": "g", "input": steps}).encode()))
    assert (got.status, got.json["steps"][-1:]) == (200, ANSWER["steps"])
    sent = await upstream.got()
    assert (sent.target, sent.json["input"]) == (
        PATH,
        [{"type": "thought", "summary": [{"type": "text", "text": "hm"}]}, steps[1]],
    )


async def test_an_agent_is_asked_for_by_its_name(rig: Rig, upstream: Upstream) -> None:
    provider = rig.add_provider("google", "gemini", upstream.url, SECRET)
    rig.add_model("deep-research", provider, "deep-research")
    rig.set_price(provider, "deep-research", None)
    upstream.next(reply({**ANSWER, "status": "in_progress"}))
    asked = b'{"agent":"deep-research","input":"hi","background":true}'
    got = await ask(rig, chat(rig.key, path=PATH, body=asked))
    assert (got.status, got.json["status"]) == (200, "in_progress")
    assert (await upstream.got()).body == asked


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({}, "model"),
        ({"model": "solo"}, "input"),
        ({"model": "solo", "input": "x", "previous_interaction_id": "v1_x"}, "previous_interaction_id"),
        ({"model": "solo", "input": "x", "background": True}, "background"),
        ({"agent": "solo", "input": "x"}, "agent"),
    ],
)
async def test_what_cannot_be_is_refused_by_name(rig: Rig, upstream: Upstream, body: Any, word: str) -> None:
    got = await ask(rig, chat(rig.key, path=PATH, body=json.dumps(body).encode()))
    assert (got.status, got.code) == (400, "invalid_request")
    assert word in got.json["error"]["message"]
    assert upstream.received == []


async def test_a_key_that_is_none_is_told_in_the_apis_words(rig: Rig) -> None:
    got = await ask(rig, chat("nobody", path=PATH, body=b'{"model":"fast","input":"x"}'))
    assert (got.status, got.code) == (401, "authentication")
    got = await ask(rig, chat(rig.key, path=PATH, body=b'{"model":"none","input":"x"}'))
    assert (got.status, got.code) == (404, "model_not_found")


async def test_a_provider_that_fails_in_the_middle(rig: Rig, upstream: Upstream) -> None:
    first = b'data: {"id":"x","choices":[{"index":0,"delta":{"content":"Hel"}}]}\n\n'
    upstream.next(stream(first, b'data: {"error":{"message":"burnt","code":500}}\n\n'))
    async with await Raw.open(rig.base_url) as client:
        got = await client.ask(chat(rig.key, path=PATH, body=b'{"model":"solo","input":"x","stream":true}'))
    assert b'"Hel"' in got.body
    assert b"event: error" in got.body
    assert b"burnt" in got.body
    assert b"interaction.completed" not in got.body
    assert b"DONE" not in got.body
