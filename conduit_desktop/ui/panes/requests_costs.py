"""What an exchange cost, part by part, with the arithmetic. Pure: the gateway's own sum is never replaced, only
explained; where the parts do not add up to it, that is said."""

from __future__ import annotations

from dataclasses import dataclass

from conduit_desktop.money import show
from conduit_desktop.records import Exchange, Price, Usage

MILLION = 10**6
REPORTED = "reported by the provider"  # what the gateway says of a price that it did not have to look up


@dataclass(frozen=True, slots=True)
class Part:
    """``price`` is picodollars a token."""

    name: str
    tokens: int
    price: int

    @property
    def amount(self) -> int:
        return self.tokens * self.price


@dataclass(frozen=True, slots=True)
class Split:
    """``parts`` empty: no price list can explain the cost. ``note`` says what there is to know."""

    parts: tuple[Part, ...]
    total: int | None
    note: str
    unpriced: bool = False


def tier(price: Price, tokens: int) -> Price:
    """The price for a request with so many input tokens."""
    found = price
    for above, then in price.tiers:
        if tokens > above:
            found = then
    return found


def parts_of(usage: Usage, price: Price) -> tuple[Part, ...]:
    """Every part that was used, or is always shown; reasoning is output and has no price of its own."""
    at = tier(price, usage.input)
    fresh = max(usage.input - usage.cached_read - usage.cache_write - usage.audio_input, 0)
    told = max(usage.output - usage.audio_output, 0)
    whole = (
        Part("Input", fresh, at.input),
        Part("Cached input", usage.cached_read, at.input if at.cached_read is None else at.cached_read),
        Part("Cache writes", usage.cache_write, at.input if at.cache_write is None else at.cache_write),
        Part("Audio input", usage.audio_input, at.input if at.audio_input is None else at.audio_input),
        Part("Output", told, at.output),
        Part("Audio output", usage.audio_output, at.output if at.audio_output is None else at.audio_output),
    )
    always = ("Input", "Cached input", "Output")
    found = tuple(part for part in whole if part.tokens or part.name in always)
    return (*found, Part("Per request", 1, at.per_request)) if at.per_request else found


def split(exchange: Exchange, price: Price | None) -> Split:
    """``price`` is what the price list says today."""
    usage, cost = exchange.usage, exchange.cost
    if exchange.seq == 0:
        return Split((), None, "The cost is known when the request has ended.")
    if usage is None:
        return Split((), cost, "No provider gave an answer, so nothing was used and nothing is charged.")
    if cost is None:
        model = exchange.upstream_model or exchange.model
        note = f"No price is known for {model}: this request is counted, but budgets and totals leave its cost out."
        return Split((), None, note, unpriced=True)
    if usage.reported_cost is not None or exchange.price == REPORTED:
        return Split((), cost, "The provider reported this amount itself; it wins over any price list.")
    if price is None:
        return Split(
            (), cost, f"Priced by {exchange.price or 'a price list'}, which has no price for this model today."
        )
    parts = parts_of(usage, price)
    estimated = " The provider reported no usage: the tokens are estimated here." if usage.estimated else ""
    if sum(part.amount for part in parts) != cost:
        today = show(sum(part.amount for part in parts))
        was = f"The price has changed since: it was charged by {exchange.price or 'another price'} as it was then."
        return Split(parts, cost, f"{was} Today's prices, shown here, would make it {today}.{estimated}")
    tiers = (
        " The model's price depends on the length of the input; this is the step that applies." if price.tiers else ""
    )
    return Split(parts, cost, f"Priced by {exchange.price}.{tiers}{estimated}")


def per_million(price: int) -> str:
    """``$2.50`` a million tokens."""
    return show(price * MILLION)


def arithmetic(part: Part) -> str:
    """``1,204 × $2.50 / 1M``."""
    if part.name == "Per request":
        return "1 request"
    return f"{part.tokens:,} × {per_million(part.price)} / 1M"
