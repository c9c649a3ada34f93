"""Token counts as they are billed: the one form that every dialect's usage is read into."""

from __future__ import annotations

import msgspec


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens as they are billed. ``input`` and ``output`` are totals: cached reads, cache writes (``cache_write_1h`` is
    the part of them kept for an hour), input audio and images are parts of ``input``; reasoning and output audio are
    parts of ``output``. ``searches`` counts web searches of the provider's. ``reported_cost`` is the provider's own
    figure in picodollars. ``estimated`` marks counts made here. ``billed_input`` and ``billed_output`` are what the
    provider bills where it tells that besides what went through the model (Cohere does not bill its own prompt)."""

    input: int = 0
    output: int = 0
    cached_read: int = 0
    cache_write: int = 0
    reasoning: int = 0
    audio_input: int = 0
    audio_output: int = 0
    reported_cost: int | None = None
    estimated: bool = False
    cache_write_1h: int = 0
    image_input: int = 0
    searches: int = 0
    billed_input: int | None = None
    billed_output: int | None = None

    @property
    def total(self) -> int:
        return self.input + self.output
