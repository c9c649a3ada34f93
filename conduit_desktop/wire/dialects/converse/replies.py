"""Answers of Converse: whole ones to the canonical form and back, and their usage and stop reasons, which streams
share.

Source: the shapes ConverseResponse, TokenUsage and StopReason of Amazon's service model ``bedrock-runtime``.
``inputTokens`` leaves cached tokens out; ``totalTokens`` has them in (recordings, and Bedrock's "Prompt caching").
"""

from __future__ import annotations

from typing import Any

from conduit_desktop.wire.dialects.base import Context, Json
from conduit_desktop.wire.dialects.converse.content import ANSWER_TOOL, Writer, parts
from conduit_desktop.wire.dialects.converse.families import family
from conduit_desktop.wire.dialects.converse.media import NAME
from conduit_desktop.wire.dialects.reading import count
from conduit_desktop.wire.messages import Choice, Finish, Response, Text, ToolCall
from conduit_desktop.wire.node import Node, invalid
from conduit_desktop.wire.usage import Usage, service_of

_FINISHES: dict[str, Finish] = {
    "end_turn": "stop",
    "tool_use": "tool_calls",
    "max_tokens": "length",
    "stop_sequence": "stop_sequence",
    "guardrail_intervened": "content_filter",
    "content_filtered": "content_filter",
    "malformed_model_output": "error",
    "malformed_tool_use": "malformed_call",
    "model_context_window_exceeded": "context_length",
}
_REASONS: dict[Finish, str] = {
    "stop": "end_turn",
    "tool_calls": "tool_use",
    "length": "max_tokens",
    "stop_sequence": "stop_sequence",
    "content_filter": "content_filtered",
    "refusal": "content_filtered",
    "error": "malformed_model_output",
    "malformed_call": "malformed_tool_use",
    "context_length": "model_context_window_exceeded",
}
KEPT = ("metrics", "trace", "additionalModelResponseFields", "performanceConfig")
"""Members of an answer that only this dialect has."""
CLIENT = family("anthropic.claude")
"""A client of this dialect is written all that it has words for."""


def finish_of(reason: str) -> Finish:
    return _FINISHES.get(reason, "other")


def reason_of(finish: Finish | None, native: str) -> str:
    """The stop reason to tell a client: the provider's own word where it is one of this dialect's for it."""
    if native in _FINISHES and (finish is None or _FINISHES[native] == finish):
        return native
    return _REASONS.get(finish or "stop", "end_turn")


def stop_sequence(more: Any) -> str:
    """The sequence that ended the answer, among ``additionalModelResponseFields`` when it was asked for there."""
    found = more.get("stop_sequence") if isinstance(more, dict) else None
    return found if isinstance(found, str) else ""


def read_usage(raw: Any, tier: Any = None) -> Usage | None:
    """Usage in its one form; None where there is none. ``tier`` is ``serviceTier``, beside it."""
    if not isinstance(raw, dict):
        return None
    read, written = count(raw.get("cacheReadInputTokens")), count(raw.get("cacheWriteInputTokens"))
    details = raw.get("cacheDetails")
    return Usage(
        input=count(raw.get("inputTokens")) + read + written,
        output=count(raw.get("outputTokens")),
        cached_read=read,
        cache_write=written,
        cache_write_1h=sum(
            count(each.get("inputTokens"))
            for each in (details if isinstance(details, list) else ())
            if isinstance(each, dict) and each.get("ttl") == "1h"
        ),
        service=service_of(tier_of(tier)),
    )


def write_usage(usage: Usage | None) -> Json:
    usage = usage or Usage()
    found: Json = {
        "inputTokens": max(usage.input - usage.cached_read - usage.cache_write, 0),
        "outputTokens": usage.output,
        "totalTokens": usage.total,
        "cacheReadInputTokens": usage.cached_read,
        "cacheWriteInputTokens": usage.cache_write,
    }
    if usage.cache_write:
        kinds = {"5m": usage.cache_write - usage.cache_write_1h, "1h": usage.cache_write_1h}
        found["cacheDetails"] = [{"ttl": ttl, "inputTokens": tokens} for ttl, tokens in kinds.items() if tokens > 0]
    return found


def tier_of(raw: Any) -> str:
    found = raw.get("type") if isinstance(raw, dict) else None
    return found if isinstance(found, str) else ""


def decode_response(body: Json) -> Response:
    """See ``base.Dialect``."""
    node = Node(body)
    output = node.node("output")
    message = output.node("message") if output is not None else None
    if message is None:
        raise invalid("output", "holds no message")
    nodes = message.nodes("content")
    reason = node.text("stopReason")
    finish = finish_of(reason)
    found = [part for part in parts(nodes) if not isinstance(part, Text) or part.text or part.citations]
    if finish == "tool_calls" and not any(isinstance(part, ToolCall) for part in found) and answered(nodes):
        finish = "stop"
    more = node.get("additionalModelResponseFields")
    return Response(
        choices=[
            Choice(parts=found, finish=finish, native_finish=reason, stop_sequence=stop_sequence(more)),
        ],
        usage=read_usage(node.get("usage"), node.get("serviceTier")),
        service_tier=tier_of(node.get("serviceTier")),
        extras=kept(body),
    )


def answered(nodes: list[Node]) -> bool:
    """Whether the answer came as the input of the tool that stands in for structured output."""
    calls = [each.value["toolUse"] for each in nodes if isinstance(each.value.get("toolUse"), dict)]
    return any(call.get("name") == ANSWER_TOOL for call in calls)


def kept(body: Json) -> Json:
    found = {name: body[name] for name in KEPT if body.get(name) is not None}
    return {NAME: found} if found else {}


def encode_response(response: Response, context: Context) -> Json:
    """See ``base.Dialect``."""
    choice = response.choices[0] if response.choices else Choice()
    own = response.extras.get(NAME)
    body: Json = {
        "metrics": {"latencyMs": 0},
        "output": {"message": {"role": "assistant", "content": blocks(choice, context)}},
        "stopReason": reason_of(choice.finish, choice.native_finish),
        "usage": write_usage(response.usage),
    }
    if isinstance(own, dict):
        body |= own
    if choice.stop_sequence:
        body.setdefault("additionalModelResponseFields", {"stop_sequence": choice.stop_sequence})
    if response.service_tier:
        body["serviceTier"] = {"type": response.service_tier}
    return body


def blocks(choice: Choice, context: Context) -> list[Json]:
    """The content blocks of one answer, with an id for every tool call."""
    found = Writer(CLIENT, answer=True).blocks(choice.parts)
    for number, block in enumerate(found):
        call = block.get("toolUse")
        if isinstance(call, dict) and not call["toolUseId"]:
            call["toolUseId"] = f"tooluse_{context.seed}{number}"
    return found
