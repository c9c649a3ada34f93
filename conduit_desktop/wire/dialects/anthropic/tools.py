"""Tool definitions and the choice among them, both ways.

Source: types ``ToolUnionParam`` and ``ToolChoiceParam`` of the SDK; docs "Tool use", "Web search tool".
"""

from __future__ import annotations

from typing import Any

from conduit_desktop.wire.dialects.anthropic.notes import Notes
from conduit_desktop.wire.dialects.anthropic.words import CUSTOM_INPUT, NAME, own, read_cache, theirs, write_cache
from conduit_desktop.wire.dialects.base import unsayable
from conduit_desktop.wire.messages import Request, Tool, ToolCall, ToolChoice
from conduit_desktop.wire.node import Node, invalid
from conduit_desktop.wire.traits import Traits

_SEARCH_LISTS = ("allowed_domains", "blocked_domains")
_PLACE = ("city", "country", "region", "timezone")


def read_tool(node: Node) -> Tool:
    """One definition. What is neither a function nor a web search is kept as it is: only this API's models know it."""
    kind = node.text("type")
    if kind in ("", "custom"):
        return Tool(
            name=node.need_text("name"),
            description=node.text("description"),
            parameters=node.table("input_schema"),
            strict=node.flag("strict"),
            cache=read_cache(node),
            extras=own({name: value for name, value in node.rest().items() if name != "type"}),
        )
    tool = Tool(
        kind="web_search" if kind.startswith("web_search_") else "server",
        name=node.text("name", "mcp_server_name") or kind,
        cache=read_cache(node),
        origin=NAME,
        data=node.value,
    )
    if tool.kind == "web_search":
        tool.extras = {"web_search": _search(node)}
    return tool


def _search(node: Node) -> dict[str, Any]:
    """What any dialect can say of a web search."""
    found: dict[str, Any] = {name: node.texts(name) for name in _SEARCH_LISTS if node.get(name)}
    if (uses := node.whole("max_uses")) is not None:
        found["max_uses"] = uses
    place = node.node("user_location")
    if place is not None:
        found["user_location"] = {name: text for name in _PLACE if (text := place.text(name))}
    return found


def read_choice(node: Node | None) -> tuple[ToolChoice | None, bool | None]:
    """The choice, and whether the model may call several tools at once."""
    if node is None:
        return None, None
    disabled = node.flag("disable_parallel_tool_use")
    parallel = None if disabled is None else not disabled
    match node.need_text("type"):
        case "auto":
            return ToolChoice(), parallel
        case "any":
            return ToolChoice(mode="required"), parallel
        case "tool":
            return ToolChoice(mode="required", names=[node.need_text("name")]), parallel
        case "none":
            return ToolChoice(mode="none"), parallel
        case other:
            raise invalid(node.at("type"), f"has a value that is not known: {other!r}")


def write_tools(request: Request, traits: Traits, notes: Notes) -> dict[str, Any]:
    """The members ``tools`` and ``tool_choice``. The API restricts a choice to one tool or none; a choice among
    several is said by offering only those. It demands definitions when the history has calls: then the tools that were
    called are defined by name, and not to be called."""
    choice = request.tool_choice
    names = set(choice.names) if choice is not None else set()
    written = []
    for tool in request.tools:
        if names and tool.name not in names:
            continue
        made = _tool(tool, traits, notes, forced=_forced(tool, request))
        if made is not None:
            written.append(made)
    if not written:
        return _called(request, notes)
    body: dict[str, Any] = {"tools": written}
    chosen = _choice(request, traits, notes)
    if chosen:
        body["tool_choice"] = chosen
    return body


def _forced(tool: Tool, request: Request) -> bool:
    choice = request.tool_choice
    if choice is None or choice.mode != "required":
        return False
    return tool.name in choice.names or all(other.kind in ("server", "web_search") for other in request.tools)


