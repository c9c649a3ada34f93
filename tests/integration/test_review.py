"""Where things go wrong at the borders of dialects: streams cut in the middle of an event, errors under a good status,
answers that are no chat, what they cost, and what must not cross."""

from __future__ import annotations

import asyncio
import json

import pytest

from conduit_desktop.gateway import answers
from conduit_desktop.records import Price
from conduit_desktop.runtime import models
from tests.fakes.raw import Got, Raw, chat
from tests.fakes.rig import Rig
from tests.fakes.upstream import (
    DONE,
    RESET,
    Upstream,
    chunk,
    completion,
    delta,
    error,
    event,
    head,
    reply,
    stream,
)
from tests.integration.conftest import SECRET
from tests.integration.test_dialects import CONTENTS, MESSAGE
from tests.integration.test_gateway import ask, key_named, port, settled

START = event(type="message_start", message={"id": "msg_1", "type": "message", "role": "assistant", "model": "m",
              "content": [], "usage": {"input_tokens": 10, "output_tokens": 1}})  # fmt: skip
BLOCK = event(type="content_block_start", index=0, content_block={"type": "text", "text": ""})
WORDS = [event(type="content_block_delta", index=0, delta={"type": "text_delta", "text": f"w{n} "}) for n in range(30)]
STOP = [
    event(type="content_block_stop", index=0),
    event(type="message_delta", delta={"stop_reason": "end_turn"}, usage={"output_tokens": 30}),
    event(type="message_stop"),
]


@pytest.fixture
def claude(rig: Rig, upstream: Upstream) -> str:
    """A model at Anthropic."""
    provider = rig.add_provider("claude", "anthropic", upstream.url, SECRET)
    rig.set_price(provider, "claude-sonnet-4-5", Price(source="test", input=1_000_000, output=10_000_000))
    rig.add_model("mine", provider, "claude-sonnet-4-5")
    rig.route("mine", retries=0)
    return "mine"


def asked(model: str, **more: object) -> bytes:
    return json.dumps({**json.loads(MESSAGE), "model": model, **more}).encode()


def events(got: Got) -> list[dict]:
    """The events of a stream as an SDK reads them: each must be JSON."""
    return [
        json.loads(line[5:])
        for each in got.body.decode().split("\n\n")
        for line in each.splitlines()
        if line.startswith("data:") and line != "data: [DONE]"
    ]


# ---------------------------------------------------------------- streams that break off


async def test_a_stream_cut_in_an_event_ends_in_a_readable_error(rig: Rig, upstream: Upstream) -> None:
    upstream.next(stream(delta("Hel"), delta("lo")[:25], RESET, whole=False))
    got = await ask(rig, chat(rig.key, stream=True))
    told = events(got)
    assert [each["choices"][0]["delta"].get("content") for each in told[:-1]] == ["Hel"]
    assert "error" in told[-1]


async def test_anthropics_stream_cut_in_an_event_ends_in_a_readable_error(
    rig: Rig, upstream: Upstream, claude: str
) -> None:
    upstream.next(stream(START, BLOCK, WORDS[0], WORDS[1][:30], RESET, whole=False))
    got = await ask(rig, chat(rig.key, path="/v1/messages", body=asked(claude, stream=True)))
    assert [each["type"] for each in events(got)] == [
        "message_start",
        "content_block_start",
        "content_block_delta",
        "error",
    ]


async def test_ollamas_lines_cut_in_the_middle_end_in_a_readable_error(rig: Rig, upstream: Upstream) -> None:
    rig.add_model("llama", rig.add_provider("ollama", "ollama", upstream.url), "llama3")
    line = json.dumps({"model": "llama3", "message": {"role": "assistant", "content": "Hel"}, "done": False}).encode()
    rows = [("content-type", "application/x-ndjson"), ("transfer-encoding", "chunked")]
    upstream.next([head(200, rows), chunk(line + b"\n"), chunk(line[:20]), 0.05, RESET])
    body = b'{"model":"llama","messages":[{"role":"user","content":"hi"}]}'
    got = await ask(rig, chat(rig.key, path="/api/chat", body=body))
    told = [json.loads(each) for each in got.body.splitlines() if each]
    assert told[0]["message"]["content"] == "Hel"
    assert "error" in told[-1]


