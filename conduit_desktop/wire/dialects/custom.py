"""Custom tools (OpenAI's, whose input is plain text) in dialects that have functions only: a function with one string
``input``, and the way back.
"""

from __future__ import annotations

import msgspec

from conduit_desktop.wire.dialects.reading import json_object, json_text
from conduit_desktop.wire.messages import Request, Tool, ToolCall

_SCHEMA = {
    "type": "object",
    "properties": {"input": {"type": "string", "description": "The tool's whole input, as plain text."}},
    "required": ["input"],
    "additionalProperties": False,
}


def function_of(tool: Tool) -> Tool:
    """A custom tool as a function. A grammar that its input must follow goes into the description."""
    description = tool.description
    data = tool.data if isinstance(tool.data, dict) else {}
    form = data.get("format")
    if isinstance(form, dict) and isinstance(form.get("definition"), str):
        syntax = form.get("syntax") if isinstance(form.get("syntax"), str) else "given"
        description += f"\n\nThe input must follow this {syntax} grammar:\n{form['definition']}"
    return Tool(name=tool.name, description=description.strip(), parameters=_SCHEMA, cache=tool.cache)


def wrapped(text: str) -> str:
    """A custom tool's input as a function's arguments."""
    return json_text({"input": text})


def unwrapped(arguments: str) -> str:
    """A custom tool's input out of a function's arguments; as they are where they are not what ``wrapped`` gives."""
    found = json_object(arguments)
    if isinstance(found, dict) and isinstance(found.get("input"), str):
        return str(found["input"])
    return "" if found == {} else arguments


def as_asked(call: ToolCall, request: Request) -> ToolCall:
    """A call as the client that sent ``request`` knows its tool: a function's call becomes a custom one where the
    tool is."""
    if call.custom or not any(tool.kind == "custom" and tool.name == call.name for tool in request.tools):
        return call
    return msgspec.structs.replace(call, custom=True, arguments=unwrapped(call.arguments))
