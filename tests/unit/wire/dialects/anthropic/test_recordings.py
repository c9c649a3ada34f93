"""The recordings of Anthropic's models (Anthropic, Vertex, Bedrock's invoke), read and written again."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from conduit_desktop.errors import BadRequest
from conduit_desktop.wire.dialects.anthropic import ANTHROPIC_MESSAGES as DIALECT
from conduit_desktop.wire.dialects.base import Context
from conduit_desktop.wire.eventstream import Unwrapped
from conduit_desktop.wire.framing import Events
from conduit_desktop.wire.messages import Request
from conduit_desktop.wire.traits import Traits
from tests.unit.wire.dialects.recorded import cases, check_stream, misfits, said

pytestmark = pytest.mark.wire
FOLDERS = (
    "anthropic/messages",
    "anthropic/messages.count_tokens",
    "vertex/anthropic.rawPredict",
    "vertex/anthropic.streamRawPredict",
    "bedrock/invoke",
    "bedrock/invoke-with-response-stream",
)
CASES = [
    case
    for folder in FOLDERS
    for case in cases(folder)
    if not folder.startswith("bedrock")
    or ("claude" in case["request"]["path"] and "messages" in case["request"]["body"])
]
ANSWERS = [case for case in CASES if case["endpoint"] != "messages.count_tokens"]


def traits(body: dict[str, Any]) -> Traits:
    """What a provider that took this request must be like."""
    adaptive = (body.get("thinking") or {}).get("type") == "adaptive" or "effort" in (body.get("output_config") or {})
    return Traits(thinking="adaptive" if adaptive else "budget", mid_system=True)


def asked(case: dict[str, Any]) -> Request:
    body = case["request"]["body"]
    return DIALECT.decode_request(body, body.get("model") or "m", None)


def test_requests_say_the_same_when_written_again() -> None:
    for case in CASES:
        body = case["request"]["body"]
        if case["response"]["status"] == 400 and "boolean" in case["name"]:
            with pytest.raises(BadRequest):
                asked(case)
            continue
        request = asked(case)
        encoded = DIALECT.encode_request(request, traits(body))
        both = "temperature" in body and "top_p" in body  # newer models refuse the two together
        assert not encoded.dropped or (both and encoded.dropped == ["top_p"]), case["name"]
        again = DIALECT.decode_request(encoded.body, None, None)
        assert again == usual(request, again), case["name"]
        if case["response"]["status"] < 400 and case["provider"] == "anthropic" and "max_tokens" in body:
            found = misfits("anthropic", "messages", encoded.body)
            assert not [each for each in found if each["kind"] != "header"], case["name"]


def usual(request: Request, again: Request) -> Request:
    """The request with what goes without saying, and without what says nothing."""
    if request.max_tokens is None:
        request.max_tokens = again.max_tokens
    if request.temperature is not None:
        request.top_p = None
    if request.reasoning is not None and request.reasoning.effort:
        request.reasoning.enabled = True
    if not request.tools:  # defined, so that the history may have calls
        request.tools, request.tool_choice = again.tools, again.tool_choice
    for tool in request.tools:
        tool.strict = tool.strict or None
    return request


def test_errors_say_the_same_when_written_again() -> None:
    for case in ANSWERS:
        recorded = case["response"]
        if recorded["status"] >= 400:
            failure = DIALECT.decode_error(recorded["status"], recorded["body"])
            assert failure.message
            assert failure.status == recorded["status"], case["name"]
            if case["provider"] == "anthropic":
                assert DIALECT.encode_error(failure)["error"] == recorded["body"]["error"], case["name"]


def test_streams_say_the_same_when_written_again() -> None:
    for case in ANSWERS:
        recorded = case["response"]
        if case["stream"] and recorded["status"] < 400:
            if case["stream_kind"] == "sse":
                raw = recorded["body_text"].encode()
            else:  # the frames are checked elsewhere; here the events in them count
                frames = Unwrapped().feed(base64.b64decode(recorded["body_base64"]))
                raw = b"".join(b"data: " + data + b"\n\n" for _, data in frames)
            check_stream(DIALECT, Events, raw)


def test_answers_say_the_same_when_written_again() -> None:
    for case in ANSWERS:
        recorded = case["response"]
        if case["stream"] or recorded["status"] >= 400:
            continue
        response = DIALECT.decode_response(recorded["body"])
        again = DIALECT.encode_response(response, Context(request=Request()))
        assert said(DIALECT.decode_response(again)) == said(response), case["name"]
        for name, value in recorded["body"].items():
            if name not in ("usage", "content"):
                assert again[name] == value, (case["name"], name)
        _same(recorded["body"]["usage"], again["usage"])
        for before, after in zip(recorded["body"]["content"], again["content"], strict=True):
            _same(before, after)


def _same(before: dict[str, Any], after: dict[str, Any]) -> None:
    """All that was said is said again; only absence may be null or nothing."""
    for name, value in before.items():
        if value or name in after:
            found = after.get(name)
            assert found == value or (_nothing(value) and not found), name


def _nothing(value: Any) -> bool:
    return not any(value.values()) if isinstance(value, dict) else not value
