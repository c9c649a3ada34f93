"""What an exchange used, counted here: where its provider does not say, or its stream ended before it could.

The input is counted from the request in its canonical form, the output from what came of the answer. Takes a tenth of
a second for a megabyte of words: for worker threads. What cannot be decoded is counted by its bytes.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import msgspec

from conduit_desktop.errors import ConduitError
from conduit_desktop.gateway.exchange import Trip
from conduit_desktop.gateway.framings import framing_of, splitter_of
from conduit_desktop.wire import events as e
from conduit_desktop.wire import translation
from conduit_desktop.wire.dialects import dialect
from conduit_desktop.wire.dialects.recognising import Recognising
from conduit_desktop.wire.messages import Media, Part, Refusal, Response, Text, Thinking, ToolCall
from conduit_desktop.wire.operations.embeddings import EMBEDDINGS
from conduit_desktop.wire.operations.estimate import estimate_tokens, text_tokens
from conduit_desktop.wire.operations.media_tokens import media_tokens
from conduit_desktop.wire.usage import Usage

BYTES_A_TOKEN = 4
A_FILE = 1600
"""Tokens of a picture, about: the most that Anthropic takes for one, and what OpenAI takes in its usual detail."""
_A_FILE_AT_MOST = 20_000
_BYTES_OF_A_FILE = 40  # base64 letters to a token, of what may be pages
_ENCODED = 1000  # letters without a blank that no text has
_SMALL = 8192
_UNREADABLE = (*translation.UNREADABLE, ConduitError, KeyError, TypeError, ValueError, AttributeError)


_log = logging.getLogger(__name__)


def rough_input(body: bytes) -> int:
    """About how many tokens a request has, by its bytes: files in base64 count as files and not by their letters.
    Costs next to nothing."""
    if len(body) <= _SMALL:
        return len(body) // BYTES_A_TOKEN
    words = tokens = 0
    for piece in body.split(b'"'):
        size = len(piece)
        if size > _ENCODED and b" " not in piece[:_ENCODED] and b"\\" not in piece[:_ENCODED] and piece.isascii():
            tokens += min(max(A_FILE, size // _BYTES_OF_A_FILE), _A_FILE_AT_MOST)
        else:
            words += size + 1
    return words // BYTES_A_TOKEN + tokens


def count(trip: Trip) -> Usage | None:
    """The usage of an answered exchange, marked as estimated; None where counting fails."""
    try:
        return _count(trip)
    except Exception:  # noqa: BLE001 - whatever a provider sends, its exchange is settled and logged
        _log.warning("What %s used could not be counted", trip.id, exc_info=True)
        return None


def _count(trip: Trip) -> Usage:
    if trip.endpoint.operation == "embeddings":
        return Usage(input=_of_embeddings(trip), estimated=True)
    return Usage(input=_of_request(trip), output=_of_answer(trip), estimated=True)


def _model(trip: Trip) -> str:
    return trip.target.upstream_model if trip.target is not None else trip.model


def _body(trip: Trip) -> bytes:
    body = trip.request.body if trip.request is not None else b""
    return body if isinstance(body, bytes) else b"".join(body)


def _of_request(trip: Trip) -> int:
    body = _body(trip)
    try:
        request = dialect(trip.dialect).decode_request(msgspec.json.decode(body), trip.model, trip.stream)
        request.model = _model(trip)
        return estimate_tokens(request)
    except _UNREADABLE:
        return rough_input(body)


def _of_embeddings(trip: Trip) -> int:
    body = _body(trip)
    try:
        asked = EMBEDDINGS[trip.dialect].decode_request(msgspec.json.decode(body), trip.model, trip.endpoint.name)
    except _UNREADABLE:
        return rough_input(body)
    total = 0
    for each in asked.inputs:
        if isinstance(each, str):
            total += text_tokens((each,), _model(trip))
        elif each and not isinstance(each[0], int):
            total += _of_parts([part for part in each if not isinstance(part, int)], _model(trip))
        else:
            total += len(each)
    return total


def _of_answer(trip: Trip) -> int:
    """The tokens of what came of the answer: of a stream up to where it ended."""
    assert trip.response is not None
    body = trip.response.body
    spoken = trip.attempts[-1].dialect if trip.attempts else trip.dialect
    model = _model(trip)
    try:
        if isinstance(body, list):
            return _of_stream(trip, spoken, b"".join(body), model)
        if not body.lstrip().startswith(b"{"):
            return 0
        answer = translation.read_answer(dialect(spoken), body)
        if isinstance(answer, Response):
            return _of_parts([part for choice in answer.choices for part in choice.parts], model)
        return 0
    except _UNREADABLE:
        raw = b"".join(body) if isinstance(body, list) else body
        return events_in(raw) if isinstance(body, list) else len(raw) // BYTES_A_TOKEN


def _of_stream(trip: Trip, spoken: str, body: bytes, model: str) -> int:
    assert trip.response is not None
    kind = framing_of(trip.response.headers, wanted=True)
    splitter = splitter_of(kind or "sse", unwrap=spoken != "bedrock-converse")
    decoder = Recognising(spoken)
    texts: dict[tuple[str, int], list[str]] = {}
    others: list[Part] = []
    for name, told in splitter.feed(body):
        for event in decoder.feed(name, told):
            if isinstance(event, e.TextDelta | e.ThinkingDelta | e.ArgumentsDelta):
                texts.setdefault((type(event).__name__, event.index), []).append(event.text)
            elif isinstance(event, e.Open):
                others.append(event.part)
    return text_tokens(("".join(pieces) for pieces in texts.values()), model) + _of_parts(others, model)


def _of_parts(parts: list[Any], model: str) -> int:
    return text_tokens(_texts(parts), model) + sum(
        media_tokens(part, model.lower()) for part in parts if isinstance(part, Media) and part.data
    )


def _texts(parts: list[Any]) -> Iterator[str]:
    for part in parts:
        match part:
            case Text() | Refusal() | Thinking():
                yield part.text
            case ToolCall():
                yield part.name
                yield part.arguments
            case Media():
                yield part.text


def events_in(body: bytes) -> int:
    """How many events a stream had, whatever its framing: without the one that ends it. Providers cut them about as
    they cut tokens."""
    return max((body.count(b"data:") or body.count(b":event-type") or body.count(b"\n")) - 1, 0)
