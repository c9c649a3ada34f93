"""What the tiles of Usage say: figures, how complete they are, and how they changed. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from conduit_desktop.records import Percentiles, Sums, Timing
from conduit_desktop.ui.panes.dashboard_words import percent
from conduit_desktop.ui.panes.usage_measures import dollars, speed
from conduit_desktop.ui.panes.usage_spans import Span
from conduit_desktop.ui.shown import count, duration

NOTHING = Sums()
_SAME = 0.005
_TWICE = 2.0


@dataclass(frozen=True, slots=True)
class Change:
    """How much more or less than before, in words; the tone says whether that is good."""

    text: str = ""
    tone: str = "neutral"


@dataclass(frozen=True, slots=True)
class Figure:
    """One tile."""

    key: str
    title: str
    value: str
    unit: str = ""
    sub: str = ""
    change: Change = Change()


def figures(
    sums: Sums,
    timing: Timing,
    before: Sums,
    timing_before: Timing,
    shown: Span,
    forecast: int | None,
    reused: Sums = NOTHING,
) -> tuple[Figure, ...]:
    """The tiles, in their order. ``reused`` is what of it the response cache answered."""
    return (
        _spend(sums, before, shown, forecast),
        Figure(
            "requests",
            "Requests",
            count(sums.requests),
            sub=_was(before),
            change=change(sums.requests, before.requests),
        ),
        _errors(sums, before),
        _tokens(sums, before),
        _saved(sums, before, reused),
        _time("ttft", "Time to first token", timing.ttft, timing_before.ttft),
        _time("total", "Total time", timing.total, timing_before.total),
        _speed(timing.speed, timing_before.speed),
    )


def _was(before: Sums) -> str:
    return f"{count(before.requests)} before" if before.requests else "none before"


def _spend(sums: Sums, before: Sums, shown: Span, forecast: int | None) -> Figure:
    if not priced(sums):
        return Figure("spend", "Spend", "unpriced", sub=f"{unpriced(sums.unpriced)}: no price is known")
    parts = [unpriced(sums.unpriced)] if sums.unpriced else []
    if forecast is not None and shown.running:
        parts.append(f"{dollars(forecast)} expected")
    elif before.requests:
        parts.append(f"{dollars(before.cost)} before")
    sub = " · ".join(parts) or ("all priced" if sums.requests else "no requests")
    return Figure("spend", "Spend", dollars(sums.cost), sub=sub, change=change(sums.cost, before.cost))


def priced(sums: Sums) -> bool:
    """Whether it has an amount: not where all that could cost something has no known price."""
    return bool(sums.cost) or not sums.unpriced or sums.unpriced < sums.requests - sums.errors


def end_word(shown: Span) -> str:
    """When the span ends, for what is expected by then."""
    ends = {"month": "by the end of the month", "year": "by the end of the year", "custom": "by the end of it"}
    return ends.get(shown.key, "by midnight")


def unpriced(number: int) -> str:
    return f"{count(number)} unpriced"


def _errors(sums: Sums, before: Sums) -> Figure:
    if not sums.requests:
        return Figure("errors", "Errors", "–", sub="no requests")
    share = sums.errors / sums.requests
    sub = "nothing failed" if not sums.errors else f"{count(sums.errors)} of {count(sums.requests)} failed"
    return Figure("errors", "Errors", percent(share), sub=sub, change=_points(share, before))


def _points(share: float, before: Sums) -> Change:
    if not before.requests:
        return Change()
    moved = share - before.errors / before.requests
    if abs(moved) < 0.0005:
        return Change("as before")
    tone = "neutral" if abs(moved) < 0.005 else "danger" if moved > 0 else "success"
    return Change(f"{'↑' if moved > 0 else '↓'} {abs(moved) * 100:.1f} points {'more' if moved > 0 else 'fewer'}", tone)


def _tokens(sums: Sums, before: Sums) -> Figure:
    whole, was = sums.input + sums.output, before.input + before.output
    cached = f" · {percent(sums.cached_read / sums.input)} cached" if sums.cached_read and sums.input else ""
    sub = f"{brief(sums.input, 2)} in · {brief(sums.output, 2)} out{cached}"
    return Figure("tokens", "Tokens", count(whole), sub=sub, change=change(whole, was))


def brief(number: float, digits: int = 3) -> str:
    """A count in few characters: ``950``, ``12 k``, ``1.25 M``."""
    for size, letter in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if abs(number) >= size * 0.9995:
            return f"{number / size:.{max(digits, len(str(int(abs(number) / size))))}g} {letter}"
    return f"{number:,.0f}"


def _saved(sums: Sums, before: Sums, reused: Sums) -> Figure:
    whole = sums.cost + sums.saved
    sub = f"{percent(sums.saved / whole)} less than without" if sums.saved and whole else "nothing read from caches"
    if reused.requests:
        answers = "1 kept answer" if reused.requests == 1 else f"{count(reused.requests)} kept answers"
        sub = f"{dollars(reused.saved)} by {answers}" if reused.saved else answers
    elif sums.cached_read and not sums.saved:
        sub = f"{brief(sums.cached_read)} tokens read"
    return Figure(
        "saved", "Saved by caching", dollars(sums.saved), sub=sub, change=change(sums.saved, before.saved, good=1)
    )


def _time(key: str, title: str, now: Percentiles, before: Percentiles) -> Figure:
    if now.p50 is None:
        return Figure(key, title, "–", sub="no data")
    sub = f"p95 {duration(now.p95)} · p99 {duration(now.p99)}"
    return Figure(key, title, duration(now.p50), "p50", sub, change(now.p50, before.p50, "slower", "faster", good=-1))


def _speed(now: Percentiles, before: Percentiles) -> Figure:
    if now.p50 is None:
        return Figure("speed", "Output speed", "–", sub="no streamed answers")
    value, _, unit = speed(now.p50).partition(" ")
    sub = f"median · p95 {speed(now.p95)}"
    return Figure("speed", "Output speed", value, unit, sub, change(now.p50, before.p50, "faster", "slower", good=1))


def change(now: float | None, before: float | None, more: str = "more", less: str = "less", good: int = 0) -> Change:
    """How much more or less than before, in words. ``good`` 1: more is better; -1: less is; 0: neither."""
    if now is None or not before:
        return Change()
    ratio = now / before
    if abs(ratio - 1) < _SAME:
        return Change("as before")
    up = ratio > 1
    size = f"{ratio:.1f}× before" if ratio >= _TWICE else f"{abs(ratio - 1) * 100:.0f} % {more if up else less}"
    tone = "neutral" if not good or abs(ratio - 1) < 0.1 else "success" if up == (good > 0) else "danger"
    return Change(f"{'↑' if up else '↓'} {size}", tone)
