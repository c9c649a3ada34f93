"""Requests written for Bedrock: every member, what cannot be said, and the quirks of the vendors behind it."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from conduit_desktop.errors import BadRequest
from conduit_desktop.wire.dialects.base import Encoded
from conduit_desktop.wire.dialects.converse import BEDROCK_CONVERSE, content
from conduit_desktop.wire.messages import (
    Cache,
    Citation,
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
from tests.unit.wire.dialects.recorded import misfits

CLAUDE = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
NOVA = "us.amazon.nova-2-lite-v1:0"
LLAMA = "us.meta.llama3-3-70b-instruct-v1:0"
PNG = "iVBORw0KGgo="
SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
TOOL = Tool(name="look", description="Looks.", parameters=SCHEMA)
CALL = Message(role="assistant", parts=[ToolCall(id="c1", name="look", arguments='{"a":"b"}')])
RESULT = Message(role="tool", parts=[ToolResult(call_id="c1", parts=[Text(text="seen")])])


def user(*parts: Part | str) -> Message:
    return Message(role="user", parts=[Text(text=each) if isinstance(each, str) else each for each in parts])


def written(model: str = CLAUDE, traits: Traits | None = None, **members: Any) -> Encoded:
    """The body for a request, which the SDK's own model of Converse must allow."""
    request = Request(model=model, messages=members.pop("messages", [user("Hi")]), **members)
    found = BEDROCK_CONVERSE.encode_request(request, traits or Traits())
    assert not misfits("bedrock", "converse", found.body), found.body
    return found


def refused(**members: Any) -> str:
    with pytest.raises(BadRequest) as caught:
        written(**members)
    assert caught.value.code == "unsupported_field"
    return caught.value.param or ""


def test_the_plain_members() -> None:
    found = written(
        messages=[Message(role="system", parts=[Text(text="Be brief.")]), user("Hi")],
        max_tokens=10,
        temperature=0.5,
        top_k=5,
        stop=["END", ""],
        metadata={"team": "a b"},
        service_tier="flex",
    )
    assert found.body == {
        "system": [{"text": "Be brief."}],
        "messages": [{"role": "user", "content": [{"text": "Hi"}]}],
        "inferenceConfig": {"maxTokens": 10, "temperature": 0.5, "stopSequences": ["END"]},
        "requestMetadata": {"team": "a b"},
        "serviceTier": {"type": "flex"},
        "additionalModelResponseFieldPaths": ["/stop_sequence"],
        "additionalModelRequestFields": {"top_k": 5},
    }
    assert found.dropped == []


@pytest.mark.parametrize(
    ("model", "more"),
    [
        (CLAUDE, {"top_k": 5}),
        (NOVA, {"inferenceConfig": {"topK": 5}}),
        ("cohere.command-r-v1:0", {"k": 5}),
        ("mistral.mistral-large-2407-v1:0", {"top_k": 5}),
        (LLAMA, None),
    ],
)
def test_top_k_as_the_vendor_spells_it(model: str, more: Any) -> None:
    found = written(model, top_k=5)
    assert found.body.get("additionalModelRequestFields") == more
    assert found.dropped == ([] if more else ["top_k"])


DROPPED: dict[str, Any] = {
    "min_p": 0.1,
    "seed": 7,
    "frequency_penalty": 0.5,
    "presence_penalty": 0.5,
    "repetition_penalty": 1.1,
    "logit_bias": {"1": 1.0},
    "logprobs": True,
    "top_logprobs": 3,
    "verbosity": "low",
    "user": "me",
    "store": True,
    "cache_key": "k",
    "service_tier": "scale",
    "metadata": {"a": {"nested": 1}},
}


@pytest.mark.parametrize("name", DROPPED)
def test_what_is_left_out_is_named(name: str) -> None:
    found = written(**{name: DROPPED[name]})
    assert found.dropped == [name]
    assert found.body == written().body


