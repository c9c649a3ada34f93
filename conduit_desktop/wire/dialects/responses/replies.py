"""A whole answer, both ways.

Format: OpenAI's API reference (responses/object).
"""

from __future__ import annotations

from conduit_desktop.wire.assemble import events_of
from conduit_desktop.wire.dialects.base import Context, Json
from conduit_desktop.wire.dialects.responses.encoder import Encoder
from conduit_desktop.wire.dialects.responses.notes import extras
from conduit_desktop.wire.dialects.responses.outputs import Turn
from conduit_desktop.wire.dialects.responses.usage import read_usage
from conduit_desktop.wire.messages import Choice, Finish, Part, Response, ToolCall
from conduit_desktop.wire.node import Node, missing

_REASONS: dict[str, Finish] = {
    "max_output_tokens": "length",
    "max_tokens": "length",
    "content_filter": "content_filter",
}
_STATUSES: dict[str, Finish] = {"failed": "error", "cancelled": "other", "incomplete": "other"}
_GOING_ON = ("queued", "in_progress")


def decode_response(body: Json) -> Response:
    """An answer's body. Raises BadRequest for what is no answer."""
    node = Node(body)
    if not node.has("output"):
        raise missing("output")
    turn = Turn()
    for item in node.nodes("output"):
        turn.add(item)
    choice = Choice(parts=turn.parts, logprobs=turn.logprobs)
    choice.finish, choice.native_finish = finish_of(body, turn.parts)
    created = node.number("created_at")
    return Response(
        id=node.text("id"),
        model=node.text("model"),
        created=None if created is None else int(created),
        choices=[choice],
        usage=read_usage(node.get("usage"), body),
        service_tier=node.text("service_tier"),
        extras=rest_of(body),
    )


_TOLD = frozenset(
    {"id", "model", "created_at", "output", "usage", "service_tier", "object", "output_text", "error", "status"}
) | {"incomplete_details"}


def rest_of(body: Json, *more: str) -> Json:
    """What an answer says beside its content: the wishes that it echoes, what only its provider knows, and ``more``."""
    return extras({name: value for name, value in body.items() if name not in _TOLD or name in more})


def finish_of(body: Json, parts: list[Part]) -> tuple[Finish | None, str]:
    """How an answer ended, and its own word for it. None while it is still being made (in the background)."""
    status, details = body.get("status"), body.get("incomplete_details")
    if status in _GOING_ON:
        return None, str(status)
    if status == "incomplete" and isinstance(details, dict) and isinstance(details.get("reason"), str):
        return _REASONS.get(details["reason"], "other"), details["reason"]
    if isinstance(status, str) and status in _STATUSES:
        return _STATUSES[status], status
    called = any(isinstance(part, ToolCall) for part in parts)
    return ("tool_calls" if called else "stop"), str(status or "completed")


def encode_response(response: Response, context: Context) -> Json:
    """The answer's body for a client."""
    encoder = Encoder(context)
    for event in events_of(response):
        encoder.take(event)
    return encoder.final
