"""Requests in Anthropic's dialect: what the API demands of them, and the table of what it cannot say."""

from __future__ import annotations

from typing import Any

import pytest

from conduit_desktop.errors import BadRequest
from conduit_desktop.wire.dialects import anthropic
from conduit_desktop.wire.dialects.anthropic import ANTHROPIC_MESSAGES as DIALECT
from conduit_desktop.wire.dialects.base import Encoded
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

ADD = Tool(name="add", description="Adds.", parameters={"type": "object", "properties": {"a": {"type": "number"}}})
BUDGET, ADAPTIVE = Traits(thinking="budget"), Traits(thinking="adaptive")


def user(*parts: Part | str) -> Message:
    return Message(role="user", parts=[Text(text=each) if isinstance(each, str) else each for each in parts])


def turn(*parts: Part | str) -> Message:
    return Message(role="assistant", parts=[Text(text=each) if isinstance(each, str) else each for each in parts])


def results(*parts: Part) -> Message:
    return Message(role="tool", parts=list(parts))


def written(traits: Traits = BUDGET, **members: Any) -> Encoded:
    members.setdefault("messages", [user("Hi")])
    return DIALECT.encode_request(Request(model="claude", **members), traits)


def body(traits: Traits = BUDGET, **members: Any) -> dict[str, Any]:
    return written(traits, **members).body


# ---------------------------------------------------------------- the table


def refused(**members: Any) -> bool:
    with pytest.raises(BadRequest) as caught:
        written(**members)
    return bool(caught.value.code == "unsupported_field")


def dropped(name: str, traits: Traits = BUDGET, **members: Any) -> dict[str, Any]:
    encoded = written(traits, **members)
    assert encoded.dropped == [name]
    return encoded.body


SERVER = Tool(kind="server", name="code_interpreter", origin="openai-responses", data={"type": "code_interpreter"})
CALL = ToolCall(id="c1", name="add", arguments='{"a":1}')
RESULT = ToolResult(call_id="c1", parts=[Text(text="2")])


def several_tools() -> None:
    other = Tool(name="sub")
    choice = ToolChoice(mode="required", names=["add", "sub"])
    told = body(tools=[ADD, other, Tool(name="third")], tool_choice=choice)
    assert [tool["name"] for tool in told["tools"]] == ["add", "sub"]
    assert told["tool_choice"] == {"type": "any"}


def media_refused() -> None:
    for part in (
        Media(kind="audio", data="aa", media_type="audio/wav"),
        Media(kind="video", url="https://x/y.mp4"),
        Media(kind="image", data="aaaa", media_type="image/tiff"),
        Media(kind="document", data="aaaa", media_type="application/msword"),
        Media(kind="image", file_id="file-abc"),
        Media(kind="image", url="gs://bucket/x.png"),
    ):
        assert refused(messages=[user(part)])


def temperature_clamped() -> None:
    assert dropped("temperature", temperature=1.7)["temperature"] == 1


def beside_thinking() -> None:
    told = written(temperature=0.3, top_p=0.5, top_k=4, reasoning=Reasoning(effort="low"))
    assert set(told.dropped) == {"temperature", "top_p", "top_k"}
    assert written(temperature=1, reasoning=Reasoning(effort="low")).dropped == []


def system_between() -> None:
    messages = [user("a"), turn("b"), Message(role="developer", parts=[Text(text="Be brief.")]), user("c")]
    assert body(messages=messages)["system"] == "Be brief."
    told = body(Traits(mid_system=True), messages=messages)["messages"]
    assert [each["role"] for each in told] == ["user", "assistant", "user", "system"]


def system_alone() -> None:
    told = body(messages=[Message(role="system", parts=[Text(text=each)]) for each in ("One", "Two")])
    assert (told["system"], told["messages"]) == ("One", [{"role": "user", "content": "Two"}])


def formats() -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer", "minimum": 1}}}
    told = body(format=Format(kind="schema", schema=schema))["output_config"]["format"]
    assert told == {
        "type": "json_schema",
        "schema": {
            "type": "object",
            "properties": {"n": {"type": "integer", "description": "{minimum: 1}"}},
            "additionalProperties": False,
        },
    }


