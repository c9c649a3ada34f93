"""What a failed probe means, in words: the class of its cause, what happened and the next step.

Pure apart from reading exceptions. What a server says is quoted shortened and without the secret.
"""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Iterator
from typing import Any, Literal
from urllib.parse import urlsplit

from conduit_desktop.errors import UpstreamError

Cause = Literal[
    "ok",
    "not_sent",
    "dns",
    "refused",
    "unreachable",
    "tls",
    "timeout",
    "redirect",
    "unauthorised",
    "forbidden",
    "not_found",
    "rate_limited",
    "quota",
    "server_error",
    "not_json",
    "wrong_api",
]

_LONGEST = 300
_QUOTA_CODES = frozenset({"insufficient_quota", "billing_hard_limit_reached", "insufficient_credits"})


class ProbeFailure(UpstreamError):
    """A probe that failed. ``upstream_status`` is what the provider answered with, ``None`` when it did not."""

    def __init__(self, kind: Cause, message: str, hint: str, upstream_status: int | None = None) -> None:
        super().__init__(message, cause=kind, hint=hint)
        self.kind: Cause = kind
        self.upstream_status = upstream_status


def of_error(error: BaseException, url: str) -> ProbeFailure:
    """The failure of a request that got no answer."""
    import httpx

    parts = urlsplit(url)
    host = parts.hostname or ""
    where = f"{host}:{parts.port or (443 if parts.scheme == 'https' else 80)}"
    causes = list(_chain(error))
    if any(isinstance(each, socket.gaierror) for each in causes):
        return ProbeFailure("dns", f"The name {host} cannot be resolved.", "Check the base URL for a typing error.")
    for each in causes:
        if isinstance(each, ssl.SSLError) and not isinstance(each, ssl.SSLWantReadError | ssl.SSLWantWriteError):
            return _tls(each, where)
    if any(isinstance(each, TimeoutError | httpx.TimeoutException) for each in causes):
        return ProbeFailure("timeout", f"{where} did not answer in time.", "Check the port, or try again later.")
    if any(isinstance(each, ConnectionRefusedError) for each in causes):
        return ProbeFailure(
            "refused", f"Nothing listens at {where}.", "Start the server, or correct the port in the base URL."
        )
    if any(isinstance(each, httpx.ProxyError) for each in causes):
        return ProbeFailure("unreachable", f"The proxy did not let us reach {where}.", "Check HTTPS_PROXY.")
    if any(isinstance(each, httpx.ProtocolError | httpx.DecodingError | ConnectionResetError) for each in causes):
        other = "https" if parts.scheme == "http" else "http"
        return ProbeFailure(
            "wrong_api",
            f"What listens at {where} broke off or does not speak HTTP.",
            f"Check the port, and whether the address starts with {other}:// instead.",
        )
    return ProbeFailure("unreachable", f"{where} cannot be reached.", "Check your network, and the address.")


def of_status(status: int, url: str, body: bytes, location: str, secret: str | None) -> ProbeFailure:
    """The failure of a request that was answered with anything but 200."""
    host = urlsplit(url).hostname or ""
    said, code = _said(body, secret)
    if 300 <= status < 400:
        return _redirect(status, host, location)
    if status == 402 or code in _QUOTA_CODES:
        return ProbeFailure("quota", f"{host} knows the key, but its account has no credit left.{said}",
                            "Add credit or raise the limit on the provider's billing page.", status)  # fmt: skip
    kind, message, hint = _PLAIN.get(status) or _range(status)
    return ProbeFailure(kind, f"{message.format(host=host, status=status)}{said}", hint.format(host=host), status)


_PLAIN: dict[int, tuple[Cause, str, str]] = {
    401: (
        "unauthorised",
        "{host} rejects the API key.",
        "Copy the key again from the provider's page; it may be revoked, expired or another vendor's.",
    ),
    403: (
        "forbidden",
        "{host} knows who is asking, but does not allow it.",
        "Check the key's permissions and project, and whether the service is available in your country.",
    ),
    404: (
        "not_found",
        "{host} answers, but has nothing at this address.",
        "Check the base URL: at most servers it ends in /v1. When a model was named, check its spelling.",
    ),
    407: ("unreachable", "The proxy on the way to {host} wants a login.", "Check HTTPS_PROXY."),
    429: (
        "rate_limited",
        "{host} answers, but asks for fewer requests.",
        "The address works. Wait a minute and test again.",
    ),
}


def _range(status: int) -> tuple[Cause, str, str]:
    if status >= 500:
        return (
            "server_error",
            "{host} has a problem of its own (HTTP {status}).",
            "Look at the provider's status page, or at the server's log if it is yours, and try again.",
        )
    return (
        "wrong_api",
        "{host} does not accept this request (HTTP {status}).",
        "Check that the base URL leads to an OpenAI-compatible API.",
    )


def not_json(url: str, status: int, body: bytes) -> ProbeFailure:
    """The failure of an answer that is no JSON."""
    host = urlsplit(url).hostname or ""
    page = body.lstrip()[:200].lower().startswith((b"<!doctype", b"<html"))
    what = "with a web page" if page else "with something that is not JSON"
    return ProbeFailure(
        "not_json",
        f"{host} answers {what}.",
        "Check the base URL: it should lead to the API (often ending in /v1), not to the website or a login page.",
        status,
    )


def wrong_api(url: str, status: int) -> ProbeFailure:
    """The failure of JSON that is not what OpenAI's API gives there."""
    parts = urlsplit(url)
    return ProbeFailure(
        "wrong_api",
        f"{parts.hostname} answers, but {parts.path} is not what an OpenAI-compatible API gives.",
        "Check the base URL, and whether another provider kind fits this server.",
        status,
    )


def _tls(error: ssl.SSLError, where: str) -> ProbeFailure:
    if error.reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"):
        return ProbeFailure(
            "tls", f"{where} does not speak TLS.", "Write http:// instead of https:// if this server is yours."
        )
    why = getattr(error, "verify_message", "") or error.reason or "the handshake failed"
    return ProbeFailure(
        "tls",
        f"No secure connection to {where}: {why}.",
        "Check the address, this machine's clock, and any proxy or virus scanner that inspects traffic.",
    )


def _redirect(status: int, host: str, location: str) -> ProbeFailure:
    target = urlsplit(location) if "\n" not in location else urlsplit("")
    shown = f"{target.scheme}://{target.hostname}" if target.scheme and target.hostname else "another address"
    return ProbeFailure(
        "redirect",
        f"{host} redirects to {shown} (HTTP {status}); the key was not sent there.",
        "If you trust that address, make it the base URL.",
        status,
    )


def _said(body: bytes, secret: str | None) -> tuple[str, str]:
    """(what the server says, as a sentence to append; its error code)"""
    try:
        told: Any = json.loads(body[: 64 * 1024])
    except (ValueError, RecursionError):
        return "", ""
    error = told.get("error", told) if isinstance(told, dict) else None
    text = error.get("message") or error.get("detail") if isinstance(error, dict) else error
    code = error.get("code") if isinstance(error, dict) else ""
    if not isinstance(text, str) or not text.strip():
        return "", str(code)
    line = " ".join(text.split())
    bare = (secret or "").strip().strip("\"'").removeprefix("Bearer ").strip()
    if bare:
        line = line.replace(bare, "…")
    return f" It says: “{line[:_LONGEST]}”", str(code)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and everything it came from, groups opened."""
    open_, seen = [error], set[int]()
    while open_:
        each = open_.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        open_.extend(found for found in (each.__cause__, each.__context__) if found is not None)
        if isinstance(each, BaseExceptionGroup):
            open_.extend(each.exceptions)
