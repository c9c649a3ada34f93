"""Whatever comes: reading what was written gives it back, the real SDK takes what is written, and nothing broken does
worse than a BadRequest."""

from __future__ import annotations

import base64
import contextlib
import json
from typing import Any

import msgspec
from google.genai._gaos.types import interactions as sdk
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter

from conduit_desktop.errors import BadRequest
from conduit_desktop.wire import events as e
from conduit_desktop.wire.assemble import assemble, events_of
from conduit_desktop.wire.dialects.base import Context
from conduit_desktop.wire.dialects.interactions import INTERACTIONS
from conduit_desktop.wire.dialects.interactions.words import write_status
from conduit_desktop.wire.framing import Events
from conduit_desktop.wire.messages import (
    Choice,
    Citation,
    Finish,
    Format,
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
TRAITS = Traits(kind="gemini", thinking="level")
CONTEXT = Context(request=Request(model="m"), seed="s", now=1_764_000_000)
EVENT: TypeAdapter[Any] = TypeAdapter(sdk.InteractionSSEEvent)
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=20)
NAMES = st.from_regex(r"[a-z_][a-z0-9_]{0,10}", fullmatch=True)
BASE64 = (
    st.binary(min_size=1, max_size=12)
    .map(lambda data: base64.b64encode(data).decode())
    .filter(lambda text: not text.startswith(INTERACTIONS.mark.decode()))  # which Hypothesis finds in our source
)
SIGNATURES = st.just("") | BASE64 | WORDS
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**31), 2**31) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
ARGUMENTS = st.dictionaries(st.text(max_size=6), JSON, max_size=3).map(
    lambda found: msgspec.json.encode(found).decode()
)
IMAGES = st.builds(
    Media,
    kind=st.just("image"),
    media_type=st.sampled_from(["image/png", "image/jpeg"]),
    data=BASE64,
    detail=st.sampled_from(["", "low", "high"]),
)
SCHEMAS = st.dictionaries(
    NAMES, st.sampled_from([{"type": "string"}, {"type": ["integer", "null"]}]), min_size=1, max_size=3
).map(lambda properties: {"type": "object", "properties": properties})


def strange(found: Any) -> list[Any]:
    """What of a value the SDK has no type for."""
    if isinstance(found, list):
        return [each for inner in found for each in strange(inner)]
    if not isinstance(found, BaseModel):
        return []
    if getattr(found, "is_unknown", False):
        return [found]
    return [each for inner in vars(found).values() for each in strange(inner)]


def plain(parts: list[Part]) -> list[Part]:
    """The parts without what only notes in whose words they came."""
    for part in parts:
        if isinstance(part, Thinking):
            part.extras.clear()
        if isinstance(part, Text):
            part.citations = [msgspec.structs.replace(each, origin="", native=None) for each in part.citations]
    return parts


@st.composite
def cited(draw: st.DrawFn) -> Text:
    text = draw(WORDS)
    start = draw(st.integers(0, len(text)))
    end = draw(st.integers(start, len(text)))
    told = Citation(url="http://a.example/", title="A", start=start, end=end, text=text[start:end])
    return Text(text=text, citations=draw(st.sampled_from([[], [told]])))


@st.composite
def conversations(draw: st.DrawFn) -> list[Message]:
    out = [Message(role="system", parts=[Text(text=draw(WORDS))])] if draw(st.booleans()) else []
    for turn in range(draw(st.integers(1, 3))):
        out.append(Message(role="user", parts=draw(st.lists(st.builds(Text, text=WORDS) | IMAGES, min_size=1))))
        calls = [
            ToolCall(id=f"id_{turn}_{at}", name=name, arguments=draw(ARGUMENTS))
            for at, name in enumerate(draw(st.lists(NAMES, max_size=3)))
        ]
        thinking = st.builds(
            Thinking, sections=st.lists(WORDS, min_size=1, max_size=2), summarised=st.just(True), signature=BASE64
        )
        out.append(Message(role="assistant", parts=[*draw(st.lists(thinking, max_size=1)), draw(cited()), *calls]))
        if calls:
            results: list[Part] = [
                ToolResult(
                    call_id=call.id,
                    name=call.name,
                    parts=[Text(text=draw(WORDS)), *draw(st.lists(IMAGES, max_size=1))],
                    failed=draw(st.sampled_from([None, True, False])),
                )
                for call in calls
            ]
            out.append(Message(role="tool", parts=results))
    return out


