"""What the address of a webhook may be, what may be shown of it, and what keeps it out of logs. Pure but for the last.

Plain http is for this machine only: in a private network, too, everybody on the way could read the address, which is
all that it takes to write there.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from conduit_desktop import logs
from conduit_desktop.errors import ConfigurationError
from conduit_desktop.providers.urls import is_loopback
from conduit_desktop.records import WebhookKind

_LONGEST = 2000
_PATH_IS_SECRET = 24
"""A shorter path such as ``/notifications`` is a word; masking it would mask it everywhere."""


def check(url: str) -> str:
    """The address, trimmed. Raises ConfigurationError (``bad_webhook``) saying what is wrong, not what it is."""
    url = url.strip()
    if len(url) > _LONGEST or any(mark.isspace() or not mark.isprintable() for mark in url) or "\\" in url:
        raise _bad("The address of the webhook is too long or holds a blank.", "Copy it again.")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    if parts.scheme not in ("https", "http") or not host or port == 0:
        raise _bad("This is no address of a webhook.", "It looks like https://host/path.")
    if parts.username is not None or parts.password is not None:
        raise _bad("The address of a webhook must not hold a user name or password.", "Put a token into its path.")
    if parts.fragment:
        raise _bad("The address of a webhook must not end in a # part.", "Remove everything from # on.")
    if parts.scheme == "http" and not is_loopback(url):
        raise _bad(
            "Plain http can be read on the way, with the address itself.", "Use https, or a server on this machine."
        )
    return url


def kind_of(url: str) -> WebhookKind:
    """Whose webhook it is, by its host."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    if host == "hooks.slack.com" or host == "hooks.slack-gov.com":
        return "slack"
    if host in ("discord.com", "discordapp.com") or host.endswith((".discord.com", ".discordapp.com")):
        return "discord"
    return "json"


def shown_host(url: str) -> str:
    """Host and, where it is not the usual one, port."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return f"{host}:{parts.port}" if parts.port else host


def last4(url: str) -> str:
    """The end of the address, where the rest still keeps it secret."""
    parts = urlsplit(url)
    tail = parts.path + (f"?{parts.query}" if parts.query else "")
    return url[-4:] if len(tail) >= 16 else ""


def keep_secret(url: str) -> None:
    """Mask the address, and its path alone, wherever it turns up from now on."""
    logs.remember_secret(url)
    parts = urlsplit(url)
    for part in (parts.path, parts.query):
        if len(part) >= _PATH_IS_SECRET:
            logs.remember_secret(part)


def _bad(message: str, hint: str) -> ConfigurationError:
    return ConfigurationError(message, hint=hint, code="bad_webhook", status=400)
