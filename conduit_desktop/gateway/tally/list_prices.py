"""A list price as the ``genai-prices`` package has it, as our ``Price``; with what the provider's kind adds to it.

Imports the package, which is heavy, only inside functions; ``catalogue`` has it done by a child process. Whatever is no
price (negative, not finite) raises ValueError.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, time
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from conduit_desktop.gateway.tally.rules import each_of, named
from conduit_desktop.providers import ProviderSpec
from conduit_desktop.providers.billing import Billing, Factor
from conduit_desktop.providers.spec import matches
from conduit_desktop.records import Price

TOKENS = {
    "input": "input_mtok",
    "output": "output_mtok",
    "cached_read": "cache_read_mtok",
    "cache_write": "cache_write_mtok",
    "cache_write_1h": "cache_write_1h_mtok",
    "reasoning": "output_reasoning_mtok",
    "audio_input": "input_audio_mtok",
    "audio_output": "output_audio_mtok",
    "cached_audio": "cache_audio_read_mtok",
    "image_input": "input_image_mtok",
    "image_output": "output_image_mtok",
    "cached_image": "cache_image_read_mtok",
    "video_input": "input_video_mtok",
    "video_output": "output_video_mtok",
}
_PICO_A_TOKEN = 10**6  # picodollars a token (or letter), of a price in dollars a million
EACH = {
    "per_request": ("requests_kcount", 10**9),
    "per_search": ("web_searches_kcount", 10**9),
    "per_file_search": ("storage_searches_kcount", 10**9),
    "per_audio_hour": ("input_audio_hours", 10**12),
    "per_character": ("input_mchars", _PICO_A_TOKEN),
}
_TIERS = ("service_tier", "speed")
"""What a price variant may depend on that an answer tells."""
_DAY = 86_400


def find(
    snapshot: Any, kind: ProviderSpec, base_url: str, upstream_model: str, now: datetime, name: str
) -> Price | None:
    """The price of a provider's model in a snapshot called ``name``; None where it has none."""
    listed = kind.price_provider
    try:
        provider, model = snapshot.find_provider_model(upstream_model, None, listed, None if listed else base_url)
    except LookupError:
        return None
    found = of_model(provider, model, upstream_model, now)
    if found is None:
        return None
    source = f"{name}: {provider.id}/{model.id}"
    if found.source:
        return replace(found, source=f"{source} ({found.source})")
    return named(billed(found, kind.billing, upstream_model), source)


def of_model(provider: Any, model: Any, upstream_model: str, now: datetime) -> Price | None:
    """The price that a model has on the day, whatever the hour and the service tier; its source is still empty, or
    says why it is free."""
    plain, hours = _on_the_day(model.prices, now)
    base = _priced(plain, upstream_model)
    if base is None or base.source:
        return base
    services = []
    if any(model is each for each in provider.models):  # another provider's model has that one's tiers
        for key, tier in _tiers_of(model, now):
            overridden = _priced(model.get_prices(now, {key: tier}), upstream_model)
            if overridden is not None:
                services.append((tier, overridden))
    others = [(start, end, _priced(prices, upstream_model)) for start, end, prices in hours]
    return replace(
        base,
        services=tuple(services),
        hours=tuple((start, end, price) for start, end, price in others if price is not None),
    )


def _on_the_day(prices: Any, now: datetime) -> tuple[Any, list[tuple[int, int, Any]]]:
    """The prices valid on the day, and those that some hours of it have, the first that fits holding. The package asks
    the last first."""
    from genai_prices.types import TimeOfDateConstraint

    if not isinstance(prices, list):
        return prices, []
    plain = prices[0].prices
    hours: list[tuple[int, int, Any]] = []
    for each in prices:
        if isinstance(each.constraint, TimeOfDateConstraint):
            hours.insert(0, (_second(each.constraint.start_time), _second(each.constraint.end_time), each.prices))
        elif each.constraint is None or each.constraint.active(now):
            plain, hours = each.prices, []
    return plain, hours


def _second(moment: time) -> int:
    """The second of the day in UTC."""
    offset = moment.utcoffset()
    return (
        moment.hour * 3600 + moment.minute * 60 + moment.second - int(offset.total_seconds() if offset else 0)
    ) % _DAY


