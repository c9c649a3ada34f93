"""Rate limits: exact buckets, a place given back on every way out, nothing used up by a refusal."""

from __future__ import annotations

import dataclasses
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conduit_desktop.errors import NotAllowed
from conduit_desktop.gateway.auth.limits import Limits
from conduit_desktop.records import VirtualKey


def key(**limits: int) -> VirtualKey:
    return VirtualKey(id="k", name="editor", digest="", last4="", **limits)  # type: ignore[arg-type]


def refused(limits: Limits, asked: VirtualKey, now: float) -> NotAllowed | None:
    try:
        limits.admit(asked, now)
    except NotAllowed as error:
        return error
    return None


def test_requests_a_minute() -> None:
    limits, sixty = Limits(), key(rpm=60)
    for _ in range(60):
        limits.admit(sixty, 1000.0)
        limits.release(sixty, 0, 1000.0)
    error = refused(limits, sixty, 1000.0)
    assert error is not None
    assert (error.status, error.code, error.retry_after) == (429, "rate_limit_exceeded", 1.0)
    assert "60 requests a minute" in error.text
    assert refused(limits, sixty, 1000.75).retry_after == 0.25  # type: ignore[union-attr]
    assert refused(limits, sixty, 1001.0) is None
    assert refused(limits, sixty, 1001.0) is not None
    # A minute's rest fills it up and no further.
    assert sum(refused(limits, sixty, 9000.0) is None for _ in range(100)) == 60


def test_tokens_a_minute_may_go_below_zero_and_must_recover() -> None:
    limits, tokens = Limits(), key(tpm=600)
    limits.admit(tokens, 0.0)
    limits.release(tokens, 1200, 0.0)
    error = refused(limits, tokens, 0.0)
    assert error is not None
    assert error.retry_after == pytest.approx(60.1)
    assert "600 tokens a minute" in error.text
    assert refused(limits, tokens, 60.0) is not None
    assert refused(limits, tokens, 60.2) is None


def test_requests_at_once() -> None:
    limits, two = Limits(), key(parallel=2, rpm=100)
    limits.admit(two, 0.0)
    limits.admit(two, 0.0)
    error = refused(limits, two, 0.0)
    assert error is not None
    assert "2 requests at once" in error.text
    assert limits.at_once("k") == 2
    limits.release(two, 0, 0.0)
    assert refused(limits, two, 0.0) is None
    limits.release(two, 0, 0.0)
    limits.release(two, 0, 0.0)
    assert limits.at_once("k") == 0


@pytest.mark.parametrize("blocking", [{"parallel": 1}, {"tpm": 60}])
def test_a_refusal_uses_up_nothing(blocking: dict[str, int]) -> None:
    limits, asked = Limits(), key(rpm=2, **blocking)
    limits.admit(asked, 0.0)
    if "tpm" in blocking:
        limits.release(asked, 61, 0.0)
    for _ in range(10):
        assert refused(limits, asked, 0.0) is not None
    if "parallel" in blocking:
        limits.release(asked, 0, 0.0)
    free = dataclasses.replace(asked, tpm=None)
    assert refused(limits, free, 0.0) is None


def test_keys_do_not_share() -> None:
    limits = Limits()
    limits.admit(key(rpm=1), 0.0)
    assert refused(limits, dataclasses.replace(key(rpm=1), id="other"), 0.0) is None


def test_a_changed_limit_counts_at_once() -> None:
    limits = Limits()
    limits.admit(key(rpm=1), 0.0)
    assert refused(limits, key(rpm=1), 0.0) is not None
    assert refused(limits, key(rpm=2), 0.0) is None
    assert refused(limits, key(rpm=2), 0.0) is not None
    assert refused(limits, key(), 0.0) is None


@given(st.integers(1, 30), st.integers(0, 2**31), st.integers(50, 300))
def test_never_more_than_the_bucket_and_its_refill(rpm: int, seed: int, steps: int) -> None:
    limits, asked, rng = Limits(), key(rpm=rpm), random.Random(seed)
    now = start = 100.0
    admitted = 0
    for _ in range(steps):
        now += rng.random()
        admitted += refused(limits, asked, now) is None
    assert admitted <= rpm + (now - start) * rpm / 60.0 + 1e-6
