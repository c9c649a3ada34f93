"""What must hold for any value: nothing is lost on the way there and back, and nothing broken gets further than a
BadRequest."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from conduit_desktop.errors import BadRequest
from conduit_desktop.wire import events as e
from conduit_desktop.wire.assemble import Assembler, assemble, events_of
from conduit_desktop.wire.dialects.base import Context
from conduit_desktop.wire.dialects.responses import OPENAI_RESPONSES as DIALECT
from conduit_desktop.wire.framing import Events
from conduit_desktop.wire.messages import (
    Choice,
    Citation,
    Message,
    Part,
    Reasoning,
    Refusal,
    Request,
    Response,
    Text,
    Thinking,
    ToolCall,
)
from conduit_desktop.wire.traits import Traits
from tests.unit.wire.dialects import canonical as c
from tests.unit.wire.dialects.recorded import decoded

quick = settings(max_examples=40, deadline=None)
CONTEXT = Context(request=Request(model="m"), seed="s", now=1)
TRAITS = Traits(thinking="effort")

summaries = st.builds(
    Thinking, sections=st.lists(c.words, min_size=1, max_size=3), summarised=st.just(True), encrypted=c.names
)
signed = st.builds(
    Thinking, sections=st.lists(c.words, min_size=1, max_size=1), summarised=st.just(True), signature=c.names
)
cited = st.builds(
    Text,
    text=c.words,
    citations=st.lists(st.builds(Citation, url=c.names, title=c.words, start=st.just(0), end=st.just(1))),
)
refusals = st.builds(Refusal, text=c.words)
customs = st.builds(ToolCall, id=c.names, name=c.names, arguments=c.words, custom=st.just(True))
signed_calls = st.builds(ToolCall, id=c.names, name=c.names, arguments=c.objects.map(c.arguments), signature=c.names)
parts: st.SearchStrategy[Part] = cited | refusals | summaries | signed | c.calls | customs | signed_calls


def _distinct(found: list[Part]) -> bool:
    ids = [part.id for part in found if isinstance(part, ToolCall)]
    return len(ids) == len(set(ids))


answers = st.builds(
    Response,
    id=c.names.map("resp_{}".format),
    model=c.names,
    created=st.integers(0, 2**31),
    service_tier=st.just("default"),
    usage=c.usages,
    choices=st.builds(
        lambda found, finish: [Choice(parts=found, finish=finish)],
        st.lists(parts, max_size=5).filter(_distinct),
        st.sampled_from(["stop", "length", "content_filter"]),
    ),
)


def bare(response: Response) -> Any:
    """An answer without notes and ids of items, and without what only the wire adds."""
    kept = msgspec.structs.replace(response, extras={})
    for choice in kept.choices:
        choice.native_finish = ""
        choice.finish = "stop" if choice.finish == "tool_calls" else choice.finish
        for part in choice.parts:
            part.extras = {}
            if isinstance(part, Thinking):
                part.id = ""
                part.summarised = part.summarised and bool(part.sections)
            if isinstance(part, Text):
                for citation in part.citations:
                    citation.native, citation.origin = None, ""
    return msgspec.to_builtins(kept)


@quick
@given(answers)
def test_an_answer_comes_back(response: Response) -> None:
    again = DIALECT.decode_response(json.loads(json.dumps(DIALECT.encode_response(response, CONTEXT))))
    assert bare(again) == bare(response)


@quick
@given(answers)
def test_a_stream_comes_back(response: Response) -> None:
    encoder = DIALECT.encoder(CONTEXT)
    raw = b"".join(encoder.encode(event) for event in events_of(response))
    assert bare(assemble(decoded(DIALECT, Events(), [raw]))) == bare(response)


@quick
@given(answers, st.data())
def test_a_stream_that_is_cut_never_looks_whole(response: Response, data: st.DataObject) -> None:
    encoder = DIALECT.encoder(CONTEXT)
    pieces = Events().feed(b"".join(encoder.encode(event) for event in events_of(response)))
    cut = data.draw(st.integers(0, len(pieces) - 1))
    decoder = DIALECT.decoder()
    events = [event for name, told in pieces[:cut] for event in decoder.feed(name, told)] + decoder.end()
    assert isinstance(events[-1], e.Failed)


@quick
@given(answers, st.randoms(use_true_random=False))
def test_overlapping_parts_come_whole(response: Response, random: Any) -> None:
    """The events of parts in any order that keeps each part's own."""
    events = list(events_of(response))
    opens = [event for event in events if isinstance(event, e.Open)]
    queues = [[event for event in events if getattr(event, "index", None) == each.index] for each in opens]
    mixed: list[e.Event] = [events[0]]
    while queues := [queue for queue in queues if queue]:
        front = next(iter(queues))
        mixed.append((front if isinstance(front[0], e.Open) else random.choice(queues)).pop(0))
    mixed += [event for event in events[1:] if not hasattr(event, "index")]
    encoder = DIALECT.encoder(CONTEXT)
    raw = b"".join(encoder.encode(event) for event in mixed)
    told = [json.loads(data) for _, data in Events().feed(raw)]
    assert [each["sequence_number"] for each in told] == list(range(len(told)))
    added = [each["output_index"] for each in told if each["type"] == "response.output_item.added"]
    done = [each["output_index"] for each in told if each["type"] == "response.output_item.done"]
    assert added == sorted(done) == list(range(len(added)))
    items = {each["output_index"]: each["item"] for each in told if each["type"] == "response.output_item.done"}
    assert told[-1]["response"]["output"] == [items[at] for at in sorted(items)]


