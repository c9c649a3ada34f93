"""A request in Anthropic's Messages."""

from __future__ import annotations

import base64
from typing import Any

from tests.matrix.asks.common import kept, listed, result_text
from tests.matrix.neutral import Ask, Json, Part, Tool, Turn

PLAIN = {"temperature": "temperature", "top_p": "top_p", "top_k": "top_k", "max_tokens": "max_tokens"}
KNOWN = {
    *PLAIN,
    "model",
    "messages",
    "system",
    "tools",
    "tool_choice",
    "stop_sequences",
    "stream",
    "thinking",
    "output_config",
    "output_format",
    "metadata",
    "anthropic_version",
    "service_tier",
}
LEAST_TOKENS = 4096
"""What is asked for where nobody said a limit: Anthropic's dialect wants one."""


def read(body: Json, endpoint: str = "") -> Ask:
    """What ``body`` asks for."""
    ask = Ask(stream=bool(body.get("stream")) or "stream" in endpoint.lower())
    for wire, name in PLAIN.items():
        if body.get(wire) is not None:
            setattr(ask, name, body[wire])
    ask.stop = listed(body.get("stop_sequences"))
    ask.service_tier = body.get("service_tier") or ""
    ask.user = (body.get("metadata") or {}).get("user_id") or ""
    if body.get("system"):
        ask.turns.append(Turn("system", parts_of(body["system"], ask)))
    for message in listed(body.get("messages")):
        parts = parts_of(message.get("content"), ask)
        results = [part for part in parts if part.kind == "result"]
        if results:
            ask.turns.append(Turn("tool", results))
        rest = [part for part in parts if part.kind != "result"]
        if rest or not results:
            ask.turns.append(Turn(message.get("role") or "user", rest))
    for tool in body.get("tools") or []:
        if tool.get("input_schema") is not None and tool.get("type") in (None, "custom"):
            cache = "ephemeral" if tool.get("cache_control") else ""
            ask.tools.append(
                Tool(tool["name"], tool.get("description") or "", tool["input_schema"], tool.get("strict"), cache)
            )
        else:
            ask.search = ask.search or str(tool.get("type")).startswith("web_search")
            ask.unread.append(f"tool {tool.get('type')}")
    read_choice(ask, body.get("tool_choice") or {})
    read_thinking(ask, body)
    wanted = (body.get("output_config") or {}).get("format") or body.get("output_format") or {}
    ask.format = wanted.get("schema")
    ask.unread += sorted(set(body) - KNOWN)
    return ask


def read_choice(ask: Ask, wanted: Json) -> None:
    """Which tools may be called."""
    kind = wanted.get("type")
    ask.choice = [wanted["name"]] if kind == "tool" else {"any": "required"}.get(kind or "", kind)
    if wanted.get("disable_parallel_tool_use") is not None:
        ask.parallel = not wanted["disable_parallel_tool_use"]


def read_thinking(ask: Ask, body: Json) -> None:
    """How much thinking is wanted."""
    thinking = body.get("thinking") or {}
    kind = thinking.get("type")
    if kind == "enabled":
        ask.budget, ask.thoughts = thinking.get("budget_tokens"), True
    elif kind == "disabled":
        ask.budget = 0
    elif kind == "adaptive":
        ask.budget, ask.thoughts = -1, True
    ask.effort = (body.get("output_config") or {}).get("effort") or ""


def parts_of(content: Any, ask: Ask) -> list[Part]:
    """A content, which may be a text, as parts."""
    found = []
    for held in [{"type": "text", "text": content}] if isinstance(content, str) else listed(content):
        part = read_part(held, ask)
        if part:
            part.cache = "ephemeral" if held.get("cache_control") else ""
            found.append(part)
    return found


def read_part(held: Json, ask: Ask) -> Part | None:
    """One block."""
    kind = held.get("type")
    if kind == "text":
        return Part("text", text=held.get("text") or "")
    if kind in ("image", "document"):
        return media(held, "image" if kind == "image" else "file")
    if kind == "tool_use":
        return Part("call", id=held["id"], name=held["name"], value=held.get("input"))
    if kind == "tool_result":
        return Part(
            "result", id=held["tool_use_id"], parts=parts_of(held.get("content"), ask), error=bool(held.get("is_error"))
        )
    if kind == "thinking":
        return Part("thinking", text=held["thinking"], signature=held.get("signature") or "")
    if kind == "redacted_thinking":
        return Part("thinking", signature=held["data"], redacted=True)
    ask.unread.append(f"block {kind}")
    return None


def media(held: Json, kind: str) -> Part:
    """An image or a document."""
    source = held.get("source") or {}
    name = held.get("title") or ""
    how = source.get("type")
    if how == "base64":
        return Part(kind, data=source["data"], mime=source["media_type"], name=name)
    if how == "text":
        data = base64.b64encode(source["data"].encode()).decode()
        return Part(kind, data=data, mime=source.get("media_type") or "text/plain", name=name)
    return Part(kind, url=source.get("url") or "", file_id=source.get("file_id") or "", name=name)


