"""What an exchange cost, line by line, by the rates that were in force when it was made (``tally.lines``, of which its
cost is the sum); where there is no cost, it is said why.

Blocking where it asks the store: for worker threads.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from conduit_desktop.gateway.tally import pricing
from conduit_desktop.gateway.tally.lines import BillLine as BillLine
from conduit_desktop.gateway.tally.lines import bill_lines
from conduit_desktop.gateway.tally.settle import REPORTED
from conduit_desktop.records import Exchange, Price, Usage
from conduit_desktop.store import Store


@dataclass(frozen=True, slots=True)
class Bill:
    """``price`` are the rates that applied, None where they are not known any more. ``steps`` are what singled them
    out: the hour, the service tier, the length. ``reason`` says why there is no cost; ``priced_now`` that a price is
    known by now, so that the exchange can be priced anew."""

    lines: tuple[BillLine, ...] = ()
    price: Price | None = None
    steps: tuple[str, ...] = ()
    reason: str = ""
    priced_now: bool = False

    @property
    def total(self) -> int:
        return sum(line.amount for line in self.lines)


def bill(store: Store, exchange: Exchange, now: Price | None) -> Bill:
    """The bill of an exchange that has ended. ``now`` is the price in force today, for one that was never priced."""
    usage = exchange.usage
    if usage is None:
        return Bill()
    if exchange.cost is None:
        known = now is not None and pricing.cost(now, usage, exchange.started) is not None
        return Bill(reason=missing(now, usage, exchange.started), priced_now=known)
    if not exchange.price or exchange.price == REPORTED.source:
        return Bill()
    price = store.used_prices.get(exchange.price)
    return Bill() if price is None else itemised(price, usage, exchange.started)


def itemised(price: Price, usage: Usage, at: float) -> Bill:
    """Every line of what ``usage`` comes to at ``price``; none where it has no known cost."""
    rates = pricing.in_force(price, usage, at)
    if rates is None or pricing.cost(price, usage, at) is None:
        return Bill(reason=missing(price, usage, at))
    lines = tuple(line for line in bill_lines(rates, usage) if line.units or line.part in ("input", "output"))
    return Bill(lines, rates, tuple(_steps(price, usage, at)))


def _steps(price: Price, usage: Usage, at: float) -> Iterator[str]:
    if price.hours:
        yield "the hour of the day"
    if usage.service:
        yield f"service tier {usage.service}"
    base = next((then for name, then in price.services if name == usage.service), price)
    above = max((least for least, _ in base.tiers if usage.input > least), default=None)
    if above is not None:
        yield f"above {above:,} input tokens"


def missing(price: Price | None, usage: Usage, at: float) -> str:
    """Why a usage has no cost at a price, as a clause; empty where it has one."""
    if price is None:
        return "no price is known for it"
    if pricing.cost(price, usage, at) is not None:
        return ""
    rates = pricing.in_force(price, usage, at)
    if rates is None:
        return f"its price says nothing of the service tier {usage.service}"
    if usage.unlisted > 0:
        return "it holds something that no known price bills, such as the sources of searches"
    if usage.searches > 0 and rates.per_search is None and rates.per_searching is None:
        return "its price says nothing of web searches"
    if usage.file_searches > 0 and rates.per_file_search is None:
        return "its price says nothing of searches in files"
    if usage.characters > 0 and rates.per_character is None:
        return "its price says nothing of characters"
    if usage.audio_ms > 0 and rates.per_audio_hour is None:
        return "its price says nothing of hours of sound"
    return "it is billed by units that the provider did not tell"