def test_what_cannot_be_left_out_is_refused() -> None:
    assert refused(n=2) == "n"
    assert refused(modalities=["text", "audio"]) == "modalities"
    assert refused(audio={"voice": "x"}) == "modalities"
    assert refused(previous_id="resp_1") == "previous_response_id"
    assert refused(messages=[user(Media(kind="image", url="https://x.example/a.png"))]) == "image"
    stored = Media(kind="document", file_id="file_1", media_type="application/pdf")
    assert refused(messages=[user(stored)]) == "document"
    assert refused(messages=[user(Media(kind="image", media_type="image/tiff", data="SUkqAA=="))]) == "image"
    assert refused(messages=[Message(role="system", parts=[Media(kind="image", data=PNG)]), user("x")]) == "system"
    search = Tool(kind="web_search", name="web_search", origin="anthropic-messages", data={})
    assert refused(tools=[search], tool_choice=ToolChoice(mode="required")) == "tool_choice"
    assert refused(tools=[search, TOOL], tool_choice=ToolChoice(mode="required", names=["web_search"])) == "tool_choice"
    assert refused(model=LLAMA, tools=[TOOL], tool_choice=ToolChoice(mode="required")) == "tool_choice"


def test_members_that_the_model_refuses() -> None:
    found = written(traits=Traits(refuses=frozenset({"temperature", "stop"})), temperature=0.1, stop=["x"])
    assert found.dropped == ["stop", "temperature"]
    assert "inferenceConfig" not in found.body


def test_temperature_has_a_highest() -> None:
    found = written(NOVA, temperature=1.7)
    assert found.body["inferenceConfig"] == {"temperature": 1.0}
    assert found.dropped == ["temperature"]


def test_newer_claude_takes_one_sampler() -> None:
    assert written(temperature=0.5, top_p=0.9).body["inferenceConfig"] == {"temperature": 0.5}
    old = written("anthropic.claude-3-5-sonnet-20240620-v1:0", temperature=0.5, top_p=0.9)
    assert old.body["inferenceConfig"] == {"temperature": 0.5, "topP": 0.9}


# ---------------------------------------------------------------- content


def test_turns_alternate_and_begin_with_the_user() -> None:
    said = [
        Message(role="assistant", parts=[Text(text="Hello")]),
        user("a"),
        user("b"),
        Message(role="assistant", parts=[Text(text="")]),
        user("c"),
    ]
    assert written(NOVA, messages=said).body["messages"] == [
        {"role": "user", "content": [{"text": "."}]},
        {"role": "assistant", "content": [{"text": "Hello"}]},
        {"role": "user", "content": [{"text": "a"}, {"text": "b"}, {"text": "c"}]},
    ]
    assert written(messages=said).body["messages"][0]["role"] == "assistant"


def test_instructions_alone_are_what_the_user_says() -> None:
    body = written(messages=[Message(role="developer", parts=[Text(text="Say OK.")])]).body
    assert body == {"messages": [{"role": "user", "content": [{"text": "Say OK."}]}]}


def test_pictures_films_and_sounds() -> None:
    parts: list[Part] = [
        Text(text="Look"),
        Media(kind="image", media_type="image/png", data=PNG),
        Media(kind="image", data="/9j/4AAQ"),
        Media(kind="image", url="s3://bucket/a.jpg"),
        Media(kind="video", media_type="video/mp4", data="AAAA"),
        Media(kind="video", media_type="video/3gpp", data="AAAA"),
        Media(kind="audio", media_type="audio/wav", data="AAAA"),
        Media(kind="audio", media_type="audio/mpeg", data="AAAA"),
    ]
    assert written(NOVA, messages=[user(*parts)]).body["messages"][0]["content"][1:] == [
        {"image": {"format": "png", "source": {"bytes": PNG}}},
        {"image": {"format": "jpeg", "source": {"bytes": "/9j/4AAQ"}}},
        {"image": {"format": "jpeg", "source": {"s3Location": {"uri": "s3://bucket/a.jpg"}}}},
        {"video": {"format": "mp4", "source": {"bytes": "AAAA"}}},
        {"video": {"format": "three_gp", "source": {"bytes": "AAAA"}}},
        {"audio": {"format": "wav", "source": {"bytes": "AAAA"}}},
        {"audio": {"format": "mpeg", "source": {"bytes": "AAAA"}}},
    ]


