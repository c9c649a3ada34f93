"""Gemini's recordings, on the Gemini API and on Vertex, read and written again."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conduit_desktop.wire.assemble import assemble
from conduit_desktop.wire.dialects.base import Context
from conduit_desktop.wire.dialects.gemini import GEMINI
from conduit_desktop.wire.framing import Array, Events
from conduit_desktop.wire.messages import Reasoning, Request, ToolCall
from conduit_desktop.wire.traits import Traits
from tests.unit.wire.dialects.recorded import cases, check_stream, decoded, misfits, said

pytestmark = pytest.mark.wire
CASES = [
    case
    for provider in ("gemini", "vertex")
    for endpoint in ("generateContent", "streamGenerateContent")
    for case in cases(f"{provider}/{endpoint}")
]


def traits(case: dict[str, Any]) -> Traits:
    return Traits(kind=case["provider"], thinking="level" if "gemini-3" in case["model"] else "budget")


def comparable(request: Request) -> dict[str, Any]:
    """What a request says, but for what is written in other words on purpose: schemas, thinking, signatures."""
    for message in request.messages:
        for part in message.parts:
            if not isinstance(part, ToolCall) or part.signature.startswith("skip/"):
                part.signature = ""
    for tool in request.tools:
        tool.parameters = None
    request.tools.sort(key=lambda tool: (tool.kind != "function", tool.name))
    request.format = None
    request.reasoning = request.reasoning and Reasoning(enabled=request.reasoning.enabled)
    request.modalities = [] if request.modalities == ["text"] else request.modalities
    return {name: getattr(request, name) for name in request.__struct_fields__}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_requests_say_the_same_when_written_again(case: dict[str, Any]) -> None:
    body = case["request"].get("body")
    if not body:
        pytest.skip("no request recorded")
    request = GEMINI.decode_request(body, case["model"], case["stream"])
    encoded = GEMINI.encode_request(request, traits(case))
    assert not encoded.dropped
    again = GEMINI.decode_request(json.loads(json.dumps(encoded.body)), case["model"], case["stream"])
    if request.reasoning and request.reasoning.visible is False:  # what a model does anyway is not said again
        request.reasoning = again.reasoning
    assert comparable(again) == comparable(request)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_answers_say_the_same_when_written_again(case: dict[str, Any]) -> None:
    recorded = case["response"]
    if recorded["status"] >= 400:
        failure = GEMINI.decode_error(recorded["status"], recorded["body"])
        sent = recorded["body"][0] if isinstance(recorded["body"], list) else recorded["body"]
        again = GEMINI.encode_error(failure)["error"]
        assert (again["message"], again["code"]) == (sent["error"]["message"], sent["error"]["code"])
        assert GEMINI.decode_error(failure.status, {"error": again}) == failure
    elif "body_text" in recorded:
        split = Array if case.get("stream_kind") == "json-array" else Events
        raw = recorded["body_text"].encode()
        if split is Events:
            check_stream(GEMINI, Events, raw)
        else:
            events = decoded(GEMINI, Array(), [raw])
            assert said(GEMINI.decode_response(json.loads(raw))) == said(assemble(events))
            assert decoded(GEMINI, Array(), [raw[at : at + 7] for at in range(0, len(raw), 7)]) == events
    else:
        response = GEMINI.decode_response(recorded["body"])
        again = GEMINI.encode_response(response, Context(request=Request()))
        assert said(GEMINI.decode_response(again)) == said(response)
        for told, sent in zip(again.get("candidates", ()), recorded["body"].get("candidates", ()), strict=True):
            assert told.get("finishReason") == sent.get("finishReason")
            for name in ("groundingMetadata", "citationMetadata", "urlContextMetadata", "safetyRatings"):
                assert told.get(name) == (sent.get(name) or None)


def test_what_is_written_is_what_the_sdk_declares() -> None:
    for case in CASES:
        if (body := case["request"].get("body")) and "modelArmorConfig" not in body:
            request = GEMINI.decode_request(body, case["model"], case["stream"])
            written = GEMINI.encode_request(request, traits(case)).body
            assert misfits(case["provider"], case["endpoint"], written) == [], case["name"]
