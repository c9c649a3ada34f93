"""What the gateway adds around the dialects: addresses, keys, errors and models in each one's way, what was left out,
what is counted here, stored answers, forms with files, packed bodies, and pings while a model thinks."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import struct

import pytest

from conduit_desktop.gateway import answers
from tests.fakes.raw import chat
from tests.fakes.rig import Rig
from tests.fakes.upstream import COUNTED, DONE, Upstream, completion, delta, error, reply, stream
from tests.integration.conftest import SECRET
from tests.integration.test_gateway import ask, port

MESSAGE = json.dumps({"model": "fast", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}).encode()
CONTENTS = json.dumps({"contents": [{"parts": [{"text": "hi"}]}]}).encode()
PLACES = {
    "/v1/messages": MESSAGE,
    "/anthropic/v1/messages?beta=true": MESSAGE,
    "/v1/responses": b'{"model":"fast","input":"hi"}',
    "/v1beta/models/fast:generateContent": CONTENTS,
    "/genai/v1beta/models/fast:generateContent": CONTENTS,
    "/v1/models/fast:generateContent": CONTENTS,
    "/cohere/v2/chat": MESSAGE,
    "/api/chat": b'{"model":"fast","stream":false,"messages":[{"role":"user","content":"hi"}]}',
    "/api/generate": b'{"model":"fast","stream":false,"prompt":"hi"}',
}


def texts(path: str, told: dict) -> str:
    """The words of an answer, wherever the dialect of ``path`` has them."""
    if "generateContent" in path:
        return told["candidates"][0]["content"]["parts"][0]["text"]
    if "/responses" in path:
        return told["output"][0]["content"][0]["text"]
    if "/api/" in path:
        return told["message"]["content"] if "chat" in path else told["response"]
    content = told["message"]["content"] if "/cohere" in path else told["content"]
    return content[0]["text"]


@pytest.mark.parametrize("path", PLACES)
async def test_every_address_reaches_a_provider_of_another_dialect(rig: Rig, upstream: Upstream, path: str) -> None:
    upstream.next(reply(completion("Hello")))
    got = await ask(rig, chat(rig.key, path=path, body=PLACES[path]))
    assert got.status == 200, got.body
    assert texts(path, got.json) == "Hello"
    (sent,) = upstream.received
    assert sent.target == "/v1/one/chat/completions"
    assert sent.json["model"] == "real"
    assert sent.json["messages"][-1]["content"] == "hi"
    assert sent.header("authorization") == f"Bearer {SECRET}"
    (exchange,) = await rig.logged(1)
    assert exchange.usage is not None
    assert (exchange.usage.input, exchange.usage.output) == (11, 7)
    assert exchange.attempts[0].dialect == "openai-chat"
    assert exchange.cost == 11 * 1_000_000 + 7 * 10_000_000


@pytest.mark.parametrize("path", PLACES)
async def test_refusals_and_failures_are_told_in_the_callers_dialect(rig: Rig, upstream: Upstream, path: str) -> None:
    refused = await ask(rig, chat("sk-conduit-wrong", path=path, body=PLACES[path]))
    assert refused.status == 401
    upstream.next(error(422, "Too blue."))
    failed = await ask(rig, chat(rig.key, "solo", path=path.replace("fast", "solo"), body=PLACES[path]))
    assert failed.status == 422
    upstream.next(error(404), error(503), error(503))
    all_failed = await ask(rig, chat(rig.key, path=path, body=PLACES[path]))
    assert all_failed.status == 503
    for got, words in ((refused, "key"), (failed, "Too blue."), (all_failed, "calls: one/real 404 not found: no; two")):
        told = got.json
        if "generateContent" in path:
            assert told["error"]["code"] == got.status
        if "messages" in path:
            assert told["type"] == "error"
        words_told = told["message"] if "/cohere" in path else told["error"]
        assert words in (words_told if isinstance(words_told, str) else words_told["message"])


async def test_a_header_of_one_dialect_does_not_cross_into_another(rig: Rig, upstream: Upstream) -> None:
    headers = (("anthropic-version", "2023-06-01"), ("anthropic-beta", "new-thing"), ("x-stainless-lang", "py"))
    await ask(rig, chat(rig.key, path="/v1/messages", body=MESSAGE, headers=headers))
    names = {name.lower() for name, _ in upstream.received[0].headers}
    assert not {"anthropic-version", "anthropic-beta", "x-stainless-lang"} & names


async def test_what_was_left_out_is_named(rig: Rig) -> None:
    body = json.dumps({**json.loads(MESSAGE), "top_k": 3, "metadata": {"user_id": "u"}, "unheard_of": 1}).encode()
    got = await ask(rig, chat(rig.key, path="/v1/messages", body=body))
    assert got.status == 200
    assert "unheard_of" in got.headers["x-conduit-dropped"]
    (exchange,) = await rig.logged(1)
    assert exchange.attempts[0].dropped == got.headers["x-conduit-dropped"]


async def test_what_cannot_be_left_out_is_refused_by_name(rig: Rig, upstream: Upstream) -> None:
    rig.add_model("claude", rig.add_provider("claude", "anthropic", upstream.url, SECRET), "claude-sonnet-4-5")
    got = await ask(rig, chat(rig.key, "claude", n=3))
    assert (got.status, got.code) == (400, "unsupported_field")
    assert got.json["error"]["param"] == "n"
    assert upstream.received == []


async def test_a_key_in_the_url_is_taken_on_geminis_paths_and_shown_nowhere(rig: Rig) -> None:
    path = f"/v1beta/models/fast:generateContent?key={rig.key}"
    assert (await ask(rig, chat(None, path=path, body=CONTENTS))).status == 200
    assert (await ask(rig, chat(None, path=f"/v1/chat/completions?key={rig.key}"))).status == 401
    exchange = (await rig.logged(2))[-1]
    capture = rig.ring.get(exchange.id)
    assert capture is not None
    assert rig.key not in exchange.path
    assert rig.key not in capture.request.start
    assert "key=***" in capture.request.start


@pytest.mark.parametrize(
    ("path", "headers", "ids"),
    [
        ("/v1/models", (), lambda told: [each["id"] for each in told["data"]]),
        (
            "/v1/models",
            (("anthropic-version", "2023-06-01"),),
            lambda told: [each["display_name"] for each in told["data"]],
        ),
        ("/v1beta/models", (), lambda told: [each["name"].removeprefix("models/") for each in told["models"]]),
        ("/cohere/v1/models", (), lambda told: [each["name"] for each in told["models"]]),
        ("/api/tags", (), lambda told: [each["model"] for each in told["models"]]),
    ],
)
async def test_models_are_listed_in_each_dialect(rig: Rig, path: str, headers: tuple, ids: object) -> None:
    got = await ask(rig, chat(rig.key, method="GET", path=path, headers=headers))
    assert got.status == 200
    assert sorted(ids(got.json)) == ["fast", "solo"]  # type: ignore[operator]


async def test_ollamas_questions_about_itself_are_answered(rig: Rig) -> None:
    assert "version" in (await ask(rig, chat(None, method="GET", path="/api/version"))).json
    got = await ask(rig, chat(rig.key, path="/api/show", body=b'{"model":"fast"}'))
    assert "completion" in got.json["capabilities"]


@pytest.mark.parametrize(
    ("path", "body", "member"),
    [
        ("/v1/messages/count_tokens", b'{"model":"fast","messages":[{"role":"user","content":"hi"}]}', "input_tokens"),
        ("/v1beta/models/fast:countTokens", CONTENTS, "totalTokens"),
        ("/v1/responses/input_tokens", b'{"model":"fast","input":"hi"}', "input_tokens"),
    ],
)
async def test_tokens_are_counted_here_where_no_provider_does(
    rig: Rig, upstream: Upstream, path: str, body: bytes, member: str
) -> None:
    got = await ask(rig, chat(rig.key, path=path, body=body))
    assert got.status == 200, got.body
    assert 1 <= got.json[member] < 20
    assert got.headers["x-conduit-estimated"] == "tokens"
    assert upstream.received == []
    (exchange,) = await rig.logged(1)
    assert exchange.cost == 0


async def test_tokens_are_counted_by_the_provider_where_it_does(rig: Rig, upstream: Upstream) -> None:
    rig.add_model("claude", rig.add_provider("claude", "anthropic", upstream.url, SECRET), "claude-sonnet-4-5")
    upstream.next(reply({"input_tokens": 77}))
    got = await ask(rig, chat(rig.key, path="/v1beta/models/claude:countTokens", body=CONTENTS))
    assert got.json["totalTokens"] == 77
    assert upstream.received[0].target == "/v1/messages/count_tokens"
    assert "max_tokens" not in upstream.received[0].json


async def test_embeddings_cross_between_dialects(rig: Rig, upstream: Upstream) -> None:
    vectors = {"data": [{"index": 0, "embedding": [1.0, -0.5], "object": "embedding"}], "usage": {"prompt_tokens": 3}}
    upstream.next(reply({"object": "list", "model": "real", **vectors}))
    body = b'{"requests":[{"model":"models/fast","content":{"parts":[{"text":"hi"}]}}]}'
    got = await ask(rig, chat(rig.key, path="/v1beta/models/fast:batchEmbedContents", body=body))
    assert got.json["embeddings"][0]["values"] == [1.0, -0.5]
    rig.add_model("embed", rig.add_provider("cohere", "cohere", upstream.url, SECRET), "embed-v4.0")
    upstream.next(reply({"id": "x", "embeddings": {"float": [[1.0, -0.5]]}, "texts": ["hi"], "meta": {}}))
    wanted = b'{"model":"embed","input":"hi","encoding_format":"base64"}'
    got = await ask(rig, chat(rig.key, path="/v1/embeddings", body=wanted))
    assert struct.unpack("<2f", base64.b64decode(got.json["data"][0]["embedding"])) == (1.0, -0.5)


async def test_a_stored_answer_is_found_by_the_key_that_made_it(rig: Rig, upstream: Upstream) -> None:
    rig.add_model("think", rig.add_provider("openai", "openai", upstream.url, SECRET), "gpt-5")
    made = {"id": "resp_1", "object": "response", "status": "completed", "model": "gpt-5", "output": [],
            "usage": {"input_tokens": 3, "output_tokens": 2, "total_tokens": 5}}  # fmt: skip
    upstream.next(reply(made))
    await ask(rig, chat(rig.key, path="/v1/responses", body=b'{"model":"think","input":"hi","store":true}'))
    upstream.next(reply(made))
    got = await ask(rig, chat(rig.key, method="GET", path="/v1/responses/resp_1?include=x"))
    assert (got.status, got.json["id"]) == (200, "resp_1")
    assert (upstream.received[-1].method, upstream.received[-1].target) == ("GET", "/v1/responses/resp_1?include=x")
    stranger = await ask(rig, chat(rig.add_key("other"), method="GET", path="/v1/responses/resp_1"))
    assert (stranger.status, stranger.code) == (404, "response_not_found")
    upstream.next(reply({"id": "resp_1", "deleted": True}))
    assert (await ask(rig, chat(rig.key, method="DELETE", path="/v1/responses/resp_1"))).status == 200
    costs = [exchange.cost for exchange in await rig.logged(4) if exchange.endpoint == "responses.stored"]
    assert all(cost == 0 for cost in costs)


async def test_a_form_passes_with_its_file_untouched(rig: Rig, upstream: Upstream) -> None:
    sound = bytes(range(256)) * 40 + b"\r\n--not-it\r\n"
    body = (
        b'--b0\r\ncontent-disposition: form-data; name="file"; filename="a model.wav"\r\n\r\n' + sound
        + b'\r\n--b0\r\nContent-Disposition: form-data; name="model"\r\n\r\nfast\r\n--b0--\r\n'
    )  # fmt: skip
    request = chat(rig.key, path="/v1/audio/transcriptions", body=body)
    request = request.replace(b"content-type: application/json", b"content-type: multipart/form-data; boundary=b0")
    upstream.next(reply(b"1\n00:00 --> 00:01\nHi\n", kind="text/plain"))
    got = await ask(rig, request)
    assert (got.status, got.body) == (200, b"1\n00:00 --> 00:01\nHi\n")
    (sent,) = upstream.received
    assert sent.target == "/v1/one/audio/transcriptions"
    assert sent.body == body.replace(b"\r\n\r\nfast\r\n", b"\r\n\r\nreal\r\n")
    broken = request.replace(b"--b0--", b"--b1--").replace(b"boundary=b0", b"boundary=b9")
    assert (await ask(rig, broken)).code == "invalid_multipart"


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "deflate"])
async def test_packed_bodies_are_unpacked(rig: Rig, upstream: Upstream, encoding: str) -> None:
    import zlib

    plain = json.dumps({"model": "fast", "messages": [{"role": "user", "content": "hi" * 1000}]}).encode()
    packed = zlib.compress(plain) if encoding == "deflate" else gzip.compress(plain)
    assert (await ask(rig, chat(rig.key, body=packed, headers=(("content-encoding", encoding),)))).status == 200
    assert upstream.received[0].json["messages"][0]["content"] == "hi" * 1000
    assert upstream.received[0].header("content-encoding") is None


async def test_packed_bodies_have_limits_too(rig: Rig) -> None:
    bomb = gzip.compress(b" " * (40 * 1024 * 1024))
    got = await ask(rig, chat(rig.key, body=bomb, headers=(("content-encoding", "gzip"),)))
    assert (got.status, got.code) == (413, "request_too_large")
    torn = gzip.compress(b'{"model":"fast"}')[:-9]
    got = await ask(rig, chat(rig.key, body=torn, headers=(("content-encoding", "gzip"),)))
    assert (got.status, got.code) == (400, "invalid_encoding")


STREAMED = {
    "/v1/chat/completions": (json.dumps({**json.loads(MESSAGE), "stream": True}).encode(), b": ping\n\n"),
    "/v1/messages": (json.dumps({**json.loads(MESSAGE), "stream": True}).encode(), b"event: ping\n"),
}


@pytest.mark.parametrize("path", STREAMED)
async def test_a_silent_stream_is_kept_alive(
    rig: Rig, upstream: Upstream, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(answers, "PING_SECONDS", 0.05)
    body, ping = STREAMED[path]
    upstream.next([0.2, *stream(delta("Hel"), 0.2, delta("lo"), delta(finish="stop"), COUNTED, DONE)])
    got = await ask(rig, chat(rig.key, path=path, body=body))
    assert got.status == 200
    assert got.body.startswith(ping)
    before, _, after = got.body.partition(b"Hel")
    assert before.count(ping) >= 2
    assert after.count(ping) >= 2
    assert b"lo" in after
    assert got.headers["content-type"].startswith("text/event-stream")


async def test_a_stream_begun_by_a_ping_tells_a_failure_inside(
    rig: Rig, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "PING_SECONDS", 0.05)
    upstream.next([0.2, *error(400, "Not like this.")])
    body, _ = STREAMED["/v1/messages"]
    got = await ask(rig, chat(rig.key, "solo", path="/v1/messages", body=body.replace(b'"fast"', b'"solo"')))
    assert got.status == 200
    assert b"event: error\n" in got.body
    assert b"Not like this." in got.body
    (exchange,) = await rig.logged(1)
    assert exchange.error_code == "upstream_error"


async def test_claude_code_gets_the_models_name_that_it_asked_for(rig: Rig, upstream: Upstream) -> None:
    rig.add_model("mine", rig.add_provider("claude", "anthropic", upstream.url, SECRET), "claude-sonnet-4-5")
    whole = {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5-20250929",
             "content": [], "stop_reason": "end_turn", "usage": {"input_tokens": 1, "output_tokens": 1}}  # fmt: skip
    body = MESSAGE.replace(b'"fast"', b'"mine"')
    upstream.next(reply(whole), reply(whole))
    code = await ask(rig, chat(rig.key, path="/v1/messages", body=body, headers=(("user-agent", "claude-cli/2.1"),)))
    assert code.json == {**whole, "model": "mine"}
    other = await ask(rig, chat(rig.key, path="/v1/messages", body=body))
    assert other.json == whole


async def test_a_client_that_hangs_up_ends_a_translated_stream(rig: Rig, upstream: Upstream) -> None:
    upstream.next(stream(delta("Hel"), 30, whole=False))
    reader, writer = await asyncio.open_connection("127.0.0.1", port(rig))
    writer.write(chat(rig.key, path="/v1/messages", body=STREAMED["/v1/messages"][0]))
    await reader.readuntil(b"Hel")
    writer.close()
    await asyncio.wait_for(upstream.received[0].gone.wait(), 1)
    (exchange,) = await rig.logged(1)
    assert exchange.status == 499


THOUGHT = {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}
CALL = {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {}}
CALLING = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude",
    "content": [THOUGHT, CALL],
    "stop_reason": "tool_use",
    "stop_sequence": None,
    "usage": {"input_tokens": 1, "output_tokens": 1},
}
PIECES = (
    {"type": "message_start", "message": {**CALLING, "content": [], "stop_reason": None}},
    {"type": "content_block_start", "index": 0, "content_block": {**THOUGHT, "thinking": "", "signature": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "Hm."}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "signature_delta", "signature": "c2ln"}},
    {"type": "content_block_stop", "index": 0},
    {"type": "content_block_start", "index": 1, "content_block": CALL},
    {"type": "content_block_stop", "index": 1},
    {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 1}},
    {"type": "message_stop"},
)


@pytest.mark.parametrize("streamed", [False, True])
async def test_signed_thinking_comes_back_with_its_call_for_clients_that_cannot_carry_it(
    rig: Rig, upstream: Upstream, streamed: bool
) -> None:
    rig.add_model("claude", rig.add_provider("claude", "anthropic", upstream.url, SECRET), "claude-sonnet-4-5")
    tool = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}
    asked = {"tools": [tool], "reasoning_effort": "low", "max_tokens": 4000}
    events = [b"event: %s\ndata: %s\n\n" % (each["type"].encode(), json.dumps(each).encode()) for each in PIECES]
    upstream.next(stream(*events) if streamed else reply(CALLING))
    assert (await ask(rig, chat(rig.key, "claude", stream=streamed, **asked))).status == 200
    call = {"id": "toolu_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    turns = [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "toolu_1", "content": "12"},
    ]
    upstream.next(reply(CALLING))
    got = await ask(rig, chat(rig.key, "claude", **asked, **{"messages": turns}))
    sent = upstream.received[-1].json
    assert got.status == 200
    assert sent["thinking"]["type"] == "enabled"
    assert sent["messages"][1]["content"][0] == THOUGHT
    assert "reasoning" not in got.headers.get("x-conduit-dropped", "")
