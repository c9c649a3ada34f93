"""Whole answers, both ways. Source: type ``Message`` of the SDK with its beta members; docs "Messages API"."""

from __future__ import annotations

from typing import Any

from conduit_desktop.wire.dialects.anthropic.reading import read_content
from conduit_desktop.wire.dialects.anthropic.usage import left_over, read_usage, write_usage
from conduit_desktop.wire.dialects.anthropic.words import FINISHES, NAME, own, stop_reason, tier_given, tier_read
from conduit_desktop.wire.dialects.anthropic.writing import write_blocks
from conduit_desktop.wire.dialects.base import Context, Json, ident
from conduit_desktop.wire.messages import Choice, Refusal, Response, ToolCall
from conduit_desktop.wire.node import Node, missing
from conduit_desktop.wire.usage import Usage

LATE = ("stop_details", "container", "context_management")
"""Members that a stream tells with its end."""


def decode_response(body: Json) -> Response:
    """Read an answer."""
    node = Node(body)
    if not node.has("content"):
        raise missing("content")
    node.get("type", "role")
    native = node.text("stop_reason")
    choice = Choice(
        parts=read_content(node),
        finish=FINISHES.get(native, "other") if native else None,
        native_finish=native,
        stop_sequence=node.text("stop_sequence"),
        extras=own({name: value for name in LATE if (value := node.get(name)) is not None}),
    )
    usage = node.table("usage")
    response = Response(id=node.text("id"), model=node.text("model"), choices=[choice])
    rest: dict[str, Any] = {}
    if usage is not None:
        response.usage = read_usage(usage)
        response.service_tier = read_tier(usage)
        rest = {"usage": left} if (left := left_over(usage)) else {}
    response.extras = own({**node.rest(), **rest})
    return response


def read_tier(usage: dict[str, Any]) -> str:
    """The service tier that a usage names."""
    tier = usage.get("service_tier")
    return tier_read(tier) if isinstance(tier, str) else ""


def encode_response(response: Response, context: Context) -> Json:
    """Write an answer; this dialect has one choice."""
    choice = response.choices[0] if response.choices else Choice(finish="stop")
    reason = stop_reason(
        choice.finish,
        choice.native_finish,
        calls=any(isinstance(part, ToolCall) for part in choice.parts),
        refused=any(isinstance(part, Refusal) for part in choice.parts),
    )
    out = message(
        response.id, response.model, response.usage, response.service_tier, response.extras.get(NAME, {}), context
    )
    out["content"] = write_blocks(choice, context)
    out["stop_reason"] = reason
    out["stop_sequence"] = choice.stop_sequence or None
    out.update(choice.extras.get(NAME, {}))
    return out


def message(
    given: str, model: str, usage: Usage | None, tier: str, extras: dict[str, Any], context: Context
) -> dict[str, Any]:
    """A message without content: what a stream starts with."""
    counted = usage or Usage(input=context.input_tokens, estimated=True)
    rest = extras.get("usage", {})
    return {
        "id": ident("msg_", given, context.seed),
        "type": "message",
        "role": "assistant",
        "model": model or context.request.model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "stop_details": None,
        "container": None,
        **{name: value for name, value in extras.items() if name != "usage"},
        "usage": write_usage(counted, tier_given(tier), rest),
    }
