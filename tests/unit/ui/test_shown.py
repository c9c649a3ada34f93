"""How times, durations, counts and sizes read."""

from __future__ import annotations

from datetime import datetime

import pytest

from conduit_desktop.ui.shown import ago, count, duration, size

NOON = datetime(2026, 3, 12, 12, 0).timestamp()


@pytest.mark.parametrize(
    ("before", "text"),
    [
        (2, "now"),
        (60, "1 min ago"),
        (3000, "50 min ago"),
        (7300, "2 h ago"),
        (20 * 3600, "yesterday"),
        (3 * 86400, "3 days ago"),
        (30 * 86400, "10 Feb"),
        (400 * 86400, "5 Feb 2025"),
    ],
)
def test_ago(before: float, text: str) -> None:
    assert ago(NOON - before, NOON) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),
        (0.0004, "0.4 ms"),
        (0.042, "42 ms"),
        (0.82, "0.82 s"),
        (12.36, "12.4 s"),
        (200, "3 min 20 s"),
        (3720, "1 h 2 min"),
    ],
)
def test_duration(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(("number", "text"), [(950, "950"), (12_400, "12,400"), (1_250_000, "1.25 M")])
def test_count(number: int, text: str) -> None:
    assert count(number) == text


@pytest.mark.parametrize(("octets", "text"), [(812, "812 B"), (4200, "4.2 KB"), (1_300_000, "1.3 MB")])
def test_size(octets: int, text: str) -> None:
    assert size(octets) == text
