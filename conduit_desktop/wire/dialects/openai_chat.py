"""OpenAI's Chat Completions and Embeddings, as far as passing them through needs: what the gateway must know of a
request, the two changes it makes to one (the model, and asking for usage), what a reply or stream says of usage and
outcome, and errors in this dialect's own shape.

Formats: OpenAI's API reference (chat/create, chat/streaming, embeddings/create) and the recordings in ../shared/wire,
which show what compatible providers add. Everything unknown passes untouched.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from conduit_desktop.errors import BadRequest, ConduitError
from conduit_desktop.wire import splice, sse
from conduit_desktop.wire.usage import Usage

_PICO = 10**12


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


_request = msgspec.json.Decoder(_Request)


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
        return BadRequest(
            f"The request has no {field}.", hint=f"Send {field!r}.", param=field, code="missing_field"
        )
    subject = f"The field {field}" if field else "The request body"
    return BadRequest(f"{subject} does not fit: {what}.", param=field or None, code="invalid_type")


def rewrite(body: bytes, ask: Ask, model: str, *, ask_usage: bool) -> bytes:
    """``body`` for the upstream: its model replaced and, with ``ask_usage``, usage asked of its stream."""
    if model != ask.model:
        body = splice.replace(body, "model", model, present=True)
    if ask_usage:
        options: dict[str, Any] = {}
        if ask.has_stream_options:
            options = msgspec.json.decode(body)["stream_options"]
        options["include_usage"] = True
        body = splice.replace(body, "stream_options", options, present=_names(body, b"stream_options"))
    return body


def _names(body: bytes, key: bytes) -> bool:
    """Whether ``key`` is a top-level member (it may be there as null, which reading takes for absent)."""
    if b'"' + key + b'"' not in body and b"\\u00" not in body:
        return False
    return any(name == key for name, _, _ in splice.members(body))


# ---------------------------------------------------------------- usage


class _PromptDetails(msgspec.Struct):
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None
    audio_tokens: int | None = None


class _CompletionDetails(msgspec.Struct):
    reasoning_tokens: int | None = None
    audio_tokens: int | None = None


class _CostDetails(msgspec.Struct):
    upstream_inference_cost: float | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    total_tokens: int | None = None
    prompt_tokens_details: _PromptDetails | None = None
    completion_tokens_details: _CompletionDetails | None = None
    cost: float | None = None
    is_byok: bool | None = None
    cost_details: _CostDetails | None = None


def _usage(raw: _Usage | None) -> Usage | None:
    """Usage in its one form; None where a reply has no counts at all."""
    if raw is None or (raw.prompt_tokens is None and raw.total_tokens is None):
        return None
    prompt = raw.prompt_tokens or 0
    output = raw.completion_tokens or 0
    if raw.prompt_tokens is None:
        prompt = max((raw.total_tokens or 0) - output, 0)
    inputs = raw.prompt_tokens_details or _PromptDetails()
    outputs = raw.completion_tokens_details or _CompletionDetails()
    return Usage(
        input=prompt,
        output=output,
        cached_read=inputs.cached_tokens or 0,
        cache_write=inputs.cache_write_tokens or 0,
        audio_input=inputs.audio_tokens or 0,
        reasoning=outputs.reasoning_tokens or 0,
        audio_output=outputs.audio_tokens or 0,
        reported_cost=_reported(raw),
    )


def _reported(raw: _Usage) -> int | None:
    """OpenRouter's ``cost`` (US dollars), with what the user's own provider account was charged under BYOK."""
    if raw.cost is None:
        return None
    try:
        total = Decimal(repr(raw.cost))
        if raw.is_byok and raw.cost_details and raw.cost_details.upstream_inference_cost:
            total += Decimal(repr(raw.cost_details.upstream_inference_cost))
        return int((total * _PICO).to_integral_value())
    except (InvalidOperation, ValueError, OverflowError):
        return None


# ---------------------------------------------------------------- whole replies


class _ErrorBody(msgspec.Struct):
    message: str | None = None
    code: int | str | None = None
    type: str | None = None


class _Finish(msgspec.Struct):
    finish_reason: str | None = None


class _Reply(msgspec.Struct):
    usage: _Usage | None = None
    choices: list[_Finish] | None = None
    error: Any = None


_reply = msgspec.json.Decoder(_Reply, strict=False)


class Outcome(msgspec.Struct, frozen=True):
    """What a reply or stream came to. ``error`` is the provider's message when it reported a failure, with
    ``error_status`` the HTTP status it stands for."""

    usage: Usage | None = None
    finish: str = ""
    error: str = ""
    error_status: int = 0
    readable: bool = True


def read_reply(body: bytes) -> Outcome:
    """What a whole reply came to. A body that is not the expected JSON gives ``readable=False``."""
    try:
        reply = _reply.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return Outcome(readable=False)
    finish = next((choice.finish_reason or "" for choice in reply.choices or ()), "")
    message, status = _error(reply.error) if reply.error and not reply.choices else ("", 0)
    return Outcome(usage=_usage(reply.usage), finish=finish, error=message, error_status=status)


def _error(raw: Any) -> tuple[str, int]:
    """The message and status of an ``error`` member, in any of the shapes that compatible providers use."""
    if isinstance(raw, str):
        return raw, 502
    try:
        error = msgspec.convert(raw, _ErrorBody, strict=False)
    except msgspec.ValidationError:
        return "The provider reported an error.", 502
    code = str(error.code or "")
    status = int(code) if code.isdigit() else 0
    return error.message or error.type or "The provider reported an error.", (
        status if 400 <= status < 600 else 502
    )


def read_error(body: bytes) -> str:
    """The message of an upstream error body, in whatever shape; a short extract when it is none known."""
    try:
        raw = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return body[:300].decode("utf-8", "replace").strip()
    if isinstance(raw, dict):
        for key in ("error", "message", "detail", "errors"):
            if raw.get(key):
                return _error(raw[key])[0] if not isinstance(raw[key], list) else str(raw[key])[:300]
    return str(raw)[:300]


# ---------------------------------------------------------------- streams


class _Chunk(msgspec.Struct):
    choices: list[dict[str, Any]] | None = None
    usage: _Usage | None = None
    error: Any = None


_chunk = msgspec.json.Decoder(_Chunk, strict=False)


class StreamWatch:
    """Reads a chat stream as it passes, parsing only the events that can tell something.

    ``content`` turns true with the first event that carries any of the answer; ``done`` with ``[DONE]``. With
    ``hide_usage`` the chunk that holds nothing but usage is taken out again. ``held`` is the end of the stream, kept
    back until the exchange is in the log.
    """

    __slots__ = (
        "_tail",
        "content",
        "done",
        "error",
        "error_status",
        "events",
        "finish",
        "held",
        "hide_usage",
        "usage",
    )

    def __init__(self, *, hide_usage: bool) -> None:
        self.hide_usage = hide_usage
        self.content = False
        self.done = False
        self.usage: Usage | None = None
        self.finish = ""
        self.error = ""
        self.error_status = 0
        self.events = 0
        self.held = b""
        self._tail = b""

    def feed(self, data: bytes) -> bytes:
        """Take what arrived; gives what may go on to the client (whole events, up to the end marker)."""
        if self._tail:
            data = self._tail + data
        border = sse.last_border(data)
        if border != len(data):
            self._tail = data[border:]
            data = data[:border]
        elif self._tail:
            self._tail = b""
        if self.done:
            self.held += data
            return b""
        if not self.content or _worth_reading(data):
            return self._read(data)
        return data

    def end(self) -> bytes:
        """The stream ended: what was left of an unfinished event. Afterwards ``complete`` can be asked."""
        rest, self._tail = self._tail, b""
        if self.done:
            self.held += rest
            return b""
        return self._read(rest) if rest else b""

    @property
    def complete(self) -> bool:
        """Whether the stream said that it was finished: by ``[DONE]``, or by a finish reason."""
        return self.done or bool(self.finish) or bool(self.error)

    def _read(self, block: bytes) -> bytes:
        kept = []
        for event in sse.split(block):
            if self.done:
                self.held += event
                continue
            data = sse.data_of(event)
            if data.strip() == b"[DONE]":
                self.done = True
                self.held = event
            elif not data or self._event(data):
                kept.append(event)
        return b"".join(kept)

    def _event(self, data: bytes) -> bool:
        """Take in one event's data; whether the client is to see it."""
        self.events += 1
        try:
            chunk = _chunk.decode(data)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            self.content = True
            return True
        if chunk.usage is not None:
            self.usage = _usage(chunk.usage) or self.usage
            if self.hide_usage and not chunk.choices and not chunk.error:
                return False
        if chunk.error:
            self.error, self.error_status = _error(chunk.error)
        for choice in chunk.choices or ():
            self.finish = choice.get("finish_reason") or self.finish
            delta = choice.get("delta") or {}
            if any(value for name, value in delta.items() if name != "role") or choice.get("finish_reason"):
                self.content = True
        return True


def _worth_reading(block: bytes) -> bool:
    """Whether a block of events can hold more than a piece of the answer."""
    return (
        b'"usage":{' in block
        or b'"usage": {' in block
        or b'"finish_reason":"' in block
        or b'"finish_reason": "' in block
        or b"[DONE]" in block
        or b'"error"' in block
    )


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
                "type": _TYPES.get(
                    error.status, "server_error" if error.status >= 500 else "invalid_request_error"
                ),
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
    return msgspec.json.encode(
        {"id": alias, "object": "model", "created": int(created), "owned_by": "conduit"}
    )
