"""What requests and answers of Ollama share: tool calls, thoughts, moments, names of parts that it does not have."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from conduit_desktop.wire.dialects.base import Json
from conduit_desktop.wire.dialects.custom import wrapped
from conduit_desktop.wire.dialects.lowering import own
from conduit_desktop.wire.dialects.reading import json_object, json_text, moment
from conduit_desktop.wire.messages import Part, Thinking, ToolCall
from conduit_desktop.wire.node import Node

NAME = "ollama"


def read_call(node: Node, made: str) -> ToolCall:
    """A call; ``made`` is its id where it has none. Arguments are an object; as text they are taken, too."""
    node.get("type")
    function = node.node("function") or Node({}, node.at("function"))
    found = function.get("arguments")
    arguments = found if isinstance(found, str) else json_text(function.table("arguments") or {})
    function.get("index")
    call = ToolCall(id=node.text("id") or made, name=function.need_text("name"), arguments=arguments or "{}")
    signed = node.value.get("extra_content")
    google = signed.get("google") if isinstance(signed, dict) else None
    if isinstance(google, dict) and isinstance(google.get("thought_signature"), str):
        call.signature = google["thought_signature"]
        node.get("extra_content")
    rest = node.rest()
    if left := function.rest():
        rest["function"] = left
    if rest:
        call.extras[NAME] = rest
    return call


def write_call(call: ToolCall, index: int | None = None) -> Json:
    """A call as Ollama writes it; ``index`` its number in an answer."""
    arguments = json_object(wrapped(call.arguments) if call.custom else call.arguments)
    function: Json = {} if index is None else {"index": index}
    function["name"] = call.name
    function["arguments"] = arguments if arguments is not None else {"input": call.arguments}
    rest = own(call.extras, NAME)
    function |= rest.pop("function", {})
    return ({"id": call.id} if call.id else {}) | {"function": function} | rest


def signature_of_call(signature: str) -> Json:
    """The member that carries a call's signature to a client: Google's own translation has it there."""
    return {"extra_content": {"google": {"thought_signature": signature}}} if signature else {}


def read_thinking(node: Node) -> list[Part]:
    """Thoughts. Proofs of other providers come back in ``reasoning_details``, as OpenRouter's clients know them."""
    text = node.text("thinking")
    details = [each for each in node.array("reasoning_details") if isinstance(each, dict)]
    parts: list[Part] = []
    for each in details:
        words, data, signature = (_text(each, name) for name in ("text", "data", "signature"))
        if words or data or signature:
            parts.append(
                Thinking(sections=[words] if words else [], encrypted=data, signature=signature, id=_text(each, "id"))
            )
    if parts or not text:
        return parts
    return [Thinking(sections=[text])]


def thinking_details(parts: list[Thinking]) -> Json:
    """The member that carries proofs to a client; none where there are none."""
    if not any(part.signature or part.encrypted for part in parts):
        return {}
    details = []
    for part in parts:
        if part.encrypted:
            detail = {"type": "reasoning.encrypted", "data": part.encrypted}
        else:
            detail = {"type": "reasoning.text", "text": part.text}
        detail |= {name: value for name in ("signature", "id") if (value := getattr(part, name))}
        details.append(detail)
    return {"reasoning_details": details}


def _text(value: Json, name: str) -> str:
    found = value.get(name)
    return found if isinstance(found, str) else ""


def read_moment(value: Any) -> int | None:
    """``created_at`` as Unix seconds; Go writes up to nine digits of a second."""
    if not isinstance(value, str):
        return None
    try:
        return int(datetime.fromisoformat(value).timestamp())
    except (ValueError, OverflowError, OSError):
        return None


def write_moment(seconds: int) -> str:
    """Unix seconds in RFC 3339, with the fraction that Ollama's clients are used to."""
    return moment(seconds).strftime("%Y-%m-%dT%H:%M:%S.000000Z")


def made_id(created: Any, number: int) -> str:
    """An id for a call that has none, told apart from those of other turns by the moment of the answer."""
    digits = "".join(mark for mark in created if mark.isdigit()) if isinstance(created, str) else ""
    return f"call_{digits}_{number}" if digits else f"call_{number}"
