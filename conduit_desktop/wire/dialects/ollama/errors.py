"""Ollama's errors: ``{"error": …}``, in a stream as a line of its own."""

from __future__ import annotations

from typing import Any

from conduit_desktop.wire.dialects.base import Json
from conduit_desktop.wire.dialects.complaints import words
from conduit_desktop.wire.failure import Failure, Kind, kind_of


def decode_error(status: int, body: Any) -> Failure:
    """The failure that an error body of any shape tells."""
    message = words(body) or f"Ollama answered with status {status}."
    return Failure(status=status, message=message, kind=_kind(status, message.lower()))


def _kind(status: int, message: str) -> Kind:
    if "exceed" in message and "context" in message:
        return "context_length"
    return kind_of(status)


def encode_error(failure: Failure) -> Json:
    """The body of an error answer, or the last line of a stream."""
    return {"error": failure.message}