def test_documents_have_names_that_bedrock_takes() -> None:
    names = ["Bericht (März) 2024.pdf", "a/b:c", "a b c", "", "Ünïcode…", "x" * 300, "A B C", "notes.v2"]
    parts = [Media(kind="document", media_type="application/pdf", data="JVBERi0=", name=name) for name in names]
    blocks = written(messages=[user("Read", *parts)]).body["messages"][0]["content"][1:]
    got = [block["document"]["name"] for block in blocks]
    assert got[:5] == ["Bericht (M rz) 2024", "a b c", "a b c 2", "Document", "n code"]
    assert got[5] == "x" * 200
    assert got[6:] == ["A B C 3", "notes v2"]


def test_documents_in_words() -> None:
    said = Media(kind="document", text="Words.", title="T", context="C", citable=True)
    cut = Media(kind="document", parts=[Text(text="one"), Text(text="two")], name="n")
    first, second = written(messages=[user("Read", said, cut)]).body["messages"][0]["content"][1:]
    assert first["document"] == {
        "format": "txt",
        "name": "T",
        "source": {"text": "Words."},
        "context": "C",
        "citations": {"enabled": True},
    }
    assert second["document"]["source"] == {"content": [{"text": "one"}, {"text": "two"}]}
    other = written(NOVA, messages=[user("Read", said)]).body["messages"][0]["content"][1]
    assert base64.b64decode(other["document"]["source"]["bytes"]) == b"Words."


def test_a_document_has_words_beside_it() -> None:
    body = written(messages=[user(Media(kind="document", media_type="text/csv", data="YSxi"))]).body
    assert [next(iter(block)) for block in body["messages"][0]["content"]] == ["text", "document"]


def test_tool_calls_and_results() -> None:
    parts: list[Part] = [Text(text="It is"), Media(kind="image", media_type="image/png", data=PNG)]
    said = [
        user("Go"),
        Message(role="assistant", parts=[Text(text=""), ToolCall(id="c1", name="look", arguments="")]),
        Message(role="tool", parts=[ToolResult(call_id="c1", parts=parts, failed=True)]),
    ]
    assert written(messages=said, tools=[TOOL]).body["messages"][1:] == [
        {"role": "assistant", "content": [{"toolUse": {"toolUseId": "c1", "name": "look", "input": {}}}]},
        {
            "role": "user",
            "content": [
                {
                    "toolResult": {
                        "toolUseId": "c1",
                        "content": [{"text": "It is"}, {"image": {"format": "png", "source": {"bytes": PNG}}}],
                        "status": "error",
                    }
                }
            ],
        },
    ]


def test_ids_that_bedrock_would_refuse() -> None:
    long, odd = "call_" + "x" * 90, "a/b|c"
    said = [user("Go")]
    for given in (long, odd):
        said.append(Message(role="assistant", parts=[ToolCall(id=given, name="look")]))
        said.append(Message(role="tool", parts=[ToolResult(call_id=given)]))
    body = written(messages=said, tools=[TOOL]).body
    blocks = [block for turn in body["messages"] for block in turn["content"]]
    ids = [each["toolUse"]["toolUseId"] for each in blocks if "toolUse" in each]
    back = [each["toolResult"]["toolUseId"] for each in blocks if "toolResult" in each]
    assert ids == back
    assert all(len(each) <= 64 for each in ids)


def test_calls_without_ids_are_paired_with_their_results() -> None:
    said = [
        user("Go"),
        Message(role="assistant", parts=[ToolCall(name="a"), ToolCall(name="b")]),
        Message(role="tool", parts=[ToolResult(name="b"), ToolResult(name="a")]),
    ]
    turns = written(messages=said, tools=[Tool(name="a"), Tool(name="b")]).body["messages"]
    assert [each["toolUse"]["toolUseId"] for each in turns[1]["content"]] == ["tooluse_0", "tooluse_1"]
    assert [each["toolResult"]["toolUseId"] for each in turns[2]["content"]] == ["tooluse_1", "tooluse_0"]


