"""What each status of a provider leads to."""

from __future__ import annotations

import pytest

from conduit_desktop.gateway.send.verdict import cause, verdict


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ((200, 201, 204, 301, 304), "fine"),
        ((400, 404, 405, 409, 413, 415, 418, 422, 451, 499, 508), "client"),
        ((401, 402, 403), "elsewhere"),
        ((408, 425, 429, 500, 502, 503, 504, 520, 529, 599), "again"),
    ],
)
def test_verdicts(statuses: tuple[int, ...], expected: str) -> None:
    assert {status: verdict(status) for status in statuses} == dict.fromkeys(statuses, expected)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        *((200, ""), (302, ""), (400, "client_error"), (401, "unauthorised"), (402, "quota"), (403, "forbidden")),
        *((404, "not_found"), (408, "timeout"), (429, "rate_limited"), (500, "server_error"), (504, "timeout")),
        (529, "server_error"),
    ],
)
def test_causes(status: int, expected: str) -> None:
    assert cause(status) == expected
