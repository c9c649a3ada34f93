"""When to keep away from a deployment, and when to come back."""

from __future__ import annotations

import pytest

from conduit_desktop.gateway.route.health import FIRST_COOLDOWN, LONGEST_COOLDOWN, Health


def test_three_failures_in_a_row_keep_away_ever_longer() -> None:
    health = Health()
    for _ in range(2):
        health.failed("d", "server_error", 0.0)
        assert health.available("d", 0.0)
    health.failed("d", "server_error", 0.0)
    assert not health.available("d", FIRST_COOLDOWN - 0.1)
    assert health.available("d", FIRST_COOLDOWN)
    health.failed("d", "server_error", FIRST_COOLDOWN)
    assert not health.available("d", FIRST_COOLDOWN * 2.9)
    assert health.available("d", FIRST_COOLDOWN * 3)


def test_a_long_outage_has_a_longest_pause_and_no_overflow() -> None:
    health = Health()
    for _ in range(3000):
        health.failed("d", "server_error", 0.0)
    assert not health.available("d", LONGEST_COOLDOWN - 1)
    assert health.available("d", LONGEST_COOLDOWN)


def test_success_forgets() -> None:
    health = Health()
    for _ in range(5):
        health.failed("d", "timeout", 0.0)
    health.succeeded("d", None)
    assert health.available("d", 0.0)
    assert (health.of("d").failures, health.of("d").reason) == (0, "")
    health.failed("d", "timeout", 0.0)
    assert health.available("d", 0.0)


@pytest.mark.parametrize(
    ("asked", "away"), [(None, FIRST_COOLDOWN), (2.5, 2.5), (0.0, 0.0), (10_000.0, LONGEST_COOLDOWN)]
)
def test_a_rate_limit_keeps_away_as_long_as_asked(asked: float | None, away: float) -> None:
    health = Health()
    health.failed("d", "rate_limited", 50.0, asked)
    assert health.available("d", 50.0) == (away == 0.0)
    assert health.available("d", 50.0 + away)
    assert not away or not health.available("d", 50.0 + away - 0.01)


def test_one_probe_at_a_time() -> None:
    health = Health()
    for _ in range(3):
        health.failed("d", "server_error", 0.0)
    later = FIRST_COOLDOWN + 1
    assert health.available("d", later)
    health.working("d", 1)
    assert not health.available("d", later)
    health.succeeded("d", 0.1)
    assert health.available("d", later)
    health.working("d", 1)
    assert health.available("d", later)


def test_others_are_not_concerned() -> None:
    health = Health()
    for _ in range(3):
        health.failed("d", "server_error", 0.0)
    assert health.available("other", 0.0)


def test_the_mean_of_the_time_to_first_token_moves() -> None:
    health = Health()
    health.succeeded("d", 1.0)
    health.succeeded("d", 2.0)
    health.succeeded("d", None)
    assert health.of("d").ttft == pytest.approx(1.2)
