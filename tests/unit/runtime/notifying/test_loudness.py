"""When somebody is interrupted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conduit_desktop.records import Notification, Severity
from conduit_desktop.runtime.notifying.loudness import LEVELS, QUIET, Loudness

WARNING = Notification(
    id="n", kind="refused", subject="s", severity="warning", title="t", text="", created=0.0, updated=0.0
)


@pytest.mark.parametrize(
    ("level", "heard"),
    [("off", ""), ("errors", "error"), ("important", "warning error"), ("all", "info warning error")],
)
def test_the_settings_levels(level: str, heard: str) -> None:
    severities: tuple[Severity, ...] = ("info", "warning", "error")
    said = [each for each in severities if Loudness().heard(replace(WARNING, severity=each), LEVELS[level], 0.0)]
    assert " ".join(said) == heard


def test_repetitions_are_quiet_for_an_hour() -> None:
    loudness = Loudness()
    said = [at for at in range(0, 3 * 3600, 60) if loudness.heard(WARNING, LEVELS["important"], float(at))]
    assert said == [0, 3600, 7200]
    assert QUIET == 3600


def test_what_changes_is_said() -> None:
    loudness, wanted = Loudness(), LEVELS["important"]
    assert loudness.heard(WARNING, wanted, 0)
    assert loudness.heard(replace(WARNING, severity="error"), wanted, 1)
    assert loudness.heard(replace(WARNING, severity="error", title="other"), wanted, 2)
    assert loudness.heard(replace(WARNING, subject="s2"), wanted, 3)
    assert not loudness.heard(replace(WARNING, subject="s2", count=9, text="more"), wanted, 4)


def test_who_heard_of_trouble_hears_of_its_end() -> None:
    loudness, wanted = Loudness(), LEVELS["important"]
    over = replace(WARNING, severity="info", title="over")
    assert not loudness.heard(over, wanted, 0)
    assert loudness.heard(WARNING, wanted, 1)
    assert loudness.heard(over, wanted, 2)
    assert not loudness.heard(over, wanted, 3)


def test_what_the_user_saw_to_is_not_said_and_may_begin_anew() -> None:
    loudness, wanted = Loudness(), LEVELS["all"]
    assert loudness.heard(WARNING, wanted, 0)
    assert not loudness.heard(replace(WARNING, severity="info", read=True), wanted, 1)
    assert loudness.heard(WARNING, wanted, 2)


def test_it_does_not_grow() -> None:
    loudness = Loudness()
    for at in range(5000):
        loudness.heard(replace(WARNING, subject=f"s{at}"), LEVELS["all"], float(at))
    assert len(loudness._said) <= 2000
