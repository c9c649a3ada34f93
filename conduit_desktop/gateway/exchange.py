"""One exchange while it happens: what each stage finds and leaves.

| stage  | takes              | leaves on the trip                  | may fail as                        |
|--------|--------------------|-------------------------------------|------------------------------------|
| accept | request            | endpoint, model, stream             | BadRequest (400, 403, 404, 405, …) |
| auth   | key, ledger        | key, what was reserved              | NotAllowed (401, 402, 403, 429)    |
| route  | model, health      | (a plan: the targets in order)      | NoRoute (404, 503)                 |
| send   | plan, secrets      | attempts, target, what was seen     | UpstreamError (its own, 502, 504)  |
| tally  | all of it          | usage, cost, one stored exchange    | logged, never seen by the client   |
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from conduit_desktop.gateway.snapshot import Snapshot, Target
from conduit_desktop.logs import redact, redact_headers
from conduit_desktop.records import RESPONSE_CACHE, Attempt, Capture, Exchange, Message, Price, VirtualKey
from conduit_desktop.wire.usage import Usage

MAX_KEPT = 8 * 1024 * 1024
"""Bytes of one body that are kept for the inspector."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What an URL means: its name in the log, the dialect spoken there, what is to be done (``chat``, ``embeddings``,
    …: the operations of ``providers.spec``, and those answered without a provider), and the methods it takes."""

    name: str
    dialect: str
    operation: str
    methods: tuple[str, ...] = ("POST",)


NOWHERE = Endpoint("", "", "")
"""Of a request whose URL means nothing, or was not looked at."""

LONGEST_WAIT = 10.0
"""Seconds that a request waits for a deployment that is kept away from, or asks to be left alone."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What went wrong with a call, as far as health goes. ``kind``: ``trouble`` (the deployment's), ``limit`` (it
    asks to be left alone for ``retry_after`` seconds), ``rejected`` (it does not take this credential), ``spent``
    (this credential's account has no means left); ``cause`` and ``reason`` are for people."""

    kind: str
    cause: str
    reason: str = ""
    retry_after: float | None = None


class Hold(msgspec.Struct, frozen=True, gc=False):
    """What a request has set aside of its key's budget (picodollars), in which of the account's periods, and the time
    (Unix seconds) for whose day it counts."""

    amount: int
    period: int
    at: float


class Place(msgspec.Struct, frozen=True, gc=False):
    """What a request holds of its key's limits: tokens set aside."""

    tokens: int


class Replay(NamedTuple):
    """Where an answer of the response cache comes from: who made it (provider and its model), what it had cost (None:
    nobody knows), how old it is (seconds), and the exchange it was made for."""

    provider: str
    upstream_model: str
    cost: int | None
    age: float
    exchange_id: str


class Earlier(NamedTuple):
    """What the calls of an exchange used and cost whose stream broke off and was written on by another; ``saved`` by
    their caching. None where nobody knows."""

    usage: Usage | None = None
    cost: int | None = 0
    saved: int | None = 0


class Left(NamedTuple):
    """How a limit stands: its size, what is left of it, and in how many seconds it is whole again."""

    limit: int
    remaining: int
    resets: float


class Standing(NamedTuple):
    """How a key's limits by the minute stand; None where it has none."""

    requests: Left | None
    tokens: Left | None


class Seen(msgspec.Struct, array_like=True):
    """One HTTP message as it passed, kept as cheaply as can be: it becomes a ``Message`` only when somebody looks.
    ``times`` are when the pieces of an answer's body came, in seconds since the exchange began."""

    start: str
    headers: list[tuple[bytes, bytes]]
    body: bytes | list[bytes]
    times: Sequence[float] = ()

    def message(self) -> Message:
        pieces = [self.body] if isinstance(self.body, bytes) else self.body
        body = b"".join(pieces)
        headers = redact_headers([(name.decode("latin-1"), value.decode("latin-1")) for name, value in self.headers])
        return Message(
            start=redact(self.start),
            headers=headers,
            body=body[:MAX_KEPT],
            pieces=tuple(zip(self.times, map(len, pieces), strict=False)),
            truncated=len(body) > MAX_KEPT,
        )


class Trip(msgspec.Struct):
    """The notebook of one exchange. Offsets are ``time.perf_counter()`` readings; ``started`` is Unix seconds."""

    id: str
    started: float
    began: float
    method: str
    path: str
    snapshot: Snapshot
    dialect: str = "openai-chat"
    """What the client speaks."""
    endpoint: Endpoint = NOWHERE
    app: str = ""
    key: VirtualKey | None = None
    model: str = ""
    stream: bool = False
    target: Target | None = None
    attempts: list[Attempt] = msgspec.field(default_factory=list)
    tried: int = 0
    """How many calls were begun."""
    status: int = 0
    error_code: str = ""
    error: str = ""
    usage: Usage | None = None
    finish: str = ""
    price: Price | None = None
    cost: int | None = None
    saved: int | None = None
    earlier: Earlier | None = None
    counted: Usage | None = None
    """What was counted here, where the provider did not say."""
    first: float | None = None
    sent: float | None = None
    """When the first call to a provider was written."""
    answered: float | None = None
    """When the answer that counts had arrived: its whole body, or a stream's first content."""
    bytes_in: int = 0
    bytes_out: int = 0
    own: float | None = None
    """Seconds of our own up to the answer's first byte."""
    hold: Hold | None = None
    place: Place | None = None
    """What is set aside from the key's budget and taken of its limits, until it is settled."""
    standing: Standing | None = None
    """How the key's limits stood when it was admitted, where it has any."""
    downgraded: str = ""
    """The model that was asked for, where the budget led to another."""
    key_until: float | None = None
    """When the text of the key that was used ends, where it was rotated."""
    logged: bool = False
    most_output: int | None = None
    choices: int = 1
    """How many answers are wanted."""
    dropped: str = ""
    """What of the request the provider has no word for, and did not get: names, with commas."""
    cache: str = ""
    """Of a request that the response cache is for: ``hit`` or ``miss``."""
    replay: Replay | None = None
    """Set where the answer comes from there."""
    request: Seen | None = None
    upstream_request: Seen | None = None
    response: Seen | None = None

    def overhead(self, now: float) -> float:
        """Seconds of our own up to ``now``, which is when the answer (or its first byte) goes out."""
        if self.sent is None or self.answered is None:
            return now - self.began
        return (self.sent - self.began) + (now - self.answered)

    def fail(self, status: int, code: str, message: str) -> None:
        self.status, self.error_code, self.error = status, code, redact(message)

    def record(self) -> Exchange:
        """The exchange as it stands."""
        key, target, replay = self.key, self.target, self.replay
        # Where things go well, these two are names of ours; else a key may stand in the wrong place.
        wrong = self.status >= 400
        return Exchange(  # in the order of its fields
            self.id,
            self.started,
            self.endpoint.dialect,
            self.endpoint.name,
            self.method,
            redact(self.path) if wrong else self.path,
            0,  # its number, which the log gives
            key.id if key is not None else None,
            key.name if key is not None else "",
            self.app,
            redact(self.model) if wrong else self.model,
            target.upstream_model if target is not None else replay.upstream_model if replay is not None else "",
            target.provider.id if target is not None else None,
            target.provider.name if target is not None else RESPONSE_CACHE if replay is not None else "",
            target.spec.kind if target is not None else "",
            self.status,
            self.error_code,
            self.error,
            self.stream,
            self.finish,
            self.usage,
            self.cost,
            self.price.source if self.price is not None else "",
            self.saved,
            self.first - self.began if self.first is not None else None,
            time.perf_counter() - self.began,
            self.own,
            self.bytes_in,
            self.bytes_out,
            tuple(self.attempts),
        )

    def capture(self) -> Capture | None:
        """What was seen; see ``capture_of``."""
        return capture_of(self.id, self.request, self.upstream_request, self.response)


def capture_of(id: str, request: Seen | None, upstream_request: Seen | None, response: Seen | None) -> Capture | None:
    """What was seen of an exchange, with secrets masked in the heads; in the bodies who stores or shows them does
    that."""
    if request is None:
        return None
    return Capture(
        exchange_id=id,
        request=request.message(),
        upstream_request=upstream_request.message() if upstream_request else None,
        response=response.message() if response else None,
    )
