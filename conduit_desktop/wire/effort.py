"""How much a model may think: words to tokens and back, one scale for every dialect.

Providers publish no exact equivalence; the figures are steps inside the range of the budgets that Anthropic and Gemini
document, and a word turned into tokens and back is the same word up to ``high``.
"""

from __future__ import annotations

_BUDGETS = {
    "none": 0,
    "minimal": 1024,
    "low": 2048,
    "medium": 8192,
    "high": 16384,
    "xhigh": 32768,
    "max": 65536,
}


def budget_of(effort: str) -> int:
    """Tokens for a word of ``messages.Reasoning.effort``; those of ``medium`` for a word that is not known."""
    return _BUDGETS.get(effort, _BUDGETS["medium"])


def effort_of(budget: int) -> str:
    """The word for a number of tokens, never above ``high``, which every dialect that has words knows."""
    if budget <= 0:
        return "none"
    if budget <= 1024:
        return "minimal"
    if budget <= 4096:
        return "low"
    return "medium" if budget <= 12288 else "high"


def fitting(effort: str, known: tuple[str, ...]) -> str:
    """The word among those that a model knows which comes nearest, the lower of two; empty for one on no scale."""
    if effort in known or effort not in _BUDGETS:
        return effort if effort in known else ""
    scale = list(_BUDGETS)
    at = scale.index(effort)
    return min(
        (each for each in known if each in scale),
        key=lambda each: (abs(scale.index(each) - at), scale.index(each)),
        default="",
    )
