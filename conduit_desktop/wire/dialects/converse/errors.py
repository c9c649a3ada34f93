"""Errors of Bedrock: ``{"message": …}``, with the exception's name in the header ``x-amzn-errortype`` or in ``__type``.

Source: "Common error types" and "Troubleshooting Amazon Bedrock API error codes" of AWS's documentation, and
recordings."""

from __future__ import annotations

from typing import Any

from conduit_desktop.wire import eventstream
from conduit_desktop.wire.dialects import complaints
from conduit_desktop.wire.dialects.base import Json
from conduit_desktop.wire.failure import Failure, Kind, kind_of

_NAMES: dict[Kind, str] = {
    "invalid_request": "ValidationException",
    "too_large": "ValidationException",
    "context_length": "ValidationException",
    "content_filter": "ValidationException",
    "billing": "AccessDeniedException",
    "authentication": "AccessDeniedException",
    "permission": "AccessDeniedException",
    "not_found": "ResourceNotFoundException",
    "rate_limit": "ThrottlingException",
    "overloaded": "ServiceUnavailableException",
    "timeout": "ModelTimeoutException",
    "server": "InternalServerException",
}
_WORDS: tuple[tuple[Kind, tuple[str, ...]], ...] = (
    ("context_length", ("input is too long", "prompt is too long", "too many input tokens", "maximum context length")),
    ("context_length", ("exceed context limit", "exceeds the maximum number of tokens", "context window")),
    (
        "authentication",
        ("security token included in the request is", "api key", "bearer token", "signature we calculated"),
    ),
    ("authentication", ("unable to determine service/operation name to be authorized", "signature expired")),
    ("overloaded", ("model is not ready", "too many connections", "unable to process your request")),
)


def decode_error(status: int, body: Any) -> Failure:
    """See ``base.Dialect``."""
    message, code = "", ""
    if isinstance(body, dict):
        message = _text(body.get("message")) or _text(body.get("Message")) or _text(body.get("originalMessage"))
        code = _text(body.get("__type")) or _text(body.get("code"))
    code = code.partition(":")[0].rpartition("#")[2]
    known = eventstream.failed(code)
    message = message or code or complaints.words(body)
    kind = _kind(status, message, known[1] if known else kind_of(status))
    return Failure(status=status, message=message or f"Bedrock answered {status}.", kind=kind, code=code)


def _kind(status: int, message: str, kind: Kind) -> Kind:
    words = message.lower()
    for found, phrases in _WORDS:
        if found == "context_length" and status not in (400, 413, 424):
            continue
        if any(phrase in words for phrase in phrases):
            return found
    return kind


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def encode_error(failure: Failure) -> Json:
    """See ``base.Dialect``."""
    return {"message": failure.message, "__type": name_of(failure)}


def name_of(failure: Failure) -> str:
    """What AWS calls it."""
    return failure.code if eventstream.failed(failure.code) else _NAMES[failure.kind]


def of_exception(name: str, payload: bytes) -> Failure:
    """The failure that an exception in a stream tells."""
    status, kind, _ = eventstream.failed(name) or (500, "server", "")
    message = eventstream.message_of(payload)
    return Failure(
        status=status, message=message or f"Bedrock reported {name}.", kind=_kind(status, message, kind), code=name
    )
