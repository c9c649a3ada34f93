"""What the window remembers of how Usage was asked: everything but the filters."""

from __future__ import annotations

from conduit_desktop.ui.panes.usage_asked import SPLITS, Asked
from conduit_desktop.ui.panes.usage_measures import MEASURES
from conduit_desktop.ui.panes.usage_spans import CUSTOM, GRAINS, RANGES, custom_of
from conduit_desktop.ui.widgets import memory


def recall() -> Asked:
    """As it was asked last; what does not fit (any more) is as at first."""
    usual = Asked()
    custom = custom_of(memory.read_text("usage/custom"))
    shown = _one_of("range", [key for key, _ in RANGES], usual.range)
    return Asked(
        range=usual.range if shown == CUSTOM and custom is None else shown,
        custom=custom,
        grain=_one_of("grain", [key for key, _ in GRAINS], usual.grain),
        by=_one_of("by", [key for key, _ in SPLITS], usual.by),
        measure=_one_of("measure", [each.key for each in MEASURES], usual.measure),
        compare=memory.read_flag("usage/compare", usual.compare),
    )


def _one_of(what: str, keys: list[str], usual: str) -> str:
    found = memory.read_text(f"usage/{what}", usual)
    return found if found in keys else usual


def remember(asked: Asked) -> None:
    for what in ("range", "grain", "by", "measure", "compare"):
        memory.write(f"usage/{what}", getattr(asked, what))
    if asked.custom is not None:
        memory.write("usage/custom", f"{asked.custom[0]:.0f}..{asked.custom[1]:.0f}")
