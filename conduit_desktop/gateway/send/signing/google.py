"""Access tokens of Google's for a key file: a service account's, or a user's own credentials as ``gcloud`` stores them.

Sources: Google's "Using OAuth 2.0 for Server to Server Applications" (a JWT signed with RS256, exchanged for a token
at the key file's ``token_uri``) and "Using OAuth 2.0 for Web Server Applications" (refresh tokens)."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import urlencode, urlsplit

from conduit_desktop.errors import UpstreamError
from conduit_desktop.gateway.send.upstream import Call
from conduit_desktop.providers.urls import is_loopback

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
TOKEN_URI = "https://oauth2.googleapis.com/token"
LIFETIME = 3600
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def key_file(secret: str) -> dict[str, Any]:
    """The key file that a secret's text is. Raises UpstreamError for a file of no known kind."""
    try:
        found = json.loads(secret)
    except (ValueError, RecursionError):
        found = None
    kind = found.get("type") if isinstance(found, dict) else None
    needed = _NEEDED.get(kind) if isinstance(kind, str) else None
    if needed is None or not all(isinstance(found.get(name), str) for name in needed):
        raise _bad("The stored key file is no service account's and no user's credentials.")
    return dict(found)


_NEEDED = {
    "service_account": ("client_email", "private_key"),
    "authorized_user": ("client_id", "client_secret", "refresh_token"),
}


def token_call(file: dict[str, Any], now: float) -> Call:
    """The request that gets an access token. Raises UpstreamError: the secret goes to Google (or this machine) only."""
    uri = file.get("token_uri") or TOKEN_URI
    if not isinstance(uri, str) or not _trusted(uri):
        raise _bad("The stored key file names a token address that is not Google's.")
    if file["type"] == "service_account":
        form = {"grant_type": _GRANT, "assertion": _assertion(file, uri, int(now))}
    else:
        form = {name: file[name] for name in _NEEDED["authorized_user"]} | {"grant_type": "refresh_token"}
    headers = [(b"content-type", b"application/x-www-form-urlencoded"), (b"accept", b"application/json")]
    headers.append((b"accept-encoding", b"identity"))
    return Call(method="POST", url=uri, headers=headers, body=urlencode(form).encode(), answer_timeout=30.0)


def _trusted(uri: str) -> bool:
    try:
        parts = urlsplit(uri)
        host = (parts.hostname or "").lower()
    except ValueError:
        return False
    google = host == "googleapis.com" or host.endswith(".googleapis.com")
    return (parts.scheme == "https" and google) or (parts.scheme in ("http", "https") and is_loopback(uri))


def _assertion(file: dict[str, Any], audience: str, now: int) -> str:
    """The signed statement of who asks."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(file["private_key"].encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise _bad("The private key in the stored key file cannot be read.") from None
    if not isinstance(key, RSAPrivateKey):
        raise _bad("The private key in the stored key file is no RSA key.")
    head = {"alg": "RS256", "typ": "JWT"}
    if isinstance(file.get("private_key_id"), str):
        head["kid"] = file["private_key_id"]
    claims = {"iss": file["client_email"], "scope": SCOPE, "aud": audience, "iat": now, "exp": now + LIFETIME}
    text = f"{_encoded(json.dumps(head).encode())}.{_encoded(json.dumps(claims).encode())}"
    return f"{text}.{_encoded(key.sign(text.encode(), PKCS1v15(), SHA256()))}"


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def token_of(status: int, body: bytes) -> tuple[str, float]:
    """The token in an answer, and for how many seconds it is good. Raises UpstreamError saying what Google said."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    found = found if isinstance(found, dict) else {}
    if status != 200:
        raise _refused(status, found)
    token, seconds = found.get("access_token"), found.get("expires_in", LIFETIME)
    if not isinstance(token, str) or not token or not token.isascii() or not token.isprintable():
        raise UpstreamError("Google's token service answered without a token.", cause="not_json")
    usable = isinstance(seconds, int | float) and not isinstance(seconds, bool) and 0 < seconds < 10 * LIFETIME
    return token, float(seconds) if usable else float(LIFETIME)


def _refused(status: int, found: dict[str, Any]) -> UpstreamError:
    words = [found[name] for name in ("error", "error_description") if isinstance(found.get(name), str)]
    said = f" ({': '.join(words)[:300]})" if words else ""
    if status in (400, 401, 403):
        return UpstreamError(
            f"Google rejects the stored key file{said}.",
            cause="unauthorised",
            hint="The key may be deleted or disabled, or this computer's clock wrong: create a new key if need be.",
        )
    cause = "rate_limited" if status == 429 else "server_error"
    return UpstreamError(f"Google's token service answered {status}{said}.", cause=cause)


def _bad(message: str) -> UpstreamError:
    return UpstreamError(
        message,
        cause="unauthorised",
        hint="Download the service account's key again as JSON and paste the whole file.",
    )
