"""Reasoning kept for clients that give none back."""

from __future__ import annotations

from conduit_desktop.gateway.send import recall
from conduit_desktop.gateway.send.recall import Recall
from conduit_desktop.wire.messages import Choice, Message, Request, Response, Text, Thinking, ToolCall

THOUGHT = Thinking(sections=["Hm."], signature="sig")
CALL = ToolCall(id="call_1", name="f", signature="mark")


def answer(*parts: object) -> Response:
    return Response(choices=[Choice(parts=list(parts))])  # type: ignore[arg-type]


def returned(*parts: object) -> Request:
    said = Message(role="assistant", parts=list(parts))  # type: ignore[arg-type]
    return Request(messages=[Message(role="user"), said])


def test_what_came_with_a_call_comes_back_with_it() -> None:
    memory = Recall().of("key", "provider")
    memory.keep(answer(THOUGHT, Text(text="I look."), CALL))
    found = memory.restored(returned(Text(text="I look."), ToolCall(id="call_1", name="f"))).messages[1].parts
    assert found == [THOUGHT, Text(text="I look."), CALL]


def test_words_without_proof_give_way_to_the_thought_itself() -> None:
    memory = Recall().of("key", "provider")
    memory.keep(answer(THOUGHT, CALL))
    found = memory.restored(returned(Thinking(sections=["Hm."]), ToolCall(id="call_1", name="f"))).messages[1].parts
    assert found == [THOUGHT, CALL]


def test_what_the_client_gives_back_itself_stays() -> None:
    memory = Recall().of("key", "provider")
    memory.keep(answer(THOUGHT, CALL))
    own = Thinking(sections=["Mine."], signature="mine")
    assert memory.restored(returned(own, ToolCall(id="call_1", name="f", signature="x"))).messages[1].parts[0] == own


def test_another_key_or_provider_gets_nothing() -> None:
    memories = Recall()
    memories.of("key", "provider").keep(answer(THOUGHT, CALL))
    plain = returned(ToolCall(id="call_1", name="f"))
    assert memories.of("other", "provider").restored(plain) == plain
    assert memories.of("key", "other").restored(plain) == plain


def test_calls_without_reasoning_are_not_kept(monkeypatch: object) -> None:
    memories = Recall()
    memories.of("k", "p").keep(answer(Thinking(sections=["unsigned"]), ToolCall(id="a", name="f")))
    assert not memories._kept


def test_the_oldest_is_forgotten_first(monkeypatch: object) -> None:
    memories = Recall()
    memory = memories.of("k", "p")
    for number in range(5):
        big = Thinking(sections=["x" * (recall.MOST // 3)], signature="s")
        memory.keep(answer(big, ToolCall(id=f"call_{number}", name="f")))
    assert [place[2] for place in memories._kept] == ["call_3", "call_4"]
    assert memories._size <= recall.MOST
    memory.keep(answer(Thinking(sections=["y"], signature="s"), ToolCall(id="call_4", name="f")))
    assert memories._size < recall.MOST // 2
