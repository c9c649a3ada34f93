"""A whole answer, both ways. Source: ai.google.dev/api/generate-content#GenerateContentResponse."""

from __future__ import annotations

from collections.abc import Sequence

from conduit_desktop.errors import BadRequest
from conduit_desktop.wire.assemble import assemble
from conduit_desktop.wire.dialects.base import Context, Json
from conduit_desktop.wire.dialects.gemini.grounding import write_grounding
from conduit_desktop.wire.dialects.gemini.logprobs import write_logprobs
from conduit_desktop.wire.dialects.gemini.signatures import sealed, write_signature
from conduit_desktop.wire.dialects.gemini.streams import BROKEN, Reader
from conduit_desktop.wire.dialects.gemini.usage import write_usage
from conduit_desktop.wire.dialects.gemini.words import NAME, write_finish, write_tier
from conduit_desktop.wire.dialects.gemini.writing import own, write_call, write_media
from conduit_desktop.wire.messages import (
    Choice,
    Citation,
    Finish,
    Foreign,
    Media,
    Part,
    Refusal,
    Response,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)
from conduit_desktop.wire.node import Node, invalid
from conduit_desktop.wire.usage import Usage


def decode_response(body: Json | list[Json]) -> Response:
    """A provider's answer. An array is a stream that came as one body."""
    chunks = body if isinstance(body, list) else [body]
    for chunk in chunks:
        Node(chunk)
    if not any(name in chunk for chunk in chunks for name in ("candidates", "promptFeedback", "usageMetadata")):
        raise invalid("candidates", "is missing")
    reader = Reader(whole=True)
    try:
        return assemble([*(event for chunk in chunks for event in reader.take(chunk)), *reader.finish()])
    except BadRequest:
        raise
    except BROKEN as error:
        raise invalid("candidates", f"cannot be read ({error})") from error


def encode_response(response: Response, context: Context) -> Json:
    """The answer for a client."""
    out = frame(response.id, response.model, context)
    mine: Json = response.extras.get(NAME) or {}
    blocked = [feedback for choice in response.choices if (feedback := feedback_of(choice.extras)) and not choice.parts]
    if blocked:
        out["promptFeedback"] = blocked[0]
    else:
        out["candidates"] = [_candidate(choice) for choice in response.choices]
    usage = response.usage or Usage(input=context.input_tokens, estimated=True)
    out["usageMetadata"] = {**write_usage(usage), **tier_of(response.service_tier)}
    return {**out, **mine}


def frame(ident: str, model: str, context: Context) -> Json:
    """What every chunk says."""
    return {"modelVersion": model or context.request.model, "responseId": ident or context.seed}


def tier_of(word: str) -> Json:
    """The service tier, which stands with the usage."""
    tier = write_tier(word)
    return {"serviceTier": tier} if tier else {}


def feedback_of(extras: Json) -> Json:
    """What Gemini said of a prompt that it blocked."""
    found: Json = (extras.get(NAME) or {}).get("promptFeedback") or {}
    return found


def _candidate(choice: Choice) -> Json:
    parts: list[Json] = []
    malformed = ""
    texts: list[str] = []
    citations: list[tuple[Citation, int]] = []
    before: list[Thinking] = []
    for part in choice.parts:
        if isinstance(part, Thinking) and sealed(part):
            before.append(part)
        if isinstance(part, Text):
            citations += [(each, sum(map(len, texts))) for each in part.citations]
            texts.append(part.text)
        written = write_part(part, before)
        if isinstance(part, ToolCall):
            before = []
        if written is None:
            malformed = malformed_call(part)
        else:
            parts += written
    out: Json = {"content": {"parts": parts or [{"text": ""}], "role": "model"}}
    out.update(
        ending(
            choice.finish, choice.native_finish, malformed, choice.extras, write_citations(citations, "".join(texts))
        )
    )
    if choice.logprobs:
        out["logprobsResult"] = write_logprobs(choice.logprobs)
    out["index"] = choice.index
    return out


def write_citations(citations: list[tuple[Citation, int]], text: str) -> Json:
    """The grounding that citations make."""
    return {"groundingMetadata": write_grounding(citations, text)} if citations else {}


def ending(finish: Finish | None, native: str, malformed: str, extras: Json, cited: Json) -> Json:
    """What the end of a candidate says. Gemini's own metadata win over what the citations would make of them."""
    out: Json = {}
    if finish is not None:
        out["finishReason"] = write_finish(finish, native)
    if malformed and finish != "length":
        out["finishReason"] = "MALFORMED_FUNCTION_CALL"
        out["finishMessage"] = malformed
    mine: Json = {name: value for name, value in (extras.get(NAME) or {}).items() if name != "promptFeedback"}
    if "citationMetadata" in mine or "groundingMetadata" in mine:
        cited = {}
    return {**out, **cited, **mine}


def malformed_call(part: Part) -> str:
    """What Gemini says of a call that cannot be read."""
    return f"Malformed function call: {part.name}({part.arguments})" if isinstance(part, ToolCall) else ""


def write_part(part: Part, before: Sequence[Thinking] = ()) -> list[Json] | None:
    """The parts for a part of an answer; None for a call whose arguments are no JSON object. ``before`` are the
    thoughts that a call carries."""
    match part:
        case Text() | Refusal():
            return _marked({"text": part.text}, part) if part.text or part.signature else []
        case Thinking():
            seal = write_signature(part.signature, part.encrypted, part.id)
            signed: Json = {"thoughtSignature": seal} if seal else {}
            return [{"text": part.text, "thought": True, **signed, **own(part)[0]}] if part.text or seal else []
        case ToolCall():
            call = write_call(part)
            return None if call is None else _marked({"functionCall": call}, part, before)
        case Media():
            return _media(part)
        case Foreign(dialect="gemini"):
            return _marked({part.kind: part.data}, part)
        case Foreign() | ToolResult():
            return []


def _marked(data: Json, part: Part, before: Sequence[Thinking] = ()) -> list[Json]:
    seal = write_signature(part.signature, before=before)
    return [{**data, **({"thoughtSignature": seal} if seal else {}), **own(part)[0]}]


def _media(part: Media) -> list[Json]:
    try:
        written = write_media(part)
    except BadRequest:  # a file of another provider's: there is no other way to name it
        return []
    if part.signature and written:
        written[-1]["thoughtSignature"] = write_signature(part.signature)
    if part.data and part.transcript:
        written[-1]["audioTranscription"] = {"text": part.transcript}
    return written
