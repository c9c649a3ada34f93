"""What was used where nobody says: counted by tokens, files by what they are."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from conduit_desktop.gateway.exchange import Endpoint, Seen, Trip
from conduit_desktop.gateway.snapshot import Snapshot
from conduit_desktop.gateway.tally import counting, settle
from conduit_desktop.records import Attempt, Price, Usage

PICTURE = base64.b64encode(bytes(range(256)) * 12_000).decode()
WORDS = "the quick brown fox jumps over the lazy dog " * 20


def trip(body: Any, answer: bytes | list[bytes], dialect: str = "openai-chat", **more: Any) -> Trip:
    endpoint = more.pop("endpoint", Endpoint("chat.completions", dialect, "chat"))
    raw = json.dumps(body).encode()
    made = Trip(
        id="r",
        started=0.0,
        began=0.0,
        method="POST",
        path="/",
        snapshot=Snapshot(),
        model="m",
        dialect=dialect,
        endpoint=endpoint,
        bytes_in=len(raw),
        answered=1.0,
        request=Seen("POST / HTTP/1.1", [], raw),
        response=Seen("HTTP/1.1 200", [(b"content-type", b"text/event-stream")], answer),
        **more,
    )
    made.attempts.append(
        Attempt(
            n=1,
            provider_id="p",
            provider="p",
            deployment_id=None,
            upstream_model="m",
            url="",
            offset=0,
            dialect=dialect,
        )
    )
    return made


def chunk(text: str) -> bytes:
    return b"data: " + json.dumps({"choices": [{"index": 0, "delta": {"content": text}}]}).encode() + b"\n\n"


def test_words_are_counted_as_tokens_on_both_sides() -> None:
    pieces = [chunk(word + " ") for word in WORDS.split()]
    made = trip({"model": "m", "messages": [{"role": "user", "content": WORDS}]}, pieces)
    found = counting.count(made)
    assert found is not None
    assert found.estimated
    assert 180 <= found.input <= 190 + 10
    assert 180 <= found.output <= 190


def test_an_anthropic_stream_that_breaks_off_keeps_what_it_began_with() -> None:
    def event(kind: str, **more: Any) -> bytes:
        return f"event: {kind}\ndata: {json.dumps({'type': kind, **more})}\n\n".encode()

    pieces = [
        event("message_start", message={"id": "x", "model": "m", "usage": {"input_tokens": 9, "output_tokens": 1}}),
        event("content_block_start", index=0, content_block={"type": "thinking", "thinking": ""}),
        event("content_block_delta", index=0, delta={"type": "thinking_delta", "thinking": WORDS}),
        event("content_block_stop", index=0),
        event("content_block_start", index=1, content_block={"type": "text", "text": ""}),
        event("content_block_delta", index=1, delta={"type": "text_delta", "text": WORDS}),
    ]
    body = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "hello"}]}
    told = Usage(input=9, output=1, cached_read=4)
    made = trip(body, pieces, "anthropic-messages", usage=told, first=1.0, error_code="client_gone", stream=True)
    assert settle.uncertain(made)
    made.counted = counting.count(made)
    used = settle.used(made)
    assert used is not None
    assert (used.input, used.cached_read, used.estimated) == (9, 4, True)
    assert 360 <= used.output <= 380


def test_embeddings_have_no_output() -> None:
    endpoint = Endpoint("embeddings", "openai-chat", "embeddings")
    found = counting.count(trip({"model": "m", "input": [WORDS, [1, 2, 3]]}, b"{}", endpoint=endpoint))
    assert found is not None
    assert found.output == 0
    assert 183 <= found.input <= 190


@pytest.mark.parametrize("answer", [[b"\xff\xfe"], [b"data: {\n\n"], b"{", [], [b"data: [1]\n\n" * 5]])
def test_what_cannot_be_read_is_still_settled(answer: bytes | list[bytes]) -> None:
    for body in ({"model": "m", "messages": [{"role": "user", "content": "hi"}]}, {"messages": 5}, []):
        found = counting.count(trip(body, answer))
        assert found is not None
        assert found.estimated


def test_a_picture_is_not_set_aside_for_by_its_bytes() -> None:
    image = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PICTURE}"}}
    text = {"type": "text", "text": WORDS}
    with_it = trip({"model": "m", "messages": [{"role": "user", "content": [text, image]}]}, b"")
    without = trip({"model": "m", "messages": [{"role": "user", "content": [text]}]}, b"")
    price = Price(source="x", input=10, output=0)
    assert with_it.bytes_in > 4_000_000
    extra = settle.estimate(price, with_it) - settle.estimate(price, without)
    assert 16_000 <= extra <= 10 * 20_100
    long_text = trip({"model": "m", "messages": [{"role": "user", "content": WORDS * 200}]}, b"")
    assert settle.estimate(price, long_text) >= 10 * len(WORDS) * 200 // 4
    chinese = trip({"model": "m", "messages": [{"role": "user", "content": "字" * 30_000}]}, b"")
    assert settle.estimate(price, chinese) >= 10 * 30_000 // 4


def test_speech_is_billed_by_the_letter_and_pictures_as_pictures() -> None:
    speech = trip({"model": "tts-1", "input": "Grüß Gott"}, b"\x00\x01", endpoint=_of("audio.speech"))
    price = Price(source="x", input=0, output=0, per_character=15_000_000)
    assert settle.settle(speech, price) == 9 * 15_000_000
    assert speech.usage == Usage(characters=9)
    drawn = trip({"model": "gpt-image-1"}, b"{}", endpoint=_of("images.generations"), usage=Usage(input=5, output=100))
    drawn.usage = settle.used(drawn)
    assert settle.settle(drawn, Price(source="x", input=1, output=2, image_output=7)) == 705
    nobody_told = trip({"model": "dall-e-3"}, b"{}", endpoint=_of("images.generations"))
    settle.settle(nobody_told, Price(source="x", input=1, output=2))
    assert nobody_told.cost is None
    settle.settle(nobody_told, Price(source="x", input=1, output=2, per_request=40))
    assert nobody_told.cost == 40


def _of(operation: str) -> Endpoint:
    return Endpoint(operation, "openai-chat", operation)


def test_a_cost_that_is_not_known_as_a_whole_is_taken_off_the_budget_as_far_as_it_is() -> None:
    made = trip({}, b"{}", usage=Usage(input=10, output=1, searches=2))
    assert settle.settle(made, Price(source="x", input=3, output=5)) == 35
    assert made.cost is None
    assert made.price is None
    assert made.saved is None


def test_an_answer_of_no_tokens_is_priced() -> None:
    made = trip({}, b"{}", usage=Usage())
    assert settle.settle(made, Price(source="x", input=3, output=5)) == 0
    assert made.cost == 0
    assert made.price is not None
