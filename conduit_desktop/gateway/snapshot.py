"""The configuration as the path reads it: compiled, immutable, held in memory, swapped whole when something changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from conduit_desktop.errors import ConfigurationError
from conduit_desktop.gateway.periods import Zone, zone_of
from conduit_desktop.providers import ProviderSpec, Surface, spec
from conduit_desktop.providers.abilities import known as known_model
from conduit_desktop.records import TIMEOUTS, Ability, Model, Price, PriceRule, Provider, Strategy, Timeouts, VirtualKey
from conduit_desktop.settings import Settings
from conduit_desktop.store import Configuration


@dataclass(frozen=True, slots=True)
class Key:
    """A credential to call a provider with: the provider's first (``id`` is the provider's, ``name`` empty), or a
    further one. ``ref`` names its text in the vault, None where none is needed."""

    id: str
    ref: str | None
    name: str = ""


@dataclass(frozen=True)
class Target:
    """One way to serve a model, ready to be called. ``id`` is the deployment's, or ``PROVIDER/MODEL`` when it was
    asked for directly, without a mapping."""

    id: str
    deployment_id: str | None
    provider: Provider
    spec: ProviderSpec
    upstream_model: str
    weight: int = 1
    priority: int = 1
    own_price: Price | None = None
    alias: str = ""
    """The model it serves; empty where it was asked for directly."""
    rpm: int | None = None
    tpm: int | None = None
    parallel: int | None = None
    context_window: int | None = None
    lacks: frozenset[Ability] = frozenset()
    timeouts: Timeouts = TIMEOUTS
    key_id: str = ""
    """The one credential to call it with, where that must not be another."""

    @cached_property
    def keys(self) -> tuple[Key, ...]:
        """The credentials to call it with."""
        return tuple(key for key in keys_of(self.provider) if self.key_id in ("", key.id))

    @cached_property
    def only_key(self) -> Key | None:
        """The credential to call it with where it has no other."""
        return self.keys[0] if len(self.keys) == 1 else None

    @cached_property
    def limited(self) -> bool:
        """Whether it has limits of its own."""
        return self.rpm is not None or self.tpm is not None or self.parallel is not None

    @cached_property
    def picky(self) -> bool:
        """Whether there are requests that it is known not to be able to serve."""
        return bool(self.lacks) or self.context_window is not None

    @cached_property
    def price_key(self) -> tuple[str, str]:
        """What its price is kept under: the kind, with the address where that is not the kind's own."""
        own = self.provider.base_url == self.spec.base_url
        return (self.spec.kind if own else f"{self.spec.kind} {self.provider.base_url}", self.upstream_model)

    def surface(self, operation: str, dialect: str, *, thinking: bool = False) -> Surface | None:
        """The provider's API to use for a request in ``dialect``, None where it has none."""
        wanted = (operation, dialect, thinking)
        if wanted not in self._surfaces:
            self._surfaces[wanted] = self.spec.surface(
                operation, dialect, self.upstream_model, self.provider.base_url, thinking=thinking
            )
        return self._surfaces[wanted]

    @cached_property
    def _surfaces(self) -> dict[tuple[str, str, bool], Surface | None]:
        return {}


@dataclass(frozen=True, slots=True)
class Route:
    """A model as it is served: its targets, and what to do when they fail."""

    alias: str
    targets: tuple[Target, ...]
    strategy: Strategy = "simple"
    retries: int = 2
    fallbacks: tuple[str, ...] = ()
    created: float = 0.0
    context_fallbacks: tuple[str, ...] = ()
    content_fallbacks: tuple[str, ...] = ()
    timeouts: Timeouts = TIMEOUTS
    cache_seconds: int | None = None
    resume: bool = False


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything the path needs of the configuration. ``keys`` by SHA-256 digest (hex), ``routes`` by alias,
    ``providers`` by name."""

    revision: bytes = b""
    keys: Mapping[str, VirtualKey] = field(default_factory=dict)
    routes: Mapping[str, Route] = field(default_factory=dict)
    providers: Mapping[str, Provider] = field(default_factory=dict)
    settings: Settings = field(default_factory=Settings)
    prices: Mapping[tuple[str, str], Price | None] = field(default_factory=dict)
    rules: tuple[PriceRule, ...] = ()
    zone: Zone = None


def compile_snapshot(configuration: Configuration, revision: bytes) -> Snapshot:
    """The snapshot of what is configured. Disabled models, deployments and providers are left out; disabled keys stay,
    so that their holder can be told."""
    by_id = {provider.id: provider for provider in configuration.providers if provider.enabled and known(provider)}
    routes = {}
    for model in configuration.models:
        if model.enabled:
            routes[model.alias] = _route(model, by_id)
    return Snapshot(
        revision=revision,
        keys=_by_digest(configuration.keys),
        routes=routes,
        providers={provider.name: provider for provider in by_id.values()},
        settings=configuration.settings,
        prices=configuration.prices,
        rules=configuration.rules,
        zone=zone_of(configuration.settings["time_zone"]),
    )


def _by_digest(keys: Iterable[VirtualKey]) -> dict[str, VirtualKey]:
    """Each key under its text and, for a grace time, under the one before its rotation."""
    old = {key.old_digest: key for key in keys if key.old_digest is not None}
    return old | {key.digest: key for key in keys}


def known(provider: Provider) -> bool:
    """Whether this version knows the provider's kind (a newer one may have written it)."""
    try:
        spec(provider.kind)
    except ConfigurationError:
        return False
    return True


def keys_of(provider: Provider) -> tuple[Key, ...]:
    """A provider's credentials that are in use, its first before the others."""
    further = tuple(Key(each.id, each.secret_ref, each.name) for each in provider.credentials if each.enabled)
    if provider.secret_ref is None and further:
        return further
    return (Key(provider.id, provider.secret_ref), *further)


def _route(model: Model, providers: Mapping[str, Provider]) -> Route:
    targets = tuple(
        Target(
            id=deployment.id,
            deployment_id=deployment.id,
            provider=providers[deployment.provider_id],
            spec=spec(providers[deployment.provider_id].kind),
            upstream_model=deployment.upstream_model,
            weight=deployment.weight,
            priority=deployment.priority,
            own_price=deployment.price,
            alias=model.alias,
            rpm=deployment.rpm,
            tpm=deployment.tpm,
            parallel=deployment.parallel,
            context_window=deployment.context_window or known_model(deployment.upstream_model).window,
            lacks=frozenset(deployment.lacks) or known_model(deployment.upstream_model).lacks,
            timeouts=model.timeouts.applied,
        )
        for deployment in model.deployments
        if deployment.enabled and deployment.provider_id in providers
    )
    return Route(
        alias=model.alias,
        targets=targets,
        strategy=model.strategy,
        retries=model.retries,
        fallbacks=model.fallbacks,
        created=model.created,
        context_fallbacks=model.context_fallbacks,
        content_fallbacks=model.content_fallbacks,
        timeouts=model.timeouts.applied,
        cache_seconds=model.cache_seconds,
        resume=model.resume,
    )


def direct(provider: Provider, upstream_model: str) -> Route:
    """The route of ``PROVIDER/MODEL-ID``: that model of that provider, without any mapping."""
    name = f"{provider.name}/{upstream_model}"
    target = Target(
        id=name, deployment_id=None, provider=provider, spec=spec(provider.kind), upstream_model=upstream_model
    )
    return Route(alias=name, targets=(target,))
