"""OpenAI's Chat Completions and Embeddings, as far as passing them through needs: what the gateway must know of a
request, the two changes it makes to one (the model, and asking for usage), what a reply or stream says of usage and
outcome, and errors in this dialect's own shape.

Formats: OpenAI's API reference (chat/create, chat/streaming, embeddings/create) and the recordings in ../shared/wire,
which show what compatible providers add. Everything unknown passes untouched.
"""

from __future__ import annotations

from typing import Any

import msgspec

from conduit_desktop.errors import BadRequest, ConduitError
from conduit_desktop.wire import splice
from conduit_desktop.wire.dialects.openai_replies import Outcome, StreamWatch, read_error, read_reply

__all__ = [
    "Ask",
    "Outcome",
    "StreamWatch",
    "error_body",
    "model_card",
    "model_list",
    "read_error",
    "read_reply",
    "read_request",
    "rewrite",
    "stream_error",
]
MOST_NAME = 1000
"""Characters in a model's name: more than any has, and few enough to search for near misses."""


# ---------------------------------------------------------------- requests


class _StreamOptions(msgspec.Struct):
    include_usage: bool | None = None


class _Request(msgspec.Struct):
    model: str
    stream: bool | None = None
    stream_options: _StreamOptions | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    n: int | None = None


class _Options(msgspec.Struct):
    stream_options: dict[str, Any] | None = None


_request = msgspec.json.Decoder(_Request)
_options = msgspec.json.Decoder(_Options)


class Ask(msgspec.Struct, frozen=True):
    """What the gateway needs to know of a request. ``most_output`` is the request's own bound on output tokens."""

    model: str
    stream: bool
    wants_usage: bool
    has_stream_options: bool
    most_output: int | None


def read_request(body: bytes) -> Ask:
    """Read a request body. Raises BadRequest naming the field that does not fit."""
    try:
        head = _request.decode(body)
    except msgspec.ValidationError as error:
        raise _misfit(str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadRequest(f"The request body is not valid JSON: {error}.", code="invalid_json") from None
    except RecursionError:
        raise BadRequest("The request body is nested too deeply.", code="invalid_json") from None
    if len(head.model) > MOST_NAME:
        raise BadRequest(f"The model's name is over {MOST_NAME} characters.", param="model", code="invalid_value")
    options = head.stream_options
    bound = head.max_completion_tokens if head.max_completion_tokens is not None else head.max_tokens
    return Ask(
        model=head.model,
        stream=bool(head.stream),
        wants_usage=bool(options and options.include_usage),
        has_stream_options=options is not None,
        most_output=bound * max(head.n or 1, 1) if bound is not None else None,
    )


def _misfit(reason: str) -> BadRequest:
    """A BadRequest out of msgspec's reason, such as ``Expected `str`, got `int` - at `$.model```."""
    what, _, where = reason.partition(" - at ")
    field = where.strip("`").removeprefix("$").removeprefix(".")
    if "missing required field" in what:
        field = what.split("`")[1]
        return BadRequest(f"The request has no {field}.", hint=f"Send {field!r}.", param=field, code="missing_field")
    subject = f"The field {field}" if field else "The request body"
    return BadRequest(f"{subject} does not fit: {what}.", param=field or None, code="invalid_type")


def _read_options(body: bytes) -> dict[str, Any]:
    try:
        return _options.decode(body).stream_options or {}
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest(f"The field stream_options cannot be read: {error}.", param="stream_options") from None


def rewrite(body: bytes, ask: Ask, model: str, *, ask_usage: bool) -> bytes:
    """``body`` for the upstream: its model replaced and, with ``ask_usage``, usage asked of its stream."""
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


# ---------------------------------------------------------------- errors

_TYPES = {
    400: "invalid_request_error",
    401: "invalid_request_error",
    402: "insufficient_quota",
    403: "permission_error",
    404: "invalid_request_error",
    405: "invalid_request_error",
    413: "invalid_request_error",
    429: "rate_limit_error",
}


def error_body(error: ConduitError) -> bytes:
    """An error answer: ``{"error": {"message", "type", "param", "code"}}``."""
    return msgspec.json.encode(
        {
            "error": {
                "message": error.text,
                "type": _TYPES.get(error.status, "server_error" if error.status >= 500 else "invalid_request_error"),
                "param": error.param,
                "code": error.code,
            }
        }
    )


def stream_error(error: ConduitError) -> bytes:
    """An error inside a stream that has begun: one more event, after which no ``[DONE]`` comes."""
    return b"data: " + error_body(error) + b"\n\n"


def model_list(aliases: list[tuple[str, float]]) -> bytes:
    """The answer of ``GET /v1/models`` for (alias, created) pairs."""
    return msgspec.json.encode(
        {
            "object": "list",
            "data": [
                {"id": alias, "object": "model", "created": int(created), "owned_by": "conduit"}
                for alias, created in aliases
            ],
        }
    )


def model_card(alias: str, created: float) -> bytes:
    """The answer of ``GET /v1/models/ALIAS``."""
    return msgspec.json.encode({"id": alias, "object": "model", "created": int(created), "owned_by": "conduit"})