async def test_geminis_array_cut_between_elements_ends_as_an_array(rig: Rig, upstream: Upstream) -> None:
    rig.add_model("gem", rig.add_provider("gemini", "gemini", upstream.url, SECRET), "gemini-2.5-flash")
    part = {"candidates": [{"content": {"parts": [{"text": "Hel"}], "role": "model"}, "index": 0}]}
    rows = [("content-type", "application/json"), ("transfer-encoding", "chunked")]
    upstream.next([head(200, rows), chunk(b"[" + json.dumps(part).encode()), 0.05, RESET])
    got = await ask(rig, chat(rig.key, path="/v1beta/models/gem:streamGenerateContent", body=CONTENTS))
    first, last = json.loads(got.body)
    assert first == part
    assert last["error"]["code"] == 502


async def test_a_stream_that_said_its_end_is_whole_whatever_comes_of_its_connection(
    rig: Rig, upstream: Upstream, claude: str
) -> None:
    upstream.next(stream(START, BLOCK, *WORDS, *STOP, RESET, whole=False))
    got = await ask(rig, chat(rig.key, path="/v1/messages", body=asked(claude, stream=True)))
    assert events(got)[-1] == {"type": "message_stop"}
    assert got.whole
    (exchange,) = await rig.logged(1)
    assert (exchange.status, exchange.error_code) == (200, "")


async def test_a_body_that_stalls_does_not_hold_for_ever(rig: Rig, upstream: Upstream) -> None:
    rig.limit("solo", idle=0.2)
    upstream.usual = [head(200, [("content-type", "application/json"), ("content-length", "1000")]), b'{"a', 60]
    got = await asyncio.wait_for(ask(rig, chat(rig.key, "solo")), 5)
    assert got.status == 504


