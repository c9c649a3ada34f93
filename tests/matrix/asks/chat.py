"""A request in OpenAI's chat completions: read from any provider's, written in OpenAI's own words."""

from __future__ import annotations

from typing import Any

from tests.matrix.asks.common import arguments, kept, listed, part_of_url, result_text, text_of, url_of
from tests.matrix.neutral import Ask, Json, Part, Tool, Turn, parsed

PLAIN = {
    "temperature": "temperature",
    "top_p": "top_p",
    "top_k": "top_k",
    "seed": "seed",
    "random_seed": "seed",
    "frequency_penalty": "frequency_penalty",
    "presence_penalty": "presence_penalty",
    "n": "n",
    "parallel_tool_calls": "parallel",
    "user": "user",
    "service_tier": "service_tier",
    "reasoning_effort": "effort",
}
"""Fields of the wire -> fields of ``Ask`` that hold the same value."""
KNOWN = {
    *PLAIN,
    "model",
    "messages",
    "tools",
    "functions",
    "tool_choice",
    "function_call",
    "response_format",
    "max_tokens",
    "max_completion_tokens",
    "stop",
    "logprobs",
    "top_logprobs",
    "stream",
    "stream_options",
    "reasoning",
    "thinking",
}
ROLES = {"developer": "system", "function": "tool", "ai": "assistant", "human": "user"}


def read(body: Json, endpoint: str = "") -> Ask:
    """What ``body`` asks for."""
    ask = Ask(stream=bool(body.get("stream")))
    for wire, name in PLAIN.items():
        if body.get(wire) is not None:
            setattr(ask, name, body[wire])
    ask.max_tokens = body.get("max_completion_tokens", body.get("max_tokens"))
    ask.stop = listed(body.get("stop"))
    if body.get("logprobs"):
        ask.logprobs = body.get("top_logprobs") or 0
    for message in listed(body.get("messages")):
        if isinstance(message, dict):
            ask.turns.append(turn(message))
    tools(ask, body)
    ask.choice = choice(body.get("tool_choice", body.get("function_call")))
    shape(ask, body.get("response_format") or {})
    thinking(ask, body)
    ask.unread += sorted(set(body) - KNOWN)
    return ask


def thinking(ask: Ask, body: Json) -> None:
    """OpenRouter's ``reasoning`` and the ``thinking`` of zai and DeepSeek."""
    reasoning = body.get("reasoning") or {}
    if isinstance(reasoning, dict):
        ask.effort = reasoning.get("effort") or ask.effort
        ask.budget = reasoning.get("max_tokens")
    kind = (body.get("thinking") or {}).get("type")
    if kind:
        ask.budget = 0 if kind == "disabled" else -1


def shape(ask: Ask, wanted: Json) -> None:
    """Structured output."""
    if wanted.get("type") == "json_object":
        ask.format = "json"
    elif wanted.get("type") == "json_schema":
        held = wanted.get("json_schema") or {}
        ask.format, ask.format_name, ask.format_strict = (
            held.get("schema") or "json",
            held.get("name") or "",
            held.get("strict"),
        )


def choice(wanted: Any) -> str | list[str] | None:
    """Which tools may be called."""
    if isinstance(wanted, dict):
        name = (wanted.get("function") or wanted).get("name")
        return [name] if name else None
    return "required" if wanted == "any" else wanted


def tools(ask: Ask, body: Json) -> None:
    """The functions; of a provider's own tools a search of the web is known, the others are noted only."""
    ask.search = body.get("web_search_options") is not None
    for found in body.get("tools") or []:
        held = found.get("function") or {}
        if held.get("name"):
            ask.tools.append(
                Tool(held["name"], held.get("description") or "", held.get("parameters"), held.get("strict"))
            )
        else:
            ask.search = ask.search or "web_search" in str(found.get("type"))
            ask.unread.append(f"tool {found.get('type')}")
    for held in body.get("functions") or []:
        ask.tools.append(Tool(held["name"], held.get("description") or "", held.get("parameters")))


def turn(message: Json) -> Turn:
    """One message."""
    role = ROLES.get(str(message.get("role")), str(message.get("role")))
    parts = [part for held in content(message.get("content")) if (part := piece(held))]
    if role == "tool":
        id_ = message.get("tool_call_id") or message.get("name") or ""
        return Turn("tool", [Part("result", id=id_, name=message.get("name") or "", parts=parts)])
    thought = message.get("reasoning_content") or message.get("reasoning")
    details = message.get("reasoning_details") or []
    signature = next(
        (held.get("signature") or held.get("data") for held in details if held.get("signature") or held.get("data")), ""
    )
    if thought or signature:
        parts.insert(0, Part("thinking", text=thought or "", signature=signature or "", redacted=not thought))
    if message.get("refusal"):
        parts.append(Part("refusal", text=message["refusal"]))
    calls = [
        *(message.get("tool_calls") or []),
        *([{"function": message["function_call"]}] if message.get("function_call") else []),
    ]
    for call in calls:
        held = call.get("function") or {}
        name = held.get("name") or ""
        parts.append(Part("call", id=call.get("id") or name, name=name, value=parsed(held.get("arguments"))))
    return Turn(role, parts)


def content(held: Any) -> list[Any]:
    """A message's content as a list of parts."""
    return [{"type": "text", "text": held}] if isinstance(held, str) else listed(held)


