"""What is configured (conduit.db): providers, models and deployments, virtual keys, prices, the master key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Period = Literal["once", "day", "week", "month"]
Strategy = Literal["simple", "random", "round-robin", "least-busy", "least-latency", "least-cost"]
Severity = Literal["info", "warning", "error"]
AtLimit = Literal["block", "downgrade", "ask"]
Ability = Literal["images", "tools", "json_schema"]
WebhookKind = Literal["json", "slack", "discord"]
STRATEGIES: tuple[Strategy, ...] = (
    "simple",
    "random",
    "round-robin",
    "least-busy",
    "least-latency",
    "least-cost",
)
ABILITIES: tuple[Ability, ...] = ("images", "tools", "json_schema")
PERIODS: tuple[Period, ...] = ("once", "day", "week", "month")
AT_LIMIT: tuple[AtLimit, ...] = ("block", "downgrade", "ask")
THRESHOLDS = (50, 80, 95, 100)
"""Percents of a budget at which its owner is told, where the key has none of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A further key of a provider's, used in turn with its first. ``secret_ref`` names its entry in the vault; a
    changed secret gets a new reference."""

    id: str
    provider_id: str
    name: str
    secret_ref: str
    last4: str
    enabled: bool = True
    created: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A configured account of a provider kind. ``secret_ref`` names its entry in the vault; a changed secret gets
    a new reference, so that a cached secret can never be stale. ``credentials`` are further keys beside it."""

    id: str
    name: str
    kind: str
    base_url: str
    secret_ref: str | None = None
    secret_last4: str = ""
    enabled: bool = True
    created: float = 0.0
    updated: float = 0.0
    credentials: tuple[Credential, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What a model costs, in picodollars a token; the members named ``per_`` are picodollars each (``per_searching``: a
    request that searched at all, however often; ``per_audio_hour``: an hour of sound). A part of the tokens that is
    unset is billed at the price of the whole it belongs to; an unset ``per_`` is not known, so that what has such a
    thing in it has no known cost (``per_request`` always is known).

    ``source`` says where the price comes from: the same source always means the same rates, and an exchange keeps it.
    Each of ``tiers`` is (input tokens above which it applies to the whole request, the price then), ascending; each of
    ``services`` (service tier as the provider names it, or ``*`` for any other, the price then); each of ``hours``
    (second of the day in UTC from which, until which, the price then)."""

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
    per_search: int | None = None
    services: tuple[tuple[str, Price], ...] = ()
    cached_audio: int | None = None
    cached_image: int | None = None
    video_input: int | None = None
    video_output: int | None = None
    per_searching: int | None = None
    per_file_search: int | None = None
    per_audio_hour: int | None = None
    per_character: int | None = None
    hours: tuple[tuple[int, int, Price], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """One way to serve a model: a provider and the provider's own model id. ``price`` is the user's own, which wins
    over any other. ``rpm``, ``tpm`` and ``parallel`` are how many requests and tokens a minute and requests at once go
    there, None for any number; ``context_window`` (tokens) and ``lacks`` are what the user says of the model, None and
    empty where what is known of it holds."""

    id: str
    model_id: str
    provider_id: str
    upstream_model: str
    weight: int = 1
    priority: int = 1
    enabled: bool = True
    price: Price | None = None
    rpm: int | None = None
    tpm: int | None = None
    parallel: int | None = None
    context_window: int | None = None
    lacks: tuple[Ability, ...] = ()


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
class Webhook:
    """Where notifications are sent: an address that is secret as a whole, since it carries its own credential. It is in
    the vault under ``secret_ref``; ``host`` and ``last4`` (of its text) are what may be shown."""

    kind: WebhookKind
    host: str
    last4: str
    secret_ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """How long each step of a request may take (seconds): to connect, to a stream's first content, between two pieces
    of an answer (and until the first of one that is no stream), and in all with every retry and fallback. A step may
    be longer than all of it: it stays as it was set, and ``applied`` is what holds."""

    connect: float = 10.0
    first_token: float = 300.0
    idle: float = 600.0
    total: float = 1800.0

    @property
    def applied(self) -> Timeouts:
        """With no step longer than all of it."""
        total = self.total
        return Timeouts(
            connect=min(self.connect, total),
            first_token=min(self.first_token, total),
            idle=min(self.idle, total),
            total=total,
        )


TIMEOUTS = Timeouts()


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """The name clients ask for, with its deployments in order of priority. ``fallbacks`` are the models (aliases) that
    serve when none of its deployments can; ``context_fallbacks`` those for a request that is too long for it,
    ``content_fallbacks`` those for one that its content filter refuses. ``cache_seconds`` is how long an answer is
    given again to the very same request, None for never. ``resume``: a stream that breaks off is continued by another
    deployment."""

    id: str
    alias: str
    strategy: Strategy = "simple"
    retries: int = 2
    fallbacks: tuple[str, ...] = ()
    enabled: bool = True
    created: float = 0.0
    deployments: tuple[Deployment, ...] = ()
    context_fallbacks: tuple[str, ...] = ()
    content_fallbacks: tuple[str, ...] = ()
    timeouts: Timeouts = TIMEOUTS
    cache_seconds: int | None = None
    resume: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualKey:
    """What a client presents. Only the SHA-256 (hex) and the last four characters of its text are kept here;
    ``secret_ref`` names the vault entry when its text can be revealed. ``models`` empty means all; a trailing
    ``*`` is a prefix. ``providers`` are provider ids, empty means all; ``local_only`` keeps requests on this machine.

    ``budget`` is picodollars a ``period``; at the limit a request is refused (``block``), held until somebody says
    (``ask``), or goes to the model ``downgrade_to``. ``thresholds`` are the percents at which to tell. When its
    spending was last set back (``reset_at``), the key had spent ``reset_spent`` in that period. After a rotation the
    text before it (``old_digest``) is good until ``old_until``. ``default_model`` serves requests that name none,
    ``max_output`` bounds those that do not bound themselves (tokens). Without ``cache`` its requests neither get
    answers of the response cache nor leave any there."""

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
    cache: bool = True
