"""Which requests may be answered from the cache, and which answers may be kept there."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from conduit_desktop.gateway.exchange import Trip
from conduit_desktop.gateway.send.job import Job

MOST_BYTES = 4 * 1024 * 1024
"""Of one answer."""
OPERATIONS = frozenset(
    {
        "chat",
        "embeddings",
        "rerank",
        "moderations",
        "images.generations",
        "images.edits",
        "images.variations",
        "audio.speech",
        "audio.transcriptions",
        "audio.translations",
    }
)
WHOLE = frozenset(
    {
        "stop",
        "stop_sequence",
        "length",
        "max_tokens",
        "max_output_tokens",
        "end_turn",
        "eos",
        "eos_token",
        "complete",
        "completed",
        "tool_call",
        "tool_calls",
        "tool_use",
        "function_call",
        "requires_action",
    }
)
"""The words, in small letters, by which providers say that an answer ended as it should. Another word, or none, may
mean anything."""


class _State(msgspec.Struct):
    """The members by which a request is about more than itself."""

    store: Any = None
    background: Any = None
    conversation: Any = None
    container: Any = None
    previous_response_id: Any = None
    previous_interaction_id: Any = None
    prompt: Any = None
    """Of Responses: the name of one that is stored; elsewhere a text, or several."""

    @property
    def found(self) -> bool:
        named = (self.conversation, self.container, self.previous_response_id, self.previous_interaction_id)
        return any(each is not None for each in named) or bool(self.store or self.background or self._stored_prompt)

    @property
    def _stored_prompt(self) -> bool:
        return isinstance(self.prompt, dict)


_state = msgspec.json.Decoder(_State)


class Terms(NamedTuple):
    """What the client says of caches: whether an answer may be kept, whether a kept one may be given, and how old that
    may be (seconds; None: as old as the model has it)."""

    keep: bool = True
    give: bool = True
    max_age: int | None = None


def terms(headers: list[tuple[bytes, bytes]]) -> Terms:
    """What ``cache-control`` says (RFC 9111 §5.2.1)."""
    said = [value for name, value in headers if name == b"cache-control"]
    if not said:
        return Terms()
    words = {word.strip().lower() for value in said for word in value.split(b",")}
    ages = [word[8:] for word in words if word.startswith(b"max-age=")]
    age = min((int(each) for each in ages if each.isdigit() and len(each) < 10), default=None)
    return Terms(keep=b"no-store" not in words, give=not words & {b"no-store", b"no-cache"}, max_age=age)


def may_be_cached(job: Job) -> bool:
    """Whether the request is about nothing but itself."""
    if job.operation not in OPERATIONS or job.ask.previous or job.method != "POST":
        return False
    if job.boundary:
        return True
    try:
        return not _state.decode(job.body).found
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False  # whoever serves it will say what is wrong


def worth_keeping(trip: Trip, model: str) -> bool:
    """Whether the answer is the model's own, whole and sound."""
    if trip.status != 200 or trip.error_code or trip.downgraded or trip.target is None:
        return False
    if trip.target.alias != model:
        return False
    return trip.endpoint.operation != "chat" or trip.finish.lower() in WHOLE
