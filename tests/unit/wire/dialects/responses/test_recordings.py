"""Recordings of the Responses API, read and written again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from conduit_desktop.wire.dialects.base import Context
from conduit_desktop.wire.dialects.responses import OPENAI_RESPONSES as DIALECT
from conduit_desktop.wire.dialects.responses.notes import NAME
from conduit_desktop.wire.framing import Events
from conduit_desktop.wire.messages import Media, Request
from conduit_desktop.wire.traits import Traits
from tests.unit.wire.dialects.recorded import CORPUS, cases, check_stream, misfits, said

pytestmark = pytest.mark.wire
TRAITS = Traits(thinking="effort")


def _all() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for folder in sorted(CORPUS.glob("*/responses*")):
        for case in cases(f"{folder.parent.name}/{folder.name}"):
            yield folder.parent.name, folder.name, case


CASES = list(_all()) if CORPUS.is_dir() else []
named = pytest.mark.parametrize(("provider", "endpoint", "case"), CASES, ids=[case["name"] for _, _, case in CASES])


def plain(request: Request) -> Request:
    """A request with what the API takes for granted said out."""
    for tool in request.tools:
        tool.strict = bool(tool.strict)
    for message in request.messages:
        message.parts = [part for part in message.parts if getattr(part, "text", None) != "" or isinstance(part, Media)]
        for part in message.parts:
            if isinstance(part, Media) and part.kind == "image":
                part.detail = part.detail or "auto"
    return request


@named
def test_requests_say_the_same_when_written_again(provider: str, endpoint: str, case: dict[str, Any]) -> None:
    body = case["request"].get("body")
    if not isinstance(body, dict):
        pytest.skip("no request recorded")
    request = DIALECT.decode_request(body, None, None)
    encoded = DIALECT.encode_request(request, TRAITS)
    assert not encoded.dropped
    assert plain(DIALECT.decode_request(encoded.body, None, None)) == plain(request)
    if not misfits(provider, endpoint, body):
        assert misfits(provider, endpoint, encoded.body) == []


@named
def test_answers_say_the_same_when_written_again(provider: str, endpoint: str, case: dict[str, Any]) -> None:
    recorded = case["response"]
    body = recorded.get("body")
    context = Context(request=Request(model="m"), seed="s", now=1_700_000_000)
    if recorded["status"] >= 400:
        failure = DIALECT.decode_error(recorded["status"], body)
        told = body["error"]["message"] if isinstance(body["error"], dict) else body["error"]
        assert failure.message == told
        assert DIALECT.encode_error(failure)["error"]["message"] == told
    elif "body_text" in recorded and "error-in-stream" not in case["features"]:
        check_stream(DIALECT, Events, recorded["body_text"].encode())
    elif isinstance(body, dict) and "output" in body:
        response = DIALECT.decode_response(body)
        assert said(DIALECT.decode_response(DIALECT.encode_response(response, context))) == said(response)
        notes = response.extras.get(NAME, {})
        assert "output" not in notes