def test_reasoning_goes_back_where_it_is_signed() -> None:
    thoughts: list[Part] = [
        Thinking(sections=["hm"], signature="sig"),
        Thinking(encrypted="opaque"),
        Thinking(sections=["unsigned"]),
        Text(text="So"),
    ]
    said = [user("Go"), Message(role="assistant", parts=thoughts), user("On")]
    found = written(messages=said)
    assert found.body["messages"][1]["content"] == [
        {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "sig"}}},
        {"reasoningContent": {"redactedContent": base64.b64encode(b"opaque").decode()}},
        {"text": "So"},
    ]
    assert found.dropped == ["reasoning"]
    assert written("deepseek.r1-v1:0", messages=said).body["messages"][1]["content"] == [{"text": "So"}]


def test_citations_of_documents_go_back_and_of_other_searches_do_not() -> None:
    cited = Text(
        text="Twenty days.",
        citations=[Citation(document=0, unit="char", source_start=0, source_end=5, quote="20", title="policy")],
    )
    searched = Text(text="Found.", citations=[Citation(url="https://x.example", start=0, end=6)])
    found = written(messages=[user("?"), Message(role="assistant", parts=[cited, searched]), user("!")])
    assert found.body["messages"][1]["content"] == [
        {
            "citationsContent": {
                "content": [{"text": "Twenty days."}],
                "citations": [
                    {
                        "title": "policy",
                        "sourceContent": [{"text": "20"}],
                        "location": {"documentChar": {"documentIndex": 0, "start": 0, "end": 5}},
                    }
                ],
            }
        },
        {"text": "Found."},
    ]
    assert found.dropped == ["citations"]


def test_foreign_blocks() -> None:
    result = Media(kind="document", title="t", parts=[Text(text="x")], citable=True)
    result.extras = {"anthropic-messages": {"type": "search_result", "source": "s"}}
    parts: list[Part] = [
        result,
        Foreign(dialect="anthropic-messages", kind="server_tool_use", data={}),
        Refusal(text="No."),
    ]
    found = written(messages=[user("?"), Message(role="assistant", parts=parts[1:]), user("x", parts[0])])
    assert found.dropped == ["anthropic-messages server_tool_use"]
    assert found.body["messages"][1]["content"] == [{"text": "No."}]
    assert found.body["messages"][2]["content"][1] == {
        "searchResult": {"source": "s", "title": "t", "content": [{"text": "x"}], "citations": {"enabled": True}}
    }
    nova = written(NOVA, messages=[user("x", result)]).body["messages"][0]["content"][1]
    assert base64.b64decode(nova["document"]["source"]["bytes"]) == b"x"


def test_cache_markers() -> None:
    document = Media(kind="document", media_type="application/pdf", data="JVBERi0=", cache=Cache())
    said = [
        Message(role="system", parts=[Text(text="Long.", cache=Cache(ttl="1h"))]),
        user(Text(text="a"), document, Text(text="b", cache=Cache())),
    ]
    members: dict[str, Any] = {"messages": said, "tools": [Tool(name="look", cache=Cache())]}
    body = written(**members).body
    assert body["system"] == [{"text": "Long."}, {"cachePoint": {"type": "default", "ttl": "1h"}}]
    kinds = [next(iter(block)) for block in body["messages"][0]["content"]]
    assert kinds == ["text", "cachePoint", "document", "text", "cachePoint"]  # none may follow a document
    assert [next(iter(each)) for each in body["toolConfig"]["tools"]] == ["toolSpec", "cachePoint"]
    nova = written(NOVA, **members)
    assert [next(iter(each)) for each in nova.body["toolConfig"]["tools"]] == ["toolSpec"]
    assert nova.dropped == ["cache_control"]
    llama = written(LLAMA, **members)
    assert "cachePoint" not in str(llama.body)
    assert llama.dropped == ["cache_control"]


