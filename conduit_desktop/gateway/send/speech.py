"""How one attempt speaks: which of the provider's APIs it uses, what goes there, and how what comes back is told to the
client. In one dialect bytes pass through (``passing``), between two they are translated (``translating``).
"""

from __future__ import annotations

from typing import Protocol

import msgspec

from conduit_desktop.gateway.send.job import Job
from conduit_desktop.gateway.send.upstream import Headers
from conduit_desktop.wire.failure import Failure
from conduit_desktop.wire.passing.openai import Outcome
from conduit_desktop.wire.usage import Usage


class Told(msgspec.Struct):
    """A whole answer as the client gets it, and what it came to."""

    body: bytes
    outcome: Outcome = Outcome()
    content_type: bytes = b""
    """Set where it is not the provider's own."""


class Watch(Protocol):
    """What a relay needs of the reading of a stream (``wire.passing`` and ``wire.translation`` have them)."""

    content: bool
    done: bool
    closing: bool
    usage: Usage | None
    finish: str
    error: str
    error_status: int
    garbled: bool
    held: bytes
    id: str

    def feed(self, data: bytes) -> bytes: ...

    def end(self) -> bytes: ...

    def fail(self, failure: Failure) -> bytes: ...

    @property
    def complete(self) -> bool: ...


class Speech(Protocol):
    """One attempt's way of speaking. ``dropped`` are the members of the request that did not go."""

    job: Job
    dialect: str
    path: str
    query: str
    same: bool
    hosted: str
    dropped: list[str]

    def body(self) -> bytes:
        """The request for the provider. Raises BadRequest for what cannot be said there."""

    def whole(self, body: bytes, headers: Headers) -> Told:
        """A good answer that came whole."""

    def error(self, status: int, body: bytes) -> Told:
        """An error answer; the outcome names it."""

    def streams(self, headers: Headers) -> bool:
        """Whether a good answer with these headers is to be relayed as it comes."""

    def watch(self, headers: Headers) -> Watch:
        """A reading of the stream that begins with these headers."""

    def stream_head(self, headers: Headers) -> Headers:
        """The headers of a stream as the client gets them."""
