"""Steps, written: of an answer for a client and of the turns of a request for a provider."""

from __future__ import annotations

from conduit_desktop.errors import BadRequest
from conduit_desktop.wire.dialects.base import Json
from conduit_desktop.wire.dialects.custom import wrapped
from conduit_desktop.wire.dialects.interactions.contents import write_content
from conduit_desktop.wire.dialects.interactions.words import NAME
from conduit_desktop.wire.dialects.lowering import own
from conduit_desktop.wire.dialects.reading import json_object
from conduit_desktop.wire.messages import Foreign, Media, Refusal, Text, Thinking, ToolCall


def write_thought(part: Thinking, signature: str) -> Json:
    """The thought step."""
    extras = own(part.extras, NAME)
    summary = [{"type": "text", "text": text} for text in part.sections] + extras.pop("summary", [])
    out: Json = {"type": "thought"}
    if signature:
        out["signature"] = signature
    if summary:
        out["summary"] = summary
    return {**out, **extras}


def write_call(call: ToolCall, ident: str) -> Json:
    """The function call. The API has objects as arguments only; what a model wrote instead is kept as words."""
    found = json_object(wrapped(call.arguments) if call.custom else call.arguments)
    arguments = {"arguments": call.arguments} if found is None else found
    return {"type": "function_call", "id": ident, "name": call.name, "arguments": arguments, **own(call.extras, NAME)}


def write_said(part: Text | Refusal | Media) -> list[Json]:
    """What a model said, as contents of an answer. A file of another provider's cannot be named."""
    try:
        out = write_content(part)
    except BadRequest:
        return []
    if isinstance(part, Media) and part.transcript and (part.data or part.url or part.file_id):
        out.append({"type": "text", "text": part.transcript})
    return out


def write_foreign(part: Foreign) -> Json | None:
    """A step of this dialect's that was kept whole; None for another's."""
    return dict(part.data) if part.dialect == NAME and isinstance(part.data, dict) else None
