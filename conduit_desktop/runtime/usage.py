"""Answers a ``UsageQuery``: sums and timing of a span in bars and groups, the span before, and what it will come to.

Blocking: for worker threads, the command line and the admin API. The span is widened to whole minutes, and over those
the sums are exact, to the picodollar and whether or not the log still has the exchanges. How timing is told: see
``timing.py``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple

from conduit_desktop.gateway.periods import Zone, day_of
from conduit_desktop.records import (
    OTHER,
    RESPONSE_CACHE,
    Dimension,
    ExchangeFilter,
    Sums,
    Timing,
    UsageBar,
    UsageGroup,
    UsageQuery,
    UsageReport,
)
from conduit_desktop.runtime.calendar import edges, grain_for, users_zone, whole_minutes
from conduit_desktop.runtime.tags import tagged, tags
from conduit_desktop.runtime.timing import ENOUGH, RARE, Look, look
from conduit_desktop.store import Store
from conduit_desktop.store.usage import Counts, Split, Times

PARTS = 8
"""Groups of which every bar tells by itself."""
MOST_GROUPS = 100
BEFORE = 1_000
"""How many exchanges of the span before are looked at for its timing."""
SHOWN = 20
"""A period says what it will come to when one part in so many of it is over."""

_NAMELESS: dict[Dimension, str] = {
    "key": "No key",
    "model": "No model",
    "provider": "No provider",
    "app": "Unknown app",
    "tag": "No tag",
}
_NUMBERS = 9


@dataclass(frozen=True, slots=True)
class _Asked:
    """A query in the log's own words; with ``tags`` it splits by key and the keys are put together here."""

    wanted: ExchangeFilter
    by: Split | None
    tags: dict[str, str] | None

    def group(self, name: str) -> str:
        return name if self.tags is None else self.tags.get(name, "")

    def only(self, group: str, names: Iterable[str]) -> ExchangeFilter:
        """The filter for one group; ``names`` are those that the log knows it by."""
        match self.by:
            case "key":
                return replace(self.wanted, key_ids=tuple(names))
            case "model":
                return replace(self.wanted, model=group)
            case "provider":
                return replace(self.wanted, provider=group)
            case _:
                return replace(self.wanted, app=group)


def report(store: Store, query: UsageQuery, zone: Zone = None, now: float | None = None) -> UsageReport:
    """The whole answer, in bars of ``zone``'s calendar."""
    since, until = whole_minutes(query.since or store.exchanges.bounds()[0], query.until)
    grain = grain_for(until - since, query.grain)
    if since >= until:
        nothing = {"sums": Sums(), "before": Sums(), "timing": Timing(), "timing_before": Timing()}
        return UsageReport(query=query, grain=grain, **nothing)  # type: ignore[arg-type]
    asked = _asked(store, query)
    marks = edges(since, until, grain, zone)
    counts = store.exchanges.sums(marks, asked.wanted, asked.by)
    found = look(store, (since, until), counts, asked.wanted, asked.by)
    span_before = (2 * since - until, since)
    before = store.exchanges.sums(span_before, asked.wanted, None)
    groups = _groups(store, asked, query.by, counts, found, (since, until)) if query.by else ()
    sums = _sums(counts.values())
    return UsageReport(
        query=query,
        grain=grain,
        sums=sums,
        before=_sums(before.values()),
        timing=found.timing(),
        timing_before=look(store, span_before, before, asked.wanted, None, BEFORE).timing(),
        bars=_bars(marks, asked, counts, found, groups),
        groups=groups,
        forecast=forecast(sums.cost, since, until, time.time() if now is None else now),
        reused=_reused(store, asked.wanted, (since, until)),
    )


def _reused(store: Store, wanted: ExchangeFilter, span: tuple[int, int]) -> Sums:
    """What of it the response cache answered."""
    if wanted.provider not in (None, RESPONSE_CACHE):
        return Sums()
    return _sums(store.exchanges.sums(span, replace(wanted, provider=RESPONSE_CACHE), None).values())


def users_report(store: Store, query: UsageQuery) -> UsageReport:
    """The answer in the user's own calendar."""
    return report(store, query, users_zone(store))


class Line(NamedTuple):
    """What one group came to in one bar."""

    start: int
    end: int
    id: str
    name: str
    sums: Sums


def table(store: Store, query: UsageQuery, zone: Zone = None, *, bars: bool = True) -> list[Line]:
    """Bar by bar what every group came to, the dearest first, however many there are; where nothing is split by, every
    bar as a whole, empty ones too. Without ``bars`` the span is one."""
    since, until = whole_minutes(query.since or store.exchanges.bounds()[0], query.until)
    if since >= until:
        return []
    asked, grain = _asked(store, query), grain_for(until - since, query.grain)
    marks = edges(since, until, grain, zone) if bars else [since, until]
    parts: list[dict[str, list[Sequence[int]]]] = [{} if query.by else {"": []} for _ in marks[1:]]
    for (name, bar), numbers in store.exchanges.sums(marks, asked.wanted, asked.by).items():
        parts[bar].setdefault(asked.group(name), []).append(numbers)
    name_of = _naming(store, query.by)
    lines: list[Line] = []
    for (start, end), part in zip(pairwise(marks), parts, strict=True):
        own = [Line(start, end, group, name_of(group), _sums(many)) for group, many in part.items()]
        lines += sorted(own, key=lambda line: _rank(line.id, line.sums))
    return lines


