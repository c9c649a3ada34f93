"""Captured messages as text for the screen, and as a curl command. Runs on worker threads; no Qt.

Bodies may be large: nothing here holds the interpreter for long. JSON is set out token by token up to what can be
shown, never parsed whole; very long strings (images, documents) are shortened.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from conduit_desktop.records import Exchange, Message
from conduit_desktop.ui.shown import size

MOST_SHOWN = 120_000
MOST_STRING = 3_000
_INDENT = "  "
_WORD = re.compile(r'[^\s"{}\[\],:]+')
_SPACE = re.compile(r"\s+")
_CLOSERS = {"{": "}", "[": "]"}


@dataclass(frozen=True, slots=True)
class Shown:
    """What is on screen, its language, a note on what is left out, and the whole for copying."""

    text: str
    language: str = "text"
    note: str = ""
    whole: str = ""


def header(message: Message, name: str) -> str:
    """The value of a header, empty when it is not there."""
    return next((value for key, value in message.headers if key.lower() == name), "")


def head_of(message: Message) -> str:
    """Start line and headers."""
    return "\n".join((message.start, *(f"{name}: {value}" for name, value in message.headers)))


def body_of(message: Message) -> Shown:
    """The body, set out for reading."""
    if not message.body:
        return Shown("", note="There is no body.")
    kind = header(message, "content-type").split(";")[0].strip().lower()
    try:
        text = message.body.decode("utf-8", "replace" if message.truncated else "strict")
    except UnicodeDecodeError:
        return Shown("", note=f"A binary body ({kind or 'no content type'}), {size(len(message.body))}.")
    found = text_of(text, "json" if kind.endswith("json") else "")
    if not message.truncated:
        return found
    note = f"Only the first {size(len(message.body))} were kept. {found.note}".strip()
    return Shown(found.text, found.language, note, found.whole)


def text_of(text: str, language: str = "") -> Shown:
    """Any text as it is shown: JSON set out, the rest as it is, both cut to what can be looked at."""
    if language == "json" or (not language and text[:200].lstrip()[:1] in ("{", "[")):
        shown, cut = pretty(text)
        return Shown(shown, "json", _cut_note(cut, text), text)
    return Shown(text[:MOST_SHOWN], "text", _cut_note(len(text) > MOST_SHOWN, text), text)


def _cut_note(cut: bool, text: str) -> str:
    return f"The beginning of {size(len(text))}. Copy gives all of it." if cut else ""


def pretty(text: str, most: int = MOST_SHOWN) -> tuple[str, bool]:
    """JSON set out over lines, and whether anything was left out. Numbers and strings stay as they were written;
    what is no JSON comes out readable all the same."""
    out: list[str] = []
    depth = at = length = 0
    cut = False
    end = len(text)
    while at < end and length < most:
        char = text[at]
        if char == '"':
            stop = _string_end(text, at)
            piece, shortened = _shorten(text, at, stop)
            cut |= shortened
            at = stop
        elif char in "{[":
            at += 1
            after = _skip(text, at)
            if text[after : after + 1] == _CLOSERS[char]:
                piece, at = char + _CLOSERS[char], after + 1
            else:
                depth += 1
                piece = char + "\n" + _INDENT * depth
        elif char in "}]":
            depth = max(depth - 1, 0)
            piece, at = "\n" + _INDENT * depth + char, at + 1
        elif char == ",":
            piece, at = ",\n" + _INDENT * depth, at + 1
        elif char == ":":
            piece, at = ": ", at + 1
        else:
            word = _WORD.match(text, at, at + most)
            piece, at = (word[0], word.end()) if word else ("", _skip(text, at))
        out.append(piece)
        length += len(piece)
    return "".join(out), cut or _skip(text, at) < end


def _skip(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at


def _string_end(text: str, at: int) -> int:
    """Where the string that begins at ``at`` ends."""
    end = at
    while (end := text.find('"', end + 1)) >= 0:
        back = end - 1
        while text[back] == "\\":
            back -= 1
        if (end - 1 - back) % 2 == 0:
            return end + 1
    return len(text)


def _shorten(text: str, start: int, end: int) -> tuple[str, bool]:
    if end - start <= MOST_STRING + 200:
        return text[start:end], False
    return f'{text[start : start + MOST_STRING]}… {end - start - MOST_STRING:,} more characters"', True


# ---------------------------------------------------------------- curl

_DROPPED = {"host", "content-length", "connection", "accept-encoding", "transfer-encoding", "user-agent"}
_SECRET = {"authorization": "Bearer $CONDUIT_KEY", "x-api-key": "$CONDUIT_KEY", "x-goog-api-key": "$CONDUIT_KEY",
           "api-key": "$CONDUIT_KEY"}  # fmt: skip


def curl(exchange: Exchange, request: Message | None, base_url: str) -> str:
    """The request as a command for a shell. The key's text is never in it: it is read from ``$CONDUIT_KEY``."""
    lines = [f"curl -X {exchange.method} {_quoted(base_url + exchange.path)}"]
    headers = request.headers if request is not None else ()
    if not any(name.lower() in _SECRET for name, _ in headers):
        headers = (("Authorization", ""), *headers)
    for name, value in headers:
        low = name.lower()
        if low in _SECRET:
            lines.append(f'-H "{name}: {_SECRET[low]}"')
        elif low not in _DROPPED and "cookie" not in low:
            lines.append(f"-H {_quoted(f'{name}: {value}')}")
    if request is not None and request.body:
        try:
            lines.append(f"--data-raw {_quoted(request.body.decode('utf-8'))}")
        except UnicodeDecodeError:
            lines.append("--data-binary @body.bin")
    return " \\\n  ".join(lines)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
