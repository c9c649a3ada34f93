"""A text that fits a simple regular expression, without ever running it: a stranger's pattern may not end.

Understands literals, ``.``, escapes, classes, groups, alternatives (takes the first) and quantifiers (takes
the fewest, at least one for ``+``). What it does not understand it leaves out.
"""

from __future__ import annotations

import re

_CLASSES = {"d": "0", "w": "a", "s": " ", "D": "a", "W": "-", "S": "a", "t": "\t", "n": "\n"}
_QUANTIFIER = re.compile(r"[*+?]|\{(\d{1,4})?(,)?(\d{1,4})?\}")
_LONGEST = 500
_DEPTH = 20


def matching(pattern: str) -> str:
    """A text that fits ``pattern`` where the pattern is simple enough."""
    return _alternatives(pattern[:_LONGEST], 0, 0)[0][:_LONGEST]


def _alternatives(text: str, at: int, depth: int) -> tuple[str, int]:
    """The first alternative from ``at`` to the closing parenthesis or the end, and where that is."""
    first: str | None = None
    made: list[str] = []
    while at < len(text) and text[at] != ")":
        if text[at] == "|":
            first = "".join(made) if first is None else first
            at += 1
            continue
        piece, at = _atom(text, at, depth)
        times, at = _times(text, at)
        made.append((piece * times)[:_LONGEST])
    return ("".join(made) if first is None else first), at


def _atom(text: str, at: int, depth: int) -> tuple[str, int]:
    mark = text[at]
    if mark in "^$":
        return "", at + 1
    if mark == ".":
        return "a", at + 1
    if mark == "\\":
        return _escape(text[at + 1 : at + 2]), at + 2
    if mark == "[":
        return _class(text, at + 1)
    if mark == "(" and depth < _DEPTH:
        return _group(text, at + 1, depth)
    return mark, at + 1


def _group(text: str, at: int, depth: int) -> tuple[str, int]:
    silent = text.startswith(("?=", "?!", "?<=", "?<!"), at)
    if text.startswith("?", at):
        opened = re.compile(r"\?(:|P?<\w+>|[=!]|<[=!])").match(text, at)
        at = opened.end() if opened else at + 1
    made, at = _alternatives(text, at, depth + 1)
    return ("" if silent else made), at + 1


def _escape(mark: str) -> str:
    return "" if mark in ("b", "B", "A", "Z", "z") else _CLASSES.get(mark, mark)


def _class(text: str, at: int) -> tuple[str, int]:
    refused = text.startswith("^", at)
    at += refused
    end = text.find("]", at + 1)
    end = len(text) if end < 0 else end
    inside = text[at:end]
    if refused:
        return next((mark for mark in "a0-_ " if mark not in inside), "a"), end + 1
    if inside.startswith("\\"):
        return _escape(inside[1:2]), end + 1
    return inside[:1], end + 1


def _times(text: str, at: int) -> tuple[int, int]:
    found = _QUANTIFIER.match(text, at)
    if found is None:
        return 1, at
    word = found.group()
    times = int(found.group(1) or 0) if word[0] == "{" else int(word == "+")
    end = found.end()
    return min(times, _LONGEST), end + (text[end : end + 1] in ("?", "+"))
