"""An answer in Anthropic's Messages."""

from __future__ import annotations

from typing import Any

from tests.matrix.neutral import Call, Json, Reply, Usage, parsed, words

FINISH = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool",
    "refusal": "filter",
    "pause_turn": "pause",
}


def read(objects: list[Json], streamed: bool) -> Reply:
    """``objects`` are the events of a stream, or the one body."""
    if not streamed:
        return whole(objects[0]) if objects else Reply()
    blocks: dict[int, Json] = {}
    body: Json = {"usage": {}}
    error = None
    for found in objects:
        kind = found.get("type")
        if kind == "message_start":
            body = {**found["message"], "usage": dict(found["message"].get("usage") or {})}
        elif kind == "content_block_start":
            blocks[found["index"]] = {**found["content_block"], "pieces": ""}
        elif kind == "content_block_delta":
            add(blocks.setdefault(found["index"], {"pieces": ""}), found["delta"])
        elif kind == "message_delta":
            body["stop_reason"] = (found.get("delta") or {}).get("stop_reason") or body.get("stop_reason")
            body["usage"] |= {name: value for name, value in (found.get("usage") or {}).items() if value is not None}
        elif kind == "error" or "exception" in found:
            error = words(found)
    body["content"] = [blocks[index] for index in sorted(blocks)]
    for block in body["content"]:
        if block.get("pieces"):
            block["input"] = parsed(block["pieces"])
    reply = whole(body)
    reply.error = error
    return reply


def add(block: Json, delta: Json) -> None:
    """A piece of a block."""
    kind = delta.get("type")
    if kind == "text_delta":
        block["text"] = (block.get("text") or "") + delta["text"]
    elif kind == "thinking_delta":
        block["thinking"] = (block.get("thinking") or "") + delta["thinking"]
    elif kind == "signature_delta":
        block["signature"] = delta["signature"]
    elif kind == "input_json_delta":
        block["pieces"] += delta["partial_json"]
    elif kind == "citations_delta":
        block["citations"] = [*(block.get("citations") or []), delta["citation"]]


def whole(body: Json) -> Reply:
    """A message."""
    reply = Reply(finish=FINISH.get(body.get("stop_reason") or "", "other" if body.get("stop_reason") else ""))
    if body.get("type") == "error":
        reply.error = words(body)
    for block in body.get("content") or []:
        take(reply, block)
    if body.get("usage"):
        reply.usage = used(body["usage"])
    return reply


def take(reply: Reply, block: Json) -> None:
    """One block of the content."""
    kind = str(block.get("type"))
    if kind == "text":
        reply.text += block.get("text") or ""
        if block.get("text"):
            reply.note("text")
        for citation in block.get("citations") or []:
            reply.citations += 1
            url = citation.get("url") or (
                citation.get("source") if citation.get("type") == "search_result_location" else ""
            )
            if url:
                reply.cited.add(url)
                reply.sources.add(url)
    elif kind in ("thinking", "redacted_thinking"):
        reply.reasoning += block.get("thinking") or ""
        if block.get("thinking"):
            reply.note("thinking")
        signed = bool(block.get("signature") or block.get("data"))
        reply.signed, reply.signatures = reply.signed or signed, reply.signatures + signed
    elif kind == "tool_use":
        reply.note("call")
        reply.calls.append(Call(block["name"], parsed(block.get("input")), block.get("id") or ""))
    elif kind.endswith(("server_tool_use", "mcp_tool_use", "_tool_result")):
        reply.server_tools = True
        results(reply, block.get("content"))


def results(reply: Reply, content: Any) -> None:
    """The addresses that a search of the provider's found."""
    for result in content if isinstance(content, list) else []:
        if isinstance(result, dict) and result.get("type") == "web_search_result" and result.get("url"):
            reply.sources.add(result["url"])


def used(usage: Json) -> Usage:
    """Usage: cached and written tokens stand beside the input here."""
    cached, written = usage.get("cache_read_input_tokens"), usage.get("cache_creation_input_tokens")
    plain = usage.get("input_tokens")
    reasoning = (usage.get("output_tokens_details") or {}).get("thinking_tokens")
    total = None if plain is None else plain + (cached or 0) + (written or 0)
    return Usage(total, usage.get("output_tokens"), cached, written, reasoning)
