"""What providers say in six dialects when all is well, and how each of them words an error.

Written from the providers' API references and recordings, with nothing of ``conduit_desktop`` in it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.fakes.scripted_dialects import DIALECTS, Asked, Turn

Json = dict[str, Any]
INPUT, OUTPUT = 20, 10
"""The tokens that every whole answer tells."""
KINDS = {
    "openai-chat": ("openai-compatible", "/v1"),
    "openai-responses": ("openai", "/v1"),
    "anthropic-messages": ("anthropic", ""),
    "gemini": ("gemini", ""),
    "cohere": ("cohere", ""),
    "ollama": ("ollama", ""),
}
"""Dialect -> the provider kind that is asked in it, and what its base address ends with."""
MODELS = {"openai-responses": ("o3-pro", "o1-pro")}
"""The upstream models that are asked for there: those that have to be asked in this dialect."""


@dataclass
class Told:
    """One answer to be given: to which dialect, streamed or not, with which text by which model. ``words`` are those of
    its error, if it is to be one."""

    dialect: str
    streamed: bool
    text: str
    model: str
    words: str = ""

    @property
    def whole(self) -> Json:
        return WHOLE[self.dialect](self.text, self.model)

    @property
    def pieces(self) -> list[bytes]:
        """The events of the stream."""
        return STREAMED[self.dialect](self.text, self.model)

    @property
    def first(self) -> int:
        """Which of the pieces is the first with content."""
        mark = self.text[:4].encode()
        return next(index for index, piece in enumerate(self.pieces) if mark in piece)

    @property
    def content_type(self) -> str:
        return "application/x-ndjson" if self.dialect == "ollama" else "text/event-stream; charset=utf-8"

    def error(self, status: int, code: str = "") -> Json:
        return error(self.dialect, status, self.words, code)

    def event(self, status: int) -> bytes:
        """An error as it comes inside a stream."""
        return event(self.dialect, status, self.words)


def dialect_of(path: str) -> str:
    """Whose endpoint it is; empty where no chat is asked for."""
    path = path.partition("?")[0]
    ends = {
        "/chat/completions": "openai-chat",
        "/responses": "openai-responses",
        "/v1/messages": "anthropic-messages",
        "/v2/chat": "cohere",
        "/api/chat": "ollama",
        ":generateContent": "gemini",
        ":streamGenerateContent": "gemini",
    }
    return next((dialect for end, dialect in ends.items() if path.endswith(end)), "")


# ---------------------------------------------------------------- whole answers and streams


def _turn(text: str, model: str) -> Turn:
    return Turn(1, text, tokens=(INPUT, 0, OUTPUT), model=model)


def _line(data: Json) -> bytes:
    return json.dumps(data).encode() + b"\n"


def _sse(name: str, data: Json) -> bytes:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n".encode()


def _cut(text: str) -> list[str]:
    return [text[at : at + 7] for at in range(0, len(text), 7)]


def _cohere(text: str, _model: str) -> Json:
    tokens = {"input_tokens": INPUT, "output_tokens": OUTPUT}
    message = {"role": "assistant", "content": [{"type": "text", "text": text}]}
    usage = {"billed_units": tokens, "tokens": tokens}
    return {"id": "c-1", "finish_reason": "COMPLETE", "message": message, "usage": usage}


def _cohere_stream(text: str, model: str) -> list[bytes]:
    whole = _cohere(text, model)
    start = {"message": {"role": "assistant", "content": [], "tool_plan": "", "tool_calls": [], "citations": []}}
    out = [_sse("message-start", {"id": "c-1", "type": "message-start", "delta": start})]
    empty = {"message": {"content": {"type": "text", "text": ""}}}
    out.append(_sse("content-start", {"type": "content-start", "index": 0, "delta": empty}))
    for piece in _cut(text):
        delta = {"message": {"content": {"text": piece}}}
        out.append(_sse("content-delta", {"type": "content-delta", "index": 0, "delta": delta}))
    out.append(_sse("content-end", {"type": "content-end", "index": 0}))
    ended = {"finish_reason": "COMPLETE", "usage": whole["usage"]}
    return [*out, _sse("message-end", {"type": "message-end", "delta": ended})]


_TIMES = {"total_duration": 9, "load_duration": 1, "prompt_eval_duration": 1, "eval_duration": 7}


def _ollama(text: str, model: str, *, done: bool = True) -> Json:
    head = {"model": model, "created_at": "2026-01-01T00:00:00Z", "message": {"role": "assistant", "content": text}}
    if not done:
        return {**head, "done": False}
    counts = {"prompt_eval_count": INPUT, "eval_count": OUTPUT}
    return {**head, "done": True, "done_reason": "stop", **counts, **_TIMES}


def _ollama_stream(text: str, model: str) -> list[bytes]:
    return [*(_line(_ollama(piece, model, done=False)) for piece in _cut(text)), _line(_ollama("", model))]


def _scripted(dialect: str) -> Callable[[str, str], list[bytes]]:
    return lambda text, model: list(DIALECTS[dialect].stream(_turn(text, model), Asked(stream=True)))


WHOLE: dict[str, Callable[[str, str], Json]] = {
    **{name: (lambda text, model, made=made: made.whole(_turn(text, model))) for name, made in DIALECTS.items()},
    "cohere": _cohere,
    "ollama": _ollama,
}
STREAMED: dict[str, Callable[[str, str], list[bytes]]] = {
    **{name: _scripted(name) for name in DIALECTS},
    "cohere": _cohere_stream,
    "ollama": _ollama_stream,
}


# ---------------------------------------------------------------- errors

_ANTHROPIC = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}
_GOOGLE = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
_OPENAI = {
    401: "authentication_error",
    403: "permission_error",
    404: "invalid_request_error",
    429: "rate_limit_error",
}


def error(dialect: str, status: int, words: str, code: str = "") -> Json:
    """The body of an error, as the provider words it."""
    match dialect:
        case "anthropic-messages":
            kind = _ANTHROPIC.get(status, "api_error" if status >= 500 else "invalid_request_error")
            return {"type": "error", "error": {"type": kind, "message": words}, "request_id": "req_1"}
        case "gemini":
            name = _GOOGLE.get(status, "INTERNAL" if status >= 500 else "INVALID_ARGUMENT")
            return {"error": {"code": status, "message": words, "status": name}}
        case "cohere":
            return {"id": "e-1", "message": words}
        case "ollama":
            return {"error": words}
        case _:
            kind = _OPENAI.get(status, "server_error" if status >= 500 else "invalid_request_error")
            return {"error": {"message": words, "type": kind, "param": None, "code": code or None}}


def event(dialect: str, status: int, words: str) -> bytes:
    """An error inside a stream, as the provider words it."""
    body = error(dialect, status, words)
    match dialect:
        case "anthropic-messages":
            return _sse("error", body)
        case "openai-responses":
            told = {"type": "error", "code": "server_error", "message": words, "param": None, "sequence_number": 9}
            return _sse("error", told)
        case "cohere":  # its errors inside a stream: the end of the message, with an error for a reason
            ended = {"finish_reason": "ERROR", "error": words}
            return _sse("message-end", {"type": "message-end", "delta": ended})
        case "ollama":
            return _line(body)
        case _:
            return f"data: {json.dumps(body)}\n\n".encode()


CONTEXT: dict[str, tuple[int, Callable[[str], Json]]] = {
    "openai-chat": (
        400,
        lambda words: error(
            "openai-chat",
            400,
            f"This model's maximum context length is 8192 tokens, however you requested 9631 tokens ({words}).",
            "context_length_exceeded",
        ),
    ),
    "openai-responses": (
        400,
        lambda words: error(
            "openai-responses",
            400,
            f"Your input exceeds the context window of this model. {words}",
            "context_length_exceeded",
        ),
    ),
    "anthropic-messages": (
        400,
        lambda words: error("anthropic-messages", 400, f"prompt is too long: 233404 tokens > 200000 maximum {words}"),
    ),
    "gemini": (
        400,
        lambda words: error(
            "gemini",
            400,
            f"The input token count (1200345) exceeds the maximum number of tokens allowed (1048576). {words}",
        ),
    ),
    "cohere": (
        400,
        lambda words: {
            "error_type": "TOO_MANY_TOKENS",
            "id": "e-1",
            "message": f"too many tokens: size limit exceeded by 25836 tokens. Try shorter or fewer inputs. {words}",
        },
    ),
    "ollama": (400, lambda words: error("ollama", 400, f"input length exceeds the context length {words}")),
}
"""Status and body when a conversation is too long, in each provider's own words."""
FILTERED: dict[str, tuple[int, Callable[[str], Json]]] = {
    "openai-chat": (
        400,
        lambda words: error(
            "openai-chat",
            400,
            f"Your request was rejected as a result of our safety system. {words}",
            "content_policy_violation",
        ),
    ),
    "openai-responses": (
        400,
        lambda words: error(
            "openai-responses",
            400,
            f"The response was filtered due to the prompt triggering the content management policy. {words}",
            "content_filter",
        ),
    ),
    "anthropic-messages": (
        400,
        lambda words: error("anthropic-messages", 400, f"Output blocked by content filtering policy {words}"),
    ),
}
"""Status and body when a content filter refuses a request, of those who word that as an error."""