def key_series(store: Store, days: int) -> dict[str, list[int]]:
    """What each key cost on each of the last days of the user's calendar, today at the end."""
    today = date.fromisoformat(day_of(time.time(), users_zone(store)))
    names = [str(today - timedelta(days=ago)) for ago in reversed(range(days))]
    costs = store.spend.by_day(names[0])
    return {key_id: [own.get(name, 0) for name in names] for key_id, own in costs.items()}


def forecast(cost: int, since: float, until: float, now: float) -> int | None:
    """What ``cost`` so far comes to at ``until`` if it goes on like this."""
    gone, whole = now - since, until - since
    if not whole / SHOWN <= gone < whole:
        return None
    return int(cost * int(whole * 1000) // int(gone * 1000))


def _asked(store: Store, query: UsageQuery) -> _Asked:
    named = ExchangeFilter(
        key_id=query.key_id, model=query.model, provider=query.provider, app=query.app, tag=query.tag
    )
    if query.by == "tag":
        return _Asked(tagged(store, named), "key", tags(store))
    return _Asked(tagged(store, named), query.by, None)


def _groups(
    store: Store, asked: _Asked, by: Dimension, counts: Counts, found: Look, span: tuple[int, int]
) -> tuple[UsageGroup, ...]:
    members: dict[str, Counts] = {}
    for (name, bar), numbers in counts.items():
        members.setdefault(asked.group(name), {})[name, bar] = numbers
    sums = {group: _sums(own.values()) for group, own in members.items()}
    ranked = sorted(sums, key=lambda group: _rank(group, sums[group]))
    seen: dict[str, list[Times]] = {}
    for each in found.times:
        seen.setdefault(asked.group(each.group), []).append(each)
    name_of = _naming(store, by)
    groups = []
    for place, group in enumerate(ranked[:MOST_GROUPS]):
        own = Look(seen.get(group, ()), found.sampled)
        if place < PARTS and found.sampled and len(own.times) < ENOUGH < sums[group].requests:
            only = asked.only(group, {name for name, _ in members[group]})
            own = look(store, span, members[group], only, asked.by, RARE)
        groups.append(UsageGroup(id=group, name=name_of(group), sums=sums[group], timing=own.timing()))
    if rest := ranked[MOST_GROUPS:]:
        left = [numbers for group in rest for numbers in members[group].values()]
        groups.append(UsageGroup(id=OTHER, name="Other", sums=_sums(left)))
    return tuple(groups)


def _rank(group: str, sums: Sums) -> tuple[int, int, str]:
    return -sums.cost, -sums.requests, group


def _naming(store: Store, by: Dimension | None) -> Callable[[str], str]:
    """From a group's id to its name: of keys the names they have now, of removed ones those they had."""
    names: dict[str, str] = {"": _NAMELESS[by] if by else ""}
    if by == "key":
        names |= dict(store.exchanges.facets().keys) | {key.id: key.name for key in store.keys.list()}
    return lambda group: names.get(group, group)


def _bars(
    marks: Sequence[int], asked: _Asked, counts: Counts, found: Look, groups: Sequence[UsageGroup]
) -> tuple[UsageBar, ...]:
    own = [group.id for group in groups if group.id != OTHER][:PARTS]
    parts: list[dict[str, list[Sequence[int]]]] = [{} for _ in marks[1:]]
    for (name, bar), numbers in counts.items():
        group = asked.group(name)
        parts[bar].setdefault(group if group in own else OTHER, []).append(numbers)
    timings = found.by_bar(marks)
    return tuple(
        UsageBar(
            start=start,
            end=end,
            sums=_sums(numbers for several in part.values() for numbers in several),
            timing=timing,
            parts=tuple((group, _sums(part[group])) for group in (*own, OTHER) if group in part) if groups else (),
        )
        for (start, end), part, timing in zip(pairwise(marks), parts, timings, strict=True)
    )


def _sums(many: Iterable[Sequence[int]]) -> Sums:
    columns = [sum(column) for column in zip(*many, strict=True)] or [0] * _NUMBERS
    requests, errors, given, answered, cost, unpriced, cached, written, saved = columns[:_NUMBERS]
    return Sums(
        requests=requests,
        errors=errors,
        input=given,
        output=answered,
        cached_read=cached,
        cache_write=written,
        cost=cost,
        unpriced=unpriced,
        saved=saved,
    )
