"""Counts of tokens: asked of providers, answered to clients, estimated here."""

from __future__ import annotations

import base64
import struct
from time import perf_counter
from typing import Any

import pytest
from anthropic.types import MessageTokensCount
from google.genai import types as genai

from conduit_desktop.wire.dialects import dialect
from conduit_desktop.wire.messages import (
    Foreign,
    Format,
    Media,
    Message,
    Part,
    Request,
    Text,
    Tool,
    ToolCall,
    ToolResult,
)
from conduit_desktop.wire.operations.counting import chat_of, question, read_count, write_count
from conduit_desktop.wire.operations.estimate import estimate_tokens, rough_tokens
from conduit_desktop.wire.operations.media_tokens import media_tokens, size_of
from conduit_desktop.wire.traits import Traits
from tests.unit.wire.dialects.recorded import cases


def asked(*parts: Part, model: str = "gpt-4o") -> Request:
    return Request(model=model, messages=[Message(role="user", parts=list(parts))])


def test_questions() -> None:
    chat = {"model": "m", "messages": [], "max_tokens": 9, "stream": True, "tools": []}
    assert question("anthropic-messages", chat, "m") == {"model": "m", "messages": [], "tools": []}
    responses = {"model": "m", "input": "x", "stream": True, "max_output_tokens": 3}
    assert question("openai-responses", responses, "m") == {"model": "m", "input": "x"}
    contents: dict[str, Any] = {"contents": [], "generationConfig": {"temperature": 1}, "safetySettings": []}
    assert question("gemini", contents, "m") == {"generateContentRequest": {"model": "models/m"} | contents}
    assert question("gemini", contents, "m", True) == {"contents": [], "generationConfig": {"temperature": 1}}
    converse = {"messages": [], "system": [], "inferenceConfig": {}}
    assert question("bedrock-converse", converse, "m") == {"input": {"converse": {"messages": [], "system": []}}}


def test_answers() -> None:
    assert MessageTokensCount.model_validate(write_count("anthropic-messages", 7)).input_tokens == 7
    assert genai.CountTokensResponse.model_validate({"totalTokens": 7}).total_tokens == 7
    for name in ("anthropic-messages", "gemini", "openai-responses", "bedrock-converse"):
        assert read_count(write_count(name, 7)) == 7
    assert read_count({"tokens": [1, 2], "token_strings": ["a", "b"]}) == 2
    assert read_count({"error": "x"}) is None
    assert read_count([]) is None


def test_every_part_counts() -> None:
    nothing = estimate_tokens(asked())
    parts: list[Part] = [
        Text(text="Hello there"),
        ToolCall(id="a", name="f", arguments='{"x":1}'),
        ToolResult(call_id="a", parts=[Text(text="fine")]),
        Media(kind="image", url="https://x.test/i.png"),
        Media(kind="document", text="words"),
        Media(kind="document", parts=[Text(text="words")]),
        Foreign(dialect="x", kind="y", data={"a": 1}),
    ]
    for part in parts:
        assert estimate_tokens(asked(part)) > nothing
        assert rough_tokens(asked(part)) > nothing
    assert estimate_tokens(Request(format=Format(kind="schema", schema={"type": "object"}))) > 9
    assert estimate_tokens(asked(Text(text="\ud800"))) > nothing
    named = Request(messages=[Message(role="user", name="bob")])
    assert estimate_tokens(named) > estimate_tokens(Request(messages=[Message(role="user")]))


def test_tools_count_as_the_types_that_models_see() -> None:
    schema = {
        "type": "object",
        "properties": {
            "city": {"type": "string", "description": "Where"},
            "unit": {"enum": ["C", "F"]},
            "days": {"type": "array", "items": {"type": "integer"}},
            "deep": {"type": "object", "properties": {"x": {"$ref": "#/x"}, "y": {}}},
        },
        "required": ["city"],
    }
    tools = [
        Tool(name="weather", description="Tell it", parameters=schema),
        Tool(kind="web_search", data={"type": "w"}),
    ]
    plain = estimate_tokens(Request(model="gpt-4o"))
    assert 50 < estimate_tokens(Request(model="gpt-4o", tools=tools)) - plain < 90
    claude = Request(model="claude-x", tools=tools)
    assert estimate_tokens(claude) - estimate_tokens(Request(model="gpt-4o", tools=tools)) == 346


