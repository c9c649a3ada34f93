"""What the child process of ``catalogue`` does: it loads the ``genai-prices`` package and reads price lists with it.

Gets on standard input what to do, as a line of JSON, then a list (empty for the package's own); gives JSON.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any, NoReturn

import msgspec

from conduit_desktop.gateway.tally import catalogue, checking, list_prices
from conduit_desktop.gateway.tally.catalogue import CatalogueError, Wanted
from conduit_desktop.providers import ProviderSpec, spec
from conduit_desktop.records import Price

_log = logging.getLogger(__name__)


def snapshot_of(data: bytes) -> Any:
    """A list as the package holds it; without ``data`` its own. Raises CatalogueError when it is empty or broken."""
    from genai_prices.data_snapshot import DataSnapshot, get_snapshot

    if not data:
        found = get_snapshot()
    else:
        from genai_prices.types import _providers_from_raw

        try:
            found = DataSnapshot(_providers_from_raw(_read(data)), from_auto_update=True)
        except (ValueError, TypeError, RecursionError, AttributeError, KeyError, AssertionError) as error:
            raise CatalogueError(f"The list cannot be read: {str(error)[:300]}") from None
    if not any(provider.models for provider in found.providers):
        raise CatalogueError("The price catalogue is empty.")
    return found


def look_up(kind: ProviderSpec, base_url: str, upstream_model: str, snapshot: Any, name: str) -> Price | None:
    """The list price of a provider's model, ``None`` when unknown."""
    known, price = catalogue.own(kind, base_url, upstream_model)
    if known:
        return price
    try:
        return list_prices.find(snapshot, kind, base_url, upstream_model, datetime.now(UTC), name)
    except Exception:  # noqa: BLE001 - one entry that is no price must not cost the others theirs
        _log.warning("The price of %s of %s cannot be read", upstream_model, kind.kind, exc_info=True)
        return None


def _prices(data: bytes, name: str, wanted: list[Wanted]) -> list[Price | None]:
    """Prices out of a fetched list, the package's own where that one cannot be read or does not know a model."""
    ours = catalogue.name_of(None)
    try:
        snapshot = snapshot_of(data)
    except CatalogueError as error:
        if not data:
            raise
        _log.warning("The fetched price list cannot be read, the package's own is used: %s", error)
        snapshot, name, data = snapshot_of(b""), ours, b""
    found = [look_up(spec(kind), base, model, snapshot, name) for kind, base, model in wanted]
    if not data or None not in found:
        return found
    own_list = snapshot_of(b"")
    again = [look_up(spec(kind), base, model, own_list, ours) for kind, base, model in wanted]
    return [price if price is not None else other for price, other in zip(found, again, strict=True)]


def _read(data: bytes) -> Any:
    """JSON with its figures as they stand there: no list is priced in binary fractions."""
    return json.loads(data, parse_float=str, parse_constant=_no_figure)


def _no_figure(word: str) -> NoReturn:
    raise ValueError(f"{word} is no price")


def answer(told: bytes) -> bytes:
    """What to do as a line of JSON, then the list; gives what came of it as JSON."""
    head, _, data = told.partition(b"\n")
    try:
        return b'{"done":%s}' % msgspec.json.encode(_done(json.loads(head), data))
    except CatalogueError as error:
        return msgspec.json.encode({"refused": error.message})


def _address() -> str:
    """Where the package's makers publish their newest list."""
    from genai_prices.update_prices import DEFAULT_UPDATE_URL

    return DEFAULT_UPDATE_URL


def _done(wanted: dict[str, Any], data: bytes) -> Any:
    match wanted["do"]:
        case "prices":
            return _prices(data, wanted["name"], wanted["wanted"])
        case "check":
            size = wanted["size"]
            return checking.check(snapshot_of(data[:size]), snapshot_of(data[size:]))
        case "address":
            return _address()
        case _:
            return checking.about(snapshot_of(data))


if __name__ == "__main__":
    sys.stdout.buffer.write(answer(sys.stdin.buffer.read()))
