"""Pricing stored exchanges anew, with the prices in force now: what would change, and changing it.

What a provider reported itself stays, and so does what cost nothing. Blocking: for worker threads.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from conduit_desktop.errors import ConfigurationError
from conduit_desktop.gateway.periods import day_of, zone_of
from conduit_desktop.gateway.snapshot import Target, known
from conduit_desktop.gateway.tally import renewing, rules, settle
from conduit_desktop.providers import spec
from conduit_desktop.records import CACHED, Deployment, Exchange, Price, Provider
from conduit_desktop.store import Store
from conduit_desktop.store.recompute import Correction


@dataclass(frozen=True, slots=True)
class ModelChange:
    """What changes for one model (as clients call it): how many exchanges, what they cost before and after, and how
    many of them have no known price before and after."""

    model: str
    exchanges: int
    before: int
    after: int
    unpriced_before: int
    unpriced_after: int


@dataclass(frozen=True, slots=True)
class Recomputation:
    """What pricing a span anew comes to: of ``exchanges`` in it, ``changed`` would cost something else, by model;
    ``reported`` keep what their provider reported. Sums are those of the whole span, in picodollars, and leave the
    unpriced out."""

    since: float | None
    until: float
    only_unpriced: bool
    last: int
    exchanges: int = 0
    changed: int = 0
    reported: int = 0
    before: int = 0
    after: int = 0
    unpriced_before: int = 0
    unpriced_after: int = 0
    models: tuple[ModelChange, ...] = ()


class Pricer:
    """Today's price for yesterday's exchanges. Looks up what nobody has looked up yet."""

    def __init__(self, store: Store) -> None:
        configuration = store.configuration()
        self._store = store
        self._rules = configuration.rules
        self._listed = dict(configuration.prices)
        self._providers = {provider.id: provider for provider in configuration.providers if known(provider)}
        self._deployments: dict[str, Deployment] = {
            deployment.id: deployment for model in configuration.models for deployment in model.deployments
        }
        self._found: dict[tuple[str | None, str, str, str | None], Price | None] = {}
        self.zone = zone_of(configuration.settings["time_zone"])
        self.used: dict[str, Price] = {}
        """The prices that corrections name, by source."""

    def price(self, exchange: Exchange) -> Price | None:
        """The price in force now for what served the exchange."""
        answered = exchange.attempts[-1] if exchange.attempts else None
        deployment = answered.deployment_id if answered is not None else None
        key = (exchange.provider_id, exchange.kind, exchange.upstream_model, deployment)
        if key not in self._found:
            self._found[key] = self._look_up(exchange, deployment)
        return self._found[key]

    def _look_up(self, exchange: Exchange, deployment_id: str | None) -> Price | None:
        provider = self._providers.get(exchange.provider_id or "") or _gone(exchange)
        if provider is None or not exchange.upstream_model:
            return None
        deployment = self._deployments.get(deployment_id or "")
        same = deployment is not None and deployment.upstream_model == exchange.upstream_model
        target = Target(
            id="",
            deployment_id=deployment_id,
            provider=provider,
            spec=spec(provider.kind),
            upstream_model=exchange.upstream_model,
            own_price=deployment.price if deployment is not None and same else None,
        )
        own = rules.own_price(target, self._rules)
        if own is not None:
            return own
        if target.price_key not in self._listed:
            wanted = (target.spec.kind, provider.base_url, target.upstream_model)
            self._listed[target.price_key] = renewing.look_up(self._store, target.price_key, wanted)
        return self._listed[target.price_key]

    def again(self, exchange: Exchange) -> Correction | None:
        """What the exchange costs by today's prices; None where it stays as it is."""
        if exchange.cost is not None and exchange.price in ("", CACHED):
            return None  # nobody took money for it
        if exchange.usage is not None and exchange.usage.reported_cost is not None:
            return None
        cost, price, saved = self._costs(exchange)
        if (cost, saved) == (exchange.cost, exchange.saved) or (cost is None and exchange.cost is not None):
            return None  # what was priced once is not made unpriced by a price that went away
        if price is not None:
            self.used[price.source] = price
        source = price.source if price is not None else ""
        return Correction(exchange.seq, day_of(exchange.started, self.zone), cost, source, saved)

    def _costs(self, exchange: Exchange) -> tuple[int | None, Price | None, int | None]:
        price = self.price(exchange)
        if exchange.usage is not None:
            return settle.costs(exchange.usage, price, exchange.started)
        if price is not None and price.per_request:
            return price.per_request, price, None
        return None, None, None


