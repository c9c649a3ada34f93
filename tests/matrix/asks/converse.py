"""A request of Bedrock's Converse. Read only: no client of ours speaks it."""

from __future__ import annotations

import base64
import json
from typing import Any

from tests.matrix.asks.common import MIMES, listed
from tests.matrix.neutral import Ask, Json, Part, Tool, Turn

KNOWN = {
    "messages",
    "system",
    "inferenceConfig",
    "toolConfig",
    "additionalModelRequestFields",
    "outputConfig",
    "modelId",
}


def read(body: Json, endpoint: str = "") -> Ask:
    """What ``body`` asks for."""
    config = body.get("inferenceConfig") or {}
    ask = Ask(stream="stream" in endpoint, stop=listed(config.get("stopSequences")))
    ask.max_tokens, ask.temperature, ask.top_p = config.get("maxTokens"), config.get("temperature"), config.get("topP")
    system = [Part("text", text=held["text"]) for held in body.get("system") or [] if "text" in held]
    if system:
        ask.turns.append(Turn("system", system))
    for message in body.get("messages") or []:
        ask.turns += turns_of(message, ask)
    tools = body.get("toolConfig") or {}
    for held in tools.get("tools") or []:
        if "toolSpec" in held:
            spec = held["toolSpec"]
            ask.tools.append(
                Tool(spec["name"], spec.get("description") or "", spec["inputSchema"].get("json"), spec.get("strict"))
            )
        elif "cachePoint" not in held:
            ask.unread.append(f"tool {sorted(held)}")
    read_choice(ask, tools.get("toolChoice") or {})
    more = body.get("additionalModelRequestFields") or {}
    thinking = more.get("thinking") or more.get("reasoning_config") or {}
    ask.budget, ask.effort = thinking.get("budget_tokens"), more.get("reasoning_effort") or ""
    ask.thoughts = True if ask.budget else None
    wanted = ((body.get("outputConfig") or {}).get("textFormat") or {}).get("structure") or {}
    if wanted.get("jsonSchema"):
        schema = wanted["jsonSchema"].get("schema")
        ask.format, ask.format_name = (
            json.loads(schema) if isinstance(schema, str) else schema,
            wanted["jsonSchema"].get("name") or "",
        )
    ask.unread += sorted(set(body) - KNOWN)
    return ask


def read_choice(ask: Ask, wanted: Json) -> None:
    """Which tools may be called."""
    if "tool" in wanted:
        ask.choice = [wanted["tool"]["name"]]
    elif wanted:
        ask.choice = "required" if "any" in wanted else "auto"


def turns_of(message: Json, ask: Ask) -> list[Turn]:
    """A message as a turn; results in it are a turn before it."""
    parts = []
    for held in message.get("content") or []:
        if "cachePoint" in held:
            for part in parts[-1:]:
                part.cache = "ephemeral"
            continue
        part = read_part(held, ask)
        if part:
            parts.append(part)
    results = [part for part in parts if part.kind == "result"]
    rest = [part for part in parts if part.kind != "result"]
    return ([Turn("tool", results)] if results else []) + ([Turn(message["role"], rest)] if rest or not results else [])


def read_part(held: Json, ask: Ask) -> Part | None:
    """One block."""
    if "text" in held:
        return Part("text", text=held["text"])
    if "toolUse" in held:
        call = held["toolUse"]
        return Part("call", id=call["toolUseId"], name=call["name"], value=call.get("input"))
    if "toolResult" in held:
        return read_result(held["toolResult"], ask)
    if "reasoningContent" in held:
        text = held["reasoningContent"].get("reasoningText") or {}
        redacted = held["reasoningContent"].get("redactedContent")
        return Part(
            "thinking",
            text=text.get("text") or "",
            signature=text.get("signature") or redacted or "",
            redacted=bool(redacted),
        )
    if "guardContent" in held:
        return Part("text", text=(held["guardContent"].get("text") or {}).get("text") or "")
    if "citationsContent" in held:
        return Part(
            "text", text="".join(one.get("text") or "" for one in held["citationsContent"].get("content") or [])
        )
    return media(held, ask)


def media(held: Json, ask: Ask) -> Part | None:
    """An image, a document or a film."""
    for kind, neutral in (("image", "image"), ("document", "file"), ("video", "video")):
        if kind in held:
            inner = held[kind]
            source: Any = inner.get("source") or {}
            mime = MIMES.get(inner.get("format") or "", "application/octet-stream")
            data = source.get("bytes") or ""
            text = source.get("text") or "\n".join(one.get("text", "") for one in source.get("content") or [])
            if text:
                data, mime = base64.b64encode(text.encode()).decode(), "text/plain"
            url = (source.get("s3Location") or {}).get("uri") or ""
            return Part(neutral, data=data, mime=mime, url=url, name=inner.get("name") or "")
    ask.unread.append(f"block {sorted(held)}")
    return None


def read_result(held: Json, ask: Ask) -> Part:
    """What a tool gave."""
    part = Part("result", id=held["toolUseId"], error=held.get("status") == "error")
    for inner in held.get("content") or []:
        if "json" in inner:
            part.parts.append(Part("text", text=json.dumps(inner["json"], ensure_ascii=False)))
        elif "searchResult" in inner:
            said = [one.get("text", "") for one in inner["searchResult"].get("content") or []]
            part.parts.append(Part("text", text="\n".join(said)))
        else:
            one = read_part(inner, ask)
            if one:
                part.parts.append(one)
    return part
