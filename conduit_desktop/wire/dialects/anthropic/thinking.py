"""How much the model may think, both ways.

Source: types ``ThinkingConfigParam`` and ``OutputConfigParam`` of the SDK; docs "Extended thinking" (its limits: no
forced tool, no prefill, no sampling parameters, the current tool loop must begin with a thinking block), "Adaptive
thinking", "Effort".
"""

from __future__ import annotations

from typing import Any

import msgspec

from conduit_desktop.wire.dialects.anthropic.notes import Notes
from conduit_desktop.wire.dialects.anthropic.tools import forces
from conduit_desktop.wire.effort import budget_of, effort_of, fitting
from conduit_desktop.wire.messages import Message, Part, Reasoning, Request, Text, Thinking, ToolCall
from conduit_desktop.wire.node import Node
from conduit_desktop.wire.traits import Traits

LEAST_BUDGET = 1024
_ANSWER = 8192
_EVERYBODY_WRITES = 32_000
"""Output that every model with a thinking budget can be asked for."""
_EFFORTS = ("low", "medium", "high", "xhigh", "max")


def read_thinking(node: Node | None, effort: str) -> tuple[Reasoning | None, dict[str, Any]]:
    """The wish, and what of ``thinking`` only this dialect knows. No positive budget means that the model decides,
    which is how some clients say it for models that they do not know."""
    if node is None:
        return (Reasoning(effort=effort) if effort else None), {}
    found = Reasoning(effort=effort)
    match node.need_text("type"):
        case "enabled":
            budget = node.whole("budget_tokens")
            found.enabled, found.budget = True, (-1 if budget is not None and budget <= 0 else budget)
        case "adaptive":
            found.enabled = True
        case "disabled":
            found.enabled = False
        case "between_tools":
            found.enabled = False
            return found, {"type": "between_tools"}
        case _:
            return found, node.value
    display = node.get("display")
    if display in ("summarized", "omitted"):
        found.visible = display == "summarized"
        return found, node.rest()
    return found, {**node.rest(), **({"display": display} if display is not None else {})}


class Plan(msgspec.Struct):
    """What to write: ``thinking`` and ``output_config.effort`` where there is anything to say, and ``max_tokens``."""

    max_tokens: int
    thinking: dict[str, Any] | None = None
    effort: str = ""

    @property
    def thinks(self) -> bool:
        return self.thinking is not None and self.thinking["type"] in ("enabled", "adaptive")


def plan(request: Request, traits: Traits, notes: Notes) -> Plan:
    """How to ask for what the client wants, and a limit of output that has room for it. Limits of output count the
    reasoning in every dialect, so one that the client gave stays as it is, and the budget is cut to fit below it."""
    out = Plan(max_tokens=traits.max_output if request.max_tokens is None else request.max_tokens)
    wish = request.reasoning
    wanted = None if wish is None else _wanted(wish)
    if wish is None or wanted is None:
        return out
    if "reasoning" in traits.refuses or traits.thinking not in ("budget", "adaptive"):
        if wanted:
            notes.drop("reasoning")
        return out
    if not wanted:
        return _off(out, wish, traits, notes)
    if traits.thinking == "budget" and (forces(request, traits) or not _may_think(request.messages)):
        notes.drop("reasoning")
        return out
    if traits.thinking == "adaptive":
        out.thinking, out.effort = {"type": "adaptive"}, _effort(wish, traits)
    else:
        _budget(out, wish, request.max_tokens, notes)
    visible = wish.visible if wish.visible is not None else True if wish.summary else None
    if out.thinking is not None and visible is not None:
        out.thinking["display"] = "summarized" if visible else "omitted"
    return out


def _wanted(wish: Reasoning) -> bool | None:
    if wish.enabled is not None:
        return wish.enabled
    if wish.effort == "none" or wish.budget == 0:
        return False
    return True if wish.effort or wish.budget else None


def _off(out: Plan, wish: Reasoning, traits: Traits, notes: Notes) -> Plan:
    if traits.thinking == "budget":
        out.thinking = {"type": "disabled"}
    elif traits.thinking_off:
        out.thinking = {"type": traits.thinking_off}
        word = _effort(wish, traits)
        out.effort = "high" if word in ("xhigh", "max") else word  # no more goes with either way of not thinking
    else:  # a model that always thinks: as little as it can
        notes.drop("reasoning")
        out.effort = "low"
    return out


def _effort(wish: Reasoning, traits: Traits) -> str:
    word = wish.effort
    if not word and wish.budget is not None and wish.budget > 0:
        word = effort_of(wish.budget)
    return "" if word == "none" else fitting(word, traits.efforts or _EFFORTS)


def _budget(out: Plan, wish: Reasoning, limit: int | None, notes: Notes) -> None:
    tokens = wish.budget if wish.budget is not None and wish.budget > 0 else budget_of(wish.effort)
    tokens = max(tokens, LEAST_BUDGET)
    if limit is None:
        out.max_tokens = max(out.max_tokens, min(tokens + _ANSWER, _EVERYBODY_WRITES))
    if tokens >= out.max_tokens:
        tokens = max(out.max_tokens * 3 // 4, LEAST_BUDGET)
    if tokens < out.max_tokens:
        out.thinking = {"type": "enabled", "budget_tokens": tokens}
    else:
        notes.drop("reasoning")


def _may_think(messages: list[Message]) -> bool:
    """Whether the history allows a thinking budget: no prefilled answer, and the latest turn with calls still begins
    with its thoughts."""
    said = [message for message in messages if message.role not in ("system", "developer")]
    if said and said[-1].role == "assistant":
        return False
    while said and said[-1].role != "assistant":
        said.pop()
    turn: list[Part] = []
    while said and said[-1].role == "assistant":
        turn = [*said.pop().parts, *turn]
    if not any(isinstance(part, ToolCall) for part in turn):
        return True
    first = next(part for part in turn if _stays(part))
    return isinstance(first, Thinking)


def _stays(part: Part) -> bool:
    if isinstance(part, Thinking):
        return sayable(part)
    return not isinstance(part, Text) or bool(part.text.strip())


def sayable(part: Thinking) -> bool:
    """Whether reasoning can go back to the API: signed by it, or encrypted by it. Reasoning with a provider's item id,
    or both readable and encrypted, is another's."""
    if part.id:
        return False
    return not part.encrypted if part.signature else bool(part.encrypted) and not part.text
