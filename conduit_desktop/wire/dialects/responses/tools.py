"""Tools and the choice among them, both ways.

Format: OpenAI's API reference (responses/create: ``tools``, ``tool_choice``). Tools of a namespace become tools of
their own under one name (``notes.flat``), and go back into their namespace when they are written in this dialect again.
"""

from __future__ import annotations

from typing import Any

from conduit_desktop.wire.dialects.base import Json, unsayable
from conduit_desktop.wire.dialects.lowering import object_schema
from conduit_desktop.wire.dialects.responses.notes import NAME, extras, flat, native_name, note, own, told
from conduit_desktop.wire.messages import Request, Tool, ToolChoice
from conduit_desktop.wire.node import Node, invalid

_FORCED = (
    "file_search",
    "web_search_preview",
    "computer",
    "computer_use_preview",
    "image_generation",
    "code_interpreter",
)


def read_tools(nodes: list[Node], within: str = "") -> list[Tool]:
    """Tool definitions. ``within`` is the type of the input item that they stand in, where it is not ``tools``."""
    found: list[Tool] = []
    for node in nodes:
        if node.text("type") == "namespace":
            space = {name: value for name, value in node.value.items() if name != "tools"}
            found += [_read(each, within, space) for each in node.nodes("tools")]
        else:
            found.append(_read(node, within, {}))
    return found


def _read(node: Node, within: str, space: Json) -> Tool:
    kind = node.text("type")
    if kind == "function":
        inner = node.node("function")  # as Chat Completions has it, which the API takes too
        return _function(inner or node, within, space)
    if kind == "custom":
        name = node.need_text("name")
        noted = _noted(within, space, name)
        return Tool(
            kind="custom",
            name=flat(str(space.get("name", "")), name),
            description=node.text("description"),
            origin=NAME,
            data=node.value,
            extras=extras(noted),
        )
    if not kind:
        raise invalid(node.at("type"), "is missing or empty")
    search = kind.startswith("web_search")
    told = extras(_noted(within, space, ""))
    if search and (facts := _facts(node)):
        told["web_search"] = facts
    return Tool(
        kind="web_search" if search else "server",
        name=node.text("server_label") or kind,
        origin=NAME,
        data=node.value,
        extras=told,
    )


def _facts(node: Node) -> Json:
    """What a web search's definition says that other dialects can say too."""
    filters, place = node.node("filters"), node.table("user_location")
    facts: Json = {"context_size": node.text("search_context_size")}
    if filters is not None:
        facts["allowed_domains"] = filters.texts("allowed_domains")
        facts["blocked_domains"] = filters.texts("blocked_domains")
    if place is not None:
        facts["user_location"] = {name: value for name, value in place.items() if name != "type" and value is not None}
    return {name: value for name, value in facts.items() if value}


def _function(node: Node, within: str, space: Json) -> Tool:
    name, parameters = node.need_text("name"), node.table("parameters")
    strict = node.flag("strict")
    if strict is None and not node.has("strict"):
        strict = True if is_strict(parameters) else None
    node.text("type")
    tool = Tool(
        name=flat(str(space.get("name", "")), name),
        description=node.text("description"),
        parameters=parameters,
        strict=strict,
    )
    tool.extras = extras({**_noted(within, space, name), **node.rest()})
    return tool


def _noted(within: str, space: Json, name: str) -> Json:
    return {"_within": within, "_namespace": space or None, "_name": name if space else ""}


def is_strict(schema: Any) -> bool:
    """Whether a schema is one that strict mode takes (every object closed, all its members required). Functions are
    strict here by default, but other dialects would refuse to be strict about any other schema."""
    if not isinstance(schema, dict):
        return False
    members = schema.get("properties")
    if schema.get("type") == "object" or members is not None:
        if not isinstance(members, dict) or schema.get("additionalProperties") is not False:
            return False
        required = schema.get("required") or []
        if not isinstance(required, list) or set(members) - {each for each in required if isinstance(each, str)}:
            return False
        if not all(is_strict(each) for each in members.values()):
            return False
    below = [schema["items"]] if "items" in schema else []
    for name in ("anyOf", "$defs", "definitions"):
        found = schema.get(name) or []
        below += list(found.values()) if isinstance(found, dict) else found if isinstance(found, list) else [None]
    return all(is_strict(each) for each in below)


# ---------------------------------------------------------------- writing


def write_tools(tools: list[Tool], *, strict: bool = True, dropped: list[str]) -> list[Json]:
    """Tool definitions, those of a namespace in it. What runs at another provider is left out and named in
    ``dropped``."""
    out: list[Json] = []
    spaces: dict[str, Json] = {}
    for tool in tools:
        raw = _write(tool, strict, dropped)
        if raw is None:
            dropped.append(f"tools.{tool.name or tool.kind}")
            continue
        space = own(tool.extras).get("_namespace")
        if not isinstance(space, dict):
            out.append(raw)
            continue
        name = str(space.get("name", ""))
        if name not in spaces:
            spaces[name] = {**space, "tools": []}
            out.append(spaces[name])
        spaces[name]["tools"].append(raw)
    return out


