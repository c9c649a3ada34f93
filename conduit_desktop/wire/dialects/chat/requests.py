"""Requests for chat completions: a client's read, and a provider's written.

Format: OpenAI's API reference (chat/create). ``top_k``, ``min_p`` and ``repetition_penalty`` are common beyond it
(OpenRouter, Fireworks, Together, vLLM, llama.cpp); ``random_seed`` is Mistral's.
"""

from __future__ import annotations

import re
from typing import Any

from conduit_desktop.wire.dialects.base import Encoded, Json, foreign_extras, unsayable
from conduit_desktop.wire.dialects.chat.incoming import read_messages
from conduit_desktop.wire.dialects.chat.outgoing import Messages
from conduit_desktop.wire.dialects.chat.thoughts import OWN
from conduit_desktop.wire.dialects.chat.tools import read_choice, read_tools, write_tools
from conduit_desktop.wire.dialects.chat.wish import read_reasoning, write_reasoning
from conduit_desktop.wire.dialects.lowering import own, without
from conduit_desktop.wire.dialects.reading import json_text
from conduit_desktop.wire.messages import Format, Media, Request, Text
from conduit_desktop.wire.node import Node, invalid, misfit, missing
from conduit_desktop.wire.traits import Traits

_TIERS = frozenset({"auto", "default", "flex", "scale", "priority", "fast", "on_demand", "performance"})
_LONGEST_USER = 64


# ---------------------------------------------------------------- reading


def decode_request(body: Json, model: str | None, stream: bool | None) -> Request:
    """A client's request. Raises BadRequest naming the field that does not fit."""
    node = Node(body)
    if not node.array("messages"):
        raise missing("messages")
    wish, left = read_reasoning(node)
    options = node.node("stream_options")
    request = Request(
        model=model or node.text("model"),
        messages=read_messages(node),
        stream=bool(node.flag("stream") if stream is None else stream),
        stream_usage=options.flag("include_usage") if options is not None else None,
        max_tokens=_most(node),
        stop=node.texts("stop"),
        seed=node.whole("seed", "random_seed"),
        tools=read_tools(node),
        tool_choice=read_choice(node),
        parallel_tools=node.flag("parallel_tool_calls"),
        format=_format(node, left),
        reasoning=wish,
        verbosity=node.text("verbosity"),
        modalities=node.texts("modalities"),
        audio=node.table("audio"),
        cache_key=node.text("prompt_cache_key"),
        **_plain(node),
    )
    node.get("stream", "model")  # read, whichever way they came
    if options is not None and (rest := options.rest()):
        left["stream_options"] = rest
    if left or node.rest():
        request.extras = {OWN: {**node.rest(), **left}}
    return request


def _plain(node: Node) -> dict[str, Any]:
    """The members that have the same name and form in the canonical request."""
    return {
        "temperature": node.number("temperature"),
        "top_p": node.number("top_p"),
        "top_k": node.whole("top_k"),
        "min_p": node.number("min_p"),
        "n": node.whole("n"),
        "frequency_penalty": node.number("frequency_penalty"),
        "presence_penalty": node.number("presence_penalty"),
        "repetition_penalty": node.number("repetition_penalty"),
        "logit_bias": _bias(node),
        "logprobs": node.flag("logprobs"),
        "top_logprobs": node.whole("top_logprobs"),
        "user": node.text("user"),
        "metadata": node.table("metadata"),
        "service_tier": node.text("service_tier"),
        "store": node.flag("store"),
    }


def _most(node: Node) -> int | None:
    new, old = node.whole("max_completion_tokens"), node.whole("max_tokens")
    return new if new is not None else old


def _bias(node: Node) -> dict[str, float] | None:
    found = node.table("logit_bias")
    for name, value in (found or {}).items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise misfit(f"logit_bias.{name}", "a number", value)
    return found


def _format(body: Node, left: Json) -> Format | None:
    """``response_format``. A schema beside ``json_object`` (Fireworks, Together, llama.cpp) is one too; what is in no
    form of OpenAI's goes into the extras as it is."""
    node = body.node("response_format")
    if node is None:
        return None
    kind = node.text("type")
    held = node.node("json_schema") or node
    schema = held.table("schema")
    if kind in ("json_schema", "json_object") and schema is not None:
        return Format(
            kind="schema",
            name=held.text("name"),
            description=held.text("description"),
            schema=schema,
            strict=held.flag("strict"),
        )
    if kind == "json_schema":
        raise missing(held.at("schema")) if held is not node else invalid(node.path, "has no json_schema")
    if kind == "json_object":
        return Format(kind="json")
    if kind != "text":
        left["response_format"] = node.value
    return None


# ---------------------------------------------------------------- writing


