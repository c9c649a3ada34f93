"""What Usage can measure, and how its figures are written. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from conduit_desktop.money import to_usd
from conduit_desktop.records import Percentiles, Sums, Timing
from conduit_desktop.ui.shown import count, duration


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a bar that is not split by anything else."""

    name: str
    token: str
    of: Callable[[Sums], int]


@dataclass(frozen=True, slots=True)
class Measure:
    """``of`` is the whole of it, where it is a sum; ``timing`` what is measured of each request, where it is not."""

    key: str
    text: str
    show: Callable[[float], str]
    unit: str = ""
    of: Callable[[Sums], int] | None = None
    parts: tuple[Part, ...] = ()
    timing: Callable[[Timing], Percentiles] | None = None


def dollars(picodollars: float) -> str:
    """An amount in few characters, to the cent, or to two digits where it is less: ``$12.34``, ``$0.0028``."""
    usd = float(to_usd(round(picodollars)))
    if usd == 0 or abs(usd) >= 0.0995:
        return f"${usd:,.2f}"
    if abs(usd) < 0.000001:
        return "<$0.000001"
    digits = 1 - math.floor(math.log10(abs(usd)))
    text = f"{usd:.{digits}f}".rstrip("0")
    whole, _, cents = text.partition(".")
    return f"${whole}.{cents.ljust(2, '0')}"


def speed(tokens: float | None) -> str:
    """``84 tok/s``."""
    return "–" if tokens is None else f"{tokens:,.0f} tok/s" if tokens >= 9.5 else f"{tokens:.1f} tok/s"


MEASURES: tuple[Measure, ...] = (
    Measure("spend", "Spend", dollars, of=lambda s: s.cost, parts=(Part("Spend", "chart-1", lambda s: s.cost),)),
    Measure(
        "requests",
        "Requests",
        count,
        "count",
        of=lambda s: s.requests,
        parts=(
            Part("Answered", "chart-1", lambda s: s.requests - s.errors),
            Part("Failed", "danger", lambda s: s.errors),
        ),
    ),
    Measure(
        "errors",
        "Errors",
        count,
        "count",
        of=lambda s: s.errors,
        parts=(Part("Failed", "danger", lambda s: s.errors),),
    ),
    Measure(
        "tokens",
        "Tokens",
        count,
        "count",
        of=lambda s: s.input + s.output,
        parts=(
            Part("Input", "chart-1", lambda s: s.input - s.cached_read),
            Part("Input read from cache", "chart-7", lambda s: s.cached_read),
            Part("Output", "chart-3", lambda s: s.output),
        ),
    ),
    Measure(
        "saved",
        "Saved by caching",
        dollars,
        of=lambda s: s.saved,
        parts=(Part("Saved by caching", "chart-2", lambda s: s.saved),),
    ),
    Measure("ttft", "Time to first token", duration, "seconds", timing=lambda t: t.ttft),
    Measure("total", "Total time", duration, "seconds", timing=lambda t: t.total),
    Measure("speed", "Output speed", speed, timing=lambda t: t.speed),
)
PERCENTILES: tuple[tuple[str, str, str, Callable[[Percentiles], float | None]], ...] = (
    ("p50", "chart-1", "", lambda p: p.p50),
    ("p95", "chart-3", "dash", lambda p: p.p95),
    ("p99", "chart-4", "dot", lambda p: p.p99),
)
"""Name, token and dash of each line."""


def measure_of(key: str) -> Measure:
    return next((each for each in MEASURES if each.key == key), MEASURES[0])
