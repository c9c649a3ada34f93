"""The lines of a bill: what of a usage is billed at which rate. A cost is their sum, a saving their difference."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from conduit_desktop.records import Price, Usage

_HOUR_MS = 3_600_000


class BillLine(NamedTuple):
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


def bill_lines(rates: Price, usage: Usage) -> Iterator[BillLine]:
    """Every line of ``usage`` at ``rates``, empty ones too. Parts that add up to more than the whole they were reported
    with are billed all the same."""
    yield BillLine("per_request", 1 if rates.per_request else 0, rates.per_request)
    if usage.billed_input is not None:
        # Cohere bills other counts than it reports (its own instructions are free), and those have no parts.
        yield BillLine("input", usage.billed_input, rates.input)
        yield BillLine("output", usage.billed_output or 0, rates.output)
    else:
        yield from _input(rates, usage)
        yield from _output(rates, usage)
    yield from _extras(rates, usage)


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
        yield BillLine("per_audio_hour", max(usage.audio_ms, 0), rates.per_audio_hour, _HOUR_MS)


def _or(part: int | None, whole: int) -> int:
    return whole if part is None else part