# ---------------------------------------------------------------- tools


def test_tools() -> None:
    tools = [
        Tool(name="look", description="Looks.", parameters=SCHEMA, strict=True),
        Tool(name="go"),
        Tool(kind="custom", name="run", description="Runs."),
        Tool(name="ref", parameters={"$ref": "#/$defs/x", "$defs": {"x": SCHEMA}}),
        Tool(name="bare", parameters={"properties": {}}),
    ]
    specs = [each["toolSpec"] for each in written(tools=tools).body["toolConfig"]["tools"]]
    assert specs[0] == {"name": "look", "description": "Looks.", "inputSchema": {"json": SCHEMA}, "strict": True}
    assert specs[1] == {"name": "go", "inputSchema": {"json": {"type": "object", "properties": {}}}}
    assert specs[2]["inputSchema"]["json"]["required"] == ["input"]
    assert specs[3]["inputSchema"]["json"] == {"$ref": "#/$defs/x", "$defs": {"x": SCHEMA}}
    assert specs[4]["inputSchema"]["json"] == {"type": "object", "properties": {}}
    found = written(tools=tools[:1], traits=Traits(strict_tools=False))
    assert "strict" not in found.body["toolConfig"]["tools"][0]["toolSpec"]
    assert found.dropped == ["strict"]


@pytest.mark.parametrize(
    ("choice", "wanted"),
    [
        (None, None),
        (ToolChoice(mode="auto"), {"auto": {}}),
        (ToolChoice(mode="required"), {"any": {}}),
        (ToolChoice(mode="required", names=["look"]), {"tool": {"name": "look"}}),
    ],
)
def test_tool_choice(choice: ToolChoice | None, wanted: Any) -> None:
    assert written(tools=[TOOL], tool_choice=choice).body["toolConfig"].get("toolChoice") == wanted


def test_some_tools_of_many() -> None:
    tools = [Tool(name=name) for name in "abc"]
    config = written(tools=tools, tool_choice=ToolChoice(mode="required", names=["a", "c"])).body["toolConfig"]
    assert [each["toolSpec"]["name"] for each in config["tools"]] == ["a", "c"]
    assert config["toolChoice"] == {"any": {}}


def test_no_tool_now() -> None:
    none = ToolChoice(mode="none")
    assert "toolConfig" not in written(tools=[TOOL], tool_choice=none).body
    used = written(messages=[user("Go"), CALL, RESULT], tools=[TOOL], tool_choice=none)
    assert used.body["additionalModelRequestFields"] == {"tool_choice": {"type": "none"}}
    assert "toolChoice" not in used.body["toolConfig"]
    nova = written(NOVA, messages=[user("Go"), CALL, RESULT], tools=[TOOL], tool_choice=none)
    assert nova.dropped == ["tool_choice"]
    undeclared = written(messages=[user("Go"), CALL, RESULT])
    assert [each["toolSpec"]["name"] for each in undeclared.body["toolConfig"]["tools"]] == ["look"]
    assert undeclared.body["additionalModelRequestFields"] == {"tool_choice": {"type": "none"}}


def test_one_call_at_a_time() -> None:
    body = written(tools=[TOOL], parallel_tools=False).body
    assert body["additionalModelRequestFields"] == {"tool_choice": {"type": "auto", "disable_parallel_tool_use": True}}
    one = ToolChoice(mode="required", names=["look"])
    body = written(tools=[TOOL], parallel_tools=False, tool_choice=one).body
    assert "toolChoice" not in body["toolConfig"]
    assert body["additionalModelRequestFields"]["tool_choice"] == {
        "type": "tool",
        "name": "look",
        "disable_parallel_tool_use": True,
    }
    assert written(NOVA, tools=[TOOL], parallel_tools=False).dropped == ["parallel_tool_calls"]


def test_server_tools() -> None:
    code = Tool(kind="server", name="nova_code_interpreter", origin="bedrock-converse")
    code.data = {"systemTool": {"name": "nova_code_interpreter"}}
    search = Tool(kind="web_search", name="web_search", origin="openai-responses", data={})
    found = written(NOVA, tools=[code, search, TOOL])
    assert [next(iter(each)) for each in found.body["toolConfig"]["tools"]] == ["systemTool", "toolSpec"]
    assert found.dropped == ["web_search"]


