"""Cohere's errors: ``{"message": …, "id"?, "error_type"?}``. https://docs.cohere.com/reference/errors."""

from __future__ import annotations

from typing import Any

from conduit_desktop.wire.dialects.base import Json
from conduit_desktop.wire.failure import Failure, Kind, kind_of


def decode_error(status: int, body: Any) -> Failure:
    """The failure that an error body of any shape tells."""
    message, code, ident = "", "", ""
    if isinstance(body, dict):
        inner = body.get("error") if isinstance(body.get("error"), dict) else body
        inner = inner if isinstance(inner, dict) else body
        message = _text(inner, "message") or _text(body, "message", "detail", "error")
        code = _text(inner, "error_type", "code", "type")
        ident = _text(body, "id")
    elif isinstance(body, str):
        message = body
    return Failure(
        status=status,
        message=message or f"Cohere answered with status {status}.",
        kind=_kind(status, message, code),
        code=code,
        request_id=ident,
    )


def _text(body: Json, *names: str) -> str:
    return next((body[name] for name in names if isinstance(body.get(name), str)), "")


def _kind(status: int, message: str, code: str) -> Kind:
    words = message.lower()
    if code == "TOO_MANY_TOKENS" or (status == 400 and words.startswith("too many tokens")):
        return "context_length"
    if status == 498:  # "blocked input or output"
        return "content_filter"
    return kind_of(status)


def encode_error(failure: Failure) -> Json:
    """The body of an error answer."""
    body = {"message": failure.message}
    return {"id": failure.request_id} | body if failure.request_id else body
