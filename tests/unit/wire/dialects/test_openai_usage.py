"""Usage as providers report it, down to zeros, their own costs and what cannot be read."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conduit_desktop.wire.dialects.openai_usage import MOST_TOKENS, read_usage
from conduit_desktop.wire.usage import Usage

USD = 10**12


def usage(**raw: Any) -> Usage | None:
    return read_usage(raw)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}, Usage(input=3, output=4)),
        ({"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}, Usage()),
        ({"prompt_tokens": 8, "total_tokens": 8}, Usage(input=8)),
        ({"total_tokens": 9}, Usage(input=9)),
        ({"total_tokens": 9, "completion_tokens": 4}, Usage(input=5, output=4)),
        ({"prompt_tokens": 3, "completion_tokens": None, "prompt_tokens_details": None}, Usage(input=3)),
        (
            {
                "prompt_tokens": 100,
                "completion_tokens": 50,
                "prompt_tokens_details": {"cached_tokens": 60, "audio_tokens": 5, "cache_write_tokens": 7},
                "completion_tokens_details": {"reasoning_tokens": 40, "audio_tokens": 2},
            },
            Usage(input=100, output=50, cached_read=60, cache_write=7, audio_input=5, reasoning=40, audio_output=2),
        ),
        ({"prompt_tokens": 5, "prompt_tokens_details": {"cached_tokens": 0}}, Usage(input=5)),
        (
            {"prompt_tokens": 5, "prompt_tokens_details": {"cached_tokens_details": {"audio_tokens": 3}}},
            Usage(input=5, cached_audio=3),
        ),
        ({"prompt_tokens": 12.0, "completion_tokens": "4"}, Usage(input=12, output=4)),
        ({"prompt_tokens": -5, "completion_tokens": True}, Usage()),
        ({"prompt_tokens": 10**30}, Usage(input=MOST_TOKENS)),
        ({"prompt_tokens": 5, "prompt_tokens_details": [], "completion_tokens_details": "no"}, Usage(input=5)),
        ({"prompt_tokens": 5, "cost": 0}, Usage(input=5, reported_cost=0)),
        ({"prompt_tokens": 5, "cost": 0.0000315}, Usage(input=5, reported_cost=31_500_000)),
        ({"prompt_tokens": 5, "cost": 1e-12}, Usage(input=5, reported_cost=1)),
        ({"prompt_tokens": 5, "cost": "free"}, Usage(input=5)),
        ({"prompt_tokens": 5, "cost": -1.0}, Usage(input=5)),
        (
            {"prompt_tokens": 5, "cost": 0.5, "is_byok": True, "cost_details": {"upstream_inference_cost": 0.25}},
            Usage(input=5, reported_cost=USD * 3 // 4),
        ),
        (
            {"prompt_tokens": 5, "cost": 0, "is_byok": True, "cost_details": {"upstream_inference_cost": None}},
            Usage(input=5, reported_cost=0),
        ),
        (
            {"prompt_tokens": 5, "cost": 0.5, "is_byok": False, "cost_details": {"upstream_inference_cost": 0.25}},
            Usage(input=5, reported_cost=USD // 2),
        ),
        (
            {"prompt_tokens": 5, "cost": {"input_tokens_cost": 0.1, "total_cost": 0.006}},
            Usage(input=5, reported_cost=6_000_000_000),
        ),
        ({"input_tokens": 3, "input_tokens_details": {"image_tokens": 2}}, Usage(input=3, image_input=2)),
    ],
)
def test_shapes(raw: dict[str, Any], expected: Usage) -> None:
    assert usage(**raw) == expected


@pytest.mark.parametrize("raw", [{}, {"completion_tokens": 5}, {"prompt_tokens": None}, {"output_tokens": 3}])
def test_no_counts_are_no_usage(raw: dict[str, Any]) -> None:
    assert usage(**raw) is None


ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.sampled_from(["cached_tokens", "total_cost"]), inner)),
    max_leaves=5,
)


MEMBERS = (
    *("prompt_tokens", "completion_tokens", "total_tokens", "prompt_tokens_details", "completion_tokens_details"),
    *("input_tokens", "output_tokens", "input_tokens_details", "output_tokens_details", "input_token_details"),
    *("seconds", "cost", "is_byok", "cost_details", "cost_in_usd_ticks", "cached_tokens", "prompt_cache_hit_tokens"),
    *("num_cached_tokens", "prompt_audio_seconds", "server_tool_use", "server_tool_use_details"),
    *("num_search_queries", "num_sources_used", "service_tier"),
)


@given(st.dictionaries(st.sampled_from(MEMBERS), ANYTHING))
@example({"completion_tokens": float("inf")})
@example({"prompt_tokens": float("nan")})
def test_nothing_that_a_provider_says_can_harm(raw: dict[str, Any]) -> None:
    found = usage(**raw)
    if found is not None:
        counts = [found.input, found.output, found.cached_read, found.cache_write, found.reasoning]
        assert all(0 <= count <= MOST_TOKENS for count in counts)
        assert found.reported_cost is None or 0 <= found.reported_cost < 2**63
