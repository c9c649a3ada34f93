"""Errors, both ways: ``{"error": {"code": WORD, "message": …}}``, in streams as an event of their own.

Some answers still have the form of Google's other APIs, which ``gemini.errors`` reads. Source:
ai.google.dev/gemini-api/docs/api-errors.
"""

from __future__ import annotations

from typing import Any

import msgspec

from conduit_desktop.wire.dialects.base import Json
from conduit_desktop.wire.dialects.gemini import errors as google
from conduit_desktop.wire.failure import Failure, Kind

_WORDS: dict[str, tuple[int, Kind]] = {
    "invalid_request": (400, "invalid_request"),
    "invalid_argument": (400, "invalid_request"),
    "parameter_unknown": (400, "invalid_request"),
    "failed_precondition": (400, "invalid_request"),
    "out_of_range": (416, "invalid_request"),
    "authentication": (401, "authentication"),
    "unauthenticated": (401, "authentication"),
    "payment_required": (402, "billing"),
    "permission_denied": (403, "permission"),
    "not_found": (404, "not_found"),
    "model_not_found": (404, "not_found"),
    "rate_limit_exceeded": (429, "rate_limit"),
    "quota_exceeded": (429, "rate_limit"),
    "too_many_requests": (429, "rate_limit"),
    "resource_exhausted": (429, "rate_limit"),
    "internal": (500, "server"),
    "internal_error": (500, "server"),
    "unavailable": (503, "overloaded"),
    "service_unavailable": (503, "overloaded"),
    "deadline_exceeded": (504, "timeout"),
    "gateway_timeout": (504, "timeout"),
}
_WRITTEN: dict[Kind, str] = {
    "authentication": "authentication",
    "billing": "payment_required",
    "permission": "permission_denied",
    "not_found": "not_found",
    "rate_limit": "rate_limit_exceeded",
    "overloaded": "service_unavailable",
    "timeout": "gateway_timeout",
    "server": "internal_error",
}
_BY_WORDS = ("context_length", "too_large", "billing")
"""Kinds that only the message tells."""


def decode_error(status: int, body: Any) -> Failure:
    """The failure that an error answer means, whatever its shape."""
    failure = google.decode_error(status, body)
    word = _word(body)
    if word not in _WORDS:
        return msgspec.structs.replace(failure, code=failure.code or word)
    kind = failure.kind if failure.kind in _BY_WORDS else _WORDS[word][1]
    return msgspec.structs.replace(failure, kind=kind, code=word)


def status_of(body: Any) -> int:
    """The HTTP status that an error within a stream stands for."""
    return _WORDS.get(_word(body), (500, "server"))[0]


def _word(body: Any) -> str:
    error = body.get("error") if isinstance(body, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    return code.lower() if isinstance(code, str) else ""


def encode_error(failure: Failure) -> Json:
    """The error for a client, with the API's own word: programs act on it."""
    word = _WRITTEN.get(failure.kind, "invalid_request")
    if failure.code in _WORDS and _WORDS[failure.code][1] == failure.kind:
        word = failure.code
    return {"error": {"message": failure.message, "code": word}}
