"""Requests of Ollama's chat, read. Format: https://docs.ollama.com/api/chat, and ``api/types.go`` of ollama/ollama."""

from __future__ import annotations

from typing import Any

from conduit_desktop.wire.dialects.base import Json
from conduit_desktop.wire.dialects.ollama.blocks import NAME, read_call, read_thinking
from conduit_desktop.wire.dialects.reading import data_url, standard_base64
from conduit_desktop.wire.messages import Format, Media, Message, Part, Reasoning, Request, Text, Tool, ToolResult
from conduit_desktop.wire.node import Node, invalid, misfit

_MAGIC = {"/9j/": "image/jpeg", "iVBOR": "image/png", "R0lGOD": "image/gif", "UklGR": "image/webp"}
"""How the base64 of an image begins: Ollama is not told the type."""


def decode_request(body: Json, model: str | None = None, stream: bool | None = None) -> Request:
    """The request that ``body`` is. Raises BadRequest naming the field that does not fit."""
    node = Node(body)
    request = basis(node, model, stream)
    request.messages = _Turns().read(node.nodes("messages"))
    request.tools = [_tool(each) for each in node.nodes("tools")]
    keep_rest(request, node)
    return request


def basis(node: Node, model: str | None, stream: bool | None) -> Request:
    """What chat and generate share. Streaming is what Ollama does unless it is told not to."""
    request = Request(
        model=model or node.need_text("model"),
        stream=node.flag("stream") is not False if stream is None else stream,
        format=_format(node),
        reasoning=_reasoning(node),
        logprobs=node.flag("logprobs"),
        top_logprobs=node.whole("top_logprobs"),
    )
    node.get("model", "stream")
    options = node.node("options")
    if options is not None:
        _options(request, options)
    return request


def keep_rest(request: Request, node: Node) -> None:
    """Keep what nobody read. What is set to its empty default says nothing."""
    rest = {name: value for name, value in node.rest().items() if value not in ("", [], False)}
    if rest:
        request.extras[NAME] = {**request.extras.get(NAME, {}), **rest}


def _options(request: Request, options: Node) -> None:
    limit = options.whole("num_predict")
    request.max_tokens = limit if limit is not None and limit >= 0 else None
    request.temperature = options.number("temperature")
    request.top_p = options.number("top_p")
    request.top_k = options.whole("top_k")
    request.min_p = options.number("min_p")
    request.seed = options.whole("seed")
    request.stop = options.texts("stop")
    request.repetition_penalty = options.number("repeat_penalty")
    request.presence_penalty = options.number("presence_penalty")
    request.frequency_penalty = options.number("frequency_penalty")
    rest = options.rest()
    if limit is not None and limit < 0:  # without end, or to the end of the context
        rest["num_predict"] = limit
    if rest:
        request.extras[NAME] = {"options": rest}


def _format(node: Node) -> Format | None:
    found = node.get("format")
    if found in (None, "", {}):
        return None
    if found == "json":
        return Format(kind="json")
    if isinstance(found, dict):
        return Format(kind="schema", schema=found)
    raise invalid(node.at("format"), 'must be "json" or a JSON schema')


def _reasoning(node: Node) -> Reasoning | None:
    found = node.get("think")
    if found is None or found == "":
        return None
    if isinstance(found, bool):
        return Reasoning(enabled=found)
    if isinstance(found, str):
        return Reasoning(enabled=True, effort=found)
    raise misfit(node.at("think"), "a boolean or a string", found)


def _tool(node: Node) -> Tool:
    node.get("type")
    function = node.node("function") or Node({}, node.at("function"))
    tool = Tool(
        name=function.need_text("name"),
        description=function.text("description"),
        parameters=function.table("parameters"),
    )
    if rest := node.rest() | ({"function": found} if (found := function.rest()) else {}):
        tool.extras[NAME] = rest
    return tool


def read_image(value: Any, path: str) -> Media:
    """An image: base64, of whatever type; a data URL is taken for what it says."""
    if not isinstance(value, str):
        raise misfit(path, "a string", value)
    if inline := data_url(value):
        return Media(kind="image", media_type=inline[0], data=inline[1])
    kind = next((kind for start, kind in _MAGIC.items() if value.startswith(start)), "")
    return Media(kind="image", media_type=kind, data=standard_base64(value))


class _Turns:
    """Reads messages in order, so that calls without ids get one, and results find their calls."""

    def __init__(self) -> None:
        self._made = 0
        self._waiting: list[tuple[str, str]] = []  # (id, name) of calls without a result

    def read(self, nodes: list[Node]) -> list[Message]:
        return [self._message(node) for node in nodes]

    def _message(self, node: Node) -> Message:
        role = node.need_text("role")
        match role:
            case "system" | "user" | "developer":
                message = Message(role=role, parts=_content(node))
            case "assistant":
                message = Message(role=role, parts=self._assistant(node))
            case "tool":
                message = Message(role=role, parts=[self._result(node)])
            case _:
                raise invalid(node.at("role"), "must be system, user, assistant or tool")
        rest = node.rest()
        if rest:
            message.extras[NAME] = rest
        return message

    def _assistant(self, node: Node) -> list[Part]:
        parts = [*read_thinking(node), *_content(node)]
        calls = []
        for each in node.nodes("tool_calls"):
            call = read_call(each, f"call_{self._made}")
            self._made += 1
            self._waiting.append((call.id, call.name))
            calls.append(call)
        return [*parts, *calls]

    def _result(self, node: Node) -> ToolResult:
        name, ident = node.text("tool_name", "name"), node.text("tool_call_id")
        at = next(
            (at for at, call in enumerate(self._waiting) if (call[0] == ident if ident else call[1] == name)), None
        )
        if at is None and not ident and not name and self._waiting:
            at = 0
        if at is not None:
            found = self._waiting.pop(at)
            ident, name = ident or found[0], name or found[1]
        return ToolResult(call_id=ident or name or f"call_{self._made}", name=name, parts=_content(node))


def _content(node: Node) -> list[Part]:
    text = node.text("content")
    parts: list[Part] = [Text(text=text)] if text else []
    for at, image in enumerate(node.array("images")):
        parts.append(read_image(image, f"{node.at('images')}[{at}]"))
    return parts
