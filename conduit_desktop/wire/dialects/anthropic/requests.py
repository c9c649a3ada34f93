"""Requests, both ways.

Source: type ``MessageCreateParams`` of the SDK with its beta members; docs "Messages API", "Structured outputs".
"""

from __future__ import annotations

from typing import Any

import msgspec

from conduit_desktop.wire.dialects.anthropic.formats import in_words, written_format
from conduit_desktop.wire.dialects.anthropic.notes import Notes
from conduit_desktop.wire.dialects.anthropic.reading import read_content
from conduit_desktop.wire.dialects.anthropic.thinking import plan, read_thinking
from conduit_desktop.wire.dialects.anthropic.tools import read_choice, read_tool, write_tools
from conduit_desktop.wire.dialects.anthropic.turns import Turns
from conduit_desktop.wire.dialects.anthropic.words import NAME, own, tier_asked, tier_read
from conduit_desktop.wire.dialects.base import Encoded, Json, foreign_extras, unsayable
from conduit_desktop.wire.messages import Format, Message, Request, Thinking, ToolCall, ToolResult
from conduit_desktop.wire.node import Node, invalid, missing
from conduit_desktop.wire.traits import Traits

# ---------------------------------------------------------------- reading


def decode_request(body: Json, model: str | None, stream: bool | None) -> Request:
    """Read a request. ``max_tokens`` may be absent: counting tokens and other dialects need none."""
    node = Node(body)
    if not node.has("messages"):
        raise missing("messages")
    request = Request(
        model=node.text("model") if model is None else model,
        stream=bool(node.flag("stream")) if stream is None else stream,
        max_tokens=node.whole("max_tokens"),
        temperature=node.number("temperature"),
        top_p=node.number("top_p"),
        top_k=node.whole("top_k"),
        stop=node.texts("stop_sequences"),
        service_tier=tier_read(node.text("service_tier")),
        tools=[read_tool(each) for each in node.nodes("tools")],
    )
    node.get("stream", "model")  # read, whichever way they came
    system = read_content(node, "system")
    if system:
        request.messages.append(Message(role="system", parts=system))
    for each in node.nodes("messages"):
        request.messages += _read_message(each)
    extras = _read_nested(node, request)
    request.extras = own({**node.rest(), **{name: rest for name, rest in extras.items() if rest}})
    return request


def _read_nested(node: Node, request: Request) -> dict[str, Any]:
    """The members that are objects. Gives what is left of each."""
    extras: dict[str, Any] = {}
    config, format_ = node.node("output_config"), node.node("output_format")
    effort = config.text("effort") if config is not None else ""
    if config is not None and config.get("format") is not None:
        format_ = config.node("format")
    if format_ is not None:
        request.format, rest = _read_format(format_)
        extras["output_config"] = {"format": rest} if rest else {}
    if config is not None:
        extras["output_config"] = {**config.rest(), **extras.get("output_config", {})}
    request.reasoning, extras["thinking"] = read_thinking(node.node("thinking"), effort)
    request.tool_choice, request.parallel_tools = read_choice(node.node("tool_choice"))
    metadata = node.node("metadata")
    if metadata is not None:
        request.user = metadata.text("user_id")
        extras["metadata"] = metadata.rest()
    return extras


def _read_format(node: Node) -> tuple[Format | None, dict[str, Any]]:
    if node.need_text("type") != "json_schema":
        return None, node.value
    return Format(kind="schema", schema=node.table("schema")), {}


def _read_message(node: Node) -> list[Message]:
    """One message; one of the user's is cut at the border between tool results and the rest."""
    role = node.need_text("role")
    parts = read_content(node)
    extras = own(node.rest())
    if role in ("assistant", "system"):
        return [Message(role="assistant" if role == "assistant" else "system", parts=parts, extras=extras)]
    if role != "user":
        raise invalid(node.at("role"), f"must be user, assistant or system, not {role!r}")
    if any(isinstance(part, ToolCall | Thinking) for part in parts):
        raise invalid(node.at("content"), "holds a call or thoughts, which only the assistant's may")
    out: list[Message] = []
    for part in parts:
        kind = "tool" if isinstance(part, ToolResult) else "user"
        if out and out[-1].role == kind:
            out[-1].parts.append(part)
        else:
            out.append(Message(role="tool" if kind == "tool" else "user", parts=[part]))
    if not out:
        out.append(Message(role="user"))
    out[-1].extras = extras
    return out


# ---------------------------------------------------------------- writing

_SILENT: dict[str, Any] = {
    "seed": None,
    "frequency_penalty": 0,
    "presence_penalty": 0,
    "repetition_penalty": 1,
    "min_p": 0,
    "logit_bias": {},
    "logprobs": False,
    "top_logprobs": 0,
    "verbosity": "",
    "metadata": {},
    "store": False,
    "cache_key": "",
    "audio": {},
}
"""Members that the API has no word for, and whose absence does not change what is meant; with the value that says no
more than nothing."""


