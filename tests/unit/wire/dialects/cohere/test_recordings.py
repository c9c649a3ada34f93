"""Cohere's recordings, read and written again."""

from __future__ import annotations

from typing import Any

import pytest

from conduit_desktop.wire.dialects.base import Context
from conduit_desktop.wire.dialects.cohere import COHERE
from conduit_desktop.wire.framing import Events
from conduit_desktop.wire.messages import Request
from conduit_desktop.wire.traits import Traits
from tests.unit.wire.dialects.recorded import cases, check_stream, misfits, said

pytestmark = pytest.mark.wire
CASES = list(cases("cohere/v2.chat"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_requests_say_the_same_when_written_again(case: dict[str, Any]) -> None:
    body = case["request"].get("body")
    if not body:
        pytest.skip("no request recorded")
    request = COHERE.decode_request(body, None, None)
    encoded = COHERE.encode_request(request, Traits(thinking="budget"))
    assert not encoded.dropped
    assert COHERE.decode_request(encoded.body, None, None) == request


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_answers_say_the_same_when_written_again(case: dict[str, Any]) -> None:
    recorded = case["response"]
    if recorded["status"] >= 400:
        failure = COHERE.decode_error(recorded["status"], recorded["body"])
        assert failure.message == recorded["body"]["message"]
        assert COHERE.encode_error(failure)["message"] == failure.message
    elif case["stream"]:
        check_stream(COHERE, Events, recorded["body_text"].encode())
    else:
        response = COHERE.decode_response(recorded["body"])
        again = COHERE.encode_response(response, Context(request=Request()))
        assert said(COHERE.decode_response(again)) == said(response)
        sent = recorded["body"]
        assert again["finish_reason"] == sent["finish_reason"]
        assert again["message"].get("content") == sent["message"].get("content")
        assert again["message"].get("tool_calls") == sent["message"].get("tool_calls")
        assert again["message"].get("tool_plan") == sent["message"].get("tool_plan")
        assert again["usage"]["tokens"].items() >= {k: v for k, v in sent["usage"]["tokens"].items() if v}.items()


def test_what_is_written_is_what_the_sdk_declares() -> None:
    for case in CASES:
        if body := case["request"].get("body"):
            request = COHERE.decode_request(body, None, None)
            written = COHERE.encode_request(request, Traits(thinking="budget")).body
            assert misfits("cohere", "v2.chat", written) == [], case["name"]
