"""List prices: what the ``genai-prices`` package says a provider's model costs, as our ``Price``.

Owns the translation and the decision which models are free. The package takes 0.8 s and 40 MB to load, for good, so
it is imported only inside ``look_up``, and ``look_up_all`` has it done by a child process; the store keeps the
answers under ``version``. A model the catalogue does not know, or prices in units that are not tokens, has no price
(``None``), never a price of 0.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from importlib import metadata
from typing import Any

import msgspec

from conduit_desktop.providers import ProviderSpec, demo, spec
from conduit_desktop.providers.urls import is_loopback
from conduit_desktop.records import Price

PACKAGE = "genai-prices"
LOCAL = Price(source="local server, nothing is billed", input=0, output=0)

Wanted = tuple[str, str, str]
"""(provider kind, base URL, the provider's own model id)"""

_PARTS = {
    "input": "input_mtok",
    "output": "output_mtok",
    "cached_read": "cache_read_mtok",
    "cache_write": "cache_write_mtok",
    "audio_input": "input_audio_mtok",
    "audio_output": "output_audio_mtok",
}
_PICO_A_TOKEN = 10**6  # picodollars a token, of a price in dollars a million tokens
_PICO_A_REQUEST = 10**9  # picodollars a request, of a price in dollars a thousand requests
_CHILD_SECONDS = 60.0

_log = logging.getLogger(__name__)


def version(today: date) -> str:
    """What cached prices are valid for: the package's version, and the day, because list prices change on dates."""
    try:
        installed = metadata.version(PACKAGE)
    except metadata.PackageNotFoundError:
        installed = "none"
    return f"{installed} {today.isoformat()}"


def look_up(kind: ProviderSpec, base_url: str, upstream_model: str) -> Price | None:
    """The list price of a provider's model, ``None`` when unknown. Blocks, up to a second on its first use."""
    known, price = _own(kind, base_url, upstream_model)
    if known:
        return price
    try:
        return _from_package(kind, base_url, upstream_model, datetime.now(UTC))
    except Exception:  # noqa: BLE001 - a broken catalogue means an unknown price, not a broken gateway
        _log.warning("The price catalogue could not be read for %s of %s", upstream_model, kind.kind, exc_info=True)
        return None


def look_up_all(wanted: Sequence[Wanted]) -> list[Price | None]:
    """``look_up`` for many models, the package being loaded in a child process that gives its memory back. Blocks."""
    if getattr(sys, "frozen", False) or all(_own(spec(kind), base, model)[0] for kind, base, model in wanted):
        return [look_up(spec(kind), base, model) for kind, base, model in wanted]
    try:
        done = subprocess.run(
            [sys.executable, "-m", __name__],
            input=json.dumps(wanted).encode(),
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            capture_output=True,
            timeout=_CHILD_SECONDS,
            check=True,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        prices = msgspec.json.decode(done.stdout, type=list[Price | None])
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        _log.warning("The price catalogue could not be read: %s", error)
        return [_own(spec(kind), base, model)[1] for kind, base, model in wanted]
    return prices


def main() -> None:
    """The child of ``look_up_all``: models as JSON on standard input, their prices on standard output."""
    wanted: Iterable[Wanted] = json.load(sys.stdin)
    prices = [look_up(spec(kind), base, model) for kind, base, model in wanted]
    sys.stdout.write(msgspec.json.encode(prices).decode())


def _own(kind: ProviderSpec, base_url: str, upstream_model: str) -> tuple[bool, Price | None]:
    """(whether we know by ourselves, the price): the demo's made-up one, and that this machine bills nobody."""
    if kind.built_in:
        return True, demo.PRICES.get(upstream_model)
    if kind.price_provider is None and is_loopback(base_url):
        return True, LOCAL
    return False, None


def _from_package(kind: ProviderSpec, base_url: str, upstream_model: str, now: datetime) -> Price | None:
    from genai_prices.data_snapshot import get_snapshot

    snapshot = get_snapshot()
    if not snapshot.providers:
        _log.warning("The price catalogue is empty")
        return None
    named = kind.price_provider
    try:
        provider, model = snapshot.find_provider_model(upstream_model, None, named, None if named else base_url)
    except LookupError:
        return None
    source = f"{PACKAGE} {metadata.version(PACKAGE)}: {provider.id}/{model.id}"
    found = [_price(prices, source, upstream_model) for prices in _current(model.prices, now)]
    return max((price for price in found if price is not None), key=lambda price: price.input, default=None)


def _current(prices: Any, now: datetime) -> list[Any]:
    """The price lists valid on the day. A model that costs more at some hours gives several: the dearest is taken,
    so that a budget is never passed by the hour."""
    from genai_prices.types import TimeOfDateConstraint

    if not isinstance(prices, list):
        return [prices]
    valid: list[Any] = []
    for each in prices:
        if isinstance(each.constraint, TimeOfDateConstraint):
            valid.append(each.prices)
        elif each.constraint is None or each.constraint.active(now):
            valid = [each.prices]
    return valid or [prices[0].prices]


def _price(prices: Any, source: str, upstream_model: str) -> Price | None:
    """Our price of the package's; ``None`` where it has none by the token."""
    if not any(value is not None for value in vars(prices).values()):
        free = upstream_model.lower().endswith(":free")
        return Price(source=f"{source} (free)", input=0, output=0) if free else None
    if prices.input_mtok is None:
        return None
    parts = {part: getattr(prices, name) for part, name in _PARTS.items()}
    per_request = _whole(getattr(prices, "requests_kcount", None), _PICO_A_REQUEST) or 0
    starts = sorted({tier.start for value in parts.values() for tier in getattr(value, "tiers", ())})
    tiers = tuple((start, _at(parts, start, source, per_request, ())) for start in starts)
    return _at(parts, None, source, per_request, tiers)


def _at(
    parts: dict[str, Any], start: int | None, source: str, per_request: int, tiers: tuple[tuple[int, Price], ...]
) -> Price:
    """The price for requests with more than ``start`` input tokens (``None``: below the first tier)."""
    values = {part: _whole(_step(value, start), _PICO_A_TOKEN) for part, value in parts.items()}
    return Price(
        source=source,
        input=values["input"] or 0,
        output=values["output"] or 0,
        cached_read=values["cached_read"],
        cache_write=values["cache_write"],
        audio_input=values["audio_input"],
        audio_output=values["audio_output"],
        per_request=per_request,
        tiers=tiers,
    )


def _step(value: Any, start: int | None) -> Decimal | None:
    """A part's price above ``start`` input tokens; most parts have no tiers, some start later than others."""
    if value is None or isinstance(value, Decimal):
        return value
    price: Decimal = value.base
    for tier in value.tiers:
        if start is not None and tier.start <= start:
            price = tier.price
    return price


def _whole(value: Decimal | None, times: int) -> int | None:
    if value is None:
        return None
    if not value.is_finite() or value < 0:
        raise ValueError(f"{value} is no price")
    return int((value * times).to_integral_value(ROUND_HALF_UP))


if __name__ == "__main__":
    main()
