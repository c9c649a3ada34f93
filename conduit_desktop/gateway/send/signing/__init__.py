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
from typing import Literal

from conduit_desktop.errors import UpstreamError
from conduit_desktop.gateway.send.signing import aws, google
from conduit_desktop.gateway.send.upstream import Answer, Call, Headers
from conduit_desktop.tasks import spawn

Scheme = Literal["aws", "google"]
EARLY = 300.0
"""Seconds before its end at which a token is replaced."""
_MOST = 64
_CREDENTIALS = (b"authorization", b"x-goog-api-key", b"x-api-key", b"api-key")


@dataclass(slots=True)
class _Token:
    headers: Headers
    until: float


class Authoriser:
    """Makes the credentials of one gateway's calls. ``exchange`` makes a call to Google's token service, as an
    ``Upstream`` does; ``clock`` gives Unix seconds. Belongs to one event loop."""

    def __init__(self, exchange: Callable[[Call], Awaitable[Answer]], clock: Callable[[], float] = time.time) -> None:
        self._exchange = exchange
        self._clock = clock
        self._tokens: dict[bytes, _Token] = {}
        self._refreshing: dict[bytes, asyncio.Task[_Token]] = {}

    async def authorise(
        self, scheme: Scheme, secret: str, method: str, url: str, headers: Headers, body: bytes
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

    def forget(self, secret: str) -> None:
        """Drop the token of a key file, because the provider rejected it."""
        self._tokens.pop(_digest(secret.strip()), None)

    async def _google(self, secret: str) -> Headers:
        digest = _digest(secret)
        token = self._tokens.get(digest)
        if token is not None and token.until > self._clock():
            return token.headers
        task = self._refreshing.get(digest)
        if task is None:
            # A task of its own: one client that hangs up must not cost the others their token.
            task = self._refreshing[digest] = spawn(self._refresh(digest, secret), "google token")
        return (await asyncio.shield(task)).headers

    async def _refresh(self, digest: bytes, secret: str) -> _Token:
        try:
            file = google.key_file(secret)
            assert file is not None  # it begins with a brace
            answer = await self._exchange(google.token_call(file, self._clock()))
            try:
                body = await answer.read()
            finally:
                answer.close()
            text, seconds = google.token_of(answer.status, body)
            headers = [(b"authorization", b"Bearer " + text.encode())]
            project = file.get("quota_project_id")
            if isinstance(project, str) and project.isascii() and project.isprintable():
                headers.append((b"x-goog-user-project", project.encode()))
            token = _Token(headers, self._clock() + max(seconds - EARLY, seconds / 2))
            if len(self._tokens) >= _MOST:
                self._tokens.pop(next(iter(self._tokens)))
            self._tokens[digest] = token
            return token
        finally:
            self._refreshing.pop(digest, None)


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
