"""Whatever comes: reading what was written gives it back, and nothing broken does worse than a BadRequest."""

from __future__ import annotations

import contextlib
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from conduit_desktop.errors import BadRequest, UpstreamError
from conduit_desktop.wire import events as e
from conduit_desktop.wire.assemble import assemble, events_of
from conduit_desktop.wire.dialects.base import Context, Dialect
from conduit_desktop.wire.dialects.chat import OPENAI_CHAT
from conduit_desktop.wire.dialects.chat.streams import ChatDecoder
from conduit_desktop.wire.dialects.completions import COMPLETIONS
from conduit_desktop.wire.framing import Events
from conduit_desktop.wire.messages import (
    Cache,
    Choice,
    Citation,
    Finish,
    Format,
    Logprob,
    Media,
    Message,
    Part,
    Reasoning,
    Refusal,
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
from tests.unit.wire.dialects.canonical import arguments, base64s, json_values, names, objects, schemas, words

FEW = settings(max_examples=40, deadline=None)
ALL = Traits(
    kind="openrouter",
    thinking="openrouter",
    reasoning_back="reasoning_details",
    cache_markers=True,
    takes=frozenset({"top_k", "min_p", "repetition_penalty", "video"}),
)
CONTEXT = Context(request=Request(model="m", stream_usage=True), seed="s", now=7)
DIALECTS = st.sampled_from([OPENAI_CHAT, COMPLETIONS])
# What begins like a tag of thoughts is read as one.
said = words.filter(lambda text: not text.lstrip().startswith("<") and bool(text.strip()))
seals = st.just("") | names
caches = st.none() | st.builds(Cache, ttl=st.sampled_from(["", "5m", "1h"]))
calls = st.builds(ToolCall, id=names, name=names, arguments=objects.map(arguments), signature=seals)
plain_thoughts = st.builds(Thinking, sections=st.lists(words, min_size=1, max_size=1))
sealed_thoughts = (
    st.builds(
        Thinking,
        sections=st.lists(words, min_size=1, max_size=3),
        summarised=st.booleans(),
        signature=names,
    )
    | st.builds(
        Thinking, sections=st.lists(words, max_size=3), summarised=st.just(True), id=names, encrypted=names
    ).filter(lambda part: len(part.sections) != 0)
    | st.builds(Thinking, encrypted=names, id=seals)
)


def distinct(parts: list[Any]) -> bool:
    """Whether no two parts have the same id: two such parts are one."""
    ids = [part.id for part in parts if part.id]
    return len(ids) == len(set(ids))


thoughts = st.lists(sealed_thoughts, max_size=3).filter(distinct)
media = (
    st.builds(Media, media_type=st.just("image/png"), data=base64s, detail=st.sampled_from(["", "low"]), cache=caches)
    | st.builds(Media, url=st.just("https://a/b.png"))
    | st.builds(Media, kind=st.just("audio"), media_type=st.just("audio/wav"), data=base64s)
    | st.builds(
        Media, kind=st.just("document"), media_type=st.just("application/pdf"), data=base64s, name=st.just("a.pdf")
    )
    | st.builds(Media, kind=st.just("video"), url=st.just("https://a/b.mp4"))
)
texts = st.builds(Text, text=said, cache=caches)
users = st.builds(Message, role=st.just("user"), parts=st.lists(texts | media, min_size=1, max_size=3), name=seals)
systems = st.builds(Message, role=st.just("system"), parts=texts.map(lambda part: [part]), name=seals)


@st.composite
def assistants(draw: st.DrawFn) -> Message:
    text = draw(st.lists(st.builds(Text, text=said, signature=seals), max_size=1))
    called = draw(st.lists(calls, min_size=not text, max_size=2, unique_by=lambda call: call.id))
    return Message(role="assistant", parts=[*draw(thoughts), *text, *called])


results = st.builds(ToolResult, call_id=names, parts=st.builds(Text, text=words).map(lambda part: [part]))
tool_turns = st.builds(Message, role=st.just("tool"), parts=st.lists(results, min_size=1, max_size=2))


@st.composite
def conversations(draw: st.DrawFn) -> list[Message]:
    turns = draw(st.lists(users | assistants() | tool_turns | systems, min_size=1, max_size=5))
    kept = [turns[0]]
    for turn in turns[1:]:
        if not turn.role == kept[-1].role == "tool":
            kept.append(turn)
    return kept


tools = st.builds(
    Tool,
    name=names,
    description=words | st.just(""),
    parameters=schemas,
    strict=st.none() | st.booleans(),
    cache=caches,
)
wishes = (
    st.builds(Reasoning, effort=st.sampled_from(["minimal", "low", "medium", "high", "xhigh"]))
    | st.builds(Reasoning, budget=st.integers(1, 10**6), visible=st.just(False))
    | st.builds(Reasoning, enabled=st.booleans())
)
formats = st.builds(
    Format, kind=st.just("schema"), name=names, schema=schemas, strict=st.none() | st.booleans(), description=seals
)
numbers = st.none() | st.floats(-2, 2)
counts = st.none() | st.integers(0, 10**6)


@st.composite
def requests(draw: st.DrawFn) -> Request:
    offered = draw(st.lists(tools, max_size=3, unique_by=lambda tool: tool.name))
    choice = None
    if offered:
        chosen = st.builds(ToolChoice, mode=st.sampled_from(["auto", "none", "required"]))
        named = st.builds(
            ToolChoice,
            mode=st.just("required"),
            names=st.lists(st.sampled_from([tool.name for tool in offered]), min_size=1, max_size=2, unique=True),
        )
        choice = draw(st.none() | chosen | named)
    return Request(
        model="m",
        messages=draw(conversations()),
        stream=draw(st.booleans()),
        max_tokens=draw(counts),
        temperature=draw(numbers),
        top_p=draw(numbers),
        top_k=draw(counts),
        min_p=draw(numbers),
        n=draw(counts),
        stop=draw(st.lists(words, max_size=2)),
        seed=draw(counts),
        frequency_penalty=draw(numbers),
        presence_penalty=draw(numbers),
        repetition_penalty=draw(numbers),
        logit_bias=draw(st.none() | st.dictionaries(names, st.integers(-100, 100).map(float), max_size=2)),
        logprobs=draw(st.just(True)),
        top_logprobs=draw(counts),
        tools=offered,
        tool_choice=choice,
        parallel_tools=draw(st.booleans()) if offered else None,
        format=draw(st.none() | formats),
        reasoning=draw(st.none() | wishes),
        verbosity=draw(st.sampled_from(["", "low"])),
        modalities=draw(st.sampled_from([[], ["text", "audio"]])),
        audio=draw(st.none() | st.just({"voice": "alloy", "format": "wav"})),
        user=draw(seals),
        metadata=draw(st.none() | st.dictionaries(names, words, max_size=2)),
        service_tier=draw(st.sampled_from(["", "flex"])),
        store=draw(st.none() | st.booleans()),
        cache_key=draw(seals),
        extras=draw(st.sampled_from([{}, {"openai-chat": {"prediction": {"type": "content", "content": "x"}}}])),
    )


@FEW
@given(requests())
def test_a_request_that_is_written_and_read_is_the_same(request: Request) -> None:
    encoded = OPENAI_CHAT.encode_request(request, ALL)
    json.dumps(encoded.body)
    request.stream_usage = True if request.stream else None
    assert OPENAI_CHAT.decode_request(encoded.body, None, None) == request
    assert not encoded.dropped


# ---------------------------------------------------------------- answers


logprobs = st.builds(
    Logprob,
    token=words,
    logprob=st.floats(-50, 0),
    bytes=st.none() | st.lists(st.integers(0, 255), max_size=3),
    top=st.lists(st.builds(Logprob, token=words, logprob=st.floats(-50, 0)), max_size=2),
)
citations = st.builds(
    lambda url, title, quote, place: Citation(
        url=url, title=title, quote=quote, start=place[0], end=place[1], origin="openai-chat"
    ),
    st.just("https://a"),
    seals,
    seals,
    st.sampled_from([(None, None), (0, 1), (1, 3)]),
)


@st.composite
def choices(draw: st.DrawFn, index: int) -> Choice:
    parts: list[Part] = list(draw(thoughts | st.lists(plain_thoughts, max_size=1)))
    finish: Finish = draw(st.sampled_from(["stop", "length", "content_filter"]))
    parts += draw(
        st.lists(st.builds(Text, text=said, citations=st.lists(citations, max_size=2), signature=seals), max_size=1)
    )
    if not any(isinstance(part, Text) for part in parts):
        parts += draw(st.lists(st.builds(Refusal, text=words), max_size=1))
    parts += draw(
        st.lists(
            st.builds(Media, kind=st.just("audio"), id=st.just("audio_1"), data=base64s, transcript=words,
                      expires=st.integers(1, 9)),
            max_size=1,
        )
    )  # fmt: skip
    found = draw(st.lists(calls, max_size=2, unique_by=lambda call: call.id))
    if found:
        parts += found
        finish = "tool_calls"
    return Choice(
        index=index,
        parts=parts,
        finish=finish,
        native_finish=finish,
        logprobs=draw(st.none() | st.lists(logprobs, min_size=1, max_size=2)),
        extras=draw(st.just({})),
    )


usages = st.builds(
    Usage,
    input=st.integers(0, 10**6),
    output=st.integers(0, 10**6),
    cached_read=st.integers(0, 99),
    cache_write=st.integers(0, 99),
    reasoning=st.integers(0, 99),
    audio_input=st.integers(0, 99),
    audio_output=st.integers(0, 99),
    image_input=st.integers(0, 99),
    searches=st.integers(0, 9),
    reported_cost=st.none() | st.integers(0, 10**12),
)


@st.composite
def responses(draw: st.DrawFn) -> Response:
    tier = draw(st.sampled_from(["", "flex"]))
    return Response(
        id="chatcmpl-1",
        model="m",
        created=draw(st.integers(1, 10**9)),
        choices=[draw(choices(index)) for index in range(draw(st.integers(1, 2)))],
        usage=replace(draw(usages), service=tier),
        service_tier=tier,
    )


def bare(response: Response) -> Response:
    """Without the citations' own words."""
    for choice in response.choices:
        for part in choice.parts:
            if isinstance(part, Text):
                for citation in part.citations:
                    citation.native = None
    return response


@FEW
@given(responses())
def test_an_answer_that_is_written_and_read_is_the_same(response: Response) -> None:
    body = json.loads(json.dumps(OPENAI_CHAT.encode_response(response, CONTEXT)))
    assert bare(OPENAI_CHAT.decode_response(body)) == response


@FEW
@given(responses())
def test_a_stream_that_is_written_and_read_is_the_same(response: Response) -> None:
    encoder = OPENAI_CHAT.encoder(CONTEXT)
    raw = b"".join(encoder.encode(event) for event in events_of(response))
    decoder, splitter = OPENAI_CHAT.decoder(), Events()
    events = [event for name, data in splitter.feed(raw) for event in decoder.feed(name, data)] + decoder.end()
    assert bare(assemble(events)) == response


plain_requests = st.builds(
    Request,
    model=st.just("m"),
    messages=words.map(lambda text: [Message(role="user", parts=[Text(text=text)])]),
    max_tokens=counts,
    temperature=numbers,
    top_k=counts,
    stop=st.lists(words, max_size=2),
    n=counts,
    seed=counts,
    user=seals,
)


@FEW
@given(plain_requests)
def test_completions_requests(request: Request) -> None:
    encoded = COMPLETIONS.encode_request(request, ALL)
    assert COMPLETIONS.decode_request(encoded.body, None, None) == request
    assert not encoded.dropped


@FEW
@given(st.lists(words, min_size=1, max_size=2), st.integers(0, 99))
def test_completions_answers(pieces: list[str], tokens: int) -> None:
    response = Response(
        id="cmpl-1",
        model="m",
        created=3,
        choices=[
            Choice(index=index, parts=[Text(text=text)], finish="length", native_finish="length")
            for index, text in enumerate(pieces)
        ],
        usage=Usage(input=tokens, output=tokens),
    )
    assert COMPLETIONS.decode_response(COMPLETIONS.encode_response(response, CONTEXT)) == response
    encoder, decoder, splitter = COMPLETIONS.encoder(CONTEXT), COMPLETIONS.decoder(), Events()
    raw = b"".join(encoder.encode(event) for event in events_of(response))
    events = [event for name, data in splitter.feed(raw) for event in decoder.feed(name, data)] + decoder.end()
    assert assemble(events) == response


# ---------------------------------------------------------------- anything at all


_MEMBERS = """
    model messages role content parts type text tool_calls id function name arguments index custom choices delta message
    finish_reason usage prompt_tokens completion_tokens total_tokens error code stream stop tools parameters tool_choice
    response_format json_schema schema reasoning_effort reasoning reasoning_details reasoning_content thinking url
    annotations url_citation image_url audio file file_data input_audio data logprobs top_logprobs token refusal images
    extra_content google thought_signature function_call functions n logit_bias max_tokens metadata stream_options
    include_usage prompt suffix echo citations search_results x_groq prompt_tokens_details cached_tokens
"""
_WORDS = """
    user assistant tool system function text image_url file input_audio thinking reference reasoning.text stop custom
    reasoning.summary reasoning.encrypted url_citation auto required <think> json_schema data:a;base64,b
"""
MEMBERS = st.sampled_from(_MEMBERS.split())
WORDS = st.sampled_from(_WORDS.split())
anything: st.SearchStrategy[Any] = st.recursive(
    json_values | WORDS | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(MEMBERS, inner, max_size=5),
    max_leaves=15,
)
bodies = st.dictionaries(MEMBERS, anything, max_size=6)
messages = st.fixed_dictionaries({"messages": st.lists(bodies, min_size=1, max_size=3)}) | bodies
answers = st.fixed_dictionaries({"choices": st.lists(bodies | anything, min_size=1, max_size=3)}) | bodies


@settings(max_examples=120, deadline=None)
@given(DIALECTS, bodies, messages)
def test_broken_requests_are_bad_requests(dialect: Dialect, more: Any, body: Any) -> None:
    with contextlib.suppress(BadRequest):
        request = dialect.decode_request({**more, **body}, None, None)
        dialect.encode_request(request, ALL)
        dialect.encode_request(request, Traits(openai_own=False, tool_ids="nine"))


@settings(max_examples=120, deadline=None)
@given(DIALECTS, answers)
def test_broken_answers_are_refused(dialect: Dialect, body: Any) -> None:
    with contextlib.suppress(BadRequest, UpstreamError):
        dialect.encode_response(dialect.decode_response(body), CONTEXT)
    dialect.decode_error(400, body)


@settings(max_examples=120, deadline=None)
@given(DIALECTS, st.lists(answers | anything, max_size=5))
def test_broken_streams_end_well_or_in_a_failure(dialect: Dialect, chunks: list[Any]) -> None:
    decoder, encoder = dialect.decoder(), dialect.encoder(CONTEXT)
    events: list[e.Event] = []
    for chunk in chunks:
        events += decoder.feed("", json.dumps(chunk).encode())
    events += decoder.end()
    assert isinstance(events[-1], e.End | e.Failed)
    assert sum(isinstance(event, e.Start) for event in events) <= 1
    opened: set[int] = set()
    for event in events:
        if isinstance(event, e.Open):
            assert event.index == len(opened)
            opened.add(event.index)
    assert b"".join(encoder.encode(event) for event in events)
    assemble(events)


@FEW
@given(st.binary(max_size=30))
def test_broken_bytes_are_failures(data: bytes) -> None:
    for event in OPENAI_CHAT.decoder().feed("", data):
        assert isinstance(event, e.Failed)


# ---------------------------------------------------------------- chunks of words

_DELTAS = st.fixed_dictionaries(
    {},
    optional={
        "content": st.sampled_from(["a", "", " <", "think>", "</think>", "é", None, 5, ["b"]]),
        "role": st.sampled_from(["assistant", None]),
        "refusal": st.sampled_from([None, "no"]),
        "reasoning_content": st.sampled_from([None, "", "hm"]),
        "reasoning": st.sampled_from([None, "hm"]),
        "tool_calls": st.sampled_from(
            [None, [], [{"index": 0, "id": "c", "function": {"name": "f", "arguments": ""}}]]
        ),
        "unheard_of": st.none(),
    },
)
_CHOICES = st.fixed_dictionaries(
    {"delta": _DELTAS},
    optional={
        "index": st.sampled_from([0, 1, None, 0.0, True, "0", -1]),
        "finish_reason": st.sampled_from([None, "", "stop"]),
        "logprobs": st.sampled_from([None, {"content": [{"token": "a", "logprob": -1.0, "top_logprobs": []}]}]),
        "stop_reason": st.sampled_from([None, "END"]),
        "message": st.none(),
    },
)
_CHUNKS = st.fixed_dictionaries(
    {"choices": st.lists(_CHOICES, max_size=2)},
    optional={
        "id": st.sampled_from(["x", None]),
        "model": st.just("m"),
        "usage": st.sampled_from([None, {}, {"prompt_tokens": 1, "completion_tokens": 2}]),
        "error": st.sampled_from([None, {"message": "no"}]),
        "obfuscation": st.just("xyz"),
        "citations": st.just(["https://a.example"]),
    },
)


@given(st.lists(_CHUNKS, max_size=8))
def test_a_chunk_of_words_says_what_looking_through_it_says(chunks: list[dict[str, Any]]) -> None:
    quick, thorough = OPENAI_CHAT.decoder(), ChatDecoder(lambda choice: choice)
    for chunk in chunks:
        data = json.dumps(chunk).encode()
        assert quick.feed("", data) == thorough.feed("", data)
    assert quick.feed("", b"[DONE]") == thorough.feed("", b"[DONE]")
