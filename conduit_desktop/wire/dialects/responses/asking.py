"""A canonical request as a body for a provider of this dialect.

Format: OpenAI's API reference (responses/create). The table of what cannot be said is in the package's docstring.
"""

from __future__ import annotations

from typing import Any

from conduit_desktop.wire.dialects.base import Encoded, Json, foreign_extras, unsayable
from conduit_desktop.wire.dialects.lowering import without
from conduit_desktop.wire.dialects.responses.notes import NAME, note, own, told
from conduit_desktop.wire.dialects.responses.tools import placed, write_choice, write_tools
from conduit_desktop.wire.dialects.responses.turns import Items, instructions
from conduit_desktop.wire.effort import effort_of, fitting
from conduit_desktop.wire.messages import Format, Message, Reasoning, Request
from conduit_desktop.wire.traits import Traits

LEAST_OUTPUT = 16
"""The API refuses a smaller ``max_output_tokens``; clients that only try a key ask for 1."""
_LONGEST_ID = 64
"""Characters that the API takes of ids of users and of prompt caches."""
_DROPPED = (
    "top_k",
    "min_p",
    "seed",
    "frequency_penalty",
    "presence_penalty",
    "repetition_penalty",
    "logit_bias",
)
_TIERS = ("auto", "default", "flex", "scale", "priority", "fast", "ultrafast")
_ENCRYPTED = "reasoning.encrypted_content"
_LOGPROBS = "message.output_text.logprobs"


def encode_request(request: Request, traits: Traits) -> Encoded:
    """The body for a provider. Raises ``unsayable`` for what must not be left out."""
    _refuse(request)
    request, dropped = without(request, traits.refuses)
    dropped += [name for name in _DROPPED if getattr(request, name) is not None]
    dropped += foreign_extras(request.extras, NAME)
    body: Json = {"model": request.model}
    words, messages = instructions(request.messages)
    if words:
        body["instructions"] = words
    body["input"] = _input(messages, request, traits, dropped)
    _tools(body, request, traits, dropped)
    _wishes(body, request, dropped)
    _text(body, request, traits, dropped)
    _reasoning(body, request, traits, dropped)
    _include(body, request, traits)
    body |= {name: value for name, value in told(request.extras).items() if name not in ("text", "include")}
    return Encoded(body, list(dict.fromkeys(dropped)))


def _refuse(request: Request) -> None:
    if request.n is not None and request.n > 1:
        raise unsayable("n", "the Responses API gives one answer")
    if request.stop:
        raise unsayable("stop", "the Responses API has no stop sequences")
    if request.audio is not None or "audio" in request.modalities:
        raise unsayable("audio", "the Responses API answers in text")
    if "image" in request.modalities:
        raise unsayable("modalities", "the Responses API makes images with a tool only")


def _input(messages: list[Message], request: Request, traits: Traits, dropped: list[str]) -> list[Json]:
    items = Items(request, raw_reasoning=bool(traits.reasoning_back))
    more = placed(request.tools, "additional_tools")
    if more:
        tools = write_tools(more, strict=traits.strict_tools, dropped=dropped)
        items.items.append({"type": "additional_tools", "role": "developer", "tools": tools})
    for message in messages:
        items.add(message)
    dropped += items.dropped
    return items.items


def _tools(body: Json, request: Request, traits: Traits, dropped: list[str]) -> None:
    tools = write_tools(placed(request.tools, ""), strict=traits.strict_tools, dropped=dropped)
    if any(tool.cache for tool in request.tools):
        dropped.append("cache_control")
    choice = write_choice(request, dropped)
    if tools:
        body["tools"] = tools
    if choice is not None and (tools or request.tools or own(request.extras)):
        body["tool_choice"] = choice
    if request.parallel_tools is not None and (request.tools or own(request.extras)):
        body["parallel_tool_calls"] = request.parallel_tools


def _wishes(body: Json, request: Request, dropped: list[str]) -> None:
    user = note(request.extras, "_user") or "user"
    members: dict[str, Any] = {
        "temperature": request.temperature,
        "top_p": request.top_p,
        "top_logprobs": request.top_logprobs,
        "previous_response_id": request.previous_id or None,
        "prompt_cache_key": request.cache_key or None,
        user: request.user or None,
        "metadata": request.metadata,
        "store": request.store,
    }
    for name in ("prompt_cache_key", user):
        if members[name] is not None and len(members[name]) > _LONGEST_ID:
            members[name] = None
            dropped.append(name)
    if request.max_tokens is not None:
        members["max_output_tokens"] = max(request.max_tokens, LEAST_OUTPUT)
    if request.service_tier in _TIERS:
        members["service_tier"] = request.service_tier
    elif request.service_tier:
        dropped.append("service_tier")
    if members["store"] is None and not own(request.extras):
        members["store"] = False  # what other dialects ask is not kept anywhere either
    body |= {name: value for name, value in members.items() if value is not None}
    if request.stream:
        body["stream"] = True


def _text(body: Json, request: Request, traits: Traits, dropped: list[str]) -> None:
    text: Json = {}
    if request.format is not None:
        if traits.schema == "none":
            dropped.append("response_format")
        else:
            text["format"] = _format(request.format, traits)
    if request.verbosity:
        text["verbosity"] = request.verbosity
    more = own(request.extras).get("text")
    if isinstance(more, dict):
        text |= more
    if text:
        body["text"] = text


def _format(form: Format, traits: Traits) -> Json:
    if form.kind == "json" or traits.schema == "json" or form.schema is None:
        return {"type": "json_object"}
    raw: Json = {"type": "json_schema", "name": form.name or "answer", "schema": form.schema}
    if form.description:
        raw["description"] = form.description
    if form.strict is not None:
        raw["strict"] = form.strict
    return raw


def _reasoning(body: Json, request: Request, traits: Traits, dropped: list[str]) -> None:
    wish, more = request.reasoning, own(request.extras).get("_reasoning")
    raw: Json = {}
    if wish is not None:
        effort = _effort(wish, traits)
        shown = wish.visible if wish.visible is not None else wish.enabled
        summary = wish.summary or ("auto" if shown and effort != "none" else "")
        raw = {name: value for name, value in (("effort", effort), ("summary", summary)) if value}
        if effort not in ("", "none") and _off(wish):
            dropped.append("reasoning")
    if isinstance(more, dict):
        raw |= more
    if raw and not traits.thinking:
        dropped.append("reasoning")
    elif raw:
        body["reasoning"] = raw


def _off(wish: Reasoning) -> bool:
    """Whether the model is not to think."""
    return wish.enabled is False or wish.effort == "none"


def _effort(wish: Reasoning, traits: Traits) -> str:
    """The effort in a word that the model takes; empty for its own measure."""
    word = wish.effort
    if _off(wish):
        word = "none"
    elif not word and wish.budget is not None and wish.budget >= 0:
        word = effort_of(wish.budget)
    return fitting(word, traits.efforts) if word and traits.efforts else word


def _include(body: Json, request: Request, traits: Traits) -> None:
    include: list[str] = []
    thinks = bool(traits.thinking) and not own(request.extras) and body.get("store") is False
    if own(request.extras).get("_encrypted") or thinks:
        include.append(_ENCRYPTED)
    if request.logprobs:
        include.append(_LOGPROBS)
    more = own(request.extras).get("include")
    include += more if isinstance(more, list) else []
    if include:
        body["include"] = include
