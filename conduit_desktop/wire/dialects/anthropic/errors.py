"""Errors, both ways. Source: docs "Errors"; the SDK's types ``ErrorResponse`` and ``ErrorObject``."""

from __future__ import annotations

from typing import Any

from conduit_desktop.wire.dialects.base import Json
from conduit_desktop.wire.dialects.complaints import words
from conduit_desktop.wire.failure import Failure, Kind, kind_of

_KINDS: dict[str, Kind] = {
    "invalid_request_error": "invalid_request",
    "authentication_error": "authentication",
    "billing_error": "billing",
    "permission_error": "permission",
    "not_found_error": "not_found",
    "request_too_large": "too_large",
    "rate_limit_error": "rate_limit",
    "timeout_error": "timeout",
    "api_error": "server",
    "overloaded_error": "overloaded",
}
_TYPES: dict[Kind, str] = {kind: name for name, kind in _KINDS.items()} | {
    "context_length": "invalid_request_error",
    "content_filter": "invalid_request_error",
}
_STATUSES: dict[Kind, int] = {
    "invalid_request": 400,
    "context_length": 400,
    "content_filter": 400,
    "authentication": 401,
    "billing": 402,
    "permission": 403,
    "not_found": 404,
    "too_large": 413,
    "rate_limit": 429,
    "server": 500,
    "timeout": 504,
    "overloaded": 529,
}
_TOO_LONG = "prompt is too long"
_SIGNS: tuple[tuple[str, Kind], ...] = (
    (_TOO_LONG, "context_length"),
    ("exceed context limit", "context_length"),
    ("input is too long", "context_length"),
    ("credit balance is too low", "billing"),
    ("content filtering policy", "content_filter"),
)
"""Parts of messages that tell more than their type does."""


def decode_error(status: int, body: Any) -> Failure:
    """Read an error. The platforms that serve the same models wrap it in their own ways: Vertex in a list or with a
    numeric ``code``, Bedrock as a bare ``message``. A status below 400 is that of a stream, and the type decides."""
    if isinstance(body, list) and body:
        body = body[0]
    table = body if isinstance(body, dict) else {}
    error = table.get("error", table)
    word = _text(error, "type") if "error" in table else ""
    message = words(body) or "The provider reported an error."
    kind = _kind(word, message, status)
    return Failure(
        status=status if status >= 400 else _STATUSES[kind],
        kind=kind,
        message=message,
        code=word or _text(error, "status") or _text(error, "code"),
        request_id=_text(table, "request_id"),
    )


def _kind(word: str, message: str, status: int) -> Kind:
    known = _KINDS.get(word)
    if known in (None, "invalid_request", "server"):
        lowered = message.lower()
        for sign, kind in _SIGNS:
            if sign in lowered:
                return kind
    return known or (kind_of(status) if status >= 400 else "server")


def encode_error(failure: Failure) -> Json:
    """Write an error. Clients know a full context by its words (Claude Code compacts then), so they are put before
    those of a provider that says it differently."""
    message = failure.message
    if failure.kind == "context_length" and _TOO_LONG not in message.lower():
        message = f"{_TOO_LONG}: {message}"
    return {
        "type": "error",
        "error": {"type": _TYPES[failure.kind], "message": message},
        "request_id": failure.request_id or None,
    }


def _text(value: Any, name: str) -> str:
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, str) else ""
