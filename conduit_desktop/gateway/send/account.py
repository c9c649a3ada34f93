"""What every call of a request came to, for a client whose request several calls failed: it gets the words of the one
that tells most, as they came, and behind them a short account of all. Neither status nor kind of the error changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from conduit_desktop.gateway.send import headers as crossing
from conduit_desktop.gateway.send.sent import Sent
from conduit_desktop.records import Attempt
from conduit_desktop.wire import translation
from conduit_desktop.wire.dialects import dialect

MOST_TOLD = 8
"""Calls that are told one by one; the same outcome twice is told once."""
LONGEST_WORDS = 120
_WHOSE = {
    "rejected": "[Not your virtual key: it is the key that Conduit has for the provider {!r}. Renew it in the Providers"
    " pane (conduit-desktop provider credential renew).]",
    "spent": "[Not your virtual key's budget: it is the account at the provider {!r}.]",
}
"""Who presents a virtual key, and reads that its key is invalid or its money spent, looks for it in the wrong place."""


def add(sent: Sent, attempts: Sequence[Attempt], spoken: str, request_id: str) -> None:
    """Put what the client could not know into the failure ``sent``, which is told in the dialect ``spoken``: the
    account of all ``attempts``, and whose key it was that was turned down. What a provider said stays as it came where
    each of them said it; a page, which clients do not show, is told as an error."""
    told = " ".join(_told(sent, attempts, spoken))
    if sent.failure is not None:
        sent.failure.hint = f"{sent.failure.hint} {told}".strip()
    elif sent.relay is not None:
        if told and sent.relay.watch.error:
            sent.relay.reword(lambda held: b"\n".join(_line(each, told) for each in held.split(b"\n")))
    elif sent.status >= 400 or (sent.outcome is not None and sent.outcome.error):
        body = _worded(sent.body, told)
        if body is None and sent.status >= 400:  # a page, or nothing
            failure = translation.read_failure(dialect(spoken), sent.status, sent.body)
            failure.message, failure.request_id = f"{failure.message} {told}".rstrip(), request_id
            body = msgspec.json.encode(dialect(spoken).encode_error(failure))
            sent.headers = crossing.retold(sent.headers or (), b"application/json")
        sent.body = body or sent.body


def _told(sent: Sent, attempts: Sequence[Attempt], spoken: str) -> list[str]:
    lines = []
    alike = len({(each.status, each.cause, each.error) for each in attempts}) == 1
    if len(attempts) > 1 and (sent.failure is not None or not alike):
        lines.append(account(attempts, sent.at))
    told = attempts[sent.at]
    whose = _WHOSE.get(sent.means.fault)
    if whose and sent.answered and (told.dialect != spoken or lines):  # in one dialect an error passes byte for byte
        lines.append(whose.format(told.provider))
    return lines


def account(attempts: Sequence[Attempt], told: int) -> str:
    """One sentence about all of them; the words of the one whose number is ``told`` are not said again."""
    outcomes: dict[tuple[str, str], int] = {}
    for attempt in attempts:
        outcome = _outcome(attempt)
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
    known = _outcome(attempts[told])
    lines = [
        what + (f": {words}" if words and (what, words) != known else "") + (f" ({times} times)" if times > 1 else "")
        for (what, words), times in outcomes.items()
    ]
    more = [f"and {len(lines) - MOST_TOLD} more"] if len(lines) > MOST_TOLD else []
    return f"[Conduit made {len(attempts)} calls: {'; '.join(lines[:MOST_TOLD] + more)}]"


def _outcome(attempt: Attempt) -> tuple[str, str]:
    """Who it was and what came of it; the words that were said."""
    what = f"{attempt.provider}/{attempt.upstream_model}"
    if attempt.credential:
        what += f" with key {attempt.credential!r}"
    if attempt.status is not None:
        what += f" {attempt.status}"
    words = " ".join(attempt.error.split())
    cut = words if len(words) <= LONGEST_WORDS else words[: LONGEST_WORDS - 1] + "…"
    return f"{what} {attempt.cause.replace('_', ' ')}".rstrip(), cut


def _worded(body: bytes, told: str) -> bytes | None:
    """The error ``body`` with ``told`` behind its message, whichever dialect's it is; None where it has none."""
    try:
        value: Any = msgspec.json.decode(body)
    except translation.UNREADABLE:
        return None
    if not told:
        return body if isinstance(value, dict | list) else None
    first = value[0] if isinstance(value, list) and value else value
    if not isinstance(first, dict):
        return None
    inner = first["response"] if isinstance(first.get("response"), dict) else first
    for place, name in ((inner.get("error"), "message"), (inner, "error"), (inner, "message")):
        if isinstance(place, dict) and isinstance(words := place.get(name), str):
            place[name] = f"{words} {told}".lstrip()
            return msgspec.json.encode(value)
    return None


def _line(line: bytes, told: str) -> bytes:
    """The same for a line of a stream, which may be none that tells an error."""
    mark = b"data: " if line.startswith(b"data: ") else b"data:" if line.startswith(b"data:") else b""
    body = _worded(line[len(mark) :], told)
    return line if body is None else mark + body
