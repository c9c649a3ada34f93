"""Credentials that are more than a header: AWS's signature of each request, and Google's access tokens.

``Authoriser.authorise`` is awaited just before each call of a provider whose row says ``aws`` or ``google``. A secret
itself goes nowhere but, for Google, to the key file's ``token_uri``; what a call carries is made for its own URL."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from conduit_desktop.errors import UpstreamError
from conduit_desktop.gateway.send.signing import aws, google
from conduit_desktop.gateway.send.upstream import Call, Headers
from conduit_desktop.providers.urls import is_loopback
from conduit_desktop.tasks import spawn

EARLY = 300.0
"""Seconds before its end at which a token is replaced."""
_MOST = 64
_CREDENTIALS = (b"authorization", b"x-goog-api-key", b"x-api-key", b"api-key")


Exchange = Callable[[Call], Awaitable[tuple[int, bytes]]]
"""Makes a call to a token service; gives the answer's status and body. Raises UpstreamError."""


@dataclass(slots=True)
class _Token:
    headers: Headers
    until: float


class Authoriser:
    """Keeps access tokens. ``clock`` gives Unix seconds. Tokens are shared by all event loops; a refresh belongs to the
    one that needs it."""

    def __init__(self, exchange: Exchange, clock: Callable[[], float] = time.time) -> None:
        self._exchange = exchange
        self._clock = clock
        self._tokens: dict[bytes, _Token] = {}
        self._refreshing: dict[tuple[int, bytes], asyncio.Task[_Token | UpstreamError]] = {}

    async def authorise(
        self, scheme: str, secret: str, method: str, url: str, headers: Headers, body: bytes
    ) -> Headers:
        """``headers`` with the credential for this call. Raises UpstreamError, whose ``cause`` is one of the cause
        classes: ``unauthorised`` where the secret is to blame."""
        secret = secret.strip()
        bare = [pair for pair in headers if pair[0].lower() not in _CREDENTIALS]
        if scheme == "aws":
            key = _aws_key(secret)
            if key is None:
                return [*bare, (b"authorization", b"Bearer " + _sendable(secret))]
            return aws.sign(key, method, url, bare, body, self._clock())
        if not secret.startswith("{"):
            return [*bare, _google_header(secret)]
        return [*bare, *await self._google(secret)]

    async def _google(self, secret: str) -> Headers:
        digest = _digest(secret)
        token = self._tokens.get(digest)
        if token is not None and token.until > self._clock():
            return token.headers
        at = (id(asyncio.get_running_loop()), digest)
        task = self._refreshing.get(at)
        if task is None:
            # A task of its own: one client that hangs up must not cost the others their token.
            task = self._refreshing[at] = spawn(self._refresh(at, secret), "google token")
        got = await asyncio.shield(task)
        if isinstance(got, UpstreamError):
            raise got
        return got.headers

    async def _refresh(self, at: tuple[int, bytes], secret: str) -> _Token | UpstreamError:
        """A new token. A failure is the outcome and no exception: it is those who wait for it that it concerns."""
        try:
            token = await self._exchanged(secret)
        except UpstreamError as failure:
            return failure
        finally:
            self._refreshing.pop(at, None)
        if len(self._tokens) >= _MOST:
            self._tokens.pop(next(iter(self._tokens)))
        self._tokens[at[1]] = token
        return token

    async def _exchanged(self, secret: str) -> _Token:
        file = google.key_file(secret)
        text, seconds = google.token_of(*await self._exchange(google.token_call(file, self._clock())))
        headers = [(b"authorization", b"Bearer " + text.encode())]
        project = file.get("quota_project_id")
        if isinstance(project, str) and project.isascii() and project.isprintable():
            headers.append((b"x-goog-user-project", project.encode()))
        return _Token(headers, self._clock() + max(seconds - EARLY, seconds / 2))


async def _exchange(call: Call) -> tuple[int, bytes]:
    """The call through httpx, once an hour and key file; its proxies are the environment's, but not to this machine."""
    import httpx

    from conduit_desktop.gateway.send.direct import tls_context

    host = urlsplit(call.url).hostname or ""
    here = is_loopback(call.url)
    plain = call.url.startswith("http:")
    try:
        async with httpx.AsyncClient(
            follow_redirects=False,
            timeout=call.answer_timeout,
            trust_env=not here,
            verify=False if plain else tls_context(),
        ) as client:
            answer = await client.request(call.method, call.url, headers=call.headers, content=call.body)
            return answer.status_code, answer.content
    except httpx.TimeoutException:
        raise UpstreamError(f"{host} gave no access token in time.", cause="timeout") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise UpstreamError(
            f"No access token: {host} cannot be reached ({type(error).__name__}).", cause="unreachable"
        ) from None


_aws_key = lru_cache(maxsize=64)(aws.key_of)


@lru_cache(maxsize=64)
def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _google_header(secret: str) -> tuple[bytes, bytes]:
    """An API key in its own header, any other text as an access token."""
    if secret.startswith(("AIza", "AQ.")):
        return b"x-goog-api-key", _sendable(secret)
    return b"authorization", b"Bearer " + _sendable(secret)


def _sendable(secret: str) -> bytes:
    text = secret.removeprefix("Bearer ").strip()
    if not text or not text.isascii() or not text.isprintable():
        raise UpstreamError(
            "The stored credential cannot be sent: it is empty or holds characters that no key has.",
            cause="unauthorised",
            hint="Open Providers and store it again.",
        )
    return text.encode()


authorise = Authoriser(_exchange).authorise
"""What a call carries, made just before it goes; see ``Authoriser.authorise``."""