def encode_request(request: Request, traits: Traits) -> Encoded:
    """Write a request. Raises ``unsayable`` for what the package's docstring names."""
    notes = Notes()
    request = _without(request, traits, notes)
    _refuse(request)
    notes.drop(*(name for name, nothing in _SILENT.items() if getattr(request, name) not in (None, nothing)))
    notes.drop(*foreign_extras(request.extras, NAME))
    planned = plan(request, traits, notes)
    turns = Turns(request, traits, notes)
    body: Json = {"model": request.model, "max_tokens": planned.max_tokens}
    config: dict[str, Any] = {"effort": planned.effort} if planned.effort else {}
    if request.format is not None:
        if request.format.kind == "schema" and traits.schema == "schema":
            config["format"] = written_format(request.format)
        else:
            turns.system.append({"type": "text", "text": in_words(request.format)})
    if turns.system:
        body["system"] = _lone(turns.system)
    body["messages"] = [{**turn, "content": _lone(turn["content"])} for turn in turns.messages]
    body.update(write_tools(request, traits, notes))
    if planned.thinking is not None:
        body["thinking"] = planned.thinking
    if config:
        body["output_config"] = config
    body.update(_sampling(request, notes, thinks=planned.thinks))
    body.update(_rest(request, notes))
    _give_back(body, request.extras.get(NAME, {}))
    if request.stream:
        body["stream"] = True
    return Encoded(body=body, dropped=notes.names)


def _lone(blocks: list[dict[str, Any]]) -> Any:
    """Blocks, or the words alone where there is nothing but words."""
    return blocks[0]["text"] if len(blocks) == 1 and blocks[0].keys() == {"type", "text"} else blocks


def _without(request: Request, traits: Traits, notes: Notes) -> Request:
    """The request without what the provider refuses. A choice of tools is judged where it is written, and reasoning
    where it is planned, as both can be said in part."""
    blank = Request()
    refused = {
        name: getattr(blank, name)
        for name in traits.refuses
        if name not in ("tool_choice", "reasoning") and getattr(request, name, None) not in (None, "", [], False)
    }
    notes.drop(*sorted(refused))
    return msgspec.structs.replace(request, **refused) if refused else request


def _refuse(request: Request) -> None:
    if request.n is not None and request.n > 1:
        raise unsayable("n", "the provider gives one answer a request")
    spoken = [each for each in request.modalities if each.lower() != "text"]
    if spoken:
        raise unsayable("modalities", f"the provider answers in text, not {' or '.join(spoken)}")
    if request.previous_id:
        raise unsayable("previous_id", "the provider keeps no earlier answers; send the whole conversation")


def _sampling(request: Request, notes: Notes, *, thinks: bool) -> Json:
    """Temperature goes from 0 to 1 and not together with ``top_p``; beside thinking only what leaves the sampling as
    it is (docs "Extended thinking": temperature 1, ``top_p`` from 0.95)."""
    temperature, top_p, top_k = request.temperature, request.top_p, request.top_k
    if temperature is not None and temperature > 1:
        temperature = 1
        notes.drop("temperature")
    if thinks:
        if temperature is not None and temperature != 1:
            temperature = None
            notes.drop("temperature")
        if top_p is not None and top_p < 0.95:
            top_p = None
            notes.drop("top_p")
        if top_k is not None:
            top_k = None
            notes.drop("top_k")
    if temperature is not None and top_p is not None:
        if top_p != 1:
            notes.drop("top_p")
        top_p = None
    told = {"temperature": temperature, "top_p": top_p, "top_k": top_k}
    return {name: value for name, value in told.items() if value is not None}


def _rest(request: Request, notes: Notes) -> Json:
    body: Json = {}
    stops = [each for each in request.stop if each.strip()]
    if len(stops) < len(request.stop):  # the API refuses white space alone
        notes.drop("stop")
    if stops:
        body["stop_sequences"] = stops
    if request.user:
        body["metadata"] = {"user_id": request.user}
    if request.service_tier:
        tier = tier_asked(request.service_tier)
        if tier:
            body["service_tier"] = tier
        else:
            notes.drop("service_tier")
    return body


def _give_back(body: Json, extras: dict[str, Any]) -> None:
    """Put back what only this dialect knows; of objects, what was left of them."""
    for name, value in extras.items():
        there = body.get(name)
        if isinstance(there, dict) and isinstance(value, dict):
            body[name] = {**there, **value}
        elif name != "thinking" or "type" in value:
            body[name] = value
