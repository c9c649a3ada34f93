"""Whatever comes: reading what was written gives it back, and nothing broken does worse than a BadRequest."""

from __future__ import annotations

import base64
import contextlib
import json
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from conduit_desktop.errors import BadRequest
from conduit_desktop.wire import events as e
from conduit_desktop.wire.assemble import assemble, events_of
from conduit_desktop.wire.dialects.base import Context
from conduit_desktop.wire.dialects.gemini import GEMINI
from conduit_desktop.wire.dialects.gemini.schemas import parameters_schema, plain_schema, to_json_schema
from conduit_desktop.wire.dialects.gemini.words import write_finish
from conduit_desktop.wire.framing import Array, Events, Splitter
from conduit_desktop.wire.messages import (
    Choice,
    Finish,
    Format,
    Logprob,
    Media,
    Message,
    Part,
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
from conduit_desktop.wire.usage import Usage

FEW = settings(max_examples=40, deadline=None)
TRAITS = Traits(kind="vertex", thinking="budget")
CONTEXT = Context(request=Request(model="m"), seed="s")
WORDS = st.text(min_size=1, max_size=20)
NAMES = st.from_regex(r"[a-z_][a-z0-9_]{0,10}", fullmatch=True)
BASE64 = st.binary(min_size=1, max_size=12).map(lambda data: base64.b64encode(data).decode())
SIGNATURES = st.just("") | BASE64
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**31), 2**31)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
ARGUMENTS = st.dictionaries(st.text(max_size=6), JSON, max_size=3).map(
    lambda found: msgspec.json.encode(found).decode()
)
MEDIA = st.builds(
    Media,
    kind=st.just("image"),
    media_type=st.sampled_from(["image/png", "image/jpeg"]),
    data=BASE64,
    signature=SIGNATURES,
)
TEXTS = st.builds(Text, text=WORDS, signature=SIGNATURES)


def apart(parts: list[Part]) -> list[Part]:
    """Parts of which no two neighbours are words: those would be one."""
    kinds: list[type] = []
    out: list[Part] = []
    for part in parts:
        if not (kinds and kinds[-1] is type(part) and isinstance(part, Text | Thinking)):
            out.append(part)
            kinds.append(type(part))
    return out


@st.composite
def conversations(draw: st.DrawFn) -> list[Message]:
    out = []
    if draw(st.booleans()):
        out.append(
            Message(role="system", parts=[Text(text=text) for text in draw(st.lists(WORDS, min_size=1, max_size=2))])
        )
    for turn in range(draw(st.integers(1, 3))):
        out.append(Message(role="user", parts=draw(st.lists(TEXTS | MEDIA, min_size=1, max_size=3))))
        calls = [
            ToolCall(id=f"id_{turn}_{at}", name=name, arguments=draw(ARGUMENTS), signature=draw(SIGNATURES))
            for at, name in enumerate(draw(st.lists(NAMES, max_size=3)))
        ]
        thought = [Thinking(sections=[draw(WORDS)], summarised=True)] if draw(st.booleans()) else []
        said: list[Part] = [*thought, draw(TEXTS), *calls]
        out.append(Message(role="assistant", parts=said))
        if calls:
            results: list[Part] = [
                ToolResult(
                    call_id=call.id,
                    name=call.name,
                    parts=[Text(text=draw(WORDS.filter(lambda text: not text.lstrip().startswith("{"))))],
                    failed=draw(st.sampled_from([None, True])),
                )
                for call in calls
            ]
            out.append(Message(role="tool", parts=results))
    return out


SCHEMAS = st.dictionaries(
    NAMES, st.sampled_from([{"type": "string"}, {"type": ["integer", "null"]}]), min_size=1, max_size=3
).map(lambda properties: {"type": "object", "properties": properties})
NUMBERS = st.none() | st.floats(0, 2)
COUNTS = st.none() | st.integers(1, 10**6)