def format_in_words() -> None:
    assert "JSON object" in body(format=Format(kind="json"))["system"]
    assert '"minimum"' in body(Traits(schema="none"), format=Format(kind="schema", schema={"minimum": 1}))["system"]


def reasoning_against_the_rules() -> None:
    low = Reasoning(effort="low")
    cases: list[dict[str, Any]] = [
        {"tools": [ADD], "tool_choice": ToolChoice(mode="required")},
        {"messages": [user("x"), turn("I say")]},
        {"tools": [ADD], "messages": [user("x"), turn(CALL), results(RESULT)]},
    ]
    for members in cases:
        assert "thinking" not in dropped("reasoning", reasoning=low, **members)


def budgets() -> None:
    low, high = Reasoning(budget=3000), Reasoning(effort="high")
    assert body(reasoning=low, max_tokens=4000)["thinking"]["budget_tokens"] == 3000
    assert body(reasoning=high, max_tokens=4000)["thinking"]["budget_tokens"] == 3000
    assert body(reasoning=high)["max_tokens"] == 16384 + 8192
    assert dropped("reasoning", reasoning=high, max_tokens=1024)["max_tokens"] == 1024


def assistant_image() -> None:
    told = dropped("messages.image", messages=[user("x"), turn(Media(data="aa"), "seen"), user("y")])
    assert told["messages"][1]["content"] == "seen"


def words_of_others() -> None:
    found = written(
        messages=[
            Message(role="user", name="bob", parts=[Text(text="x")]),
            turn(
                Text(text="y", citations=[Citation(url="https://a")]), Foreign(dialect="gemini", kind="code", data={})
            ),
            user("z"),
        ]
    )
    assert found.dropped == ["messages.name", "citations", "code"]


SILENT: dict[str, Any] = {
    "seed": 0,
    "frequency_penalty": 0.1,
    "presence_penalty": 0.1,
    "repetition_penalty": 1.1,
    "min_p": 0.1,
    "logit_bias": {"1": 1.0},
    "logprobs": True,
    "top_logprobs": 2,
    "verbosity": "low",
    "metadata": {"a": "b"},
    "store": True,
    "cache_key": "k",
    "audio": {"voice": "x"},
}


def silent() -> None:
    assert set(written(**SILENT).dropped) == set(SILENT)


ROWS: dict[str, Any] = {
    "``n`` above 1": lambda: refused(n=2),
    "``modalities``": lambda: refused(modalities=["text", "audio"]),
    "``previous_id``": lambda: refused(previous_id="resp_1"),
    "audio, video": media_refused,
    "``tools`` of other": lambda: (
        bool(dropped("tools.code_interpreter", tools=[SERVER, ADD]))
        and refused(tools=[SERVER], tool_choice=ToolChoice(mode="required"))
    ),
    "``tool_choice`` required without": lambda: refused(tool_choice=ToolChoice(mode="required")),
    "``tool_choice`` among": several_tools,
    "``tool_choice`` required, refused": lambda: dropped(
        "tool_choice",
        Traits(refuses=frozenset({"tool_choice"})),
        tools=[ADD],
        tool_choice=ToolChoice(mode="required"),
    ),
    "``tools`` absent": lambda: (
        body(messages=[user("x"), turn(CALL), results(RESULT)])["tool_choice"]["type"] == "none"
    ),
    "``custom``": lambda: (
        body(tools=[Tool(kind="custom", name="x")])["tools"][0]["input_schema"]["required"] == ["input"]
    ),
    "``strict``": lambda: dropped("tools.strict", Traits(strict_tools=False), tools=[Tool(name="x", strict=True)]),
    "``format`` as a schema": formats,
    "``format`` as any": format_in_words,
    "``reasoning`` as a budget": reasoning_against_the_rules,
    "``reasoning`` beyond": budgets,
    "``thinking`` unsigned": lambda: (
        dropped("thinking", messages=[user("x"), turn(Thinking(sections=["hm"]), "y"), user("z")]),
        dropped("thinking", messages=[user("x"), turn(Thinking(id="rs_1", encrypted="e"), "y"), user("z")]),
    ),
    "``temperature`` above": temperature_clamped,
    "``temperature``, ``top_p``": beside_thinking,
    "``top_p`` beside": lambda: (dropped("top_p", temperature=0.5, top_p=0.5), body(temperature=0.5, top_p=1)),
    "``stop``": lambda: dropped("stop", stop=["\n", "END"])["stop_sequences"] == ["END"],
    "``max_tokens`` absent": lambda: body(Traits(max_output=77))["max_tokens"] == 77,
    "system messages between": system_between,
    "a conversation of system": system_alone,
    "images of the assistant": assistant_image,
    "``service_tier``": lambda: dropped("service_tier", service_tier="flex"),
    "``citations``": words_of_others,
    "``seed``": silent,
    "``extras``": lambda: dropped("prediction", extras={"openai-chat": {"prediction": {}}}),
}