# ---------------------------------------------------------------- the shape of the answer


def test_structured_output() -> None:
    wish = Format(kind="schema", schema=SCHEMA, name="n", description="d")
    assert written(format=wish).body["outputConfig"] == {
        "textFormat": {
            "type": "json_schema",
            "structure": {
                "jsonSchema": {
                    "schema": '{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}',
                    "name": "n",
                    "description": "d",
                }
            },
        }
    }


def test_structured_output_by_a_tool() -> None:
    wish, none = Format(kind="schema", schema=SCHEMA), Traits(schema="none")
    config = written(NOVA, none, format=wish).body["toolConfig"]
    assert config["toolChoice"] == {"tool": {"name": content.ANSWER_TOOL}}
    assert config["tools"][0]["toolSpec"]["inputSchema"] == {"json": SCHEMA}
    beside = written(NOVA, none, format=wish, tools=[TOOL]).body["toolConfig"]
    assert [each["toolSpec"]["name"] for each in beside["tools"]] == ["look", content.ANSWER_TOOL]
    assert beside["toolChoice"] == {"any": {}}
    llama = written(LLAMA, none, format=wish).body
    assert '"required":["a"]' in llama["system"][0]["text"]
    assert "toolConfig" not in llama


def test_any_json() -> None:
    said = [Message(role="system", parts=[Text(text="S")]), user("x")]
    body = written(format=Format(kind="json"), messages=said).body
    assert [each["text"][:10] for each in body["system"]] == ["S", "Answer wit"]


# ---------------------------------------------------------------- reasoning

BUDGET, ADAPTIVE, WORD, LEVEL = (Traits(thinking=each) for each in ("budget", "adaptive", "effort", "level"))


