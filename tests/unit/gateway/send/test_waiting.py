"""How long providers ask to wait, in each of their ways."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conduit_desktop.gateway.send.waiting import asked, retry_after, told

NOW = 1_795_388_400.0  # 2026-11-22T23:00:00Z


@pytest.mark.parametrize(
    ("rows", "seconds"),
    [
        ([], None),
        ([(b"retry-after", b"3")], 3.0),
        ([(b"retry-after", b"0")], 0.0),
        ([(b"retry-after", b"0.5")], 0.5),
        ([(b"retry-after", b"-5")], 0.0),
        ([(b"retry-after", b"soon")], None),
        ([(b"retry-after", b"nan")], None),
        ([(b"retry-after", b"inf")], None),
        ([(b"retry-after", b"")], None),
        ([(b"retry-after-ms", b"250"), (b"retry-after", b"9")], 0.25),
        ([(b"retry-after", b"9"), (b"retry-after-ms", b"250")], 0.25),
        ([(b"retry-after-ms", b"x"), (b"retry-after", b"9")], 9.0),
        ([(b"retry-after", b"Sun, 22 Nov 2026 23:00:30 GMT")], 30.0),
        ([(b"retry-after", b"Sun, 22 Nov 2026 22:00:30 GMT")], 0.0),
        ([(b"retry-after", b"Sun, 99 Nov 2026")], None),
    ],
)
def test_how_long_to_wait(rows: list[tuple[bytes, bytes]], seconds: float | None) -> None:
    assert retry_after(rows, now=1_795_388_400.0) == seconds


@pytest.mark.parametrize(
    ("headers", "body", "seconds"),
    [
        ({b"retry-after": b"7", b"x-ratelimit-reset-requests": b"1s"}, b"", 7.0),
        ({b"x-ms-retry-after-ms": b"1500"}, b"", 1.5),
        ({b"x-ratelimit-reset-requests": b"6m0s", b"x-ratelimit-remaining-requests": b"0"}, b"", 360.0),
        ({b"x-ratelimit-reset-requests": b"20ms"}, b"", 0.02),
        ({b"x-ratelimit-reset-tokens": b"1h2m3.5s", b"x-ratelimit-remaining-tokens": b"0"}, b"", 3723.5),
        (
            {
                b"x-ratelimit-reset-requests": b"1s",
                b"x-ratelimit-remaining-requests": b"99",
                b"x-ratelimit-reset-tokens": b"9s",
                b"x-ratelimit-remaining-tokens": b"0",
            },
            b"",
            9.0,
        ),
        ({b"x-ratelimit-reset-requests": b"1s", b"x-ratelimit-reset-tokens": b"9s"}, b"", None),
        (
            {
                b"anthropic-ratelimit-tokens-reset": b"2026-11-22T23:00:30Z",
                b"anthropic-ratelimit-tokens-remaining": b"0",
                b"anthropic-ratelimit-requests-reset": b"2026-11-22T23:09:00Z",
                b"anthropic-ratelimit-requests-remaining": b"5",
            },
            b"",
            30.0,
        ),
        ({b"x-ratelimit-reset": b"1795388412000"}, b"", 12.0),
        ({b"x-ratelimit-reset": b"1795388412"}, b"", 12.0),
        ({b"x-ratelimit-reset": b"30"}, b"", 30.0),
        ({b"x-ratelimit-reset": b"99999999999999"}, b"", None),
        ({}, b'{"error":{"details":[{"@type":"x/google.rpc.RetryInfo","retryDelay":"34.07s"}]}}', 34.07),
        ({}, b'{"error":{"message":"Rate limit reached. Please try again in 1.234s. Visit"}}', 1.234),
        ({}, b'{"error":{"message":"Please try again in 6m0s."}}', 360.0),
        ({}, b'{"error":{"message":"try again in 20ms"}}', 0.02),
        ({}, b'{"error":{"message":"Please retry after 12 seconds."}}', 12.0),
        ({}, b'{"error":{"message":"Try again later"}}', None),
        ({b"retry-after": b"soon"}, b"", None),
    ],
)
def test_each_way(headers: dict[bytes, bytes], body: bytes, seconds: float | None) -> None:
    assert asked([*headers.items()], body, NOW) == (seconds if seconds is None else pytest.approx(seconds))


_NAMES = st.sampled_from(
    [
        b"retry-after",
        b"retry-after-ms",
        b"x-ratelimit-reset",
        b"x-ratelimit-reset-tokens",
        b"anthropic-ratelimit-tokens-reset",
        b"x-ratelimit-remaining-tokens",
    ]
)


@given(st.lists(st.tuples(_NAMES, st.binary(max_size=30))), st.binary(max_size=300))
def test_nonsense_asks_for_nothing_or_for_a_wait(headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    wait = asked(headers, body, NOW)
    assert wait is None or wait >= 0.0


def test_it_is_told_in_the_way_that_clients_know() -> None:
    assert told([], 1.2) == [(b"retry-after", b"2")]
    assert told([(b"retry-after", b"9")], 1.2) == [(b"retry-after", b"9")]
    assert told([], None) == []
