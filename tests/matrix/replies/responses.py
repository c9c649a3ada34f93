"""An answer in OpenAI's Responses."""

from __future__ import annotations

from tests.matrix.neutral import Call, Json, Reply, Usage, parsed, words

ENDS = ("response.completed", "response.incomplete", "response.failed")
SERVER = (
    "web_search_call",
    "file_search_call",
    "code_interpreter_call",
    "mcp_call",
    "mcp_list_tools",
    "image_generation_call",
    "tool_search_call",
    "computer_call",
    "local_shell_call",
)


def read(objects: list[Json], streamed: bool) -> Reply:
    """``objects`` are the events of a stream, or the one body. A stream's own pieces must add up to what its last event
    holds; where that has no output, the pieces are the answer."""
    if not streamed:
        return whole(objects[0]) if objects else Reply()
    last = next((found["response"] for found in reversed(objects) if found.get("type") in ENDS), None)
    items = pieces(objects)
    body = dict(last or {})
    if not body.get("output"):
        body["output"] = items
    reply = whole(body)
    for found in objects:
        if found.get("type") == "error" or "error" in found:
            reply.error = words(found.get("error") or found)
    if last is None:
        reply.finish = ""
    return reply


def pieces(objects: list[Json]) -> list[Json]:
    """The items that a stream finished, in order."""
    done = [found for found in objects if found.get("type") == "response.output_item.done"]
    return [found["item"] for found in sorted(done, key=lambda found: found.get("output_index") or 0)]


def whole(body: Json) -> Reply:
    """A response object."""
    reply = Reply()
    for item in body.get("output") or []:
        take(reply, item)
    status = body.get("status")
    reason = (body.get("incomplete_details") or {}).get("reason")
    if status == "incomplete":
        reply.finish = {"max_output_tokens": "length", "content_filter": "filter"}.get(reason or "", "other")
    elif status == "failed":
        reply.finish = "error"
    elif status == "completed":
        reply.finish = "tool" if reply.calls else "stop"
    if body.get("error"):
        reply.error = words(body["error"])
    if body.get("usage"):
        reply.usage = used(body["usage"])
    return reply


def take(reply: Reply, item: Json) -> None:
    """One item of the output."""
    kind = item.get("type")
    if kind == "message":
        message(reply, item)
    elif kind == "reasoning":
        said = item.get("content") or item.get("summary") or []
        reply.reasoning += "".join(part.get("text") or "" for part in said)
        if any(part.get("text") for part in said):
            reply.note("thinking")
        signed = bool(item.get("encrypted_content"))
        reply.signed, reply.signatures = reply.signed or signed, reply.signatures + signed
    elif kind == "function_call":
        reply.note("call")
        reply.calls.append(Call(item["name"], parsed(item.get("arguments")), item.get("call_id") or ""))
    elif kind in SERVER:
        reply.server_tools = True
        reply.media += kind == "image_generation_call"
        for source in (item.get("action") or {}).get("sources") or []:
            if source.get("url"):
                reply.sources.add(source["url"])


def message(reply: Reply, item: Json) -> None:
    """A message item."""
    for part in item.get("content") or []:
        if part.get("text") or part.get("refusal"):
            reply.note("text")
        reply.text += part.get("text") or "" if part.get("type") == "output_text" else ""
        reply.refusal += part.get("refusal") or ""
        reply.logprobs += len(part.get("logprobs") or [])
        for annotation in part.get("annotations") or []:
            cite(reply, annotation)


def cite(reply: Reply, annotation: Json) -> None:
    """An annotation: an address, or a place in a file."""
    reply.citations += 1
    if annotation.get("url"):
        reply.cited.add(annotation["url"])
        reply.sources.add(annotation["url"])


def used(usage: Json) -> Usage:
    """Usage: the input holds cached tokens, the output reasoning."""
    inside = usage.get("input_tokens_details") or {}
    outside = usage.get("output_tokens_details") or {}
    return Usage(
        usage.get("input_tokens"),
        usage.get("output_tokens"),
        inside.get("cached_tokens"),
        inside.get("cache_write_tokens"),
        outside.get("reasoning_tokens"),
    )
