"""Token counts as they are billed: the one form that every dialect's usage is read into."""

from __future__ import annotations

from typing import Any

import msgspec

_USUAL = frozenset(
    {"default", "standard", "auto", "on_demand", "unspecified", "standard_only", "global", "not_available"}
)


class Usage(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Tokens as they are billed. ``input`` and ``output`` are totals: cached reads, cache writes (``cache_write_1h`` is
    the part of them kept for an hour), input audio, images and films are parts of ``input``; reasoning and output
    audio, images and films are parts of ``output``; ``cached_audio`` and ``cached_image`` are parts both of
    ``cached_read`` and of their kind.

    ``searches`` counts web searches of the provider's (Cohere's search units, where it reranks), ``file_searches``
    those in files, ``audio_ms`` the sound that is billed by its length (milliseconds), ``characters`` what is billed
    by the letter, ``unlisted`` what is billed by a price that is not this model's (tokens of another model, xAI's
    sources). ``service`` is the service tier that it was served in, empty for the usual one; several names are joined
    by ``+``. ``reported_cost`` is the provider's own figure in picodollars. ``estimated`` marks counts made here.
    ``billed_input`` and ``billed_output`` are what the provider bills where it tells that besides what went through
    the model (Cohere does not bill its own prompt)."""

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
    image_output: int = 0
    video_input: int = 0
    video_output: int = 0
    cached_audio: int = 0
    cached_image: int = 0
    unlisted: int = 0
    file_searches: int = 0
    audio_ms: int = 0
    characters: int = 0
    service: str = ""

    @property
    def total(self) -> int:
        return self.input + self.output


def plus(one: Usage | None, other: Usage | None) -> Usage | None:
    """Both together; of what only one of them tells, that."""
    if one is None or other is None:
        return one or other
    told = {name: getattr(other, name) for name in Usage.__struct_fields__}
    for name, more in told.items():
        before = getattr(one, name)
        if name in ("service", "estimated"):
            told[name] = more or before
        elif before is not None:
            told[name] = before if more is None else before + more
    return Usage(**told)


def service_of(*told: Any) -> str:
    """The service tier by the words in which a provider tells it; empty for the usual one."""
    names = []
    for each in told:
        if isinstance(each, str) and len(each) <= 40:
            name = each.strip().lower().removeprefix("service_tier_").removeprefix("on_demand_")
            if name and name not in _USUAL:
                names.append(name)
    return "+".join(dict.fromkeys(names))