@pytest.mark.logs_errors
async def test_a_defect_in_reading_a_stream_does_not_hang(
    rig: Rig, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    from conduit_desktop.wire import translation

    def broken(*_: object) -> bytes:
        raise ZeroDivisionError

    monkeypatch.setattr(translation.Watch, "feed", broken)
    monkeypatch.setattr(translation.Watch, "end", broken)
    upstream.next(stream(delta("Hel"), delta(finish="stop"), DONE))
    got = await asyncio.wait_for(ask(rig, chat(rig.key, path="/v1/messages", body=asked("solo", stream=True))), 5)
    assert got.status == 502


async def test_an_answer_of_broken_json_is_no_answer(rig: Rig, upstream: Upstream) -> None:
    upstream.next(reply(b'{"id": "c1", "choices": ['), reply(b'{"choices": "odd, and JSON all the same"}'))
    got = await ask(rig, chat(rig.key))
    assert (got.status, got.json) == (200, {"choices": "odd, and JSON all the same"})
    (exchange,) = await rig.logged(1)
    assert [each.cause for each in exchange.attempts] == ["not_json", ""]


# ---------------------------------------------------------------- errors under a good status


async def test_an_error_in_the_first_event_of_another_dialect_is_a_plain_error(rig: Rig, upstream: Upstream) -> None:
    upstream.next(stream(event(error={"message": "Too many.", "code": 429})))
    got = await ask(rig, chat(rig.key, path="/v1/messages", body=asked("solo", stream=True)))
    assert got.status == 429
    assert got.json["error"]["type"] == "rate_limit_error"
    assert "Too many." in got.json["error"]["message"]


async def test_an_error_under_a_good_status_costs_nothing(rig: Rig, upstream: Upstream) -> None:
    upstream.next(reply({"error": {"message": "Busy.", "code": 503}}), stream(event(error={"message": "no"})))
    assert (await ask(rig, chat(rig.key, "solo"))).status == 503
    await ask(rig, chat(rig.key, "solo", stream=True))
    assert [exchange.cost for exchange in await rig.logged(2)] == [0, 0]


async def test_an_error_under_a_good_status_quotes_no_credential(rig: Rig, upstream: Upstream) -> None:
    upstream.next(reply({"error": {"message": f"Bad key {SECRET}.", "code": 400}}))
    got = await ask(rig, chat(rig.key, "solo"))
    assert SECRET.encode() not in got.body


async def test_a_ping_then_an_error_under_a_good_status_keeps_its_kind(
    rig: Rig, upstream: Upstream, claude: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "PING_SECONDS", 0.05)
    told = {"type": "error", "error": {"type": "overloaded_error", "message": "Busy."}}
    upstream.next([0.2, *reply(told)])
    got = await ask(rig, chat(rig.key, path="/v1/messages", body=asked(claude, stream=True)))
    last = events(got)[-1]
    assert last["error"]["type"] == "overloaded_error"


async def test_a_ping_then_a_whole_answer_is_told_as_a_stream(
    rig: Rig, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "PING_SECONDS", 0.05)
    upstream.next([0.2, *reply(completion("Hello"))])
    got = await ask(rig, chat(rig.key, "solo", stream=True))
    told = events(got)
    assert "".join(each["choices"][0]["delta"].get("content") or "" for each in told if each["choices"]) == "Hello"
    assert got.body.endswith(DONE)
    (exchange,) = await rig.logged(1)
    assert (exchange.status, exchange.error_code, exchange.usage and exchange.usage.output) == (200, "", 7)


async def test_a_ping_then_the_next_deployment(
    rig: Rig, upstream: Upstream, claude: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """First Anthropic, then OpenAI, each in its own words."""
    monkeypatch.setattr(answers, "PING_SECONDS", 0.05)
    provider = next(each for each in rig.store.configuration().providers if each.name == "one")
    rig.add_model(claude, provider, "real", priority=2)
    upstream.next([0.2, *error(529, "Busy.")], stream(delta("Hello"), delta(finish="stop"), DONE))
    got = await ask(rig, chat(rig.key, path="/v1/messages", body=asked(claude, stream=True)))
    told = events(got)
    assert [each["type"] for each in told if each["type"] != "ping"][-1] == "message_stop"
    assert got.headers["request-id"] == got.headers["x-request-id"]
    assert [each.target for each in upstream.received] == ["/v1/messages", "/v1/one/chat/completions"]
    assert upstream.received[0].header("anthropic-version")
    assert upstream.received[1].header("anthropic-version") is None
    assert upstream.received[0].header("x-api-key") == SECRET
    assert upstream.received[1].header("x-api-key") is None


async def test_what_one_cannot_say_the_next_is_asked(rig: Rig, upstream: Upstream, claude: str) -> None:
    provider = next(each for each in rig.store.configuration().providers if each.name == "one")
    rig.add_model(claude, provider, "real", priority=2)
    got = await ask(rig, chat(rig.key, claude, n=2))
    assert (got.status, got.headers["x-conduit-attempts"]) == (200, "2")
    (sent,) = upstream.received
    assert (sent.target, sent.json["n"]) == ("/v1/one/chat/completions", 2)
    (exchange,) = await rig.logged(1)
    assert [each.cause for each in exchange.attempts] == ["unsupported_field", ""]


async def test_a_stream_without_a_content_type_is_one(rig: Rig, upstream: Upstream) -> None:
    pieces = [delta("Hel"), delta(finish="stop"), DONE]
    going = asyncio.Event()
    first = [head(200, [("transfer-encoding", "chunked")]), chunk(pieces[0])]
    upstream.next([*first, going, *map(chunk, pieces[1:]), b"0\r\n\r\n"])
    async with Raw(*(await asyncio.open_connection("127.0.0.1", port(rig)))) as client:
        client.send(chat(rig.key, "solo", stream=True))
        assert (await asyncio.wait_for(client.head(), 3)).status == 200
        assert await asyncio.wait_for(client.chunk(), 3) == pieces[0]
        going.set()
        assert await client.chunk() == pieces[1]


# ---------------------------------------------------------------- what is no conversation


async def test_head_of_a_stored_answer_does_not_hang(rig: Rig, upstream: Upstream) -> None:
    rig.add_model("think", rig.add_provider("openai", "openai", upstream.url, SECRET), "gpt-5")
    made = {"id": "resp_1", "object": "response", "status": "completed", "model": "gpt-5", "output": []}
    rows = [("content-type", "application/json"), ("content-length", "90")]
    whole = reply(made)
    upstream.next(whole, lambda received: [head(200, rows)] if received.method == "HEAD" else whole)
    await ask(rig, chat(rig.key, path="/v1/responses", body=b'{"model":"think","input":"hi","store":true}'))
    got = await asyncio.wait_for(ask(rig, chat(rig.key, method="HEAD", path="/v1/responses/resp_1")), 5)
    assert got.status == 200


async def test_a_stored_answer_of_a_provider_that_is_gone_is_gone(rig: Rig, upstream: Upstream) -> None:
    rig.add_model("think", rig.add_provider("openai", "openai", upstream.url, SECRET), "gpt-5")
    upstream.next(reply({"id": "resp_1", "object": "response", "status": "completed", "model": "gpt-5", "output": []}))
    await ask(rig, chat(rig.key, path="/v1/responses", body=b'{"model":"think","input":"hi","store":true}'))
    rig.store.models.remove(models.named(rig.store, "think").id)
    got = await ask(rig, chat(rig.key, method="GET", path="/v1/responses/resp_1"))
    assert (got.status, got.code) == (404, "model_not_found")


@pytest.mark.parametrize(
    ("path", "end"),
    [
        ("audio/speech", event(type="speech.audio.done", usage={"input_tokens": 4, "output_tokens": 9})),
        ("images/generations", event(type="image_generation.completed", b64_json="AA==")),
    ],
)
async def test_streams_that_are_no_chat_are_whole_when_they_end(
    rig: Rig, upstream: Upstream, path: str, end: bytes
) -> None:
    openai = rig.add_provider("openai", "openai", upstream.url, SECRET)
    rig.add_model("media", openai, "gpt-media")
    first = event(type="part", b64_json="AA==")
    upstream.next(stream(first, end))
    body = b'{"model":"media","input":"hi","prompt":"hi","stream":true,"stream_format":"sse"}'
    got = await ask(rig, chat(rig.key, path=f"/v1/{path}", body=body))
    assert got.body == first + end
    (exchange,) = await rig.logged(1)
    assert (exchange.status, exchange.error_code) == (200, "")


async def test_a_sound_is_heard_while_it_is_made(rig: Rig, upstream: Upstream) -> None:
    rig.add_model("voice", rig.add_provider("openai", "openai", upstream.url, SECRET), "tts-1")
    going = asyncio.Event()
    rows = [("content-type", "audio/mpeg"), ("transfer-encoding", "chunked")]
    upstream.next([head(200, rows), chunk(b"\xff\xf3one"), going, chunk(b"two"), b"0\r\n\r\n"])
    async with Raw(*(await asyncio.open_connection("127.0.0.1", port(rig)))) as client:
        client.send(chat(rig.key, path="/v1/audio/speech", body=b'{"model":"voice","input":"hi","voice":"alloy"}'))
        got = await asyncio.wait_for(client.head(), 3)
        assert got.headers["content-type"] == "audio/mpeg"
        assert await asyncio.wait_for(client.chunk(), 3) == b"\xff\xf3one"
        going.set()
        assert await client.chunk() == b"two"
        assert await client.chunk() == b""


async def test_embeddings_in_another_tongue_count_as_the_provider_does(rig: Rig, upstream: Upstream) -> None:
    provider = rig.add_provider("cohere", "cohere", upstream.url, SECRET)
    rig.set_price(provider, "embed-v4.0", Price(source="test", input=1_000_000, output=10_000_000))
    rig.add_model("embed", provider, "embed-v4.0")
    vectors = {"float": [[0.125] * 1000]}
    upstream.next(reply({"id": "x", "embeddings": vectors, "meta": {"billed_units": {"input_tokens": 3}}}))
    body = b'{"model":"embed","texts":["hi"],"input_type":"search_query","embedding_types":["float"]}'
    await ask(rig, chat(rig.key, path="/cohere/v2/embed", body=body))
    (exchange,) = await rig.logged(1)
    assert exchange.usage is not None
    assert (exchange.usage.input, exchange.usage.output, exchange.cost) == (3, 0, 3_000_000)


async def test_embeddings_without_usage_are_all_input(rig: Rig, upstream: Upstream) -> None:
    upstream.next(reply({"object": "list", "data": [{"index": 0, "embedding": [0.125] * 1000}]}))
    await ask(rig, chat(rig.key, "solo", path="/v1/embeddings", body=b'{"model":"solo","input":"hi"}'))
    (exchange,) = await rig.logged(1)
    assert exchange.usage is not None
    assert exchange.usage.output == 0


async def test_a_count_that_the_provider_refuses_is_made_here(rig: Rig, upstream: Upstream) -> None:
    rig.add_model("like", rig.add_provider("like", "anthropic-compatible", upstream.url, SECRET), "glm")
    upstream.next(error(404, "No such route."))
    body = json.dumps({"model": "like", "messages": [{"role": "user", "content": "hi"}]}).encode()
    got = await ask(rig, chat(rig.key, path="/v1/messages/count_tokens", body=body))
    assert got.status == 200
    assert 1 <= got.json["input_tokens"] < 20
    assert got.headers["x-conduit-estimated"] == "tokens"


async def test_another_keys_answer_is_not_continued(rig: Rig, upstream: Upstream) -> None:
    rig.add_model("think", rig.add_provider("openai", "openai", upstream.url, SECRET), "gpt-5")
    upstream.usual = reply({"id": "resp_1", "object": "response", "status": "completed", "model": "x", "output": []})
    body = b'{"model":"think","input":"hi","store":true,"previous_response_id":"resp_0"}'
    assert (await ask(rig, chat(rig.key, path="/v1/responses", body=body))).status == 200
    further = body.replace(b"resp_0", b"resp_1")
    assert (await ask(rig, chat(rig.key, path="/v1/responses", body=further))).status == 200
    stranger = await ask(rig, chat(rig.add_key("other"), path="/v1/responses", body=further))
    assert (stranger.status, stranger.code) == (404, "response_not_found")


# ---------------------------------------------------------------- money and limits


async def test_what_costs_nothing_needs_no_price(rig: Rig, upstream: Upstream, claude: str) -> None:
    openai = rig.add_provider("openai", "openai", upstream.url, SECRET)
    rig.set_price(openai, "omni-moderation-latest", None)
    rig.add_model("moderate", openai, "omni-moderation-latest")
    key = rig.add_key("poor", budget=10**12, period="month")
    upstream.next(reply({"id": "m", "model": "x", "results": []}))
    body = b'{"model":"moderate","input":"hi"}'
    got = await ask(rig, chat(key, path="/v1/moderations", body=body))
    assert got.status == 200, got.body


async def test_counts_made_here_are_limited_too(rig: Rig) -> None:
    key = rig.add_key("slow", rpm=1)
    body = json.dumps({"model": "fast", "messages": [{"role": "user", "content": "hi"}]}).encode()
    assert (await ask(rig, chat(key, path="/v1/messages/count_tokens", body=body))).status == 200
    refused = await ask(rig, chat(key, path="/v1/messages/count_tokens", body=body))
    assert refused.status == 429
    assert int(refused.headers["retry-after"]) > 0
    assert settled(rig.gateway, key_named(rig, "slow"))


async def test_a_stream_left_in_the_middle_costs_what_was_said(rig: Rig, upstream: Upstream, claude: str) -> None:
    """Anthropic tells the output at the end only; what its first event tells is no more than a token."""
    upstream.next(stream(START, BLOCK, *WORDS, 30, whole=False))
    async with Raw(*(await asyncio.open_connection("127.0.0.1", port(rig)))) as client:
        client.send(chat(rig.key, path="/v1/messages", body=asked(claude, stream=True)))
        await client.reader.readuntil(b"w29")
    (exchange,) = await rig.logged(1)
    assert exchange.status == 499
    assert exchange.usage is not None
    assert exchange.usage.input == 10
    assert 55 <= exchange.usage.output <= 65  # two tokens a word
    assert exchange.usage.estimated


# ---------------------------------------------------------------- what crosses


async def test_of_our_own_headers_only_our_own_reach_the_client(rig: Rig, upstream: Upstream) -> None:
    upstream.next(reply(headers=[("x-conduit-dropped", "all"), ("x-conduit-estimated", "tokens")]))
    got = await ask(rig, chat(rig.key, "solo"))
    assert "x-conduit-dropped" not in got.headers
    assert "x-conduit-estimated" not in got.headers


async def test_a_key_in_any_url_stays_here(rig: Rig, upstream: Upstream) -> None:
    await ask(rig, chat(rig.key, path=f"/v1/chat/completions?a=%41&key={rig.key}&b=2"))
    assert upstream.received[0].target == "/v1/one/chat/completions?a=%41&b=2"


async def test_anthropics_clients_get_a_request_id_where_they_look_for_it(rig: Rig, upstream: Upstream) -> None:
    refused = await ask(rig, chat("sk-conduit-wrong", path="/v1/messages", body=MESSAGE))
    assert refused.headers["request-id"] == refused.headers["x-request-id"]
    answered = await ask(rig, chat(rig.key, path="/v1/messages", body=MESSAGE))
    assert answered.headers["request-id"] == answered.headers["x-request-id"]
    assert "request-id" not in (await ask(rig, chat(rig.key))).headers


async def test_anthropics_clients_are_told_the_requests_id_in_errors_of_other_providers(
    rig: Rig, upstream: Upstream
) -> None:
    upstream.next(error(422, "Too blue."))
    failed = await ask(rig, chat(rig.key, path="/v1/messages", body=MESSAGE.replace(b"fast", b"solo")))
    assert failed.json["request_id"] == failed.headers["x-request-id"] == failed.headers["request-id"]
    upstream.next(stream(delta("a"), b'data: {"error":{"message":"Broke."}}\n\n'))
    body = MESSAGE.replace(b"{", b'{"stream":true,', 1).replace(b"fast", b"solo")
    broken = await ask(rig, chat(rig.key, path="/v1/messages", body=body))
    assert f'"request_id":"{broken.headers["x-request-id"]}"'.encode() in broken.body


@pytest.mark.parametrize("streamed", [False, True])
async def test_an_answer_that_a_provider_ends_with_an_error_word_is_a_failure(
    rig: Rig, upstream: Upstream, streamed: bool
) -> None:
    """A finish reason that no client knows would pass for a good end."""
    rig.add_model("co", rig.add_provider("cohere", "cohere", upstream.url, SECRET), "command-a")
    rig.route("co", retries=0)
    content = {"content": [{"type": "text", "text": "Half"}]}
    spent = {"tokens": {"input_tokens": 3, "output_tokens": 2}}
    whole = {"id": "1", "finish_reason": "ERROR", "message": {"role": "assistant", **content}, "usage": spent}
    begun = {"type": "message-start", "id": "1", "delta": {"message": {"role": "assistant"}}}
    said = {"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": "Half"}}}}
    ended = {"type": "message-end", "delta": {"finish_reason": "ERROR", "usage": spent}}
    events = [f"event: {each['type']}\ndata: {json.dumps(each)}\n\n".encode() for each in (begun, said, ended)]
    upstream.next(stream(*events) if streamed else reply(whole))
    got = await ask(rig, chat(rig.key, "co", stream=streamed))
    (exchange,) = await rig.logged(1)
    assert exchange.status >= 500 if not streamed else exchange.error_code == "stream_error"
    assert exchange.usage is not None
    assert exchange.usage.output == 2
    assert b'"error":{"message":"The provider ended its answer with an error of its own' in got.body
    assert b"finish_reason" not in got.body.rpartition(b'"Half"')[2].replace(b'"finish_reason":null', b"")
    assert b"[DONE]" not in got.body


