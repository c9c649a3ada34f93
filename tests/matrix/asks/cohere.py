"""A request in Cohere's chat, version 2."""

from __future__ import annotations

from typing import Any

from tests.matrix.asks.chat import content
from tests.matrix.asks.common import arguments, kept, part_of_url, result_text, text_of, url_of
from tests.matrix.neutral import Ask, Json, Part, Tool, Turn, parsed

PLAIN = {
    "temperature": "temperature",
    "p": "top_p",
    "k": "top_k",
    "seed": "seed",
    "max_tokens": "max_tokens",
    "frequency_penalty": "frequency_penalty",
    "presence_penalty": "presence_penalty",
    "stop_sequences": "stop",
}
KNOWN = {
    *PLAIN,
    "model",
    "messages",
    "tools",
    "tool_choice",
    "response_format",
    "stream",
    "thinking",
    "logprobs",
    "strict_tools",
}


def read(body: Json, endpoint: str = "") -> Ask:
    """What ``body`` asks for."""
    ask = Ask(stream=bool(body.get("stream")))
    for wire, name in PLAIN.items():
        if body.get(wire) is not None:
            setattr(ask, name, body[wire])
    for message in body.get("messages") or []:
        ask.turns.append(turn(message, ask))
    for tool in body.get("tools") or []:
        held = tool.get("function") or {}
        ask.tools.append(
            Tool(held["name"], held.get("description") or "", held.get("parameters"), body.get("strict_tools"))
        )
    ask.choice = {"REQUIRED": "required", "NONE": "none"}.get(body.get("tool_choice") or "")
    wanted = body.get("response_format") or {}
    if wanted.get("type") == "json_object":
        ask.format = wanted.get("json_schema") or wanted.get("schema") or "json"
    thinking = body.get("thinking") or {}
    ask.budget = 0 if thinking.get("type") == "disabled" else thinking.get("token_budget", -1 if thinking else None)
    if body.get("logprobs"):
        ask.logprobs = 0
    ask.unread += sorted(set(body) - KNOWN)
    return ask


def turn(message: Json, ask: Ask) -> Turn:
    """One message."""
    parts = [part for held in content(message.get("content")) if (part := read_part(held, ask))]
    if message["role"] == "tool":
        return Turn("tool", [Part("result", id=message.get("tool_call_id") or "", parts=parts)])
    if message.get("tool_plan"):
        parts.insert(0, Part("thinking", text=message["tool_plan"]))
    for call in message.get("tool_calls") or []:
        held = call.get("function") or {}
        parts.append(
            Part("call", id=call.get("id") or "", name=held.get("name") or "", value=parsed(held.get("arguments")))
        )
    return Turn(message["role"], parts)


def read_part(held: Any, ask: Ask) -> Part | None:
    """One part."""
    kind = held.get("type") if isinstance(held, dict) else "text"
    if kind == "text":
        return Part("text", text=held["text"])
    if kind == "thinking":
        return Part("thinking", text=held["thinking"])
    if kind == "image_url":
        inner = held["image_url"]
        return part_of_url(
            inner if isinstance(inner, str) else inner["url"],
            detail=inner.get("detail") or "" if isinstance(inner, dict) else "",
        )
    if kind == "document":
        data = (held.get("document") or {}).get("data")
        return Part(
            "text", text=data if isinstance(data, str) else "\n".join(str(one) for one in (data or {}).values())
        )
    ask.unread.append(f"part {kind}")
    return None


def write(ask: Ask) -> tuple[Json, list[str]]:
    """``ask`` as arguments of ``ClientV2.chat``, and what could not be said."""
    lost = [name for name in ("n", "parallel", "user", "search") if getattr(ask, name) not in (None, "", False)]
    body: Json = {"messages": [message for turn_ in ask.turns for message in messages(turn_, lost)]}
    body |= kept({wire: getattr(ask, name) for wire, name in PLAIN.items()})
    if ask.tools:
        body["tools"] = [tool_of(tool) for tool in ask.tools]
        choice = (
            "REQUIRED"
            if isinstance(ask.choice, list)
            else {"required": "REQUIRED", "none": "NONE"}.get(ask.choice or "")
        )
        body |= kept({"tool_choice": choice})
        if isinstance(ask.choice, list):
            lost.append("tool choice by name")
        if any(tool.strict for tool in ask.tools):
            body["strict_tools"] = True
    if ask.format:
        body["response_format"] = {
            "type": "json_object",
            **({"json_schema": ask.format} if isinstance(ask.format, dict) else {}),
        }
    if ask.budget is not None or ask.effort:
        off = ask.budget == 0 or ask.effort == "none"
        budget = ask.budget if ask.budget and ask.budget > 0 else None
        body["thinking"] = {"type": "disabled"} if off else {"type": "enabled", **kept({"token_budget": budget})}
    if ask.logprobs is not None:
        body["logprobs"] = True
    return {**body, "stream": ask.stream}, lost


def tool_of(tool: Tool) -> Json:
    """A function; Cohere wants a schema."""
    schema = tool.schema or {"type": "object", "properties": {}}
    return {
        "type": "function",
        "function": {"name": tool.name, **kept({"description": tool.description}), "parameters": schema},
    }


def messages(turn_: Turn, lost: list[str]) -> list[Json]:
    """A turn as messages: each result is one of its own."""
    found: list[Json] = []
    for part in turn_.parts:
        if part.kind == "result":
            lost += ["media in a tool result" for inner in part.parts if inner.kind != "text"]
            found.append({"role": "tool", "tool_call_id": part.id, "content": result_text(part)})
    rest = [part for part in turn_.parts if part.kind != "result"]
    if turn_.role == "assistant":
        found.append(assistant(rest, lost))
    elif turn_.role == "system":
        found.append({"role": "system", "content": text_of(rest)})
    elif rest or not found:
        pieces = [one for part in rest if (one := said(part, lost))]
        only_text = len(pieces) == 1 and pieces[0]["type"] == "text"
        found.append({"role": "user", "content": pieces[0]["text"] if only_text else pieces or ""})
    return found


def assistant(parts: list[Part], lost: list[str]) -> Json:
    """The model's own turn; what it thought before calling tools is its plan."""
    message: Json = {"role": "assistant"}
    calls = [part for part in parts if part.kind == "call"]
    text = text_of(parts)
    thought = "".join(part.text for part in parts if part.kind == "thinking")
    if calls:
        message["tool_calls"] = [
            {"id": part.id, "type": "function", "function": {"name": part.name, "arguments": arguments(part)}}
            for part in calls
        ]
        message |= kept({"tool_plan": thought or None, "content": text})
    else:
        pieces = [{"type": "thinking", "thinking": thought}] if thought else []
        message["content"] = [*pieces, {"type": "text", "text": text}] if pieces else text
    lost += [f"{part.kind} of the model's" for part in parts if part.kind not in ("text", "call", "thinking")]
    return message


def said(part: Part, lost: list[str]) -> Json | None:
    """A part of the user's."""
    if part.kind == "text":
        return {"type": "text", "text": part.text}
    if part.kind == "image" and (part.url or part.data):
        return {"type": "image_url", "image_url": kept({"url": url_of(part), "detail": part.detail})}
    lost.append(part.kind)
    return None
