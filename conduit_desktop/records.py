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
AtLimit = Literal["block", "downgrade", "ask"]
STRATEGIES: tuple[Strategy, ...] = (
    "simple",
    "random",
    "round-robin",
    "least-busy",
    "least-latency",
    "least-cost",
)
PERIODS: tuple[Period, ...] = ("once", "day", "week", "month")
AT_LIMIT: tuple[AtLimit, ...] = ("block", "downgrade", "ask")
THRESHOLDS = (50, 80, 95, 100)
"""Percents of a budget at which its owner is told, where the key has none of its own."""


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
class Price:
    """What a model costs, in picodollars a token (``per_request``, ``per_search``: picodollars each). An unset part is
    billed at the price of the whole it belongs to. ``source`` says where the price comes from: the same source always
    means the same rates, and an exchange keeps it. Each of ``tiers`` is (input tokens above which it applies to the
    whole request, the price then), ascending; each of ``services`` (service tier as the provider names it, the price
    then)."""

    source: str
    input: int
    output: int
    cached_read: int | None = None
    cache_write: int | None = None
    audio_input: int | None = None
    audio_output: int | None = None
    per_request: int = 0
    tiers: tuple[tuple[int, Price], ...] = ()
    cache_write_1h: int | None = None
    image_input: int | None = None
    image_output: int | None = None
    reasoning: int | None = None
    per_search: int = 0
    services: tuple[tuple[str, Price], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """One way to serve a model: a provider and the provider's own model id. ``price`` is the user's own, which wins
    over any other."""

    id: str
    model_id: str
    provider_id: str
    upstream_model: str
    weight: int = 1
    priority: int = 1
    enabled: bool = True
    price: Price | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRule:
    """The user's own price for every model that ``pattern`` matches: an upstream model id or ``PROVIDER/ID``, in which
    ``*`` stands for anything. The most exact pattern wins; a deployment's own price wins over all."""

    id: str
    pattern: str
    price: Price
    created: float = 0.0
    updated: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """A price list that was fetched, checked and kept. At most one is ``active``; without one the package's own is in
    force. ``models`` counts its priced models."""

    id: str
    fetched: float
    source: str
    models: int
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterKey:
    """What opens the admin API, as it is kept: never its text, which is in the vault under ``secret_ref``."""

    salt: bytes
    hash: bytes
    last4: str
    secret_ref: str | None
    created: float


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
    ``*`` is a prefix. ``providers`` are provider ids, empty means all; ``local_only`` keeps requests on this machine.

    ``budget`` is picodollars a ``period``; at the limit a request is refused (``block``), held until somebody says
    (``ask``), or goes to the model ``downgrade_to``. ``thresholds`` are the percents at which to tell. When its
    spending was last set back (``reset_at``), the key had spent ``reset_spent`` in that period. After a rotation the
    text before it (``old_digest``) is good until ``old_until``. ``default_model`` serves requests that name none,
    ``max_output`` bounds those that do not bound themselves (tokens)."""

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
    color: str = ""
    tag: str = ""
    providers: tuple[str, ...] = ()
    local_only: bool = False
    at_limit: AtLimit = "block"
    downgrade_to: str = ""
    thresholds: tuple[int, ...] = THRESHOLDS
    default_model: str = ""
    max_output: int | None = None
    old_digest: str | None = None
    old_until: float | None = None
    reset_at: float | None = None
    reset_spent: int = 0


# ---------------------------------------------------------------- activity (activity.db)


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
    ``overhead`` is our own share of the time up to the first byte. ``price`` is the source of the price it was priced
    with, ``saved`` what reading from the provider's cache saved (picodollars). ``app`` is the caller's user-agent
    product."""

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
