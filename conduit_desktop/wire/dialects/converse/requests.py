"""Requests to Bedrock: the canonical form written as the body of Converse (and ConverseStream, which is the same).

Source: the shape ConverseRequest of Amazon's service model ``bedrock-runtime``.
"""

from __future__ import annotations

import re

import msgspec

from conduit_desktop.wire.dialects import lowering
from conduit_desktop.wire.dialects.base import Encoded, Json, foreign_extras, unsayable
from conduit_desktop.wire.dialects.converse import tools, wishes
from conduit_desktop.wire.dialects.converse.content import Writer
from conduit_desktop.wire.dialects.converse.families import family
from conduit_desktop.wire.dialects.converse.media import NAME
from conduit_desktop.wire.messages import Message, Part, Request, ToolCall, ToolResult
from conduit_desktop.wire.traits import Traits

DROPPED = frozenset(
    {
        "cache_key",
        "frequency_penalty",
        "logit_bias",
        "logprobs",
        "min_p",
        "presence_penalty",
        "repetition_penalty",
        "seed",
        "store",
        "top_logprobs",
        "user",
        "verbosity",
    }
)
"""Members that Converse has no word for and whose absence does not change what is meant."""
OWN = (
    "guardrailConfig",
    "performanceConfig",
    "promptVariables",
    "additionalModelResponseFieldPaths",
    "projectIdentifier",
)
"""Members of Converse that no other dialect has; they are kept in ``extras``."""
_TIERS = {each: each for each in ("priority", "default", "flex", "reserved")} | {
    "standard": "default",
    "standard_only": "default",
}
_TAG = re.compile(r"[a-zA-Z0-9\s:_@$#=/+,.-]{1,256}")
_STAND_IN = "."
STOP_PATH = "/stop_sequence"


def encode_request(request: Request, traits: Traits) -> Encoded:
    """See ``base.Dialect``. ``request.model`` is the model's id at Bedrock: its vendor decides some spellings."""
    writer = Writer(family(request.model))
    request = _within(request, traits, writer)
    body: Json = {name: value for name, value in _extras(request, writer).items() if name in OWN}
    more: Json = dict(_extras(request, writer).get("additionalModelRequestFields") or {})
    system, messages = _conversation(request, writer)
    instructed, answering = tools.shape(request, traits, writer, body)
    if instructed:
        system.append({"text": instructed})
    forced = tools.write(request, traits, writer, body, more, answering)
    thinks = wishes.reasoning(request, traits, writer, body, more, forced=forced)
    if system:
        body["system"] = system
    body["messages"] = messages
    if sampling := wishes.sampling(request, writer, more, thinks=thinks):
        body["inferenceConfig"] = sampling
    _sundries(request, writer, body)
    if more:
        body["additionalModelRequestFields"] = more
    return Encoded(body, writer.dropped)


def _within(request: Request, traits: Traits, writer: Writer) -> Request:
    """The request without what Converse has no word for, or this model refuses. Raises for what cannot be left out."""
    if request.n is not None and request.n > 1:
        raise unsayable("n", "Bedrock gives one answer to a request")
    if "audio" in request.modalities or request.audio is not None:
        raise unsayable("modalities", "Bedrock's Converse answers in words")
    if request.previous_id:
        raise unsayable("previous_response_id", "Bedrock keeps no conversations")
    kept, refused = lowering.without(request, traits.refuses | DROPPED)
    for name in refused:
        writer.drop(name)
    return kept


def _extras(request: Request, writer: Writer) -> Json:
    for name in foreign_extras(request.extras, NAME):
        writer.drop(name)
    found = request.extras.get(NAME)
    return found if isinstance(found, dict) else {}


# ---------------------------------------------------------------- the conversation


def _conversation(request: Request, writer: Writer) -> tuple[list[Json], list[Json]]:
    """``system`` and ``messages``: user and assistant take turns, the user first."""
    system: list[Json] = []
    messages: list[Json] = []
    for message in _with_ids(request.messages):
        if message.name:
            writer.drop("name")
        said = message.role == "assistant"
        blocks = writer.blocks(message.parts if said else [writer.uncited(part) for part in message.parts])
        if message.role in ("system", "developer"):
            system += [_instruction(block) for block in blocks]
            continue
        role = "assistant" if said else "user"
        if not blocks:
            continue
        if messages and messages[-1]["role"] == role:
            messages[-1]["content"] += blocks
        else:
            messages.append({"role": role, "content": blocks})
    if not messages and system:
        # Converse demands a user's turn; with instructions alone, they are what the user says.
        messages, system = [{"role": "user", "content": system}], []
    elif messages and messages[0]["role"] == "assistant" and not writer.family.leads:
        messages.insert(0, {"role": "user", "content": [{"text": _STAND_IN}]})
    for turn in messages:
        kinds = {kind for block in turn["content"] for kind in block}
        if "document" in kinds and turn["role"] == "user" and not kinds & {"text", "toolResult"}:
            turn["content"].insert(0, {"text": "See the attached document."})  # Converse demands words beside it
    return system, messages


def _instruction(block: Json) -> Json:
    if block.keys().isdisjoint(("text", "cachePoint", "guardContent")):
        raise unsayable("system", "Bedrock takes instructions in words only")
    return block


def _with_ids(messages: list[Message]) -> list[Message]:
    """The messages with an id for every tool call: dialects without ids pair calls with results by name and order."""
    if all(part.id for each in messages for part in each.parts if isinstance(part, ToolCall)):
        return messages
    waiting: list[tuple[str, str]] = []
    out, number = [], 0
    for message in messages:
        parts: list[Part] = []
        for part in message.parts:
            if isinstance(part, ToolCall) and not part.id:
                part = msgspec.structs.replace(part, id=f"tooluse_{number}")
                waiting.append((part.name, part.id))
                number += 1
            elif isinstance(part, ToolResult) and not part.call_id and waiting:
                name = part.name
                pair = next((each for each in waiting if each[0] == name), waiting[0])
                waiting.remove(pair)
                part = msgspec.structs.replace(part, call_id=pair[1])
            parts.append(part)
        out.append(msgspec.structs.replace(message, parts=parts))
    return out


# ---------------------------------------------------------------- the rest


def _sundries(request: Request, writer: Writer, body: Json) -> None:
    if request.metadata:
        tags = {
            name: value
            for name, value in request.metadata.items()
            if isinstance(value, str) and _TAG.fullmatch(name) and _TAG.fullmatch(value)
        }
        if len(tags) < len(request.metadata) or len(tags) > 16:
            writer.drop("metadata")
        if tags:
            body["requestMetadata"] = dict(list(tags.items())[:16])
    if request.service_tier and request.service_tier != "auto":
        if tier := _TIERS.get(request.service_tier):
            body["serviceTier"] = {"type": tier}
        else:
            writer.drop("service_tier")
    if request.stop and writer.family.claude:
        # Converse tells that a stop sequence ended the answer; which, it tells only when asked.
        body.setdefault("additionalModelResponseFieldPaths", [STOP_PATH])
