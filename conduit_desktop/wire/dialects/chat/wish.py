"""How much a model is to think: read in each way in which clients of this dialect ask for it, written as the provider's
traits have it.

Formats: OpenAI (``reasoning_effort``), OpenRouter (``reasoning``), Z.ai, DeepSeek and Moonshot (``thinking``), vLLM and
llama.cpp (``chat_template_kwargs``), Qwen (``enable_thinking``, ``thinking_budget``).
"""

from __future__ import annotations

from conduit_desktop.wire.dialects.base import Json
from conduit_desktop.wire.dialects.chat.thoughts import OWN
from conduit_desktop.wire.effort import effort_of
from conduit_desktop.wire.messages import Reasoning, Request
from conduit_desktop.wire.node import Node
from conduit_desktop.wire.traits import Traits

_RANKS = {"none": 0, "minimal": 1, "low": 2, "medium": 3, "default": 3, "high": 4, "xhigh": 5, "max": 6}


def read_reasoning(body: Node) -> tuple[Reasoning | None, Json]:
    """The wish, and what of the members that say it is left over (to go into the request's extras)."""
    wish, left = Reasoning(), Json()
    wish.effort = body.text("reasoning_effort")
    if (node := body.node("reasoning")) is not None:
        wish.effort = node.text("effort") or wish.effort
        wish.budget = node.whole("max_tokens")
        wish.enabled = node.flag("enabled")
        wish.summary = node.text("summary")
        if (hidden := node.flag("exclude")) is not None:
            wish.visible = not hidden
        _keep(node, "reasoning", left)
    if (node := body.node("thinking")) is not None:
        kind = node.text("type")
        wish.enabled = kind != "disabled" if kind else wish.enabled
        wish.budget = node.whole("budget_tokens") or wish.budget
        _keep(node, "thinking", left)
    if (node := body.node("chat_template_kwargs")) is not None:
        found = node.flag("enable_thinking", "thinking")
        wish.enabled = found if found is not None else wish.enabled
        _keep(node, "chat_template_kwargs", left)
    if (found := body.flag("enable_thinking")) is not None:
        wish.enabled = found
    if (budget := body.whole("thinking_budget")) is not None:
        wish.budget = budget
    if (shown := body.flag("include_reasoning")) is not None:
        wish.visible = shown
    if wish.effort == "none":
        wish.enabled = False
    return (wish if wish != Reasoning() else None), left


def _keep(node: Node, name: str, left: Json) -> None:
    if rest := node.rest():
        left[name] = rest


def write_reasoning(request: Request, traits: Traits, dropped: list[str]) -> Json:
    """The members that say the request's wish to this provider."""
    wish, own = request.reasoning or Reasoning(), request.extras.get(OWN, {})
    out = _written(wish, traits)
    unheard = not traits.thinking and (wish.effort or wish.budget or wish.enabled)
    if unheard or (_wanted(wish) is False and out.get("reasoning_effort", "none") != "none"):
        dropped.append("reasoning")
    for name in ("reasoning", "thinking", "chat_template_kwargs"):
        if name in own and name in out:
            out[name] = {**own[name], **out[name]}
        elif name in own:
            dropped.append(name)
    return out


def _written(wish: Reasoning, traits: Traits) -> Json:
    match traits.thinking:
        case "":
            return {}
        case "openrouter":
            said = _openrouter(wish)
            return {"reasoning": said} if said else {}
        case "object" | "switch":
            wanted = _wanted(wish)
            if wanted is None:
                return {}
            if traits.thinking == "switch":
                return {"chat_template_kwargs": {"enable_thinking": wanted}}
            word = _fitting(_word(wish), traits.efforts) if wanted and traits.efforts else ""
            return {"thinking": {"type": "enabled" if wanted else "disabled"}} | _effort(word)
        case _:
            return _effort(_fitting(_word(wish), traits.efforts))


def _effort(word: str) -> Json:
    return {"reasoning_effort": word} if word else {}


def _wanted(wish: Reasoning) -> bool | None:
    """Whether thinking is wanted at all; None where nothing says so."""
    if wish.enabled is not None:
        return wish.enabled
    if wish.effort:
        return wish.effort != "none"
    return wish.budget != 0 if wish.budget is not None else None


def _word(wish: Reasoning) -> str:
    """The effort in a word; empty for the provider's own measure."""
    if wish.enabled is False:
        return "none"
    if wish.effort:
        return wish.effort
    return effort_of(wish.budget) if wish.budget is not None and wish.budget >= 0 else ""


def _fitting(word: str, efforts: tuple[str, ...]) -> str:
    """The nearest word that the provider takes, the lower of two; no thinking at all only where that was asked for."""
    if not word or not efforts or word in efforts:
        return word
    rank = _RANKS.get(word, _RANKS["medium"])
    known = [each for each in efforts if each in _RANKS]
    thinking = [each for each in known if each != "none"]
    return min(thinking or known, key=lambda each: (abs(_RANKS[each] - rank), _RANKS[each]), default="")


def _openrouter(wish: Reasoning) -> Json:
    out: Json = {}
    if wish.enabled is False:
        out["enabled"] = False
    elif wish.effort:
        out["effort"] = "xhigh" if wish.effort == "max" else wish.effort
    elif wish.budget is not None and wish.budget > 0:
        out["max_tokens"] = wish.budget
    elif wish.enabled or wish.budget == -1:
        out["enabled"] = True
    if wish.visible is False:
        out["exclude"] = True
    return out
