"""An answer in Cohere's chat, version 2."""

from __future__ import annotations

from typing import Any

from tests.matrix.neutral import Call, Json, Reply, Usage, parsed, words

FINISH = {
    "COMPLETE": "stop",
    "STOP_SEQUENCE": "stop",
    "MAX_TOKENS": "length",
    "TOOL_CALL": "tool",
    "ERROR": "error",
    "TIMEOUT": "error",
}


def read(objects: list[Json], streamed: bool) -> Reply:
    """``objects`` are the events of a stream, or the one body."""
    if not streamed:
        return whole(objects[0]) if objects else Reply()
    message: Json = {"content": [], "tool_calls": [], "citations": [], "tool_plan": ""}
    body: Json = {"message": message}
    calls: dict[Any, Json] = {}
    blocks: dict[Any, Json] = {}
    error = None
    for found in objects:
        delta = found.get("delta") or {}
        said = delta.get("message") or {}
        kind = str(found.get("type"))
        at = found.get("index")
        if kind.startswith("content-"):
            block(blocks, at, said.get("content") or {})
        elif kind == "tool-plan-delta":
            message["tool_plan"] += said.get("tool_plan") or ""
        elif kind.startswith("tool-call-"):
            call(calls, at, said.get("tool_calls"))
        elif kind == "citation-start":
            message["citations"].append(said.get("citations"))
        elif kind == "message-end":
            body |= {"finish_reason": delta.get("finish_reason"), "usage": delta.get("usage")}
            error = delta.get("error") or error
    message["content"] = [blocks[at] for at in sorted(blocks, key=str)]
    message["tool_calls"] = [calls[at] for at in sorted(calls, key=str)]
    reply = whole(body)
    reply.error = words(error) if error else None
    return reply


def block(blocks: dict[Any, Json], at: Any, said: Json) -> None:
    """A piece of a content block."""
    held = blocks.setdefault(at, {"text": "", "thinking": ""})
    held["text"] += said.get("text") or ""
    held["thinking"] += said.get("thinking") or ""


def call(calls: dict[Any, Json], at: Any, said: Any) -> None:
    """A piece of a tool call (the SDK gives a list where the wire has an object)."""
    said = (said[0] if said else {}) if isinstance(said, list) else said or {}
    function = said.get("function") or {}
    held = calls.setdefault(at, {"id": "", "function": {"name": "", "arguments": ""}})
    held["id"] = said.get("id") or held["id"]
    held["function"]["name"] += function.get("name") or ""
    held["function"]["arguments"] += function.get("arguments") or ""


def whole(body: Json) -> Reply:
    """A response."""
    message = body.get("message") or {}
    reply = Reply(finish=FINISH.get(body.get("finish_reason") or "", "other" if body.get("finish_reason") else ""))
    if isinstance(message, str):
        reply.error = message
        return reply
    for part in message.get("content") or []:
        reply.text += part.get("text") or ""
        reply.reasoning += part.get("thinking") or ""
    reply.plan = message.get("tool_plan") or ""
    for found in message.get("tool_calls") or []:
        function = found.get("function") or {}
        reply.calls.append(Call(function.get("name") or "", parsed(function.get("arguments")), found.get("id") or ""))
    for citation in message.get("citations") or []:
        for one in citation if isinstance(citation, list) else [citation]:
            cite(reply, one)
    reply.logprobs = len(body.get("logprobs") or [])
    if body.get("usage"):
        reply.usage = used(body["usage"])
    return reply


def cite(reply: Reply, citation: Json) -> None:
    """A place of the text with its sources."""
    reply.citations += 1
    for source in citation.get("sources") or []:
        held = source.get("document") or source.get("tool_output") or {}
        url = held.get("url") if isinstance(held, dict) else None
        if isinstance(url, str) and url:
            reply.cited.add(url)
            reply.sources.add(url)


def used(usage: Json) -> Usage:
    """Usage: what went through the model, and what is billed, are both said; either will do."""
    tokens, billed = usage.get("tokens") or {}, usage.get("billed_units") or {}

    def count(name: str) -> int | None:
        value = tokens.get(name, billed.get(name))
        return None if value is None else int(value)

    cached = usage.get("cached_tokens")
    reasoning = tokens.get("reasoning_tokens")
    also = {
        name: [int(billed[field])]
        for name, field in (("input", "input_tokens"), ("output", "output_tokens"))
        if billed.get(field) is not None
    }
    return Usage(
        count("input_tokens"),
        count("output_tokens"),
        None if cached is None else int(cached),
        None,
        None if reasoning is None else int(reasoning),
        also,
    )