def _tool(tool: Tool, traits: Traits, notes: Notes, *, forced: bool) -> dict[str, Any] | None:
    if tool.origin == NAME and isinstance(tool.data, dict):
        return tool.data
    notes.drop(*theirs(tool.extras))
    if tool.kind == "web_search":
        return _web_search(tool, notes)
    if tool.kind == "server":
        if forced:
            raise unsayable("tools", f"the provider has no tool {tool.name!r} of its own, and the request forces it")
        notes.drop(f"tools.{tool.name}")
        return None
    out: dict[str, Any] = {"name": tool.name}
    if tool.description:
        out["description"] = tool.description
    out["input_schema"] = _text_schema(tool) if tool.kind == "custom" else _schema(tool.parameters)
    if tool.strict:
        if traits.strict_tools:
            out["strict"] = True
        else:
            notes.drop("tools.strict")
    if tool.cache is not None:
        out["cache_control"] = write_cache(tool.cache)
    return {**out, **tool.extras.get(NAME, {})}


def _schema(parameters: dict[str, Any] | None) -> dict[str, Any]:
    """The API demands an object schema."""
    if not parameters:
        return {"type": "object", "properties": {}}
    return parameters if parameters.get("type") == "object" else {**parameters, "type": "object"}


def _text_schema(tool: Tool) -> dict[str, Any]:
    """A plain-text tool as a function of one string."""
    told: dict[str, Any] = {"type": "string"}
    form = tool.data.get("format") if isinstance(tool.data, dict) else None
    if isinstance(form, dict) and isinstance(form.get("definition"), str):
        told["description"] = f"Text after this {form.get('syntax', '')} grammar:\n{form['definition']}"
    return {"type": "object", "properties": {CUSTOM_INPUT: told}, "required": [CUSTOM_INPUT]}


def _web_search(tool: Tool, notes: Notes) -> dict[str, Any]:
    """The provider's own web search, in the version that every model with one knows."""
    told = tool.extras.get("web_search") or {}
    out: dict[str, Any] = {"type": "web_search_20250305", "name": "web_search"}
    for name in (*_SEARCH_LISTS, "max_uses"):
        if told.get(name):
            out[name] = told[name]
    if "allowed_domains" in out and out.pop("blocked_domains", None):  # one or the other; the first says more
        notes.drop("tools.web_search.blocked_domains")
    place = {name: value for name, value in (told.get("user_location") or {}).items() if name in _PLACE and value}
    if place:
        out["user_location"] = {"type": "approximate", **place}
    if told.get("context_size"):
        notes.drop("tools.web_search.context_size")
    if tool.cache is not None:
        out["cache_control"] = write_cache(tool.cache)
    return out


def forces(request: Request, traits: Traits) -> bool:
    """Whether the request forces a call, in a way that the model takes."""
    choice = request.tool_choice
    return choice is not None and choice.mode == "required" and "tool_choice" not in traits.refuses


def _choice(request: Request, traits: Traits, notes: Notes) -> dict[str, Any]:
    choice, parallel = request.tool_choice, request.parallel_tools
    out: dict[str, Any] = {}
    if choice is not None:
        out["type"] = choice.mode
        if choice.mode == "required":
            out = (
                {"type": "tool", "name": _named(choice.names[0], request)}
                if len(choice.names) == 1
                else {"type": "any"}
            )
            if not forces(request, traits):
                notes.drop("tool_choice")
                out = {"type": "auto"}
    if parallel is not None and out.get("type") != "none":
        out = {"type": "auto", **out, "disable_parallel_tool_use": not parallel}
    return out


def _named(name: str, request: Request) -> str:
    """A tool's name here; other dialects call their web search otherwise."""
    foreign = any(tool.name == name and tool.kind == "web_search" and tool.origin != NAME for tool in request.tools)
    return "web_search" if foreign else name


def _called(request: Request, notes: Notes) -> dict[str, Any]:
    choice = request.tool_choice
    if choice is not None and choice.mode == "required":
        raise unsayable("tool_choice", "it forces a call, and there is no tool that the provider could call")
    if request.parallel_tools is False and request.tools:
        notes.drop("parallel_tools")
    called = {part.name: None for message in request.messages for part in message.parts if isinstance(part, ToolCall)}
    if not called:
        return {}
    tools = [{"name": name, "input_schema": {"type": "object", "properties": {}}} for name in called]
    return {"tools": tools, "tool_choice": {"type": "none"}}
