"""A request for a provider that speaks the Interactions API."""

from __future__ import annotations

from conduit_desktop.wire.dialects.base import Encoded, Json, foreign_extras, unsayable
from conduit_desktop.wire.dialects.gemini.signatures import is_base64
from conduit_desktop.wire.dialects.gemini.words import write_tier
from conduit_desktop.wire.dialects.interactions.config import write_config, write_format
from conduit_desktop.wire.dialects.interactions.contents import write_content
from conduit_desktop.wire.dialects.interactions.signatures import SIGNED
from conduit_desktop.wire.dialects.interactions.tools import write_tools
from conduit_desktop.wire.dialects.interactions.words import NAME
from conduit_desktop.wire.dialects.interactions.writing import write_call, write_foreign, write_thought
from conduit_desktop.wire.dialects.lowering import own, without
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
    "top_k",
    "min_p",
    "frequency_penalty",
    "presence_penalty",
    "repetition_penalty",
    "logit_bias",
    "logprobs",
    "top_logprobs",
    "parallel_tools",
    "verbosity",
    "user",
    "cache_key",
)
"""What the API has no word for and what changes nothing of what is meant."""


def encode_request(request: Request, traits: Traits) -> Encoded:
    """The body."""
    request, dropped = without(request, traits.refuses)
    if request.previous_id:
        raise unsayable("previous_response_id", "it names no interaction of Google's")
    if (request.n or 1) > 1:
        raise unsayable("n", "an interaction gives one answer")
    dropped += [name for name in _UNSAID if getattr(request, name) not in (None, "", {})]
    dropped += foreign_extras(request.extras, NAME)
    writer = _Steps(request, dropped)
    steps, system = writer.steps(), writer.system()
    tools = write_tools(request, traits, dropped)
    told = {
        "model": request.model,
        "system_instruction": system if steps else "",
        "input": steps or system,
        "tools": tools,
        "generation_config": write_config(request, traits, tools, dropped),
        "response_format": write_format(request, traits, dropped),
        "labels": request.metadata,
        "service_tier": write_tier(request.service_tier),
        "stream": request.stream or None,
    }
    body = {name: value for name, value in told.items() if value not in (None, "", [], {})}
    if request.service_tier not in ("", "auto") and "service_tier" not in body:
        dropped.append("service_tier")
    body["store"] = bool(request.store)  # what other dialects ask is not kept anywhere either
    mine = own(request.extras, NAME)
    if mine and request.store is None:
        del body["store"]
    body |= {name: value for name, value in mine.items() if name not in ("generation_config", "response_format")}
    return Encoded(body, list(dict.fromkeys(dropped)))


class _Steps:
    """Writes the conversation."""

    def __init__(self, request: Request, dropped: list[str]) -> None:
        self._messages = request.messages
        self._dropped = dropped
        self._names = {
            part.id: part.name for each in request.messages for part in each.parts if isinstance(part, ToolCall)
        }

    def system(self) -> str:
        """What every system and developer message says, in order."""
        out = []
        for message in self._messages:
            if message.role not in ("system", "developer"):
                continue
            self._note(message)
            for part in message.parts:
                self._note(part)
                if isinstance(part, Text):
                    out.append(part.text)
                else:
                    self._dropped.append(f"{message.role}.{type(part).__name__.lower()}")
        return "\n\n".join(text for text in out if text)

    def steps(self) -> list[Json]:
        """The steps: what is said in one go stands in one."""
        out: list[Json] = []
        for message in self._messages:
            if message.role in ("system", "developer"):
                continue
            self._note(message)
            kind = "user_input" if message.role == "user" else "model_output"
            content: list[Json] = []
            for part in message.parts:
                self._note(part)
                if isinstance(part, Text | Refusal | Media):
                    if written := write_content(part):
                        out += self._signed(part, content)
                        content = self._content(out, kind, content)
                        content += written
                else:
                    content = []
                    out += self._step(part)
        return out

    @staticmethod
    def _content(out: list[Json], kind: str, content: list[Json]) -> list[Json]:
        """The content of the step that is on; a new one where there is none."""
        if not (out and out[-1].get("content") is content):
            content = []
            out.append({"type": kind, "content": content})
        return content

    def _note(self, told: Message | Part) -> None:
        """What has to stay behind of a message or part."""
        if isinstance(told, Message):
            if told.name:
                self._dropped.append("name")
        else:
            if told.cache is not None:
                self._dropped.append("cache")
            if isinstance(told, Media):
                self._note_media(told)
        self._dropped += foreign_extras(told.extras, NAME)

    def _note_media(self, media: Media) -> None:
        if media.citable:
            self._dropped.append("citations")
        if media.detail not in ("", "auto", "low", "high"):
            self._dropped.append("detail")
        if media.name and media.kind != "video":
            self._dropped.append("name")

    def _step(self, part: Part) -> list[Json]:
        match part:
            case Thinking():
                return self._thought(part)
            case ToolCall():
                return [*self._signed(part, []), write_call(part, part.id)]
            case ToolResult():
                return [self._result(part)]
            case Foreign():
                step = write_foreign(part)
                if step is None:
                    self._dropped.append(part.kind)
                return [] if step is None else [step]
            case _:
                return []

    def _thought(self, part: Thinking) -> list[Json]:
        """Thoughts have to come back as they were. Only Google's own signatures do: they are base64, and did not come
        wrapped."""
        if part.encrypted:
            self._dropped.append("thinking.encrypted")
        others = (part.extras.get(NAME) or {}).get(SIGNED) is False
        step = write_thought(part, "" if others else _googles(part.signature))
        return [step] if len(step) > 1 else []

    @staticmethod
    def _signed(part: Part, content: list[Json]) -> list[Json]:
        """The thought step with a signature of Google's other API, which stands on the part itself there. Not in the
        middle of what is said."""
        signature = _googles(part.signature)
        return [{"type": "thought", "signature": signature}] if signature and not content else []

    def _result(self, part: ToolResult) -> Json:
        for each in part.parts:
            self._note(each)
        content = [each for inner in part.parts if isinstance(inner, Text | Media) for each in write_content(inner)]
        out: Json = {"type": "function_result", "call_id": part.call_id}
        if name := part.name or self._names.get(part.call_id):
            out["name"] = name
        out["result"] = content
        if all(each.keys() == {"type", "text"} for each in content):
            out["result"] = "\n".join(each["text"] for each in content)
        if part.failed is not None:
            out["is_error"] = part.failed
        return {**out, **own(part.extras, NAME)}


def _googles(signature: str) -> str:
    """The signature, where Google can have made it: its own are bytes."""
    plain = standard_base64(signature)
    return plain if plain and is_base64(plain) else ""
