"""One request to a provider outside the path of a client's requests: for tests, lists of models, detection.

A secret goes only to the base URL's own origin, no redirect is followed, and no message holds a secret.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from conduit_desktop.errors import UpstreamError
from conduit_desktop.gateway.send import diagnosis
from conduit_desktop.providers import ProviderSpec
from conduit_desktop.providers.spec import credential_headers
from conduit_desktop.providers.urls import is_loopback
from conduit_desktop.providers.vertex import located

if TYPE_CHECKING:
    import httpx

SECONDS = 10.0
_MOST_BYTES = 16 * 2**20


def open_client(base_url: str, seconds: float = SECONDS) -> httpx.AsyncClient:
    """A client that follows no redirect; the environment's proxies are not used for this machine."""
    import httpx

    from conduit_desktop.gateway.send.direct import tls_context

    plain = urlsplit(base_url).scheme == "http"
    return httpx.AsyncClient(
        follow_redirects=False,
        timeout=seconds,
        trust_env=not is_loopback(base_url),
        verify=False if plain else tls_context(),
    )


async def exchange(
    client: httpx.AsyncClient,
    method: str,
    url: str,
    spec: ProviderSpec,
    secret: str | None,
    content: Any,
    seconds: float,
) -> tuple[int, Any]:
    """One request; the status and decoded JSON of a good answer. Raises ProbeFailure for any other. ``seconds`` is
    for each step of it. The whole gets three times that and not less than a step: a connection that is cancelled
    from outside in the middle of its TLS handshake is never closed."""
    import httpx

    if spec.kind == "vertex":
        url = located(url, secret)
    headers = [("accept", "application/json"), *spec.headers, *credential_headers(spec, secret)]
    data = b"" if content is None else json.dumps(content).encode()
    if data:
        headers.append(("content-type", "application/json"))
    if spec.auth != "header" and secret:
        headers = await _signed(spec, secret, method, url, headers, data)
    try:
        async with (
            asyncio.timeout(3 * seconds),
            client.stream(method, url, headers=headers, content=data or None, timeout=seconds) as answer,
        ):
            body = await _body(answer)
            status, location = answer.status_code, answer.headers.get("location", "")
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, TimeoutError, OSError) as error:
        raise diagnosis.of_error(error, url) from None  # its chain may name headers
    if status != 200:
        raise diagnosis.of_status(status, url, body, location, secret)
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        raise diagnosis.not_json(url, status, body) from None
    if (meant := diagnosis.status_told(told)) is not None:
        raise diagnosis.of_status(meant, url, body, location, secret)
    return status, told


async def _signed(
    spec: ProviderSpec, secret: str, method: str, url: str, headers: list[tuple[str, str]], data: bytes
) -> list[tuple[str, str]]:
    from conduit_desktop.gateway.send.signing import authorise

    plain = [(name.encode(), value.encode()) for name, value in headers]
    try:
        signed = await authorise(spec.auth, secret, method, url, plain, data)
    except UpstreamError as failure:
        raise diagnosis.of_credential(failure) from None
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in signed]


async def _body(answer: httpx.Response) -> bytes:
    pieces: list[bytes] = []
    size = 0
    async for piece in answer.aiter_bytes():
        size += len(piece)
        if size > _MOST_BYTES:
            break
        pieces.append(piece)
    return b"".join(pieces)
