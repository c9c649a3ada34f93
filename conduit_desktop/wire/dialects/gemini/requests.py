"""A client's ``generateContent`` request, read. Source: ai.google.dev/api/generate-content#request-body.

Calls seldom have ids in this dialect, while every other needs them: a call gets one of its place in the conversation,
and a result that of the first call of its name that still waits.
"""

from __future__ import annotations

from typing import Any

from conduit_desktop.wire.dialects.base import Json
from conduit_desktop.wire.dialects.gemini.config import read_config
from conduit_desktop.wire.dialects.gemini.parts import joined, read_parts
from conduit_desktop.wire.dialects.gemini.tools import read_choice, read_tools
from conduit_desktop.wire.dialects.gemini.words import NAME, read_tier
from conduit_desktop.wire.messages import Message, Part, Request, Role, Text, ToolCall, ToolResult
from conduit_desktop.wire.node import Node, invalid, misfit, missing

_ROLES: dict[str, Role] = {
    "": "user",
    "user": "user",
    "function": "user",
    "tool": "user",
    "model": "assistant",
    "system": "system",
}


def decode_request(body: Json, model: str | None = None, stream: bool | None = None) -> Request:
    """The request in the canonical form; ``model`` and ``stream`` are what its address said."""
    node = Node(body)
    request = Request(model=model or node.text("model").removeprefix("models/"), stream=bool(stream))
    own: Json = {}
    if stream:
        request.stream_usage = True
    system = node.get("systemInstruction", "system_instruction")
    if system is not None and (parts := _parts(_content(system, "systemInstruction"))):
        request.messages.append(Message(role="system", parts=parts))
    request.messages += _Turns().read(node)
    request.tools = read_tools(node.nodes("tools"))
    request.tool_choice, tool_rest = read_choice(node.node("toolConfig", "tool_config"))
    config = node.node("generationConfig", "generation_config")
    config_rest = {} if config is None else read_config(config, request)
    request.service_tier = read_tier(node.text("serviceTier", "service_tier"))
    if labels := node.table("labels"):
        request.metadata = labels
    node.get("model")
    for name, value in (("toolConfig", tool_rest), ("generationConfig", config_rest), *node.rest().items()):
        if value != {}:
            own[name] = value
    if own:
        request.extras[NAME] = own
    return request


def _content(found: Any, path: str) -> Node:
    """A content, be it given as one, as a part, as a list of parts or as a mere string."""
    if isinstance(found, str):
        found = {"parts": [{"text": found}]}
    elif isinstance(found, list):
        found = {"parts": found}
    elif isinstance(found, dict) and "parts" not in found and "role" not in found:
        found = {"parts": [found]} if found else {}
    return Node(found, path)


def _parts(content: Node, *, models: bool = False) -> list[Part]:
    """The parts of a content; of a ``models`` turn also the thoughts that its calls carry."""
    told = content.get("parts")
    if isinstance(told, str):
        return [Text(text=told)]
    listed = [told] if isinstance(told, dict) else content.array("parts")
    out: list[Part] = []
    for at, each in enumerate(listed):
        path = f"{content.at('parts')}[{at}]"
        if isinstance(each, str):
            out.append(Text(text=each))
        else:
            found = read_parts(Node(each, path))
            out += found if models else found[-1:]
    return [part for part in out if not _silent(part)]


def _silent(part: Part) -> bool:
    """Empty words say nothing, and other providers refuse them."""
    return isinstance(part, Text) and not (part.text or part.signature or part.extras)


class _Turns:
    """Reads the contents, and knows which calls wait for their results."""

    def __init__(self) -> None:
        self._waiting: list[ToolCall] = []
        self._given: dict[str, str] = {}

    def read(self, node: Node) -> list[Message]:
        found = node.get("contents")
        if found is None:
            raise missing("contents")
        if isinstance(found, str | dict):
            found = [found]
        if not isinstance(found, list):
            raise misfit("contents", "an array of contents", found)
        out: list[Message] = []
        for at, each in enumerate(found):
            content = _content(each, f"contents[{at}]")
            role = content.text("role").lower()
            if role not in _ROLES:
                raise invalid(content.at("role"), "is neither user nor model")
            for message in self._messages(_ROLES[role], _parts(content, models=role == "model"), at):
                if message.role == "assistant" and out and out[-1].role == "assistant":
                    out[-1].parts += message.parts  # clients keep the chunks of a stream as contents of their own
                else:
                    out.append(message)
        for message in out:
            if message.role == "assistant":
                message.parts = joined(message.parts)
        return out

    def _messages(self, role: Role, parts: list[Part], turn: int) -> list[Message]:
        """The messages of one content: results stand in messages of their own."""
        out: list[Message] = []
        calls = results = 0
        for part in parts:
            if isinstance(part, ToolCall):
                self._call(part, f"call_{turn}_{calls}")
                calls += 1
            elif isinstance(part, ToolResult):
                self._result(part, f"call_{turn}_{results}")
                results += 1
            wanted: Role = "tool" if isinstance(part, ToolResult) else role
            if not out or out[-1].role != wanted:
                out.append(Message(role=wanted))
            out[-1].parts.append(part)
        return out or [Message(role=role)]

    def _call(self, call: ToolCall, made: str) -> None:
        if call.id:
            self._given[call.id] = call.id
        else:
            call.id = made
        self._waiting.append(call)

    def _result(self, result: ToolResult, made: str) -> None:
        named = [call for call in self._waiting if call.name == result.name]
        same = [call for call in self._waiting if call.id == result.call_id] if result.call_id else []
        # A client may give a result an id that it never gave the call.
        free = named if result.call_id else named or self._waiting
        found = same or ([] if result.call_id in self._given else free)
        if found:
            call = found[0]
            self._waiting.remove(call)
            result.call_id, result.name = call.id, result.name or call.name
        result.call_id = result.call_id or made
