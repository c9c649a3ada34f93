"""The frozen rows that the store gives and takes and the window shows. Data only, no behaviour that does I/O.

Units: money is integer picodollars (1e-12 USD), ``None`` where unknown; times are Unix seconds UTC (float);
durations are seconds; token counts are integers. Ids are opaque strings.

The records that every request makes are msgspec structs, which are made in a fifth of a frozen dataclass's time:
``msgspec.structs.replace`` is their ``replace``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import msgspec

from conduit_desktop.wire.usage import Usage as Usage

Period = Literal["once", "day", "week", "month"]
Strategy = Literal["simple", "random", "round-robin", "least-busy", "least-latency", "least-cost"]
Severity = Literal["info", "warning", "error"]
STRATEGIES: tuple[Strategy, ...] = (
    "simple",
    "random",
    "round-robin",
    "least-busy",
    "least-latency",
    "least-cost",
)
PERIODS: tuple[Period, ...] = ("once", "day", "week", "month")


# ---------------------------------------------------------------- configuration (conduit.db)


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A configured account of a provider kind. ``secret_ref`` names its entry in the vault; a changed secret gets
    a new reference, so that a cached secret can never be stale."""

    id: str
    name: str
    kind: str
    base_url: str
    secret_ref: str | None = None
    secret_last4: str = ""
    enabled: bool = True
    created: float = 0.0
    updated: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """One way to serve a model: a provider and the provider's own model id."""

    id: str
    model_id: str
    provider_id: str
    upstream_model: str
    weight: int = 1
    priority: int = 1
    enabled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """The name clients ask for, with its deployments in order of priority. ``fallbacks`` are other aliases."""

    id: str
    alias: str
    strategy: Strategy = "simple"
    retries: int = 2
    fallbacks: tuple[str, ...] = ()
    enabled: bool = True
    created: float = 0.0
    deployments: tuple[Deployment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualKey:
    """What a client presents. Only the SHA-256 (hex) and the last four characters of its text are kept here;
    ``secret_ref`` names the vault entry when its text can be revealed. ``models`` empty means all; a trailing
    ``*`` is a prefix."""

    id: str
    name: str
    digest: str
    last4: str
    enabled: bool = True
    note: str = ""
    budget: int | None = None
    period: Period = "month"
    expires: float | None = None
    models: tuple[str, ...] = ()
    rpm: int | None = None
    tpm: int | None = None
    parallel: int | None = None
    secret_ref: str | None = None
    created: float = 0.0


# ---------------------------------------------------------------- activity (activity.db)


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What a model costs, in picodollars a token (``per_request``: picodollars a request). An unset part is billed
    at the price of the whole it belongs to. ``source`` says where the price comes from. Each of ``tiers`` is
    (input tokens above which it applies to the whole request, the price then), ascending."""

    source: str
    input: int
    output: int
    cached_read: int | None = None
    cache_write: int | None = None
    audio_input: int | None = None
    audio_output: int | None = None
    per_request: int = 0
    tiers: tuple[tuple[int, Price], ...] = ()


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One call to one deployment. ``offset`` is seconds after the exchange started; ``connected``, ``headers`` and
    ``first`` (first content) are seconds after the attempt started, ``None`` when not reached. ``dialect`` is what
    was spoken with the provider, ``dropped`` (names, with commas) what of the request it has no word for and did not
    get."""

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


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """One client request with all that happened to it. ``id`` is the ``x-request-id`` and sorts by time; ``seq`` is
    the row number in the log (0 while in flight). ``status`` is what the client was told (499: it hung up).
    ``overhead`` is our own share of the time up to the first byte. ``app`` is the caller's user-agent product."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """A notice to the user. One live notice per ``subject`` (for example ``budget:KEY_ID``), updated in place."""

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


# ---------------------------------------------------------------- what queries ask and give


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeFilter:
    """Which exchanges to list; unset fields do not restrict. ``text`` matches id, model, key, provider, app and
    error; ``outcome`` is ``ok``, ``error`` or a status such as ``429``."""

    text: str = ""
    key_id: str | None = None
    model: str | None = None
    provider: str | None = None
    outcome: str | None = None
    since: float | None = None
    until: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """One bar of a chart: everything that started in ``[start, start + seconds)``."""

    start: float
    seconds: float
    requests: int = 0
    errors: int = 0
    input: int = 0
    output: int = 0
    cost: int = 0
    unpriced: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The Dashboard's figures over one span. Percentiles are seconds, ``None`` without data. ``unpriced`` counts
    the exchanges whose price is unknown and which ``cost`` therefore leaves out."""

    since: float
    until: float
    requests: int = 0
    errors: int = 0
    input: int = 0
    output: int = 0
    cost: int = 0
    unpriced: int = 0
    ttft_p50: float | None = None
    ttft_p95: float | None = None
    total_p50: float | None = None
    total_p95: float | None = None
    buckets: tuple[Bucket, ...] = field(default=())
