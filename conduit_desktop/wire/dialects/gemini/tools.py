"""Tools and how they may be called, both ways. Source: ai.google.dev/api/caching#Tool and #ToolConfig."""

from __future__ import annotations

from typing import Any

from conduit_desktop.wire.dialects.base import Json, unsayable
from conduit_desktop.wire.dialects.gemini.schemas import parameters_schema, to_json_schema
from conduit_desktop.wire.dialects.gemini.words import NAME
from conduit_desktop.wire.messages import Request, Tool, ToolChoice
from conduit_desktop.wire.node import Node, invalid

_SEARCHES = ("googleSearch", "google_search", "googleSearchRetrieval", "google_search_retrieval")
_MODES = {"AUTO": "auto", "NONE": "none", "ANY": "required", "VALIDATED": "auto", "MODE_UNSPECIFIED": "auto"}
_INPUT: Json = {"type": "object", "properties": {"input": {"type": "string"}}, "required": ["input"]}
"""What a tool that takes plain text becomes: a function with one argument."""


def read_tools(nodes: list[Node]) -> list[Tool]:
    """Every function, and every tool of Google's, in the order in which they stand."""
    found: list[Tool] = []
    for node in nodes:
        found += [_function(each) for each in node.nodes("functionDeclarations", "function_declarations")]
        for name, value in node.rest().items():
            kind = "web_search" if name in _SEARCHES else "server"
            found.append(Tool(kind=kind, name=name, origin=NAME, data={name: value}))  # type: ignore[arg-type]
    return found


def _function(node: Node) -> Tool:
    tool = Tool(name=node.need_text("name"), description=node.text("description"))
    schema = node.get("parametersJsonSchema", "parameters_json_schema")
    if isinstance(schema, bool):  # the shortest of schemas: anything, or nothing at all
        schema = {} if schema else {"not": {}}
    elif schema is not None:
        schema = node.table("parametersJsonSchema", "parameters_json_schema")
    narrow = node.table("parameters")
    if schema is not None:
        tool.parameters = schema
    elif narrow is not None:
        tool.parameters = to_json_schema(narrow, node.at("parameters"))
    if rest := node.rest():
        tool.extras[NAME] = rest
    return tool


def read_choice(node: Node | None) -> tuple[ToolChoice | None, Json]:
    """How the tools may be called, and what else the ``toolConfig`` says."""
    if node is None:
        return None, {}
    calling = node.node("functionCallingConfig", "function_calling_config")
    rest: Json = node.rest()
    if calling is None:
        return None, rest
    mode = calling.text("mode").upper() or "AUTO"
    if mode not in _MODES:
        raise invalid(calling.at("mode"), f"is none of {', '.join(_MODES)}")
    names = calling.texts("allowedFunctionNames", "allowed_function_names")
    choice = ToolChoice(mode=_MODES[mode], names=names)  # type: ignore[arg-type]
    own = calling.rest()
    if mode == "VALIDATED" and not names:
        own["mode"] = mode
    if own:
        rest["functionCallingConfig"] = own
    return choice, rest


def write_tools(request: Request, dropped: list[str]) -> list[Json]:
    """The ``tools``. Search beside functions is left out unless the client spoke Gemini: no model takes both without a
    switch of its own, and models before Gemini 3 refuse."""
    functions = [_declaration(tool, dropped) for tool in request.tools if tool.kind in ("function", "custom")]
    out: list[Json] = [{"functionDeclarations": functions}] if functions else []
    forced = request.tool_choice.names if request.tool_choice and request.tool_choice.mode == "required" else []
    for tool in request.tools:
        if tool.kind in ("function", "custom"):
            continue
        if tool.origin == NAME:
            out.append(tool.data)
        elif tool.kind == "web_search" and not functions:
            out.append({"googleSearch": {}})
        elif tool.name in forced or _must(request, functions):
            raise unsayable("tools", f"{tool.name or tool.kind} runs at another provider, or not beside functions")
        else:
            dropped.append(f"tools.{tool.name or tool.kind}")
    return out


def _must(request: Request, functions: list[Json]) -> bool:
    return not functions and request.tool_choice is not None and request.tool_choice.mode == "required"


def _declaration(tool: Tool, dropped: list[str]) -> Json:
    if tool.cache is not None:
        dropped.append("cache")
    if tool.strict:
        dropped.append("tools.strict")
    out: Json = {"name": tool.name}
    if tool.description:
        out["description"] = tool.description
    schema = _INPUT if tool.kind == "custom" else parameters_schema(tool.parameters)
    if schema is not None:
        out["parametersJsonSchema"] = schema
    return {**out, **tool.extras.get(NAME, {})}


def write_choice(request: Request, tools: list[Json]) -> Json | None:
    """The ``toolConfig``; None when there is nothing to say. A choice without functions means nothing to Gemini."""
    own: Any = (request.extras.get(NAME) or {}).get("toolConfig") or {}
    out: Json = dict(own)
    choice = request.tool_choice
    if choice is not None and any("functionDeclarations" in tool for tool in tools):
        calling: Json = {"mode": {"auto": "AUTO", "none": "NONE", "required": "ANY"}[choice.mode]}
        if choice.names and choice.mode != "none":
            # Which functions may be called can only be said where calls are checked.
            calling["mode"] = "ANY" if choice.mode == "required" else "VALIDATED"
            calling["allowedFunctionNames"] = choice.names
        out["functionCallingConfig"] = {**calling, **own.get("functionCallingConfig", {})}
    return out or None
