"""Which headers cross: everything unknown does, in both directions, so that neither side need notice us; what belongs
to one connection, to the client's own credentials or to us does not.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from conduit_desktop.gateway.send.upstream import Headers
from conduit_desktop.gateway.snapshot import Target
from conduit_desktop.providers.spec import credential_headers

_HOP = {b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade"}
_NOT_UPSTREAM = frozenset(
    _HOP
    | {b"host", b"content-length", b"expect", b"accept-encoding", b"http2-settings"}
    | {b"authorization", b"x-api-key", b"x-goog-api-key", b"api-key", b"cookie", b"proxy-authorization"}
    | {b"origin", b"referer", b"forwarded", b"via", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto"}
    | {b"x-real-ip", b"x-request-id"}
)
_NOT_CLIENT = frozenset(
    _HOP
    | {b"content-length", b"date", b"server", b"set-cookie", b"alt-svc", b"strict-transport-security", b"via"}
    | {b"x-request-id", b"nel", b"report-to", b"proxy-authenticate"}
)
LOOP = b"x-conduit-gateway"


def for_upstream(client: Iterable[tuple[bytes, bytes]], target: Target, secret: str | None, gateway_id: str) -> Headers:
    """The headers of a call to ``target``, with its credential in place of the client's."""
    headers = [
        pair
        for pair in client
        if pair[0] not in _NOT_UPSTREAM and not pair[0].startswith((b"sec-", b"x-conduit-", b"access-control-"))
    ]
    have = {name for name, _ in headers}
    for name, value in target.spec.headers:
        if name.encode() not in have:
            headers.append((name.encode(), value.encode()))
    if b"content-type" not in have:
        headers.append((b"content-type", b"application/json"))
    headers.append((b"accept-encoding", b"identity"))
    if target.spec.local or target.provider.base_url.startswith("http://"):
        # A server on this machine might be us, or lead back to us: then the request must not go round.
        headers.append((LOOP, gateway_id.encode()))
    headers += [(name.encode(), value.encode()) for name, value in credential_headers(target.spec, secret)]
    return headers


def for_client(upstream: Iterable[tuple[bytes, bytes]]) -> Headers:
    """The provider's headers as they go on to the client."""
    return [pair for pair in upstream if pair[0] not in _NOT_CLIENT and not pair[0].startswith(b"access-control-")]


def retry_after(headers: Iterable[tuple[bytes, bytes]]) -> float | None:
    """Seconds the provider asks to wait (``retry-after-ms``, ``retry-after`` in seconds; dates are not in use)."""
    found: float | None = None
    for name, value in headers:
        try:
            if name == b"retry-after-ms":
                return max(float(value) / 1000, 0.0)
            if name == b"retry-after":
                found = max(float(value), 0.0)
        except ValueError:
            continue
    return found


def upstream_id(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The provider's own id of the request, for its support."""
    for name, value in headers:
        if name in (b"x-request-id", b"request-id", b"x-amzn-requestid", b"cf-ray"):
            return value.decode("latin-1")[:200]
    return ""


def safe(text: str) -> bytes:
    """``text`` as a header value: what is not plain ASCII is percent-encoded."""
    return quote(text, safe=" !#$&'()*+,/:;=?@[]~{}|^`<>\"").encode()
