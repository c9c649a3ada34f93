"""How many tokens a request has, counted here: with OpenAI's tokenizer, which is near enough for other vocabularies,
and what vendors document of everything that is not words.

Sources: OpenAI's cookbook ("How to count tokens") for messages and tools; https://docs.anthropic.com (tool use) for the
prompt that Anthropic adds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from importlib import import_module
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from typing import Any

from conduit_desktop.wire.dialects.reading import json_text
from conduit_desktop.wire.messages import (
    Foreign,
    Media,
    Part,
    Refusal,
    Request,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolResult,
)
from conduit_desktop.wire.operations.media_tokens import media_tokens

_A_MESSAGE = 4  # its borders and its role
_AN_ANSWER = 3  # what makes the model begin
_CLAUDES_TOOLS = {"auto": 346, "none": 346, "required": 313}  # the system prompt that Anthropic adds for tools
_OLDER = ("gpt-4-", "gpt-3.5", "text-embedding")


def estimate_tokens(request: Request) -> int:
    """The tokens of ``request``. The first call loads 70 MB of vocabulary (a third of a second); then a megabyte of
    words takes about a tenth of a second."""
    return _total(request, _counter(request.model))


def text_tokens(texts: Iterable[str], model: str) -> int:
    """The tokens of words alone, as ``model`` may count them."""
    counted = _counter(model)
    return sum(counted(text) for text in texts if text)


def _counter(model: str) -> Callable[[str], int]:
    older = model == "gpt-4" or model.startswith(_OLDER)
    return _tokenizer("cl100k_base" if older else "o200k_base")


def rough_tokens(request: Request) -> int:
    """About as many, from the length of the words alone: four bytes to a token. Costs next to nothing."""
    return _total(request, lambda text: (len(text.encode("utf-8", "replace")) + 3) // 4)


@cache
def _tokenizer(encoding: str) -> Callable[[str], int]:
    """The counter of a vocabulary. The extension is loaded without its package, whose import unpacks every vocabulary
    that it knows: 150 MB and a second."""
    package = find_spec("bpe_openai")
    found = PathFinder.find_spec("bpe_openai._bindings", package.submodule_search_locations if package else None)
    if found is not None and found.loader is not None:
        bindings: Any = module_from_spec(found)
        found.loader.exec_module(bindings)
    else:
        bindings = import_module("bpe_openai._bindings")
    counted: Callable[[str], int] = bindings.tokenizer_for_encoding(encoding).count
    return lambda text: counted(text.encode("utf-8", "replace").decode())


def _total(request: Request, counted: Callable[[str], int]) -> int:
    model = request.model.lower()
    total = _AN_ANSWER
    for message in request.messages:
        total += _A_MESSAGE + (counted(message.name) + 1 if message.name else 0)
        total += sum(_part(part, model, counted) for part in message.parts)
    if request.tools:
        total += counted(_signatures(request.tools)) + 9
        if "claude" in model:
            total += _CLAUDES_TOOLS[request.tool_choice.mode if request.tool_choice else "auto"]
    if request.format is not None and request.format.schema and "gemini" not in model:  # Gemini counts none
        total += counted(json_text(request.format.schema)) + 9
    return total


def _part(part: Part, model: str, counted: Callable[[str], int]) -> int:
    match part:
        case Text() | Refusal() | Thinking():
            return counted(part.text)
        case ToolCall():
            return counted(part.name) + counted(part.arguments) + 7
        case ToolResult():
            return 5 + sum(_part(each, model, counted) for each in part.parts)
        case Media() if part.text or part.parts:
            return counted(part.text) + counted(part.title) + sum(_part(each, model, counted) for each in part.parts)
        case Media():
            return media_tokens(part, model)
        case Foreign():
            return counted(json_text(part.data))


def _signatures(tools: list[Tool]) -> str:
    """Tools as models see them: as types of a programming language."""
    lines = []
    for tool in tools:
        if tool.description:
            lines.append(f"// {tool.description}")
        if tool.kind == "function":
            lines.append(f"type {tool.name} = (_: {_type(tool.parameters or {}, 0)}) => any;")
        else:
            lines.append(f"type {tool.name} = {json_text(tool.data)}")
    return "\n".join(lines)


def _type(schema: Any, depth: int) -> str:
    """A schema as a type; what is not understood, or too deep, stands as JSON."""
    if not isinstance(schema, dict) or depth > 8:
        return json_text(schema)
    if isinstance(schema.get("enum"), list):
        return " | ".join(json_text(each) for each in schema["enum"])
    kind, properties = schema.get("type"), schema.get("properties")
    if isinstance(properties, dict) and properties:
        required = schema.get("required")
        must = required if isinstance(required, list) else []
        return "{\n" + "".join(_member(name, each, name in must, depth) for name, each in properties.items()) + "}"
    if kind == "array":
        return f"{_type(schema.get('items', {}), depth + 1)}[]"
    if isinstance(kind, str) and not schema.keys() & {"anyOf", "oneOf", "allOf", "$ref"}:
        return kind.lower()
    return json_text(schema) if schema else "any"


def _member(name: str, schema: Any, must: bool, depth: int) -> str:
    told = schema.get("description") if isinstance(schema, dict) else None
    comment = f"// {told}\n" if isinstance(told, str) and told else ""
    return f"{comment}{name}{'' if must else '?'}: {_type(schema, depth + 1)},\n"
