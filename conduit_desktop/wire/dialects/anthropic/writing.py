"""Parts of an answer into content blocks. Source: type ``ContentBlock`` of the SDK."""

from __future__ import annotations

from typing import Any

from conduit_desktop.wire.dialects.anthropic.carry import AFTER, carrier, on_call, thinking_block
from conduit_desktop.wire.dialects.anthropic.citations import cited_spans, write_citation
from conduit_desktop.wire.dialects.anthropic.words import CUSTOM_INPUT, DIRECT, NAME
from conduit_desktop.wire.dialects.base import Context, ident
from conduit_desktop.wire.dialects.lowering import media_words
from conduit_desktop.wire.dialects.reading import json_object
from conduit_desktop.wire.messages import Choice, Foreign, Media, Part, Refusal, Text, Thinking, ToolCall, ToolResult

Block = dict[str, Any]


def write_blocks(choice: Choice, context: Context) -> list[Block]:
    """The blocks of an answer. Signatures of calls and texts go in blocks of their own, before their parts."""
    out: list[Block] = []
    for part in choice.parts:
        call_id = tool_id(part, context, len(out)) if isinstance(part, ToolCall) else ""
        if part.signature and isinstance(part, Text | ToolCall):
            out.append(carrier(part.signature, on_call(call_id) if call_id else AFTER))
        out += _blocks(part, call_id)
    return out


def _blocks(part: Part, call_id: str) -> list[Block]:
    own = part.extras.get(NAME, {})
    match part:
        case Text():
            spans = cited_spans(part)
            return [{**text_block(text, citations), **own} for text, citations in spans if text or citations]
        case Refusal():
            return [text_block(part.text)] if part.text else []
        case Thinking():
            return [{**thinking_block(part), **own}] if says(part) else []
        case ToolCall():
            return [{**call_block(part, call_id), "input": _arguments(part), **own}]
        case Media():
            words = media_words(part)
            return [text_block(words)] if words else []
        case Foreign():
            return [part.data] if part.dialect == NAME and isinstance(part.data, dict) else []
        case ToolResult():
            return []


def text_block(text: str, citations: list[Any] | None = None) -> Block:
    """A block of words."""
    return {"type": "text", "text": text, "citations": [write_citation(each) for each in citations or ()] or None}


def call_block(part: ToolCall, call_id: str) -> Block:
    """A call whose arguments are still to come."""
    return {"type": "tool_use", "id": call_id, "name": part.name, "input": {}, "caller": DIRECT}


def tool_id(part: ToolCall, context: Context, number: int) -> str:
    """The provider's id; one made of the exchange's seed where it gave none."""
    return part.id or ident("toolu_", "", f"{context.seed}{number}")


def says(part: Thinking) -> bool:
    """Whether there is anything to tell of reasoning."""
    return bool(part.text or part.signature or part.encrypted or part.id)


def _arguments(part: ToolCall) -> Any:
    """The input as an object; what the model wrote instead of one is kept as words."""
    if part.custom:
        return {CUSTOM_INPUT: part.arguments}
    found = json_object(part.arguments)
    return {"arguments": part.arguments} if found is None else found
