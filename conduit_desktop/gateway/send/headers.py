"""Which headers cross: everything unknown does, in both directions, so that neither side need notice us; what belongs
to one connection, to the client's own credentials or to us does not.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import quote

from conduit_desktop.gateway.send.loops import LOOP, marks_in
from conduit_desktop.gateway.send.upstream import Headers
from conduit_desktop.gateway.snapshot import Target
from conduit_desktop.logs import MASK, SHORTEST_SECRET
from conduit_desktop.providers import spec
from conduit_desktop.providers.spec import clean_secret, credential_headers

_HOP = {b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade"}
_ALWAYS = _HOP | {b"close"}
_NOT_UPSTREAM = frozenset(
    _HOP
    | {b"host", b"content-length", b"content-encoding", b"expect", b"accept-encoding", b"http2-settings"}
    | {b"authorization", b"x-api-key", b"x-goog-api-key", b"api-key", b"cookie", b"proxy-authorization"}
    | {b"origin", b"referer", b"forwarded", b"via", b"x-real-ip", b"x-request-id"}
)
_NOT_CLIENT = frozenset(
    _HOP
    | {b"content-length", b"date", b"server", b"set-cookie", b"alt-svc", b"strict-transport-security", b"via"}
    | {b"authorization", b"x-api-key", b"x-goog-api-key", b"api-key"}  # some echo what they were sent
    | {b"x-request-id", b"nel", b"report-to", b"proxy-authenticate"}
)
_NOT_CLIENT_FAMILIES = (b"access-control-", b"x-conduit-")
_NOT_UPSTREAM_FAMILIES = (b"sec-", b"x-conduit-", b"x-forwarded-", b"access-control-")
_OF_A_DIALECT = (
    *(b"anthropic-", b"openai-", b"x-stainless-", b"x-goog-", b"x-claude-", b"x-client-name", b"content-", b"accept"),
    *(b"chatgpt-", b"session_id", b"conversation_id", b"originator", b"x-codex-", b"x-openai-", b"x-app", b"cohere-"),
    *(b"x-gemini-",),
)
"""Families of headers that mean something to one vendor only: they do not cross into another dialect."""
_NOT_TRANSLATED_FAMILIES = _NOT_UPSTREAM_FAMILIES + _OF_A_DIALECT
_IDS = frozenset({b"x-request-id", b"request-id", b"x-amzn-requestid", b"cf-ray"})
_JSON = (b"content-type", b"application/json")
_PLAIN = (b"accept-encoding", b"identity")
_OF_A_BODY = (b"content-type", b"content-encoding", b"content-language", b"etag", b"digest")
_OF_A_VENDOR = (b"openai-", b"anthropic-", b"x-goog-", b"x-amzn-", b"x-ms-", b"azureml-", b"request-id", b"x-groq-")


def for_upstream(
    client: Iterable[tuple[bytes, bytes]], target: Target, secret: str | None, mark: bytes, *, same: bool = True
) -> Headers:
    """The headers of a call to ``target``, with its credential in place of the client's, and with our ``mark``, by
    which it is known where it comes back to us. ``same``: the client speaks the provider's dialect, and the headers of
    that dialect go along."""
    headers: Headers = []
    named: set[bytes] = set()
    passed: list[bytes] = []
    others = _NOT_UPSTREAM_FAMILIES if same else _NOT_TRANSLATED_FAMILIES
    for pair in client:
        name = pair[0]
        if name in _NOT_UPSTREAM:
            if name == b"connection":
                named |= _named(pair[1])
        elif name == LOOP:
            passed += marks_in(pair[1])
        elif not name.startswith(others):
            headers.append(pair)
    if named:
        headers = [pair for pair in headers if pair[0] not in named]
    have = dict(headers)
    if target.spec.headers:
        headers += [pair for pair in _fixed(target.spec.headers) if pair[0] not in have]
    if b"content-type" not in have:
        headers.append(_JSON)
    told = b",".join([*passed, mark]) if passed else mark
    return [*headers, _PLAIN, (LOOP, told), *_credential(target.spec.kind, secret)]


@lru_cache(maxsize=256)
def _fixed(told: tuple[tuple[str, str], ...]) -> Headers:
    """What a kind of provider wants with every call."""
    return [(name.encode(), value.encode()) for name, value in told]


@lru_cache(maxsize=256)
def _credential(kind: str, secret: str | None) -> Headers:
    return [(name.encode(), value.encode()) for name, value in credential_headers(spec(kind), secret)]


def for_client(upstream: Iterable[tuple[bytes, bytes]]) -> Headers:
    """The provider's headers as they go on to the client."""
    headers: Headers = []
    named: set[bytes] = set()
    for pair in upstream:
        name = pair[0]
        if name in _NOT_CLIENT:
            if name == b"connection":
                named |= _named(pair[1])
        elif not name.startswith(_NOT_CLIENT_FAMILIES):
            headers.append(pair)
    return [pair for pair in headers if pair[0] not in named] if named else headers


def retold(upstream: Iterable[tuple[bytes, bytes]], content_type: bytes) -> Headers:
    """The provider's headers with an answer that is told in another dialect: without those of its body and of its
    vendor, but with what is left of its rate limits."""
    kept = [
        pair
        for pair in upstream
        if pair[0] not in _OF_A_BODY and (b"ratelimit" in pair[0] or not pair[0].startswith(_OF_A_VENDOR))
    ]
    return [*kept, (b"content-type", content_type)]


def unquoted(headers: Headers, body: bytes, secret: str | None) -> tuple[Headers, bytes]:
    """A provider's error as the client may have it: byte for byte, unless it quotes the credential it was sent."""
    return [pair for pair in headers if masked(pair[1], secret) == pair[1]], masked(body, secret)


def masked(text: bytes, secret: str | None) -> bytes:
    """``text`` without the credential."""
    quoted = clean_secret(secret).encode() if secret else b""
    return text if len(quoted) < SHORTEST_SECRET else text.replace(quoted, MASK.encode())


def _named(connection: bytes) -> set[bytes]:
    """What a ``Connection`` header says belongs to this connection only (RFC 9110 §7.6.1), besides what always does."""
    return {word.strip().lower() for word in connection.split(b",")} - _ALWAYS


def upstream_id(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The provider's own id of the request, for its support."""
    for name, value in headers:
        if name in _IDS:
            return value.decode("latin-1")[:200]
    return ""


@lru_cache(maxsize=1024)
def safe(text: str) -> bytes:
    """``text`` as a header value: what is not plain ASCII is percent-encoded."""
    return quote(text, safe=" !#$&'()*+,/:;=?@[]~{}|^`<>\"").encode()