@st.composite
def requests(draw: st.DrawFn) -> Request:
    names = draw(st.lists(NAMES, max_size=3, unique=True))
    choices = st.none() | st.sampled_from(
        [ToolChoice(mode=mode, names=some) for mode in ("auto", "none", "required") for some in ([], names)]
    )
    stream = draw(st.booleans())
    choice = draw(choices) if names else None
    return Request(
        model="gemini-3-flash",
        messages=draw(conversations()),
        stream=stream,
        stream_usage=stream or None,
        max_tokens=draw(st.none() | st.integers(1, 10**6)),
        temperature=draw(st.none() | st.floats(0, 2)),
        top_p=draw(st.none() | st.floats(0, 1)),
        seed=draw(st.none() | st.integers(1, 10**6)),
        stop=draw(st.lists(WORDS, max_size=2)),
        tools=[
            Tool(name=name, description=draw(st.text(max_size=9)), parameters=draw(st.none() | SCHEMAS))
            for name in names
        ],
        tool_choice=ToolChoice(mode="none") if choice and choice.mode == "none" else choice,
        format=draw(st.none() | st.just(Format()) | SCHEMAS.map(lambda schema: Format(kind="schema", schema=schema))),
        reasoning=draw(
            st.sampled_from(
                [None, *(Reasoning(enabled=True, effort=each, visible=True) for each in ("minimal", "low", "high"))]
            )
        ),
        service_tier=draw(st.sampled_from(["", "default", "flex", "priority"])),
        metadata=draw(st.none() | st.dictionaries(NAMES, NAMES, min_size=1, max_size=2)),
        store=draw(st.booleans()),
    )


@FEW
@given(requests())
def test_a_request_comes_back(request: Request) -> None:
    encoded = INTERACTIONS.encode_request(request, TRAITS)
    assert not encoded.dropped
    body = json.loads(msgspec.json.encode(encoded.body))
    found = INTERACTIONS.decode_request(body, None, None)
    for message in (*request.messages, *found.messages):
        plain(message.parts)
    assert found == request
    taken = sdk.CreateModelInteraction.model_validate(body)
    assert not strange(taken)


@st.composite
def answers(draw: st.DrawFn) -> Response:
    thinking = st.builds(
        Thinking,
        sections=st.lists(WORDS, min_size=1, max_size=1),
        summarised=st.just(True),
        signature=SIGNATURES,
        encrypted=SIGNATURES,
        id=st.just("") | NAMES,
    )
    calls = st.builds(ToolCall, id=NAMES, name=NAMES, arguments=ARGUMENTS, signature=SIGNATURES)
    texts = st.builds(Text, text=WORDS, signature=SIGNATURES)
    images = IMAGES.map(lambda each: msgspec.structs.replace(each, detail=""))
    parts: list[Part] = [*draw(st.lists(texts | thinking | calls | images, min_size=1, max_size=5))]
    called = any(isinstance(part, ToolCall) for part in parts)
    ends: list[Finish] = ["length", "tool_calls" if called else "stop", "error"]
    finish = draw(st.sampled_from(ends))
    reasoning, tier = draw(st.integers(0, 50)), draw(st.sampled_from(["", "flex"]))
    usage = Usage(
        service=tier,
        input=draw(st.integers(90, 99)),
        output=reasoning + draw(st.integers(0, 99)),
        reasoning=reasoning,
        cached_read=draw(st.integers(0, 9)),
        image_input=draw(st.integers(0, 9)),
        searches=draw(st.integers(0, 2)),
    )
    return Response(
        id="v1_r",
        model="m",
        created=1_700_000_000,
        choices=[Choice(parts=parts, finish=finish, native_finish=write_status(finish, "", called))],
        usage=usage,
        service_tier=tier,
    )


@FEW
@given(answers())
def test_an_answer_comes_back(answer: Response) -> None:
    written = json.loads(msgspec.json.encode(INTERACTIONS.encode_response(answer, CONTEXT)))
    found = INTERACTIONS.decode_response(written)
    plain(found.choices[0].parts)
    assert found == answer
    assert not strange(sdk.Interaction.model_validate(written))


