"""Tools and the choice among them, both ways; the legacy ``functions`` too.

Formats: OpenAI's API reference (chat/create: tools, tool_choice, functions, function_call, web_search_options).
"""

from __future__ import annotations

from typing import Any

from conduit_desktop.wire.dialects.base import Json, foreign_extras, unsayable
from conduit_desktop.wire.dialects.chat.content import read_cache, write_cache
from conduit_desktop.wire.dialects.chat.thoughts import OWN
from conduit_desktop.wire.dialects.custom import function_of
from conduit_desktop.wire.dialects.lowering import object_schema, own
from conduit_desktop.wire.messages import Request, Tool, ToolChoice
from conduit_desktop.wire.node import Node, invalid, misfit
from conduit_desktop.wire.traits import Traits

_SEARCHES = ("web_search", "web_search_preview", "openrouter:web_search")


# ---------------------------------------------------------------- reading


def read_tools(body: Node) -> list[Tool]:
    """``tools``, ``functions`` and ``web_search_options``."""
    tools = [_tool(node) for node in body.nodes("tools")]
    for node in body.nodes("functions"):
        tool = _function(node)
        tool.extras = {OWN: {**tool.extras.get(OWN, {}), "_legacy": True}}
        tools.append(tool)
    options = body.table("web_search_options")
    if options is not None:
        tools.append(Tool(kind="web_search", name="web_search", origin=OWN, data=options))
    return tools


def _tool(node: Node) -> Tool:
    kind = node.text("type")
    if kind == "custom":
        return _custom(node)
    if kind not in ("", "function"):
        found: Any = "web_search" if kind in _SEARCHES else "server"
        return Tool(kind=found, name=kind, origin=OWN, data=node.value)
    tool = _function(node.node("function") or node)
    tool.cache = read_cache(node)
    if rest := node.rest():
        tool.extras = {OWN: {**tool.extras.get(OWN, {}), "_beside": rest}}
    return tool


def _function(node: Node) -> Tool:
    tool = Tool(
        name=node.need_text("name"),
        description=node.text("description"),
        parameters=node.table("parameters"),
        strict=node.flag("strict"),
    )
    if rest := node.rest():
        tool.extras = {OWN: rest}
    return tool


def _custom(node: Node) -> Tool:
    held = node.node("custom") or node
    form = held.node("format")
    data: Json = {"type": "custom", "name": held.need_text("name"), "description": held.text("description")}
    if form is not None:
        grammar = form.node("grammar")
        # The Responses API has the grammar's members beside the type; tools are kept in its form.
        data["format"] = {"type": form.text("type"), **(grammar.value if grammar is not None else {})}
    return Tool(kind="custom", name=data["name"], description=data["description"], origin=OWN, data=data)


def read_choice(body: Node) -> ToolChoice | None:
    """``tool_choice``, or the legacy ``function_call``."""
    name = "tool_choice" if body.get("tool_choice") is not None else "function_call"
    found = body.get(name)
    if found is None:
        return None
    if isinstance(found, str):
        return _word(found, body.at(name))
    if not isinstance(found, dict):
        raise misfit(body.at(name), "a string or an object", found)
    node = Node(found, body.at(name))
    if node.text("type") == "allowed_tools":
        return _allowed(node.node("allowed_tools") or node)
    if node.text("type") in ("auto", "none", "required", "any"):
        return _word(node.text("type"), node.at("type"))
    held = node.node("function") or node.node("custom") or node
    return ToolChoice(mode="required", names=[held.need_text("name")])


def _word(word: str, path: str) -> ToolChoice:
    if word in ("required", "any"):
        return ToolChoice(mode="required")
    if word in ("auto", "none"):
        return ToolChoice(mode="auto" if word == "auto" else "none")
    raise invalid(path, "must be auto, none or required, or name a tool")


def _allowed(node: Node) -> ToolChoice:
    names = [(tool.node("function") or tool.node("custom") or tool).need_text("name") for tool in node.nodes("tools")]
    return ToolChoice(mode="required" if node.text("mode") == "required" else "auto", names=names)


