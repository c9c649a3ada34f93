"""An answer of Bedrock's Converse. Read only: no client of ours speaks it."""

from __future__ import annotations

from typing import Any

from tests.matrix.neutral import Call, Json, Reply, Usage, parsed, words

FINISH = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool",
    "guardrail_intervened": "filter",
    "content_filtered": "filter",
    "malformed_model_output": "error",
    "malformed_tool_use": "error",
}


def read(objects: list[Json], streamed: bool) -> Reply:
    """``objects`` are the events of a stream, or the one body."""
    if not streamed:
        return whole(objects[0]) if objects else Reply()
    blocks, body = joined(objects)
    for block in blocks:
        if "toolUse" in block:
            block["toolUse"]["input"] = parsed(block["toolUse"].get("input"))
    reply = whole({**body, "output": {"message": {"content": blocks}}})
    reply.error = next((words(found) for found in objects if "exception" in found), None)
    return reply


def joined(objects: list[Json]) -> tuple[list[Json], Json]:
    """A stream's blocks, each whole, and what it says besides."""
    blocks: dict[int, Json] = {}
    body: Json = {}
    for name, event in ((name, event) for found in objects for name, event in found.items()):
        if name == "contentBlockStart":
            start(blocks.setdefault(event["contentBlockIndex"], {}), event.get("start") or {})
        elif name == "contentBlockDelta":
            add(blocks.setdefault(event["contentBlockIndex"], {}), event.get("delta") or {})
        elif name == "messageStop":
            body["stopReason"] = event.get("stopReason")
        elif name == "metadata":
            body["usage"] = event.get("usage")
    return [blocks[at] for at in sorted(blocks)], body


def start(block: Json, begun: Json) -> None:
    """The head of a block: a tool call says its name."""
    if "toolUse" in begun:
        block["toolUse"] = {**begun["toolUse"], "input": ""}


def add(block: Json, delta: Json) -> None:
    """A piece of a block."""
    if "text" in delta:
        block["text"] = block.get("text", "") + delta["text"]
    if "toolUse" in delta:
        block.setdefault("toolUse", {"input": ""})["input"] += delta["toolUse"].get("input") or ""
    if "citation" in delta:
        block.setdefault("citations", []).append(delta["citation"])
    thought = delta.get("reasoningContent") or {}
    if thought:
        held = block.setdefault("reasoningContent", {"reasoningText": {"text": ""}})
        held["reasoningText"]["text"] += thought.get("text") or ""
        held["reasoningText"]["signature"] = thought.get("signature") or held["reasoningText"].get("signature")
        held["redactedContent"] = thought.get("redactedContent") or held.get("redactedContent")


def whole(body: Json) -> Reply:
    """A response."""
    reply = Reply(finish=FINISH.get(body.get("stopReason") or "", "other" if body.get("stopReason") else ""))
    for block in ((body.get("output") or {}).get("message") or {}).get("content") or []:
        take(reply, block)
    if body.get("usage"):
        reply.usage = used(body["usage"])
    return reply


def take(reply: Reply, block: Json) -> None:
    """One block of the content."""
    reply.text += block.get("text") or ""
    if block.get("text"):
        reply.note("text")
    if "toolUse" in block:
        call = block["toolUse"]
        if call.get("type") == "server_tool_use":
            reply.server_tools = True
        else:
            reply.note("call")
            reply.calls.append(Call(call.get("name") or "", parsed(call.get("input")), call.get("toolUseId") or ""))
    if "toolResult" in block:
        reply.server_tools = True
    thought = block.get("reasoningContent") or {}
    text = thought.get("reasoningText") or {}
    reply.reasoning += text.get("text") or ""
    if text.get("text"):
        reply.note("thinking")
    signed = bool(text.get("signature") or thought.get("redactedContent"))
    reply.signed, reply.signatures = reply.signed or signed, reply.signatures + signed
    cited = block.get("citationsContent") or {}
    said = "".join(part.get("text") or "" for part in cited.get("content") or [])
    reply.text += said
    if said:
        reply.note("text")
    for citation in [*(cited.get("citations") or []), *(block.get("citations") or [])]:
        cite(reply, citation)


def cite(reply: Reply, citation: Any) -> None:
    """A place of the text with its source; an address where it has one."""
    reply.citations += 1
    web = ((citation.get("location") or {}).get("web") or {}).get("url") or citation.get("source")
    if web and "://" in web:
        reply.cited.add(web)
        reply.sources.add(web)


def used(usage: Json) -> Usage:
    """Usage: cached and written tokens stand beside the input here."""
    cached, written = usage.get("cacheReadInputTokens"), usage.get("cacheWriteInputTokens")
    plain = usage.get("inputTokens")
    total = None if plain is None else plain + (cached or 0) + (written or 0)
    return Usage(total, usage.get("outputTokens"), cached, written, None)