@pytest.mark.parametrize(
    ("model", "traits", "wish", "more", "effort"),
    [
        (CLAUDE, BUDGET, Reasoning(budget=4000), {"thinking": {"type": "enabled", "budget_tokens": 4000}}, None),
        (CLAUDE, BUDGET, Reasoning(effort="low"), {"thinking": {"type": "enabled", "budget_tokens": 2048}}, None),
        (CLAUDE, BUDGET, Reasoning(enabled=True), {"thinking": {"type": "enabled", "budget_tokens": 8192}}, None),
        (CLAUDE, BUDGET, Reasoning(budget=10), {"thinking": {"type": "enabled", "budget_tokens": 1024}}, None),
        (CLAUDE, BUDGET, Reasoning(enabled=False), {"thinking": {"type": "disabled"}}, None),
        (CLAUDE, BUDGET, Reasoning(effort="none"), {"thinking": {"type": "disabled"}}, None),
        (CLAUDE, BUDGET, Reasoning(), None, None),
        (CLAUDE, ADAPTIVE, Reasoning(effort="minimal"), {"thinking": {"type": "adaptive"}}, "low"),
        (CLAUDE, ADAPTIVE, Reasoning(budget=16000), {"thinking": {"type": "adaptive"}}, "high"),
        (CLAUDE, ADAPTIVE, Reasoning(enabled=True), {"thinking": {"type": "adaptive"}}, None),
        (CLAUDE, ADAPTIVE, Reasoning(enabled=False), {"thinking": {"type": "disabled"}}, None),
        (
            CLAUDE,
            ADAPTIVE,
            Reasoning(effort="high", summary="auto"),
            {"thinking": {"type": "adaptive", "display": "summarized"}},
            "high",
        ),
        ("openai.gpt-oss-120b-1:0", WORD, Reasoning(effort="xhigh"), {"reasoning_effort": "high"}, None),
        ("openai.gpt-oss-120b-1:0", WORD, Reasoning(budget=3000), {"reasoning_effort": "low"}, None),
        (
            NOVA,
            LEVEL,
            Reasoning(effort="medium"),
            {"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "medium"}},
            None,
        ),
        (NOVA, LEVEL, Reasoning(effort="none"), {"reasoningConfig": {"type": "disabled"}}, None),
        ("qwen.qwen3-32b-v1:0", LEVEL, Reasoning(effort="medium"), {"reasoning_config": "high"}, None),
    ],
)
def test_reasoning(model: str, traits: Traits, wish: Reasoning, more: Any, effort: str | None) -> None:
    found = written(model, traits, reasoning=wish)
    assert found.body.get("additionalModelRequestFields") == more
    assert found.body.get("outputConfig", {}).get("effort") == effort
    assert found.dropped == []


def test_reasoning_that_cannot_be_had() -> None:
    high = Reasoning(effort="high")
    assert written(LLAMA, reasoning=high).dropped == ["reasoning"]
    assert written(traits=BUDGET, reasoning=high, max_tokens=1000).dropped == ["reasoning"]
    forced = ToolChoice(mode="required")
    assert written(traits=BUDGET, reasoning=high, tools=[TOOL], tool_choice=forced).dropped == ["reasoning"]
    thoughtless = written(traits=BUDGET, reasoning=high, tools=[TOOL], messages=[user("Go"), CALL, RESULT])
    assert thoughtless.dropped == ["reasoning"]
    assert written("openai.gpt-oss-20b-1:0", WORD, reasoning=Reasoning(effort="none")).dropped == ["reasoning"]
    always = Traits(thinking="adaptive", thinking_off="")
    least = written(traits=always, reasoning=Reasoning(enabled=False))
    assert least.body["outputConfig"] == {"effort": "low"}
    assert least.dropped == ["reasoning"]


def test_a_budget_leaves_room_and_samplers_give_way() -> None:
    wish = Reasoning(budget=9000)
    found = written(traits=BUDGET, reasoning=wish, max_tokens=4000, temperature=0.2, top_p=0.5, top_k=3)
    assert found.body["additionalModelRequestFields"] == {"thinking": {"type": "enabled", "budget_tokens": 3999}}
    assert found.body["inferenceConfig"] == {"maxTokens": 4000}
    assert found.dropped == ["temperature", "top_p", "top_k"]


def test_thought_before_the_call_may_go_on() -> None:
    thinking = Thinking(sections=["hm"], signature="s")
    call = Message(role="assistant", parts=[thinking, *CALL.parts])
    found = written(traits=BUDGET, reasoning=Reasoning(budget=2000), tools=[TOOL], messages=[user("Go"), call, RESULT])
    assert found.dropped == []
    assert found.body["additionalModelRequestFields"]["thinking"]["type"] == "enabled"


def test_own_members_are_given_back() -> None:
    own = {
        "guardrailConfig": {"guardrailIdentifier": "g1", "guardrailVersion": "DRAFT"},
        "performanceConfig": {"latency": "optimized"},
        "additionalModelRequestFields": {"anthropic_beta": ["x"]},
    }
    found = written(extras={"bedrock-converse": own, "openai-chat": {"prediction": {}, "_note": 1}}, top_k=2)
    assert found.body["guardrailConfig"] == own["guardrailConfig"]
    assert found.body["performanceConfig"] == own["performanceConfig"]
    assert found.body["additionalModelRequestFields"] == {"anthropic_beta": ["x"], "top_k": 2}
    assert found.dropped == ["prediction"]


def test_only_the_assistant_s_words_are_cited() -> None:
    cited = Text(text="x", citations=[Citation(document=0, unit="char", source_start=0, source_end=1)])
    result = Message(role="tool", parts=[ToolResult(call_id="c1", parts=[cited])])
    found = written(messages=[Message(role="system", parts=[cited]), user(cited), CALL, result], tools=[TOOL])
    told = found.body["messages"]
    assert (found.body["system"], told[0]["content"]) == ([{"text": "x"}], [{"text": "x"}])
    assert told[2]["content"][0]["toolResult"]["content"] == [{"text": "x"}]
    assert found.dropped == ["citations"]
