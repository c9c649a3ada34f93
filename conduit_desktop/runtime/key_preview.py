"""What a key can see and reach, by the rules of the gateway itself."""

from __future__ import annotations

from dataclasses import dataclass

from conduit_desktop.errors import ConduitError
from conduit_desktop.gateway.auth import keys
from conduit_desktop.gateway.snapshot import Route, Snapshot, compile_snapshot
from conduit_desktop.gateway.tally import rules
from conduit_desktop.records import Price, VirtualKey
from conduit_desktop.store import Store


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One model: its deployments that the key may reach (``PROVIDER/MODEL-ID``), the dearest of their prices, whether a
    request would go out, and else why not, in words and as the error's ``code``."""

    model: str
    targets: tuple[str, ...]
    price: Price | None
    reachable: bool
    why: str = ""
    code: str = ""

    @property
    def seen(self) -> bool:
        """Whether the model is listed to the key at all."""
        return self.code not in ("model_not_allowed", "provider_not_allowed", "local_only")


@dataclass(frozen=True, slots=True)
class KeyPreview:
    """Every model that is set up."""

    rows: tuple[PreviewRow, ...]

    @property
    def reached(self) -> int:
        return sum(row.reachable for row in self.rows)


def preview(store: Store, key: VirtualKey) -> KeyPreview:
    """What ``key``, stored or not yet, can see and reach with the configuration of now."""
    snapshot = compile_snapshot(store.configuration(), b"")
    return KeyPreview(tuple(_row(key, route, snapshot) for route in snapshot.routes.values()))


def _row(key: VirtualKey, route: Route, snapshot: Snapshot) -> PreviewRow:
    targets = list(route.targets)
    for name in route.fallbacks:
        targets += snapshot.routes[name].targets if name in snapshot.routes else ()
    try:
        keys.check_model(key, route.alias)
        reached = keys.within(key, targets) if targets else ()
    except ConduitError as error:
        return PreviewRow(route.alias, (), None, False, error.message, error.code)
    names = tuple(f"{target.provider.name}/{target.upstream_model}" for target in reached)
    if not reached:
        return PreviewRow(route.alias, names, None, False, "It has no deployment that is switched on.", "no_deployment")
    prices = [(rules.own_price(target, snapshot.rules) or snapshot.prices.get(target.price_key)) for target in reached]
    unpriced = [target for target, price in zip(reached, prices, strict=True) if price is None]
    dearest = max((price for price in prices if price), key=lambda price: price.input + price.output, default=None)
    if key.budget is not None and any(not target.spec.reports_cost for target in unpriced):
        why = "The key has a budget, and a price is not known."
        return PreviewRow(route.alias, names, dearest, False, why, "price_unknown")
    return PreviewRow(route.alias, names, dearest, True)
