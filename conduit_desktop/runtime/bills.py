"""What an exchange cost, line by line: the arithmetic of ``tally.pricing.cost``, by the rates that were in force
when it was made. The sum is never another one than the gateway's; where there is no cost, it is said why.

Blocking where it asks the store: for worker threads.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from conduit_desktop.gateway.tally import pricing
from conduit_desktop.gateway.tally.settle import REPORTED
from conduit_desktop.records import Exchange, Price, Usage
from conduit_desktop.store import Store

HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class BillLine:
    """``units`` of a part at ``rate`` picodollars for ``per`` of them. ``afresh`` is the rate that a cached part would
    have had, had it not been cached. ``amount`` is rounded where ``per`` does not divide it."""

    part: str
    units: int
    rate: int
    per: int = 1
    afresh: int | None = None

    @property
    def amount(self) -> int:
        return (self.units * self.rate + self.per // 2) // self.per


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
    found = [BillLine("per_request", 1, rates.per_request)] if rates.per_request else []
    if usage.billed_input is not None:
        found += [BillLine("input", usage.billed_input, rates.input)]
        found += [BillLine("output", usage.billed_output or 0, rates.output)]
    else:
        found += [*_input(rates, usage), *_output(rates, usage)]
    found += _extras(rates, usage)
    lines = tuple(line for line in found if line.units or line.part in ("input", "output"))
    return Bill(lines, rates, tuple(_steps(price, usage, at)))


def _input(rates: Price, usage: Usage) -> Iterator[BillLine]:
    whole = rates.input
    audio, image = max(usage.cached_audio, 0), max(usage.cached_image, 0)
    text = max(usage.cached_read - audio - image, 0)
    written = max(usage.cache_write, 0)
    hour = min(max(usage.cache_write_1h, 0), written)
    heard, seen = max(usage.audio_input - audio, 0), max(usage.image_input - image, 0)
    watched = max(usage.video_input, 0)
    fresh = max(usage.input - text - audio - image - written - heard - seen - watched, 0)
    read, write = _or(rates.cached_read, whole), _or(rates.cache_write, whole)
    sound, picture = _or(rates.audio_input, whole), _or(rates.image_input, whole)
    yield BillLine("input", fresh, whole)
    yield BillLine("cached_read", text, read, afresh=whole)
    yield BillLine("cached_audio", audio, _or(rates.cached_audio, _or(rates.cached_read, sound)), afresh=sound)
    yield BillLine("cached_image", image, _or(rates.cached_image, _or(rates.cached_read, picture)), afresh=picture)
    yield BillLine("cache_write", written - hour, write)
    yield BillLine("cache_write_1h", hour, _or(rates.cache_write_1h, write))
    if rates.per_audio_hour is None or usage.audio_ms <= 0:
        yield BillLine("audio_input", heard, sound)
    yield BillLine("image_input", seen, picture)
    yield BillLine("video_input", watched, _or(rates.video_input, whole))


def _output(rates: Price, usage: Usage) -> Iterator[BillLine]:
    whole = rates.output
    spoken, drawn, filmed = max(usage.audio_output, 0), max(usage.image_output, 0), max(usage.video_output, 0)
    told, thought = usage.output - spoken - drawn - filmed, max(usage.reasoning, 0)
    if rates.reasoning is None and thought > told:
        thought = 0  # some say that there was more of it than of output; it is billed as output, and no more
    yield BillLine("output", max(told - thought, 0), whole)
    yield BillLine("reasoning", thought, _or(rates.reasoning, whole))
    yield BillLine("audio_output", spoken, _or(rates.audio_output, whole))
    yield BillLine("image_output", drawn, _or(rates.image_output, whole))
    yield BillLine("video_output", filmed, _or(rates.video_output, whole))


def _extras(rates: Price, usage: Usage) -> Iterator[BillLine]:
    if rates.per_searching is not None:
        yield BillLine("per_searching", min(max(usage.searches, 0), 1), rates.per_searching)
    else:
        yield BillLine("per_search", max(usage.searches, 0), rates.per_search or 0)
    yield BillLine("per_file_search", max(usage.file_searches, 0), rates.per_file_search or 0)
    yield BillLine("per_character", max(usage.characters, 0), rates.per_character or 0)
    if rates.per_audio_hour is not None:
        yield BillLine("per_audio_hour", max(usage.audio_ms, 0), rates.per_audio_hour, HOUR_MS)


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


def _or(part: int | None, whole: int) -> int:
    return whole if part is None else part
