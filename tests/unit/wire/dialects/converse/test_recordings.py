"""Every recording of Converse: requests, answers and streams read, and written again to the same effect."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from conduit_desktop.wire.dialects.base import Context
from conduit_desktop.wire.dialects.converse import BEDROCK_CONVERSE
from conduit_desktop.wire.eventstream import Frames, Unwrapped
from conduit_desktop.wire.messages import Request
from conduit_desktop.wire.traits import Traits
from tests.unit.wire.dialects.recorded import cases, check_stream, misfits, said

pytestmark = pytest.mark.wire
CASES = [*cases("bedrock/converse"), *cases("bedrock/converse-stream")]


def named(case: dict[str, Any]) -> str:
    return str(case["name"])


@pytest.mark.parametrize("case", CASES, ids=named)
def test_requests(case: dict[str, Any]) -> None:
    model, body = case["model"], case["request"]["body"]
    request = BEDROCK_CONVERSE.decode_request(body, model, case["stream"])
    encoded = BEDROCK_CONVERSE.encode_request(request, Traits(thinking="effort" if "gpt-oss" in model else "budget"))
    assert encoded.dropped == []
    assert not misfits("bedrock", case["endpoint"], encoded.body)
    again = BEDROCK_CONVERSE.decode_request(encoded.body, model, case["stream"])
    # Turns of one speaker are joined; nothing else changes.
    assert [part for each in again.messages for part in each.parts] == [
        part for each in request.messages for part in each.parts
    ]
    again.messages = request.messages
    assert again == request


@pytest.mark.parametrize("case", [case for case in CASES if "body" in case["response"]], ids=named)
def test_answers(case: dict[str, Any]) -> None:
    response = case["response"]
    if response["status"] >= 400:
        failure = BEDROCK_CONVERSE.decode_error(response["status"], response["body"])
        assert failure.message == response["body"]["message"]
        return
    found = BEDROCK_CONVERSE.decode_response(response["body"])
    assert found.usage is not None
    assert found.usage.total == response["body"]["usage"]["totalTokens"]
    again = BEDROCK_CONVERSE.encode_response(found, Context(request=Request(model=case["model"]), seed="s"))
    assert BEDROCK_CONVERSE.decode_response(again) == found


@pytest.mark.parametrize("case", [case for case in CASES if "body_base64" in case["response"]], ids=named)
def test_streams(case: dict[str, Any]) -> None:
    response = check_stream(BEDROCK_CONVERSE, Frames, base64.b64decode(case["response"]["body_base64"]))
    assert said(response)["finish"]
    assert response.usage is not None


@pytest.mark.parametrize("case", [*cases("bedrock/invoke-with-response-stream")], ids=named)
def test_invoke_streams_are_unwrapped(case: dict[str, Any]) -> None:
    raw = base64.b64decode(case["response"].get("body_base64", ""))
    events = Unwrapped().feed(raw)
    for size in (1, 100):
        splitter = Unwrapped()
        assert [pair for at in range(0, len(raw), size) for pair in splitter.feed(raw[at : at + size])] == events
    assert all(data for _, data in events)