# ---------------------------------------------------------------- writing


def write_tools(request: Request, traits: Traits, dropped: list[str]) -> Json:
    """The members that say which tools there are and which of them to use."""
    choice = request.tool_choice
    allowed = _limited(choice, traits)
    items, body = list[Json](), Json()
    for tool in request.tools:
        if tool.kind in ("function", "custom"):
            if not allowed or tool.name in allowed:
                items.append(_written(tool, traits, dropped))
        elif not _served(tool, traits, items, body):
            if choice is not None and choice.mode == "required" and tool.name in choice.names:
                raise unsayable("tool_choice", f"the tool {tool.name} runs at another provider only")
            dropped.append(f"tools.{tool.name or tool.kind}")
    if items:
        body["tools"] = items
        if choice is not None:
            body["tool_choice"] = _choice(choice, request, traits)
        if request.parallel_tools is not None:
            body["parallel_tool_calls"] = request.parallel_tools
    elif choice is not None and choice.mode == "required" and request.tools and not body:
        raise unsayable("tool_choice", "all its tools run at another provider only")
    return body


def _limited(choice: ToolChoice | None, traits: Traits) -> set[str]:
    """The names that the tools must be cut down to, where the choice cannot say them."""
    if choice is None or not choice.names or traits.openai_own:
        return set()
    return set() if choice.mode == "required" and len(choice.names) == 1 else set(choice.names)


def _served(tool: Tool, traits: Traits, items: list[Json], body: Json) -> bool:
    """Write a tool that runs at the provider; whether this one has it."""
    if tool.origin == OWN and isinstance(tool.data, dict):
        if "type" in tool.data:
            items.append(tool.data)
        else:
            body["web_search_options"] = tool.data
    elif tool.kind == "web_search" and "web_search" in traits.takes:
        if traits.kind == "openrouter":
            items.append({"type": "openrouter:web_search"})
        else:
            body["web_search_options"] = {}
    else:
        return False
    return True


def _written(tool: Tool, traits: Traits, dropped: list[str]) -> Json:
    if tool.kind == "custom":
        if traits.openai_own:
            return {"type": "custom", "custom": _custom_of(tool)}
        tool = function_of(tool)
    dropped += foreign_extras(tool.extras, OWN)
    function: Json = {**own(tool.extras, OWN), "name": tool.name}
    if tool.description:
        function["description"] = tool.description
    function["parameters"] = object_schema(tool.parameters)
    if tool.strict is not None and traits.strict_tools:
        function["strict"] = tool.strict
    item: Json = {**tool.extras.get(OWN, {}).get("_beside", {}), "type": "function", "function": function}
    if tool.cache is not None:
        if traits.cache_markers:
            item["cache_control"] = write_cache(tool.cache)
        else:
            dropped.append("cache_control")
    return item


def _custom_of(tool: Tool) -> Json:
    custom: Json = {"name": tool.name}
    if tool.description:
        custom["description"] = tool.description
    form = tool.data.get("format") if isinstance(tool.data, dict) else None
    if isinstance(form, dict):
        grammar = {name: value for name, value in form.items() if name != "type"}
        custom["format"] = {"type": form.get("type", "text")} | ({"grammar": grammar} if grammar else {})
    return custom


def _choice(choice: ToolChoice, request: Request, traits: Traits) -> str | Json:
    if not choice.names or choice.mode == "none":
        return choice.mode
    named = [_named(name, request, traits) for name in choice.names]
    if choice.mode == "required" and len(named) == 1:
        return named[0]
    if traits.openai_own:
        return {"type": "allowed_tools", "allowed_tools": {"mode": choice.mode, "tools": named}}
    return choice.mode


def _named(name: str, request: Request, traits: Traits) -> Json:
    custom = traits.openai_own and any(tool.name == name and tool.kind == "custom" for tool in request.tools)
    kind = "custom" if custom else "function"
    return {"type": kind, kind: {"name": name}}
