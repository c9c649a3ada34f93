"""Errors of chat completions: read in every shape that providers of this dialect send, written in OpenAI's.

Formats: OpenAI's guide "Error codes"; OpenRouter's "Errors" (``metadata.raw`` holds the words of the provider behind
it); Mistral, xAI, Groq, Hugging Face, Gemini's compatibility surface (a list of one), vLLM and llama.cpp as they
answer.
"""

from __future__ import annotations

import re
from typing import Any

from conduit_desktop.wire.dialects.base import Json
from conduit_desktop.wire.dialects.complaints import inner, words
from conduit_desktop.wire.failure import Failure, Kind, kind_of

_CODES: dict[str, Kind] = {
    "context_length_exceeded": "context_length",
    "exceed_context_size_error": "context_length",
    "too_many_prompt_tokens": "context_length",
    "model_max_prompt_tokens_exceeded": "context_length",
    "1261": "context_length",
    "content_filter": "content_filter",
    "content_policy_violation": "content_filter",
    "responsibleaipolicyviolation": "content_filter",
    "data_inspection_failed": "content_filter",
    "moderation_blocked": "content_filter",
    "1301": "content_filter",
    "insufficient_quota": "billing",
    "billing_hard_limit_reached": "billing",
    "1113": "billing",
    "invalid_api_key": "authentication",
    "rate_limit_exceeded": "rate_limit",
    "engine_overloaded": "overloaded",
    "engine_overloaded_error": "overloaded",
    "overloaded_error": "overloaded",
    "model_not_found": "not_found",
}
_WORDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (
        "context_length",
        re.compile(
            r"(?:context|prompt|model'?s?|maximum) (?:window|length|size|token limit)|context_length"
            r"|(?:prompt|input|messages?) (?:is|are|was) too (?:long|large)|too many (?:input |prompt )?tokens"
            r"|reduce the length of the (?:messages|prompt|input)|prompt exceeds max|length of all messages"
            r"|token count .{0,40} exceeds|exceed(?:s|ed)? .{0,40}(?:token limit|context|number of tokens)",
            re.IGNORECASE,
        ),
    ),
    (
        "content_filter",
        re.compile(
            r"content management policy|content policy|violates? (?:our )?(?:usage|safety|content)|safety system"
            r"|flagged (?:by|as|for)|moderation|unsafe or sensitive",
            re.IGNORECASE,
        ),
    ),
    (
        "billing",
        re.compile(r"insufficient (?:balance|credits?|quota|funds)|exceeded your current quota", re.IGNORECASE),
    ),
    ("authentication", re.compile(r"(?:incorrect|invalid) api key|api key not valid", re.IGNORECASE)),
)
_JUDGED = {
    "context_length": (400, 413, 422, 500, 502),
    "content_filter": (400, 403, 422, 451, 500, 502),
    "billing": (400, 402, 403, 429),
    "authentication": (400, 401, 403),
}
"""With which statuses an error's words may tell its kind."""

_TYPES: dict[Kind, str] = {
    "permission": "permission_error",
    "billing": "insufficient_quota",
    "rate_limit": "rate_limit_error",
    "overloaded": "server_error",
    "timeout": "server_error",
    "server": "server_error",
}
_WRITTEN: dict[Kind, str] = {
    "context_length": "context_length_exceeded",
    "content_filter": "content_filter",
    "authentication": "invalid_api_key",
    "billing": "insufficient_quota",
    "rate_limit": "rate_limit_exceeded",
}


def decode_error(status: int, body: Any) -> Failure:
    """The failure that an error body with its HTTP status tells. Where the status tells nothing (an error inside a
    stream or in an answer with status 200), the body's own code is taken for it, else 502."""
    error = inner(body)
    said = words(body)
    codes = [word for name in ("code", "type", "error_type", "status") if (word := _word(error.get(name)))]
    azure = error.get("innererror")
    if isinstance(azure, dict) and (word := _word(azure.get("code"))):
        codes.append(word)
    if status == 502 or not 400 <= status < 600:
        status = next((int(code) for code in codes if re.fullmatch(r"[45]\d\d", code)), 0) or _status(codes)
    return Failure(
        status=status,
        message=said or "The provider reported an error without a word about it.",
        kind=_kind(status, codes, said),
        code=codes[0] if codes else "",
        param=_word(error.get("param")),
        request_id=_word(error.get("request_id")) or (_word(body.get("request_id")) if isinstance(body, dict) else ""),
    )


def _word(raw: Any) -> str:
    """A code as a word: strings and numbers count."""
    if isinstance(raw, bool) or not isinstance(raw, str | int):
        return ""
    return str(raw)[:200]


def _status(codes: list[str]) -> int:
    for code in codes:
        word = code.lower()
        if "rate_limit" in word:
            return 429
        if word in ("invalid_request_error", "tool_use_failed") or word in _CODES:
            return 400
    return 502


def _kind(status: int, codes: list[str], said: str) -> Kind:
    for code in codes:
        kind = _CODES.get(code.lower())
        if kind is not None and (kind != "rate_limit" or status != 413):
            return kind
    for kind, pattern in _WORDS:
        if status in _JUDGED[kind] and pattern.search(said):
            return kind
    return "overloaded" if status == 498 else kind_of(status)


def encode_error(failure: Failure) -> Json:
    """``{"error": {"message", "type", "param", "code"}}``. The two kinds that clients act upon, a full context and a
    rate limit, always have OpenAI's code; others keep the provider's."""
    code = failure.code or _WRITTEN.get(failure.kind)
    if failure.kind in ("context_length", "content_filter"):
        code = _WRITTEN[failure.kind]
    return {
        "error": {
            "message": failure.message,
            "type": _TYPES.get(failure.kind, "invalid_request_error"),
            "param": failure.param or None,
            "code": code,
        }
    }
