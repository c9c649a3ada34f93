"""A request of Ollama's own chat."""

from __future__ import annotations

from typing import Any

from tests.matrix.asks.common import kept, listed, result_text, text_of
from tests.matrix.neutral import Ask, Json, Part, Tool, Turn, parsed

OPTIONS = {
    "temperature": "temperature",
    "top_p": "top_p",
    "top_k": "top_k",
    "seed": "seed",
    "num_predict": "max_tokens",
    "frequency_penalty": "frequency_penalty",
    "presence_penalty": "presence_penalty",
    "stop": "stop",
}
KNOWN = {"model", "messages", "tools", "format", "options", "stream", "think", "keep_alive", "logprobs", "top_logprobs"}


def read(body: Json, endpoint: str = "") -> Ask:
    """What ``body`` asks for."""
    ask = Ask(stream=body.get("stream") is not False)
    options = body.get("options") or {}
    for wire, name in OPTIONS.items():
        if options.get(wire) is not None:
            setattr(ask, name, listed(options[wire]) if name == "stop" else options[wire])
    names: dict[str, str] = {}
    for at, message in enumerate(body.get("messages") or []):
        ask.turns.append(turn(message, at, names))
    for tool in body.get("tools") or []:
        held = tool.get("function") or {}
        ask.tools.append(Tool(held["name"], held.get("description") or "", held.get("parameters")))
    ask.format = body.get("format") or None
    think = body.get("think")
    if isinstance(think, str):
        ask.effort = think
    elif think is not None:
        ask.budget = -1 if think else 0
    if body.get("logprobs"):
        ask.logprobs = body.get("top_logprobs") or 0
    ask.unread += sorted(set(body) - KNOWN)
    return ask


def turn(message: Json, at: int, names: dict[str, str]) -> Turn:
    """One message. Calls have no ids here: a result belongs to the last call of its name."""
    parts = [Part("thinking", text=message["thinking"])] if message.get("thinking") else []
    if message.get("content"):
        parts.append(Part("text", text=message["content"]))
    parts += [Part("image", data=image) for image in message.get("images") or []]
    if message["role"] == "tool":
        name = message.get("tool_name") or ""
        return Turn(
            "tool", [Part("result", id=message.get("tool_call_id") or names.get(name, name), name=name, parts=parts)]
        )
    for index, call in enumerate(message.get("tool_calls") or []):
        held = call.get("function") or {}
        name = held.get("name") or ""
        names[name] = call.get("id") or f"call_{at}_{index}"
        parts.append(Part("call", id=names[name], name=name, value=parsed(held.get("arguments"))))
    return Turn(message["role"], parts)


def write(ask: Ask) -> tuple[Json, list[str]]:
    """``ask`` as arguments of ``Client.chat``, and what could not be said."""
    lost = [name for name in ("n", "parallel", "user", "search") if getattr(ask, name) not in (None, "", False)]
    names = {part.id: part.name for turn_ in ask.turns for part in turn_.parts if part.kind == "call"}
    body: Json = {"messages": [message for turn_ in ask.turns for message in messages(turn_, names, lost)]}
    body |= kept({"options": kept({wire: getattr(ask, name) for wire, name in OPTIONS.items()}) or None})
    if ask.tools:
        body["tools"] = [tool_of(tool) for tool in ask.tools]
        if ask.choice not in (None, "auto"):
            lost.append("tool choice")
    body |= kept({"format": ask.format, "think": thinking(ask)})
    if ask.logprobs is not None:
        body |= {"logprobs": True, **kept({"top_logprobs": ask.logprobs or None})}
    return {**body, "stream": ask.stream}, lost


def tool_of(tool: Tool) -> Json:
    """A function."""
    schema: Any = tool.schema or {"type": "object", "properties": {}}
    return {
        "type": "function",
        "function": {"name": tool.name, **kept({"description": tool.description}), "parameters": schema},
    }


def thinking(ask: Ask) -> bool | str | None:
    """How much thinking is wanted, in Ollama's words."""
    if ask.effort in ("low", "medium", "high"):
        return ask.effort
    if ask.effort:
        return ask.effort != "none"
    return None if ask.budget is None else ask.budget != 0


def messages(turn_: Turn, names: dict[str, str], lost: list[str]) -> list[Json]:
    """A turn as messages: each result is one of its own."""
    found: list[Json] = []
    for part in turn_.parts:
        if part.kind == "result":
            lost += ["media in a tool result" for inner in part.parts if inner.kind != "text"]
            found.append(
                {"role": "tool", "tool_name": part.name or names.get(part.id) or part.id, "content": result_text(part)}
            )
    rest = [part for part in turn_.parts if part.kind != "result"]
    if not rest and found:
        return found
    message: Json = {"role": "user" if turn_.role == "tool" else turn_.role, "content": text_of(rest)}
    images = [part.data for part in rest if part.kind == "image" and part.data]
    calls = [
        {"function": {"name": part.name, "arguments": part.value}}
        for part in rest
        if part.kind == "call" and isinstance(part.value, dict)
    ]
    thought = "".join(part.text for part in rest if part.kind == "thinking")
    lost += [
        part.kind
        for part in rest
        if part.kind not in ("text", "call", "thinking") and not (part.kind == "image" and part.data)
    ]
    return [*found, message | kept({"images": images, "tool_calls": calls, "thinking": thought})]
