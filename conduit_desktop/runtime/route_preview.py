"""Where a request would go, for a key, by the rules of the gateway itself: of the one that runs, with its health and
what is in work, or of one that would start now."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

from conduit_desktop.errors import NotAllowed
from conduit_desktop.gateway.auth import keys
from conduit_desktop.gateway.route.health import Health
from conduit_desktop.gateway.route.plan import Planner
from conduit_desktop.gateway.route.preview import Preview, Wanted, preview
from conduit_desktop.gateway.snapshot import Snapshot, Target, compile_snapshot
from conduit_desktop.gateway.tally import rules
from conduit_desktop.records import Price, VirtualKey
from conduit_desktop.store import Store

if TYPE_CHECKING:
    from conduit_desktop.gateway.engine import Gateway

STOPPED = "The gateway is stopped: this is how it would go with every deployment in order."


async def running(gateway: Gateway, alias: str, wanted: Wanted) -> Preview:
    """On the gateway's thread."""
    return _preview(gateway.planner, await gateway.snapshot(), alias, wanted)


def stopped(store: Store, alias: str, wanted: Wanted) -> Preview:
    """Without a gateway. Blocking."""
    snapshot = compile_snapshot(store.configuration(), b"")

    def price_of(target: Target) -> Price | None:
        return rules.own_price(target, snapshot.rules) or snapshot.prices.get(target.price_key)

    found = _preview(Planner(Health(), price_of, Random(), time.monotonic), snapshot, alias, wanted)
    return replace(found, note=f"{STOPPED} {found.note}".strip()) if found.steps else found


def _preview(planner: Planner, snapshot: Snapshot, alias: str, wanted: Wanted) -> Preview:
    if wanted.key_id is None:
        return preview(planner, snapshot, alias, wanted)
    key = next((each for each in snapshot.keys.values() if each.id == wanted.key_id), None)
    if key is None:
        return Preview(note="This key is no more.")
    try:
        keys.check_usable(key, time.time())
        keys.check_model(key, alias)
    except NotAllowed as error:
        return Preview(note=error.text)
    return preview(planner, snapshot, alias, wanted, _bars(key, alias))


def _bars(key: VirtualKey, alias: str) -> Callable[[Target], str]:
    """Why the key may not use a target, empty where it may."""

    def barred(target: Target) -> str:
        try:
            may = keys.reachable(key, alias, [target])
        except NotAllowed as error:
            return error.message
        return "" if may else f"The key {key.name!r} may not use the model {target.alias!r}."

    return barred
