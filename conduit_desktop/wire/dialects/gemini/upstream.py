"""A request for a provider that speaks Gemini, on the Gemini API or on Vertex."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from conduit_desktop.wire.dialects.base import Encoded, Json, foreign_extras, unsayable
from conduit_desktop.wire.dialects.gemini.config import write_config
from conduit_desktop.wire.dialects.gemini.signatures import BYPASS, is_base64
from conduit_desktop.wire.dialects.gemini.tools import write_choice, write_tools
from conduit_desktop.wire.dialects.gemini.words import NAME, write_tier
from conduit_desktop.wire.dialects.gemini.writing import own, write_call, write_media, write_result
from conduit_desktop.wire.dialects.reading import standard_base64
from conduit_desktop.wire.messages import (
    Foreign,
    Media,
    Message,
    Part,
    Refusal,
    Request,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)
from conduit_desktop.wire.traits import Traits

_UNSAID = (
    "min_p",
    "repetition_penalty",
    "logit_bias",
    "parallel_tools",
    "verbosity",
    "user",
    "store",
    "cache_key",
)
"""What Gemini has no word for and what changes nothing of what is meant."""
_LABEL = re.compile(r"[a-z0-9_-]{0,63}")


def encode_request(request: Request, traits: Traits) -> Encoded:
    """The body; the model and whether to stream stand in the address."""
    dropped: list[str] = []
    request = _without(request, traits.refuses, dropped)
    if request.previous_id:
        raise unsayable("previous_response_id", "Gemini keeps no answers to go on from")
    dropped += [name for name in _UNSAID if getattr(request, name) not in (None, "", {})]
    writer = _Contents(request, traits, dropped)
    body: Json = {"contents": writer.contents()}
    system = writer.system()
    if system and not body["contents"]:
        body["contents"] = [{"role": "user", "parts": system}]
    elif system:
        body["systemInstruction"] = {"parts": system}
    if tools := write_tools(request, dropped):
        body["tools"] = tools
    if choice := write_choice(request, tools):
        body["toolConfig"] = choice
    if config := write_config(request, traits, dropped):
        body["generationConfig"] = config
    _frame(request, traits, body, dropped)
    return Encoded(body, list(dict.fromkeys(dropped)))


def _without(request: Request, refuses: frozenset[str], dropped: list[str]) -> Request:
    """The request without the members that this provider does not take."""
    empty = Request()
    gone = [name for name in sorted(refuses) if getattr(request, name, None) not in (None, "", [], {}, False)]
    dropped += gone
    return msgspec.structs.replace(request, **{name: getattr(empty, name) for name in gone}) if gone else request


def _frame(request: Request, traits: Traits, body: Json, dropped: list[str]) -> None:
    """What stands beside contents, tools and config."""
    tier = write_tier(request.service_tier)
    if tier:
        body["serviceTier"] = tier
    elif request.service_tier not in ("", "auto"):
        dropped.append("service_tier")
    if request.metadata:
        if traits.kind == "vertex" and _labels(request.metadata):
            body["labels"] = request.metadata
        else:
            dropped.append("metadata")
    dropped += foreign_extras(request.extras, NAME)
    mine: Json = request.extras.get(NAME) or {}
    body.update({name: value for name, value in mine.items() if name not in ("toolConfig", "generationConfig")})


def _labels(metadata: dict[str, Any]) -> bool:
    """Whether Vertex takes it as labels: short lower-case words."""
    return all(
        isinstance(value, str) and _LABEL.fullmatch(value) and _LABEL.fullmatch(key) for key, value in metadata.items()
    )


class _Contents:
    """Writes the conversation. Results need the name of what was called, which only the call has for sure."""

    def __init__(self, request: Request, traits: Traits, dropped: list[str]) -> None:
        self._messages = request.messages
        self._dropped = dropped
        self._newest = traits.thinking == "level"  # Gemini 3: signatures demanded, media inside of results
        self._names = {
            part.id: part.name
            for message in request.messages
            for part in message.parts
            if isinstance(part, ToolCall) and part.id
        }

    def system(self) -> list[Json]:
        """The parts of the system instruction: what every system and developer message says, in order."""
        out: list[Json] = []
        for message in self._messages:
            if message.role in ("system", "developer"):
                self._note(message)
                for part in message.parts:
                    if isinstance(part, Text):
                        out += self._part(part)
                    else:
                        self._dropped.append(f"{message.role}.{type(part).__name__.lower()}")
        return out

    def contents(self) -> list[Json]:
        """The contents. Results of one turn stand in one, and so do the calls of one."""
        out: list[Json] = []
        before = ""
        for message in self._messages:
            if message.role in ("system", "developer"):
                continue
            self._note(message)
            parts = [each for part in message.parts for each in self._part(part)]
            if not parts:
                continue
            if message.role == before and before in ("assistant", "tool"):
                out[-1]["parts"] += parts
            else:
                out.append({"role": "model" if message.role == "assistant" else "user", "parts": parts})
            before = message.role
        if self._newest:
            for content in out:
                _sign(content["parts"])
        return out

    def _note(self, told: Message | Part) -> None:
        """What has to stay behind of a message or part."""
        if isinstance(told, Message):
            if told.name:
                self._dropped.append("name")
        elif told.cache is not None:
            self._dropped.append("cache")
        self._dropped += foreign_extras(told.extras, NAME)

    def _part(self, part: Part) -> list[Json]:
        self._note(part)
        match part:
            case Text() | Refusal():
                return self._text(part)
            case Thinking():
                return self._thinking(part)
            case Media():
                return self._media(part)
            case ToolCall():
                return self._call(part)
            case ToolResult():
                for each in part.parts:
                    self._note(each)
                return write_result(part, self._names.get(part.call_id) or part.name or part.call_id, self._newest)
            case Foreign(dialect="gemini"):
                return [{part.kind: part.data, **_signed(part), **own(part)[0]}]
            case _:
                self._dropped.append(part.kind)
                return []

    def _text(self, part: Text | Refusal) -> list[Json]:
        signed = _signed(part) if isinstance(part, Text) else {}
        return [{"text": part.text, **signed, **own(part)[0]}] if part.text or signed else []

    def _thinking(self, part: Thinking) -> list[Json]:
        """Thoughts go back as google-genai sends them back; their signature only where Google gave it, which cannot
        be told from another provider's, and is demanded of calls alone."""
        if part.encrypted:
            self._dropped.append("thinking.encrypted")
        return [{"text": part.text, "thought": True}] if part.text else []

    def _media(self, part: Media) -> list[Json]:
        if part.citable:
            self._dropped.append("citations")
        if part.detail and part.detail != "auto":
            self._dropped.append("detail")
        written = write_media(part)
        written[-1].update(_signed(part))
        return written

    def _call(self, part: ToolCall) -> list[Json]:
        call = write_call(part)
        if (
            call is None
        ):  # a model's slip that the conversation has got over: shown as it was, in the form that can be said
            call = write_call(msgspec.structs.replace(part, custom=True)) or {}
        return [{"functionCall": call, **_signed(part), **own(part)[0]}]


def _signed(part: Part) -> Json:
    """The signature, where Google can have made it: its own are bytes."""
    signature = standard_base64(part.signature)
    return {"thoughtSignature": signature} if signature and is_base64(signature) else {}


def _sign(parts: list[Json]) -> None:
    """Lets the first call of a step pass that no Gemini 3 model has signed."""
    first = next((part for part in parts if "functionCall" in part), None)
    if first is not None and "thoughtSignature" not in first:
        first["thoughtSignature"] = BYPASS
