"""What a dialect is: the same pure functions seen from two sides. A client's dialect decodes requests and encodes
answers; a provider's encodes requests and decodes answers.

What a provider's dialect cannot say, every encoder judges by one rule: does leaving it out change what is meant? Then
it is ``unsayable``; else it is left out and named in ``Encoded.dropped``. For tools that only another dialect's
provider can run (``web_search`` where there is no search at all, ``server``): one that the model merely *may* use is
left out by name, as an agent offers many and needs few; one that the request forces (``required`` with its name in
``ToolChoice.names``, or ``required`` when no other tool is left) is unsayable. ``custom`` tools are not of that sort:
a dialect without them writes a function with one string ``input`` (``custom.py`` has it ready, and the way back).

In ``extras`` a member whose name begins with ``_`` is a dialect's note to itself on how something was written (an
item's id, a member's other name): other dialects leave it out without a word. ``foreign_extras`` names the rest.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from conduit_desktop.errors import BadRequest
from conduit_desktop.wire.events import Event
from conduit_desktop.wire.failure import Failure
from conduit_desktop.wire.messages import Request, Response
from conduit_desktop.wire.traits import Traits

Json = dict[str, Any]
_UNFIT = re.compile(r"[^A-Za-z0-9_-]+")
"""What no id holds."""


class Context(msgspec.Struct, kw_only=True):
    """What an encoder of answers must know besides the answer. ``request`` is what the client asked; ``seed`` letters
    and digits to make ids of where the provider gave none (unique to the exchange); ``now`` Unix seconds;
    ``input_tokens`` a count of ours for dialects that tell the input first. ``sse``: Gemini's stream as events, not
    as a JSON array. ``request_id`` is the exchange's, for its errors."""

    request: Request
    seed: str = "0"
    now: int = 0
    input_tokens: int = 0
    sse: bool = True
    request_id: str = ""


class Encoded(msgspec.Struct):
    """A request for a provider, and what of the client's had to be left out because the provider has no word for it and
    its absence does not change what is meant: names as the client's dialect or the canonical form has them."""

    body: Json
    dropped: list[str] = msgspec.field(default_factory=list)


class Decoder(Protocol):
    """Reads one stream of a provider's."""

    def feed(self, name: str, data: bytes) -> list[Event]:
        """The events told by one event of the stream: ``name`` is its SSE event name (or event-stream event type),
        empty for others; ``data`` its data, usually JSON. Never raises for what a provider may send: what cannot be
        read is a ``Failed``. A comment or an empty event is never fed."""

    def end(self) -> list[Event]:
        """The events told by the end of the connection: ``End`` where the answer was whole and ``End`` had not come
        yet, ``Failed`` with kind ``server`` and code ``truncated`` where it was cut short, nothing after End or
        Failed."""


class Encoder(Protocol):
    """Writes one stream for a client."""

    def encode(self, event: Event) -> bytes:
        """The bytes for one event, framing included; empty when the client needs to hear nothing of it. ``Failed``
        gives the dialect's own error event and nothing that looks like a finished stream."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """One row. ``decode_request`` takes the body and what its URL told (``model`` and ``stream`` of Gemini's paths;
    None elsewhere) and raises BadRequest naming the field; ``encode_request`` gives the body for a provider and
    raises ``unsayable`` for what cannot be left out; ``decode_response`` raises BadRequest for what is no such
    answer; ``decode_error`` reads an error body of any shape with its HTTP status. ``mark`` stands in a body that
    holds what was packed here for another provider (foreign signatures of reasoning): such a body is not passed on as
    it is."""

    name: str
    decode_request: Callable[[Json, str | None, bool | None], Request]
    encode_request: Callable[[Request, Traits], Encoded]
    decode_response: Callable[[Json], Response]
    encode_response: Callable[[Response, Context], Json]
    decoder: Callable[[], Decoder]
    encoder: Callable[[Context], Encoder]
    decode_error: Callable[[int, Any], Failure]
    encode_error: Callable[[Failure], Json]
    mark: bytes = b""


def unsayable(field: str, why: str) -> BadRequest:
    """The refusal of what the provider has no words for and what cannot be left out without changing what is meant."""
    return BadRequest(
        f"The field {field} cannot be passed on: {why}.",
        hint="Leave it out, or choose a model whose provider supports it.",
        param=field,
        code="unsupported_field",
    )


_ESSENTIAL = {
    ("completions", "prompt"): "several prompts, or prompts in tokens, can be sent to a completions endpoint only",
    ("completions", "suffix"): "filling in before a suffix can be asked of a completions endpoint only",
    ("completions", "echo"): "only a completions endpoint repeats the prompt",
    ("openai-responses", "prompt"): "the prompt is kept at OpenAI",
    ("openai-responses", "conversation"): "the conversation is kept at OpenAI",
    ("openai-responses", "background"): "only OpenAI answers later what was asked in the background",
    ("interactions", "previous_interaction_id"): "the conversation is kept at Google",
    ("interactions", "continuation_token"): "what it continues is kept at Google",
    ("interactions", "cached_content"): "the cached content is kept at Google",
    ("interactions", "background"): "only Google answers later what was asked in the background",
    ("interactions", "agent"): "the agent works at Google",
    ("interactions", "environment"): "the environment is at Google",
    ("ollama-generate", "suffix"): "only completion knows of words behind the gap",
    ("ollama-generate", "raw"): "only Ollama takes a prompt without a template",
    ("ollama-generate", "context"): "the conversation is kept in Ollama's own tokens",
}
"""Members of a request's extras that cannot be left out without changing what is meant."""


def foreign_extras(extras: Json, own: str) -> list[str]:
    """The names of what ``extras`` hold of dialects other than ``own``, for ``Encoded.dropped``. Raises ``unsayable``
    for what cannot be left out."""
    names = []
    for dialect, members in extras.items():
        if dialect == own or not isinstance(members, dict):
            continue
        for name in members:
            if (dialect, name) in _ESSENTIAL:
                raise unsayable(name, _ESSENTIAL[dialect, name])
            if not name.startswith("_"):
                names.append(name)
    return names


def truncated() -> Failure:
    """What a stream that was cut short ends in."""
    return Failure(
        status=502, kind="server", code="truncated", message="The provider's stream ended before it was finished."
    )


def unreadable(data: bytes) -> Failure:
    """What an event that cannot be read ends a stream in."""
    return Failure(
        status=502,
        kind="server",
        code="unreadable",
        message=f"The provider sent an event that cannot be read: {data[:200].decode('utf-8', 'replace')}",
    )


def ident(prefix: str, given: str, seed: str) -> str:
    """An id of the shape that a dialect promises: the provider's own where it has that shape already, else the prefix
    and what of the provider's fits (or the exchange's seed where it gave none)."""
    if given.startswith(prefix):
        return given
    return prefix + (_UNFIT.sub("", given) or seed)


def sse(data: Json, name: str = "") -> bytes:
    """One server-sent event."""
    body = msgspec.json.encode(data)
    return b"event: %s\ndata: %s\n\n" % (name.encode(), body) if name else b"data: %s\n\n" % body
