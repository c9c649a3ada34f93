"""What a real SDK made of an answer: its text, how it ended, and which exception of the SDK's own it raised."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

import anthropic
import cohere.core.api_error
import cohere.errors
import ollama
import openai
from google.genai import errors as google

from tests.matrix import extract
from tests.matrix.clients import Client, Heard, dumped

Json = dict[str, Any]
HI = [{"role": "user", "content": "Tell me a story."}]
SPOKEN = {
    "openai-chat": "chat",
    "openai-responses": "responses",
    "anthropic-messages": "messages",
    "gemini": "gemini",
    "cohere": "cohere",
    "ollama": "ollama",
}
"""The gateway's names of dialects -> the matrix's."""


def asking(client: str, streamed: bool, text: str = "Tell me a story.") -> Json:
    """A request as the SDK's method takes it."""
    said = [{"role": "user", "content": text}]
    match client:
        case "openai-responses":
            return {"input": text, "stream": streamed}
        case "anthropic-messages":
            return {"max_tokens": 200, "messages": said, "stream": streamed}
        case "gemini":
            contents = [{"role": "user", "parts": [{"text": text}]}]
            return {"contents": contents, "config": {}, "stream": streamed}
        case "openai-chat" if streamed:
            return {"messages": said, "stream": True, "stream_options": {"include_usage": True}}
        case _:
            return {"messages": said, "stream": streamed}


@dataclass
class Outcome:
    """``text`` is all that was heard, ``finish`` how the answer ended in the SDK's eyes (empty: it did not). ``error``
    is what the SDK raised, or the error it was given inside the stream; ``words`` what it says, ``status`` with which
    it came."""

    text: str = ""
    finish: str = ""
    error: Exception | None = None
    words: str = ""
    status: int = 0
    seconds: float = 0.0
    objects: list[Json] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        return self.error is not None or bool(self.words)


async def ask(client: Client, dialect: str, streamed: bool, model: str, limit: float = 30.0) -> Outcome:
    """Send one request by the SDK; whatever comes of it."""
    outcome, heard, began = Outcome(), Heard(), time.perf_counter()
    try:
        async with asyncio.timeout(limit):
            async for found in client.send(asking(dialect, streamed), model, heard):
                outcome.objects.append(dumped(found, heard))
    except Exception as error:  # noqa: BLE001 - whatever an SDK raises is what a user would see
        outcome.error = error
        outcome.status, outcome.words = client.failure(error)
        outcome.words = outcome.words or f"{type(error).__name__}: {error}"
    outcome.seconds = time.perf_counter() - began
    outcome.text = "".join(text_of(dialect, found) for found in outcome.objects)
    if outcome.objects:
        reply = extract.read(SPOKEN[dialect], outcome.objects, streamed)
        outcome.finish = reply.finish
        outcome.words = outcome.words or reply.error or ""
    return outcome


def text_of(dialect: str, found: Json) -> str:
    """The text in one object of an answer."""
    match dialect:
        case "openai-chat":
            choice = (found.get("choices") or [{}])[0]
            return (choice.get("delta") or choice.get("message") or {}).get("content") or ""
        case "openai-responses":
            if "type" in found:
                return found["delta"] if found["type"] == "response.output_text.delta" else ""
            parts = [part for item in found.get("output") or () for part in item.get("content") or ()]
            return "".join(part.get("text") or "" for part in parts)
        case "anthropic-messages":
            parts = found.get("content") or [found.get("delta") or {}]
            return "".join(part.get("text") or "" for part in parts)
        case "gemini":
            content = (found.get("candidates") or [{}])[0].get("content") or {}
            return "".join(part.get("text") or "" for part in content.get("parts") or ())
        case "cohere":
            message = found.get("message") or ((found.get("delta") or {}).get("message") or {})
            content = message.get("content") or []
            parts = content if isinstance(content, list) else [content]
            return "".join(part.get("text") or "" for part in parts)
        case _:
            return (found.get("message") or {}).get("content") or ""


_NAMES = {
    400: "BadRequestError",
    401: "AuthenticationError",
    403: "PermissionDeniedError",
    404: "NotFoundError",
    409: "ConflictError",
    422: "UnprocessableEntityError",
    429: "RateLimitError",
}
_COHERE = {
    400: "BadRequestError",
    401: "UnauthorizedError",
    403: "ForbiddenError",
    404: "NotFoundError",
    422: "UnprocessableEntityError",
    429: "TooManyRequestsError",
    500: "InternalServerError",
    503: "ServiceUnavailableError",
    504: "GatewayTimeoutError",
}


def expected_class(client: str, status: int) -> type[Exception]:
    """What the SDK promises to raise for an answer of this status."""
    match client:
        case "openai-chat" | "openai-responses":
            name = _NAMES.get(status, "InternalServerError" if status >= 500 else "APIStatusError")
            return getattr(openai, name)  # type: ignore[no-any-return]
        case "anthropic-messages":
            return getattr(anthropic, _NAMES.get(status, "APIStatusError"))  # type: ignore[no-any-return]
        case "gemini":
            return google.ServerError if status >= 500 else google.ClientError
        case "cohere":
            found = getattr(cohere.errors, _COHERE.get(status, ""), cohere.core.api_error.ApiError)
            return found  # type: ignore[no-any-return]
        case _:
            return ollama.ResponseError
