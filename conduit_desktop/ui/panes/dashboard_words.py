"""What the Dashboard's tiles and bars say: figures with unit, change and completeness. Pure; no widgets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from conduit_desktop.money import show
from conduit_desktop.records import Bucket, Overview
from conduit_desktop.ui.panes.dashboard_spans import Range, bar_title
from conduit_desktop.ui.shown import count, duration
from conduit_desktop.ui.widgets.plot_data import Plotted, Point, Series, in_words
from conduit_desktop.ui.widgets.time_axis import marks


@dataclass(frozen=True, slots=True)
class Figure:
    """One tile: what ``Tile.set_figure`` takes."""

    value: str
    unit: str = ""
    sub: str = ""
    delta: str = ""
    delta_tone: str = "neutral"


TILES = ("Requests", "Errors", "Spend", "Tokens", "Time to first token", "Total time")


def figures(now: Overview, before: Overview, words: str) -> tuple[Figure, ...]:
    """The figures of TILES, in their order. ``words`` names the span before, as in ``the 24 hours before``."""
    return (
        _requests(now, before, words),
        _errors(now, before, words),
        _spend(now, before, words),
        _tokens(now, before),
        _times(now.ttft_p50, now.ttft_p95, before.ttft_p50),
        _times(now.total_p50, now.total_p95, before.total_p50),
    )


def _requests(now: Overview, before: Overview, words: str) -> Figure:
    sub = f"{count(before.requests)} in {words}" if before.requests else f"none in {words}"
    return Figure(count(now.requests), sub=sub, delta=change(now.requests, before.requests))


def _errors(now: Overview, before: Overview, words: str) -> Figure:
    if not now.requests:
        return Figure("–", sub="no requests")
    share, was = now.errors / now.requests, before.errors / before.requests if before.requests else None
    points = "" if was is None else _points(share - was)
    tone = "neutral" if not points or abs(share - (was or 0)) < 0.005 else "danger" if share > (was or 0) else "success"
    said = "1 request failed" if now.errors == 1 else f"{count(now.errors)} requests failed"
    return Figure(percent(share), sub=said if now.errors else "nothing failed", delta=points, delta_tone=tone)


def _points(change: float) -> str:
    """A change of a share, in percentage points."""
    return "±0" if abs(change) < 0.0005 else f"{change * 100:+.1f} pp".replace("-", "−")


def _spend(now: Overview, before: Overview, words: str) -> Figure:
    unpriced = f"{count(now.unpriced)} unpriced" if now.unpriced else ""
    if now.unpriced and now.unpriced >= now.requests - now.errors and not now.cost:
        return Figure("unpriced", sub=f"{count(now.unpriced)} requests without a known price")
    was = f"{cost(before.cost)} {'before' if unpriced else f'in {words}'}" if before.requests else ""
    sub = " · ".join(part for part in (unpriced, was) if part) or ("all priced" if now.requests else "no requests")
    return Figure(cost(now.cost), sub=sub, delta=change(now.cost, before.cost))


def _tokens(now: Overview, before: Overview) -> Figure:
    whole = now.input + now.output
    sub = f"{count(now.input)} in · {count(now.output)} out"
    return Figure(count(whole), sub=sub, delta=change(whole, before.input + before.output))


def _times(p50: float | None, p95: float | None, was: float | None) -> Figure:
    if p50 is None:
        return Figure("–", sub="no data")
    delta = change(p50, was) if was else ""
    tone = "neutral" if not was or abs(p50 / was - 1) < 0.1 else "danger" if p50 > was else "success"
    return Figure(duration(p50), unit="p50", sub=f"{duration(p95)} p95", delta=delta, delta_tone=tone)


def change(now: float, before: float | None) -> str:
    """How much more or less than before: ``+12 %``, ``−40 %``, ``×3.2``; empty when there is nothing to compare."""
    if not before:
        return ""
    ratio = now / before
    if ratio >= 2:
        return f"×{ratio:.1f}" if ratio < 10 else f"×{ratio:.0f}"
    rounded = round((ratio - 1) * 100)
    return "±0 %" if rounded == 0 else f"{rounded:+d} %".replace("-", "−")


def percent(share: float) -> str:
    """A share: ``0 %``, ``0.4 %``, ``12 %``."""
    value = share * 100
    if value == 0 or value >= 9.95:
        return f"{value:.0f} %"
    return f"{value:.1f} %" if value >= 0.05 else "<0.1 %"


def cost(picodollars: float) -> str:
    """An amount with no more digits than it has: ``$1.50``, ``$0.02``, ``$0.0005``."""
    text = show(round(picodollars))
    whole, _, cents = text.partition(".")
    return f"{whole}.{cents.rstrip('0').ljust(2, '0')}" if cents else text


# ---------------------------------------------------------------- the chart


@dataclass(frozen=True, slots=True)
class Metric:
    """What the bars can show: its series, a bucket's value for each, and how a value is written."""

    key: str
    text: str
    series: tuple[Series, ...]
    values: Callable[[Bucket], tuple[float, ...]]
    show: Callable[[float], str]
    unit: str = ""


METRICS: tuple[Metric, ...] = (
    Metric(
        "requests",
        "Requests",
        (Series("Answered", "chart-1"), Series("Failed", "danger")),
        lambda b: (b.requests - b.errors, b.errors),
        count,
        "count",
    ),
    Metric("spend", "Spend", (Series("Spend", "chart-2"),), lambda b: (b.cost,), cost),
    Metric(
        "tokens",
        "Tokens",
        (Series("Input", "chart-1"), Series("Output", "chart-3")),
        lambda b: (b.input, b.output),
        count,
        "count",
    ),
)


def metric_of(key: str) -> Metric:
    return next((each for each in METRICS if each.key == key), METRICS[0])


def plotted(metric: Metric, chosen: Range, overview: Overview) -> Plotted:
    """The bars. Where spend is shown, what it leaves out is said with the bar."""
    points = tuple(
        Point(
            bucket.start,
            bar_title(chosen, bucket),
            metric.values(bucket),
            unknown=bucket.unpriced if metric.key == "spend" else 0,
        )
        for bucket in overview.buckets
    )
    name = f"{metric.text} in {chosen.words}"
    starts = [bucket.start for bucket in overview.buckets]
    return Plotted(
        name,
        metric.series,
        points,
        metric.show,
        lambda most: marks(starts, chosen.grain, most),
        metric.unit,
        in_words(name, points, metric.show),
    )
