"""Requests of Cohere's chat, read. Format: https://docs.cohere.com/reference/chat."""

from __future__ import annotations

from typing import Any

from conduit_desktop.wire.dialects.base import Json
from conduit_desktop.wire.dialects.cohere.blocks import citation_parts, read_content, read_tool_call
from conduit_desktop.wire.dialects.reading import data_url, json_text
from conduit_desktop.wire.messages import (
    Foreign,
    Format,
    Media,
    Message,
    Part,
    Reasoning,
    Request,
    Text,
    Thinking,
    Tool,
    ToolChoice,
    ToolResult,
)
from conduit_desktop.wire.node import Node, invalid

NAME = "cohere"


def decode_request(body: Json, model: str | None = None, stream: bool | None = None) -> Request:
    """The request that ``body`` is. Raises BadRequest naming the field that does not fit."""
    node = Node(body)
    request = Request(
        model=model or node.need_text("model"),
        messages=[_message(each) for each in node.nodes("messages")],
        stream=node.flag("stream") or False if stream is None else stream,
        max_tokens=node.whole("max_tokens"),
        temperature=node.number("temperature"),
        top_p=node.number("p"),
        top_k=node.whole("k"),
        stop=node.texts("stop_sequences"),
        seed=node.whole("seed"),
        frequency_penalty=node.number("frequency_penalty"),
        presence_penalty=node.number("presence_penalty"),
        logprobs=node.flag("logprobs"),
        tools=_tools(node),
        tool_choice=_choice(node),
        format=_format(node),
        reasoning=_reasoning(node),
    )
    node.get("model", "stream")
    _add_documents(request, [_document(each, node.at("documents")) for each in node.array("documents")])
    if rest := node.rest():
        request.extras[NAME] = rest
    return request


def _message(node: Node) -> Message:
    role = node.need_text("role")
    match role:
        case "system" | "developer" | "user":
            message = Message(role=role, parts=_content(node))
        case "assistant":
            message = Message(role=role, parts=_assistant(node))
        case "tool":
            message = Message(role=role, parts=[_result(node)])
        case _:
            raise invalid(node.at("role"), "must be system, user, assistant or tool")
    if rest := node.rest():
        message.extras[NAME] = rest
    return message


def _content(node: Node) -> list[Part]:
    found = node.get("content")
    if found is None:
        return []
    if isinstance(found, str):
        return [Text(text=found)]
    return [_part(each) for each in node.nodes("content")]


def _part(node: Node) -> Part:
    kind = node.need_text("type")
    part: Part
    match kind:
        case "text" | "thinking":
            return read_content(node)
        case "image_url":
            part = _image(node)
        case "document":
            part = _document(node.get("document"), node.at("document"))
        case _:
            return Foreign(dialect=NAME, kind=kind, data=node.value)
    if rest := node.rest():
        part.extras[NAME] = {**part.extras.get(NAME, {}), **rest}
    return part


def _image(node: Node) -> Media:
    found = node.get("image_url")
    if isinstance(found, str):
        url, detail, rest = found, "", {}
    else:
        inner = Node(found, node.at("image_url"))
        url, detail, rest = inner.need_text("url"), inner.text("detail"), inner.rest()
    extras = {NAME: {"image_url": rest}} if rest else {}
    if inline := data_url(url):
        return Media(kind="image", media_type=inline[0], data=inline[1], detail=detail, extras=extras)
    return Media(kind="image", url=url, detail=detail, extras=extras)


def _document(value: Any, path: str) -> Media:
    """A document: a string, or ``{id?, data}``, where ``data`` holds words under any names."""
    if isinstance(value, str):
        return Media(kind="document", text=value, citable=True)
    node = Node(value, path)
    found = node.get("data")
    data = {"text": found} if isinstance(found, str) else Node(found, node.at("data")).value
    text, title = data.get("text"), data.get("title")
    title = title if isinstance(title, str) else ""
    media = Media(kind="document", id=node.text("id"), title=title, citable=True)
    if isinstance(text, str) and data.keys() <= {"text", "title"} and (title or "title" not in data):
        media.text = text
    else:
        media.text = text if isinstance(text, str) else json_text(data)
        media.extras[NAME] = {"_data": data}
    if rest := node.rest():
        media.extras[NAME] = {**media.extras.get(NAME, {}), **rest}
    return media


def _add_documents(request: Request, documents: list[Media]) -> None:
    """Documents belong to what the user asked last."""
    if not documents:
        return
    for message in reversed(request.messages):
        if message.role == "user":
            message.parts.extend(documents)
            return
    request.messages.append(Message(role="user", parts=list(documents)))


def _assistant(node: Node) -> list[Part]:
    parts: list[Part] = []
    if plan := node.text("tool_plan"):
        parts.append(Thinking(sections=[plan], extras={NAME: {"_tool_plan": True}}))
    content = _content(node)
    citation_parts(content, node.nodes("citations"))
    calls = [read_tool_call(each) for each in node.nodes("tool_calls")]
    if calls and content == [Text()]:  # what clients write for a turn of calls alone
        content = []
    return [*parts, *content, *calls]


def _result(node: Node) -> ToolResult:
    return ToolResult(call_id=node.need_text("tool_call_id"), parts=_content(node))


def _tools(node: Node) -> list[Tool]:
    strict = node.flag("strict_tools")
    tools = []
    for each in node.nodes("tools"):
        kind = each.text("type") or "function"
        if kind != "function":
            tools.append(Tool(kind="server", name=each.text("name") or kind, origin=NAME, data=each.value))
            continue
        function = each.node("function") or Node({}, each.at("function"))
        tool = Tool(
            name=function.need_text("name"),
            description=function.text("description"),
            parameters=function.table("parameters"),
            strict=strict,
        )
        if rest := each.rest() | ({"function": found} if (found := function.rest()) else {}):
            tool.extras[NAME] = rest
        tools.append(tool)
    return tools


def _choice(node: Node) -> ToolChoice | None:
    match node.text("tool_choice").upper():
        case "":
            return None
        case "REQUIRED":
            return ToolChoice(mode="required")
        case "NONE":
            return ToolChoice(mode="none")
        case _:
            raise invalid(node.at("tool_choice"), "must be REQUIRED or NONE")


def _format(node: Node) -> Format | None:
    form = node.node("response_format")
    if form is None:
        return None
    kind = form.need_text("type")
    if kind not in ("text", "json_object"):
        raise invalid(form.at("type"), "must be text or json_object")
    schema = form.table("json_schema", "schema")
    if kind == "text":
        return None
    return Format(kind="schema", schema=schema) if schema else Format(kind="json")


def _reasoning(node: Node) -> Reasoning | None:
    thinking = node.node("thinking")
    if thinking is None:
        return None
    kind = thinking.need_text("type")
    if kind not in ("enabled", "disabled"):
        raise invalid(thinking.at("type"), "must be enabled or disabled")
    return Reasoning(enabled=kind == "enabled", budget=thinking.whole("token_budget"))
