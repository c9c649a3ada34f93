"""Tools and how they may be called, both ways. Source: ai.google.dev/api/interactions-api#Resource:Tool."""

from __future__ import annotations

from typing import Any, Literal

from conduit_desktop.wire.dialects.base import Json, foreign_extras, unsayable
from conduit_desktop.wire.dialects.custom import function_of
from conduit_desktop.wire.dialects.gemini.schemas import parameters_schema
from conduit_desktop.wire.dialects.interactions.words import NAME
from conduit_desktop.wire.messages import Request, Tool, ToolChoice
from conduit_desktop.wire.node import Node, invalid, misfit
from conduit_desktop.wire.traits import Traits

_MODES: dict[str, Literal["auto", "none", "required"]] = {
    "": "auto",
    "auto": "auto",
    "none": "none",
    "any": "required",
    "validated": "auto",
}


def read_tools(nodes: list[Node]) -> list[Tool]:
    """Functions, the web search, and what else runs at Google."""
    return [_read(node) for node in nodes]


def _read(node: Node) -> Tool:
    kind = node.need_text("type")
    if kind == "google_search":
        return Tool(kind="web_search", name=kind, origin=NAME, data=node.value)
    if kind != "function":
        return Tool(kind="server", name=node.text("name") or kind, origin=NAME, data=node.value)
    schema = node.get("parameters")
    if isinstance(schema, bool):  # the shortest of schemas: anything, or nothing at all
        schema = {} if schema else {"not": {}}
    elif schema is not None:
        schema = node.table("parameters")
    tool = Tool(name=node.need_text("name"), description=node.text("description"), parameters=schema)
    if rest := node.rest():
        tool.extras[NAME] = rest
    return tool


def read_choice(found: Any, path: str) -> tuple[ToolChoice | None, Any]:
    """How the tools may be called, and what of it only this dialect can say."""
    if found is None:
        return None, None
    if isinstance(found, str):
        return ToolChoice(mode=_mode(found, path)), found if found == "validated" else None
    if not isinstance(found, dict):
        raise misfit(path, "a string or an object", found)
    allowed = Node(found, path).node("allowed_tools")
    if allowed is None:
        return None, None
    return ToolChoice(mode=_mode(allowed.text("mode"), allowed.at("mode")), names=allowed.texts("tools")), None


def _mode(word: str, path: str) -> Literal["auto", "none", "required"]:
    if word not in _MODES:
        raise invalid(path, "is none of auto, any, none, validated")
    return _MODES[word]


def write_tools(request: Request, traits: Traits, dropped: list[str]) -> list[Json]:
    """The ``tools``. Only Gemini 3 takes a search beside functions."""
    functions = any(tool.kind in ("function", "custom") for tool in request.tools)
    choice = request.tool_choice
    must = choice is not None and choice.mode == "required"
    forced = choice.names if choice is not None and must else []
    out: list[Json] = []
    for tool in request.tools:
        if tool.kind in ("function", "custom"):
            out.append(_function(tool, dropped))
        elif tool.origin == NAME:
            out.append(tool.data)
        elif tool.kind == "web_search" and (not functions or traits.thinking == "level"):
            out.append({"type": "google_search"})
        elif tool.name in forced or (must and not functions):
            raise unsayable("tools", f"{tool.name or tool.kind} runs at another provider, or not beside functions")
        else:
            dropped.append(f"tools.{tool.name or tool.kind}")
    return out


def _function(tool: Tool, dropped: list[str]) -> Json:
    dropped += ["cache"] if tool.cache is not None else []
    dropped += ["tools.strict"] if tool.strict else []
    dropped += foreign_extras(tool.extras, NAME)
    told = function_of(tool) if tool.kind == "custom" else tool
    out: Json = {"type": "function", "name": told.name}
    if told.description:
        out["description"] = told.description
    if (schema := parameters_schema(told.parameters)) is not None:
        out["parameters"] = schema
    return {**out, **tool.extras.get(NAME, {})}


def write_choice(request: Request, tools: list[Json]) -> Any:
    """The ``tool_choice``; None when there is nothing to say. Without functions it means nothing."""
    choice = request.tool_choice
    if choice is None or not any(tool.get("type") == "function" for tool in tools):
        return None
    if choice.names and choice.mode != "none":
        # Which functions may be called can only be said where calls are checked.
        mode = "any" if choice.mode == "required" else "validated"
        return {"allowed_tools": {"mode": mode, "tools": choice.names}}
    return {"auto": "auto", "none": "none", "required": "any"}[choice.mode]