def _gone(exchange: Exchange) -> Provider | None:
    """A provider that was removed, as far as the log knows it."""
    try:
        kind = spec(exchange.kind) if exchange.kind else None
    except ConfigurationError:
        return None
    if kind is None:
        return None
    return Provider(id=exchange.provider_id or "", name=exchange.provider, kind=kind.kind, base_url=kind.base_url)


def _chunks(store: Store, wanted: Recomputation) -> Iterator[list[Exchange]]:
    after = 0
    while found := store.corrections.read(
        after, wanted.last, wanted.since, wanted.until, unpriced=wanted.only_unpriced
    ):
        after = found[-1].seq
        yield found


def preview(
    store: Store, since: float | None = None, until: float | None = None, only_unpriced: bool = False
) -> Recomputation:
    """What pricing a span anew would change. Changes nothing but for prices that are looked up."""
    wanted = Recomputation(
        since=since,
        until=time.time() if until is None else until,
        only_unpriced=only_unpriced,
        last=store.corrections.last(),
    )
    pricer = Pricer(store)
    sums = _Sums()
    by_model: dict[str, _Sums] = {}
    looked_at = reported = 0
    for chunk in _chunks(store, wanted):
        looked_at += len(chunk)
        for exchange in chunk:
            reported += exchange.usage is not None and exchange.usage.reported_cost is not None
            correction = pricer.again(exchange)
            after = exchange.cost if correction is None else correction.cost
            sums.add(exchange.cost, after)
            if correction is not None:
                by_model.setdefault(exchange.model, _Sums()).add(exchange.cost, after)
    return Recomputation(
        since=wanted.since,
        until=wanted.until,
        only_unpriced=only_unpriced,
        last=wanted.last,
        exchanges=looked_at,
        changed=sum(each.exchanges for each in by_model.values()),
        reported=reported,
        before=sums.before,
        after=sums.after,
        unpriced_before=sums.unpriced_before,
        unpriced_after=sums.unpriced_after,
        models=_by_change(by_model),
    )


def _by_change(by_model: dict[str, _Sums]) -> tuple[ModelChange, ...]:
    """The models, those that change most first."""
    ordered = sorted(by_model.items(), key=lambda item: (-abs(item[1].after - item[1].before), item[0]))
    return tuple(
        ModelChange(model, each.exchanges, each.before, each.after, each.unpriced_before, each.unpriced_after)
        for model, each in ordered
    )


class _Sums:
    def __init__(self) -> None:
        self.exchanges = self.before = self.after = self.unpriced_before = self.unpriced_after = 0

    def add(self, before: int | None, after: int | None) -> None:
        self.exchanges += 1
        self.before += before or 0
        self.after += after or 0
        self.unpriced_before += before is None
        self.unpriced_after += after is None


def recompute(store: Store, wanted: Recomputation, progress: Callable[[int, int], object] | None = None) -> int:
    """Price the exchanges of a preview anew; how many cost something else now. Budgets are told when it is done.
    ``progress`` gets how many were looked at, of how many."""
    pricer = Pricer(store)
    changed = done = 0
    for chunk in _chunks(store, wanted):
        done += len(chunk)
        if progress is not None:
            progress(done, max(wanted.exchanges, done))
        corrections = [found for exchange in chunk if (found := pricer.again(exchange)) is not None]
        if corrections:
            store.used_prices.keep(*pricer.used.values())
            pricer.used.clear()
            changed += store.corrections.apply(corrections)
    if changed:
        store.revision.bump()
        store.audit.note("price anew", "costs", f"{changed:,} requests")
    return changed
