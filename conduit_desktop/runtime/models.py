"""Adding, changing and removing models and their deployments. Blocking: for worker threads and the command line."""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from conduit_desktop.errors import ConfigurationError
from conduit_desktop.gateway.snapshot import Target, known
from conduit_desktop.gateway.tally import renewing
from conduit_desktop.gateway.tally.catalogue import CatalogueError, Wanted
from conduit_desktop.providers import spec
from conduit_desktop.records import Deployment, Model, Price, Provider
from conduit_desktop.runtime import model_terms, names
from conduit_desktop.store import Store


def add(
    store: Store, alias: str, provider: Provider, upstream_model: str, *, weight: int = 1, priority: int | None = None
) -> Model:
    """Map ``alias`` to a provider's model; a second call for the same alias adds a second deployment, tried after
    those that are there unless ``priority`` says otherwise."""
    alias = names.clean(alias, "model", most=200, slash=True)
    upstream_model = names.clean(upstream_model, "provider's model", most=300, slash=True)

    def work() -> Model:
        model = store.models.by_alias(alias) or Model(id=uuid.uuid4().hex, alias=alias, created=time.time())
        for there in model.deployments:
            if (there.provider_id, there.upstream_model) == (provider.id, upstream_model):
                raise ConfigurationError(
                    f"{alias!r} is served by {upstream_model!r} of {provider.name!r} already.", code="taken"
                )
        last = max((there.priority for there in model.deployments), default=0) + 1
        deployment = Deployment(
            id=uuid.uuid4().hex,
            model_id=model.id,
            provider_id=provider.id,
            upstream_model=upstream_model,
            weight=weight,
            priority=min(last, 1000) if priority is None else priority,
        )
        return _put(store, replace(model, deployments=(*model.deployments, deployment)))

    return _priced(store, store.write(work))


def save(store: Store, model: Model) -> Model:
    """Store a model as it is given (new or changed), and look up its prices. Raises ConfigurationError."""
    return _priced(store, store.write(lambda: _put(store, model)))


def change(store: Store, model_id: str, how: Callable[[Model], Model]) -> Model:
    """Store what ``how`` makes of the model as it is stored then: nobody else's change is lost."""

    def work() -> Model:
        model = store.models.get(model_id)
        if model is None:
            raise ConfigurationError("This model is not there any more.", status=404, code="not_found")
        return _put(store, how(model))

    return _priced(store, store.write(work))


def _put(store: Store, model: Model) -> Model:
    model = check(store, model)
    store.models.put(model)
    return model


def _priced(store: Store, model: Model) -> Model:
    price(store, model)
    return model


def check(store: Store, model: Model, there: Iterable[Model] | None = None) -> Model:
    """The model as it is stored. Raises ConfigurationError for what none can be, beside those that are ``there`` (else
    those that are stored)."""
    model = replace(model, alias=names.clean(model.alias, "model", most=200, slash=True))
    there = store.models.list() if there is None else list(there)
    if any(each.alias == model.alias and each.id != model.id for each in there):
        raise ConfigurationError(
            f"There is a model {model.alias!r} already.", hint="Choose another name.", code="taken"
        )
    model_terms.check(model, there)
    return replace(model, deployments=tuple(sorted(model.deployments, key=lambda deployment: deployment.priority)))


def set_routing(store: Store, alias: str, *, timeouts: Mapping[str, float] | None = None, **given: Any) -> Model:
    """Change how a model is routed: ``timeouts`` by step (seconds), and any other field of the record. What is not
    given stays. Raises ConfigurationError for a fallback that there is not."""
    for kind in model_terms.KINDS_OF_FALLBACK:
        if kind in given:
            given[kind] = tuple(named(store, name).alias for name in given[kind])

    def how(model: Model) -> Model:
        return replace(model, timeouts=replace(model.timeouts, **timeouts or {}), **given)

    return change(store, named(store, alias).id, how)


def named(store: Store, alias: str) -> Model:
    """The model called ``alias``. Raises ConfigurationError naming those that there are."""
    model = store.models.by_alias(alias)
    if model is None:
        there = [each.alias for each in store.models.list()]
        raise names.absent("model", alias, there, "model add ALIAS --provider NAME --model ID")
    return model


def deployment(model: Model, names: dict[str, str], wanted: str | None) -> Deployment:
    """The deployment that is meant: by id or PROVIDER/MODEL-ID; unsaid, the only one."""
    there = {f"{names.get(each.provider_id, '?')}/{each.upstream_model}": each for each in model.deployments}
    found = there.get(wanted) if wanted else None
    if wanted is None and len(model.deployments) == 1:
        return model.deployments[0]
    for each in model.deployments:
        if found is None and each.id == wanted:
            found = each
    if found is None:
        said = f"There is no deployment {wanted!r} of {model.alias!r}." if wanted else f"{model.alias!r} has several."
        hint = f"Deployments: {', '.join(there) or 'none'}."
        raise ConfigurationError(said, hint=hint, status=404, code="not_found")
    return found


def price_of(store: Store, provider: Provider, upstream_model: str) -> Price | None:
    """The known price of a provider's model; None when nobody knows it."""
    return store.prices.get(*price_key(provider, upstream_model))


def price_key(provider: Provider, upstream_model: str) -> tuple[str, str]:
    """What the price of a provider's model is kept under. Raises ConfigurationError for a kind that is not known."""
    return as_target(provider, upstream_model).price_key


def look_up(store: Store, target: Target) -> Price | None:
    """The list price of a target, asked of the catalogue where nobody has asked for it yet. Raises CatalogueError."""
    known = store.prices.all()
    if target.price_key in known:
        return known[target.price_key]
    return renewing.look_up(store, target.price_key, _wanted(target))


def price(store: Store, *models: Model) -> None:
    """Look up the prices of the models' deployments that the store has none of, so that the gateway need not."""
    there = store.prices.all()
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
