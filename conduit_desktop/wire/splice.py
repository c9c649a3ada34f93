"""Changing single top-level members of a JSON object in place, so that every other byte stays as it came.

Field order, spacing, number formats and unknown fields of the sender survive, which re-serialising would not promise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec

LARGE = 64 * 1024
"""Bytes from which on a copy of a body costs more than a view of it."""
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"|[{}\[\],:]', re.DOTALL)
_ESCAPED = re.compile(rb"\\u00[4-7]")
"""A letter or underscore written as an escape."""


def members(body: bytes) -> Iterator[tuple[bytes, int, int]]:
    """The top-level members of the JSON object ``body``: the raw key without quotes, and where its value starts and
    ends (white space around the value may be included). ``body`` must be valid JSON."""
    depth, key, start = 0, b"", -1
    for token in _TOKEN.finditer(body):
        mark = token.group()
        if mark in (b"{", b"["):
            depth += 1
        elif mark in (b"}", b"]"):
            depth -= 1
            if depth == 0 and start >= 0:
                yield key, start, token.start()
        elif depth != 1:
            continue
        elif mark == b",":
            if start >= 0:
                yield key, start, token.start()
            start = -1
        elif mark == b":":
            start = token.end()
        elif start < 0:
            key = mark[1:-1]


def replace(body: bytes, key: str, value: Any, *, present: bool) -> bytes:
    """``body`` with the top-level member ``key`` set to ``value``: every one of it where it stands more than once, in
    upper or lower case (some readers, Go's among them, do not tell those apart); added in front when not ``present``.
    ``body`` must be a valid JSON object, and ``present`` true of it."""
    new = msgspec.json.encode(value)
    plain = key.encode()
    if not present:
        open_at = body.index(b"{") + 1
        rest = body[open_at:]
        comma = b"" if rest.lstrip().startswith(b"}") else b","
        return body[:open_at] + b'"' + plain + b'":' + new + comma + rest
    if (at := _only(body, key, plain)) is not None:
        whole = body if len(body) < LARGE else memoryview(body)  # what is large is copied once
        return body[: at[0]] + new + whole[at[1] :]
    for start, end in reversed([(start, end) for name, start, end in members(body) if _same(name, plain, fold=True)]):
        old = body[start:end]
        lead = len(old) - len(old.lstrip())
        trail = len(old) - len(old.rstrip())
        body = body[: start + lead] + new + body[end - trail :]
    return body


def has(body: bytes, key: str) -> bool:
    """Whether the valid JSON object ``body`` has the top-level member ``key``."""
    plain = key.encode()
    if b'"' + plain + b'"' not in body and not _escapes(body):
        return False
    return any(_same(name, plain) for name, _, _ in members(body))


def ambiguous(body: bytes, key: str) -> bool:
    """Whether the present member ``key`` may stand in ``body`` more than once, in whatever spelling."""
    return len(_named(key).findall(body)) != 1 or _escapes(body)


@cache
def _named(key: str) -> re.Pattern[bytes]:
    """The name ``key`` in quotes, in upper or lower case (three times as fast as looking at a lower-case copy), and the
    string that is its value, if it is one."""
    name = b'"(' + re.escape(key.encode()) + b')"'
    return re.compile(name + rb'(?:\s*:\s*("(?:[^"\\]|\\.)*+"))?', re.IGNORECASE | re.DOTALL)


def _escapes(body: bytes) -> bool:
    """Whether some name in ``body`` may be spelled with escapes."""
    return b"\\" in body and b"\\u00" in body and _ESCAPED.search(body) is not None


def _only(body: bytes, key: str, plain: bytes) -> tuple[int, int] | None:
    """Where the string value of the present member ``key`` stands, when a look at the bytes is proof enough: its name
    occurs once, so it cannot also be nested, and nothing in ``body`` could spell it with escapes."""
    names = _named(key)
    found = names.search(body)
    if found is None or found[1] != plain or names.search(body, found.end()) or _escapes(body):
        return None
    return found.span(2) if found[2] is not None else None


def _same(raw: bytes, plain: bytes, *, fold: bool = False) -> bool:
    """Whether a raw key is ``plain``, be it written with escapes; with ``fold``, in whatever case."""
    if b"\\" in raw:
        try:
            raw = msgspec.json.decode(b'"' + raw + b'"', type=str).encode()
        except (msgspec.MsgspecError, UnicodeError):
            return False
    return raw.lower() == plain.lower() if fold else raw == plain
