"""What is said of the price list in force and of a newer one. Pure; no widgets."""

from __future__ import annotations

from dataclasses import dataclass

from conduit_desktop.records import Catalogue
from conduit_desktop.runtime.price_lists import CatalogueChange, CatalogueState, PriceChange
from conduit_desktop.ui.panes.models_price_words import change as percent
from conduit_desktop.ui.panes.models_words import per_million
from conduit_desktop.ui.shown import ago, moment

OWN = ""
MOST_EXAMPLES = 60


def in_force(state: CatalogueState) -> str:
    """Which list it is, from when, and how many models it prices."""
    models = f"{state.models:,} priced models" if state.models else "its models could not be counted"
    if state.active is None:
        return f"genai-prices {state.version}, which came with Conduit: {models}."
    return f"genai-prices, fetched {ago(state.active.fetched)} ({moment(state.active.fetched)[:10]}): {models}."


def in_use(state: CatalogueState) -> str:
    """What of it is used here."""
    if not state.prices:
        return "Prices are looked up when a model is first used or added."
    told = f"{state.prices:,} of your models were looked up"
    if not state.unknown:
        return f"{told}; every one has a price."
    have = "has" if state.unknown == 1 else "have"
    return f"{told}; {state.unknown:,} {have} no known price. Set one under own prices."


def choices(state: CatalogueState) -> tuple[tuple[str, str], ...]:
    """The lists that can be put in force: those that were fetched, and the package's own."""
    return (*((each.id, _named(each)) for each in state.kept), (OWN, f"genai-prices {state.version}, with Conduit"))


def _named(each: Catalogue) -> str:
    return f"fetched {moment(each.fetched)[:16]} ({each.models:,} models)"


@dataclass(frozen=True, slots=True)
class Line:
    """One price that changes."""

    model: str
    before: str
    after: str
    difference: str
    tone: str


def summary(found: CatalogueChange) -> str:
    """``2,341 priced models: 12 new, 3 gone, 27 cost something else.``"""
    if found.nothing_new:
        return f"Nothing new: it has the same {found.models:,} prices as the list in force."
    parts = [
        f"{number:,} {word}"
        for number, word in (
            (found.added, "new"),
            (found.removed, "gone"),
            (found.changed, "cost something else" if found.changed != 1 else "costs something else"),
        )
        if number
    ]
    return f"{found.models:,} priced models: {', '.join(parts)}."


def biggest(found: CatalogueChange) -> tuple[Line, ...]:
    """The changed prices, those that change most first."""
    return tuple(_line(each) for each in sorted(found.examples, key=_size, reverse=True)[:MOST_EXAMPLES])


def _size(each: PriceChange) -> float:
    """How many times dearer or cheaper, in or out."""
    ratios = [max(a, b, 1) / max(min(a, b), 1) for a, b in zip(each.before, each.after, strict=True)]
    return max(ratios)


def _line(each: PriceChange) -> Line:
    more = sum(each.after) - sum(each.before)
    tone = "danger" if more > 0 else "success" if more < 0 else "text-muted"
    parts = [percent(a, b) for a, b in zip(each.before, each.after, strict=True)]
    same = parts[0] if parts[0] == parts[1] else " · ".join(parts)
    return Line(each.model, _pair(each.before), _pair(each.after), "other parts" if same == "same" else same, tone)


def _pair(prices: tuple[int, int]) -> str:
    return f"{per_million(prices[0])} / {per_million(prices[1])}"
