"""A request for a provider: what is written, what is left out, what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from conduit_desktop.errors import BadRequest
from conduit_desktop.wire.dialects import interactions
from conduit_desktop.wire.dialects.interactions import INTERACTIONS
from conduit_desktop.wire.messages import (
    Cache,
    Foreign,
    Format,
    Media,
    Message,
    Part,
    Reasoning,
    Refusal,
    Request,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolChoice,
    ToolResult,
)
from conduit_desktop.wire.traits import Traits

LEVEL = Traits(kind="gemini", thinking="level")
BUDGET = Traits(kind="gemini", thinking="budget")
HELLO = Message(role="user", parts=[Text(text="hi")])
STEP = {"type": "user_input", "content": [{"type": "text", "text": "hi"}]}
FUNCTION = Tool(name="f")
SEARCH = Tool(kind="web_search", name="web_search", origin="openai-responses", data={"type": "web_search"})
SERVER = Tool(kind="server", name="shell", origin="openai-responses", data={})


def written(request: Request, traits: Traits = LEVEL) -> dict[str, Any]:
    return INTERACTIONS.encode_request(request, traits).body


def asked(**members: Any) -> Request:
    return Request(model="gemini-3-flash", messages=[HELLO], **members)


def answered(part: Part) -> Message:
    return Message(role="assistant", parts=[part])


def said(*parts: Part, role: Any = "assistant") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = written(Request(messages=[Message(role=role, parts=list(parts))]))["input"]
    return found


def test_a_plain_request() -> None:
    assert written(asked()) == {"model": "gemini-3-flash", "input": [STEP], "store": False}
    assert written(asked(store=True, stream=True)) == {
        "model": "gemini-3-flash",
        "input": [STEP],
        "stream": True,
        "store": True,
    }


def test_system_messages_are_the_instruction() -> None:
    system = Message(role="system", parts=[Text(text="a")])
    body = written(Request(messages=[system, HELLO, Message(role="developer", parts=[Text(text="b")])]))
    assert (body["system_instruction"], body["input"]) == ("a\n\nb", [STEP])
    alone = written(Request(messages=[system]))
    assert (alone["input"], "system_instruction" in alone) == ("a", False)


def test_what_is_said_in_one_go_stands_in_one_step() -> None:
    call = ToolCall(id="c", name="f", arguments='{"a":1}', signature="c2ln")
    assert said(Text(text="a"), Refusal(text="b"), Thinking(sections=["x", "y"], signature="c2ln"), call) == [
        {"type": "model_output", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
        {
            "type": "thought",
            "signature": "c2ln",
            "summary": [{"type": "text", "text": "x"}, {"type": "text", "text": "y"}],
        },
        {"type": "thought", "signature": "c2ln"},
        {"type": "function_call", "id": "c", "name": "f", "arguments": {"a": 1}},
    ]


def test_only_googles_own_signatures_are_written() -> None:
    assert said(Thinking(sections=["x"], signature="no base64")) == [
        {"type": "thought", "summary": [{"type": "text", "text": "x"}]}
    ]
    assert said(Thinking(encrypted="secret"), Text(text="a"))[0]["type"] == "model_output"
    answer = INTERACTIONS.encode_response(
        _answer(Thinking(sections=["x"], summarised=True, signature="c2ln"), Text(text="a")), _context()
    )
    request = INTERACTIONS.decode_request({"model": "m", "input": answer["steps"]}, None, None)
    assert "signature" not in written(request)["input"][0]
    bare = {"type": "thought", "signature": "c2ln", "summary": [{"type": "text", "text": "x"}]}
    request = INTERACTIONS.decode_request({"model": "m", "input": [bare]}, None, None)
    assert written(request)["input"] == [bare]


def _answer(*parts: Part) -> Any:
    from conduit_desktop.wire.messages import Choice, Response

    return Response(choices=[Choice(parts=list(parts), finish="stop")])


def _context() -> Any:
    from conduit_desktop.wire.dialects.base import Context

    return Context(request=Request(model="m"), seed="s")


def test_calls_whose_arguments_are_no_object() -> None:
    assert said(ToolCall(id="c", name="f", arguments="{broken"))[0]["arguments"] == {"arguments": "{broken"}
    assert said(ToolCall(id="c", name="f", arguments="words", custom=True))[0]["arguments"] == {"input": "words"}


def test_results() -> None:
    image = Media(kind="image", media_type="image/png", data="iVBORw0KGgo=")
    parts: list[Part] = [Text(text="a"), Text(text="b")]
    assert said(ToolCall(id="c", name="f"), ToolResult(call_id="c", parts=parts, failed=True))[1] == {
        "type": "function_result",
        "call_id": "c",
        "name": "f",
        "result": "a\nb",
        "is_error": True,
    }
    assert said(ToolResult(call_id="c", name="f", parts=[Text(text="a"), image]), role="tool")[0]["result"] == [
        {"type": "text", "text": "a"},
        {"type": "image", "mime_type": "image/png", "data": "iVBORw0KGgo="},
    ]


@pytest.mark.parametrize(
    ("media", "content"),
    [
        (
            Media(kind="image", url="https://a.example/b.png", detail="high"),
            {"type": "image", "uri": "https://a.example/b.png", "mime_type": "image/png", "resolution": "high"},
        ),
        (
            Media(kind="image", url="data:image/gif;base64,R0lG"),
            {"type": "image", "mime_type": "image/gif", "data": "R0lG"},
        ),
        (
            Media(kind="audio", media_type="audio/wav", data="UklG"),
            {"type": "audio", "mime_type": "audio/wav", "data": "UklG"},
        ),
        (
            Media(kind="document", data="JVBERi0x"),
            {"type": "document", "mime_type": "application/pdf", "data": "JVBERi0x"},
        ),
        (Media(kind="document", text="words"), {"type": "document", "mime_type": "text/plain", "data": "d29yZHM="}),
        (Media(kind="video", file_id="files/x"), {"type": "video", "uri": "files/x", "mime_type": "video/mp4"}),
    ],
)
def test_media(media: Media, content: dict[str, Any]) -> None:
    assert said(media, role="user") == [{"type": "user_input", "content": [content]}]


@pytest.mark.parametrize(
    ("reasoning", "traits", "config"),
    [
        (Reasoning(effort="high"), LEVEL, {"thinking_level": "high", "thinking_summaries": "auto"}),
        (Reasoning(budget=2000), LEVEL, {"thinking_level": "low", "thinking_summaries": "auto"}),
        (Reasoning(enabled=False), LEVEL, {"thinking_level": "minimal"}),
        (Reasoning(enabled=False), BUDGET, {"thinking_level": "low"}),
        (Reasoning(effort="low", visible=False), BUDGET, {"thinking_level": "low", "thinking_summaries": "none"}),
    ],
)
def test_reasoning(reasoning: Reasoning, traits: Traits, config: dict[str, Any]) -> None:
    assert written(asked(reasoning=reasoning), traits)["generation_config"] == config


def test_thinking_that_cannot_be_switched_off_is_named() -> None:
    for traits, dropped in ((LEVEL, []), (BUDGET, ["reasoning"])):
        encoded = INTERACTIONS.encode_request(Request(messages=[HELLO], reasoning=Reasoning(enabled=False)), traits)
        assert encoded.dropped == dropped


def test_choices_of_tools() -> None:
    def chosen(**choice: Any) -> Any:
        body = written(asked(tools=[FUNCTION], tool_choice=ToolChoice(**choice)))
        return body["generation_config"]["tool_choice"]

    assert [chosen(mode=mode) for mode in ("auto", "none", "required")] == ["auto", "none", "any"]
    assert chosen(mode="required", names=["f"]) == {"allowed_tools": {"mode": "any", "tools": ["f"]}}
    assert chosen(mode="auto", names=["f"]) == {"allowed_tools": {"mode": "validated", "tools": ["f"]}}
    assert "generation_config" not in written(asked(tool_choice=ToolChoice(mode="auto")))


def test_searches() -> None:
    assert written(asked(tools=[SEARCH]))["tools"] == [{"type": "google_search"}]
    assert len(written(asked(tools=[SEARCH, FUNCTION]))["tools"]) == 2
    encoded = INTERACTIONS.encode_request(asked(tools=[SEARCH, FUNCTION]), BUDGET)
    assert (encoded.body["tools"], encoded.dropped) == ([{"type": "function", "name": "f"}], ["tools.web_search"])


def test_formats() -> None:
    wanted = Format(kind="schema", schema={"type": "object", "properties": {}}, description="d")
    assert written(asked(format=wanted))["response_format"] == {
        "type": "text",
        "mime_type": "application/json",
        "schema": {"type": "object", "properties": {}, "description": "d"},
    }
    assert written(asked(modalities=["text", "image"]))["response_format"] == [{"type": "text"}, {"type": "image"}]
    spoken = written(asked(modalities=["audio"], audio={"voice": "Kore", "format": "mp3"}))
    assert spoken["response_format"] == {"type": "audio", "mime_type": "audio/mp3"}
    assert spoken["generation_config"] == {"speech_config": [{"voice": "Kore"}]}


REFUSED = [
    ("previous_id", asked(previous_id="resp_1"), LEVEL),
    ("n above 1", asked(n=2), LEVEL),
    ("a file of another", Request(messages=[Message(role="user", parts=[Media(file_id="file-x")])]), LEVEL),
    ("audio in a format", asked(modalities=["audio"], audio={"format": "aac"}), LEVEL),
    ("format", asked(format=Format()), Traits(schema="none")),
    ("a tool of another", asked(tools=[SERVER], tool_choice=ToolChoice(mode="required")), LEVEL),
    (
        "a search beside functions",
        asked(tools=[SEARCH, FUNCTION], tool_choice=ToolChoice(mode="required", names=["web_search"])),
        BUDGET,
    ),
]
NOT_SAID: list[tuple[str, Request, Traits]] = [
    *(
        (name, asked(**{name: value}), LEVEL)
        for name, value in {
            "top_k": 3,
            "min_p": 0.1,
            "frequency_penalty": 1.0,
            "presence_penalty": 1.0,
            "repetition_penalty": 1.0,
            "logit_bias": {"1": 2.0},
            "logprobs": True,
            "top_logprobs": 2,
            "parallel_tools": False,
            "verbosity": "low",
            "user": "u",
            "cache_key": "k",
            "service_tier": "batch",
        }.items()
    ),
    ("reasoning", asked(reasoning=Reasoning(effort="low")), Traits()),
    ("tools.strict", asked(tools=[Tool(name="f", strict=True)]), LEVEL),
    ("tools.shell", asked(tools=[SERVER, FUNCTION]), LEVEL),
    ("cache", Request(messages=[Message(role="user", parts=[Text(text="a", cache=Cache())])]), LEVEL),
    ("name", Request(messages=[Message(role="user", name="n", parts=[Text(text="a")])]), LEVEL),
    ("detail", Request(messages=[Message(role="user", parts=[Media(url="https://a.b/c", detail="other")])]), LEVEL),
    ("citations", Request(messages=[Message(role="user", parts=[Media(url="https://a.b/c", citable=True)])]), LEVEL),
    ("thinking.encrypted", Request(messages=[HELLO, answered(Thinking(encrypted="e"))]), LEVEL),
    ("web", Request(messages=[HELLO, answered(Foreign(dialect="x", kind="web"))]), LEVEL),
    ("other", asked(extras={"openai-chat": {"other": 1}}), LEVEL),
    ("seed", asked(seed=1), Traits(refuses=frozenset({"seed"}))),
]


EXAMPLES = ("tools.shell", "web", "other", "seed")
"""Names that stand for a sort: another's tool, step or member, and what a provider refuses."""


@pytest.mark.parametrize(("word", "request_", "traits"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_cannot_be_left_out_is_refused(word: str, request_: Request, traits: Traits) -> None:
    with pytest.raises(BadRequest) as caught:
        written(request_, traits)
    assert caught.value.code == "unsupported_field"
    assert word in str(interactions.__doc__)


@pytest.mark.parametrize(("name", "request_", "traits"), NOT_SAID, ids=[row[0] for row in NOT_SAID])
def test_what_is_left_out_is_named(name: str, request_: Request, traits: Traits) -> None:
    encoded = INTERACTIONS.encode_request(request_, traits)
    assert encoded.dropped == [name]
    assert name in EXAMPLES or name in str(interactions.__doc__)
    assert set(encoded.body) <= {"model", "input", "store", "tools"}
