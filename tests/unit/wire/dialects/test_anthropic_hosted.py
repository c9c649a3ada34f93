"""Anthropic's bodies for the clouds that host Claude."""

from __future__ import annotations

import copy
from typing import Any

from conduit_desktop.wire.dialects.anthropic_hosted import hosted, hosted_headers

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


def test_instructions_between_turns_are_reminders() -> None:
    said = [
        {"role": "user", "content": "Hi"},
        {"role": "system", "content": "Be brief."},
        {"role": "system", "content": [{"type": "text", "text": "Be kind.", "cache_control": {"type": "ephemeral"}}]},
    ]
    assert hosted({**BODY, "messages": said}, VERTEX, [])["messages"] == [
        {"role": "user", "content": "Hi"},
        {
            "role": "user",
            "content": [{"type": "text", "text": "<system-reminder>\nBe brief.\n</system-reminder>"}],
        },
        {
            "role": "user",
            "content": [
                {
                    "type": "text",
                    "text": "<system-reminder>\nBe kind.\n</system-reminder>",
                    "cache_control": {"type": "ephemeral"},
                }
            ],
        },
    ]


def test_headers_name_no_beta_that_the_cloud_does_not_know() -> None:
    given = [(b"a", b"b"), (b"anthropic-beta", b"claude-code-20250219,prompt-caching-scope-2026-01-05"), (b"c", b"d")]
    assert hosted_headers(VERTEX, given) == [(b"a", b"b"), (b"c", b"d"), (b"anthropic-beta", b"claude-code-20250219")]
    assert hosted_headers(BEDROCK, given) == [(b"a", b"b"), (b"c", b"d")]
