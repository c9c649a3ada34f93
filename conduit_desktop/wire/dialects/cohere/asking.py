"""Requests of Cohere's chat, written. Format: https://docs.cohere.com/reference/chat."""

from __future__ import annotations

from conduit_desktop.wire.dialects.base import Encoded, Json, foreign_extras, unsayable
from conduit_desktop.wire.dialects.cohere.turns import Turns
from conduit_desktop.wire.dialects.lowering import functions, object_schema, own, without
from conduit_desktop.wire.effort import budget_of
from conduit_desktop.wire.messages import Reasoning, Request, Tool
from conduit_desktop.wire.traits import Traits

NAME = "cohere"
_UNKNOWN = (
    "min_p",
    "repetition_penalty",
    "logit_bias",
    "top_logprobs",
    "verbosity",
    "user",
    "metadata",
    "service_tier",
    "store",
    "cache_key",
)
"""Members without which a request still means the same."""


def encode_request(request: Request, traits: Traits) -> Encoded:
    """The body for Cohere. Raises ``unsayable`` for what it cannot be told and must not be left out."""
    request, dropped = without(request, traits.refuses)
    _refuse(request)
    turns = Turns(request, traits)
    body: Json = {"model": request.model, "messages": turns.messages, "stream": request.stream}
    if turns.documents:
        body["documents"] = turns.documents
    dropped += turns.dropped
    _sampling(body, request, dropped)
    _tools(body, request, traits, dropped)
    _format(body, request, traits)
    _thinking(body, request, traits, dropped)
    dropped += [name for name in _UNKNOWN if getattr(request, name) not in (None, "", {}, 0)]
    if request.parallel_tools is False:
        dropped.append("parallel_tools")
    dropped += foreign_extras(request.extras, NAME)
    body |= own(request.extras, NAME)
    return Encoded(body, list(dict.fromkeys(dropped)))


def _refuse(request: Request) -> None:
    if request.n is not None and request.n > 1:
        raise unsayable("n", "Cohere gives one answer")
    if any(kind != "text" for kind in request.modalities) or request.audio:
        raise unsayable("modalities" if request.modalities else "audio", "Cohere answers in words only")
    if request.previous_id:
        raise unsayable("previous_id", "Cohere keeps no answers to go on from")


def _sampling(body: Json, request: Request, dropped: list[str]) -> None:
    members = {
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        "p": None if request.top_p is None else min(max(request.top_p, 0.01), 0.99),
        "k": None if request.top_k is None else min(max(request.top_k, 0), 500),
        "stop_sequences": request.stop or None,
        "seed": request.seed,
        "logprobs": request.logprobs,
    }
    for name in ("frequency_penalty", "presence_penalty"):
        wanted = getattr(request, name)
        if wanted is not None:
            members[name] = min(max(wanted, 0), 1)
            if members[name] != wanted:
                dropped.append(name)
    body |= {name: value for name, value in members.items() if value is not None}


def _tools(body: Json, request: Request, traits: Traits, dropped: list[str]) -> None:
    tools, left = functions(request)
    dropped += left
    if tools:
        body["tools"] = [_tool(tool) for tool in tools]
        strict = {tool.strict for tool in tools}
        if len(strict) == 1 and None not in strict and traits.strict_tools:
            body["strict_tools"] = strict.pop()
        elif True in strict:
            dropped.append("strict")
        if any(tool.cache for tool in tools):
            dropped.append("cache_control")
    choice = request.tool_choice
    if choice and choice.mode != "auto":
        body["tool_choice"] = choice.mode.upper()


def _tool(tool: Tool) -> Json:
    function: Json = {"name": tool.name}
    if tool.description:
        function["description"] = tool.description
    function["parameters"] = object_schema(tool.parameters)
    rest = own(tool.extras, NAME)
    function |= rest.pop("function", {})
    return {"type": "function", "function": function} | rest


def _format(body: Json, request: Request, traits: Traits) -> None:
    form = request.format
    if form is None:
        return
    if traits.schema == "none" or (traits.schema == "json" and form.kind == "schema"):
        raise unsayable("response_format", "the model cannot be held to a form")
    body["response_format"] = {"type": "json_object"}
    if form.kind == "schema" and form.schema is not None:
        body["response_format"]["json_schema"] = form.schema


def _thinking(body: Json, request: Request, traits: Traits, dropped: list[str]) -> None:
    wish = request.reasoning
    if wish is None:
        return
    off = wish.enabled is False or wish.effort == "none" or wish.budget == 0
    if not traits.thinking:
        if not off:
            dropped.append("reasoning")
    elif off:
        body["thinking"] = {"type": "disabled"}
    elif wish.enabled or wish.effort or wish.budget:
        body["thinking"] = {"type": "enabled"}
        if budget := _budget(wish, request.max_tokens):
            body["thinking"]["token_budget"] = budget


def _budget(wish: Reasoning, limit: int | None) -> int | None:
    """Tokens for thoughts; those that a word stands for leave room for the answer."""
    if wish.budget is not None:
        return wish.budget if wish.budget > 0 else None
    if not wish.effort:
        return None
    budget = budget_of(wish.effort)
    return budget if limit is None else max(min(budget, limit // 2), 1)
