"""The list prices that the store has: looked up in the catalogue in force, and again when that is another one.

Blocks, up to seconds: for worker threads. A price that is known stays until the catalogue says another.
"""

from __future__ import annotations

import logging
import zlib
from collections.abc import Mapping
from datetime import date

from conduit_desktop.errors import ConfigurationError
from conduit_desktop.gateway.tally import catalogue
from conduit_desktop.gateway.tally.catalogue import CatalogueError, Fetched, Wanted
from conduit_desktop.providers import spec
from conduit_desktop.records import Price
from conduit_desktop.store import Store

Key = tuple[str, str]

_log = logging.getLogger(__name__)


def in_force(store: Store) -> Fetched | None:
    """The fetched list in force, None for the package's own; also where what was kept is damaged."""
    found = store.catalogues.active()
    if found is None:
        return None
    kept, packed = found
    try:
        data = zlib.decompress(packed)
    except zlib.error:
        _log.warning("The price list of %s is damaged; the package's own is used", kept.source)
        return None
    return Fetched(kept.source, data)


def look_up(store: Store, key: Key, wanted: Wanted) -> Price | None:
    """The price of one model, now also in the store. Raises CatalogueError."""
    return look_up_many(store, {key: wanted})[key]


def look_up_many(store: Store, wanted: Mapping[Key, Wanted]) -> dict[Key, Price | None]:
    """The prices of several, now also in the store. Raises CatalogueError."""
    if not wanted:
        return {}
    fetched = in_force(store)
    found = dict(zip(wanted, catalogue.look_up_all(list(wanted.values()), fetched), strict=True))
    store.prices.put_all(found, catalogue.version(date.today(), fetched))
    return found


def renew(store: Store) -> int:
    """Look up again what was looked up in another catalogue, or on another day; how many prices are others now. What
    is known stays where the catalogue cannot be read, or has no price any more."""
    fetched = in_force(store)
    version = catalogue.version(date.today(), fetched)
    old = store.prices.outdated(version)
    wanted = {key: asked for key in old if (asked := _wanted(key)) is not None}
    if not wanted:
        return 0
    try:
        found = catalogue.look_up_all(list(wanted.values()), fetched)
    except CatalogueError as error:
        _log.warning("Prices could not be looked up again, those that are known stay: %s", error)
        return 0
    fresh = {key: price if price is not None else old[key] for key, price in zip(wanted, found, strict=True)}
    store.prices.put_all(fresh, version)
    return sum(price != old[key] for key, price in fresh.items())


def _wanted(key: Key) -> Wanted | None:
    """What to ask the catalogue for a price that is kept under ``key`` (see ``Target.price_key``); None for a kind that
    is no more."""
    name, _, address = key[0].partition(" ")
    try:
        kind = spec(name)
    except ConfigurationError:
        return None
    return kind.kind, address or kind.base_url, key[1]
