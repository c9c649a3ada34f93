"""An answer of Ollama's own chat."""

from __future__ import annotations

from tests.matrix.neutral import Call, Json, Reply, Usage, parsed, words


def read(objects: list[Json], streamed: bool) -> Reply:
    """``objects`` are the lines of a stream, or the one body."""
    reply = Reply()
    for found in objects:
        if found.get("error"):
            reply.error = words(found)
        message = found.get("message") or {}
        reply.text += message.get("content") or ""
        reply.reasoning += message.get("thinking") or ""
        for call in message.get("tool_calls") or []:
            function = call.get("function") or {}
            reply.calls.append(
                Call(function.get("name") or "", parsed(function.get("arguments")), call.get("id") or "")
            )
        reply.logprobs += len(found.get("logprobs") or [])
        if found.get("done"):
            reason = found.get("done_reason") or "stop"
            reply.finish = {"stop": "stop", "length": "length"}.get(reason, "other")
            reply.usage = Usage(found.get("prompt_eval_count"), found.get("eval_count"))
    if reply.calls and reply.finish == "stop":
        reply.finish = "tool"
    return reply
