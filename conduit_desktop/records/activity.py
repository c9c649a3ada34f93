"""What happened (activity.db): exchanges and their attempts, spending, notices, changes, bodies.

The records that every request makes are msgspec structs, which are made in a fifth of a frozen dataclass's time:
``msgspec.structs.replace`` is their ``replace``. Where every request makes one, its fields are given in their order: by
name, thirty cost six times as much. None can refer to itself, so the collector need not follow them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import msgspec

from conduit_desktop.records.configuration import Severity
from conduit_desktop.wire.usage import Usage

CACHED = "cache"
"""The ``price`` of an exchange that the response cache answered: it cost nothing."""
RESPONSE_CACHE = "Response cache"
"""Its ``provider``: no provider was asked, and none's sums count it."""


class Attempt(msgspec.Struct, omit_defaults=True, gc=False):
    """One call to one deployment, filled in by who makes it and left alone once it is logged. ``offset`` is seconds
    after the exchange started; ``connected``, ``headers`` and ``first`` (first content) are seconds after the attempt
    started, ``None`` when not reached. ``dialect`` is what was spoken with the provider, ``dropped`` (names, with
    commas) what of the request it has no word for and did not get. ``waited`` is how long was paused before it
    (seconds), ``credential`` the name of the further key that was used (empty: the provider's first), ``model`` the
    model it belongs to where that is a fallback, ``next`` what followed from its failure, in words of
    ``gateway.send.verdict``. ``lab`` is the fault of the fault lab that it met, whose doing all of it then was, and not
    the provider's."""

    n: int
    provider_id: str
    provider: str
    deployment_id: str | None
    upstream_model: str
    url: str
    offset: float
    connected: float | None = None
    headers: float | None = None
    first: float | None = None
    duration: float = 0.0
    status: int | None = None
    cause: str = ""
    error: str = ""
    upstream_request_id: str = ""
    reused: bool = False
    dialect: str = ""
    dropped: str = ""
    waited: float = 0.0
    credential: str = ""
    model: str = ""
    next: str = ""
    lab: str = ""


HealthState = Literal["closed", "open", "half-open", "rejected"]
"""Of a deployment's or credential's circuit: in use; kept away from; one request tries it; turned down by the provider
(a credential), until somebody changes it."""


class HealthEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A change of how a deployment or credential does. ``subject`` is its id, ``name`` what it was called then;
    ``until`` is when it is tried again, None where nothing is waited for, or somebody has to do something first."""

    at: float
    kind: Literal["deployment", "credential"]
    subject: str
    name: str
    state: HealthState
    reason: str = ""
    until: float | None = None
    seq: int = 0


class Exchange(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One client request with all that happened to it. ``id`` is the ``x-request-id`` and sorts by time; ``seq`` is
    the row number in the log (0 while in flight). ``status`` is what the client was told (499: it hung up).
    ``overhead`` is our own share of the time up to the first byte. ``price`` is the source of the price it was priced
    with, ``saved`` what was saved by a cache (picodollars): by reading from the provider's own, or, where ``price`` is
    ``CACHED``, all that the answer had cost the first time. ``app`` is the caller's user-agent product."""

    id: str
    started: float
    dialect: str
    endpoint: str
    method: str
    path: str
    seq: int = 0
    key_id: str | None = None
    key: str = ""
    app: str = ""
    model: str = ""
    upstream_model: str = ""
    provider_id: str | None = None
    provider: str = ""
    kind: str = ""
    status: int = 0
    error_code: str = ""
    error: str = ""
    stream: bool = False
    finish: str = ""
    usage: Usage | None = None
    cost: int | None = None
    price: str = ""
    saved: int | None = None
    ttft: float | None = None
    total: float = 0.0
    overhead: float | None = None
    bytes_in: int = 0
    bytes_out: int = 0
    attempts: tuple[Attempt, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Spend:
    """A spend counter: what one key cost on one model of one provider on one local calendar day (``YYYY-MM-DD``)."""

    day: str
    key_id: str
    model: str
    provider: str
    requests: int = 0
    errors: int = 0
    input: int = 0
    output: int = 0
    cached_read: int = 0
    cost: int = 0
    unpriced: int = 0
    cache_write: int = 0
    saved: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """A change of the configuration: ``who`` (``window``, ``command line``, ``admin API``) made it from where
    (``origin``: a process or an address), what was done to which subject. No secrets."""

    seq: int
    at: float
    who: str
    origin: str
    action: str
    subject: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """A notice to the user. One live notice per ``subject`` (for example ``budget:KEY_ID``), updated in place.
    ``action`` is what its button does (``raise_budget``, ``test_provider``, …; empty: it has none) and ``target`` to
    what, an id."""

    id: str
    kind: str
    subject: str
    severity: Severity
    title: str
    text: str
    created: float
    updated: float
    count: int = 1
    read: bool = False
    action: str = ""
    target: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """Something to tell of a subject. One with a ``stage`` is told once: not again before the subject has been told at
    another stage. ``times`` is by how much it counts up, ``read`` that nobody needs to look at it."""

    subject: str
    kind: str
    severity: Severity
    title: str
    text: str
    action: str = ""
    target: str = ""
    stage: str = ""
    times: int = 1
    read: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One HTTP message as captured: head and body. Secrets in ``headers`` are already masked. ``pieces`` are the
    (seconds after the exchange started, length) of the parts in which a body came."""

    start: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    pieces: tuple[tuple[float, int], ...] = ()
    truncated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """The bodies of one exchange, for the inspector."""

    exchange_id: str
    request: Message
    upstream_request: Message | None = None
    response: Message | None = None