def encode_request(request: Request, traits: Traits) -> Encoded:
    """A request for a provider. Raises ``unsayable`` for what it has no words for and what cannot be left out."""
    _refuse(request, traits)
    request, dropped = without(request, traits.refuses)
    dropped = [*dropped, *foreign_extras(request.extras, OWN)]
    instruction = _instruction(request, traits)
    messages = Messages(request, traits, dropped).write(request.messages)
    if instruction:
        _instruct(messages, instruction, traits)
    body: Json = {"model": request.model, "messages": messages}
    _sampling(request, traits, body, dropped)
    body |= write_tools(request, traits, dropped)
    body |= write_reasoning(request, traits, dropped)
    if (form := _form(request, traits)) is not None:
        body["response_format"] = form
    _account(request, body, dropped)
    extras = own(request.extras, OWN)
    if request.stream:
        body["stream"] = True
        options = {**extras.pop("stream_options", {}), **({"include_usage": True} if traits.stream_usage else {})}
        if options:
            body["stream_options"] = options
    for name in ("reasoning", "thinking", "chat_template_kwargs", "stream_options"):
        extras.pop(name, None)
    return Encoded(body={**extras, **body}, dropped=list(dict.fromkeys(dropped)))


def _refuse(request: Request, traits: Traits) -> None:
    """What cannot be left out without changing what is meant."""
    if "n" in traits.refuses and (request.n or 1) > 1:
        raise unsayable("n", "the provider gives one choice only")
    if "tools" in traits.refuses and request.tools and not (request.tool_choice and request.tool_choice.mode == "none"):
        raise unsayable("tools", "the provider's model calls no tools")
    if set(request.modalities) - {"text"} and traits.refuses & {"audio", "modalities"}:
        raise unsayable("modalities", "the provider's model answers in text")
    if request.previous_id:
        raise unsayable("previous_response_id", "the provider keeps no answers to go on from")


def _sampling(request: Request, traits: Traits, body: Json, dropped: list[str]) -> None:
    """How the answer is sampled, and what is told of it."""
    values: dict[str, Any] = {
        traits.max_tokens_member: request.max_tokens,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "n": request.n,
        "stop": request.stop or None,
        traits.seed_member: request.seed,
        "frequency_penalty": request.frequency_penalty,
        "presence_penalty": request.presence_penalty,
        "logit_bias": _whole(request.logit_bias),
        "logprobs": True if request.top_logprobs is not None and request.logprobs is None else request.logprobs,
        "top_logprobs": request.top_logprobs,
        "verbosity": request.verbosity or None,
        "modalities": request.modalities or None,
        "audio": request.audio,
    }
    for name in ("top_k", "min_p", "repetition_penalty"):
        value = getattr(request, name)
        if value is not None and name in traits.takes:
            values[name] = value
        elif value is not None:
            dropped.append(name)
    body |= {name: value for name, value in values.items() if value is not None}


def _whole(bias: dict[str, float] | None) -> dict[str, float] | None:
    """Whole numbers as such: OpenAI's type is an integer."""
    if bias is None:
        return None
    return {name: int(value) if float(value).is_integer() else value for name, value in bias.items()}


def _account(request: Request, body: Json, dropped: list[str]) -> None:
    """Who asks, and how the provider is to treat it."""
    if request.user and len(request.user) <= _LONGEST_USER:
        body["user"] = request.user
    elif request.user:
        dropped.append("user")
    if request.metadata is not None:
        if all(isinstance(value, str) for value in request.metadata.values()):
            body["metadata"] = request.metadata
        else:
            dropped.append("metadata")
    if request.service_tier in _TIERS:
        body["service_tier"] = request.service_tier
    elif request.service_tier:
        dropped.append("service_tier")
    if request.store is not None:
        body["store"] = request.store
    if request.cache_key:
        body["prompt_cache_key"] = request.cache_key


# ---------------------------------------------------------------- structured output


def _form(request: Request, traits: Traits) -> Json | None:
    form = request.format
    if form is None or traits.schema == "none" or "format" in traits.refuses:
        return None
    if form.kind == "json" or form.schema is None or traits.schema == "json":
        return {"type": "json_object"}
    schema: Json = {"name": re.sub(r"[^A-Za-z0-9_-]", "_", form.name)[:64] or "answer", "schema": form.schema}
    if form.description:
        schema["description"] = form.description
    if form.strict is not None:
        schema["strict"] = form.strict
    return {"type": "json_schema", "json_schema": schema}


def _instruction(request: Request, traits: Traits) -> str:
    """What must be said in words about the answer's form. ``json_object`` is refused where no message speaks of
    JSON."""
    form = request.format
    if form is None:
        return ""
    if form.schema is not None:
        if traits.schema == "schema":
            return ""
        return f"Answer with one JSON object after this JSON schema, and nothing else:\n{json_text(form.schema)}"
    return "" if _speaks_of_json(request) else "Answer with one JSON object and nothing else."


def _speaks_of_json(request: Request) -> bool:
    return any(
        isinstance(part, Text | Media) and "json" in part.text.lower()
        for each in request.messages
        for part in each.parts
    )


def _instruct(messages: list[Json], instruction: str, traits: Traits) -> None:
    """Put an instruction behind what the system message says, or before all where there is none."""
    first = messages[0] if messages else {}
    if first.get("role") in ("system", "developer") and isinstance(first.get("content"), str):
        first["content"] = f"{first['content']}\n\n{instruction}".strip()
    else:
        messages.insert(0, {"role": traits.system_role, "content": instruction})
