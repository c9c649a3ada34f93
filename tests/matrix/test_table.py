"""The comparison sees what it is there to see: every field of an answer, spoilt on purpose, is a miss for each client
dialect that can say it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.matrix.neutral import Call, Reply, Usage
from tests.matrix.table import SAYS, compare

WHOLE = Reply(
    text="It rains.",
    calls=[Call("weather", {"city": "Ghent"}, "call_1"), Call("weather", {"city": "Bruges"}, "call_2")],
    finish="tool",
    reasoning="Look it up.",
    signed=True,
    signatures=1,
    cited={"https://example.org/rain"},
    sources={"https://example.org/rain"},
    usage=Usage(100, 50, 20, 10, 30),
    order=["thinking", "text", "call", "call"],
    logprobs=3,
)
SPOILT: list[tuple[str, dict[str, Any], str]] = [
    ("text", {"text": "It rains"}, ""),
    ("thinking", {"reasoning": ""}, ""),
    ("a call", {"calls": WHOLE.calls[:1]}, ""),
    ("an argument", {"calls": [Call("weather", {"city": "ghent"}, "call_1"), WHOLE.calls[1]]}, ""),
    ("ids", {"calls": [replace(call, id="call_1") for call in WHOLE.calls]}, ""),
    ("the end", {"finish": "length"}, ""),
    ("no end", {"finish": ""}, ""),
    ("an error", {"error": "boom"}, ""),
    ("a status", {"status": 502, "error": "boom"}, ""),
    ("input", {"usage": Usage(80, 50, 20, 10, 30)}, ""),
    ("output", {"usage": Usage(100, 20, 20, 10, 30)}, ""),
    ("usage", {"usage": None}, ""),
    ("cached", {"usage": Usage(100, 50, 0, 10, 30)}, "cached"),
    ("written", {"usage": Usage(100, 50, 20, None, 30)}, "written"),
    ("reasoning", {"usage": Usage(100, 50, 20, 10, 0)}, "reasoning"),
    ("a citation", {"cited": set(), "sources": set()}, "cited"),
    ("a wrong citation", {"cited": {"https://example.org/sun"}}, "cited"),
    ("a signature", {"signed": False, "signatures": 0}, "signed"),
    ("the order", {"order": ["text", "thinking", "call", "call"]}, "ordered"),
    ("logprobs", {"logprobs": 0}, "logprobs"),
    ("a refusal", {"refusal": "No."}, "refusal"),
]


@pytest.mark.parametrize("dialect", SAYS)
def test_an_answer_that_is_right_is_no_miss(dialect: str) -> None:
    assert compare(WHOLE, WHOLE, dialect) == []


@pytest.mark.parametrize("dialect", SAYS)
@pytest.mark.parametrize(("change", "word"), [spoilt[1:] for spoilt in SPOILT], ids=[spoilt[0] for spoilt in SPOILT])
def test_what_is_spoilt_is_missed(dialect: str, change: dict[str, Any], word: str) -> None:
    misses = compare(WHOLE, replace(WHOLE, **change), dialect)
    assert bool(misses) == (not word or word in SAYS[dialect])


def test_an_error_keeps_status_and_words() -> None:
    want = Reply(status=429, error="Slow down, please.")
    assert compare(want, Reply(status=429, error="openai: Slow down, please."), "chat") == []
    assert compare(want, Reply(status=500, error="Slow down, please."), "chat")
    assert compare(want, Reply(status=429, error="Too many requests"), "chat")
    assert compare(want, WHOLE, "chat")


def test_an_answer_cut_off_must_not_look_whole() -> None:
    want = Reply(text="It ra")
    assert compare(want, Reply(text="It ra", error="The stream ended."), "messages") == []
    assert compare(want, Reply(text="It ra", finish="stop"), "messages")
