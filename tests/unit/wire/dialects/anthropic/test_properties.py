"""What holds for any value: what the dialect can say comes back as it was, what is broken is refused."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conduit_desktop.errors import BadRequest
from conduit_desktop.wire import events as e
from conduit_desktop.wire.assemble import assemble, events_of
from conduit_desktop.wire.dialects.anthropic import ANTHROPIC_MESSAGES as DIALECT
from conduit_desktop.wire.dialects.base import Context
from conduit_desktop.wire.framing import Events
from conduit_desktop.wire.messages import (
    Cache,
    Choice,
    Citation,
    Format,
    Media,
    Message,
    Reasoning,
    Request,
    Response,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolChoice,
    ToolResult,
)
from conduit_desktop.wire.traits import Traits
from conduit_desktop.wire.usage import Usage, service_of
from tests.unit.wire.dialects.recorded import decoded

QUICK = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
CONTEXT = Context(request=Request(model="m"), seed="s")
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=12)
CACHE = st.none() | st.builds(Cache, ttl=st.sampled_from(("", "5m", "1h")))
OBJECTS = st.dictionaries(WORDS, st.integers(-9, 9) | WORDS | st.booleans(), max_size=3)
ARGUMENTS = OBJECTS.map(lambda value: json.dumps(value, separators=(",", ":"), ensure_ascii=False))
TEXTS = st.builds(Text, text=WORDS, cache=CACHE)
IMAGES = st.builds(Media, media_type=st.just("image/png"), data=st.just("iVBORw=="), cache=CACHE) | st.builds(
    Media, url=st.just("https://a.org/x.png")
)
DOCUMENTS = st.builds(
    Media,
    kind=st.just("document"),
    text=WORDS,
    media_type=st.just("text/plain"),
    title=WORDS,
    context=WORDS,
    citable=st.none() | st.booleans(),
)
THOUGHTS = st.builds(Thinking, sections=WORDS.map(lambda text: [text]), signature=WORDS) | st.builds(
    Thinking, encrypted=WORDS
)
CITATIONS = st.builds(Citation, document=st.integers(0, 3), quote=WORDS, unit=st.just("char"))


@st.composite
def conversations(draw: st.DrawFn) -> list[Message]:
    """Turns as a client may have kept them, every call with its result."""
    out = []
    if draw(st.booleans()):
        out.append(Message(role="system", parts=draw(st.lists(TEXTS, min_size=1, max_size=3))))
    for number in range(draw(st.integers(1, 3))):
        out.append(Message(role="user", parts=draw(st.lists(TEXTS | IMAGES | DOCUMENTS, min_size=1, max_size=3))))
        calls = [
            ToolCall(id=f"toolu_{number}_{each}", name="f", arguments=draw(ARGUMENTS), cache=draw(CACHE))
            for each in range(draw(st.integers(0, 2)))
        ]
        spoken = draw(st.lists(THOUGHTS, max_size=2)) + draw(st.lists(TEXTS, min_size=1, max_size=2))
        out.append(Message(role="assistant", parts=[*spoken, *calls]))
        if calls:
            results = [
                ToolResult(
                    call_id=call.id,
                    parts=draw(st.lists(TEXTS | IMAGES, max_size=2)),
                    failed=draw(st.none() | st.booleans()),
                    cache=draw(CACHE),
                )
                for call in calls
            ]
            out.append(Message(role="tool", parts=list(results)))
    out.append(Message(role="user", parts=[draw(TEXTS)]))
    return out


TOOLS = st.lists(
    st.builds(
        Tool,
        name=st.just("f"),
        description=WORDS,
        parameters=st.just({"type": "object", "properties": {"a": {"$ref": "#/$defs/A"}}}),
        strict=st.none() | st.just(True),
        cache=CACHE,
    ),
    min_size=1,
    max_size=2,
)
REQUESTS = st.builds(
    Request,
    model=WORDS,
    messages=conversations(),
    stream=st.booleans(),
    max_tokens=st.integers(3000, 9000),
    top_p=st.none() | st.sampled_from((0.95, 1)),
    stop=st.lists(WORDS, max_size=2),
    tools=TOOLS,
    tool_choice=st.none() | st.sampled_from((ToolChoice(), ToolChoice(mode="none"))),
    format=st.none()
    | st.just(Format(kind="schema", schema={"type": "object", "properties": {}, "additionalProperties": False})),
    user=st.sampled_from(("", "u")),
    service_tier=st.sampled_from(("", "auto", "default")),
)


@QUICK
@given(REQUESTS, st.none() | st.builds(Reasoning, enabled=st.just(True), budget=st.integers(1024, 2999)))
def test_requests_come_back(request: Request, reasoning: Reasoning | None) -> None:
    calls = any(isinstance(part, ToolCall) for message in request.messages for part in message.parts)
    request.reasoning = None if calls else reasoning
    encoded = DIALECT.encode_request(request, Traits(thinking="budget"))
    assert encoded.dropped == []
    assert DIALECT.decode_request(json.loads(json.dumps(encoded.body)), None, None) == request


@st.composite
def answers(draw: st.DrawFn) -> Response:
    parts: list[Any] = draw(st.lists(THOUGHTS, max_size=2))
    parts += draw(st.lists(st.builds(Text, text=WORDS, signature=st.just("")), max_size=2))
    parts += [
        ToolCall(id=f"c{number}", name="f", arguments=draw(ARGUMENTS), signature=draw(st.just("") | WORDS))
        for number in range(draw(st.integers(0, 2)))
    ]
    finish = "tool_calls" if any(isinstance(part, ToolCall) for part in parts) else "stop"
    written = draw(st.integers(0, 9))
    tier = draw(st.sampled_from(("", "default", "priority", "batch")))
    usage = Usage(
        service=service_of(tier),
        input=draw(st.integers(20, 50)),
        output=draw(st.integers(0, 50)),
        cached_read=draw(st.integers(0, 9)),
        cache_write=written,
        cache_write_1h=draw(st.integers(0, written)),
        reasoning=draw(st.integers(0, 5)),
        searches=draw(st.integers(0, 5)),
    )
    native = "tool_use" if finish == "tool_calls" else "end_turn"
    choice = Choice(parts=parts, finish=finish, native_finish=native)  # type: ignore[arg-type]
    return Response(id="msg_1", model="m", choices=[choice], usage=usage, service_tier=tier)


@QUICK
@given(answers())
def test_answers_come_back(response: Response) -> None:
    assert DIALECT.decode_response(DIALECT.encode_response(response, CONTEXT)) == response


@QUICK
@given(answers())
def test_streams_come_back(response: Response) -> None:
    for part in response.choices[0].parts:
        part.signature = part.signature if isinstance(part, Thinking) else ""  # those travel in blocks of their own
    encoder = DIALECT.encoder(CONTEXT)
    raw = b"".join(encoder.encode(event) for event in events_of(response))
    found = assemble(decoded(DIALECT, Events(), [raw]))
    if not response.choices[0].parts:  # an answer of nothing tells no choice but by its end
        assert found.choices[0].finish == "stop"
    assert found == response


# ---------------------------------------------------------------- broken things

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
BODY: dict[str, Any] = {
    "model": "m",
    "max_tokens": 10,
    "system": [{"type": "text", "text": "s", "cache_control": {"type": "ephemeral"}}],
    "messages": [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "x", "citations": [{"type": "char_location", "cited_text": "q"}]},
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aa"}},
                {"type": "document", "source": {"type": "content", "content": "x"}, "citations": {"enabled": True}},
                {"type": "search_result", "source": "s", "title": "t", "content": [{"type": "text", "text": "x"}]},
            ],
        },
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "t", "signature": "conduit.e30="},
                {"type": "redacted_thinking", "data": "d"},
                {"type": "tool_use", "id": "a", "name": "f", "input": {"x": 1}},
            ],
        },
        {
            "role": "user",
            "content": [{"type": "tool_result", "tool_use_id": "a", "content": [{"type": "text", "text": "2"}]}],
        },
    ],
    "tools": [
        {"name": "f", "input_schema": {"type": "object"}},
        {"type": "web_search_1", "user_location": {"city": "x"}},
    ],
    "tool_choice": {"type": "tool", "name": "f"},
    "thinking": {"type": "enabled", "budget_tokens": 1},
    "output_config": {"effort": "low", "format": {"type": "json_schema", "schema": {"type": "object"}}},
    "metadata": {"user_id": "u"},
    "stop_sequences": ["x"],
}


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(deeper for key, each in inner for deeper in places(each, (*path, key)))]


def spoilt(body: Any, path: tuple[Any, ...], value: Any) -> Any:
    """A copy with something else at the path."""
    if not path:
        return value
    copy = dict(body) if isinstance(body, dict) else list(body)
    copy[path[0]] = spoilt(copy[path[0]], path[1:], value)
    return copy


PLACES = places(BODY)


@settings(QUICK, max_examples=600)
@given(st.sampled_from(PLACES), VALUES)
def test_broken_requests_are_refused_as_such(path: tuple[Any, ...], value: Any) -> None:
    with suppress(BadRequest):
        request = DIALECT.decode_request(spoilt(BODY, path, value), None, None)
        DIALECT.encode_request(request, Traits(thinking="budget"))


@QUICK
@given(VALUES)
def test_broken_answers_and_errors_never_surprise(value: Any) -> None:
    DIALECT.decode_error(500, value)
    with suppress(BadRequest):
        DIALECT.decode_response(value)


START = {"type": "message_start", "message": {"id": "m", "usage": {"input_tokens": 1, "cache_creation": {}}}}
BLOCK = {
    "type": "content_block_start",
    "index": 0,
    "content_block": {"type": "tool_use", "id": "a", "name": "f", "input": {}},
}
DELTA = {"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": "{"}}
STOP = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 1}}
STREAM: list[Any] = [START, BLOCK, DELTA, {"type": "content_block_stop", "index": 0}, STOP, {"type": "message_stop"}]


@settings(QUICK, max_examples=400)
@given(st.sampled_from(places(STREAM)[1:]), VALUES)
def test_broken_streams_end_in_a_failure_or_as_they_should(path: tuple[Any, ...], value: Any) -> None:
    raw = b"".join(b"data: " + json.dumps(each).encode() + b"\n\n" for each in spoilt(STREAM, path, value))
    events = decoded(DIALECT, Events(), [raw])
    assert isinstance(events[-1], e.End | e.Failed)
    encoder = DIALECT.encoder(CONTEXT)
    for event in events:
        encoder.encode(event)
