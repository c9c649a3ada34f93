"""Recorded streams cut at any byte, which must change nothing, and cut off at any event, which must be told."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from conduit_desktop.wire import framing, translation
from conduit_desktop.wire.dialects import dialect
from conduit_desktop.wire.dialects.base import Context
from conduit_desktop.wire.dialects.recognising import Recognising
from conduit_desktop.wire.eventstream import Frames
from conduit_desktop.wire.failure import Failure
from conduit_desktop.wire.framing import Splitter
from conduit_desktop.wire.messages import Request
from tests.fakes.replay import WIRE

pytestmark = pytest.mark.wire
SPLITTERS: dict[str, type[Splitter]] = {
    "sse": framing.Events,
    "ndjson": framing.Lines,
    "json-array": framing.Array,
    "eventstream": Frames,
}
SPOKEN = {
    "chat.completions": "openai-chat",
    "responses": "openai-responses",
    "messages": "anthropic-messages",
    "streamGenerateContent": "gemini",
    "v2.chat": "cohere",
    "api.chat": "ollama",
    "converse-stream": "bedrock-converse",
}
CLIENTS = ("openai-chat", "openai-responses", "anthropic-messages", "gemini", "cohere", "ollama")
FIRST = 4096


def streams() -> Iterator[tuple[dict[str, Any], bytes]]:
    for path in sorted((WIRE / "corpus").rglob("*.json")):
        case = json.loads(path.read_text("utf-8"))
        told = case["response"]
        if case["stream"] and case["stream_kind"] in SPLITTERS and told["status"] == 200:
            text = told.get("body_text")
            yield case, text.encode() if text is not None else base64.b64decode(told["body_base64"])


STREAMS = list(streams()) if (WIRE / "corpus").is_dir() else []


@pytest.mark.parametrize("kind", SPLITTERS)
def test_a_cut_at_any_byte_changes_nothing(kind: str) -> None:
    """Every position of the first 4 KB for one stream in eight, every thirteenth for the others, and random ones
    behind."""
    rng, made, tried = random.Random(kind), SPLITTERS[kind], 0
    for number, (case, data) in enumerate(each for each in STREAMS if each[0]["stream_kind"] == kind):
        head = data[:FIRST]
        expected = made().feed(head)
        places = list(range(1, len(head), 1 if number % 8 == 0 else 13))
        for at in places:
            splitter = made()
            assert splitter.feed(head[:at]) + splitter.feed(head[at:]) == expected, (case["name"], at)
        whole = made().feed(data)
        for _ in range(5):
            at = rng.randrange(1, max(len(data), 2))
            splitter = made()
            assert splitter.feed(data[:at]) + splitter.feed(data[at:]) == whole, (case["name"], at)
        tried += len(places)
    assert tried or not STREAMS


@pytest.mark.parametrize("client", CLIENTS)
def test_a_stream_cut_off_at_any_event_ends_in_an_error(client: str) -> None:
    rng, tried = random.Random(client), 0
    for case, data in STREAMS[::6]:
        spoken = SPOKEN.get(case["endpoint"])
        if spoken is None or spoken == client:
            continue
        events = SPLITTERS[case["stream_kind"]]().feed(data)
        for count in {0, 1, *(rng.randrange(len(events) + 1) for _ in range(3))}:
            splitter = Given(events[:count])
            encoder = dialect(client).encoder(Context(request=Request(model="m", stream=True), seed="s", now=1))
            watch = translation.Watch(Recognising(spoken), splitter, encoder)
            watch.feed(b"x")
            watch.end()
            if watch.complete:  # the provider had said that it was finished, or what went wrong
                continue
            told = watch.fail(Failure(status=502, kind="server", message="It broke off."))
            assert b"It broke off." in told, (case["name"], count)
            assert not any(end in told for end in (b"[DONE]", b"message_stop", b"response.completed", b'"done":true'))
            tried += 1
    assert tried > 20 or not STREAMS


class Given:
    """A splitter that has its events already."""

    def __init__(self, events: list[tuple[str, bytes]]) -> None:
        self._events = events

    def feed(self, data: bytes) -> list[tuple[str, bytes]]:
        events, self._events = self._events, []
        return events

    def rest(self) -> list[tuple[str, bytes]]:
        return []