def piece(held: Any) -> Part | None:
    """One part."""
    if isinstance(held, str):
        return Part("text", text=held)
    kind = held.get("type")
    if kind == "thinking":
        inner = held.get("thinking")
        return Part(
            "thinking", text="".join(one.get("text", "") for one in inner) if isinstance(inner, list) else inner or ""
        )
    if kind == "image_url":
        inner = held.get("image_url")
        inner = {"url": inner} if isinstance(inner, str) else inner or {}
        return part_of_url(inner.get("url") or "", detail=inner.get("detail") or "")
    if kind == "input_audio":
        inner = held.get("input_audio")
        inner = {"data": inner} if isinstance(inner, str) else inner or {}
        return Part("audio", data=inner.get("data") or "", mime=f"audio/{inner.get('format') or 'mpeg'}")
    if kind in ("file", "document_url", "file_url"):
        return document(held)
    return (
        Part("text", text=held["text"], cache="ephemeral" if held.get("cache_control") else "")
        if held.get("text") is not None
        else None
    )


def document(held: Json) -> Part:
    """A file, in the three spellings that were seen."""
    if held["type"] == "document_url":
        return part_of_url(str(held.get("document_url")), "file", name=held.get("document_name") or "")
    if held["type"] == "file_url":
        return part_of_url((held.get("file_url") or {}).get("url") or "", "file")
    inner = held.get("file") or {}
    if inner.get("file_data"):
        return part_of_url(inner["file_data"], "file", name=inner.get("filename") or "")
    return Part("file", file_id=inner.get("file_id") or "", name=inner.get("filename") or "")


def write(ask: Ask) -> tuple[Json, list[str]]:
    """``ask`` as a body for ``chat.completions.create``, and what could not be said."""
    lost: list[str] = []
    body: Json = {"messages": [message for turn_ in ask.turns for message in messages(turn_, lost)]}
    body |= kept({wire: getattr(ask, name) for wire, name in PLAIN.items() if wire not in ("top_k", "random_seed")})
    body |= kept({"max_completion_tokens": ask.max_tokens, "stop": ask.stop})
    if ask.logprobs is not None:
        body |= {"logprobs": True, "top_logprobs": ask.logprobs}
    if ask.tools:
        body["tools"] = [
            {
                "type": "function",
                "function": kept(
                    {
                        "name": tool.name,
                        "description": tool.description,
                        "parameters": tool.schema,
                        "strict": tool.strict,
                    }
                ),
            }
            for tool in ask.tools
        ]
        body |= kept({"tool_choice": chosen(ask.choice)})
    else:
        body.pop("parallel_tool_calls", None)
    if ask.search:
        body["web_search_options"] = {}
    if ask.format == "json":
        body["response_format"] = {"type": "json_object"}
    elif isinstance(ask.format, dict):
        held = kept({"name": ask.format_name or "answer", "schema": ask.format, "strict": ask.format_strict})
        body["response_format"] = {"type": "json_schema", "json_schema": held}
    if ask.budget is not None and not ask.effort:
        lost.append("thinking budget")
    if ask.top_k is not None:
        lost.append("top_k")
    if ask.stream:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    return body, lost


def chosen(choice_: str | list[str] | None) -> Any:
    """Tool choice in OpenAI's words."""
    if not isinstance(choice_, list):
        return choice_
    if len(choice_) == 1:
        return {"type": "function", "function": {"name": choice_[0]}}
    allowed = [{"type": "function", "function": {"name": name}} for name in choice_]
    return {"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": allowed}}


def messages(turn_: Turn, lost: list[str]) -> list[Json]:
    """A turn as messages: each result is one of its own."""
    found: list[Json] = []
    for part in turn_.parts:
        if part.kind == "result":
            if any(inner.kind != "text" for inner in part.parts):
                lost.append("media in a tool result")
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
    """The model's own turn."""
    message: Json = {"role": "assistant", "content": text_of(parts) or None}
    calls = [part for part in parts if part.kind == "call"]
    if calls:
        message["tool_calls"] = [
            {"id": part.id, "type": "function", "function": {"name": part.name, "arguments": arguments(part)}}
            for part in calls
        ]
    thought = "".join(part.text for part in parts if part.kind == "thinking")
    if thought:
        message["reasoning_content"] = thought
    for part in parts:
        if part.kind == "refusal":
            message["refusal"] = part.text
        elif part.kind not in ("text", "call", "thinking"):
            lost.append(f"{part.kind} of the model's")
    if message["content"] is None and not calls:
        message["content"] = ""
    return message


def said(part: Part, lost: list[str]) -> Json | None:
    """A part of the user's."""
    if part.kind == "text":
        return {"type": "text", "text": part.text}
    if part.kind == "image" and (part.url or part.data):
        return {"type": "image_url", "image_url": kept({"url": url_of(part), "detail": part.detail})}
    if part.kind == "audio" and part.data:
        return {
            "type": "input_audio",
            "input_audio": {"data": part.data, "format": "mp3" if "mp" in part.mime else "wav"},
        }
    if part.kind == "file" and (part.data or part.file_id):
        inner = (
            {"file_id": part.file_id} if part.file_id else {"file_data": url_of(part), "filename": part.name or "file"}
        )
        return {"type": "file", "file": inner}
    lost.append(part.kind)
    return None
