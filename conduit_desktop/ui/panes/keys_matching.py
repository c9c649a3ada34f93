"""Which keys a filter leaves, and what its chips count. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from conduit_desktop.ui.panes import keys_words as words
from conduit_desktop.ui.panes.keys_columns import KeyRow
from conduit_desktop.ui.widgets.chips import ChipLook

_STATES: tuple[tuple[words.Kind, str, str], ...] = (
    ("on", "On", "check"),
    ("near", "Near limit", "warning"),
    ("spent", "Spent", "coin"),
    ("expiring", "Expires soon", "clock"),
    ("expired", "Expired", "clock"),
    ("off", "Off", "pause"),
)
_BUDGET = "budget"
_TAG = "tag:"
MOST_TAGS = 12


@dataclass(frozen=True, slots=True)
class KeyFilter:
    """``text`` is looked for in everything that names a key; of ``chips`` those of a sort stand for one another, and
    the sorts (state, budget, tag) all have to hold."""

    text: str = ""
    chips: tuple[str, ...] = ()

    @property
    def active(self) -> bool:
        return bool(self.text or self.chips)


def matching(rows: Sequence[KeyRow], wanted: KeyFilter, now: float) -> list[KeyRow]:
    """The rows that ``wanted`` leaves, in their order."""
    if not wanted.active:
        return list(rows)
    states = {chip for chip in wanted.chips if chip != _BUDGET and not chip.startswith(_TAG)}
    tags = {chip.removeprefix(_TAG) for chip in wanted.chips if chip.startswith(_TAG)}
    needles = wanted.text.casefold().split()
    return [
        row
        for row in rows
        if (not states or states & words.kinds(row.view, now))
        and (_BUDGET not in wanted.chips or row.view.key.budget is not None)
        and (not tags or row.view.key.tag in tags)
        and (not needles or _has(row, needles))
    ]


def _has(row: KeyRow, needles: Sequence[str]) -> bool:
    key = row.view.key
    hay = "\n".join((key.name, key.tag, key.note, key.last4, *key.models)).casefold()
    return all(needle in hay for needle in needles)


def chips(rows: Sequence[KeyRow], now: float) -> list[ChipLook]:
    """The chips with how many keys each would leave by itself: states, budget, and the most frequent tags."""
    kinds = Counter(kind for row in rows for kind in words.kinds(row.view, now))
    budgets = sum(row.view.key.budget is not None for row in rows)
    tags = Counter(row.view.key.tag for row in rows if row.view.key.tag)
    return [
        *(ChipLook(kind, word, kinds[kind], icon) for kind, word, icon in _STATES),
        ChipLook(_BUDGET, "Has budget", budgets, "coin"),
        *(ChipLook(f"{_TAG}{tag}", f"#{tag}", number) for tag, number in sorted(tags.most_common(MOST_TAGS))),
    ]
