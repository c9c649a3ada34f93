"""What a plot shows: series, points along its axis, and the same in words. Pure; knows nothing of Qt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from conduit_desktop.ui.widgets.scale import label_stride
from conduit_desktop.ui.widgets.time_axis import Mark

Marks = Callable[[int], Sequence[Mark]]
"""The labels of an axis that has room for so many."""


@dataclass(frozen=True, slots=True)
class Series:
    """One colour of a plot: its name, its token, and the ``key`` it is picked by. ``dash`` is the look of its line:
    empty (whole), ``dash`` or ``dot``."""

    name: str
    token: str = "series-1"
    key: str = ""
    dash: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    """One bar, or one place along the lines: ``id`` tells it apart when the data change, ``title`` says what it is.
    ``values`` has one for each series, None where there is none. ``before`` is the whole of the same point of the
    period before, ``ahead`` what is expected on top of it, ``unknown`` how many cannot be counted in (their price is
    not known), ``note`` a line more for the tip."""

    id: float
    title: str
    values: tuple[float | None, ...]
    before: float | None = None
    ahead: float = 0.0
    unknown: int = 0
    note: str = ""

    @property
    def total(self) -> float:
        return sum(value or 0.0 for value in self.values)


class TipLine(NamedTuple):
    """A line of the tip: name, figure, and the token and dash of its mark; without a token it has none."""

    name: str
    figure: str
    token: str = ""
    dash: str = ""


@dataclass(frozen=True, slots=True)
class Plotted:
    """All that a plot draws. ``show`` writes a value; ``unit`` is ``count``, ``seconds`` or empty; ``words`` is the
    whole of it in words. ``before`` names the period before where it is compared with."""

    name: str
    series: tuple[Series, ...] = ()
    points: tuple[Point, ...] = ()
    show: Callable[[float], str] = field(default="{:,.0f}".format, compare=False)
    marks: Marks = field(default=lambda most: (), compare=False)
    unit: str = ""
    words: str = ""
    before: str = ""
    summed: bool = True  # the parts of a point are a whole

    def tip(self, at: int) -> list[TipLine]:
        """What is said of one point, the topmost part first."""
        point = self.points[at]
        pairs = [(series, value) for series, value in zip(self.series, point.values, strict=True) if value is not None]
        if self.summed:
            pairs = [(series, value) for series, value in reversed(pairs) if value or len(self.series) <= 3]
        whole = "" if self.summed else "line"
        lines = [TipLine(series.name, self.show(value), series.token, series.dash or whole) for series, value in pairs]
        if self.summed and len(lines) > 1:
            lines.insert(0, TipLine("Total", self.show(point.total)))
        if point.ahead:
            lines.append(TipLine("Expected", self.show(point.total + point.ahead)))
        if self.before and point.before is not None:
            mark = "" if self.summed else "dash"
            lines.append(TipLine(self.before.capitalize(), self.show(point.before), "chart-rest", mark))
        if point.unknown:
            lines.append(TipLine("Unpriced", f"{point.unknown:,} request{'' if point.unknown == 1 else 's'}"))
        return lines

    def spoken(self, at: int, part: int = -1) -> str:
        """One point in words, or one part of it."""
        point = self.points[at]
        if part >= 0:
            value = point.values[part]
            return f"{point.title}: {self.series[part].name} {self.show(value) if value is not None else 'none'}"
        lines = ", ".join(f"{line.name} {line.figure}" for line in self.tip(at))
        return f"{point.title}: {lines or 'nothing'}" + (f", {point.note}" if point.note else "")

    def tick(self, value: float) -> str:
        """A round value of the axis, without digits that say nothing."""
        if value == 0:
            return "0"
        if self.unit != "seconds":
            return self.show(value)
        if value < 0.1:
            return f"{value * 1000:g} ms"
        for size, word in ((3600.0, "h"), (60.0, "min")):
            if value >= size and value % size == 0:
                return f"{value / size:g} {word}"
        return f"{value:g} s"

    def highest(self) -> float:
        """The largest value that has to fit in."""
        if self.summed:
            return max((max(p.total + p.ahead, p.before or 0.0) for p in self.points), default=0.0)
        values = (value for p in self.points for value in (*p.values, p.before))
        return max((value for value in values if value is not None), default=0.0)


@dataclass(frozen=True, slots=True)
class Range:
    """The distribution of one group; ``key`` is what it is picked by."""

    key: str
    name: str
    token: str
    p50: float
    p95: float
    p99: float


def in_words(name: str, points: Sequence[Point], show: Callable[[float], str]) -> str:
    """Bars in a sentence, for those who do not see them."""
    peak = max(points, key=lambda point: point.total, default=None)
    if peak is None or not peak.total:
        return f"{name}: no data"
    whole = show(sum(point.total for point in points))
    return (
        f"{name}: {len(points)} bars from {points[0].title} to {points[-1].title}, "
        f"total {whole}, highest {show(peak.total)} at {peak.title}"
    )


def every_nth(labels: Sequence[str]) -> Marks:
    """Marks for points that have a label each."""

    def choose(most: int) -> Sequence[Mark]:
        stride = label_stride(len(labels), 1.0, max(most, 1))
        return tuple(Mark(at, labels[at]) for at in range(0, len(labels), stride))

    return choose
