"""Streams that pass as they came: what is seen of them, what is held back, and the one name that may be changed."""

from __future__ import annotations

import pytest

from conduit_desktop.wire.dialects import dialect
from conduit_desktop.wire.dialects.base import Context
from conduit_desktop.wire.failure import Failure
from conduit_desktop.wire.framing import Array, Events
from conduit_desktop.wire.messages import Request
from conduit_desktop.wire.passing.watch import Watch

MESSAGES = (
    b'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant",'
    b'"model":"up","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":7,"output_tokens":1}}}\n\n'
    b'event: content_block_start\ndata: {"type":"content_block_start","index":0,'
    b'"content_block":{"type":"text","text":""}}\n\n'
    b'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,'
    b'"delta":{"type":"text_delta","text":"\xc3\xa9"}}\n\n'
    b'event: unheard_of\ndata: {"type":"unheard_of"}\n\n'
    b'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n'
    b'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},'
    b'"usage":{"output_tokens":3}}\n\n'
    b'event: message_stop\ndata: {"type":"message_stop"}\n\n'
)
GEMINI = (
    b'[{"candidates":[{"content":{"role":"model","parts":[{"text":"a"}]}}]}\n,\r\n'
    b'{"candidates":[{"content":{"role":"model","parts":[{"text":"b"}]},"finishReason":"STOP"}],'
    b'"usageMetadata":{"promptTokenCount":2,"candidatesTokenCount":3,"totalTokenCount":5}}]'
)


def watching(name: str, model: str = "") -> Watch:
    spoken = dialect(name)
    splitter = Array() if name == "gemini" else Events()
    encoder = spoken.encoder(Context(request=Request(), sse=name != "gemini"))
    return Watch(spoken.decoder(), splitter, encoder, model=model)


@pytest.mark.parametrize("step", [1, 2, 7, 10_000])
def test_bytes_stay_as_they_are(step: int) -> None:
    watch = watching("anthropic-messages")
    out = b"".join(watch.feed(MESSAGES[at : at + step]) for at in range(0, len(MESSAGES), step))
    assert watch.closing
    assert watch.held.startswith(b"event: message_stop")
    assert out + watch.end() + watch.held == MESSAGES
    assert (watch.finish, watch.id, watch.content) == ("end_turn", "msg_1", True)
    assert watch.usage is not None
    assert (watch.usage.input, watch.usage.output) == (7, 3)


@pytest.mark.parametrize("step", [1, 5, 10_000])
def test_an_array_passes_whole(step: int) -> None:
    watch = watching("gemini")
    out = b"".join(watch.feed(GEMINI[at : at + step]) for at in range(0, len(GEMINI), step))
    assert out + watch.end() + watch.held == GEMINI
    assert watch.complete
    assert watch.usage is not None
    assert (watch.usage.input, watch.usage.output) == (2, 3)


@pytest.mark.parametrize("cut", range(1, MESSAGES.count(b"\n\n") - 1))
def test_a_stream_cut_short_is_not_whole(cut: int) -> None:
    watch = watching("anthropic-messages")
    watch.feed(b"\n\n".join(MESSAGES.split(b"\n\n")[:cut]) + b"\n\n")
    watch.end()
    assert not watch.complete
    told = watch.fail(Failure(status=502, kind="server", message="It broke off."))
    assert told.startswith(b"event: error\n")
    assert b"message_stop" not in told


def test_the_model_can_be_named_as_it_was_asked_for() -> None:
    watch = watching("anthropic-messages", model='fa"st')
    out = watch.feed(MESSAGES)
    assert b'"model":"fa\\"st"' in out
    assert out.replace(b'"model":"fa\\"st"', b'"model":"up"') + watch.held == MESSAGES


def test_what_comes_behind_the_end_belongs_to_it() -> None:
    watch = watching("anthropic-messages")
    out = watch.feed(MESSAGES + b"data: [DONE]\n\n")
    watch.end()
    assert out + watch.held == MESSAGES + b"data: [DONE]\n\n"


def test_behind_an_event_that_cannot_be_read_nothing_looks_whole() -> None:
    watch = watching("anthropic-messages")
    start = b'event: message_start\ndata: {"type":"message_start","message":{"id":"m","usage":{}}}\n\n'
    stop = b'event: message_stop\ndata: {"type":"message_stop"}\n\n'
    out = watch.feed(start + b'event: content_block_delta\ndata: {"type": \n\n' + stop)
    assert out.startswith(start + b"event: error\n")
    assert stop not in out + watch.end()
    assert (watch.done, watch.error_status, watch.complete) == (True, 502, True)
