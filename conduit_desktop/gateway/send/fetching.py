"""One file from a public address, fetched because somebody asked for it: nothing secret goes there, and no redirect is
followed."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from conduit_desktop.errors import ConfigurationError
from conduit_desktop.gateway.send import diagnosis
from conduit_desktop.gateway.send.inquiry import open_client

SECONDS = 30.0


async def fetch(url: str, most: int) -> bytes:
    """What is at ``url``. Raises ConfigurationError (or ProbeFailure) when it cannot be had, or is over ``most``
    bytes."""
    import httpx

    host = urlsplit(url).hostname or url
    pieces: list[bytes] = []
    size = 0
    try:
        async with (
            asyncio.timeout(2 * SECONDS),
            open_client(url, SECONDS) as client,
            client.stream("GET", url) as answer,
        ):
            if answer.status_code != 200:
                raise ConfigurationError(f"{host} answered {answer.status_code}.", code="fetch_failed")
            async for piece in answer.aiter_bytes():
                size += len(piece)
                if size > most:
                    raise ConfigurationError(f"What {host} sends is over {most // 2**20} MiB.", code="fetch_failed")
                pieces.append(piece)
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, TimeoutError, OSError) as error:
        raise diagnosis.of_error(error, url) from None
    return b"".join(pieces)
