"""Errors of OpenAI's API, both ways, in the shapes in which it and its imitators send them.

Format: OpenAI's API reference ("Error codes"; responses-streaming/error); xAI has ``{"code", "error": TEXT}``.
"""

from __future__ import annotations

import re
from typing import Any

from conduit_desktop.wire.dialects.base import Json
from conduit_desktop.wire.failure import Failure, Kind, kind_of

_STATUSES = {
    "rate_limit_exceeded": 429,
    "insufficient_quota": 429,
    "tokens": 429,
    "requests": 429,
    "invalid_api_key": 401,
    "model_not_found": 404,
    "server_error": 500,
    "vector_store_timeout": 504,
    "server_is_overloaded": 503,
    "slow_down": 503,
}
"""What codes stand for where an answer or a stream had begun with a good status."""
_KINDS: dict[str, Kind] = {
    "context_length_exceeded": "context_length",
    "insufficient_quota": "billing",
    "rate_limit_exceeded": "rate_limit",
    "invalid_api_key": "authentication",
    "model_not_found": "not_found",
    "content_filter": "content_filter",
    "content_policy_violation": "content_filter",
    "server_is_overloaded": "overloaded",
}
_TOO_LONG = re.compile(
    r"context (?:window|length|size)|maximum (?:context|prompt) length|prompt is too long|too many (?:input )?tokens"
    r"|exceeds? the (?:available|maximum) (?:context|number of tokens)",
    re.IGNORECASE,
)
_TYPES: dict[Kind, str] = {
    "billing": "insufficient_quota",
    "permission": "permission_error",
    "rate_limit": "rate_limit_error",
    "overloaded": "server_error",
    "timeout": "server_error",
    "server": "server_error",
}
_CODES: dict[Kind, str] = {
    "context_length": "context_length_exceeded",
    "rate_limit": "rate_limit_exceeded",
    "content_filter": "content_filter",
    "billing": "insufficient_quota",
    "authentication": "invalid_api_key",
}
_EXTRACT = 4000


def decode_error(status: int, body: Any) -> Failure:
    """A failure out of an error body of any shape, with its HTTP status."""
    error = body
    if isinstance(body, dict):
        if isinstance(body.get("response"), dict) and body["response"].get("error"):
            body = body["response"]
        error = body.get("error") or body
    if isinstance(error, dict):
        message = _word(error, "message", "detail", "error_msg")
        code = _word(error, "code") or _word(error, "type")
        param = _word(error, "param")
    else:
        message = error if isinstance(error, str) else ""
        code = _word(body, "code") if isinstance(body, dict) else ""
        param = ""
    message = (message or str(body))[:_EXTRACT] or f"The provider answered {status} without a word."
    return Failure(status=status, kind=_kind(status, code, message), message=message, code=code, param=param)


def _word(raw: Json, *names: str) -> str:
    for name in names:
        found = raw.get(name)
        if isinstance(found, str | int) and not isinstance(found, bool) and found != "":
            return str(found)
    return ""


def _kind(status: int, code: str, message: str) -> Kind:
    if code in _KINDS:
        return _KINDS[code]
    if status in (400, 413, 422, 500) and _TOO_LONG.search(message):
        return "context_length"
    return kind_of(status)


def told_inside(body: Any) -> Failure:
    """The failure of an answer or stream that had begun with a good status: its own code says which status it is."""
    failure = decode_error(502, body)
    digits = failure.code if len(failure.code) == 3 and failure.code.isdigit() else ""
    status = _STATUSES.get(failure.code) or int(digits or 0)
    if not status and failure.code.startswith(("invalid", "context_length", "image", "content")):
        status = 400
    if 400 <= status < 600:
        failure.status = status
        failure.kind = _kind(status, failure.code, failure.message)
    return failure


def encode_error(failure: Failure) -> Json:
    """An error answer: ``{"error": {"message", "type", "param", "code"}}``."""
    return {
        "error": {
            "message": failure.message,
            "type": _TYPES.get(failure.kind, "invalid_request_error"),
            "param": failure.param or None,
            "code": code_of(failure) or None,
        }
    }


def code_of(failure: Failure) -> str:
    """The machine-readable word for a failure: that of its kind where clients look for one, else the provider's own."""
    if failure.kind == "context_length":
        return _CODES[failure.kind]
    return failure.code or _CODES.get(failure.kind, "")