@st.composite
def requests(draw: st.DrawFn) -> Request:
    names = draw(st.lists(NAMES, max_size=3, unique=True))
    choices = st.none() | st.sampled_from([ToolChoice(mode=mode) for mode in ("auto", "none", "required")])
    return Request(
        model="gemini-2.5-flash",
        messages=draw(conversations()),
        max_tokens=draw(COUNTS),
        temperature=draw(NUMBERS),
        top_p=draw(NUMBERS),
        top_k=draw(COUNTS),
        n=draw(COUNTS),
        seed=draw(COUNTS),
        stop=draw(st.lists(WORDS, max_size=2)),
        frequency_penalty=draw(NUMBERS),
        presence_penalty=draw(NUMBERS),
        logprobs=draw(st.sampled_from([None, True])),
        tools=[
            Tool(name=name, description=draw(st.text(max_size=9)), parameters=draw(st.none() | SCHEMAS))
            for name in names
        ],
        tool_choice=draw(choices) if names else None,
        format=draw(st.none() | st.just(Format()) | SCHEMAS.map(lambda schema: Format(kind="schema", schema=schema))),
        reasoning=draw(
            st.sampled_from(
                [None, Reasoning(enabled=True, budget=-1, visible=True), Reasoning(enabled=False, budget=0)]
            )
        ),
        service_tier=draw(st.sampled_from(["", "default", "flex", "priority"])),
        metadata=draw(st.none() | st.dictionaries(NAMES, NAMES, min_size=1, max_size=2)),
    )


@FEW
@given(requests())
def test_a_request_comes_back(request: Request) -> None:
    encoded = GEMINI.encode_request(request, TRAITS)
    assert not encoded.dropped
    body = json.loads(msgspec.json.encode(encoded.body))
    assert GEMINI.decode_request(body, request.model, None) == request


@st.composite
def answers(draw: st.DrawFn) -> Response:
    choices = []
    for index in range(draw(st.integers(1, 2))):
        thinking = st.builds(
            Thinking, sections=st.lists(WORDS, min_size=1, max_size=1), summarised=st.just(True), signature=SIGNATURES
        )
        calls = st.builds(ToolCall, id=NAMES, name=NAMES, arguments=ARGUMENTS, signature=SIGNATURES)
        parts = apart(draw(st.lists(TEXTS | thinking | calls | MEDIA, min_size=1, max_size=5)))
        called = any(isinstance(part, ToolCall) for part in parts)
        ends: list[Finish] = ["length", "content_filter", "tool_calls" if called else "stop"]
        finish = draw(st.sampled_from(ends))
        top = st.builds(Logprob, token=WORDS, logprob=st.floats(-9, 0))
        logprobs = draw(
            st.none()
            | st.lists(
                st.builds(Logprob, token=WORDS, logprob=st.floats(-9, 0), top=st.lists(top, min_size=1, max_size=2)),
                min_size=1,
                max_size=2,
            )
        )
        choices.append(
            Choice(index=index, parts=parts, finish=finish, native_finish=write_finish(finish, ""), logprobs=logprobs)
        )
    reasoning = draw(st.integers(0, 50))
    tier = draw(st.sampled_from(["", "flex"]))
    usage = Usage(
        input=draw(st.integers(0, 99)),
        output=reasoning + draw(st.integers(0, 99)),
        reasoning=reasoning,
        service=tier,
    )
    return Response(id="r", model="m", choices=choices, usage=usage, service_tier=tier)


@FEW
@given(answers())
def test_an_answer_comes_back(answer: Response) -> None:
    written = json.loads(msgspec.json.encode(GEMINI.encode_response(answer, CONTEXT)))
    assert GEMINI.decode_response(written) == answer