def test_the_table_of_the_docstring_is_true() -> None:
    rows = [line for line in (anthropic.__doc__ or "").splitlines() if line.startswith("| ")][1:]
    assert len(rows) == len(ROWS)
    for row, (start, check) in zip(rows, ROWS.items(), strict=True):
        assert row.startswith(f"| {start}"), row
        assert check() is not False, row


def test_members_that_say_nothing_are_not_missed() -> None:
    assert (
        written(frequency_penalty=0.0, presence_penalty=0, repetition_penalty=1, store=False, logprobs=False).dropped
        == []
    )


def test_a_forced_search_of_another_dialect_is_forced_here() -> None:
    tool = Tool(kind="web_search", name="web_search_preview", origin="openai-responses")
    told = body(tools=[tool], tool_choice=ToolChoice(mode="required", names=["web_search_preview"]))
    assert told["tool_choice"] == {"type": "tool", "name": "web_search"}


def test_members_of_messages_come_back() -> None:
    told = {"role": "user", "content": "Hi", "of_tomorrow": 1}
    request = DIALECT.decode_request({"model": "m", "messages": [told]}, None, None)
    assert DIALECT.encode_request(request, BUDGET).body["messages"] == [told]


# ---------------------------------------------------------------- turns


def test_turns_alternate_and_results_lead() -> None:
    calls = [CALL, ToolCall(id="c2", name="add", arguments="")]
    messages = [
        user("a"),
        user("b"),
        turn("calling"),
        turn(*calls),
        results(RESULT),
        user("and then?"),
        results(ToolResult(call_id="c2", parts=[Text(text="boom"), Media(data="iVBORw0")], failed=True)),
    ]
    told = body(messages=messages, tools=[ADD])["messages"]
    assert [each["role"] for each in told] == ["user", "assistant", "user"]
    assert [block["text"] for block in told[0]["content"]] == ["a", "b"]
    assert [block["type"] for block in told[1]["content"]] == ["text", "tool_use", "tool_use"]
    assert told[1]["content"][2]["input"] == {}
    assert [block["type"] for block in told[2]["content"]] == ["tool_result", "tool_result", "text"]
    assert told[2]["content"][0] == {"type": "tool_result", "tool_use_id": "c1", "content": "2"}
    assert told[2]["content"][1]["is_error"] is True
    assert told[2]["content"][1]["content"][1]["source"]["media_type"] == "image/png"


