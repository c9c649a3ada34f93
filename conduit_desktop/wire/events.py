"""The canonical form of a stream: what every dialect's stream decodes to and encodes from.

A stream is ``Start``, then parts, each ``Open``, any number of deltas, ``Close``; ``Finish`` for each choice;
``Tokens`` whenever usage is told (the last counts); ``End``. ``Failed`` may come at any time and is the last. Parts are
numbered from 0 in the order in which they open, across all choices; a part that is open may be added to while others
are open too (parallel tool calls of some dialects), so an encoder of a dialect with one block at a time puts
``sequence.InOrder`` before itself.
"""

from __future__ import annotations

from typing import Any

import msgspec

from conduit_desktop.wire.failure import Failure
from conduit_desktop.wire.messages import Citation, Finish, Logprob, Part, Refusal, Text, Thinking
from conduit_desktop.wire.usage import Usage


class Start(msgspec.Struct, kw_only=True):
    """The answer begins. ``usage`` is what is known of it by now (Anthropic tells the input first)."""

    id: str = ""
    model: str = ""
    created: int | None = None
    usage: Usage | None = None
    service_tier: str = ""
    extras: dict[str, Any] = msgspec.field(default_factory=dict)


class Open(msgspec.Struct):
    """A part begins. ``part`` is what is known of it: empty of what deltas will bring, or whole (media, foreign
    blocks, tool calls of dialects that do not stream arguments). A ToolCall opens with ``arguments`` empty when they
    come in deltas."""

    index: int
    part: Part
    choice: int = 0


class TextDelta(msgspec.Struct, gc=False):
    """More words of a Text or Refusal part, or of a sound's transcript."""

    index: int
    text: str


class ThinkingDelta(msgspec.Struct, gc=False):
    """More of section ``section`` (from 0) of a Thinking part."""

    index: int
    text: str
    section: int = 0


class ArgumentsDelta(msgspec.Struct, gc=False):
    """More of a ToolCall's arguments: a piece of their JSON text."""

    index: int
    text: str


class DataDelta(msgspec.Struct, gc=False):
    """More base64 of a Media part; each piece is whole base64 of its own bytes."""

    index: int
    data: str


class CitationDelta(msgspec.Struct):
    """One more citation of a Text part."""

    index: int
    citation: Citation


class Sealed(msgspec.Struct):
    """What came of a part after its Open: its signature, the encrypted content of a Thinking part, when a sound
    expires."""

    index: int
    signature: str = ""
    encrypted: str = ""
    expires: int | None = None


class Close(msgspec.Struct, gc=False):
    """A part is whole."""

    index: int


class Logprobs(msgspec.Struct):
    """Log probabilities of the latest tokens of a choice."""

    logprobs: list[Logprob]
    choice: int = 0


class Finished(msgspec.Struct, kw_only=True):
    """A choice is whole."""

    choice: int = 0
    finish: Finish = "stop"
    native_finish: str = ""
    stop_sequence: str = ""
    extras: dict[str, Any] = msgspec.field(default_factory=dict)


class Tokens(msgspec.Struct):
    """Usage so far. Later ones replace earlier ones."""

    usage: Usage


class Ping(msgspec.Struct):
    """The provider is alive."""


class Failed(msgspec.Struct):
    """The stream ends in a failure."""

    failure: Failure


class End(msgspec.Struct):
    """The stream is whole: nothing comes after it. ``extras`` is what only came with the end."""

    extras: dict[str, Any] = msgspec.field(default_factory=dict)


Event = (
    Start
    | Open
    | TextDelta
    | ThinkingDelta
    | ArgumentsDelta
    | DataDelta
    | CitationDelta
    | Sealed
    | Close
    | Logprobs
    | Finished
    | Tokens
    | Ping
    | Failed
    | End
)


def carries(event: Event) -> bool:
    """Whether the event holds any of the answer itself. What only announces it, such as the opening of a part whose
    words come later, does not: until then another deployment may still answer instead."""
    match event:
        case TextDelta() | ThinkingDelta() | ArgumentsDelta():
            return bool(event.text)
        case DataDelta():
            return bool(event.data)
        case Open(part=Text() | Refusal() as part):
            return bool(part.text)
        case Open(part=Thinking() as part):
            return any(part.sections)
        case Open() | CitationDelta() | Logprobs():
            return True
        case _:
            return False
