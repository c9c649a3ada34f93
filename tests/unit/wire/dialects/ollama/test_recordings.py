"""Ollama's recordings, read and written again."""

from __future__ import annotations

from typing import Any

import pytest

from conduit_desktop.wire.dialects.base import Context, Dialect
from conduit_desktop.wire.dialects.ollama import OLLAMA, OLLAMA_GENERATE
from conduit_desktop.wire.framing import Lines
from conduit_desktop.wire.messages import Request
from conduit_desktop.wire.traits import Traits
from tests.unit.wire.dialects.recorded import cases, check_stream, said

pytestmark = pytest.mark.wire
CASES = [(OLLAMA, case) for case in cases("ollama/api.chat")] + [
    (OLLAMA_GENERATE, case) for case in cases("ollama/api.generate")
]
NAMES = [case["name"] for _, case in CASES]


@pytest.mark.parametrize(("dialect", "case"), CASES, ids=NAMES)
def test_requests_say_the_same_when_written_again(dialect: Dialect, case: dict[str, Any]) -> None:
    request = dialect.decode_request(case["request"]["body"], None, None)
    encoded = dialect.encode_request(request, Traits(thinking="effort"))
    assert not encoded.dropped
    assert dialect.decode_request(encoded.body, None, None) == request
    assert request.stream == (case["request"]["body"].get("stream") is not False)


@pytest.mark.parametrize(("dialect", "case"), CASES, ids=NAMES)
def test_answers_say_the_same_when_written_again(dialect: Dialect, case: dict[str, Any]) -> None:
    recorded = case["response"]
    if recorded["status"] >= 400:
        failure = dialect.decode_error(recorded["status"], recorded["body"])
        assert dialect.encode_error(failure) == recorded["body"]
    elif case["stream"]:
        check_stream(dialect, Lines, recorded["body_text"].encode())
    else:
        response = dialect.decode_response(recorded["body"])
        again = dialect.encode_response(response, Context(request=Request()))
        assert said(dialect.decode_response(again)) == said(response)
        for name, value in recorded["body"].items():
            if name != "created_at":
                assert again[name] == value, name
