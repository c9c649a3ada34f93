"""What a usage costs at a price: exact integer arithmetic in picodollars, and nothing else.

Knows no catalogue and no provider; a cost that the provider reports itself is the caller's to prefer.
"""

from __future__ import annotations

from operator import attrgetter

from msgspec.structs import replace

from conduit_desktop.records import Price, Usage

_HOUR_MS = 3_600_000
_DAY = 86_400
_ANY = "*"
_WHOLES = ("input", "output", "estimated", "reported_cost", "service")
_parts_of = attrgetter(*(name for name in Usage.__struct_fields__ if name not in _WHOLES))
_NO_PARTS = _parts_of(Usage())
"""Of most answers: nothing that is billed apart."""


def cost(price: Price, usage: Usage, at: float = 0.0) -> int | None:
    """Picodollars for ``usage`` at the time ``at`` (Unix seconds). The parts of the input and of the output are billed
    at their own prices, or at that of the whole where they have none. Parts that add up to more than the whole they
    were reported with are billed all the same. None where the usage has something in it whose price is not known."""
    rates = in_force(price, usage, at)
    if rates is None:
        return None
    if _parts_of(usage) == _NO_PARTS and rates.per_audio_hour is None and rates.per_character is None:
        return rates.per_request + usage.input * rates.input + usage.output * rates.output
    extras = _extras(rates, usage)
    if extras is None:
        return None
    if usage.billed_input is not None:
        # Cohere bills other counts than it reports (its own instructions are free), and those have no parts.
        tokens = usage.billed_input * rates.input + (usage.billed_output or 0) * rates.output
    else:
        tokens = _input(rates, usage) + _output(rates, usage)
    return rates.per_request + tokens + extras


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
    if usage.billed_input is not None or usage.cached_read <= 0:
        return 0
    text, audio, image = _cached(usage)
    return (
        text * (rates.input - _or(rates.cached_read, rates.input))
        + audio * (_or(rates.audio_input, rates.input) - _cached_audio(rates))
        + image * (_or(rates.image_input, rates.input) - _cached_image(rates))
    )


def in_force(price: Price, usage: Usage, at: float) -> Price | None:
    """The rates for a usage: those of the hour, of the service tier, of a request as long as this. None where the tier
    that it was served in has no known price."""
    moment = at % _DAY
    for start, end, then in price.hours:
        if start <= moment < end if start <= end else moment >= start or moment < end:
            price = then
            break
    if usage.service:
        tiers = dict(price.services)
        found = tiers.get(usage.service) or tiers.get(_ANY)
        if found is None:
            return None
        price = found
    rates = price
    for above, then in price.tiers:
        if usage.input > above:
            rates = then
    return rates


def _cached(usage: Usage) -> tuple[int, int, int]:
    """What was read from the cache: text, sound, images."""
    audio, image = max(usage.cached_audio, 0), max(usage.cached_image, 0)
    return max(usage.cached_read - audio - image, 0), audio, image


def _input(rates: Price, usage: Usage) -> int:
    text, audio, image = _cached(usage)
    written = max(usage.cache_write, 0)
    hour = min(max(usage.cache_write_1h, 0), written)
    heard = max(usage.audio_input - audio, 0)
    by_hour = rates.per_audio_hour is not None and usage.audio_ms > 0  # then the sound is billed, not its tokens
    seen = max(usage.image_input - image, 0)
    watched = max(usage.video_input, 0)
    fresh = max(usage.input - text - audio - image - written - heard - seen - watched, 0)
    write = _or(rates.cache_write, rates.input)
    return (
        fresh * rates.input
        + text * _or(rates.cached_read, rates.input)
        + audio * _cached_audio(rates)
        + image * _cached_image(rates)
        + (written - hour) * write
        + hour * _or(rates.cache_write_1h, write)
        + (0 if by_hour else heard * _or(rates.audio_input, rates.input))
        + seen * _or(rates.image_input, rates.input)
        + watched * _or(rates.video_input, rates.input)
    )


def _output(rates: Price, usage: Usage) -> int:
    thought, spoken = max(usage.reasoning, 0), max(usage.audio_output, 0)
    drawn, filmed = max(usage.image_output, 0), max(usage.video_output, 0)
    told = usage.output - spoken - drawn - filmed
    if rates.reasoning is None:
        thought = 0  # it is output like any other, however much of it some provider says that there was
    return (
        max(told - thought, 0) * rates.output
        + thought * _or(rates.reasoning, rates.output)
        + spoken * _or(rates.audio_output, rates.output)
        + drawn * _or(rates.image_output, rates.output)
        + filmed * _or(rates.video_output, rates.output)
    )


def _extras(rates: Price, usage: Usage) -> int | None:
    """What is billed beside tokens; None where the price of some of it is not known."""
    by_unit = rates.per_audio_hour is not None or rates.per_character is not None
    if by_unit and not (rates.input or rates.output) and usage.total and not (usage.audio_ms or usage.characters):
        return None  # a price by the hour or the letter, and only tokens are told
    if usage.unlisted > 0:
        return None
    total = 0
    for count, each in (
        (usage.file_searches, rates.per_file_search),
        (usage.characters, rates.per_character),
        (min(usage.searches, 1), rates.per_searching)
        if rates.per_searching is not None
        else (usage.searches, rates.per_search),
    ):
        if count > 0:
            if each is None:
                return None
            total += count * each
    if usage.audio_ms > 0 and (rates.per_audio_hour is not None or not usage.total):
        if rates.per_audio_hour is None:
            return None
        total += (usage.audio_ms * rates.per_audio_hour + _HOUR_MS // 2) // _HOUR_MS
    return total


def _cached_audio(rates: Price) -> int:
    return _or(rates.cached_audio, _or(rates.cached_read, _or(rates.audio_input, rates.input)))


def _cached_image(rates: Price) -> int:
    return _or(rates.cached_image, _or(rates.cached_read, _or(rates.image_input, rates.input)))


def _or(part: int | None, whole: int) -> int:
    return whole if part is None else part
