"""AWS's request signature, version 4, and what of a stored secret is needed for it.

Source: "Create a signed AWS API request" in AWS's documentation of IAM. The signature covers method, path, query,
host, date, content type, all ``x-amz-`` headers and the body."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from conduit_desktop.errors import UpstreamError
from conduit_desktop.gateway.send.upstream import Address, Headers

SERVICE = "bedrock"
_REGION = re.compile(r"(?:^|\.)bedrock[a-z-]*\.([a-z]{2}(?:-[a-z]+)+-\d+)\.")
_PAIR = re.compile(r"(?P<id>\w{4,128}):(?P<secret>[^:\s]{8,})(?::(?P<token>[^:\s]+))?")
_EMPTY_REGION = "us-east-1"


@dataclass(frozen=True, slots=True)
class Key:
    """An access key. ``region`` is empty where the secret names none."""

    id: str
    secret: str = field(repr=False)
    token: str = field(default="", repr=False)
    region: str = ""


def key_of(secret: str) -> Key | None:
    """The access key that a secret's text holds: ``ID:SECRET`` or ``ID:SECRET:SESSION-TOKEN``, or a JSON object with
    ``accessKeyId``, ``secretAccessKey``, ``sessionToken`` and ``region`` in any usual spelling (what ``aws sts`` prints
    too). None for any other text: that is an API key of Bedrock's. Raises UpstreamError for an object without a key."""
    if secret.startswith("{"):
        return _from_object(secret)
    found = _PAIR.fullmatch(secret)
    return Key(found["id"], found["secret"], found["token"] or "") if found else None


def _from_object(text: str) -> Key:
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError):
        raw = None
    raw = raw.get("Credentials", raw) if isinstance(raw, dict) else {}
    given = (
        {_plain(name): value for name, value in raw.items() if isinstance(value, str)} if isinstance(raw, dict) else {}
    )
    if not given.get("accesskeyid") or not given.get("secretaccesskey"):
        raise UpstreamError(
            "The stored AWS credentials hold no access key.",
            cause="unauthorised",
            hint='Store ACCESS_KEY_ID:SECRET, {"accessKeyId": …, "secretAccessKey": …} or a Bedrock API key.',
        )
    return Key(given["accesskeyid"], given["secretaccesskey"], given.get("sessiontoken", ""), given.get("region", ""))


def _plain(name: str) -> str:
    return name.replace("_", "").lower().removeprefix("aws").removeprefix("default")


def region_of(host: str, key: Key) -> str:
    """The region that a host name of AWS's tells, else the key's, else the usual one."""
    found = _REGION.search(host.lower())
    return found[1] if found else key.region or _EMPTY_REGION


def sign(key: Key, method: str, url: str, headers: Headers, body: bytes, now: float) -> Headers:
    """``headers`` with the signature: ``authorization``, ``x-amz-date`` and the session's token."""
    address = Address.of(url)
    moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    added = [(b"x-amz-date", moment.encode())]
    if key.token:
        added.append((b"x-amz-security-token", key.token.encode()))
    kept = [pair for pair in headers if pair[0].lower() not in _REPLACED]
    signed = _signed([(b"host", address.authority), *kept, *added])
    parts = urlsplit(url)
    request = "\n".join(
        (
            method.upper(),
            quote(_plain_path(parts.path), safe="/~"),
            _query(parts.query),
            *(f"{name}:{value}" for name, value in signed.items()),
            "",
            ";".join(signed),
            hashlib.sha256(body).hexdigest(),
        )
    )
    scope = f"{moment[:8]}/{region_of(address.host, key)}/{SERVICE}/aws4_request"
    digest = hashlib.sha256(request.encode()).hexdigest()
    signature = _signature(key.secret, scope, f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{digest}")
    value = f"AWS4-HMAC-SHA256 Credential={key.id}/{scope}, SignedHeaders={';'.join(signed)}, Signature={signature}"
    return [*kept, *added, (b"authorization", value.encode())]


_REPLACED = (b"authorization", b"x-amz-date", b"x-amz-security-token")


def _plain_path(path: str) -> str:
    """The path without empty and dot segments, as AWS reads it."""
    kept: list[str] = []
    for each in path.split("/"):
        if each == "..":
            del kept[-1:]
        elif each not in ("", "."):
            kept.append(each)
    return "/" + "/".join(kept) + ("/" if kept and path.endswith("/") else "")


def _query(text: str) -> str:
    """The parameters in order of their names, then values."""
    pairs = sorted(each.partition("=")[::2] for each in text.split("&")) if text else ()
    return "&".join(f"{name}={value}" for name, value in pairs)


def _signed(headers: Headers) -> dict[str, str]:
    """The headers that the signature covers, in order, as it reads them."""
    found: dict[str, list[str]] = {}
    for raw, value in headers:
        name = raw.decode("latin-1").lower()
        if name in ("host", "content-type") or name.startswith("x-amz-"):
            found.setdefault(name, []).append(" ".join(value.decode("latin-1").split()))
    return {name: ",".join(found[name]) for name in sorted(found)}


def _signature(secret: str, scope: str, text: str) -> str:
    digest = f"AWS4{secret}".encode()
    for word in scope.split("/"):
        digest = hmac.digest(digest, word.encode(), "sha256")
    return hmac.digest(digest, text.encode(), "sha256").hex()
