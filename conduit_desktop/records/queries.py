"""What is asked of the log, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeFilter:
    """Which exchanges to list; unset fields do not restrict. ``text`` matches id, model, key, provider, app and
    error; ``outcome`` is ``ok``, ``error`` or a status such as ``429``. ``tag`` is that of the key: who asks the log
    turns it into the ``key_ids`` that have it, for the log itself knows no tags."""

    text: str = ""
    key_id: str | None = None
    model: str | None = None
    provider: str | None = None
    outcome: str | None = None
    app: str | None = None
    tag: str | None = None
    since: float | None = None
    until: float | None = None
    key_ids: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """One bar of a chart: everything that started in ``[start, start + seconds)``."""

    start: float
    seconds: float
    requests: int = 0
    errors: int = 0
    input: int = 0
    output: int = 0
    cost: int = 0
    unpriced: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The Dashboard's figures over one span. Percentiles are seconds, ``None`` without data. ``unpriced`` counts
    the exchanges whose price is unknown and which ``cost`` therefore leaves out."""

    since: float
    until: float
    requests: int = 0
    errors: int = 0
    input: int = 0
    output: int = 0
    cost: int = 0
    unpriced: int = 0
    ttft_p50: float | None = None
    ttft_p95: float | None = None
    total_p50: float | None = None
    total_p95: float | None = None
    buckets: tuple[Bucket, ...] = field(default=())


Dimension = Literal["key", "model", "provider", "app", "tag"]
DIMENSIONS: tuple[Dimension, ...] = ("key", "model", "provider", "app", "tag")
OTHER = "\0other"
"""The id of everything that is not told of by itself, in a report's groups and bars. (``""`` is a group like any other:
what came without a key, without a tag …)"""
Grain = Literal["minute", "hour", "day", "week", "month"]
GRAINS: tuple[Grain, ...] = ("minute", "hour", "day", "week", "month")


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageQuery:
    """What a report of usage is about: everything that started in ``[since, until)`` (widened to whole minutes;
    ``since`` 0: from the first on), in bars of one ``grain`` (local calendar time; None: what suits the span; a wider
    one is taken where there were more than a thousand), split by ``by`` where it is given, restricted by the rest.
    ``key_id`` and a ``tag`` are those of the key, ``provider`` its name, ``app`` the caller's user-agent product."""

    since: float
    until: float
    grain: Grain | None = None
    by: Dimension | None = None
    key_id: str | None = None
    model: str | None = None
    provider: str | None = None
    app: str | None = None
    tag: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """What a number of exchanges add up to. ``unpriced`` counts those that ``cost`` leaves out because their price is
    unknown; ``saved`` is what caches saved, the providers' own and the response cache (picodollars)."""

    requests: int = 0
    errors: int = 0
    input: int = 0
    output: int = 0
    cached_read: int = 0
    cache_write: int = 0
    cost: int = 0
    unpriced: int = 0
    saved: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Percentiles:
    """Of a distribution; ``None`` without data."""

    p50: float | None = None
    p95: float | None = None
    p99: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How quick the successful answers were: time to first token and whole time (seconds), and of streams the output
    tokens a second after the first. Over many exchanges they come from a sample of them (``sampled``); what has left
    the log does not tell any more."""

    ttft: Percentiles = Percentiles()
    total: Percentiles = Percentiles()
    speed: Percentiles = Percentiles()
    sampled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageGroup:
    """One key, model, provider, app or tag: ``id`` is what to filter by, ``name`` what to show."""

    id: str
    name: str
    sums: Sums
    timing: Timing = Timing()


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageBar:
    """One bar: what started in ``[start, end)``; ``parts`` are the groups in it, by id, when split: of the first eight
    of the report's groups, in their order, what there is, and at the end the rest as ``OTHER``."""

    start: float
    end: float
    sums: Sums
    timing: Timing = Timing()
    parts: tuple[tuple[str, Sums], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageReport:
    """The answer to a ``UsageQuery``. ``before`` is the span of the same length just before. ``groups`` are ordered by
    cost, then requests; those after the first hundred are together in ``OTHER``, at the end. ``forecast`` is what
    ``cost`` comes to at ``until`` if it goes on like this (picodollars), None where the span is over or has hardly
    begun. ``reused`` is the part of ``sums`` that the response cache answered."""

    query: UsageQuery
    grain: Grain
    sums: Sums
    before: Sums
    timing: Timing
    timing_before: Timing
    bars: tuple[UsageBar, ...] = ()
    groups: tuple[UsageGroup, ...] = ()
    forecast: int | None = None
    reused: Sums = Sums()
