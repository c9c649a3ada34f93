"""Decoding what was encoded gives the same; nothing broken does more than raise BadRequest."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conduit_desktop.errors import BadRequest
from conduit_desktop.wire.assemble import assemble, events_of
from conduit_desktop.wire.dialects.base import Context
from conduit_desktop.wire.dialects.converse import BEDROCK_CONVERSE
from conduit_desktop.wire.dialects.converse.requests import OWN
from conduit_desktop.wire.eventstream import Frames
from conduit_desktop.wire.messages import (
    Cache,
    Choice,
    Format,
    Media,
    Message,
    Reasoning,
    Request,
    Response,
    Text,
    Thinking,
    Tool,
    ToolChoice,
    ToolResult,
)
from conduit_desktop.wire.traits import Traits
from conduit_desktop.wire.usage import Usage
from tests.unit.wire.dialects import canonical as make

MODEL = "anthropic.claude-3-7-sonnet-20250219-v1:0"
TRAITS = Traits(thinking="budget")
CONTEXT = Context(request=Request(model=MODEL), seed="s")

FAILED = st.sampled_from([None, True, False])
caches = st.none() | st.sampled_from([Cache(), Cache(ttl="5m"), Cache(ttl="1h")])
marked = st.builds(Text, text=make.words, cache=caches)
images = st.builds(
    Media, kind=st.just("image"), media_type=st.sampled_from(["image/png", "image/webp"]), data=make.base64s
)
thoughts = st.builds(Thinking, sections=make.words.map(lambda text: [text]), signature=st.just("sig")) | st.builds(
    Thinking, encrypted=make.names
)
SYSTEM = st.lists(marked, min_size=1, max_size=2)
results = st.builds(
    ToolResult,
    call_id=make.names,
    parts=st.lists(make.texts | images, max_size=2),
    failed=FAILED,
)
exchanges = st.builds(
    lambda asked, thought, said, calls, given: [
        Message(role="user", parts=asked),
        Message(role="assistant", parts=[*thought, said, *calls]),
        Message(role="tool", parts=given),
        Message(role="assistant", parts=[said]),
    ],
    st.lists(marked | images, min_size=1, max_size=3),
    st.lists(thoughts, max_size=2),
    make.texts,
    st.lists(make.calls, max_size=2, unique_by=lambda call: call.id),
    st.lists(results, min_size=1, max_size=2),
)
tools = st.lists(
    st.builds(
        Tool,
        name=make.names,
        description=make.words | st.just(""),
        parameters=make.schemas,
        strict=st.sampled_from([None, True]),
        cache=caches,
    ),
    max_size=2,
    unique_by=lambda tool: tool.name,
)


@st.composite
def requests(draw: st.DrawFn) -> Request:
    system = draw(st.lists(st.builds(Message, role=st.just("system"), parts=SYSTEM), max_size=1))
    offered = draw(tools)
    choices = [None, ToolChoice(mode="auto"), ToolChoice(mode="required")]
    schema = draw(st.none() | make.schemas)
    request = Request(
        model=MODEL,
        stream=draw(st.booleans()),
        messages=[*system, *draw(exchanges), Message(role="user", parts=[Text(text="On")])],
        max_tokens=draw(st.none() | st.integers(1, 10**6)),
        temperature=draw(st.none() | st.sampled_from([0, 0.5, 1])),
        top_p=draw(st.none() | st.sampled_from([0.1, 1])),
        top_k=draw(st.none() | st.integers(1, 500)),
        stop=draw(st.lists(make.words, max_size=2)),
        tools=offered or [Tool(name="x", parameters={"type": "object", "properties": {}})],
        tool_choice=draw(st.sampled_from(choices)) if offered else None,
        format=None if schema is None else Format(kind="schema", schema=schema, name=draw(make.names)),
        metadata=draw(st.none() | st.dictionaries(make.names, make.names, min_size=1, max_size=2)),
        service_tier=draw(st.sampled_from(["", "flex", "priority"])),
    )
    if draw(st.booleans()):
        own = draw(st.sets(st.sampled_from(OWN), min_size=1))
        request.extras = {"bedrock-converse": {name: {"a": 1} for name in own}}
    return request


@settings(max_examples=80, deadline=None)
@given(requests())
def test_a_request_survives(request: Request) -> None:
    encoded = BEDROCK_CONVERSE.encode_request(request, TRAITS)
    assert encoded.dropped == []
    body = json.loads(json.dumps(encoded.body))
    assert BEDROCK_CONVERSE.decode_request(body, MODEL, request.stream) == request


@pytest.mark.parametrize(
    "wish", [Reasoning(enabled=True, budget=4000), Reasoning(enabled=False)], ids=["thinks", "does not"]
)
def test_a_wish_to_think_survives(wish: Reasoning) -> None:
    request = Request(model=MODEL, messages=[Message(role="user", parts=[Text(text="x")])], reasoning=wish)
    encoded = BEDROCK_CONVERSE.encode_request(request, TRAITS)
    assert BEDROCK_CONVERSE.decode_request(encoded.body, MODEL, False) == request


@st.composite
def responses(draw: st.DrawFn) -> Response:
    read, written, hour = (draw(st.integers(0, 1000)) for _ in range(3))
    return Response(
        choices=[
            Choice(
                parts=draw(st.lists(make.texts | thoughts | make.calls | images, max_size=4)),
                finish="length",
                native_finish="max_tokens",
                stop_sequence=draw(st.just("")),
            )
        ],
        usage=Usage(
            input=read + written + hour + draw(st.integers(0, 100)),
            output=draw(st.integers(0, 100)),
            cached_read=read,
            cache_write=written + hour,
            cache_write_1h=hour,
        ),
        extras={"bedrock-converse": {"metrics": {"latencyMs": 5}}},
    )


@settings(max_examples=80, deadline=None)
@given(responses())
def test_an_answer_survives(response: Response) -> None:
    body = json.loads(json.dumps(BEDROCK_CONVERSE.encode_response(response, CONTEXT)))
    assert BEDROCK_CONVERSE.decode_response(body) == response


@settings(max_examples=80, deadline=None)
@given(responses(), st.integers(1, 200))
def test_a_stream_survives_at_any_split(response: Response, size: int) -> None:
    encoder, decoder, frames = BEDROCK_CONVERSE.encoder(CONTEXT), BEDROCK_CONVERSE.decoder(), Frames()
    raw = b"".join(encoder.encode(event) for event in events_of(response))
    pieces = [raw[at : at + size] for at in range(0, len(raw), size)]
    told = [pair for piece in pieces for pair in frames.feed(piece)]
    events = [event for name, data in told for event in decoder.feed(name, data)]
    assert assemble([*events, *decoder.end()]) == response


WORDS = (
    *("role", "content", "text", "image", "document", "source", "bytes", "format", "name", "type", "input", "json"),
    *("toolUse", "toolUseId", "toolResult", "toolSpec", "tool", "inputSchema", "cachePoint", "reasoningContent"),
    *("reasoningText", "citationsContent", "citations", "location", "searchResult"),
)
ROUGH: st.SearchStrategy[Any] = st.recursive(
    make.scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4),
    max_leaves=20,
)
MEMBERS = (
    *("messages", "system", "inferenceConfig", "toolConfig", "outputConfig", "serviceTier"),
    "additionalModelRequestFields",
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from([*MEMBERS, *OWN]), ROUGH | st.lists(ROUGH, max_size=3)))
def test_a_broken_request_is_a_bad_request(body: dict[str, Any]) -> None:
    with contextlib.suppress(BadRequest):
        BEDROCK_CONVERSE.decode_request(body, MODEL, False)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from(["output", "usage", "stopReason", "metrics", "serviceTier"]), ROUGH))
def test_a_broken_answer_is_a_bad_request(body: dict[str, Any]) -> None:
    with contextlib.suppress(BadRequest):
        BEDROCK_CONVERSE.decode_response(body)


NAMES = ["messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockStop", "messageStop", "metadata"]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(NAMES), ROUGH | make.objects), max_size=6))
def test_a_broken_stream_raises_nothing(events: list[tuple[str, Any]]) -> None:
    decoder = BEDROCK_CONVERSE.decoder()
    for name, data in events:
        decoder.feed(name, json.dumps(data).encode())
    decoder.end()
