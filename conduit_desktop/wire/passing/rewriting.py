"""The few changes to a body that otherwise passes as it came: the model, asking for usage, and what a cloud that hosts
Claude wants instead of the model."""

from __future__ import annotations

from typing import Any

import msgspec

from conduit_desktop.errors import BadRequest
from conduit_desktop.wire import splice
from conduit_desktop.wire.passing.asks import Ask


class _Options(msgspec.Struct):
    stream_options: dict[str, Any] | None = None


_options = msgspec.json.Decoder(_Options)


def rewrite(body: bytes, ask: Ask, model: str, *, ask_usage: bool) -> bytes:
    """``body`` for the upstream: its model replaced and, with ``ask_usage``, usage asked of its stream."""
    if ask.in_path:
        return body
    if model != ask.model or splice.ambiguous(body, "model"):  # what was checked must be what is sent
        body = splice.replace(body, "model", model, present=True)
    if ask_usage:
        options: dict[str, Any] = {}
        if ask.has_stream_options:
            options = _read_options(body)
        options["include_usage"] = True
        # It may be there as null, which reading takes for absent.
        body = splice.replace(body, "stream_options", options, present=splice.has(body, "stream_options"))
    return body


def _read_options(body: bytes) -> dict[str, Any]:
    try:
        return _options.decode(body).stream_options or {}
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest(f"The field stream_options cannot be read: {error}.", param="stream_options") from None


def named_inside(body: bytes, model: str) -> bytes:
    """A body of Gemini's that names the model inside too (batches of embeddings, questions for tokens), with
    ``model`` in each place."""
    if b'"model"' not in body:
        return body
    try:
        told = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return body
    if not isinstance(told, dict):
        return body
    for each in (told, told.get("generateContentRequest"), *_listed(told.get("requests"))):
        if isinstance(each, dict) and isinstance(each.get("model"), str):
            each["model"] = f"models/{model}"
    return msgspec.json.encode(told)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
