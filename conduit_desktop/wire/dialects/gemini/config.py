"""``generationConfig``, both ways. Source: ai.google.dev/api/generate-content#GenerationConfig."""

from __future__ import annotations

from typing import Any

from conduit_desktop.wire.dialects.base import Json, unsayable
from conduit_desktop.wire.dialects.gemini.schemas import plain_schema, to_json_schema
from conduit_desktop.wire.dialects.gemini.thinking import read_thinking, unheard, write_thinking
from conduit_desktop.wire.dialects.gemini.words import NAME
from conduit_desktop.wire.messages import Format, Request
from conduit_desktop.wire.node import Node
from conduit_desktop.wire.traits import Traits

_NUMBERS = {
    "temperature": ("temperature", "temperature"),
    "top_p": ("topP", "top_p"),
    "frequency_penalty": ("frequencyPenalty", "frequency_penalty"),
    "presence_penalty": ("presencePenalty", "presence_penalty"),
}
_WHOLE = {
    "max_tokens": ("maxOutputTokens", "max_output_tokens"),
    "top_k": ("topK", "top_k"),
    "n": ("candidateCount", "candidate_count"),
    "seed": ("seed", "seed"),
}
_PCM = ("pcm16", "pcm")


def read_config(node: Node, request: Request) -> Json:
    """Puts what the config says into the request; gives what only Gemini knows of it."""
    for name, spellings in _NUMBERS.items():
        setattr(request, name, node.number(*spellings))
    for name, spellings in _WHOLE.items():
        setattr(request, name, node.whole(*spellings))
    request.stop = node.texts("stopSequences", "stop_sequences")
    request.logprobs = node.flag("responseLogprobs", "response_logprobs")
    request.top_logprobs = node.whole("logprobs")
    request.modalities = [each.lower() for each in node.texts("responseModalities", "response_modalities")]
    request.reasoning = read_thinking(node.node("thinkingConfig", "thinking_config"))
    own = _read_format(node, request)
    own.update(_read_speech(node, request))
    own.update(node.rest())
    return own


def _read_format(node: Node, request: Request) -> Json:
    kind = node.text("responseMimeType", "response_mime_type")
    schema = node.table("responseJsonSchema", "response_json_schema")
    narrow = node.table("responseSchema", "response_schema")
    if kind not in ("", "application/json", "text/plain"):  # bare words of an enum: only Gemini has that
        return {"responseMimeType": kind, **({} if narrow is None else {"responseSchema": narrow})}
    if schema is None and narrow is not None:
        schema = to_json_schema(narrow, node.at("responseSchema"))
    if schema is not None:
        request.format = Format(kind="schema", schema=schema)
    elif kind == "application/json":
        request.format = Format(kind="json")
    return {}


def _read_speech(node: Node, request: Request) -> Json:
    speech = node.table("speechConfig", "speech_config")
    if speech is None:
        return {}
    voice: Any = speech
    for name in ("voiceConfig", "prebuiltVoiceConfig", "voiceName"):
        snake = "".join("_" + mark.lower() if mark.isupper() else mark for mark in name)
        voice = (voice.get(name) or voice.get(snake)) if isinstance(voice, dict) else None
    request.audio = {"format": "pcm16", **({"voice": voice} if isinstance(voice, str) else {})}
    return {"speechConfig": speech}


def write_config(request: Request, traits: Traits, dropped: list[str]) -> Json:
    """The config for a provider. Names of what has to stay behind go to ``dropped``."""
    out: Json = {}
    for name, (camel, _) in {**_NUMBERS, **_WHOLE}.items():
        if (value := getattr(request, name)) is not None:
            out[camel] = value
    if request.seed is not None:
        out["seed"] = (request.seed + 2**31) % 2**32 - 2**31  # which Google keeps in 32 bits
    _write_answer(request, out)
    own: Json = (request.extras.get(NAME) or {}).get("generationConfig") or {}
    if request.format is not None:
        out.update(_write_format(request.format, traits, dropped))
    thinking = write_thinking(request.reasoning, traits, request.model)
    if thinking:
        out["thinkingConfig"] = thinking
    if thinking == {} or unheard(request.reasoning, thinking or {}):
        dropped.append("reasoning")
    return {**out, **own}


def _write_answer(request: Request, out: Json) -> None:
    """What the answer is to be made of."""
    if request.stop:
        out["stopSequences"] = request.stop
    if request.logprobs or request.top_logprobs:
        out["responseLogprobs"] = True
    if request.top_logprobs:
        out["logprobs"] = request.top_logprobs
    if request.modalities and request.modalities != ["text"]:
        out["responseModalities"] = [each.upper() for each in request.modalities]
    if request.audio is not None:
        _write_audio(request.audio, out)


def _write_audio(audio: Json, out: Json) -> None:
    sort = audio.get("format")
    if isinstance(sort, str) and sort not in _PCM:
        raise unsayable("audio.format", "Gemini speaks in pcm16 only")
    if isinstance(audio.get("voice"), str):
        out["speechConfig"] = {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": audio["voice"]}}}


def _write_format(wanted: Format, traits: Traits, dropped: list[str]) -> Json:
    if traits.schema == "none":
        raise unsayable("response_format", "the model has no structured output")
    out: Json = {"responseMimeType": "application/json"}
    if wanted.kind == "json" or wanted.schema is None:
        return out
    if traits.schema == "json":
        dropped.append("response_format.schema")
        return out
    schema = plain_schema(wanted.schema)
    if wanted.description and "description" not in schema:
        schema["description"] = wanted.description
    out["responseJsonSchema"] = schema
    return out