@FEW
@given(answers(), st.booleans(), st.integers(1, 50))
def test_a_stream_comes_back_at_any_split_and_cut(answer: Response, sse: bool, size: int) -> None:
    encoder = GEMINI.encoder(msgspec.structs.replace(CONTEXT, sse=sse))
    raw = b"".join(encoder.encode(event) for event in events_of(answer))
    decoder, splitter = GEMINI.decoder(), _splitter(sse)
    told = [each for at in range(0, len(raw), size) for each in splitter.feed(raw[at : at + size])]
    events = [event for name, data in told for event in decoder.feed(name, data)] + decoder.end()
    assert isinstance(events[-1], e.End)
    answer.service_tier = assemble(events).service_tier  # which the first chunk does not know yet
    assert assemble(events) == answer
    for cut in range(len(told)):
        decoder = GEMINI.decoder()
        out = [event for name, data in told[:cut] for event in decoder.feed(name, data)] + decoder.end()
        assert isinstance(out[-1], e.Failed)


def _splitter(sse: bool) -> Splitter:
    return Events() if sse else Array()


MEMBERS = st.sampled_from(
    [
        "contents",
        "parts",
        "role",
        "text",
        "functionCall",
        "function_call",
        "args",
        "name",
        "functionResponse",
        "response",
        "inlineData",
        "mimeType",
        "data",
        "tools",
        "functionDeclarations",
        "parameters",
        "type",
        "properties",
        "anyOf",
        "generationConfig",
        "topP",
        "thinkingConfig",
        "thinkingBudget",
        "toolConfig",
        "functionCallingConfig",
        "mode",
        "systemInstruction",
        "thoughtSignature",
        "thought",
        "fileData",
        "fileUri",
        "candidates",
        "index",
        "content",
        "finishReason",
        "groundingMetadata",
        "groundingChunks",
        "groundingSupports",
        "segment",
        "startIndex",
        "endIndex",
        "usageMetadata",
        "promptTokenCount",
        "logprobsResult",
        "chosenCandidates",
        "topCandidates",
        "promptFeedback",
        "blockReason",
        "citationMetadata",
        "citations",
        "error",
        "code",
        "message",
        "status",
        "details",
        "responseSchema",
        "responseMimeType",
        "speechConfig",
        "createTime",
        "serviceTier",
    ]
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["user", "model", "OBJECT"])
)
BROKEN = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(MEMBERS, inner, max_size=4), max_leaves=25
)


@FEW
@given(st.dictionaries(MEMBERS, BROKEN, max_size=5))
def test_a_broken_request_is_a_bad_request(body: dict[str, Any]) -> None:
    with contextlib.suppress(BadRequest):
        GEMINI.encode_request(GEMINI.decode_request(body, None, None), TRAITS)
    with contextlib.suppress(BadRequest):
        GEMINI.decode_request({"contents": [{"role": "model", "parts": [body]}, body]}, None, None)


@FEW
@given(st.dictionaries(MEMBERS, BROKEN, max_size=5), st.integers(400, 599))
def test_a_broken_answer_is_told(body: dict[str, Any], status: int) -> None:
    for found in (body, {"candidates": [body]}, {"candidates": [{"content": {"parts": [body]}, **body}]}):
        with contextlib.suppress(BadRequest):
            GEMINI.decode_response(found)
        decoder = GEMINI.decoder()
        events = decoder.feed("", msgspec.json.encode(found)) + decoder.end()
        assert isinstance(events[-1], e.Failed | e.End)
    assert GEMINI.decode_error(status, body).status == status
    assert GEMINI.decode_error(status, {"error": body}).message


@FEW
@given(BROKEN)
def test_any_schema_can_be_written(schema: Any) -> None:
    with contextlib.suppress(BadRequest):
        to_json_schema(schema)
    if isinstance(schema, dict):
        plain_schema(schema)
        parameters_schema(schema)


def test_a_schema_that_grows_without_end_is_cut() -> None:
    bomb = {
        "$defs": {
            f"d{n}": {"type": "object", "properties": {f"{x}": {"$ref": f"#/$defs/d{n + 1}"} for x in range(9)}}
            for n in range(20)
        }
    }
    assert len(msgspec.json.encode(plain_schema({**bomb, "$ref": "#/$defs/d0"}))) < 200_000
    loop = plain_schema({"type": "object", "properties": {"me": {"$ref": "#"}}})
    assert loop["$defs"]["root"]["properties"]["me"] == {"$ref": "#/$defs/root"}
