"""Anthropic's bodies for the clouds that host Claude."""

from __future__ import annotations

import copy
from typing import Any

from conduit_desktop.wire.dialects.anthropic_hosted import hosted

BEDROCK, VERTEX = "bedrock-2023-05-31", "vertex-2023-10-16"
BODY: dict[str, Any] = {
    "model": "alias",
    "max_tokens": 5,
    "stream": True,
    "messages": [{"role": "user", "content": "Hi"}],
    "unknown": {"kept": True},
}


def test_bedrock() -> None:
    given = [(b"anthropic-beta", b"context-1m-2025-08-07, claude-code-20250219,advanced-tool-use-2025-11-20")]
    assert hosted(BODY, BEDROCK, given) == {
        "max_tokens": 5,
        "messages": [{"role": "user", "content": "Hi"}],
        "unknown": {"kept": True},
        "anthropic_version": BEDROCK,
        "anthropic_beta": ["context-1m-2025-08-07", "tool-search-tool-2025-10-19"],
    }
    assert "model" in BODY


def test_bedrock_without_betas_that_it_knows() -> None:
    body = {**BODY, "anthropic_beta": ["new-2099-01-01"]}
    assert "anthropic_beta" not in hosted(body, BEDROCK, [])
    assert hosted({**BODY, "anthropic_beta": ["effort-2025-11-24"]}, BEDROCK, [])["anthropic_beta"] == [
        "effort-2025-11-24"
    ]


def test_vertex_keeps_stream_and_takes_betas_as_a_header() -> None:
    assert hosted(BODY, VERTEX, [(b"anthropic-beta", b"context-1m-2025-08-07")]) == {
        "max_tokens": 5,
        "stream": True,
        "messages": [{"role": "user", "content": "Hi"}],
        "unknown": {"kept": True},
        "anthropic_version": VERTEX,
    }


def test_what_only_anthropic_has() -> None:
    marker = {"type": "ephemeral", "scope": "global", "ttl": "1h"}
    plain = {"type": "ephemeral", "ttl": "1h"}
    body = {
        **BODY,
        "service_tier": "auto",
        "system": [
            {"type": "text", "text": "x-anthropic-billing-header: cc_version=2; cch=0;"},
            {"type": "text", "text": "Be brief.", "cache_control": marker},
        ],
        "tools": [{"name": "a", "input_schema": {}, "cache_control": marker}],
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Hi", "cache_control": marker}, 7]}, "odd"],
    }
    before = copy.deepcopy(body)
    found = hosted(body, BEDROCK, [])
    assert body == before
    assert "service_tier" not in found
    assert found["system"] == [{"type": "text", "text": "Be brief.", "cache_control": plain}]
    assert found["tools"] == [{"name": "a", "input_schema": {}, "cache_control": plain}]
    assert found["messages"] == [
        {"role": "user", "content": [{"type": "text", "text": "Hi", "cache_control": plain}, 7]},
        "odd",
    ]


def test_a_system_prompt_of_nothing_else_goes() -> None:
    body = {**BODY, "system": [{"type": "text", "text": "x-anthropic-billing-header: cc_version=2;"}]}
    assert "system" not in hosted(body, BEDROCK, [])
    assert hosted({**BODY, "system": "Words."}, BEDROCK, [])["system"] == "Words."
