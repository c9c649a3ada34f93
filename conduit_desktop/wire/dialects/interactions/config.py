"""``generation_config`` and the form of the answer (``response_format``), both ways.

Source: ai.google.dev/api/interactions-api#Resource:GenerationConfig and #Resource:ResponseFormat.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from conduit_desktop.wire.dialects.base import Json, unsayable
from conduit_desktop.wire.dialects.gemini.schemas import plain_schema
from conduit_desktop.wire.dialects.gemini.thinking import unheard, write_thinking
from conduit_desktop.wire.dialects.interactions.tools import read_choice, write_choice
from conduit_desktop.wire.dialects.interactions.words import NAME
from conduit_desktop.wire.messages import Format, Reasoning, Request
from conduit_desktop.wire.node import Node, misfit
from conduit_desktop.wire.traits import Traits

_SOUNDS = {
    "audio/l16": "pcm16",
    "audio/mp3": "mp3",
    "audio/wav": "wav",
    "audio/ogg_opus": "opus",
    "audio/alaw": "g711_alaw",
    "audio/mulaw": "g711_ulaw",
}
_SPOKEN = {name: kind for kind, name in _SOUNDS.items()} | {"pcm": "audio/l16"}


# ---------------------------------------------------------------- generation_config


def read_config(node: Node, request: Request) -> Json:
    """Puts what the config says into the request; gives what only this dialect knows of it."""
    request.temperature, request.top_p = node.number("temperature"), node.number("top_p")
    request.top_k = node.whole("top_k")
    request.frequency_penalty = node.number("frequency_penalty")
    request.presence_penalty = node.number("presence_penalty")
    request.max_tokens, request.seed = node.whole("max_output_tokens"), node.whole("seed")
    request.stop = node.texts("stop_sequences")
    request.reasoning = _read_thinking(node)
    request.tool_choice, kept = read_choice(node.get("tool_choice"), node.at("tool_choice"))
    own: Json = {} if kept is None else {"tool_choice": kept}
    speech = node.get("speech_config")
    if speech is not None:
        request.audio = _voice(speech)
        own["speech_config"] = speech
    return {**own, **node.rest()}


def _read_thinking(node: Node) -> Reasoning | None:
    level, shown = node.text("thinking_level").lower(), node.text("thinking_summaries").lower()
    if not (level or shown):
        return None
    return Reasoning(enabled=True if level else None, effort=level, visible={"auto": True, "none": False}.get(shown))


def _voice(speech: Any) -> Json:
    """The (first) voice of a speech config."""
    if isinstance(speech, dict):
        speech = speech.get("speakers", [speech])
    first = speech[0] if isinstance(speech, list) and speech else None
    voice = first.get("voice") if isinstance(first, dict) else None
    return {"format": "pcm16", **({"voice": voice} if isinstance(voice, str) else {})}


def write_config(request: Request, traits: Traits, tools: list[Json], dropped: list[str]) -> Json:
    """The config for a provider. Names of what has to stay behind go to ``dropped``."""
    told = {
        "temperature": request.temperature,
        "top_p": request.top_p,
        "max_output_tokens": request.max_tokens,
        "stop_sequences": request.stop or None,
        "tool_choice": write_choice(request, tools),
    }
    out: Json = {name: value for name, value in told.items() if value is not None}
    if request.seed is not None:
        out["seed"] = (request.seed + 2**31) % 2**32 - 2**31  # which Google keeps in 32 bits
    if request.audio and isinstance(request.audio.get("voice"), str):
        out["speech_config"] = [{"voice": request.audio["voice"]}]
    if request.reasoning is not None:
        thinking = _write_thinking(request, traits)
        out.update(thinking)
        if not traits.thinking or unheard(
            request.reasoning, {"thinkingLevel": thinking.get("thinking_level", "").upper()}
        ):
            dropped.append("reasoning")
    own: Json = (request.extras.get(NAME) or {}).get("generation_config") or {}
    return {**out, **own}


def _write_thinking(request: Request, traits: Traits) -> Json:
    """Every model that thinks takes a level here, those of Gemini 2.5 too, whose least is ``low``."""
    if not traits.thinking:
        return {}
    told = write_thinking(request.reasoning, replace(traits, thinking="level"), request.model) or {}
    out: Json = {}
    if "thinkingLevel" in told:
        level = told["thinkingLevel"].lower()
        out["thinking_level"] = "low" if level == "minimal" and traits.thinking == "budget" else level
    if "includeThoughts" in told:
        out["thinking_summaries"] = "auto" if told["includeThoughts"] else "none"
    return out


# ---------------------------------------------------------------- response_format


def read_format(node: Node, request: Request) -> list[Json]:
    """Puts the wanted form of the answer into the request; gives the entries that say more than it can hold."""
    found, kind = node.get("response_format"), node.text("response_mime_type")
    entries = found if isinstance(found, list) else [] if found is None else [found]
    own: list[Json] = []
    sorts: list[str] = []
    for at, each in enumerate(entries):
        if not isinstance(each, dict):
            raise misfit(f"response_format[{at}]", "an object", each)
        entry = Node(each, f"response_format[{at}]" if isinstance(found, list) else "response_format")
        sort = entry.value.get("type")
        if sort not in ("text", "audio", "image", "video"):  # a bare schema, as it was once written
            request.format = Format(kind="schema", schema=each)
            continue
        entry.get("type")
        sorts.append(sort)
        if sort == "text":
            _read_text(entry, request)
        elif sort == "audio":
            sound = _SOUNDS.get(entry.text("mime_type"), "pcm16")
            request.audio = {**(request.audio or {}), "format": sound}
        if entry.rest():
            own.append(each)
    if kind == "application/json" and request.format is None:
        request.format = Format(kind="json")
    wanted = [each.lower() for each in node.texts("response_modalities")] or list(dict.fromkeys(sorts))
    request.modalities = [] if wanted == ["text"] else wanted
    return own


def _read_text(entry: Node, request: Request) -> None:
    schema, kind = entry.table("schema"), entry.text("mime_type")
    if schema is not None:
        request.format = Format(kind="schema", schema=schema)
    elif kind == "application/json":
        request.format = Format(kind="json")


def write_format(request: Request, traits: Traits, dropped: list[str]) -> Any:
    """The ``response_format``; None where there is nothing to ask for."""
    own: list[Json] = (request.extras.get(NAME) or {}).get("response_format") or []
    said = {each.get("type") for each in own}
    out: list[Json] = []
    if request.format is not None and "text" not in said:
        out.append(_write_text(request.format, traits, dropped))
    for sort in request.modalities:
        if sort in said or (sort == "text" and out):
            continue
        out.append({"type": sort, **(_sound(request.audio) if sort == "audio" else {})})
    out += own
    return out[0] if len(out) == 1 else out or None


def _sound(audio: Json | None) -> Json:
    wanted = (audio or {}).get("format")
    if not isinstance(wanted, str):
        return {}
    if wanted not in _SPOKEN:
        raise unsayable("audio.format", "Gemini does not speak in it")
    return {"mime_type": _SPOKEN[wanted]}


def _write_text(wanted: Format, traits: Traits, dropped: list[str]) -> Json:
    if traits.schema == "none":
        raise unsayable("response_format", "the model has no structured output")
    out: Json = {"type": "text", "mime_type": "application/json"}
    if wanted.kind == "json" or wanted.schema is None:
        return out
    if traits.schema == "json":
        dropped.append("response_format.schema")
        return out
    schema = plain_schema(wanted.schema)
    if wanted.description and "description" not in schema:
        schema["description"] = wanted.description
    return {**out, "schema": schema}
