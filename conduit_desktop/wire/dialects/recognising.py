"""Telling by its first words which dialect an answer is in. Some servers in front of models answer every call in one
dialect of theirs, whichever was asked for; what can be read is read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from conduit_desktop.wire.dialects import dialect
from conduit_desktop.wire.dialects.base import Decoder
from conduit_desktop.wire.events import Event
from conduit_desktop.wire.eventstream import opened

_MARKS: dict[str, Callable[[dict[str, Any]], bool]] = {
    "openai-chat": lambda told: isinstance(told.get("choices"), list) and "text" not in _first(told["choices"]),
    "openai-responses": lambda told: (
        told.get("object") == "response" or str(told.get("type", "")).startswith("response.")
    ),
    "anthropic-messages": lambda told: (
        told.get("type") == "message_start" or (told.get("type") == "message" and "stop_reason" in told)
    ),
    "gemini": lambda told: "candidates" in told or "promptFeedback" in told,
    "interactions": lambda told: (
        told.get("object") == "interaction"
        or ("steps" in told and "status" in told)
        or str(told.get("event_type", "")).startswith("interaction.")
    ),
    "bedrock-converse": lambda told: isinstance(told.get("output"), dict) and "message" in told["output"],
    "ollama": lambda told: "done" in told and isinstance(told.get("message"), dict),
}


def _first(choices: list[Any]) -> dict[str, Any]:
    return choices[0] if choices and isinstance(choices[0], dict) else {}


def told_in(told: Any, asked: str) -> str:
    """The dialect of an answer or of a stream's first event, given as decoded JSON: ``asked``, unless it bears the
    mark of another and not that one's."""
    if not isinstance(told, dict) or asked not in _MARKS or _MARKS[asked](told):
        return asked
    return next((name for name, mark in _MARKS.items() if mark(told)), asked)


class Recognising:
    """The decoder of the dialect that was asked for, or of the one in which the stream turns out to be. Bedrock wraps
    the events of its models' own streams in ``chunk`` events, which are opened here."""

    def __init__(self, asked: str) -> None:
        self._asked = asked
        self._decoder: Decoder | None = None
        self.feed = self._opened if asked == "bedrock-converse" else self._recognised

    def _recognised(self, name: str, data: bytes) -> list[Event]:
        if self._decoder is None:
            try:
                found = told_in(msgspec.json.decode(data), self._asked)
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                found = self._asked
            self._decoder = dialect(found).decoder()
            if self.feed == self._recognised:
                self.feed = self._decoder.feed  # there is nothing more to be done here
        return self._decoder.feed(name, data)

    def _opened(self, name: str, data: bytes) -> list[Event]:
        return self._recognised("", opened(data)) if name == "chunk" else self._recognised(name, data)

    def end(self) -> list[Event]:
        return (self._decoder or dialect(self._asked).decoder()).end()
