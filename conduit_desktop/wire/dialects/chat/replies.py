"""A whole answer for a client of chat completions, and what it has in common with the chunks of a stream.

Format: OpenAI's API reference, "The chat completion object". Beyond it, where an answer holds it: ``reasoning_content``
(DeepSeek's guide "Reasoning model"), ``reasoning_details`` and ``images`` (OpenRouter), ``extra_content`` (Gemini).
"""

from __future__ import annotations

from conduit_desktop.wire.dialects.base import Context, Json, ident
from conduit_desktop.wire.dialects.chat.citations import write_annotations
from conduit_desktop.wire.dialects.chat.finish import write_finish
from conduit_desktop.wire.dialects.chat.logprobs import write_logprobs
from conduit_desktop.wire.dialects.chat.thoughts import OWN, details, plain_text, telling
from conduit_desktop.wire.dialects.chat.usage import write_usage
from conduit_desktop.wire.dialects.custom import as_asked
from conduit_desktop.wire.messages import Choice, Citation, Media, Part, Refusal, Request, Response, Text, ToolCall

TIERS = frozenset({"auto", "default", "flex", "scale", "priority", "fast"})
"""What OpenAI's types allow as an answer's service tier; other providers' words would not be read."""


def legacy(request: Request) -> bool:
    """Whether the client knows functions, not tools."""
    return any(tool.extras.get(OWN, {}).get("_legacy") for tool in request.tools)


def encode_response(response: Response, context: Context) -> Json:
    """The body of an answer."""
    own = response.extras.get(OWN)
    own = dict(own) if isinstance(own, dict) else {}
    body: Json = {
        "id": ident("chatcmpl-", response.id, context.seed),
        "object": "chat.completion",
        "created": response.created if response.created is not None else context.now,
        "model": response.model or context.request.model,
        "choices": [_choice(choice, context) for choice in response.choices or [Choice()]],
    }
    if response.usage is not None:
        body["usage"] = write_usage(response.usage)
    if response.service_tier in TIERS:
        body["service_tier"] = response.service_tier
    return {**own, **body}


def _choice(choice: Choice, context: Context) -> Json:
    own = choice.extras.get(OWN)
    own = dict(own) if isinstance(own, dict) else {}
    declined = any(isinstance(part, Refusal) for part in choice.parts)
    message = _message(choice.parts, context)
    refused = declined and not any(isinstance(part, Text) for part in choice.parts)
    return {
        **own,
        "index": choice.index,
        "message": message,
        "logprobs": write_logprobs(choice.logprobs, refused=refused),
        "finish_reason": write_finish(choice.finish or "stop", declined=declined, legacy="function_call" in message),
    }


def _message(parts: list[Part], context: Context) -> Json:
    message: Json = {"role": "assistant", "content": None, "refusal": None}
    content, citations, signature = _text(parts)
    if content is not None:
        message["content"] = content
    refusals = [part.text for part in parts if isinstance(part, Refusal)]
    if refusals:
        message["refusal"] = "".join(refusals)
    if thoughts := plain_text(parts):
        message["reasoning_content"] = thoughts
    if telling(parts):
        message["reasoning_details"] = details(parts)
    if citations:
        message["annotations"] = citations
    if signature:
        message["extra_content"] = google(signature)
    for part in parts:
        if isinstance(part, Media):
            _media(part, message, context)
    if calls := [as_asked(part, context.request) for part in parts if isinstance(part, ToolCall)]:
        _calls(calls, message, context)
    return message


def _text(parts: list[Part]) -> tuple[str | None, list[Json], str]:
    """The message's content, its annotations, and its signature."""
    content, citations, signature = "", list[Json](), ""
    texts = [part for part in parts if isinstance(part, Text)]
    for text in texts:
        citations += write_annotations(text.citations, len(content))
        content += text.text
        signature = text.signature or signature
    return (content if texts else None), citations, signature


def _media(part: Media, message: Json, context: Context) -> None:
    if part.kind == "audio":
        message["audio"] = audio_of(part, context)
    elif part.kind == "image":
        images = message.setdefault("images", [])
        images.append(image_of(part, len(images)))


def audio_of(part: Media, context: Context) -> Json:
    """A spoken answer. One that the provider gave no id or time cannot be referred to later: these are made up."""
    return {
        "id": ident("audio_", part.id, context.seed),
        "data": part.data,
        "expires_at": part.expires if part.expires is not None else context.now + 3600,
        "transcript": part.transcript,
    }


def image_of(part: Media, index: int) -> Json:
    """A picture that the model made, in OpenRouter's words."""
    url = part.url or f"data:{part.media_type or 'image/png'};base64,{part.data}"
    return {"type": "image_url", "image_url": {"url": url}, "index": index}


def google(signature: str) -> Json:
    """Gemini's signature, as its OpenAI surface carries it."""
    return {"google": {"thought_signature": signature}}


def _calls(calls: list[ToolCall], message: Json, context: Context) -> None:
    if legacy(context.request):
        message["function_call"] = {"name": calls[0].name, "arguments": calls[0].arguments}
        return
    items = []
    for at, call in enumerate(calls):
        body = {"name": call.name, ("input" if call.custom else "arguments"): call.arguments}
        kind = "custom" if call.custom else "function"
        item: Json = {"id": call_id(call.id, context, 0, at), "type": kind, kind: body}
        if call.signature:
            item["extra_content"] = google(call.signature)
        items.append(item)
    message["tool_calls"] = items


def call_id(given: str, context: Context, choice: int, at: int) -> str:
    """A call's id: the provider's, else one made of the exchange's seed."""
    return given or f"call_{context.seed}{choice or ''}{at}"


def shifted(citation: Citation, base: int) -> list[Json]:
    """One citation of a text that begins ``base`` characters into the message."""
    return write_annotations([citation], base)
