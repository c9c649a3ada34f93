"""What a way of calling a provider looks like: a call goes in, an answer comes out whose body is pushed to a sink.

Pushing, not pulling: a chunk of a stream goes from the provider's socket to the client's in one call, with no task
woken and nothing held back. ``direct`` is the fast way, ``general`` goes through httpx, ``demo`` stays in-house.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

from conduit_desktop.errors import UpstreamError
from conduit_desktop.providers.urls import origin

Headers = list[tuple[bytes, bytes]]
MAX_WHOLE = 256 * 1024 * 1024
"""Bytes of an answer that is no stream."""


@dataclass(slots=True)
class Call:
    """One request to a provider. ``headers`` hold the credential: never log or store them unmasked."""

    method: str
    url: str
    headers: Headers = field(repr=False)
    body: bytes = field(repr=False)
    connect_timeout: float = 10.0
    answer_timeout: float = 600.0
    idle_timeout: float = 300.0
    limit: str = "total"
    """Which of the model's limits ``answer_timeout`` is: ``first token``, ``idle`` or ``total``."""


class Sink(Protocol):
    """Where an answer's body goes, piece by piece. ``released``: what comes at once may come in one piece. Up to its
    first content a stream comes as it was cut, so that an error right behind that finds it gone."""

    released: bool

    def data(self, piece: bytes) -> None: ...

    def ended(self, failure: UpstreamError | None) -> None:
        """The body is whole (None), or broke off."""


class Answer(Protocol):
    """An answer whose head has arrived. Exactly one of ``read`` and ``relay`` is called, at most once."""

    status: int
    headers: Headers
    reused: bool
    connected: float | None

    @property
    def body(self) -> bytes | None:
        """The whole body where it came together with the head, so that nobody need wait for it."""

    async def read(self) -> bytes:
        """The whole body. Raises UpstreamError when it breaks off."""

    def relay(self, sink: Sink) -> None:
        """Push the body to ``sink`` as it comes, beginning with what is already here."""

    def pause(self) -> None:
        """Stop reading from the provider for now."""

    def resume(self) -> None: ...

    def close(self) -> None:
        """Done with it: closes the connection to the provider at once unless its body was whole."""


class Upstream(Protocol):
    """A way of calling providers."""

    async def call(self, call: Call) -> Answer:
        """Send, and wait for the head of the answer. Raises UpstreamError; cancelling closes the connection."""

    async def close(self) -> None: ...


_TOO_LONG = {
    "first token": "The provider did not begin to answer within {:g} s, the limit for the first token.",
    "idle": "The provider has sent nothing for {:g} s, the limit for its silence.",
    "total": "The answer was not whole within {:g} s, the limit for all of a request.",
}


LAST_LOOK = 0.001
"""Seconds between a limit's end and giving up, in which the loop reads what has come: one that was held up, be it that
the machine slept, runs what is due before it reads."""


def too_long(limit: str, seconds: float) -> UpstreamError:
    """What is said when one of a model's time limits is over."""
    return UpstreamError(
        _TOO_LONG[limit].format(seconds),
        cause=f"{limit.replace(' ', '_')}_timeout",
        hint="The model's time limits are in the Models pane (conduit-desktop model set).",
        status=504,
        code="upstream_timeout",
    )


def late(call: Call) -> UpstreamError:
    """What is said when the head of an answer is not here in time."""
    return too_long(call.limit, call.answer_timeout)


class Gathered:
    """A sink that keeps the whole body, up to ``MAX_WHOLE``: a compressed one may grow a thousandfold."""

    __slots__ = ("_pieces", "_size", "whole")
    released = True

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0
        self.whole: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def data(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size <= MAX_WHOLE:
            self._pieces.append(piece)
        elif not self.whole.done():
            self._pieces.clear()
            self.whole.set_exception(UpstreamError("The provider's answer is too large.", cause="protocol"))

    def ended(self, failure: UpstreamError | None) -> None:
        if self.whole.done():
            return
        if failure is not None:
            self.whole.set_exception(failure)
        else:
            self.whole.set_result(b"".join(self._pieces))


@dataclass(frozen=True, slots=True)
class Address:
    """Where a URL leads: what to connect to and what to ask for. ``literal``: the host is an address itself, and no
    name. ``asks`` is how a request begins, behind its method: the target, and the Host header."""

    origin: str
    host: str
    port: int
    literal: bool
    secure: bool
    authority: bytes
    asks: bytes

    @classmethod
    def of(cls, url: str) -> Address:
        parts = urlsplit(url)
        secure = parts.scheme == "https"
        host = parts.hostname or ""
        port = parts.port or (443 if secure else 80)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        shown = f"[{host}]" if ":" in host else host
        authority = shown if port == (443 if secure else 80) else f"{shown}:{port}"
        return cls(
            origin=origin(url),
            host=host,
            port=port,
            literal=":" in host or host[-1:].isdecimal(),
            secure=secure,
            authority=authority.encode(),
            asks=f" {target} HTTP/1.1\r\nhost: {authority}".encode(),
        )
