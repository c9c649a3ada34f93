"""A bound put into bodies of each dialect: where it belongs, and not a byte elsewhere."""

from __future__ import annotations

import json

import pytest

from conduit_desktop.wire.passing import asks
from conduit_desktop.wire.passing.bounding import bound

CASES = [
    ("openai-chat", b'{ "model":"x",  "a":1.0e3}', b'{"max_completion_tokens":5, "model":"x",  "a":1.0e3}'),
    ("openai-chat", b'{"max_tokens" : null, "b":1}', b'{"max_completion_tokens":5,"max_tokens" : null, "b":1}'),
    ("openai-chat", b'{"max_completion_tokens": null }', b'{"max_completion_tokens": 5 }'),
    ("completions", b"{}", b'{"max_tokens":5}'),
    ("openai-responses", b'{"input":"hi"}', b'{"max_output_tokens":5,"input":"hi"}'),
    ("anthropic-messages", b'{"messages":[]}', b'{"max_tokens":5,"messages":[]}'),
    ("cohere", b'{"messages":[{"max_tokens":1}]}', b'{"max_tokens":5,"messages":[{"max_tokens":1}]}'),
    ("gemini", b'{"contents":[]}', b'{"generationConfig":{"maxOutputTokens":5},"contents":[]}'),
    (
        "gemini",
        b'{"generationConfig" : { "temperature":0.50 , "maxOutputTokens" : null} ,"z":1}',
        b'{"generationConfig" : { "temperature":0.50 , "maxOutputTokens" : 5} ,"z":1}',
    ),
    ("gemini", b'{"generation_config":{"top_k":1}}', b'{"generation_config":{"maxOutputTokens":5,"top_k":1}}'),
    ("gemini", b'{"generation_config":{"max_output_tokens":null}}', b'{"generation_config":{"max_output_tokens":5}}'),
    ("interactions", b'{"input":"hi"}', b'{"generation_config":{"max_output_tokens":5},"input":"hi"}'),
    ("ollama", b'{"options":null}', b'{"options":{"num_predict":5}}'),
    ("ollama", b'{"options":{"num_predict":-1, "x" : 1}}', b'{"options":{"num_predict":5, "x" : 1}}'),
    ("ollama-generate", b'{"options":{}}', b'{"options":{"num_predict":5}}'),
]


@pytest.mark.parametrize(("dialect", "body", "bounded"), CASES)
def test_in_its_place_and_nowhere_else(dialect: str, body: bytes, bounded: bytes) -> None:
    assert bound(body, dialect, 5, "max_completion_tokens") == bounded
    json.loads(bounded)


def test_what_is_bounded_is_read_as_bounded() -> None:
    """In every dialect in which a conversation can be asked for."""
    for dialect in {dialect for dialect, _, _ in CASES}:
        body = bound(b'{"model":"x","messages":[],"input":"hi"}', dialect, 5, "max_tokens")
        assert asks.read(dialect, "chat", body, "x", False).most_output == 5, dialect


def test_several_choices_each_may_write_so_much() -> None:
    assert asks.read("openai-chat", "chat", b'{"model":"x","n":3,"max_tokens":5}', None, None).most_output == 15
    many = b'{"generationConfig":{"candidateCount":2,"maxOutputTokens":5}}'
    assert asks.read("gemini", "chat", many, "x", False).most_output == 10


@pytest.mark.parametrize("dialect", ["openai-chat", "anthropic-messages", "cohere"])
def test_less_than_nothing_bounds_nothing(dialect: str) -> None:
    assert asks.read(dialect, "chat", b'{"model":"x","max_tokens":-1}', None, None).most_output is None
