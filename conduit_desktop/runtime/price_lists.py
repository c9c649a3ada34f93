"""The catalogue of list prices: which list is in force, fetching a newer one, going back. Only when somebody asks.

A list is checked before it is kept (``gateway.tally.checking``); what is known stays in force otherwise.
"""

from __future__ import annotations

import time
import uuid
import zlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from conduit_desktop.errors import ConfigurationError
from conduit_desktop.gateway.send.fetching import fetch
from conduit_desktop.gateway.tally import catalogue, renewing
from conduit_desktop.gateway.tally.catalogue import CatalogueError
from conduit_desktop.gateway.tally.checking import Difference
from conduit_desktop.records import Catalogue
from conduit_desktop.store import Store

MOST_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True)
class CatalogueState:
    """The package's ``version`` and how many ``models`` the list in force has prices for; the lists that were fetched
    and are ``kept``, newest first; the ``active`` one, None where the package's own is in force. ``prices`` counts what
    was looked up, ``unknown`` what nobody knows the price of."""

    version: str
    models: int
    kept: tuple[Catalogue, ...]
    active: Catalogue | None
    prices: int
    unknown: int


@dataclass(frozen=True, slots=True)
class PriceChange:
    """A model whose price for tokens changed: picodollars a token in and out, before and after."""

    model: str
    before: tuple[int, int]
    after: tuple[int, int]


@dataclass(frozen=True, slots=True)
class CatalogueChange:
    """What a fetched list brought: it is in force now, unless there was ``nothing_new`` in it. ``renewed`` counts the
    prices in use that are others now. ``examples`` are the first of the ``changed``."""

    catalogue: Catalogue | None
    nothing_new: bool
    models: int
    added: int
    removed: int
    changed: int
    examples: tuple[PriceChange, ...]
    renewed: int


def state(store: Store) -> CatalogueState:
    """See ``Pricing.catalogue``. Counting the package's own models takes a second."""
    kept = tuple(store.catalogues.list())
    active = next((each for each in kept if each.active), None)
    models = active.models if active is not None else _own_models()
    prices = store.prices.all().values()
    return CatalogueState(
        version=catalogue.package_version(),
        models=models,
        kept=kept,
        active=active,
        prices=len(prices),
        unknown=sum(price is None for price in prices),
    )


_counted: dict[str, int] = {}


def _own_models() -> int:
    """How many models the package has prices for; 0 where it cannot be read."""
    version = catalogue.package_version()
    if version not in _counted:
        try:
            _counted[version] = catalogue.ask("about", int, b"")
        except CatalogueError:
            return 0
    return _counted[version]


def address() -> str:
    """Where the package says that its newest list is published. Raises CatalogueError."""
    return catalogue.ask("address", str, b"")


async def download(url: str) -> bytes:
    """The list at ``url``. Raises ConduitError."""
    return await fetch(url, MOST_BYTES)


@dataclass(frozen=True, slots=True)
class CatalogueDraft:
    """A list that was fetched and checked, and is not in force yet; ``change`` is what it would bring."""

    data: bytes = field(repr=False)
    change: CatalogueChange


def check(store: Store, data: bytes) -> CatalogueDraft:
    """Check a list that was fetched, against the one in force. Raises CatalogueError where it is not to be trusted."""
    present = renewing.in_force(store)
    before = present.data if present is not None else b""
    told = catalogue.ask("check", Difference, data + before, size=len(data))
    examples = tuple(PriceChange(each.model, each.before, each.then) for each in told.examples)
    nothing_new = not (told.added or told.removed or told.changed)
    counts = (told.models, told.added, told.removed, told.changed, examples)
    return CatalogueDraft(data, CatalogueChange(None, nothing_new, *counts, renewed=0))


def take_over(store: Store, data: bytes, now: float | None = None) -> CatalogueChange:
    """Check a list that was fetched and put it in force. Raises CatalogueError, and then nothing has changed."""
    told = check(store, data).change
    if told.nothing_new:
        return told
    fetched = time.time() if now is None else now
    day = datetime.fromtimestamp(fetched, UTC).strftime("%Y-%m-%d %H:%M:%S")
    kept = Catalogue(
        id=uuid.uuid4().hex,
        fetched=fetched,
        source=f"{catalogue.PACKAGE} list of {day} UTC",
        models=told.models,
        active=True,
    )
    store.catalogues.add(kept, zlib.compress(data, 9))
    return replace(told, catalogue=kept, renewed=renewing.renew(store))


def use(store: Store, id: str | None) -> int:
    """Put a kept list in force, or with None the package's own; how many prices in use are others now. Raises
    ConfigurationError."""
    if id is not None and all(each.id != id for each in store.catalogues.list()):
        raise ConfigurationError("This price list is no more.", code="not_found", status=404)
    store.catalogues.activate(id)
    return renewing.renew(store)


def undo(store: Store) -> Catalogue | None:
    """Go back to the list before the one in force; gives it, None for the package's own. Raises ConfigurationError
    where that is in force already."""
    kept = store.catalogues.list()
    place = next((place for place, each in enumerate(kept) if each.active), None)
    if place is None:
        raise ConfigurationError(
            "The package's own price list is in force: there is nothing to undo.", code="not_found"
        )
    before = kept[place + 1] if place + 1 < len(kept) else None
    use(store, before.id if before is not None else None)
    return before