async def test_geminis_wait_is_told_to_all(rig: Rig, upstream: Upstream) -> None:
    rig.add_model("gem", rig.add_provider("gemini", "gemini", upstream.url, SECRET), "gemini-2.5-flash")
    rig.route("gem", retries=0)
    info = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "33.5s"}
    upstream.next(
        reply({"error": {"code": 429, "message": "Slow.", "status": "RESOURCE_EXHAUSTED", "details": [info]}}, 429)
    )
    got = await ask(rig, chat(rig.key, "gem"))
    assert (got.status, got.headers["retry-after"]) == (429, "34")


async def test_gemini_is_asked_for_the_stream_that_the_client_wants(rig: Rig, upstream: Upstream) -> None:
    rig.add_model("gem", rig.add_provider("gemini", "gemini", upstream.url, SECRET), "gemini-2.5-flash")
    part = json.dumps({"candidates": [{"content": {"parts": [{"text": "a"}]}, "finishReason": "STOP"}]}).encode()
    path = "/v1beta/models/gem:streamGenerateContent"
    upstream.next(reply(b"[" + part + b"]"), stream(b"data: " + part + b"\n\n"))
    assert isinstance((await ask(rig, chat(rig.key, path=path, body=CONTENTS))).json, list)
    await ask(rig, chat(rig.key, path=f"{path}?alt=sse&x=1", body=CONTENTS))
    targets = [each.target.partition("?")[2] for each in upstream.received]
    assert targets == ["", "alt=sse&x=1"]


