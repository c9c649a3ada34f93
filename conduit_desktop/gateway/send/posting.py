"""One POST outside the path of a client's requests: what a webhook gets.

The address is a secret as a whole (its path is its credential), so that no message of here names more than its host. No
redirect is followed, and the environment's proxies are not used for this machine.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from conduit_desktop.gateway.send import diagnosis
from conduit_desktop.gateway.send.inquiry import open_client

SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Posted:
    """What was answered: the status, in how many seconds to come back where it says so, the host it sent us to."""

    status: int
    retry_after: float | None = None
    elsewhere: str = ""


async def post(url: str, body: bytes, headers: Mapping[str, str], seconds: float = SECONDS) -> Posted:
    """Send ``body``; the answer's body is not read. Raises ProbeFailure when there is no answer."""
    import httpx

    try:
        async with (
            asyncio.timeout(2 * seconds),
            open_client(url, seconds) as client,
            client.stream("POST", url, headers=dict(headers), content=body) as answer,
        ):
            return Posted(
                answer.status_code,
                retry_after(answer.headers.get("retry-after", ""), datetime.now(UTC)),
                urlsplit(answer.headers.get("location", "")).hostname or "",
            )
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, TimeoutError, OSError, ValueError) as error:
        raise diagnosis.of_error(error, url) from None  # its chain may name the address


def retry_after(text: str, now: datetime) -> float | None:
    """Seconds to wait by a ``Retry-After`` (seconds or a date); None where it says nothing of use."""
    text = text.strip()
    try:
        seconds = (
            float(text) if text.replace(".", "", 1).isdigit() else (parsedate_to_datetime(text) - now).total_seconds()
        )
    except (TypeError, ValueError, OverflowError):
        return None
    return max(seconds, 0.0)