requests = st.builds(
    Request,
    model=c.names,
    messages=st.builds(
        lambda system, turns, last: [*system, *turns, last],
        st.lists(c.systems, max_size=1),
        st.lists(
            st.builds(Message, role=st.just("user"), parts=c.texts.map(lambda part: [part])),
            max_size=2,
        ),
        st.builds(
            lambda text, calls: Message(role="assistant", parts=[text, *calls]),
            c.texts,
            st.lists(c.calls, max_size=2, unique_by=lambda call: call.id),
        ),
    ),
    stream=st.booleans(),
    max_tokens=st.none() | st.integers(16, 10**6),
    temperature=st.none() | st.sampled_from([0, 0.5, 1]),
    tools=st.lists(c.tools, max_size=2, unique_by=lambda tool: tool.name),
    format=st.none() | c.formats,
    reasoning=st.none() | st.just(Reasoning(effort="low")),
    user=c.names | st.just(""),
    store=st.booleans(),
    metadata=st.none() | st.dictionaries(c.names, c.words, max_size=2),
)


def asked(request: Request) -> Any:
    """A request without what the wire adds: names and strictness that it demands."""
    kept = msgspec.structs.replace(request, extras={})
    for tool in kept.tools:
        tool.strict = tool.strict or None
    if kept.format is not None:
        kept.format.name = kept.format.name or "answer"
    return msgspec.to_builtins(kept)


@quick
@given(requests)
def test_a_request_comes_back(request: Request) -> None:
    encoded = DIALECT.encode_request(request, TRAITS)
    assert not encoded.dropped
    again = DIALECT.decode_request(json.loads(json.dumps(encoded.body)), None, None)
    assert asked(again) == asked(request)


MEMBERS = (
    "input",
    "instructions",
    "tools",
    "tool_choice",
    "text",
    "reasoning",
    "include",
    "stream",
    "metadata",
    "user",
)
KINDS = st.sampled_from(
    ["message", "reasoning", "function_call", "function_call_output", "input_text", "function", "x"]
)
broken: st.SearchStrategy[Any] = st.recursive(
    c.scalars | KINDS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["type", "role", "content", "text", "output", "summary", "name", "arguments", "tools", "format"]
            ),
            inner | KINDS | st.sampled_from(["user", "assistant"]),
            max_size=4,
        )
    ),
    max_leaves=12,
)


@quick
@given(st.dictionaries(st.sampled_from(MEMBERS), broken, max_size=5))
def test_a_broken_request_is_a_bad_request(body: dict[str, Any]) -> None:
    try:
        request = DIALECT.decode_request({"model": "m", **body}, None, None)
    except BadRequest:
        return
    try:
        DIALECT.encode_request(request, TRAITS)
    except BadRequest:
        return


@quick
@given(broken)
def test_a_broken_answer_is_a_bad_request(body: Any) -> None:
    for answer in (body, {"output": body}, {"output": [body]}):
        try:
            DIALECT.decode_response(answer)
        except BadRequest:
            continue


EVENTS = st.sampled_from(
    [
        "response.created",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.annotation.added",
        "response.function_call_arguments.delta",
        "response.reasoning_summary_text.delta",
        "response.output_item.done",
        "response.completed",
        "response.failed",
        "error",
    ]
)
steps = st.fixed_dictionaries(
    {"type": EVENTS},
    optional={
        "output_index": st.integers(0, 2) | broken,
        "item": broken,
        "part": broken,
        "delta": c.words | broken,
        "response": broken,
        "annotation": broken,
        "logprobs": broken,
    },
)


@quick
@given(st.lists(steps, max_size=6))
def test_a_broken_stream_ends_in_a_failure(told: list[dict[str, Any]]) -> None:
    decoder = DIALECT.decoder()
    events = [event for each in told for event in decoder.feed(each["type"], json.dumps(each).encode())]
    events += decoder.end()
    assert isinstance(events[-1], e.Failed | e.End)
    assembler = Assembler()
    assembler.add(events)
    assert assembler.whole or assembler.failure is not None