def test_empty_words_are_left_out_and_a_prefilled_answer_is_trimmed() -> None:
    told = body(messages=[user("a"), turn(""), user(" ", "b"), turn("so: \n")])["messages"]
    assert told == [
        {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
        {"role": "assistant", "content": "so:"},
    ]


def test_ids_are_made_fit_unique_and_matched() -> None:
    messages = [
        turn(ToolCall(id="f.x:0", name="add"), ToolCall(name="sub"), ToolCall(name="add")),
        results(ToolResult(call_id="f.x:0"), ToolResult(name="add"), ToolResult(name="sub")),
        turn(ToolCall(id="f.x:0", name="add")),
        results(ToolResult(call_id="f.x:0")),
    ]
    told = body(messages=messages, tools=[ADD])["messages"]
    ids = [block["id"] for block in told[0]["content"]]
    assert ids == ["f_x_0", "toolu_1", "toolu_2"]
    assert [block["tool_use_id"] for block in told[1]["content"]] == ["f_x_0", "toolu_2", "toolu_1"]
    assert told[2]["content"][0]["id"] == told[3]["content"][0]["tool_use_id"] == "f_x_0_2"


def test_arguments_that_are_no_object_are_kept_as_words() -> None:
    parts = [ToolCall(id="a", name="x", arguments='{"broken'), ToolCall(id="b", name="y", arguments="ls", custom=True)]
    told = body(messages=[user("x"), turn(*parts)], tools=[ADD])["messages"][1]["content"]
    assert [block["input"] for block in told] == [{"arguments": '{"broken'}, {"input": "ls"}]


def test_signed_thoughts_go_back_before_their_calls() -> None:
    thoughts = [Thinking(sections=["hm"], signature="sig"), Thinking(encrypted="data")]
    messages = [user("x"), turn(*thoughts, CALL), results(RESULT)]
    told = written(messages=messages, tools=[ADD], reasoning=Reasoning(enabled=True, budget=2000))
    assert told.dropped == []
    assert told.body["messages"][1]["content"][:2] == [
        {"type": "thinking", "thinking": "hm", "signature": "sig"},
        {"type": "redacted_thinking", "data": "data"},
    ]
    assert told.body["thinking"] == {"type": "enabled", "budget_tokens": 2000}


def test_refusals_of_earlier_turns_are_words() -> None:
    assert body(messages=[user("x"), turn(Refusal(text="No.")), user("y")])["messages"][1]["content"] == "No."


# ---------------------------------------------------------------- thinking


@pytest.mark.parametrize(
    ("wish", "traits", "thinking", "effort"),
    [
        (Reasoning(effort="medium"), ADAPTIVE, {"type": "adaptive"}, "medium"),
        (Reasoning(effort="minimal"), ADAPTIVE, {"type": "adaptive"}, "low"),
        (Reasoning(effort="max", summary="auto"), ADAPTIVE, {"type": "adaptive", "display": "summarized"}, "max"),
        (Reasoning(budget=20_000, visible=False), ADAPTIVE, {"type": "adaptive", "display": "omitted"}, "high"),
        (
            Reasoning(effort="xhigh"),
            Traits(thinking="adaptive", efforts=("low", "high", "max")),
            {"type": "adaptive"},
            "high",
        ),
        (Reasoning(effort="odd"), ADAPTIVE, {"type": "adaptive"}, ""),
        (Reasoning(budget=-1), ADAPTIVE, {"type": "adaptive"}, ""),
        (Reasoning(effort="none"), ADAPTIVE, {"type": "disabled"}, ""),
        (
            Reasoning(enabled=False),
            Traits(thinking="adaptive", thinking_off="between_tools"),
            {"type": "between_tools"},
            "",
        ),
        (Reasoning(enabled=False), BUDGET, {"type": "disabled"}, ""),
        (Reasoning(enabled=True), BUDGET, {"type": "enabled", "budget_tokens": 8192}, ""),
        (Reasoning(budget=10), BUDGET, {"type": "enabled", "budget_tokens": 1024}, ""),
        (Reasoning(effort="none"), Traits(), None, ""),
        (Reasoning(visible=True), BUDGET, None, ""),
    ],
)
def test_amounts_of_thinking(wish: Reasoning, traits: Traits, thinking: dict[str, Any] | None, effort: str) -> None:
    told = written(traits, reasoning=wish)
    assert told.dropped == []
    assert told.body.get("thinking") == thinking
    assert told.body.get("output_config", {}).get("effort", "") == effort


def test_models_that_cannot_do_as_told_say_so() -> None:
    assert dropped("reasoning", Traits(), reasoning=Reasoning(effort="low"))
    always = Traits(thinking="adaptive", thinking_off="")
    assert dropped("reasoning", always, reasoning=Reasoning(effort="none"))["output_config"] == {"effort": "low"}


# ---------------------------------------------------------------- reading


def read(**members: Any) -> Request:
    return DIALECT.decode_request(
        {"model": "m", "messages": [{"role": "user", "content": "Hi"}], **members}, None, None
    )


def test_messages_of_both_sorts_are_cut_and_joined_again() -> None:
    content = [
        {
            "type": "tool_result",
            "tool_use_id": "c1",
            "content": "2",
            "cache_control": {"type": "ephemeral", "ttl": "1h"},
        },
        {"type": "tool_result", "tool_use_id": "c2", "is_error": False},
        {"type": "text", "text": "go on"},
    ]
    calls: list[Any] = [{"type": "tool_use", "id": each, "name": "add", "input": {}} for each in ("c1", "c2")]
    messages = [
        {"role": "user", "content": "x"},
        {"role": "assistant", "content": calls},
        {"role": "user", "content": content},
    ]
    request = read(messages=messages)
    assert [message.role for message in request.messages] == ["user", "assistant", "tool", "user"]
    assert request.messages[2].parts[0] == ToolResult(call_id="c1", parts=[Text(text="2")], cache=Cache(ttl="1h"))
    request.tools = [ADD]
    assert DIALECT.encode_request(request, BUDGET).body["messages"] == messages


def test_members_become_canonical_ones_and_come_back() -> None:
    members: dict[str, Any] = {
        "system": [
            {"type": "text", "text": "a"},
            {"type": "text", "text": "b", "cache_control": {"type": "ephemeral"}},
        ],
        "max_tokens": 3000,
        "thinking": {"type": "enabled", "budget_tokens": 2000, "display": "updates"},
        "output_config": {"format": {"type": "json_schema", "schema": {"type": "string"}}, "task_budget": {"total": 1}},
        "metadata": {"user_id": "u"},
        "service_tier": "standard_only",
        "stop_sequences": ["END"],
        "tools": [
            {"name": "add", "input_schema": {"type": "object"}, "strict": True, "eager_input_streaming": True},
            {"type": "web_search_20250305", "name": "web_search", "max_uses": 2, "allowed_domains": ["a.org"]},
            {"type": "bash_20250124", "name": "bash"},
        ],
        "tool_choice": {"type": "auto", "disable_parallel_tool_use": True},
        "container": "c",
        "mcp_servers": [{"type": "url", "name": "m", "url": "https://m"}],
        "stream": True,
    }
    request = read(**members)
    assert request.user == "u"
    assert request.service_tier == "default"
    assert request.parallel_tools is False
    assert request.tools[1].extras["web_search"] == {"max_uses": 2, "allowed_domains": ["a.org"]}
    assert [tool.kind for tool in request.tools] == ["function", "web_search", "server"]
    assert request.extras["anthropic-messages"].keys() == {"container", "mcp_servers", "output_config", "thinking"}
    told = DIALECT.encode_request(request, BUDGET)
    assert told.dropped == []
    for name, value in members.items():
        assert told.body[name] == value


def test_a_search_of_another_dialect_becomes_this_one() -> None:
    facts = {
        "allowed_domains": ["a"],
        "blocked_domains": ["b"],
        "context_size": "low",
        "user_location": {"city": "Ulm"},
    }
    tool = Tool(kind="web_search", name="web_search", origin="openai-responses", extras={"web_search": facts})
    told = written(tools=[tool])
    assert told.dropped == ["tools.web_search.blocked_domains", "tools.web_search.context_size"]
    assert told.body["tools"] == [
        {
            "type": "web_search_20250305",
            "name": "web_search",
            "allowed_domains": ["a"],
            "user_location": {"type": "approximate", "city": "Ulm"},
        }
    ]


@pytest.mark.parametrize(
    ("members", "path"),
    [
        ({"messages": None}, "messages[0]"),
        ({"messages": "x"}, "messages"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": 3}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, "messages[0].content[0].text"),
        ({"messages": [{"role": "user", "content": [{"text": "x"}]}]}, "messages[0].content[0].type"),
        ({"max_tokens": "many"}, "max_tokens"),
        ({"tools": [{"input_schema": {}}]}, "tools[0].name"),
        ({"tool_choice": {"type": "maybe"}}, "tool_choice.type"),
        ({"thinking": {"type": "enabled", "budget_tokens": "x"}}, "thinking.budget_tokens"),
    ],
)
def test_what_does_not_fit_is_named(members: dict[str, Any], path: str) -> None:
    if members == {"messages": None}:
        members = {"messages": [None]}
    with pytest.raises(BadRequest) as caught:
        read(**members)
    assert caught.value.param == path
