"""Requests of Ollama's chat, written. Format: https://docs.ollama.com/api/chat."""

from __future__ import annotations

from typing import Any

import msgspec

from conduit_desktop.wire.dialects.base import Encoded, Json, foreign_extras, unsayable
from conduit_desktop.wire.dialects.lowering import functions, object_schema, own, without, words_of
from conduit_desktop.wire.dialects.ollama.blocks import NAME, write_call
from conduit_desktop.wire.effort import effort_of, fitting
from conduit_desktop.wire.messages import (
    Foreign,
    Media,
    Message,
    Part,
    Refusal,
    Request,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolResult,
)
from conduit_desktop.wire.traits import Traits

_UNKNOWN = ("logit_bias", "verbosity", "user", "metadata", "service_tier", "store", "cache_key")
"""Members without which a request still means the same."""
_EFFORTS = ("low", "medium", "high")


def encode_request(request: Request, traits: Traits) -> Encoded:
    """The body for Ollama. Raises ``unsayable`` for what it cannot be told and must not be left out."""
    request, dropped = without(request, traits.refuses)
    tools, left = functions(request)
    dropped += left
    choice = request.tool_choice
    if choice and choice.mode == "required" and tools:
        request = _urged(request, tools)
        dropped.append("tool_choice")
    turns = Turns(request)
    body: Json = {"model": request.model, "messages": turns.messages}
    if tools and not (choice and choice.mode == "none"):
        body["tools"] = [_tool(tool) for tool in tools]
        dropped += ["strict"] if any(tool.strict for tool in tools) else []
        dropped += ["cache_control"] if any(tool.cache for tool in tools) else []
    dropped += turns.dropped
    finish(body, request, traits, dropped)
    return Encoded(body, list(dict.fromkeys(dropped)))


def _urged(request: Request, tools: list[Tool]) -> Request:
    """The request with the words that stand for a required call: Ollama's models cannot be held to one."""
    names = ", ".join(tool.name for tool in tools)
    words = f"Answer with a call of {names}." if len(tools) == 1 else f"Answer with a call of one of the tools {names}."
    urge = Message(role="system", parts=[Text(text=words)])
    last = max((at + 1 for at, each in enumerate(request.messages) if each.role in ("system", "developer")), default=0)
    return msgspec.structs.replace(request, messages=[*request.messages[:last], urge, *request.messages[last:]])


def finish(body: Json, request: Request, traits: Traits, dropped: list[str]) -> None:
    """Add what chat and generate share."""
    _refuse(request)
    body["stream"] = request.stream
    form = request.format
    if form is not None:
        if traits.schema == "none" or (traits.schema == "json" and form.kind == "schema"):
            raise unsayable("response_format", "the model cannot be held to a form")
        body["format"] = form.schema if form.kind == "schema" and form.schema is not None else "json"
    if (think := _think(request, traits, dropped)) is not None:
        body["think"] = think
    if request.logprobs:
        body["logprobs"] = True
    if request.top_logprobs:
        body["top_logprobs"] = request.top_logprobs
    rest = own(request.extras, NAME)
    options = _options(request) | rest.pop("options", {})
    if options:
        body["options"] = options
    dropped += [name for name in _UNKNOWN if getattr(request, name) not in (None, "", {})]
    if request.parallel_tools is False:
        dropped.append("parallel_tools")
    dropped += foreign_extras(request.extras, NAME)
    body |= rest


def _refuse(request: Request) -> None:
    if request.n is not None and request.n > 1:
        raise unsayable("n", "Ollama gives one answer")
    if any(kind != "text" for kind in request.modalities) or request.audio:
        raise unsayable("modalities" if request.modalities else "audio", "Ollama answers in words only")
    if request.previous_id:
        raise unsayable("previous_id", "Ollama keeps no answers to go on from")


def _options(request: Request) -> Json:
    options: dict[str, Any] = {
        "num_predict": request.max_tokens,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "top_k": request.top_k,
        "min_p": request.min_p,
        "seed": request.seed,
        "stop": request.stop or None,
        "repeat_penalty": request.repetition_penalty,
        "presence_penalty": request.presence_penalty,
        "frequency_penalty": request.frequency_penalty,
    }
    return {name: value for name, value in options.items() if value is not None}


