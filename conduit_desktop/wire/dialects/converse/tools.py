"""Tools in requests to Bedrock, the choice among them, and the shape asked of the answer, which may need a tool as
well.

Source: the shapes ToolConfiguration, ToolChoice and OutputConfig of Amazon's service model ``bedrock-runtime``.
Converse demands definitions wherever tools have been used before ("The toolConfig field must be defined when using
toolUse and toolResult content blocks"), and has no word for "no tool now"."""

from __future__ import annotations

from conduit_desktop.wire.dialects.base import Json, unsayable
from conduit_desktop.wire.dialects.converse import wishes
from conduit_desktop.wire.dialects.converse.content import ANSWER_TOOL, Writer, cache_point
from conduit_desktop.wire.dialects.converse.media import NAME
from conduit_desktop.wire.dialects.custom import function_of
from conduit_desktop.wire.dialects.lowering import object_schema
from conduit_desktop.wire.messages import Request, Tool, ToolCall, ToolChoice, ToolResult
from conduit_desktop.wire.traits import Traits


def shape(request: Request, traits: Traits, writer: Writer, body: Json) -> tuple[str, Json | None]:
    """Ask for structured output in the best way that the model has: its own, an instruction, or a tool to answer
    with."""
    wish = request.format
    if wish is None:
        return "", None
    if wish.kind == "schema" and wish.schema is not None and traits.schema == "schema":
        body.setdefault("outputConfig", {})["textFormat"] = wishes.text_format(wish)
        return "", None
    choice = request.tool_choice
    if wish.schema is None or not writer.family.forces or (choice is not None and choice.mode == "required"):
        return wishes.instruction(wish), None
    return "", wishes.answer_tool(wish)


def write(request: Request, traits: Traits, writer: Writer, body: Json, more: Json, answering: Json | None) -> bool:
    """Write ``toolConfig``; whether the model must call a tool."""
    choice = request.tool_choice or ToolChoice()
    tools: list[Json] = []
    for tool in _offered(request, choice, writer):
        tools += _tool(tool, traits, writer)
    spoken = _used(request)
    if choice.mode == "none" and not spoken:
        tools = []
    elif not tools and spoken and answering is None:
        # Converse demands definitions wherever tools have been used before.
        choice = ToolChoice(mode="none")
        tools = [_spec(Tool(name=name)) for name in sorted(spoken)]
    if answering is not None:
        forced = ToolChoice(mode="required", names=[] if tools and choice.mode != "none" else [ANSWER_TOOL])
        tools, choice = [*tools, answering], forced
    if not tools:
        if choice.mode == "required":
            raise unsayable("tool_choice", "no tool is left that the model could call")
        return False
    config: Json = {"tools": tools}
    body["toolConfig"] = config
    return _choose(request, choice, writer, config, more)


def _used(request: Request) -> set[str]:
    """The tools that the conversation has used before."""
    parts = [part for each in request.messages for part in each.parts]
    called = {part.name for part in parts if isinstance(part, ToolCall)}
    return called or {part.name or "tool" for part in parts if isinstance(part, ToolResult)}


def _offered(request: Request, choice: ToolChoice, writer: Writer) -> list[Tool]:
    """The tools that may be called: of several that are named, only those."""
    several = choice.mode != "none" and (len(choice.names) > 1 or (choice.names and choice.mode == "auto"))
    offered = []
    for tool in request.tools:
        if several and tool.name not in choice.names:
            continue
        if tool.kind in ("function", "custom") or tool.origin == NAME:
            offered.append(tool)
        elif choice.mode == "required" and tool.name in choice.names:
            raise unsayable("tool_choice", f"Bedrock does not have the tool {tool.name}")
        else:
            writer.drop(tool.name or tool.kind)
    return offered


def _tool(tool: Tool, traits: Traits, writer: Writer) -> list[Json]:
    if tool.origin == NAME and isinstance(tool.data, dict):
        return [tool.data]
    block = _spec(tool)
    if tool.strict:
        if traits.strict_tools:
            block["toolSpec"]["strict"] = True
        else:
            writer.drop("strict")
    if tool.cache is None:
        return [block]
    if not writer.family.caches_tools:
        writer.drop("cache_control")
        return [block]
    return [block, cache_point(tool.cache)]


def _spec(tool: Tool) -> Json:
    tool = function_of(tool) if tool.kind == "custom" else tool
    schema = object_schema(tool.parameters)
    if schema.keys().isdisjoint(("type", "$ref", "anyOf", "oneOf", "allOf")):
        schema = {"type": "object", **schema}
    spec: Json = {"name": tool.name, "inputSchema": {"json": schema}}
    if tool.description:
        spec["description"] = tool.description
    return {"toolSpec": spec}


def _choose(request: Request, choice: ToolChoice, writer: Writer, config: Json, more: Json) -> bool:
    """Say whether the model may, must or must not call. Converse has no word for "must not" and for "one at a time";
    Claude's own (``tool_choice``) has, and may then not stand beside Converse's."""
    forced = choice.mode == "required"
    one = choice.names[0] if forced and len(choice.names) == 1 else ""
    if forced and not writer.family.forces:
        raise unsayable("tool_choice", "this model cannot be made to call a tool")
    single = request.parallel_tools is False
    if choice.mode == "none" or single:
        if writer.family.claude:
            own: Json = {"type": "none" if choice.mode == "none" else "tool" if one else "any" if forced else "auto"}
            if one:
                own["name"] = one
            if single and choice.mode != "none":
                own["disable_parallel_tool_use"] = True
            more.setdefault("tool_choice", own)
            return forced
        writer.drop("tool_choice" if choice.mode == "none" else "parallel_tool_calls")
    if one:
        config["toolChoice"] = {"tool": {"name": one}}
    elif forced:
        config["toolChoice"] = {"any": {}}
    elif request.tool_choice is not None and choice.mode == "auto" and writer.family.forces:
        config["toolChoice"] = {"auto": {}}
    return forced
