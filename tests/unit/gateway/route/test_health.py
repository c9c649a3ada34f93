"""When to keep away from a deployment, and when to come back."""

from __future__ import annotations

import dataclasses

import pytest

from conduit_desktop.gateway.exchange import Fault
from conduit_desktop.gateway.route.health import FIRST_COOLDOWN, LONGEST_ASKED, LONGEST_COOLDOWN, Health
from conduit_desktop.gateway.snapshot import Target, direct
from conduit_desktop.records import Provider

TARGET: Target = direct(Provider(id="p", name="p", kind="openai", base_url="https://api.openai.com/v1"), "m").targets[0]
KEY = TARGET.keys[0]
TROUBLE = Fault("trouble", "server_error")


def test_three_failures_in_a_row_keep_away_ever_longer() -> None:
    health = Health()
    for _ in range(2):
        health.failed(TARGET, KEY, TROUBLE, 0.0)
        assert health.available(TARGET, 0.0)
    health.failed(TARGET, KEY, TROUBLE, 0.0)
    assert not health.available(TARGET, FIRST_COOLDOWN - 0.1)
    assert health.available(TARGET, FIRST_COOLDOWN)
    health.failed(TARGET, KEY, TROUBLE, FIRST_COOLDOWN)
    assert not health.available(TARGET, FIRST_COOLDOWN * 2.9)
    assert health.available(TARGET, FIRST_COOLDOWN * 3)


def test_a_long_outage_has_a_longest_pause_and_no_overflow() -> None:
    health = Health()
    for _ in range(3000):
        health.failed(TARGET, KEY, TROUBLE, 0.0)
    assert not health.available(TARGET, LONGEST_COOLDOWN - 1)
    assert health.available(TARGET, LONGEST_COOLDOWN)


def test_success_forgets() -> None:
    health = Health()
    for _ in range(5):
        health.failed(TARGET, KEY, TROUBLE, 0.0)
    health.succeeded(TARGET, KEY, None)
    assert health.available(TARGET, 0.0)
    assert (health.of(TARGET.id).failures, health.of(TARGET.id).reason) == (0, "")
    health.failed(TARGET, KEY, TROUBLE, 0.0)
    assert health.available(TARGET, 0.0)


@pytest.mark.parametrize(("asked", "away"), [(None, FIRST_COOLDOWN), (2.5, 2.5), (0.0, 0.0), (10_000.0, LONGEST_ASKED)])
def test_a_rate_limit_keeps_away_as_long_as_asked(asked: float | None, away: float) -> None:
    health = Health()
    health.failed(TARGET, KEY, Fault("limit", "rate_limited", retry_after=asked), 50.0)
    assert health.available(TARGET, 50.0) == (away == 0.0)
    assert health.available(TARGET, 50.0 + away)
    assert not away or not health.available(TARGET, 50.0 + away - 0.01)


def test_one_probe_at_a_time() -> None:
    health = Health()
    for _ in range(3):
        health.failed(TARGET, KEY, TROUBLE, 0.0)
    later = FIRST_COOLDOWN + 1
    assert health.available(TARGET, later)
    health.working(TARGET.id, 1)
    assert not health.available(TARGET, later)
    health.succeeded(TARGET, KEY, 0.1)
    assert health.available(TARGET, later)
    health.working(TARGET.id, 1)
    assert health.available(TARGET, later)


def test_others_are_not_concerned() -> None:
    health = Health()
    for _ in range(3):
        health.failed(TARGET, KEY, TROUBLE, 0.0)
    assert health.available(dataclasses.replace(TARGET, id="other"), 0.0)


def test_the_mean_of_the_time_to_first_token_moves() -> None:
    health = Health()
    health.succeeded(TARGET, KEY, 1.0)
    health.succeeded(TARGET, KEY, 2.0)
    health.succeeded(TARGET, KEY, None)
    assert health.of(TARGET.id).ttft == pytest.approx(1.2)
