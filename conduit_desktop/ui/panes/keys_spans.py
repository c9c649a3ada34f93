"""The spans over which a key's usage is shown: what is asked for, as which charts it is drawn, and its figures. Pure.

The charts are those of Usage: one way to draw spend, requests and times.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from conduit_desktop.records import Grain, Period, Sums, Timing, UsageQuery, UsageReport
from conduit_desktop.runtime.keys import KeyView
from conduit_desktop.ui.panes import keys_words as words
from conduit_desktop.ui.panes.usage_asked import Asked
from conduit_desktop.ui.panes.usage_plotted import Colours, Seen, plotted
from conduit_desktop.ui.panes.usage_spans import CUSTOM, Span, Zone
from conduit_desktop.ui.shown import count, duration
from conduit_desktop.ui.widgets.legend import Entry
from conduit_desktop.ui.widgets.plot_data import Plotted

PERIOD = "period"
SPANS: tuple[tuple[str, str], ...] = (("7", "7 days"), ("30", "30 days"))
PERIOD_TITLES: dict[Period, str] = {"once": "All time", "day": "Today", "week": "This week", "month": "This month"}
CHARTS: tuple[tuple[str, str], ...] = (("spend", "model"), ("requests", ""), ("ttft", ""))
"""The measure of each chart and by what it is split."""
_KEYS: dict[Period, str] = {"day": "today", "month": "month"}


def start_of(period: Period, now: float, zone: Zone = None) -> float | None:
    """The user's midnight at which the current period began; None for ``once``."""
    today = datetime.fromtimestamp(now, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    match period:
        case "day":
            return today.timestamp()
        case "week":
            return (today - timedelta(days=today.weekday())).timestamp()
        case "month":
            return today.replace(day=1).timestamp()
        case _:
            return None


def query(view: KeyView, span: str, now: float, zone: Zone = None) -> UsageQuery:
    """What is asked for a span: the key's own period up to its end, or some days up to today's."""
    grain: Grain | None = "day"
    today = datetime.fromtimestamp(now, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    midnight = today + timedelta(days=1)
    since, until = 0.0, midnight.timestamp()
    if span != PERIOD:
        since = (midnight - timedelta(days=int(span))).timestamp()
    else:
        begun = start_of(view.key.period, now, zone)
        since, until = (begun if begun is not None else min(view.key.created, now)), view.resets or until
        grain = "hour" if view.key.period == "day" else None if view.key.period == "once" else "day"
    return UsageQuery(since=since, until=until, grain=grain, by="model", key_id=view.key.id)


def charts(report: UsageReport, period: Period, now: float, colours: Colours, zone: Zone = None) -> tuple[Plotted, ...]:
    """The report as each of CHARTS, in their order."""
    asked, start, end = report.query, report.bars[0].start if report.bars else 0.0, 0.0
    end = report.bars[-1].end if report.bars else now
    shown = Span(_KEYS.get(period, CUSTOM), start, end, now, start, start, start, zone)
    before = replace(report, sums=Sums(), timing=Timing())  # nothing is compared with
    return tuple(
        plotted(
            Seen(Asked(by=by, measure=measure, filters={"key": asked.key_id or ""}), shown, report, before), colours
        )
        for measure, by in CHARTS
    )


def legend(data: Plotted) -> list[Entry]:
    """The series of a chart, and what else in it needs explaining."""
    made: list[Entry] = []
    if len(data.series) > 1 or any(series.key for series in data.series):
        look = "fill" if data.summed else "line"
        made = [Entry(each.name, each.token, "", each.key, each.dash or look) for each in data.series]
    if any(point.ahead for point in data.points):
        made.append(Entry("expected", "text-faint", look="ahead"))
    if any(point.unknown for point in data.points):
        made.append(Entry("some unpriced", "text-muted", look="hatch"))
    return made


def spent(sums: Sums) -> str:
    """``$1.20``, ``$1.20 + 3 unpriced``, ``3 unpriced``."""
    left = f"{count(sums.unpriced)} unpriced" if sums.unpriced else ""
    if left and not sums.cost:
        return left
    return f"{words.dollars(sums.cost)} + {left}" if left else words.dollars(sums.cost)


def figures(report: UsageReport) -> tuple[tuple[str, str], ...]:
    """The span in a few lines (name, value)."""
    sums, timing = report.sums, report.timing
    failed = f", {count(sums.errors)} failed" if sums.errors else ""
    saved = words.dollars(sums.saved) if sums.saved else ""
    return (
        ("Spend", spent(sums)),
        ("Requests", f"{count(sums.requests)}{failed}"),
        ("Tokens", f"{count(sums.input)} in, {count(sums.output)} out"),
        ("Saved by caches", saved),
        ("Time to first token", _spread(timing.ttft.p50, timing.ttft.p95)),
        ("Total time", _spread(timing.total.p50, timing.total.p95)),
        ("Tokens / s", "" if timing.speed.p50 is None else f"{timing.speed.p50:.0f} median"),
    )


def _spread(p50: float | None, p95: float | None) -> str:
    return "" if p50 is None else f"{duration(p50)} median, {duration(p95)} p95"
