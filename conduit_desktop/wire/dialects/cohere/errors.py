"""Cohere's errors: ``{"message": …, "id"?, "error_type"?}``. https://docs.cohere.com/reference/errors."""

from __future__ import annotations

from typing import Any

from conduit_desktop.wire.dialects.base import Json
from conduit_desktop.wire.dialects.complaints import inner, words
from conduit_desktop.wire.failure import Failure, Kind, kind_of


def decode_error(status: int, body: Any) -> Failure:
    """The failure that an error body of any shape tells."""
    message, code = words(body), _text(inner(body), "error_type", "code", "type")
    return Failure(
        status=status,
        message=message or f"Cohere answered with status {status}.",
        kind=_kind(status, message, code),
        code=code,
        request_id=_text(body, "id") if isinstance(body, dict) else "",
    )


def _text(body: Json, *names: str) -> str:
    return next((body[name] for name in names if isinstance(body.get(name), str)), "")


def _kind(status: int, message: str, code: str) -> Kind:
    if code == "TOO_MANY_TOKENS" or (status == 400 and message.lower().startswith("too many tokens")):
        return "context_length"
    if status == 498:  # "blocked input or output"
        return "content_filter"
    return kind_of(status)


def encode_error(failure: Failure) -> Json:
    """The body of an error answer."""
    body = {"message": failure.message}
    return {"id": failure.request_id} | body if failure.request_id else body
