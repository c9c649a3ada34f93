"""Whether a fetched price list may be trusted, by what it says of itself and against the one in force; and what it
changes. Works on the package's snapshots, in the child process."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec

from conduit_desktop.gateway.tally import list_prices
from conduit_desktop.gateway.tally.catalogue import CatalogueError
from conduit_desktop.records import Price

LEAST_PERCENT = 70
"""How much of the providers and models in force a new list must have."""
MOST_TIMES = 20
"""How much dearer or cheaper a well-known model may have become."""
WELL_KNOWN = (
    ("openai", "gpt-4o"),
    ("openai", "gpt-4o-mini"),
    ("openai", "gpt-4.1"),
    ("openai", "gpt-5"),
    ("openai", "text-embedding-3-small"),
    ("anthropic", "claude-sonnet-4-5"),
    ("anthropic", "claude-haiku-4-5"),
    ("anthropic", "claude-opus-4-5"),
    ("google", "gemini-2.5-pro"),
    ("google", "gemini-2.5-flash"),
    ("mistral", "mistral-large-latest"),
    ("cohere", "command-r"),
    ("deepseek", "deepseek-chat"),
    ("groq", "llama-3.3-70b-versatile"),
    ("x-ai", "grok-4-0709"),
)
_MOST_GONE = 3
"""Well-known models that may have been retired since."""
_MOST_TOLD = 200


class Changed(msgspec.Struct, frozen=True):
    """A model whose price for tokens is another: before and then, picodollars a token in and out."""

    model: str
    before: tuple[int, int]
    then: tuple[int, int]


class Difference(msgspec.Struct, frozen=True):
    """What a new list has: its priced models, how many of them are new, how many are no more or priced anew; the first
    of those by name."""

    models: int
    added: int
    removed: int
    changed: int
    examples: tuple[Changed, ...] = ()


def about(snapshot: Any) -> int:
    """How many models a list has prices for."""
    return len(_prices_in(snapshot))


def check(new: Any, present: Any) -> Difference:
    """What ``new`` changes. Raises CatalogueError, saying why, when it is not to be trusted."""
    then, before = _prices_in(new, strict=True), _prices_in(present)
    _check_size("providers", len(_providers(new)), len(_providers(present)))
    _check_size("priced models", len(then), len(before))
    _check_well_known(new, present)
    changed = [
        Changed(f"{provider}/{model}", _tokens(before[provider, model]), _tokens(price))
        for (provider, model), price in sorted(then.items())
        if (provider, model) in before and price != before[provider, model]
    ]
    return Difference(
        models=len(then),
        added=len(then.keys() - before.keys()),
        removed=len(before.keys() - then.keys()),
        changed=len(changed),
        examples=tuple(changed[:_MOST_TOLD]),
    )


def _tokens(price: Price) -> tuple[int, int]:
    return price.input, price.output


def _providers(snapshot: Any) -> set[str]:
    return {provider.id for provider in snapshot.providers if provider.models}


def _prices_in(snapshot: Any, *, strict: bool = False) -> dict[tuple[str, str], Price]:
    """All models with a price today. With ``strict`` a price that is none, at whatever date, is an error."""
    now = datetime.now(UTC)
    found = {}
    for provider in snapshot.providers:
        for model in provider.models:
            if strict:
                _check_figures(provider.id, model)
            price = _price(provider, model, now)
            if price is not None:
                found[provider.id, model.id] = price
    return found


def _price(provider: Any, model: Any, now: datetime) -> Price | None:
    try:
        return list_prices.of_model(provider, model, model.id, now)
    except ValueError:
        return None


def _check_size(what: str, new: int, present: int) -> None:
    if new * 100 < present * LEAST_PERCENT:
        raise CatalogueError(f"The list has {new} {what} only, of the {present} that are known.")


def _check_figures(provider: str, model: Any) -> None:
    """Every figure in every price of a model, of today, of other days and under any condition."""
    lists = model.prices if isinstance(model.prices, list) else [model.prices]
    if not lists:
        raise CatalogueError(f"The list has no prices for {provider}/{model.id}.")
    for prices in [*lists, *(model.price_variants or ())]:
        for value in _figures(getattr(prices, "prices", prices)):
            if not value.is_finite() or value < 0:
                raise CatalogueError(f"The list has a price of {value} for {provider}/{model.id}.")


def _figures(prices: Any) -> Iterator[Any]:
    for value in vars(prices).values():
        if value is None:
            continue
        if hasattr(value, "tiers"):
            yield value.base
            yield from (tier.price for tier in value.tiers)
        else:
            yield value


def _check_well_known(new: Any, present: Any) -> None:
    """The models that everybody uses are there, and cost about what they cost."""
    gone = []
    now = datetime.now(UTC)
    for provider, model in WELL_KNOWN:
        before, then = _found(present, provider, model, now), _found(new, provider, model, now)
        if before is None:
            continue
        if then is None:
            gone.append(f"{provider}/{model}")
            continue
        for old, fresh in zip(_tokens(before), _tokens(then), strict=True):
            if not (old <= fresh * MOST_TIMES and fresh <= old * MOST_TIMES):
                raise CatalogueError(
                    f"The list prices {provider}/{model} at {fresh} picodollars a token, where it was {old}."
                )
    if len(gone) > _MOST_GONE:
        raise CatalogueError(f"The list has no prices for well-known models: {', '.join(gone)}.")


def _found(snapshot: Any, provider: str, model: str, now: datetime) -> Price | None:
    try:
        known, found = snapshot.find_provider_model(model, None, provider, None)
    except LookupError:
        return None
    return _price(known, found, now)
