"""A whole answer, both ways. Source: ai.google.dev/api/interactions-api#Resource:Interaction."""

from __future__ import annotations

from conduit_desktop.wire.dialects.base import Context, Json, ident
from conduit_desktop.wire.dialects.gemini.words import read_tier, write_tier
from conduit_desktop.wire.dialects.interactions.signatures import beside, seal
from conduit_desktop.wire.dialects.interactions.steps import read_steps
from conduit_desktop.wire.dialects.interactions.usage import read_usage, write_usage
from conduit_desktop.wire.dialects.interactions.words import NAME, read_status, read_time, write_status, write_time
from conduit_desktop.wire.dialects.interactions.writing import write_call, write_foreign, write_said, write_thought
from conduit_desktop.wire.messages import (
    Choice,
    Foreign,
    Media,
    Part,
    Refusal,
    Response,
    Text,
    Thinking,
    ToolCall,
)
from conduit_desktop.wire.node import Node, invalid
from conduit_desktop.wire.usage import Usage

_ECHOES = frozenset(
    {"input", "system_instruction", "tools", "generation_config", "response_format", "response_mime_type"}
    | {"response_modalities", "output_text", "output_image", "output_audio", "output_video"}
    | {"role", "object", "updated"}
)
"""What an answer repeats of the request, or of itself."""


def decode_response(body: Json) -> Response:
    """A provider's answer."""
    node = Node(body)
    status = node.text("status")
    if not status and not node.has("steps"):
        raise invalid("steps", "is missing")
    parts = read_steps(node.array("steps"), "steps")
    called = any(isinstance(part, ToolCall) for part in parts)
    for number, part in enumerate(parts):
        if isinstance(part, ToolCall) and not part.id:
            part.id = f"call_{node.text('id')}_{number}"
    extras = frame_extras(node)
    return Response(
        id=node.text("id"),
        model=node.text("model"),
        created=read_time(node.get("created")),
        choices=[Choice(parts=parts, finish=read_status(status, called), native_finish=status)],
        usage=read_usage(node.get("usage"), node.get("service_tier")),
        service_tier=read_tier(node.get("service_tier")),
        extras={NAME: extras} if extras else {},
    )


def frame_extras(node: Node) -> Json:
    """What only this dialect tells of an answer."""
    for name in ("id", "model", "status", "steps", "created", "usage", "service_tier"):
        node.get(name)
    return {name: value for name, value in node.rest().items() if name not in _ECHOES and value not in ({}, [], "")}


def encode_response(response: Response, context: Context) -> Json:
    """The answer for a client, of which it gets the first choice: it cannot have asked for more."""
    choice = response.choices[0] if response.choices else Choice()
    usage = response.usage or Usage(input=context.input_tokens, estimated=True)
    steps = write_steps(choice.parts, context)
    if usage.reasoning and not any(step["type"] == "thought" for step in steps):
        steps.insert(0, {"type": "thought"})  # as Google tells thoughts that it does not show
    called = any(isinstance(part, ToolCall) for part in choice.parts)
    created = context.now if response.created is None else response.created
    out = frame(response.id, response.model, context, write_status(choice.finish, choice.native_finish, called))
    out |= {"created": write_time(created), "updated": write_time(created), "steps": steps}
    if tier := write_tier(response.service_tier):
        out["service_tier"] = tier
    return {**out, "usage": write_usage(usage), **(response.extras.get(NAME) or {})}


def frame(given: str, model: str, context: Context, status: str) -> Json:
    """What every telling of an interaction says of it."""
    return {
        "id": ident("v1_", given, context.seed),
        "object": "interaction",
        "model": model or context.request.model,
        "status": status,
    }


def write_steps(parts: list[Part], context: Context) -> list[Json]:
    """The steps of an answer. What is said in one go stands in one."""
    out: list[Json] = []
    for number, part in enumerate(parts):
        if part.signature and not isinstance(part, Thinking):
            out.append(beside(part.signature))
        match part:
            case Text() | Refusal() | Media():
                if not (content := write_said(part)):
                    continue
                if out and out[-1]["type"] == "model_output":
                    out[-1]["content"] += content
                else:
                    out.append({"type": "model_output", "content": content})
            case Thinking():
                out.append(write_thought(part, seal(part)))
            case ToolCall():
                out.append(write_call(part, call_id(part, number, context)))
            case Foreign():
                if (step := write_foreign(part)) is not None:
                    out.append(step)
            case _:
                pass  # an answer holds no results of functions
    return out


def call_id(part: ToolCall, number: int, context: Context) -> str:
    """The provider's id; one made of the exchange's seed where it gave none."""
    return part.id or f"call_{context.seed}_{number}"
