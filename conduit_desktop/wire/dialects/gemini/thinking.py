"""``thinkingConfig``: how much a Gemini model may think, and whether its thoughts come with the answer.

Gemini 2.5 takes a budget in tokens within the model's range (0 off, -1 as it likes; Pro cannot be switched off),
Gemini 3 a level, of which each model knows some. Source: ai.google.dev/gemini-api/docs/thinking.
"""

from __future__ import annotations

from typing import Any

from conduit_desktop.wire.effort import budget_of, effort_of
from conduit_desktop.wire.messages import Reasoning
from conduit_desktop.wire.node import Node
from conduit_desktop.wire.traits import Traits

_RANGES = (("flash-lite", 0, 512, 24576), ("pro", 128, 128, 32768), ("", 0, 1, 24576))
"""A piece of the model's name, the least that can be asked for, the least that is thinking at all, the most."""
_LEVELS = (
    ("gemini-3-pro", ("LOW", "HIGH")),
    ("pro", ("LOW", "MEDIUM", "HIGH")),
    ("", ("MINIMAL", "LOW", "MEDIUM", "HIGH")),
)
_SCALE = ("MINIMAL", "LOW", "MEDIUM", "HIGH")


def read_thinking(node: Node | None) -> Reasoning | None:
    """What a client wishes; None when it says nothing."""
    if node is None:
        return None
    budget = node.whole("thinkingBudget", "thinking_budget")
    level = node.text("thinkingLevel", "thinking_level").lower()
    visible = node.flag("includeThoughts", "include_thoughts")
    level = "" if level == "thinking_level_unspecified" else level
    enabled = None if budget is None and not level else budget != 0
    return Reasoning(enabled=enabled, effort=level, budget=budget, visible=visible)


def write_thinking(wish: Reasoning | None, traits: Traits, model: str) -> dict[str, Any] | None:
    """The ``thinkingConfig`` for a model; None for nothing to say, empty when the model takes no such wish."""
    if wish is None:
        return None
    if traits.thinking not in ("budget", "level"):
        return {}
    out: dict[str, Any] = {}
    off = _off(wish)
    visible = wish.visible
    if visible is None:
        visible = not off and bool(wish.enabled or wish.effort or wish.budget or wish.summary)
    if traits.thinking == "budget":
        budget = 0 if off else _budget(wish)
        if budget is not None:
            out["thinkingBudget"] = _fit(budget, model.lower())
    elif level := "MINIMAL" if off else _level(wish):
        out["thinkingLevel"] = _known(level, model.lower())
    if visible or (wish.visible is False and out):
        out["includeThoughts"] = visible
    return out or None


def unheard(wish: Reasoning | None, told: dict[str, Any]) -> bool:
    """Whether the model was not to think, and does so all the same, as little as it can."""
    return wish is not None and _off(wish) and (told.get("thinkingBudget", 0) > 0 or told.get("thinkingLevel") == "LOW")


def _off(wish: Reasoning) -> bool:
    return wish.enabled is False or wish.effort == "none" or wish.budget == 0


def _budget(wish: Reasoning) -> int | None:
    if wish.budget is not None:
        return wish.budget
    if wish.effort:
        return budget_of(wish.effort)
    return -1 if wish.enabled else None


def _fit(budget: int, model: str) -> int:
    if budget < 0:
        return -1
    _, least, some, most = next(row for row in _RANGES if row[0] in model)
    return least if budget == 0 else min(max(budget, some), most)


def _level(wish: Reasoning) -> str:
    effort = wish.effort or ("" if wish.budget is None or wish.budget < 0 else effort_of(wish.budget))
    word = effort.upper()
    if not word or word in _SCALE:
        return word
    return "HIGH" if word in ("XHIGH", "MAX") else "MEDIUM"


def _known(level: str, model: str) -> str:
    """The level itself, or the next that the model knows: above it, as less thought would answer worse."""
    known = next(levels for name, levels in _LEVELS if name in model)
    return next(each for each in _SCALE[_SCALE.index(level) :] if each in known)
