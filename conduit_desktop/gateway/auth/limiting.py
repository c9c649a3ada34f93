"""How a key's limits stand, in the headers that the clients of each dialect read.

OpenAI's SDKs and tools read ``x-ratelimit-*`` with spans such as ``1m30s`` and ``17ms``
(platform.openai.com/docs/guides/rate-limits); Anthropic's ``anthropic-ratelimit-*`` with times in RFC 3339
(docs.anthropic.com/en/api/rate-limits). Cohere's, Gemini's and Ollama's clients read none; they get OpenAI's names,
which tools in between know.
"""

from __future__ import annotations

from datetime import UTC, datetime
from math import ceil

from conduit_desktop.gateway.exchange import Left, Standing

Headers = list[tuple[bytes, bytes]]
FAMILIES = (b"x-ratelimit-", b"anthropic-ratelimit-")
_ANTHROPIC = "anthropic-messages"


def headers(dialect: str, standing: Standing, now: float) -> Headers:
    """The headers for a client of ``dialect``; ``now`` is Unix seconds."""
    found: Headers = []
    for what, left in (("requests", standing.requests), ("tokens", standing.tokens)):
        if left is not None:
            found += _anthropic(what, left, now) if dialect == _ANTHROPIC else _openai(what, left)
    return found


def retry_after(dialect: str, seconds: float) -> Headers:
    """When to come back: whole seconds for everybody, and to the millisecond where OpenAI's SDKs look for it first."""
    found = [(b"retry-after", b"%d" % max(ceil(seconds), 1))]
    if dialect not in ("gemini", "interactions", "ollama", "ollama-generate"):
        found.append((b"retry-after-ms", b"%d" % max(ceil(seconds * 1000), 1)))
    return found


def rfc3339(moment: float) -> bytes:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ").encode()


def _openai(what: str, left: Left) -> Headers:
    return [
        (f"x-ratelimit-limit-{what}".encode(), b"%d" % left.limit),
        (f"x-ratelimit-remaining-{what}".encode(), b"%d" % left.remaining),
        (f"x-ratelimit-reset-{what}".encode(), span(left.resets)),
    ]


def _anthropic(what: str, left: Left, now: float) -> Headers:
    return [
        (f"anthropic-ratelimit-{what}-limit".encode(), b"%d" % left.limit),
        (f"anthropic-ratelimit-{what}-remaining".encode(), b"%d" % left.remaining),
        (f"anthropic-ratelimit-{what}-reset".encode(), rfc3339(ceil(now + left.resets))),
    ]


def span(seconds: float) -> bytes:
    """A span as OpenAI writes it: ``0s``, ``17ms``, ``1.5s``, ``2m30s``, ``1h0m5s``."""
    if seconds < 1:
        thousandths = ceil(seconds * 1000)
        return b"%dms" % thousandths if thousandths else b"0s"
    minutes, rest = divmod(round(seconds, 3), 60)
    shown = f"{rest:.3f}".rstrip("0").rstrip(".") + "s"
    hours, minutes = divmod(int(minutes), 60)
    if hours:
        return f"{hours}h{minutes}m{shown}".encode()
    return f"{minutes}m{shown}".encode() if minutes else shown.encode()
