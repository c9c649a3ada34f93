"""What a usage costs at a price: exact integer arithmetic in picodollars, and nothing else.

Knows no catalogue and no provider; a cost that the provider reports itself is the caller's to prefer.
"""

from __future__ import annotations

from conduit_desktop.records import Price, Usage


def cost(price: Price, usage: Usage) -> int:
    """Picodollars for ``usage``. The parts of the input (cached reads, cache writes, audio) and of the output (audio)
    are billed at their own prices, or at that of the whole where they have none; reasoning is output. Parts that add
    up to more than the whole they were reported with are billed all the same."""
    at = _tier(price, usage.input)
    if usage.billed_input is not None:
        # Cohere bills other counts than it reports (its own instructions are free), and those have no parts.
        return at.per_request + usage.billed_input * at.input + (usage.billed_output or 0) * at.output
    cached, written, heard = max(usage.cached_read, 0), max(usage.cache_write, 0), max(usage.audio_input, 0)
    spoken = max(usage.audio_output, 0)
    fresh = max(usage.input - cached - written - heard, 0)
    told = max(usage.output - spoken, 0)
    return (
        at.per_request
        + fresh * at.input
        + cached * _or(at.cached_read, at.input)
        + written * _or(at.cache_write, at.input)
        + heard * _or(at.audio_input, at.input)
        + told * at.output
        + spoken * _or(at.audio_output, at.output)
    )


def _tier(price: Price, tokens: int) -> Price:
    """The price for a request with so many input tokens: the last tier whose threshold it passes."""
    found = price
    for above, then in price.tiers:
        if tokens > above:
            found = then
    return found


def _or(part: int | None, whole: int) -> int:
    return whole if part is None else part
