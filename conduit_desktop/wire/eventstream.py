"""AWS event streams: binary frames cut out of a body at any byte split, checked, and made (event name, data) pairs.

Format: the "Amazon event stream encoding" of AWS's documentation (Transcribe, S3 Select and Bedrock share it). A
frame is its length and its headers' length (both 32 bits, big endian), a CRC-32 of these, headers, payload, and a
CRC-32 of all that. A header is name length (8 bits), name, type (8 bits; 7 is a string with a 16-bit length), value.

A frame that says ``:message-type: event`` gives its ``:event-type``. One that says ``exception`` or ``error`` gives the
provider's word for it (``throttlingException``), which ``failed`` recognises. What is no frame gives ``BROKEN`` once,
and nothing after it: where the next frame begins cannot be known. No decoder can read it as JSON.
"""

from __future__ import annotations

import binascii
import struct
from typing import Any

import msgspec

from conduit_desktop.wire.failure import Kind

BROKEN = ("", b"a frame of the event stream is broken")
_PRELUDE = struct.Struct(">III")
_CRC = struct.Struct(">I")
_LARGEST = 24 * 1024 * 1024
"""Bytes; AWS allows 16 MiB of payload and 128 KiB of headers."""
_SIZES = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
"""Bytes of a header's value by its type; 6 and 7 bring their length."""

_FAILURES: dict[str, tuple[int, Kind, str]] = {
    "accessdenied": (403, "permission", "permission_error"),
    "internalserver": (500, "server", "api_error"),
    "modelerror": (424, "server", "api_error"),
    "modelnotready": (429, "overloaded", "overloaded_error"),
    "modelstreamerror": (424, "server", "api_error"),
    "modeltimeout": (408, "timeout", "timeout_error"),
    "resourcenotfound": (404, "not_found", "not_found_error"),
    "servicequotaexceeded": (400, "rate_limit", "rate_limit_error"),
    "serviceunavailable": (503, "overloaded", "overloaded_error"),
    "throttling": (429, "rate_limit", "rate_limit_error"),
    "validation": (400, "invalid_request", "invalid_request_error"),
}


def failed(name: str) -> tuple[int, Kind, str] | None:
    """(HTTP status, kind, Anthropic's word) of the exception that AWS calls ``name``; None for the name of an event."""
    word = name.partition(":")[0].rpartition("#")[2].lower()
    stem = word.removesuffix("exception")
    if stem == word:
        return None
    return _FAILURES.get(stem, (500, "server", "api_error"))


class Frames:
    """A splitter (see ``framing``) of event streams."""

    def __init__(self) -> None:
        self._tail: list[bytes] = []
        self._missing = 0  # bytes of the frame that has begun
        self._lost = False

    def feed(self, data: bytes) -> list[tuple[str, bytes]]:
        out: list[tuple[str, bytes]] = []
        if self._lost:
            return out
        if len(data) < self._missing:
            self._tail.append(data)
            self._missing -= len(data)
            return out
        data = b"".join([*self._tail, data])
        start, size = 0, 12
        while len(data) - start >= 12:
            size, headers, check = _PRELUDE.unpack_from(data, start)
            if binascii.crc32(data[start : start + 8]) != check or not 16 + headers <= size <= _LARGEST:
                return self._broken(out)
            if len(data) - start < size:
                break
            frame = data[start : start + size]
            pair = self.read(frame, headers)
            if pair is None:
                return self._broken(out)
            out.append(pair)
            start, size = start + size, 12
        self._tail = [data[start:]]
        self._missing = size - (len(data) - start)
        return out

    def read(self, frame: bytes, headers: int) -> tuple[str, bytes] | None:
        """What a whole frame says; None for a broken one."""
        if binascii.crc32(frame[:-4]) != _CRC.unpack(frame[-4:])[0]:
            return None
        found = _headers(frame[12 : 12 + headers])
        payload = frame[12 + headers : -4]
        if found is None:
            return None
        match found.get(":message-type"):
            case "exception":
                return _exception(found.get(":exception-type", "")), payload
            case "error":
                message = {"message": found.get(":error-message", "")}
                return _exception(found.get(":error-code", "")), payload or msgspec.json.encode(message)
            case _:
                return found.get(":event-type", ""), payload

    def _broken(self, out: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
        self._lost = True
        self._tail.clear()
        return [*out, BROKEN]

    def rest(self) -> list[tuple[str, bytes]]:
        return []


class _Chunk(msgspec.Struct):
    """The payload of a ``chunk`` event: the model's event, in base64."""

    data: bytes = msgspec.field(name="bytes")


_chunk = msgspec.json.Decoder(_Chunk)


def opened(payload: bytes) -> bytes:
    """The model's own event in the payload of a ``chunk`` event; nothing where it holds none."""
    try:
        return _chunk.decode(payload).data
    except (msgspec.MsgspecError, ValueError):
        return b""


class Unwrapped(Frames):
    """A splitter of InvokeModelWithResponseStream: gives the model's own events, which its frames wrap in base64. An
    exception becomes an ``error`` event as Anthropic writes one; Claude's stream is the one that is read from here."""

    def read(self, frame: bytes, headers: int) -> tuple[str, bytes] | None:
        found = super().read(frame, headers)
        if found is None:
            return None
        name, payload = found
        failure = failed(name)
        if failure is not None:
            return "error", _as_error(failure[2], payload)
        if name != "chunk":
            return name, payload
        return ("", inner) if (inner := opened(payload)) else None


def message_of(payload: bytes) -> str:
    """The words in an exception's payload."""
    try:
        found: Any = msgspec.json.decode(payload)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return payload[:500].decode("utf-8", "replace")
    if not isinstance(found, dict):
        return str(found)
    words = next((found[name] for name in ("message", "Message", "originalMessage") if found.get(name)), "")
    return words if isinstance(words, str) else str(words)


def _as_error(kind: str, payload: bytes) -> bytes:
    message = message_of(payload) or "The provider reported an error."
    return msgspec.json.encode({"type": "error", "error": {"type": kind, "message": message}})


def _exception(name: str) -> str:
    """An exception's name, such that ``failed`` knows it for one."""
    return name if failed(name) else name + "Exception"


def _headers(block: bytes) -> dict[str, str] | None:
    """Those headers that are strings; None where the block is broken."""
    found: dict[str, str] = {}
    at, end = 0, len(block)
    while at < end:
        after = at + 1 + block[at]
        if after >= end:
            return None
        name, kind = block[at + 1 : after], block[after]
        at = after + 1
        size = _SIZES.get(kind)
        if size is None:
            if kind not in (6, 7) or at + 2 > end:
                return None
            size = int.from_bytes(block[at : at + 2], "big")
            at += 2
        if at + size > end:
            return None
        if kind == 7:
            found[name.decode("utf-8", "replace")] = block[at : at + size].decode("utf-8", "replace")
        at += size
    return found


def frame(name: str, payload: bytes, *, exception: bool = False) -> bytes:
    """One frame, as Bedrock sends it: an event named ``name``, or an exception."""
    pairs = {
        ":exception-type" if exception else ":event-type": name,
        ":content-type": "application/json",
        ":message-type": "exception" if exception else "event",
    }
    headers = b"".join(_header(*pair) for pair in pairs.items())
    prelude = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    whole = prelude + _CRC.pack(binascii.crc32(prelude)) + headers + payload
    return whole + _CRC.pack(binascii.crc32(whole))


def _header(name: str, value: str) -> bytes:
    raw, text = name.encode(), value.encode()
    return bytes([len(raw)]) + raw + b"\x07" + len(text).to_bytes(2, "big") + text
