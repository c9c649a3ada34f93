"""A report of usage as a plot: which parts its bars have, in which colours, and the whole of it in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from conduit_desktop.records import OTHER, Sums, UsageBar, UsageGroup, UsageReport
from conduit_desktop.ui.panes.usage_asked import WORDS, Asked, name_of
from conduit_desktop.ui.panes.usage_measures import PERCENTILES, Measure, measure_of
from conduit_desktop.ui.panes.usage_spans import Span, Zone, bar_title, bar_word
from conduit_desktop.ui.panes.usage_summary import in_words
from conduit_desktop.ui.tokens import CHART, CHART_REST
from conduit_desktop.ui.widgets.plot_data import Plotted, Point, Range, Series
from conduit_desktop.ui.widgets.time_axis import Mark, marks

GROUP = "="  # before the id of a group in a series' key, so that an empty id is one too
REST = "rest"


@dataclass(slots=True)
class Colours:
    """Which group has which colour: it keeps the one it was first seen with."""

    _kept: dict[tuple[str, str], str] = field(default_factory=dict)

    def give(self, by: str, ids: Sequence[str]) -> dict[str, str]:
        """A colour for each of these, no two the same."""
        used = {self._kept[by, id] for id in ids if (by, id) in self._kept}
        free = [token for token in CHART if token not in used]
        given: dict[str, str] = {}
        for id in ids:
            kept = self._kept.get((by, id))
            if kept is None or kept in given.values():
                kept = free.pop(0)
            self._kept[by, id] = given[id] = kept
        return given


@dataclass(frozen=True, slots=True)
class Seen:
    """All that was read for one look. ``before`` and ``timing`` of it are as far into the period before as this one has
    come; ``bars_before`` is the whole of that, where it is compared with."""

    asked: Asked
    span: Span
    report: UsageReport
    before: UsageReport
    bars_before: tuple[UsageBar, ...] = ()
    names: Mapping[tuple[str, str], str] = field(default_factory=dict)


def groups_shown(report: UsageReport, measure: Measure) -> tuple[list[UsageGroup], list[UsageGroup]]:
    """The groups that get a colour of their own, the largest first, and the rest."""
    of = measure.of or (lambda sums: sums.requests)
    told = {id for bar in report.bars for id, _ in bar.parts} - {OTHER}  # of the others no bar tells
    ordered = sorted((group for group in report.groups if group.id in told), key=lambda group: -of(group.sums))
    most = len(CHART) if len(report.groups) <= len(CHART) else len(CHART) - 1
    own = {group.id for group in ordered[:most]}
    return ordered[:most], [group for group in report.groups if group.id not in own]


def plotted(seen: Seen, colours: Colours) -> Plotted:
    """What the chart shows."""
    asked, report = seen.asked, seen.report
    measure = measure_of(asked.measure)
    by = f" by {WORDS[asked.by].lower()}" if asked.by and measure.of else ""
    name = f"{measure.text} {bar_word(report.grain)}{by}"
    series, values = _series(seen, measure, colours)
    before = {at: bar for at, bar in enumerate(seen.bars_before)} if asked.compare else {}
    ahead = _ahead(seen, measure)
    points = tuple(
        Point(
            bar.start,
            bar_title(bar.start, bar.end, report.grain, seen.span.zone),
            values[at],
            _whole(before[at], measure) if at in before else None,
            ahead[at],
            bar.sums.unpriced if measure.key == "spend" else 0,
        )
        for at, bar in enumerate(report.bars)
    )
    return Plotted(
        name,
        series,
        points,
        measure.show,
        partial(_marks, tuple(bar.start for bar in report.bars), report.grain, seen.span.zone),
        measure.unit,
        in_words(seen.asked, seen.span, report, seen.before, name),
        seen.span.before.removesuffix(" by this time") if asked.compare else "",
        measure.of is not None,
    )


def _marks(starts: tuple[float, ...], grain: str, zone: Zone, most: int) -> tuple[Mark, ...]:
    return marks(starts, grain, most, zone)


def _series(
    seen: Seen, measure: Measure, colours: Colours
) -> tuple[tuple[Series, ...], list[tuple[float | None, ...]]]:
    """The series, and for each bar its values."""
    report, by = seen.report, seen.asked.by
    if measure.timing is not None:
        series = tuple(Series(name, token, "", dash) for name, token, dash, _ in PERCENTILES)
        timings = [measure.timing(bar.timing) for bar in report.bars]
        return series, [tuple(of(timing) for _, _, _, of in PERCENTILES) for timing in timings]
    of = measure.of
    assert of is not None
    if not by:
        parts = measure.parts
        return (
            tuple(Series(part.name, part.token) for part in parts),
            [tuple(part.of(bar.sums) for part in parts) for bar in report.bars],
        )
    own, rest = groups_shown(report, measure)
    tokens = colours.give(by, [group.id for group in own])
    series = tuple(Series(name_of(by, group.id, group.name), tokens[group.id], GROUP + group.id) for group in own)
    if rest:
        series = (*series, Series(f"{len(rest)} others", CHART_REST, REST))
    values: list[tuple[float | None, ...]] = []
    for bar in report.bars:
        parts_of = {id: of(sums) for id, sums in bar.parts}
        shown = [parts_of.get(group.id, 0) for group in own]
        values.append((*shown, max(of(bar.sums) - sum(shown), 0)) if rest else tuple(shown))
    return series, values


def ranges(seen: Seen, colours: Colours) -> tuple[Range, ...]:
    """How quick each group's answers were, for a measure of time or speed that is split."""
    measure, by = measure_of(seen.asked.measure), seen.asked.by
    if measure.timing is None or not by:
        return ()
    timed = [
        (group, timing) for group in seen.report.groups if (timing := measure.timing(group.timing)).p50 is not None
    ]
    timed = [(group, timing) for group, timing in timed if group.id != OTHER][: len(CHART)]
    tokens = colours.give(by, [group.id for group, _ in timed])
    return tuple(
        Range(
            GROUP + group.id,
            name_of(by, group.id, group.name),
            tokens[group.id],
            timing.p50 or 0.0,
            timing.p95 or 0.0,
            timing.p99 or 0.0,
        )
        for group, timing in timed
    )


def _whole(bar: UsageBar, measure: Measure) -> float | None:
    if measure.timing is not None:
        return measure.timing(bar.timing).p50
    assert measure.of is not None
    return measure.of(bar.sums)


def _ahead(seen: Seen, measure: Measure) -> list[float]:
    """What is still expected, spread over the time that is left."""
    report, now = seen.report, seen.span.now
    none = [0.0] * len(report.bars)
    if measure.key != "spend" or report.forecast is None or not seen.span.running:
        return none
    left = max(report.forecast - report.sums.cost, 0) / max(seen.span.until - now, 1.0)
    return [left * max(bar.end - max(bar.start, now), 0.0) for bar in report.bars]


def group_of(key: str) -> str | None:
    """The id of the group whose series bears this key, None where it is no group."""
    return key.removeprefix(GROUP) if key.startswith(GROUP) else None


def share(sums: Sums, whole: Sums) -> float:
    """Its part of the spend, or of the requests where nothing has a price."""
    if whole.cost:
        return sums.cost / whole.cost
    return sums.requests / whole.requests if whole.requests else 0.0
