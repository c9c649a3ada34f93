"""Requests in Converse's own words, read into the canonical form.

Source: the shape ConverseRequest of Amazon's service model ``bedrock-runtime``. The model's id stands in the URL, and
whether the answer is a stream is told by the operation."""

from __future__ import annotations

from typing import Any

import msgspec

from conduit_desktop.wire.dialects.base import Json
from conduit_desktop.wire.dialects.converse.content import ANSWER_TOOL, parts
from conduit_desktop.wire.dialects.converse.media import NAME
from conduit_desktop.wire.dialects.converse.requests import OWN, STOP_PATH
from conduit_desktop.wire.messages import (
    Cache,
    Format,
    Message,
    Reasoning,
    Request,
    Role,
    Tool,
    ToolChoice,
    ToolResult,
)
from conduit_desktop.wire.node import Node, invalid

_MODES = {"auto": "auto", "any": "required", "none": "none"}


def decode_request(body: Json, model: str | None, stream: bool | None) -> Request:
    """See ``base.Dialect``."""
    node = Node(body)
    request = Request(model=model or node.text("modelId"), stream=bool(stream))
    system = node.nodes("system")
    if system:
        request.messages.append(Message(role="system", parts=parts(system)))
    for message in node.nodes("messages"):
        request.messages += _turn(message)
    config = node.node("inferenceConfig")
    if config is not None:
        request.max_tokens = config.whole("maxTokens")
        request.temperature, request.top_p = config.number("temperature"), config.number("topP")
        request.stop = config.texts("stopSequences")
    _tools(request, node.node("toolConfig"))
    _output(request, node.node("outputConfig"))
    more = dict(node.table("additionalModelRequestFields") or {})
    _more(request, more)
    request.metadata = node.table("requestMetadata")
    tier = node.node("serviceTier")
    request.service_tier = tier.text("type") if tier is not None else ""
    own: Json = {name: node.get(name) for name in OWN if node.get(name) is not None}
    if request.stop and own.get("additionalModelResponseFieldPaths") == [STOP_PATH]:
        del own["additionalModelResponseFieldPaths"]  # asked for whenever there are stop sequences
    if more:
        own["additionalModelRequestFields"] = more
    own |= node.rest()
    if own:
        request.extras = {NAME: own}
    return request


def _turn(node: Node) -> list[Message]:
    """A message; results of tools become messages of their own, in the order in which all was said."""
    role = node.need_text("role")
    if role not in ("user", "assistant", "system"):
        raise invalid(node.at("role"), "must be user or assistant")
    out: list[Message] = []
    for part in parts(node.nodes("content")):
        who: Role = "tool" if isinstance(part, ToolResult) else role  # type: ignore[assignment]
        if not out or out[-1].role != who:
            out.append(Message(role=who))
        out[-1].parts.append(part)
    return out or [Message(role=role)]  # type: ignore[arg-type]


def _tools(request: Request, node: Node | None) -> None:
    if node is None:
        return
    for each in node.nodes("tools"):
        point, spec = each.node("cachePoint"), each.node("toolSpec")
        if point is not None:
            if request.tools:
                request.tools[-1].cache = Cache(ttl=point.text("ttl"))
        elif spec is None:
            name = _named(each.value.get("systemTool"))
            request.tools.append(Tool(kind="server", name=name, origin=NAME, data=each.value))
        else:
            schema = spec.node("inputSchema")
            tool = Tool(
                name=spec.need_text("name"),
                description=spec.text("description"),
                parameters=schema.table("json") if schema is not None else None,
                strict=spec.flag("strict"),
            )
            request.tools.append(tool)
    choice = node.node("toolChoice")
    if choice is not None:
        one = choice.node("tool")
        if one is not None:
            request.tool_choice = ToolChoice(mode="required", names=[one.need_text("name")])
        else:
            request.tool_choice = ToolChoice(mode="required" if choice.get("any") is not None else "auto")
    _unwrap_answer(request)


def _named(raw: Any) -> str:
    found = raw.get("name") if isinstance(raw, dict) else None
    return found if isinstance(found, str) else ""


def _unwrap_answer(request: Request) -> None:
    """Structured output that was asked for through the tool that stands in for it."""
    for tool in request.tools:
        if tool.name == ANSWER_TOOL:
            request.tools = [each for each in request.tools if each is not tool]
            request.format = Format(kind="schema", schema=tool.parameters)
            request.tool_choice = None


def _output(request: Request, node: Node | None) -> None:
    if node is None:
        return
    if word := node.text("effort"):
        request.reasoning = Reasoning(effort=word)
    form = node.node("textFormat")
    structure = form.node("structure") if form is not None else None
    schema = structure.node("jsonSchema") if structure is not None else None
    if schema is None:
        return
    try:
        decoded = msgspec.json.decode(schema.need_text("schema"))
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise invalid(schema.at("schema"), "must be a JSON schema in JSON text") from None
    if not isinstance(decoded, dict):
        raise invalid(schema.at("schema"), "must be a JSON object in JSON text")
    request.format = Format(
        kind="schema", schema=decoded, name=schema.text("name"), description=schema.text("description")
    )


def _more(request: Request, more: Json) -> None:
    """What several dialects share among ``additionalModelRequestFields``; it is taken out of there."""
    for name in ("top_k", "k"):
        if isinstance(more.get(name), int) and not isinstance(more[name], bool):
            request.top_k = more.pop(name)
    nested = more.get("inferenceConfig")
    if isinstance(nested, dict) and isinstance(nested.get("topK"), int):
        request.top_k = nested["topK"]
        rest = {name: value for name, value in nested.items() if name != "topK"}
        more.pop("inferenceConfig") if not rest else more.update(inferenceConfig=rest)
    _reasoning(request, more)
    choice = more.get("tool_choice")
    if isinstance(choice, dict) and (choice.get("type") in _MODES or choice.get("type") == "tool"):
        del more["tool_choice"]
        if choice.get("disable_parallel_tool_use") is True:
            request.parallel_tools = False
        mode = _MODES.get(choice["type"], "required")
        name = _named(choice)
        request.tool_choice = ToolChoice(mode=mode, names=[name] if name else [])  # type: ignore[arg-type]


def _reasoning(request: Request, more: Json) -> None:
    wish = request.reasoning or Reasoning()
    found = next(
        (more.get(name) for name in ("thinking", "reasoningConfig", "reasoning_config") if more.get(name)), None
    )
    if isinstance(found, dict):
        wish.enabled = found.get("type") != "disabled"
        budget, word = found.get("budget_tokens"), found.get("maxReasoningEffort")
        wish.budget = budget if isinstance(budget, int) and not isinstance(budget, bool) else None
        wish.effort = word if isinstance(word, str) else wish.effort
    word = found if isinstance(found, str) else more.get("reasoning_effort")
    if isinstance(word, str):
        wish.effort = word
    if wish != Reasoning():
        request.reasoning = wish
        for name in ("thinking", "reasoningConfig", "reasoning_config", "reasoning_effort"):
            more.pop(name, None)
