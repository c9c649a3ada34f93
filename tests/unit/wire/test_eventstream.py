"""AWS event streams: cut at any byte, checked, exceptions named, unwrapped; as botocore reads them."""

from __future__ import annotations

import base64
import json
import struct
from binascii import crc32
from typing import Any

import pytest
from botocore.eventstream import EventStreamBuffer  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from conduit_desktop.wire.eventstream import BROKEN, Frames, Unwrapped, failed, frame, message_of


def raw_frame(headers: bytes, payload: bytes) -> bytes:
    prelude = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    whole = prelude + struct.pack(">I", crc32(prelude)) + headers + payload
    return whole + struct.pack(">I", crc32(whole))


def string(name: bytes, value: bytes) -> bytes:
    return bytes([len(name)]) + name + b"\x07" + struct.pack(">H", len(value)) + value


def fed(data: bytes, size: int = 2**20) -> list[tuple[str, bytes]]:
    splitter = Frames()
    return [pair for at in range(0, len(data), size) for pair in splitter.feed(data[at : at + size])]


names = st.text("abcdefgE", min_size=1, max_size=12)


@given(st.lists(st.tuples(names, st.binary(max_size=60)), max_size=5), st.integers(1, 90))
def test_frames_at_any_split(events: list[tuple[str, bytes]], size: int) -> None:
    data = b"".join(frame(*each) for each in events)
    assert fed(data, size) == events
    buffer = EventStreamBuffer()
    buffer.add_data(data)
    assert [(each.headers[":event-type"], each.payload) for each in buffer] == events


def test_headers_of_every_type() -> None:
    headers = b"\x01a\x00\x01b\x01\x01c\x02\x7f\x01d\x03\x00\x01\x01e\x04\x00\x00\x00\x01\x01f\x05" + bytes(8)
    headers += b"\x01g\x06\x00\x02xy" + b"\x01h\x08" + bytes(8) + b"\x01i\x09" + bytes(16)
    headers += string(b":event-type", "é".encode())
    assert fed(raw_frame(headers, b"{}")) == [("é", b"{}")]


@pytest.mark.parametrize(
    "headers", [b"\x01", b"\x05ab", b"\x01a", b"\x01a\x04\x00", b"\x01a\x07\x00", b"\x01a\x07\x00\x05x", b"\x01a\x0a"]
)
def test_broken_headers(headers: bytes) -> None:
    assert fed(raw_frame(headers, b"{}")) == [BROKEN]


@given(st.data())
def test_a_flipped_bit_is_seen_and_nothing_after_it_is_read(data: Any) -> None:
    good = frame("one", b'{"a": 1}')
    broken = bytearray(good)
    broken[data.draw(st.integers(0, len(good) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    found = fed(good + bytes(broken) + good)
    assert found[0] == ("one", b'{"a": 1}')
    assert found[1:] in ([BROKEN], [])  # a length that grew waits for more
    if len(found) > 1:
        assert len(fed(good + bytes(broken) + good * 3)) == 2


def test_what_is_no_event_stream() -> None:
    assert fed(b"<html><body>Bad gateway</body></html>") == [BROKEN]


def test_an_unfinished_frame_is_left_out() -> None:
    splitter = Frames()
    assert splitter.feed(frame("one", b"{}")[:-1]) == splitter.rest() == []


def test_exceptions_and_errors() -> None:
    told = frame("throttlingException", b'{"message":"Slow."}', exception=True)
    assert fed(told) == [("throttlingException", b'{"message":"Slow."}')]
    headers = string(b":message-type", b"error") + string(b":error-code", b"Broken") + string(b":error-message", b"Oh")
    ((name, payload),) = fed(raw_frame(headers, b""))
    assert failed(name) == (500, "server", "api_error")
    assert message_of(payload) == "Oh"


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("throttlingException", 429),
        ("ThrottlingException", 429),
        ("com.amazon.coral#ValidationException:http://x", 400),
        ("internalServerException", 500),
        ("NewException", 500),
        ("contentBlockDelta", None),
        ("", None),
    ],
)
def test_which_names_are_failures(name: str, status: int | None) -> None:
    found = failed(name)
    assert (found and found[0]) == status


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (b'{"message": "m"}', "m"),
        (b'{"Message": "M"}', "M"),
        (b'{"originalMessage": "o", "message": null}', "o"),
        (b"{}", ""),
        (b"[1]", "[1]"),
        (b"not json \xff", "not json \ufffd"),
    ],
)
def test_the_words_of_an_exception(payload: bytes, words: str) -> None:
    assert message_of(payload) == words


def test_unwrapping() -> None:
    inner = b'{"type":"message_start"}'
    chunk = json.dumps({"bytes": base64.b64encode(inner).decode(), "p": "abc"}).encode()
    data = frame("chunk", chunk) + frame("throttlingException", b'{"message":"Slow."}', exception=True)
    assert Unwrapped().feed(data) == [
        ("", inner),
        ("error", b'{"type":"error","error":{"type":"rate_limit_error","message":"Slow."}}'),
    ]
    for broken in (b"{}", b'{"bytes": "%%%"}', b"x"):
        assert Unwrapped().feed(frame("chunk", broken)) == [BROKEN]
