"""What pricing requests anew comes to, in words. Pure; no widgets."""

from __future__ import annotations

from dataclasses import dataclass

from conduit_desktop.money import show
from conduit_desktop.runtime.recomputing import ModelChange, Recomputation
from conduit_desktop.ui.panes.models_price_words import change

ALL, CUSTOM = "all", "custom"
RANGES: tuple[tuple[str, str], ...] = (
    (ALL, "Everything in the log"),
    ("today", "Today"),
    ("7d", "The last 7 days"),
    ("30d", "The last 30 days"),
    ("month", "This month"),
    ("last-month", "Last month"),
    (CUSTOM, "From … to …"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the preview; ``tone`` says whether it becomes dearer."""

    model: str
    exchanges: str
    before: str
    after: str
    difference: str
    tone: str


def lines(found: Recomputation) -> tuple[Line, ...]:
    return tuple(_line(each) for each in found.models)


def _line(each: ModelChange) -> Line:
    more = each.after - each.before
    tone = "danger" if more > 0 else "success" if more < 0 else "text-muted"
    return Line(
        each.model or "(none named)",
        f"{each.exchanges:,}",
        _sum(each.before, each.unpriced_before, each.exchanges),
        _sum(each.after, each.unpriced_after, each.exchanges),
        difference(each.before, each.after),
        tone,
    )


def difference(before: int, after: int) -> str:
    """``+$0.12 (+8 %)``."""
    more = after - before
    if not more:
        return "–"
    sign = "+" if more > 0 else "−"
    share = f" ({change(before, after)})" if before and abs(more) * 100 >= before else ""
    return f"{sign}{show(abs(more))}{share}"


def _sum(cost: int, unpriced: int, count: int) -> str:
    if unpriced == count:
        return "unpriced"
    return f"{show(cost)}, {unpriced:,} unpriced" if unpriced else show(cost)


def summary(found: Recomputation) -> tuple[str, ...]:
    """The whole span in a few lines."""
    if not found.exchanges:
        kind = "without a price " if found.only_unpriced else ""
        return (f"There are no requests {kind}in this time.",)
    looked = f"{found.exchanges:,} request{'s' if found.exchanges != 1 else ''} looked at"
    if not found.changed:
        told = [f"{looked}: every one costs what today's prices say. Nothing is to be changed."]
    else:
        told = [f"{looked}: {found.changed:,} would cost something else."]
        told.append(f"Together {show(found.before)} → {show(found.after)}: {difference(found.before, found.after)}.")
    if found.unpriced_before or found.unpriced_after:
        told.append(f"Unpriced: {found.unpriced_before:,} → {found.unpriced_after:,}. Sums leave these out.")
    if found.reported:
        told.append(f"{found.reported:,} keep the cost that their provider reported itself.")
    return tuple(told)
