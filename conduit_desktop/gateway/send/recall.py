"""Reasoning that must come back with its tool calls, kept for clients that cannot carry it.

Anthropic wants the signed thinking before a call back with the call's result, Gemini the call's signature, OpenAI its
encrypted reasoning; a client that speaks OpenAI's chat, Cohere's or Ollama's dialect usually returns the call and
nothing else. What was said before a call is therefore kept by the call's id, in memory, for the key and the provider
that it belongs to, and put back when the call comes back without it.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

import msgspec

from conduit_desktop.wire.messages import Message, Part, Request, Response, Thinking, ToolCall

FORGETFUL = frozenset({"openai-chat", "cohere", "ollama"})
"""The dialects whose clients, or most of them, give no reasoning back."""
MOST = 16 * 2**20
"""Characters that are kept, over all."""

_Place = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class _Kept:
    thoughts: tuple[Thinking, ...]
    signature: str
    size: int


class Recall:
    """Belongs to the gateway's loop."""

    def __init__(self) -> None:
        self._kept: OrderedDict[_Place, _Kept] = OrderedDict()
        self._size = 0

    def of(self, key_id: str, provider_id: str) -> Memory:
        """What is remembered for this key at this provider."""
        return Memory(self, key_id, provider_id)

    def put(self, place: _Place, kept: _Kept) -> None:
        self._drop(place)
        self._kept[place] = kept
        self._size += kept.size
        while self._size > MOST:
            self._drop(next(iter(self._kept)))

    def get(self, place: _Place) -> _Kept | None:
        return self._kept.get(place)

    def _drop(self, place: _Place) -> None:
        old = self._kept.pop(place, None)
        self._size -= old.size if old else 0


@dataclass(frozen=True, slots=True)
class Memory:
    """One key's memories of one provider."""

    recall: Recall
    key_id: str
    provider_id: str

    def keep(self, response: Response) -> None:
        """Remember the reasoning of an answer that ends in calls."""
        for choice in response.choices:
            thoughts = tuple(part for part in choice.parts if isinstance(part, Thinking) and _proven(part))
            size = sum(len(part.text) + len(part.signature) + len(part.encrypted) for part in thoughts)
            for part in choice.parts:
                if isinstance(part, ToolCall) and part.id and (thoughts or part.signature):
                    self.recall.put(self._place(part), _Kept(thoughts, part.signature, size + len(part.signature)))

    def restored(self, request: Request) -> Request:
        """The request with what its calls came with, where the client has left it out."""
        messages = [self._restored(each) if each.role == "assistant" else each for each in request.messages]
        return msgspec.structs.replace(request, messages=messages)

    def _restored(self, message: Message) -> Message:
        parts: list[Part] = []
        thoughts: tuple[Thinking, ...] = ()
        for part in message.parts:
            kept = self.recall.get(self._place(part)) if isinstance(part, ToolCall) else None
            if isinstance(part, ToolCall) and kept is not None:
                thoughts = thoughts or kept.thoughts
                part = msgspec.structs.replace(part, signature=part.signature or kept.signature)
            parts.append(part)
        if any(isinstance(part, Thinking) and _proven(part) for part in parts):
            thoughts = ()
        elif thoughts:  # theirs are words without proof
            parts = [part for part in parts if not isinstance(part, Thinking)]
        return msgspec.structs.replace(message, parts=[*thoughts, *parts])

    def _place(self, call: Part) -> _Place:
        return (self.key_id, self.provider_id, call.id if isinstance(call, ToolCall) else "")


def _proven(part: Thinking) -> bool:
    return bool(part.signature or part.encrypted)
