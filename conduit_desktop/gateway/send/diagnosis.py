"""What a failed probe means, in words: the class of its cause, what happened and the next step.

Pure apart from reading exceptions. What a server says is quoted shortened and without the secret.
"""

from __future__ import annotations

import json
import re
import socket
import ssl
from collections.abc import Iterator
from typing import Any, Literal, get_args
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
_QUOTA_CODES = frozenset(
    {
        *("insufficient_quota", "billing_hard_limit_reached", "insufficient_credits", "insufficient_balance"),
        *("exceeded_current_quota_error", "billing_not_active", "1113"),
    }
)
_NO_CREDIT = re.compile(
    r"credit balance is too low|insufficient (?:balance|credits?|funds)|(?:no|out of|any|enough) credits?\b|"
    r"payment required|account .{0,40}suspended|monthly included credits",
    re.IGNORECASE,
)
_BAD_KEY = re.compile(
    r"api[ _-]?key (?:is )?(?:not valid|invalid|expired|incorrect|not found)|incorrect api[ _-]?key|api_key_invalid|"
    r"invalid (?:x-)?api[ _-]?key|invalid (?:access )?token|token expired or incorrect|"
    r"security token included in the request is (?:invalid|expired)|request signature we calculated|"
    r"unrecognizedclient|invalidsignature|expiredtoken|missing authentication|authentication failed|"
    r"make sure your api key is valid",
    re.IGNORECASE,
)
"""How those say it that answer 400 or 403 to a bad key: Gemini, xAI, Bedrock, Z.ai."""
_ELSEWHERE = re.compile(
    r"location is not supported|not available in your (?:country|region)|country.{0,20}not supported", re.IGNORECASE
)
_FULL = ("data", "models", "choices", "content", "output", "candidates", "message", "response")


class ProbeFailure(UpstreamError):
    """A probe that failed. ``upstream_status`` is what the provider answered with, ``None`` when it did not;
    ``words`` is what it said of it."""

    def __init__(
        self, kind: Cause, message: str, hint: str, upstream_status: int | None = None, *, words: str = ""
    ) -> None:
        super().__init__(message, cause=kind, hint=hint)
        self.kind: Cause = kind
        self.upstream_status = upstream_status
        self.words = words


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


def of_credential(failure: UpstreamError) -> ProbeFailure:
    """The failure to make what a call carries from a stored secret."""
    kind: Cause = failure.cause if failure.cause in get_args(Cause) else "unauthorised"  # type: ignore[assignment]
    return ProbeFailure(kind, failure.message, failure.hint or "Open Providers and store the credential again.")


def status_told(told: Any) -> int | None:
    """The status that an answer with status 200 means: some put an error into one."""
    if not isinstance(told, dict) or any(name in told for name in _FULL):
        return None
    error = told.get("error") or (told if told.get("success") is False else None)
    if not error:
        return None
    code = error.get("code") if isinstance(error, dict) else told.get("code")
    return code if type(code) is int and 400 <= code < 600 else 400


def of_status(status: int, url: str, body: bytes, location: str, secret: str | None) -> ProbeFailure:
    """The failure of a request that was answered with anything but 200."""
    host = urlsplit(url).hostname or ""
    text, codes = _said(body, secret)
    said = f" It says: “{text[:_LONGEST]}”" if text else ""
    if 300 <= status < 400:
        return _redirect(status, host, location)
    if status == 402 or codes & _QUOTA_CODES or (status in (400, 403, 412, 429) and _NO_CREDIT.search(text)):
        kind, message, hint = _PLAIN[402]
    elif status in (400, 403) and (_BAD_KEY.search(text) or any(_BAD_KEY.search(code) for code in codes)):
        kind, message, hint = _PLAIN[401]
    elif status == 400 and _ELSEWHERE.search(text):
        kind, message, hint = _PLAIN[403]
    else:
        kind, message, hint = _PLAIN.get(status) or _range(status)
    message = message.format(host=host, status=status)
    return ProbeFailure(kind, f"{message}{said}", hint.format(host=host), status, words=text)


_PLAIN: dict[int, tuple[Cause, str, str]] = {
    401: (
        "unauthorised",
        "{host} rejects the API key.",
        "Copy the key again from the provider's page; it may be revoked, expired, or another vendor's or region's.",
    ),
    402: (
        "quota",
        "{host} knows the key, but its account has no credit left.",
        "Add credit or raise the limit on the provider's billing page.",
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
        "Check that the base URL leads to this provider's API, and that the kind is right.",
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


def wrong_api(url: str, status: int, title: str) -> ProbeFailure:
    """The failure of JSON that is not what the API of a kind (``title``) gives there."""
    parts = urlsplit(url)
    return ProbeFailure(
        "wrong_api",
        f"{parts.hostname} answers, but {parts.path} is not what the API of {title} gives.",
        "Check the base URL, and whether another provider kind fits this server.",
        status,
    )


def no_list(title: str, note: str) -> ProbeFailure:
    """The failure to list the models of a kind that has no list."""
    return ProbeFailure("not_found", f"{title} gives no list of its models.", note or "Type the model's id.")


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


def _said(body: bytes, secret: str | None) -> tuple[str, frozenset[str]]:
    """What the server says, on one line and without the secret; its words for the kind of error."""
    try:
        told: Any = json.loads(body[: 64 * 1024])
    except (ValueError, RecursionError):
        return "", frozenset()
    told = told[0] if isinstance(told, list) and told else told
    error = told.get("error") or told if isinstance(told, dict) else None
    outer = told if isinstance(told, dict) else {}
    inner = error if isinstance(error, dict) else {}
    text = _words(inner) if inner else error
    codes = [each.get(name) for each in (outer, inner) for name in ("code", "type", "status", "__type", "error_type")]
    if isinstance(details := inner.get("details"), list):
        codes += [each.get("reason") for each in details if isinstance(each, dict)]
    names = frozenset(str(code) for code in codes if code is not None)
    if not isinstance(text, str) or not text.strip():
        return "", names
    line = " ".join(text.split())
    bare = (secret or "").strip().strip("\"'").removeprefix("Bearer ").strip()
    return line.replace(bare, "…") if bare else line, names


def _words(error: dict[str, Any]) -> Any:
    """The message of an error in any vendor's shape; of a list of them, the first's."""
    for name in ("message", "Message", "detail", "msg", "error_description"):
        found = error.get(name)
        if isinstance(found, list) and found:
            found = found[0]
        if isinstance(found, dict):
            found = _words(found)
        if isinstance(found, str) and found:
            return found
    return None


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
