"""Rate limits: exact buckets, a place given back on every way out, nothing used up by a refusal."""

from __future__ import annotations

import dataclasses
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conduit_desktop.errors import NotAllowed
from conduit_desktop.gateway.auth.limits import Limits
from conduit_desktop.gateway.exchange import Place
from conduit_desktop.records import VirtualKey


def key(**limits: int) -> VirtualKey:
    return VirtualKey(id="k", name="editor", digest="", last4="", **limits)  # type: ignore[arg-type]


def refused(limits: Limits, asked: VirtualKey, now: float, expected: int = 0) -> NotAllowed | None:
    try:
        limits.admit(asked, expected, now)
    except NotAllowed as error:
        return error
    return None


def test_requests_a_minute() -> None:
    limits, sixty = Limits(), key(rpm=60)
    for _ in range(60):
        limits.admit(sixty, 0, 1000.0)
        limits.release(sixty, Place(0), 0, 1000.0)
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
    limits.admit(tokens, 0, 0.0)
    limits.release(tokens, Place(0), 1200, 0.0)
    error = refused(limits, tokens, 0.0)
    assert error is not None
    assert error.retry_after == pytest.approx(60.1)
    assert "600 tokens a minute" in error.text
    assert refused(limits, tokens, 60.0) is not None
    assert refused(limits, tokens, 60.2) is None


def test_requests_at_once() -> None:
    limits, two = Limits(), key(parallel=2, rpm=100)
    limits.admit(two, 0, 0.0)
    limits.admit(two, 0, 0.0)
    error = refused(limits, two, 0.0)
    assert error is not None
    assert "2 requests at once" in error.text
    assert limits.at_once("k") == 2
    limits.release(two, Place(0), 0, 0.0)
    assert refused(limits, two, 0.0) is None
    limits.release(two, Place(0), 0, 0.0)
    limits.release(two, Place(0), 0, 0.0)
    assert limits.at_once("k") == 0


@pytest.mark.parametrize("blocking", [{"parallel": 1}, {"tpm": 60}])
def test_a_refusal_uses_up_nothing(blocking: dict[str, int]) -> None:
    limits, asked = Limits(), key(rpm=2, **blocking)
    limits.admit(asked, 0, 0.0)
    if "tpm" in blocking:
        limits.release(asked, Place(0), 61, 0.0)
    for _ in range(10):
        assert refused(limits, asked, 0.0) is not None
    if "parallel" in blocking:
        limits.release(asked, Place(0), 0, 0.0)
    free = dataclasses.replace(asked, tpm=None)
    assert refused(limits, free, 0.0) is None


def test_keys_do_not_share() -> None:
    limits = Limits()
    limits.admit(key(rpm=1), 0, 0.0)
    assert refused(limits, dataclasses.replace(key(rpm=1), id="other"), 0.0) is None


def test_a_changed_limit_counts_at_once() -> None:
    limits = Limits()
    limits.admit(key(rpm=1), 0, 0.0)
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


def test_tokens_in_work_are_set_aside() -> None:
    limits, asked = Limits(), key(tpm=1000)
    place = limits.admit(asked, 800, 0.0)
    error = refused(limits, asked, 0.0, 300)
    assert error is not None
    assert error.retry_after == pytest.approx(6.0)
    assert "200 are left" in error.text
    limits.release(asked, place, 100, 0.0)
    assert refused(limits, asked, 0.0, 900) is None


def test_one_after_the_other_is_refused_only_when_nothing_is_left() -> None:
    limits, asked = Limits(), key(tpm=1000)
    for _ in range(10):
        limits.release(asked, limits.admit(asked, 5000, 0.0), 100, 0.0)
    assert refused(limits, asked, 0.0, 1) is not None


@given(st.lists(st.tuples(st.integers(0, 900), st.integers(0, 900)), max_size=40), st.integers(0, 2**31))
def test_parallel_requests_take_one_too_much_at_most(requests: list[tuple[int, int]], seed: int) -> None:
    """Whatever the order of ends; no request uses more than it was expected to."""
    limits, asked, rng = Limits(), key(tpm=1000), random.Random(seed)
    used, open_ = 0, []
    for expected, share in requests:
        try:
            open_.append((limits.admit(asked, expected, 0.0), min(expected, share)))
        except NotAllowed:
            continue
        if rng.random() < 0.4:
            place, real = open_.pop(rng.randrange(len(open_)))
            limits.release(asked, place, real, 0.0)
            used += real
    for place, real in open_:
        limits.release(asked, place, real, 0.0)
        used += real
    assert used <= 1000 + 900
    assert limits.standing(asked, 0.0).tokens == (1000, max(1000 - used, 0), pytest.approx(min(used, used) * 0.06))
    assert limits.at_once("k") == 0


def test_how_limits_stand() -> None:
    limits, asked = Limits(), key(rpm=60, tpm=6000)
    limits.admit(asked, 1500, 0.0)
    requests, tokens = limits.standing(asked, 0.0)
    assert requests == (60, 59, 1.0)
    assert tokens == (6000, 4500, 15.0)
    assert limits.standing(key(parallel=1), 0.0) == (None, None)
