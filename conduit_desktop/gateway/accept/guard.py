"""Who may speak to us at all, while we listen on loopback: nobody who came by way of another site's name.

A web page can make its own host name resolve to 127.0.0.1 (DNS rebinding) and then talk to us as its own origin. Such
a request carries that name in ``Host`` or ``Origin``, and is refused before anything else is looked at. There is no
wildcard CORS: a page on this machine gets its own origin echoed, everybody else nothing.
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from conduit_desktop.errors import BadRequest
from conduit_desktop.gateway.accept.request import Request

_AUTHORITY = re.compile(r"[A-Za-z0-9_.\-\[\]:]+")


def check(request: Request) -> None:
    """Raises BadRequest (403) for a ``Host`` or ``Origin`` that is not this machine."""
    host = request.header(b"host")
    if host is None:
        if request.version != "1.0":
            raise BadRequest("The request has no Host header.", code="host_missing")
    elif not _local_host(host):
        raise BadRequest(
            f"The host {host[:100].decode('latin-1')!r} is not served here.",
            hint="Use http://127.0.0.1 or http://localhost with the gateway's port.",
            status=403,
            code="host_not_allowed",
        )
    origin = request.header(b"origin")
    if origin is not None and not _local_origin(origin):
        raise BadRequest(
            f"Pages of {origin[:100].decode('latin-1')!r} may not call this gateway.",
            hint="Only pages served from this machine may.",
            status=403,
            code="origin_not_allowed",
        )


def allowed_origin(request: Request) -> bool:
    """Whether the page that asks, if it is one, may read the answer."""
    origin = request.header(b"origin")
    return origin is None or _local_origin(origin)


@lru_cache(maxsize=256)
def _local_host(value: bytes) -> bool:
    return is_local_host(value.decode("latin-1"))


@lru_cache(maxsize=256)
def _local_origin(value: bytes) -> bool:
    return is_local_origin(value.decode("latin-1"))


def is_local_host(authority: str) -> bool:
    """Whether ``authority`` (``host[:port]``) names this machine."""
    try:
        parts = urlsplit(f"//{authority}")
        name = (parts.hostname or "").rstrip(".")
        _ = parts.port
    except ValueError:
        return False
    if not _AUTHORITY.fullmatch(authority):
        return False
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def is_local_origin(origin: str) -> bool:
    """Whether ``origin`` (``scheme://host[:port]``) is a page of this machine. ``null`` is not: any page can have it
    by way of a sandboxed frame."""
    scheme, mark, authority = origin.partition("://")
    return bool(mark and scheme) and is_local_host(authority)


def cors(request: Request) -> list[tuple[bytes, bytes]]:
    """The headers that let a page of this machine read the answer; empty for everybody else."""
    origin = request.header(b"origin")
    if origin is None or not allowed_origin(request):
        return []
    return [
        (b"access-control-allow-origin", origin),
        (b"access-control-expose-headers", b"*"),
        (b"vary", b"origin"),
    ]


def preflight(request: Request) -> list[tuple[bytes, bytes]]:
    """The headers that answer a preflight of a page of this machine."""
    asked = request.header(b"access-control-request-headers") or b"authorization, content-type"
    return [
        *cors(request),
        (b"access-control-allow-methods", b"GET, POST, DELETE, OPTIONS"),
        (b"access-control-allow-headers", asked),
        (b"access-control-max-age", b"600"),
    ]
