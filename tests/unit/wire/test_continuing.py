"""Which APIs write a turn on, how they are asked, and the seam."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conduit_desktop.providers import spec
from conduit_desktop.wire.continuing import AGAIN, SURE, Again, Prefill, Seam, asked, begun, may, prefill_of
from conduit_desktop.wire.dialects import dialect
from conduit_desktop.wire.messages import (
    Format,
    Message,
    Reasoning,
    Request,
    Text,
    Tool,
    ToolChoice,
)

WRITE_ON = [
    ("anthropic", "anthropic-messages", "claude-3-5-haiku-latest"),
    ("anthropic", "anthropic-messages", "claude-sonnet-4-20250514"),
    ("anthropic", "anthropic-messages", "claude-opus-4-1"),
    ("anthropic", "anthropic-messages", "claude-haiku-4-5-20251001"),
    ("vertex", "anthropic-messages", "claude-opus-4-5@20251101"),
    ("bedrock", "bedrock-converse", "eu.anthropic.claude-sonnet-4-5-20250929-v1:0"),
    ("bedrock", "bedrock-converse", "amazon.nova-lite-v1:0"),
    ("gemini", "gemini", "gemini-2.5-flash"),
    ("gemini", "gemini", "gemini-3.5-flash"),
    ("mistral", "openai-chat", "mistral-large-latest"),
    ("deepseek", "openai-chat", "deepseek-v4-flash"),
    ("moonshot", "openai-chat", "kimi-k2.6"),
    ("vllm", "openai-chat", "Qwen/Qwen3-8B"),
    ("llama.cpp", "openai-chat", "anything"),
    ("ollama", "ollama", "llama3.2"),
    ("openrouter", "openai-chat", "anthropic/claude-sonnet-4.5"),
    ("openrouter", "openai-chat", "mistralai/mistral-medium-3"),
    ("groq", "openai-chat", "llama-3.3-70b-versatile"),
]
BEGIN_ANEW = [
    ("anthropic", "anthropic-messages", "claude-sonnet-4-6"),
    ("anthropic", "anthropic-messages", "claude-opus-4-7-20260416"),
    ("anthropic", "anthropic-messages", "claude-opus-5"),
    ("anthropic", "anthropic-messages", "claude-fable-5-1"),
    ("bedrock", "bedrock-converse", "us.anthropic.claude-opus-4-6-v1"),
    ("bedrock", "bedrock-converse", "meta.llama3-3-70b-instruct-v1:0"),
    ("gemini", "gemini", "gemini-3.6-flash"),
    ("gemini", "gemini", "gemini-3.5-flash-lite"),
    ("openai", "openai-chat", "gpt-5.2"),
    ("openai", "openai-responses", "gpt-5.2"),
    ("azure-openai", "openai-chat", "gpt-4o"),
    ("openai-compatible", "openai-chat", "claude-3-5-haiku"),
    ("cohere", "cohere", "command-a-03-2025"),
    ("mistral", "openai-chat", "magistral-medium-latest"),
    ("ollama", "ollama", "gpt-oss:20b"),
    ("openrouter", "openai-chat", "openai/gpt-5.2"),
    ("openrouter", "openai-chat", "anthropic/claude-opus-4.6"),
    ("openrouter", "openai-chat", "deepseek/deepseek-r1"),
    ("groq", "openai-chat", "openai/gpt-oss-120b"),
]


@pytest.mark.parametrize(("kind", "spoken", "model"), WRITE_ON)
def test_who_writes_on(kind: str, spoken: str, model: str) -> None:
    assert prefill_of(kind, spoken, model) is not None


@pytest.mark.parametrize(("kind", "spoken", "model"), BEGIN_ANEW)
def test_who_begins_anew_or_refuses(kind: str, spoken: str, model: str) -> None:
    assert prefill_of(kind, spoken, model) is None


def user(text: str = "Tell me a story.") -> Message:
    return Message(role="user", parts=[Text(text=text)])


def body_of(kind: str, model: str, request: Request, text: str) -> dict[str, Any]:
    """The body that a provider of this kind would get."""
    spoken = spec(kind).dialect
    how = prefill_of(kind, spoken, model)
    assert how is not None
    wanted = asked(request, text, how, spoken)
    return dialect(spoken).encode_request(wanted, spec(kind).traits_of(model)).body


def test_each_is_asked_in_its_own_way() -> None:
    request = Request(model="m", messages=[user()], stream=True, max_tokens=100, reasoning=Reasoning(effort="high"))
    last = {"role": "assistant", "content": "Once upon"}
    mistral = body_of("mistral", "mistral-large-latest", request, "Once upon")
    assert mistral["messages"][-1] == last | {"prefix": True}
    deepseek = body_of("deepseek", "deepseek-v4-flash", request, "Once upon")
    assert deepseek["messages"][-1] == last | {"prefix": True}
    assert deepseek["thinking"] == {"type": "disabled"}
    moonshot = body_of("moonshot", "kimi-k2.6", request, "Once upon")
    assert moonshot["messages"][-1] == last | {"partial": True}
    vllm = body_of("vllm", "m", request, "Once upon")
    assert (vllm["continue_final_message"], vllm["add_generation_prompt"]) == (True, False)
    assert vllm["messages"][-1] == last
    ollama = body_of("ollama", "llama3.2", request, "Once upon")
    assert ollama["messages"][-1] == last
    assert ollama["think"] is False
    claude = body_of("anthropic", "claude-sonnet-4-5", request, "Once upon")
    assert claude["messages"][-1] in (last, {"role": "assistant", "content": [{"type": "text", "text": "Once upon"}]})
    assert claude.get("thinking", {"type": "disabled"}) == {"type": "disabled"}
    assert claude["max_tokens"] == 98
    gemini = body_of("gemini", "gemini-2.5-flash", request, "Once upon")
    assert gemini["contents"][-1] == {"role": "model", "parts": [{"text": "Once upon"}]}


def test_the_request_that_is_asked_again_is_left_as_it_was() -> None:
    request = Request(model="m", messages=[user(), Message(role="assistant", parts=[Text(text="Well, ")])])
    again = asked(request, "once", Prefill(message={"prefix": True}), "openai-chat")
    assert [each.role for each in again.messages] == ["user", "assistant"]
    assert "".join(part.text for part in again.messages[-1].parts if isinstance(part, Text)) == "Well, once"
    assert len(request.messages[-1].parts) == 1
    assert not request.messages[-1].extras
    assert begun(request) == "Well, "
    assert begun(Request(messages=[user()])) == ""


@pytest.mark.parametrize(
    "more",
    [
        {"n": 2},
        {"format": Format(kind="json")},
        {"tool_choice": ToolChoice(mode="required"), "tools": [Tool(name="a")]},
        {"modalities": ["text", "audio"], "audio": {"voice": "x"}},
        {"previous_id": "resp_1"},
        {"tools": [Tool(kind="web_search")]},
    ],
)
def test_what_is_tied_to_a_shape_or_a_provider_is_not_written_on(more: dict[str, object]) -> None:
    assert may(Request(messages=[user()], tools=[Tool(name="a")]))
    assert not may(Request(messages=[user()], **more))  # type: ignore[arg-type]


# ---------------------------------------------------------------- the seam

LETTERS = st.text(alphabet="ab \n", max_size=80)


def in_pieces(data: st.DataObject, text: str) -> list[str]:
    out = []
    while text:
        size = data.draw(st.integers(1, len(text)))
        out.append(text[:size])
        text = text[size:]
    return out


def joined(seam: Seam, pieces: list[str]) -> str:
    return "".join([seam.feed(piece) for piece in pieces]) + seam.rest()


@given(st.data(), LETTERS, st.integers(0, 80), st.booleans())
def test_whoever_repeats_or_not_the_whole_is_the_whole(data: st.DataObject, whole: str, at: int, repeats: bool) -> None:
    """The provider that always repeats is known; of the others one in a while does, where it is no chance any more."""
    had = whole[:at]
    sent = had.rstrip()
    blank, more = had[len(sent) :], whole[len(sent) :]
    seam = Seam(sent, blank, always=repeats)
    told = sent + more if repeats else more
    if not repeats and more.lstrip().startswith(sent.strip()) and len(sent.strip()) >= SURE:
        return  # it really goes on with the very same words
    assert had + joined(seam, in_pieces(data, told)) == whole


@given(st.data(), st.text(min_size=SURE, max_size=60).filter(lambda text: len(text.strip()) >= SURE), st.text())
def test_a_repetition_that_nobody_announced_is_cut_off(data: st.DataObject, had: str, more: str) -> None:
    sent = had.rstrip()
    out = joined(Seam(sent), in_pieces(data, sent + more))
    assert out == more


def test_a_short_beginning_is_no_repetition() -> None:
    assert joined(Seam("ha"), ["ha", " ha"]) == "ha ha"
    assert joined(Seam("ha", always=True), ["h", "a", " ha"]) == " ha"


def test_nothing_is_held_back_longer_than_it_is_in_doubt() -> None:
    seam = Seam("It was the best of times, it was")
    assert seam.feed("It was the ") == ""
    assert seam.feed("worst") == "It was the worst"
    assert seam.feed(" of times") == " of times"


def test_blanks_are_not_doubled() -> None:
    assert joined(Seam("Hello", " "), [" ", "world"]) == "world"
    assert joined(Seam("Hello", " "), ["world"]) == "world"
    assert joined(Seam("Hello", "\n\n"), ["\n", "\n- a"]) == "- a"
    assert joined(Seam("Hello", "\n"), [" world"]) == " world"


# ---------------------------------------------------------------- asked the same again


@pytest.mark.parametrize("size", [1, 3, 100])
def test_the_same_words_again_go_on_where_they_were(size: int) -> None:
    whole = "It was the best of times, it was the worst of times"
    seam = Again("It was the best of times, ")
    out = "".join(seam.feed(whole[at : at + size]) for at in range(0, len(whole), size))
    assert (out + seam.rest(), seam.departed) == ("it was the worst of times", False)


@pytest.mark.parametrize("said", ["It was the worst of times", "It was", "", "Once"])
def test_other_words_or_fewer_are_of_no_use(said: str) -> None:
    seam = Again("It was the best of times")
    out = "".join(seam.feed(letter) for letter in said)
    assert (out + seam.rest(), seam.departed) == ("", True)


def test_who_is_asked_again_is_asked_the_same() -> None:
    request = Request(model="m", messages=[Message(role="user", parts=[Text(text="a")])])
    assert asked(request, "It was", AGAIN, "openai-chat") is request