def write(ask: Ask) -> tuple[Json, list[str]]:
    """``ask`` as a body for ``messages.create``, and what could not be said."""
    lost = [
        name
        for name in ("seed", "n", "frequency_penalty", "presence_penalty", "logprobs")
        if getattr(ask, name) is not None
    ]
    turns = list(ask.turns)
    system: list[Json] = []
    while turns and turns[0].role == "system":
        system += [block for part in turns.pop(0).parts if (block := said(part, lost))]
    body: Json = {"max_tokens": ask.max_tokens or LEAST_TOKENS, "messages": merged(turns, lost)}
    body |= kept({wire: getattr(ask, name) for wire, name in PLAIN.items() if wire != "max_tokens"})
    body |= kept({"system": system, "stop_sequences": ask.stop})
    if ask.user:
        body["metadata"] = {"user_id": ask.user}
    if ask.tools:
        body["tools"] = [tool_of(tool) for tool in ask.tools]
        body |= kept({"tool_choice": chosen(ask)})
    if ask.search:
        body["tools"] = [*body.get("tools", []), {"type": "web_search_20250305", "name": "web_search"}]
    config = kept({"effort": ask.effort if ask.effort in ("low", "medium", "high", "max") else None})
    if isinstance(ask.format, dict):
        config["format"] = {"type": "json_schema", "schema": ask.format}
    elif ask.format:
        lost.append("json without a schema")
    body |= kept({"output_config": config or None, "thinking": thinking(ask)})
    if ask.stream:
        body["stream"] = True
    return body, lost


def thinking(ask: Ask) -> Json | None:
    """How much thinking is wanted, in Anthropic's words."""
    if ask.budget is None and not ask.effort:
        return None
    if ask.budget == 0 or ask.effort == "none":
        return {"type": "disabled"}
    if ask.budget is not None and ask.budget > 0:
        return {"type": "enabled", "budget_tokens": max(1024, ask.budget)}
    return {"type": "adaptive"}


def tool_of(tool: Tool) -> Json:
    """A function."""
    schema = tool.schema or {"type": "object", "properties": {}}
    more = kept({"description": tool.description, "strict": tool.strict})
    return {"name": tool.name, "input_schema": schema, **more, **marked(tool.cache)}


def marked(cache: str) -> Json:
    """A cache marker, where there is one."""
    return {"cache_control": {"type": "ephemeral"}} if cache else {}


def chosen(ask: Ask) -> Json | None:
    """Tool choice in Anthropic's words; of several names only any can be said."""
    parallel = {} if ask.parallel is None or ask.choice == "none" else {"disable_parallel_tool_use": not ask.parallel}
    if isinstance(ask.choice, list):
        return (
            {"type": "tool", "name": ask.choice[0], **parallel} if len(ask.choice) == 1 else {"type": "any", **parallel}
        )
    if ask.choice is None:
        return {"type": "auto", **parallel} if parallel else None
    return {"type": {"required": "any"}.get(ask.choice, ask.choice), **parallel}


def merged(turns: list[Turn], lost: list[str]) -> list[Json]:
    """Turns as messages: results are the user's, and what follows results is said with them."""
    found: list[Json] = []
    for turn in turns:
        role = "assistant" if turn.role == "assistant" else "user"
        if turn.role == "system":
            lost.append("system in the middle")
        blocks = [block for part in turn.parts if (block := said(part, lost))]
        if (
            found
            and found[-1]["role"] == role
            and found[-1]["content"][:1]
            and found[-1]["content"][0]["type"] == "tool_result"
        ):
            found[-1]["content"] += blocks
        elif blocks:
            found.append({"role": role, "content": blocks})
    return found


def said(part: Part, lost: list[str]) -> Json | None:
    """A part as a block."""
    block: Json | None = None
    if part.kind in ("text", "refusal"):
        block = {"type": "text", "text": part.text} if part.text else None
    elif part.kind in ("image", "file"):
        block = shown(part)
    elif part.kind == "call":
        block = {
            "type": "tool_use",
            "id": part.id,
            "name": part.name,
            "input": part.value if isinstance(part.value, dict) else {},
        }
    elif part.kind == "result":
        inner = [one for held in part.parts if (one := said(held, lost))]
        only_text = all(one["type"] == "text" for one in inner)
        content = result_text(part) if only_text else inner
        block = {
            "type": "tool_result",
            "tool_use_id": part.id,
            "content": content,
            **({"is_error": True} if part.error else {}),
        }
    elif part.kind == "thinking" and part.signature:
        redacted = {"type": "redacted_thinking", "data": part.signature}
        block = redacted if part.redacted else {"type": "thinking", "thinking": part.text, "signature": part.signature}
    if block is None:
        lost.append(part.kind)
        return None
    return block | ({} if part.kind == "thinking" else marked(part.cache))


def shown(part: Part) -> Json | None:
    """An image or a document."""
    kind = "image" if part.kind == "image" else "document"
    if part.data:
        if part.mime.startswith("text/"):
            text = base64.b64decode(part.data + "===").decode("utf-8", "replace")
            return {"type": kind, "source": {"type": "text", "media_type": "text/plain", "data": text}}
        if kind == "document" and part.mime != "application/pdf":
            return None
        return {"type": kind, "source": {"type": "base64", "media_type": part.mime, "data": part.data}}
    if part.url:
        return {"type": kind, "source": {"type": "url", "url": part.url}}
    return None
