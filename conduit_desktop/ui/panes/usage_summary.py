"""A chart of usage in sentences: for screen readers, and for those who rather read than look. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from conduit_desktop.money import show as money
from conduit_desktop.records import Sums, UsageBar, UsageReport
from conduit_desktop.ui.panes.usage_asked import WORDS, Asked, name_of
from conduit_desktop.ui.panes.usage_measures import Measure, measure_of
from conduit_desktop.ui.panes.usage_spans import Span, bar_title
from conduit_desktop.ui.panes.usage_words import change, end_word, priced

_NAMED = 3


def in_words(asked: Asked, shown: Span, report: UsageReport, before: UsageReport, name: str) -> str:
    """``Spend per day by model, 1–30 Nov 2026: total $12.30, highest 14 Nov $2.10. …``"""
    measure = measure_of(asked.measure)
    if not report.sums.requests:
        return f"{name}, {shown.words}: no requests."
    tell = _timed if measure.timing is not None else _summed
    return " ".join(tell(asked, shown, report, before, name, measure))


def _summed(
    asked: Asked, shown: Span, report: UsageReport, before: UsageReport, name: str, measure: Measure
) -> Iterator[str]:
    of = measure.of
    assert of is not None
    whole = of(report.sums)
    peak = max(report.bars, key=lambda bar: of(bar.sums), default=None)
    highest = (
        f", highest {_title(peak, report, shown)} {measure.show(of(peak.sums))}" if peak is not None and whole else ""
    )
    yield f"{name}, {shown.words}: total {_figure(measure, whole)}{highest}."
    if asked.by and report.groups and whole:
        yield _groups(asked.by, report, of, measure, whole)
    if measure.key in ("spend", "saved") and report.sums.unpriced:
        many = report.sums.unpriced
        yield f"{many:,} request{'' if many == 1 else 's'} unpriced and not counted in."
    if measure.key == "spend" and report.forecast is not None and shown.running:
        yield f"Expected {end_word(shown)}: {money(report.forecast)}."
    yield from _compared(change(whole, of(before.sums)).text, shown, _figure(measure, of(before.sums)))


def _figure(measure: Measure, value: int) -> str:
    return money(value) if measure.key in ("spend", "saved") else f"{value:,}"


def _title(bar: UsageBar, report: UsageReport, shown: Span) -> str:
    return bar_title(bar.start, bar.end, report.grain, shown.zone)


def _groups(by: str, report: UsageReport, of: Callable[[Sums], int], measure: Measure, whole: int) -> str:
    ordered = sorted(report.groups, key=lambda group: -of(group.sums))
    named = _NAMED if len(ordered) > _NAMED + 1 else len(ordered)
    told = [
        f"{name_of(by, group.id, group.name)} {measure.show(of(group.sums))} ({of(group.sums) / whole * 100:.0f} %)"
        if measure.key != "spend" or priced(group.sums)
        else f"{name_of(by, group.id, group.name)} unpriced"
        for group in ordered[:named]
    ]
    if rest := ordered[named:]:
        told.append(f"{len(rest)} others {measure.show(sum(of(group.sums) for group in rest))}")
    return f"By {WORDS[by].lower()}: {', '.join(told)}."


def _timed(
    asked: Asked, shown: Span, report: UsageReport, before: UsageReport, name: str, measure: Measure
) -> Iterator[str]:
    of = measure.timing
    assert of is not None
    now = of(report.timing)
    if now.p50 is None:
        yield f"{name}, {shown.words}: no data."
        return
    figures = ", ".join(
        f"{word} {measure.show(value)}"
        for word, value in (("median", now.p50), ("p95", now.p95), ("p99", now.p99))
        if value is not None
    )
    medians = [(value, bar) for bar in report.bars if (value := of(bar.timing).p50) is not None]
    worst, at = max(medians, key=lambda pair: pair[0], default=(None, None))
    highest = (
        f"; highest median {measure.show(worst)} on {_title(at, report, shown)}" if at is not None and worst else ""
    )
    yield f"{name}, {shown.words}: {figures}{highest}."
    if report.timing.sampled:
        yield "From a sample of the requests."
    was = of(before.timing).p50
    words = ("faster", "slower") if measure.key == "speed" else ("slower", "faster")
    yield from _compared(change(now.p50, was, *words).text, shown, measure.show(was) if was is not None else "")


def _compared(changed: str, shown: Span, was: str) -> Iterator[str]:
    """``12 % more than the 7 days before ($11.00).``"""
    told = changed.lstrip("↑↓ ")
    if told == "as before":
        yield f"As much as {shown.before} ({was})."
    elif told.endswith("× before"):
        yield f"{told.removesuffix('× before')} times as much as {shown.before} ({was})."
    elif told:
        yield f"{told} than {shown.before} ({was})."
