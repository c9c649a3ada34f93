"""Adding, changing and removing models and their deployments. Blocking: for worker threads and the command line."""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Sequence
from dataclasses import replace

from conduit_desktop.errors import ConfigurationError
from conduit_desktop.gateway.snapshot import Target, known
from conduit_desktop.gateway.tally import renewing
from conduit_desktop.gateway.tally.catalogue import CatalogueError, Wanted
from conduit_desktop.providers import spec
from conduit_desktop.records import STRATEGIES, Deployment, Model, Price, Provider, Strategy
from conduit_desktop.runtime import names
from conduit_desktop.store import Store

MOST_RETRIES = 10


def add(
    store: Store, alias: str, provider: Provider, upstream_model: str, *, weight: int = 1, priority: int | None = None
) -> Model:
    """Map ``alias`` to a provider's model; a second call for the same alias adds a second deployment, tried after
    those that are there unless ``priority`` says otherwise."""
    alias = names.clean(alias, "model", most=200, slash=True)
    upstream_model = names.clean(upstream_model, "provider's model", most=300, slash=True)
    model = store.models.by_alias(alias) or Model(id=uuid.uuid4().hex, alias=alias, created=time.time())
    for there in model.deployments:
        if (there.provider_id, there.upstream_model) == (provider.id, upstream_model):
            raise ConfigurationError(
                f"{alias!r} is served by {upstream_model!r} of {provider.name!r} already.", code="taken"
            )
    if priority is None:
        priority = max((there.priority for there in model.deployments), default=0) + 1
    deployment = Deployment(
        id=uuid.uuid4().hex,
        model_id=model.id,
        provider_id=provider.id,
        upstream_model=upstream_model,
        weight=weight,
        priority=priority,
    )
    return save(store, replace(model, deployments=(*model.deployments, deployment)))


def save(store: Store, model: Model) -> Model:
    """Store a model as it is given (new or changed), and look up its prices. Raises ConfigurationError."""
    model = check(store, model)
    store.models.put(model)
    price(store, model)
    return model


def check(store: Store, model: Model) -> Model:
    """The model as it is stored. Raises ConfigurationError for what none can be."""
    model = replace(model, alias=names.clean(model.alias, "model", most=200, slash=True))
    other = store.models.by_alias(model.alias)
    if other is not None and other.id != model.id:
        raise ConfigurationError(
            f"There is a model {model.alias!r} already.", hint="Choose another name.", code="taken"
        )
    if model.strategy not in STRATEGIES:
        raise ConfigurationError(
            f"There is no strategy {model.strategy!r}.", hint=f"Strategies: {', '.join(STRATEGIES)}.", code="bad_value"
        )
    if not 0 <= model.retries <= MOST_RETRIES:
        raise ConfigurationError(f"Retries are 0 to {MOST_RETRIES}.", code="bad_value")
    for deployment in model.deployments:
        if not (0 <= deployment.weight <= 1000 and 0 <= deployment.priority <= 1000):
            raise ConfigurationError("Weights and priorities are 0 to 1000.", code="bad_value")
    return replace(model, deployments=tuple(sorted(model.deployments, key=lambda deployment: deployment.priority)))


def set_routing(
    store: Store,
    alias: str,
    *,
    strategy: Strategy | None = None,
    fallbacks: Sequence[str] | None = None,
    retries: int | None = None,
) -> Model:
    """Change how a model is routed; what is None stays."""
    model = named(store, alias)
    if strategy is not None:
        model = replace(model, strategy=strategy)
    if retries is not None:
        model = replace(model, retries=retries)
    if fallbacks is not None:
        for fallback in fallbacks:
            if named(store, fallback).id == model.id:
                raise ConfigurationError(f"{alias!r} cannot be its own fallback.", code="bad_value")
        model = replace(model, fallbacks=tuple(fallbacks))
    return save(store, model)


def named(store: Store, alias: str) -> Model:
    """The model called ``alias``. Raises ConfigurationError naming those that there are."""
    model = store.models.by_alias(alias)
    if model is None:
        there = ", ".join(each.alias for each in store.models.list()) or "none yet"
        raise ConfigurationError(
            f"There is no model {alias!r}.", hint=f"Models: {there}.", status=404, code="not_found"
        )
    return model


def price_of(store: Store, provider: Provider, upstream_model: str) -> Price | None:
    """The known price of a provider's model; None when nobody knows it."""
    return store.configuration().prices.get(price_key(provider, upstream_model))


def price_key(provider: Provider, upstream_model: str) -> tuple[str, str]:
    """What the price of a provider's model is kept under. Raises ConfigurationError for a kind that is not known."""
    return as_target(provider, upstream_model).price_key


def look_up(store: Store, target: Target) -> Price | None:
    """The list price of a target, asked of the catalogue where nobody has asked for it yet. Raises CatalogueError."""
    known = store.configuration().prices
    if target.price_key in known:
        return known[target.price_key]
    return renewing.look_up(store, target.price_key, _wanted(target))


def price(store: Store, *models: Model) -> None:
    """Look up the prices of the models' deployments that the store has none of, so that the gateway need not."""
    there = store.configuration().prices
    wanted = {}
    for deployment in (each for model in models for each in model.deployments):
        provider = store.providers.get(deployment.provider_id)
        if provider is not None and known(provider):
            target = as_target(provider, deployment.upstream_model, deployment.id)
            if target.price_key not in there:
                wanted[target.price_key] = _wanted(target)
    with contextlib.suppress(CatalogueError):  # logged there; the gateway asks again
        renewing.look_up_many(store, wanted)


def _wanted(target: Target) -> Wanted:
    return target.spec.kind, target.provider.base_url, target.upstream_model


def as_target(provider: Provider, upstream_model: str, deployment_id: str = "") -> Target:
    """A provider's model as the gateway sees it. Raises ConfigurationError for a kind that is not known."""
    return Target(
        id=deployment_id,
        deployment_id=deployment_id,
        provider=provider,
        spec=spec(provider.kind),
        upstream_model=upstream_model,
    )
