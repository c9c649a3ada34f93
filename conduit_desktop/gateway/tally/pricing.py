"""What a usage costs at a price: exact integer arithmetic in picodollars, and nothing else.

Knows no catalogue and no provider; a cost that the provider reports itself is the caller's to prefer.
"""

from __future__ import annotations

from msgspec.structs import astuple, replace

from conduit_desktop.gateway.tally.lines import bill_lines
from conduit_desktop.records import Price, Usage

_DAY = 86_400
_ANY = "*"
_PLAIN = astuple(Usage())[2:]
"""What most answers tell behind their input and output: nothing that is billed apart."""


def cost(price: Price, usage: Usage, at: float = 0.0) -> int | None:
    """Picodollars for ``usage`` at the time ``at`` (Unix seconds). The parts of the input and of the output are billed
    at their own prices, or at that of the whole where they have none. Parts that add up to more than the whole they
    were reported with are billed all the same. None where the usage has something in it whose price is not known."""
    if astuple(usage)[2:] == _PLAIN:
        plain = of_tokens(price, usage.input, usage.output, at)
        if plain is not None:
            return plain
    rates = in_force(price, usage, at)
    if rates is None or not _all_known(rates, usage):
        return None
    return sum(line.amount for line in bill_lines(rates, usage))


def of_tokens(price: Price, read: int, written: int, at: float) -> int | None:
    """The cost of so many tokens that have no parts, in the usual service tier; None where they are not all that is
    billed."""
    rates = _of_size(_of_hour(price, at), read) if price.hours or price.tiers else price
    if rates.per_audio_hour is not None or rates.per_character is not None:
        return None
    return rates.per_request + read * rates.input + written * rates.output


def at_least(price: Price, usage: Usage, at: float = 0.0) -> int:
    """What is known of a cost that is not known as a whole: tokens at the usual tier, without what has no price."""
    rates = in_force(price, usage, at) or in_force(price, replace(usage, service=""), at) or price
    plain = replace(usage, searches=0, file_searches=0, characters=0, audio_ms=0, unlisted=0, service="")
    return cost(rates, plain, at) or 0


def saved(price: Price, usage: Usage, at: float = 0.0) -> int | None:
    """What reading from the provider's cache saved against reading afresh; None where the price is not known."""
    rates = in_force(price, usage, at)
    if rates is None:
        return None
    lines = bill_lines(rates, usage) if usage.cached_read > 0 else ()
    return sum(line.units * (line.afresh - line.rate) for line in lines if line.afresh is not None)


def in_force(price: Price, usage: Usage, at: float) -> Price | None:
    """The rates for a usage: those of the hour, of the service tier, of a request as long as this. None where the tier
    that it was served in has no known price."""
    price = _of_hour(price, at)
    if usage.service:
        tiers = dict(price.services)
        found = tiers.get(usage.service) or tiers.get(_ANY)
        if found is None:
            return None
        price = found
    return _of_size(price, usage.input)


def _of_hour(price: Price, at: float) -> Price:
    moment = at % _DAY
    for start, end, then in price.hours:
        if start <= moment < end if start <= end else moment >= start or moment < end:
            return then
    return price


def _of_size(price: Price, read: int) -> Price:
    rates = price
    for above, then in price.tiers:
        if read > above:
            rates = then
    return rates


def _all_known(rates: Price, usage: Usage) -> bool:
    """Whether the price of everything that is billed beside tokens is known."""
    by_unit = rates.per_audio_hour is not None or rates.per_character is not None
    if by_unit and not (rates.input or rates.output) and usage.total and not (usage.audio_ms or usage.characters):
        return False  # a price by the hour or the letter, and only tokens are told
    if usage.audio_ms > 0 and rates.per_audio_hour is None and not usage.total:
        return False
    return not (
        usage.unlisted > 0
        or (usage.file_searches > 0 and rates.per_file_search is None)
        or (usage.characters > 0 and rates.per_character is None)
        or (usage.searches > 0 and rates.per_searching is None and rates.per_search is None)
    )
