"""How long a provider asks to be left alone, in whichever of its ways it says so.

Formats: RFC 9110 §10.2.3 (``retry-after``), OpenAI and Groq (``x-ratelimit-reset-requests: 6m0s``), Anthropic
(``anthropic-ratelimit-tokens-reset``, RFC 3339), OpenRouter (``x-ratelimit-reset``, Unix milliseconds), Azure
(``x-ms-retry-after-ms``), Google (``google.rpc.RetryInfo`` in the body), and what messages say.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from datetime import datetime
from email.utils import parsedate_to_datetime
from math import ceil, isfinite

from conduit_desktop.gateway.send.upstream import Headers

_LONGEST = 7 * 86_400.0
"""What a rest of a rate limit may be at the most; a larger figure is a mistake, or another clock."""
_IN_BODY = re.compile(rb'"retryDelay"\s*:\s*"([\d.]+)s"')
_IN_WORDS = re.compile(
    rb"(?:try again|retry|wait)[^.\d]{0,30}?\b((?:[\d.]+\s?(?:h|m|s|ms)(?=[\d.\s\"',;)]|$)\s?)+|"
    rb"[\d.]+ (?:seconds?|minutes?))",
    re.IGNORECASE,
)
_PART = re.compile(rb"([\d.]+)\s?(ms|h|m|s)")
_UNITS = {b"ms": 0.001, b"s": 1.0, b"m": 60.0, b"h": 3600.0}
_SCARCE = (b"requests", b"tokens", b"input-tokens", b"output-tokens")


def retry_after(headers: Iterable[tuple[bytes, bytes]], now: float | None = None) -> float | None:
    """Seconds by ``retry-after-ms``, or ``retry-after`` in seconds or as a date; None where neither is there."""
    found: float | None = None
    for name, value in headers:
        if name in (b"retry-after-ms", b"x-ms-retry-after-ms") and (wait := _seconds(value)) is not None:
            return wait / 1000
        if name == b"retry-after":
            found = _seconds(value)
            found = _until(value, now) if found is None else found
    return found


def asked(headers: Headers, body: bytes, now: float | None = None) -> float | None:
    """Seconds that a refusal asks to wait; None where it says nothing."""
    now = time.time() if now is None else now
    found = retry_after(headers, now)
    if found is None and (delay := _IN_BODY.search(body)):
        found = _seconds(delay[1])
    if found is None:
        found = _reset(dict(headers), now)
    if found is None and (words := _IN_WORDS.search(body[:4000])):
        found = _span(words[1])
    return found


def told(headers: Headers, wait: float | None) -> Headers:
    """``headers`` with the wait, where they do not say it in the way that clients know."""
    if wait is None or any(name == b"retry-after" for name, _ in headers):
        return headers
    return [*headers, (b"retry-after", b"%d" % ceil(wait))]


def _reset(headers: dict[bytes, bytes], now: float) -> float | None:
    """When the limits that are used up begin anew: the latest of them, or of all where none says that it is."""
    used_up: list[float] = []
    others: list[float] = []
    for scarce in _SCARCE:
        for left, reset in (
            (b"x-ratelimit-remaining-" + scarce, b"x-ratelimit-reset-" + scarce),
            (b"anthropic-ratelimit-" + scarce + b"-remaining", b"anthropic-ratelimit-" + scarce + b"-reset"),
        ):
            if reset in headers and (wait := _span(headers[reset]) or _stamp(headers[reset], now)) is not None:
                (used_up if headers.get(left, b"").strip() in (b"0", b"0.0") else others).append(wait)
    if not used_up and b"x-ratelimit-reset" in headers:
        moment = _stamp(headers[b"x-ratelimit-reset"], now)
        used_up += [moment] if moment is not None else []
    waits = used_up or (others if len(others) == 1 else [])
    return max(waits) if waits else None


def _span(text: bytes) -> float | None:
    """``6m0s``, ``1.5s``, ``20ms``, ``30 seconds``."""
    parts = _PART.findall(text.replace(b" seconds", b"s").replace(b" second", b"s").replace(b" minute", b"m"))
    try:
        wait = sum(float(number) * _UNITS[unit] for number, unit in parts)
    except ValueError:
        return None
    return wait if parts and wait <= _LONGEST else None


def _stamp(text: bytes, now: float) -> float | None:
    """A moment, as RFC 3339 or in seconds or milliseconds since 1970; a small number is a span in seconds."""
    number = _seconds(text)
    if number is None:
        try:
            moment = datetime.fromisoformat(text.decode("latin-1").strip().replace("Z", "+00:00")).timestamp()
        except (ValueError, OverflowError):
            return None
    elif number <= _LONGEST:
        return number
    else:
        moment = number / 1000 if number > 1e11 else number
    wait = moment - now
    return max(wait, 0.0) if wait <= _LONGEST else None


def _seconds(value: bytes) -> float | None:
    try:
        seconds = float(value)
    except ValueError:
        return None
    return max(seconds, 0.0) if isfinite(seconds) else None


def _until(date: bytes, now: float | None) -> float | None:
    try:
        then = parsedate_to_datetime(date.decode("latin-1")).timestamp()
    except (ValueError, OverflowError):
        return None
    return max(then - (time.time() if now is None else now), 0.0)