def _tiers_of(model: Any, now: datetime) -> list[tuple[str, str]]:
    """The service tiers with prices of their own on the day."""
    found: dict[tuple[str, str], None] = {}
    for variant in model.price_variants or ():
        if variant.constraint is not None and not variant.constraint.active(now):
            continue
        for key, tier in variant.when.items():
            if len(variant.when) == 1 and key in _TIERS and vars(variant.prices):
                found[key, tier.lower()] = None
    return list(found)


def _priced(prices: Any, upstream_model: str) -> Price | None:
    """Our price of the package's; None where it has none by anything that an answer tells."""
    if not any(value is not None for value in vars(prices).values()):
        free = upstream_model.lower().endswith(":free")
        return Price(source="free", input=0, output=0) if free else None
    tokens = {part: getattr(prices, name) for part, name in TOKENS.items()}
    each = {part: whole(getattr(prices, name, None), times) for part, (name, times) in EACH.items()}
    if tokens["input"] is None and each["per_audio_hour"] is None and each["per_character"] is None:
        return None
    starts = sorted({tier.start for value in tokens.values() for tier in getattr(value, "tiers", ())})
    tiers = tuple((start, _at(tokens, each, start)) for start in starts)
    return replace(_at(tokens, each, None), tiers=tiers)


def _at(tokens: dict[str, Any], each: dict[str, int | None], start: int | None) -> Price:
    """The price for requests with more than ``start`` input tokens (None: below the first tier)."""
    parts: dict[str, Any] = {part: whole(_step(value, start), _PICO_A_TOKEN) for part, value in tokens.items()}
    parts |= each
    for must in ("input", "output", "per_request"):
        parts[must] = parts[must] or 0
    return Price(source="", **parts)


def _step(value: Any, start: int | None) -> Decimal | None:
    """A part's price above ``start`` input tokens; most parts have no tiers, some start later than others."""
    if value is None or isinstance(value, Decimal):
        return value
    price: Decimal = value.base
    for tier in value.tiers:
        if start is not None and tier.start <= start:
            price = tier.price
    return price


def whole(value: Decimal | None, times: int) -> int | None:
    """Picodollars of a price in dollars for ``times``."""
    if value is None:
        return None
    if not value.is_finite() or value < 0:
        raise ValueError(f"{value} is no price")
    return int((value * times).to_integral_value(ROUND_HALF_UP))


# ---------------------------------------------------------------- what the kind adds


def billed(price: Price, billing: Billing, upstream_model: str) -> Price:
    """``price`` with what the vendor documents beside its list."""
    price = each_of(price, lambda rates: _completed(rates, billing, upstream_model))
    known = dict(price.services)
    for factor in _of(billing.services, upstream_model):
        known.setdefault(factor.name, times(replace(price, services=()), factor))
    regional = {}
    for factor in _of(billing.regions, upstream_model):
        regional[factor.name] = times(replace(price, services=()), factor)
        regional |= {f"{name}+{factor.name}": times(then, factor) for name, then in known.items()}
    return replace(price, services=tuple((known | regional).items()))


def _of(factors: Iterable[Factor], upstream_model: str) -> list[Factor]:
    return [factor for factor in factors if matches(upstream_model, factor.models)]


def _completed(rates: Price, billing: Billing, upstream_model: str) -> Price:
    """Rates with the members set that the list leaves open."""
    for models, parts in billing.parts:
        if matches(upstream_model, models):
            unset: dict[str, Any] = {part: each for part, each in parts.items() if getattr(rates, part) is None}
            rates = replace(rates, **unset)
    if billing.searched_once and rates.per_search is not None and matches(upstream_model, billing.searched_once):
        rates = replace(rates, per_search=None, per_searching=rates.per_search)
    return rates


def times(price: Price, factor: Factor) -> Price:
    """``price`` with all that is billed by the token changed by a factor; fees stay."""

    def changed(rates: Price) -> Price:
        parts = {part: getattr(rates, part) for part in TOKENS}
        scaled: dict[str, Any] = {part: _scaled(each, factor) for part, each in parts.items() if each is not None}
        return replace(rates, **scaled)

    return each_of(price, changed)


def _scaled(value: int, factor: Factor) -> int:
    return (2 * value * factor.times + factor.by) // (2 * factor.by)