def _write(tool: Tool, strict: bool, dropped: list[str]) -> Json | None:
    if tool.kind == "function":
        return _write_function(tool, strict)
    if tool.origin == NAME and isinstance(tool.data, dict):
        return tool.data
    if tool.kind == "custom":
        return _write_custom(tool)
    return _write_search(tool, dropped) if tool.kind == "web_search" else None


def _write_function(tool: Tool, strict: bool) -> Json:
    raw: Json = {"type": "function", "name": native_name(tool)[1]}
    if tool.description:
        raw["description"] = tool.description
    raw["parameters"] = object_schema(tool.parameters)
    if tool.strict and raw["parameters"] == {"type": "object", "properties": {}}:
        raw["parameters"] = {"type": "object", "properties": {}, "additionalProperties": False}
    if strict:
        raw["strict"] = bool(tool.strict)  # left out it would mean true
    return raw | told(tool.extras)


def _write_custom(tool: Tool) -> Json:
    raw: Json = {"type": "custom", "name": tool.name}
    if tool.description:
        raw["description"] = tool.description
    data = tool.data if isinstance(tool.data, dict) else {}
    inner = data.get("custom")  # Chat Completions has one level more, twice
    form = (inner if isinstance(inner, dict) else data).get("format")
    if isinstance(form, dict):
        grammar = form.get("grammar")
        raw["format"] = {"type": "grammar", **grammar} if isinstance(grammar, dict) else form
    return raw


def _write_search(tool: Tool, dropped: list[str]) -> Json:
    """A web search of another dialect's, with what of its wishes can be said here."""
    raw: Json = {"type": "web_search"}
    for name, wish in tool.extras.get("web_search", {}).items():
        if name == "allowed_domains":
            raw["filters"] = {name: wish}
        elif name == "user_location":
            raw[name] = {"type": "approximate", **wish}
        elif name == "context_size":
            raw["search_context_size"] = wish
        else:
            dropped.append(f"web_search.{name}")
    return raw


# ---------------------------------------------------------------- choice


def read_choice(node: Node) -> ToolChoice | None:
    """``tool_choice``."""
    found = node.get("tool_choice")
    if found is None:
        return None
    if isinstance(found, str):
        if found not in ("auto", "none", "required"):
            raise invalid(node.at("tool_choice"), f"must be auto, none or required, not {found[:40]!r}")
        return ToolChoice(mode=found)  # type: ignore[arg-type]
    choice = Node(found, node.at("tool_choice"))
    if choice.text("type") != "allowed_tools":
        return ToolChoice(mode="required", names=[_name(choice)])
    mode = choice.text("mode") or "auto"
    if mode not in ("auto", "required"):
        raise invalid(choice.at("mode"), "must be auto or required")
    return ToolChoice(mode=mode, names=[_name(each) for each in choice.nodes("tools")])  # type: ignore[arg-type]


def _name(node: Node) -> str:
    inner = node.node("function")
    name = inner.text("name") if inner else node.text("name")
    label = node.text("server_label")
    return label or flat(node.text("namespace"), name) if name or label else node.need_text("type")


def write_choice(request: Request, dropped: list[str]) -> Any:
    """``tool_choice``; None to leave it out. Raises ``unsayable`` where a tool is forced that is not there."""
    choice = request.tool_choice
    if choice is None:
        return None
    gone = {each.removeprefix("tools.") for each in dropped if each.startswith("tools.")}
    names = [name for name in choice.names if name not in gone]
    if choice.mode == "required" and (gone and not names if choice.names else len(gone) >= len(request.tools) > 0):
        raise unsayable("tool_choice", "the tools that it demands run at another provider only")
    if not names or choice.mode == "none":
        return choice.mode
    tools = {tool.name: tool for tool in request.tools}
    chosen = [_chosen(name, tools.get(name)) for name in names]
    if len(chosen) == 1 and choice.mode == "required" and _alone(chosen[0]):
        return chosen[0]
    return {"type": "allowed_tools", "mode": choice.mode, "tools": chosen}


def _chosen(name: str, tool: Tool | None) -> Json:
    if tool is None:
        return {"type": "function", "name": name}
    if tool.kind in ("function", "custom"):
        return {"type": tool.kind, "name": native_name(tool)[1]}
    kind = str(tool.data.get("type")) if isinstance(tool.data, dict) and tool.origin == NAME else "web_search"
    return {"type": kind, "server_label": tool.name} if kind == "mcp" else {"type": kind}


def _alone(chosen: Json) -> bool:
    return chosen["type"] in ("function", "custom", "mcp") or chosen["type"] in _FORCED


def placed(tools: list[Tool], within: str) -> list[Tool]:
    """The tools that stood in an input item of the type ``within`` (empty: in ``tools``)."""
    return [tool for tool in tools if note(tool.extras, "_within") == within]


def merged(tools: list[Tool], more: list[Tool]) -> list[Tool]:
    """``tools`` and those of ``more`` whose names are not among them."""
    names = {tool.name for tool in tools}
    return tools + [tool for tool in more if tool.name not in names]
