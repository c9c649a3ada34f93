"""What models surely lack: by name, and never more than is sure."""

from __future__ import annotations

import pytest

from conduit_desktop.providers.abilities import Known, known


@pytest.mark.parametrize(
    ("name", "lacks", "window"),
    [
        ("gpt-3.5-turbo", {"images", "json_schema"}, 16_385),
        ("openai/gpt-3.5-turbo-0125", {"images", "json_schema"}, 16_385),
        ("gpt-4", {"images", "json_schema"}, 8_192),
        ("gpt-4-turbo", {"json_schema"}, 128_000),
        ("gpt-4o", set(), 128_000),
        ("gpt-4o-mini-2024-07-18", set(), 128_000),
        ("gpt-4.1-nano", set(), 1_047_576),
        ("o1-mini", {"images", "tools", "json_schema"}, 128_000),
        ("o3-mini", {"images"}, 200_000),
        ("claude-3-5-sonnet-20241022", set(), 200_000),
        ("anthropic.claude-3-haiku-20240307-v1:0", set(), 200_000),
        ("claude-2.1", {"images", "tools", "json_schema"}, None),
        ("gemini-2.5-pro", set(), 1_048_576),
        ("deepseek-chat", {"images"}, None),
        ("deepseek/deepseek-r1:free", {"images"}, None),
        ("meta-llama/Llama-3.3-70B-Instruct", {"images"}, None),
        ("llama3.1:8b-instruct-q4_K_M", {"images"}, None),
        ("llama3:latest", {"images"}, None),
        ("codestral-latest", {"images"}, None),
        ("qwen2.5-coder:32b", {"images"}, None),
        ("command-r-plus-08-2024", {"images"}, None),
    ],
)
def test_what_is_sure(name: str, lacks: set[str], window: int | None) -> None:
    assert known(name) == (lacks, window)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "gpt-5",
        "gpt-4.5-preview",
        "gpt-4-vision-preview",
        "gpt-4-all",
        "gpt-4o-audio-preview",
        "claude-sonnet-4-20250514",
        "gemini-3-pro",
        "llama3.2-vision:11b",
        "llama3.2:3b",
        "meta-llama/llama-4-scout",
        "llama-4",
        "qwen2.5-vl-72b-instruct",
        "qwen3-coder",
        "pixtral-12b",
        "deepseek-vl2",
        "my-own-gpt-4",
        "gemma3:27b",
        "grok-4",
    ],
)
def test_what_is_not_known_can_all(name: str) -> None:
    assert known(name) == Known()