def _think(request: Request, traits: Traits, dropped: list[str]) -> bool | str | None:
    """``think``: true or false, or a word for models that know more than that."""
    wish = request.reasoning
    if wish is None:
        return None
    off = wish.enabled is False or wish.effort == "none" or wish.budget == 0
    on = bool(wish.enabled or wish.effort or wish.budget)
    if not (on or off):
        return None
    if not traits.thinking:
        if not off:
            dropped.append("reasoning")
        return None
    if off:
        return False
    effort = wish.effort or (effort_of(wish.budget) if wish.budget and wish.budget > 0 else "")
    if traits.thinking == "switch" or not effort:
        return True
    return fitting(effort, traits.efforts or _EFFORTS) or True


def _tool(tool: Tool) -> Json:
    function: Json = {"name": tool.name}
    if tool.description:
        function["description"] = tool.description
    function["parameters"] = object_schema(tool.parameters)
    rest = own(tool.extras, NAME)
    function |= rest.pop("function", {})
    return {"type": "function", "function": function} | rest


class Turns:
    """``messages`` of the body, and the names of what was left out of them."""

    def __init__(self, request: Request) -> None:
        self.dropped: list[str] = []
        self._names = {
            part.id: part.name for each in request.messages for part in each.parts if isinstance(part, ToolCall)
        }
        self.messages: list[Json] = []
        for at, message in enumerate(request.messages):
            self._message(message, f"messages[{at}]")

    def _message(self, message: Message, path: str) -> None:
        if message.name:
            self.dropped.append("name")
        rest = own(message.extras, NAME)
        if message.role == "tool":
            results = [part for part in message.parts if isinstance(part, ToolResult)]
            self.messages.extend(self._result(result, path) | rest for result in results)
            return
        role = "system" if message.role == "developer" else message.role
        turn: Json = {"role": role} | self.content(message.parts, path, role == "assistant")
        thoughts = [part.text for part in message.parts if isinstance(part, Thinking) and part.text]
        if thoughts:
            turn["thinking"] = "\n\n".join(thoughts)
        if any(isinstance(part, Thinking) and not part.text for part in message.parts):
            self.dropped.append("thinking")
        calls = [write_call(part) for part in message.parts if isinstance(part, ToolCall)]
        if calls:
            turn["tool_calls"] = calls
        self.messages.append(turn | rest)

    def _result(self, result: ToolResult, path: str) -> Json:
        turn = {"role": "tool"} | self.content(result.parts, path, False)
        if name := result.name or self._names.get(result.call_id, ""):
            turn["tool_name"] = name
        if result.call_id:
            turn["tool_call_id"] = result.call_id
        if result.failed:
            self.dropped.append("is_error")
        return turn

    def content(self, parts: list[Part], path: str, answered: bool) -> Json:
        """``content`` and ``images``. Of what the model drew or said aloud (``answered``) the words go back."""
        texts: list[str] = []
        images: list[str] = []
        for part in parts:
            if part.cache:
                self.dropped.append("cache_control")
            match part:
                case Text() | Refusal():
                    texts.append(part.text)
                case Media() if answered:
                    texts += [part.transcript] if part.transcript else []
                    self.dropped += [] if part.transcript else [part.kind]
                case Media(kind="image") if part.data:
                    images.append(part.data)
                case Media(kind="image"):
                    raise unsayable(f"{path}.images", "Ollama takes images as base64 only")
                case Media():
                    texts.append(_document(part, path))
                case Foreign():
                    self.dropped.append(part.kind or "content")
                case _:
                    pass
        return {"content": "\n".join(texts)} | ({"images": images} if images else {})


def _document(media: Media, path: str) -> str:
    words = words_of(media) if media.kind == "document" else None
    if words is None:
        raise unsayable(f"{path}.content", f"Ollama takes no {media.kind} of this sort")
    title = media.title or media.name
    return f"{title}\n\n{words}" if title else words