def _png(width: int, height: int) -> str:
    return base64.b64encode(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", width, height) + b"\0" * 20).decode()


@pytest.mark.parametrize(
    ("head", "size"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 30, 40), (30, 40)),
        (b"GIF89a" + struct.pack("<HH", 30, 40), (30, 40)),
        (b"RIFF\0\0\0\0WEBPVP8 " + b"\0" * 10 + struct.pack("<HH", 30, 40), (30, 40)),
        (b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f" + struct.pack("<I", 29 | 39 << 14), (30, 40)),
        (b"RIFF\0\0\0\0WEBPVP8X" + b"\0" * 8 + b"\x1d\0\0\x27\0\0", (30, 40)),
        (b"\xff\xd8\xff\xe0\0\x04ab\xff\xc0\0\x11\x08" + struct.pack(">HH", 40, 30) + b"\0" * 9, (30, 40)),
        (b"\x89PNG", None),
        (b"BM nothing known", None),
        (b"\xff\xd8\0\0\0\0\0\0\0\0\0\0\0\0", None),
    ],
)
def test_sizes_of_images(head: bytes, size: Any) -> None:
    assert size_of(base64.b64encode(head).decode()) == size


@pytest.mark.parametrize(
    ("model", "detail", "size", "tokens"),
    [
        ("gpt-4o", "high", (1024, 1024), 765),
        ("gpt-4o", "", (2048, 4096), 1105),
        ("gpt-4o", "low", (4096, 8192), 85),
        ("claude-opus", "", (1000, 1000), 1334),
        ("claude-opus", "", (8000, 8000), 1600),
        ("gemini-2.5-pro", "", (300, 300), 258),
        ("gemini-2.5-pro", "", (1500, 700), 516),
    ],
)
def test_images_cost_what_is_documented(model: str, detail: str, size: tuple[int, int], tokens: int) -> None:
    assert media_tokens(Media(kind="image", data=_png(*size), detail=detail), model) == tokens


def test_sounds_films_and_pages() -> None:
    second = base64.b64encode(b"\0" * 16_000).decode()
    assert media_tokens(Media(kind="audio", data=second), "gpt-4o") == 10
    assert media_tokens(Media(kind="audio", data=second), "gemini-x") == 32
    assert media_tokens(Media(kind="video", data=second), "gemini-x") == 263
    pdf = base64.b64encode(b"%PDF /Type /Pages /Type /Page x /Type/Page y").decode()
    assert media_tokens(Media(kind="document", data=pdf), "gemini-x") == 2 * 258
    assert media_tokens(Media(kind="document", data="?"), "gpt-4o") == 2000


def test_counting_is_fast() -> None:
    request = asked(Text(text="The quick brown fox jumps over the lazy dog. " * 20_000))
    estimate_tokens(asked())
    begun = perf_counter()
    assert 180_000 < estimate_tokens(request) < 220_000
    assert perf_counter() - begun < 3


COUNTS = [
    (name, case)
    for name, folder in (
        ("anthropic-messages", "anthropic/messages.count_tokens"),
        ("openai-responses", "openai/responses.input_tokens"),
        ("gemini", "gemini/countTokens"),
    )
    for case in cases(folder)
]


@pytest.mark.wire
@pytest.mark.parametrize(("name", "case"), COUNTS, ids=[case["name"] for _, case in COUNTS])
def test_recordings(name: str, case: dict[str, Any]) -> None:
    body, told = case["request"]["body"], read_count(case["response"]["body"])
    row = dialect(name)
    request = row.decode_request(chat_of(name, body), "m" if name == "gemini" else None, False)
    written = question(name, row.encode_request(request, Traits()).body, "m")
    assert not written.keys() & {"max_tokens", "stream", "max_output_tokens"}
    if told is None or any(tool.kind == "server" for tool in request.tools):
        return
    request.model = body.get("model") or "gemini-2.5-flash"
    assert estimate_tokens(request) == pytest.approx(told, rel=0.6, abs=12)