@FEW
@given(answers(), st.integers(1, 50))
def test_a_stream_comes_back_at_any_split_and_cut(answer: Response, size: int) -> None:
    for part in answer.choices[0].parts:
        if isinstance(part, Thinking):
            part.id = ""  # which is told with the signature, when the thoughts have long begun
    encoder = INTERACTIONS.encoder(CONTEXT)
    raw = b"".join(encoder.encode(event) for event in events_of(answer))
    decoder, splitter = INTERACTIONS.decoder(), Events()
    told = [each for at in range(0, len(raw), size) for each in splitter.feed(raw[at : at + size])]
    events = [event for name, data in told for event in decoder.feed(name, data)] + decoder.end()
    assert isinstance(events[-1], e.End)
    found = assemble(events)
    # The first event does not tell when the answer was made and in which tier.
    found.created, found.service_tier, found.extras = answer.created, answer.service_tier, answer.extras
    plain(found.choices[0].parts)
    assert found == answer
    for name, data in told[:-1]:
        event = EVENT.validate_json(data)
        assert (event.event_type, strange(event)) == (name, [])
    for cut in range(len(told) - 2):
        decoder = INTERACTIONS.decoder()
        out = [event for name, data in told[:cut] for event in decoder.feed(name, data)] + decoder.end()
        assert isinstance(out[-1], e.Failed)


@FEW
@given(answers())
def test_what_a_client_sends_back_is_what_it_got(answer: Response) -> None:
    steps = INTERACTIONS.encode_response(answer, CONTEXT)["steps"]
    body = {"model": "m", "input": [{"type": "user_input", "content": []}, *steps]}
    (message,) = INTERACTIONS.decode_request(json.loads(msgspec.json.encode(body)), None, None).messages
    assert plain(message.parts) == answer.choices[0].parts


_MEMBERS = (
    "input type content text role parts user_input model_output thought function_call function_result arguments id "
    "call_id name result output is_error summary signature annotations url start_index end_index data uri mime_type "
    "resolution tools parameters description generation_config temperature thinking_level thinking_summaries "
    "tool_choice allowed_tools mode speech_config voice speakers response_format response_mime_type schema "
    "system_instruction labels store stream background steps status usage total_tokens input_tokens_by_modality "
    "modality tokens interaction event_type index step delta error code message metadata total_usage created model "
    "service_tier"
)
_KINDS = (
    "text image audio document thought function_call function_result google_search_call model_output user_input "
    "step.start step.delta step.stop interaction.created interaction.completed interaction.status_update error "
    "text_annotation_delta thought_summary thought_signature arguments_delta"
)
MEMBERS, KINDS = st.sampled_from(_MEMBERS.split()), st.sampled_from(_KINDS.split())
BROKEN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | KINDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(MEMBERS, inner, max_size=4),
    max_leaves=25,
)


@FEW
@given(st.dictionaries(MEMBERS, BROKEN, max_size=5), KINDS)
def test_a_broken_request_is_a_bad_request(body: dict[str, Any], kind: str) -> None:
    for found in (body, {"input": [{**body, "type": kind}, body]}, {"input": "x", "tools": [{**body, "type": kind}]}):
        with contextlib.suppress(BadRequest):
            INTERACTIONS.encode_request(INTERACTIONS.decode_request(found, None, None), TRAITS)


@FEW
@given(st.dictionaries(MEMBERS, BROKEN, max_size=5), KINDS, KINDS, st.integers(400, 599))
def test_a_broken_answer_is_told(body: dict[str, Any], event: str, kind: str, status: int) -> None:
    inner = {**body, "type": kind}
    with contextlib.suppress(BadRequest):
        INTERACTIONS.decode_response({"status": "completed", "steps": [inner, body]})
    decoder = INTERACTIONS.decoder()
    events: list[e.Event] = []
    for found in (
        {"event_type": "step.start", "index": 0, "step": inner},
        {"event_type": "step.delta", "index": 0, "delta": inner},
        {**body, "event_type": event},
    ):
        events += decoder.feed("", msgspec.json.encode(found))
    events += decoder.end()
    assert isinstance(events[-1], e.Failed | e.End)
    assert INTERACTIONS.decode_error(status, body).status == status
    assert INTERACTIONS.decode_error(status, {"error": body}).message