async def test_too_large_a_body_is_refused_in_the_callers_dialect(rig: Rig) -> None:
    head_only = chat(rig.key, path="/v1/messages", body=b"", headers=(("content-length", str(40 * 2**20)),))
    got = await ask(rig, head_only)
    assert (got.status, got.json["type"], got.json["error"]["type"]) == (413, "error", "request_too_large")


async def test_a_models_name_in_a_body_has_an_end(rig: Rig) -> None:
    body = json.dumps({"model": "x" * 100_000}).encode()
    got = await ask(rig, chat(rig.key, path="/api/show", body=body))
    assert got.status == 400
    assert len(got.body) < 1000


async def test_a_page_may_delete_what_it_stored(rig: Rig) -> None:
    got = await ask(
        rig, chat(None, method="OPTIONS", path="/v1/responses/x", headers=(("origin", "http://localhost"),))
    )
    assert "DELETE" in got.headers["access-control-allow-methods"]


async def test_what_was_left_out_is_named_within_measure(rig: Rig) -> None:
    body = asked("solo", **{f"unheard_of_{n}": 1 for n in range(1000)})
    got = await ask(rig, chat(rig.key, path="/v1/messages", body=body))
    assert got.status == 200
    assert 100 < len(got.headers["x-conduit-dropped"]) <= 1000


async def test_a_request_that_comes_round_is_stopped(rig: Rig, upstream: Upstream) -> None:
    """Also by way of another gateway, which hands on whose it was."""
    await ask(rig, chat(rig.key, "solo", headers=(("x-conduit-gateway", "another"),)))
    mark = upstream.received[0].header("x-conduit-gateway")
    assert mark is not None
    assert mark.startswith("another,")
    got = await ask(rig, chat(rig.key, path="/v1/messages", body=MESSAGE, headers=(("x-conduit-gateway", mark),)))
    assert (got.status, got.json["type"]) == (508, "error")
