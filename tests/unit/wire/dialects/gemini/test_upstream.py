"""A request for a provider: what is written, what is left out, what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from conduit_desktop.errors import BadRequest
from conduit_desktop.wire.dialects import gemini
from conduit_desktop.wire.dialects.gemini import GEMINI
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

BUDGET = Traits(kind="gemini", thinking="budget")
LEVEL = Traits(kind="gemini", thinking="level")
HELLO = Message(role="user", parts=[Text(text="hi")])


def written(request: Request, traits: Traits = BUDGET) -> dict[str, Any]:
    return GEMINI.encode_request(request, traits).body


def asked(**members: Any) -> Request:
    return Request(messages=[HELLO], **members)


def said(*parts: Part, role: Any = "user") -> list[dict[str, Any]]:
    content = written(Request(messages=[Message(role=role, parts=list(parts))]))["contents"][0]
    found: list[dict[str, Any]] = content["parts"]
    return found


def test_system_messages_are_the_system_instruction() -> None:
    system = Message(role="system", parts=[Text(text="a")])
    body = written(Request(messages=[system, HELLO, Message(role="developer", parts=[Text(text="b")])]))
    assert body == {
        "systemInstruction": {"parts": [{"text": "a"}, {"text": "b"}]},
        "contents": [{"role": "user", "parts": [{"text": "hi"}]}],
    }
    assert written(Request(messages=[system])) == {"contents": [{"role": "user", "parts": [{"text": "a"}]}]}


def conversation(*results: ToolResult) -> Request:
    calls = [ToolCall(id="1", name="f", arguments='{"a":1}'), ToolCall(id="2", name="g")]
    return Request(
        messages=[
            HELLO,
            Message(role="assistant", parts=[Text(text="well"), calls[0]]),
            Message(role="assistant", parts=[calls[1]]),
            *(Message(role="tool", parts=[result]) for result in results),
        ]
    )


def test_calls_and_results_of_a_turn_stand_in_one_content_each() -> None:
    results = (ToolResult(call_id="1", parts=[Text(text="ok")]), ToolResult(call_id="2", parts=[Text(text='{"x": 2}')]))
    assert written(conversation(*results))["contents"][1:] == [
        {
            "role": "model",
            "parts": [
                {"text": "well"},
                {"functionCall": {"id": "1", "name": "f", "args": {"a": 1}}},
                {"functionCall": {"id": "2", "name": "g", "args": {}}},
            ],
        },
        {
            "role": "user",
            "parts": [
                {"functionResponse": {"id": "1", "name": "f", "response": {"result": "ok"}}},
                {"functionResponse": {"id": "2", "name": "g", "response": {"x": 2}}},
            ],
        },
    ]


def test_only_gemini_3_gets_the_bypass_and_only_on_the_first_call() -> None:
    parts = written(conversation(), LEVEL)["contents"][1]["parts"]
    assert [part.get("thoughtSignature") for part in parts] == [None, "skip_thought_signature_validator", None]
    signed = conversation()
    signed.messages[1].parts[1].signature = "QUJD"
    assert written(signed, LEVEL)["contents"][1]["parts"][1]["thoughtSignature"] == "QUJD"
    signed.messages[1].parts[1].signature = "no base64 at all"
    assert "thoughtSignature" not in written(signed)["contents"][1]["parts"][1]


def test_failed_results_and_results_with_images() -> None:
    image = Media(kind="image", media_type="image/png", data="AAAA")
    result = ToolResult(call_id="1", parts=[Text(text="no"), image], failed=True)
    failed = {"id": "1", "name": "f", "response": {"error": "no"}}
    inline = {"inlineData": {"mimeType": "image/png", "data": "AAAA"}}
    assert written(conversation(result))["contents"][-1]["parts"] == [{"functionResponse": failed}, inline]
    nested = {"functionResponse": {**failed, "parts": [inline]}}
    assert written(conversation(result), LEVEL)["contents"][-1]["parts"] == [nested]


def test_media() -> None:
    assert said(
        Media(kind="image", data="iVBORw0KGgoAAA"),
        Media(kind="image", url="data:image/gif;base64,R0lGOD"),
        Media(kind="image", url="https://x.test/a.webp?b=c.d"),
        Media(kind="document", url="https://x.test/paper"),
        Media(kind="audio", file_id="files/abc", media_type="audio/wav"),
        Media(kind="document", text="äh", title="T"),
        Media(kind="document", parts=[Text(text="block")]),
        Media(kind="audio", transcript="spoken", id="audio_1"),
    ) == [
        {"inlineData": {"mimeType": "image/png", "data": "iVBORw0KGgoAAA"}},
        {"inlineData": {"mimeType": "image/gif", "data": "R0lGOD=="}},
        {"fileData": {"mimeType": "image/webp", "fileUri": "https://x.test/a.webp?b=c.d"}},
        {"fileData": {"mimeType": "application/pdf", "fileUri": "https://x.test/paper"}},
        {"fileData": {"mimeType": "audio/wav", "fileUri": "files/abc"}},
        {"text": "T"},
        {"inlineData": {"mimeType": "text/plain", "data": "w6Ro"}},
        {"text": "block"},
        {"text": "spoken"},
    ]


def test_thoughts_go_back_without_a_signature() -> None:
    parts = said(Thinking(sections=["a", "b"], signature="QUJD"), Refusal(text="no"), Text(), role="assistant")
    assert parts == [{"text": "a\n\nb", "thought": True}, {"text": "no"}]


def test_functions() -> None:
    node = {"type": "object", "properties": {"next": {"$ref": "#/$defs/Node"}}}
    schema = {
        "$schema": "x",
        "type": "object",
        "properties": {
            "list": {"$ref": "#/$defs/Node"},
            "leaf": {"$ref": "#/$defs/Leaf", "description": "d"},
            "again": {"$ref": "#/properties/leaf"},
        },
        "$defs": {"Node": node, "Leaf": {"const": "x"}},
    }
    tools = [
        Tool(name="f", description="d", parameters=schema, strict=True),
        Tool(name="g", parameters={"type": "object", "properties": {}}),
        Tool(kind="custom", name="c"),
    ]
    (tool,) = written(asked(tools=tools))["tools"]
    first, second, third = tool["functionDeclarations"]
    assert first["parametersJsonSchema"] == {
        "type": "object",
        "properties": {
            "list": {"$ref": "#/$defs/Node"},
            "leaf": {"enum": ["x"], "description": "d"},
            "again": {"enum": ["x"], "description": "d"},
        },
        "$defs": {"Node": {"type": "object", "properties": {"next": {"$ref": "#/$defs/Node"}}}},
    }
    assert second == {"name": "g"}
    assert third["parametersJsonSchema"]["required"] == ["input"]


@pytest.mark.parametrize(
    ("choice", "config"),
    [
        (ToolChoice(), {"mode": "AUTO"}),
        (ToolChoice(mode="none"), {"mode": "NONE"}),
        (ToolChoice(mode="required"), {"mode": "ANY"}),
        (ToolChoice(mode="required", names=["f"]), {"mode": "ANY", "allowedFunctionNames": ["f"]}),
        (ToolChoice(names=["f"]), {"mode": "VALIDATED", "allowedFunctionNames": ["f"]}),
    ],
)
def test_tool_choice(choice: ToolChoice, config: dict[str, Any]) -> None:
    body = written(asked(tools=[Tool(name="f")], tool_choice=choice))
    assert body["toolConfig"] == {"functionCallingConfig": config}


SEARCH = Tool(kind="web_search", name="web_search", origin="openai-responses")
SHELL = Tool(kind="server", name="bash", origin="anthropic-messages")


def test_search_is_googles_where_it_stands_alone() -> None:
    assert written(asked(tools=[SEARCH]))["tools"] == [{"googleSearch": {}}]
    beside = GEMINI.encode_request(asked(tools=[SEARCH, Tool(name="f"), SHELL]), BUDGET)
    assert beside.body["tools"] == [{"functionDeclarations": [{"name": "f"}]}]
    assert beside.dropped == ["tools.web_search", "tools.bash"]


@pytest.mark.parametrize(
    ("model", "traits", "wish", "config"),
    [
        ("gemini-2.5-flash", BUDGET, Reasoning(effort="low"), {"thinkingBudget": 2048, "includeThoughts": True}),
        ("gemini-2.5-flash", BUDGET, Reasoning(enabled=True), {"thinkingBudget": -1, "includeThoughts": True}),
        ("gemini-2.5-flash", BUDGET, Reasoning(effort="max"), {"thinkingBudget": 24576, "includeThoughts": True}),
        ("gemini-2.5-flash", BUDGET, Reasoning(effort="none"), {"thinkingBudget": 0}),
        ("gemini-2.5-flash-lite", BUDGET, Reasoning(budget=100), {"thinkingBudget": 512, "includeThoughts": True}),
        ("gemini-2.5-pro", BUDGET, Reasoning(enabled=False), {"thinkingBudget": 128}),
        ("gemini-2.5-pro", BUDGET, Reasoning(visible=True), {"includeThoughts": True}),
        ("gemini-3-pro-preview", LEVEL, Reasoning(effort="medium"), {"thinkingLevel": "HIGH", "includeThoughts": True}),
        ("gemini-3.1-pro", LEVEL, Reasoning(effort="minimal"), {"thinkingLevel": "LOW", "includeThoughts": True}),
        ("gemini-3-flash", LEVEL, Reasoning(budget=0), {"thinkingLevel": "MINIMAL"}),
        ("gemini-3-flash", LEVEL, Reasoning(budget=3000), {"thinkingLevel": "LOW", "includeThoughts": True}),
        ("gemini-3-flash", LEVEL, Reasoning(budget=-1), {"includeThoughts": True}),
        ("gemini-3-flash", LEVEL, Reasoning(effort="xhigh"), {"thinkingLevel": "HIGH", "includeThoughts": True}),
    ],
)
def test_thinking(model: str, traits: Traits, wish: Reasoning, config: dict[str, Any]) -> None:
    assert written(asked(model=model, reasoning=wish), traits)["generationConfig"] == {"thinkingConfig": config}


@pytest.mark.parametrize(
    ("model", "sort", "dropped"),
    [
        ("gemini-3-pro-preview", "level", ["reasoning"]),
        ("gemini-3-flash-preview", "level", []),
        ("gemini-2.5-pro", "budget", ["reasoning"]),
        ("gemini-2.5-flash", "budget", []),
    ],
)
def test_thinking_that_cannot_be_switched_off_is_named(model: str, sort: Any, dropped: list[str]) -> None:
    request = asked(model=model, reasoning=Reasoning(enabled=False))
    assert GEMINI.encode_request(request, Traits(thinking=sort)).dropped == dropped


def test_seeds_are_kept_in_32_bits() -> None:
    seeds = [written(asked(seed=seed))["generationConfig"]["seed"] for seed in (7, -1, 2**31, 2**40 + 5)]
    assert seeds == [7, -1, -(2**31), 5]


def test_structured_output() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    wanted = asked(format=Format(kind="schema", name="x", schema=schema, strict=True))
    assert written(wanted)["generationConfig"] == {"responseMimeType": "application/json", "responseJsonSchema": schema}
    assert written(wanted, Traits(schema="json"))["generationConfig"] == {"responseMimeType": "application/json"}


DROPPED: dict[str, tuple[Request, str]] = {
    "min_p": (asked(min_p=0.1), "min_p"),
    "repetition_penalty": (asked(repetition_penalty=1.1), "repetition_penalty"),
    "logit_bias": (asked(logit_bias={"1": 1.0}), "logit_bias"),
    "parallel_tools": (asked(parallel_tools=False), "parallel_tools"),
    "verbosity": (asked(verbosity="low"), "verbosity"),
    "user": (asked(user="me"), "user"),
    "store": (asked(store=False), "store"),
    "cache_key": (asked(cache_key="k"), "cache_key"),
    "metadata": (asked(metadata={"user_id": "A B"}), "metadata"),
    "service_tier": (asked(service_tier="scale"), "service_tier"),
    "cache": (Request(messages=[Message(role="user", parts=[Text(text="x", cache=Cache())])]), "cache"),
    "name": (Request(messages=[Message(role="user", name="bob", parts=[Text(text="x")])]), "name"),
    "detail": (Request(messages=[Message(role="user", parts=[Media(data="AAAA", detail="low")])]), "detail"),
    "citations": (Request(messages=[Message(role="user", parts=[Media(text="a", citable=True)])]), "citations"),
    "tools.strict": (asked(tools=[Tool(name="f", strict=True)]), "tools.strict"),
    "reasoning": (asked(reasoning=Reasoning(effort="low")), "reasoning"),
    "thinking.encrypted": (
        Request(messages=[HELLO, Message(role="assistant", parts=[Thinking(encrypted="x")])]),
        "thinking.encrypted",
    ),
    "members that the provider refuses": (asked(seed=1), "seed"),
    "extras of other dialects": (asked(extras={"openai-chat": {"prediction": {}}}), "prediction"),
    "foreign blocks": (
        Request(messages=[HELLO, Message(role="assistant", parts=[Foreign(dialect="x", kind="server_tool_use")])]),
        "server_tool_use",
    ),
}
REFUSED: dict[str, Request] = {
    "previous_id": asked(previous_id="resp_1"),
    "a file of another provider's": Request(messages=[Message(role="user", parts=[Media(file_id="file-1")])]),
    "audio in another format than pcm16": asked(audio={"format": "mp3"}, modalities=["audio"]),
    "format, where": asked(format=Format()),
    "a tool of another provider's": asked(
        tools=[SHELL, Tool(name="f")], tool_choice=ToolChoice(mode="required", names=["bash"])
    ),
    "search beside functions": asked(
        tools=[SEARCH, Tool(name="f")], tool_choice=ToolChoice(mode="required", names=["web_search"])
    ),
}


@pytest.mark.parametrize("word", DROPPED)
def test_what_is_dropped_is_named_and_stands_in_the_table(word: str) -> None:
    request, name = DROPPED[word]
    encoded = GEMINI.encode_request(request, Traits(refuses=frozenset({"seed"})))
    assert encoded.dropped == [name]
    assert word in str(gemini.__doc__)


@pytest.mark.parametrize("word", REFUSED)
def test_what_is_refused_stands_in_the_table(word: str) -> None:
    with pytest.raises(BadRequest) as caught:
        GEMINI.encode_request(REFUSED[word], Traits(schema="none"))
    assert caught.value.code == "unsupported_field"
    assert word in str(gemini.__doc__)


def test_labels_on_vertex() -> None:
    assert written(asked(metadata={"team": "a-1"}), Traits(kind="vertex"))["labels"] == {"team": "a-1"}


def test_geminis_own_members_come_back() -> None:
    own = {"safetySettings": [], "generationConfig": {"mediaResolution": "X"}, "toolConfig": {"retrievalConfig": {}}}
    body = written(asked(temperature=1.0, extras={"gemini": own}))
    assert body["generationConfig"] == {"temperature": 1.0, "mediaResolution": "X"}
    assert body["toolConfig"] == {"retrievalConfig": {}}
    assert body["safetySettings"] == []
