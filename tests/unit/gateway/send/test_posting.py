"""What a ``Retry-After`` says."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from conduit_desktop.gateway.send.posting import retry_after

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("5", 5.0),
        (" 0 ", 0.0),
        ("1.5", 1.5),
        ("Sun, 01 Mar 2026 12:00:30 GMT", 30.0),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0.0),
        ("", None),
        ("-5", None),
        ("soon", None),
        ("nan", None),
        ("1e3", None),
        ("99999999999999999999", 1e20),
        ("Sun, 01 Mar 2026 12:00:30", None),
    ],
)
def test_retry_after(text: str, seconds: float | None) -> None:
    assert retry_after(text, NOW) == seconds
