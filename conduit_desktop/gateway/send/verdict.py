"""What a provider's failure means for what to do next: one table, read from the top; the first row that fits holds.

A failure is known by its kind, which the provider's dialect reads from status and body, by words of its code or message
that say more than both, and by its status.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, NamedTuple

from conduit_desktop.errors import UpstreamError
from conduit_desktop.wire.failure import Failure, Kind, kind_of

Verdict = Literal["fine", "client", "again", "elsewhere", "credential", "context", "content"]
"""``client``: its own doing, told to it as it came. ``again``: worth another try, there or elsewhere. ``elsewhere``:
this deployment cannot, another may. ``credential``: not with this credential. ``context``: too long for this model.
``content``: refused by a content filter."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What follows from a failure. ``cause`` is its class, as attempts show it; ``fault`` is what it says of health (a
    ``Fault.kind``), empty where it says nothing."""

    verdict: Verdict
    cause: str
    fault: str = ""


class Row(NamedTuple):
    """Failures of any of these kinds or statuses (empty: of all) whose code or message holds ``words``."""

    kinds: frozenset[Kind]
    statuses: range | frozenset[int]
    words: re.Pattern[str] | None
    means: Judgement


def _row(means: Judgement, *which: Kind | int | range, words: str = "") -> Row:
    spans = [each for each in which if isinstance(each, range)]
    return Row(
        frozenset(each for each in which if isinstance(each, str)),
        spans[0] if spans else frozenset(each for each in which if isinstance(each, int)),
        re.compile(words, re.IGNORECASE) if words else None,
        means,
    )


_KEY = (
    r"api[ _-]?key[^.]{0,40}(?:not valid|invalid|incorrect|expired|revoked|disabled|leaked|not found)|"
    r"(?:invalid|incorrect|expired|revoked|malformed)[^.]{0,20}(?:api[ _-]?key|access token|security token|credential)|"
    r"api_key_invalid|invalid_api_key|expiredtoken|unrecognizedclient|security token included in the request|"
    r"access_token_expired|unauthenticated"
)
_MODEL = (
    r"model_not_found|model_not_available|model_decommissioned|model_deprecated|deploymentnotfound|unknown_model|"
    r"model[^.]{0,80}(?:does not exist|not found|is not available|no longer (?:available|supported)|decommissioned)|"
    r"(?:no such|unknown|invalid|not a valid) model|on-demand throughput isn.t supported"
)
_ABILITY = (
    r"(?:model|deployment|endpoint|provider)[^.]{0,80}(?:(?:does not|doesn.t|do not|don.t|cannot|can.t) (?:support|"
    r"accept|handle|use|take)|not support(?:ed)?)|not supported (?:by|with|for) (?:this|the) model|"
    r"does not support (?:tools|thinking|images?|vision|audio|streaming|chat|generate|embeddings)\b|"
    r"no endpoints found that support|unsupported_(?:model|value|parameter)"
)

TABLE: tuple[Row, ...] = (
    _row(Judgement("client", "loop"), 508),
    _row(Judgement("context", "context_length"), "context_length"),
    _row(Judgement("content", "content_filter"), "content_filter"),
    _row(Judgement("credential", "quota", "spent"), "billing", 402),
    _row(
        Judgement("credential", "quota", "spent"),
        403,
        429,
        words=r"insufficient_quota|insufficient_balance|billing_not_active|billing_hard_limit|out of credits|"
        r"insufficient (?:credits|balance|funds)",
    ),
    _row(Judgement("credential", "unauthorised", "rejected"), "authentication"),
    _row(Judgement("credential", "unauthorised", "rejected"), 400, 403, words=_KEY),
    _row(Judgement("elsewhere", "not_found"), 404),
    _row(Judgement("elsewhere", "not_found"), 400, 403, 410, 422, words=_MODEL),
    _row(Judgement("elsewhere", "forbidden", "trouble"), 403),
    _row(Judgement("elsewhere", "unsupported"), 400, 422, 501, words=_ABILITY),
    _row(Judgement("elsewhere", "unsupported"), 405, 415, 501),
    _row(Judgement("context", "too_large"), "too_large", 413),
    _row(Judgement("again", "rate_limited", "limit"), 429),
    _row(Judgement("again", "rate_limited", "limit"), "rate_limit"),
    _row(Judgement("again", "timeout", "trouble"), 408, 504, 522, 524),
    _row(Judgement("again", "conflict"), 409, 421, 425),
    _row(Judgement("again", "overloaded", "trouble"), 498, 499, 503, 529),  # 498 is Groq's, 499 the way of many proxies
    _row(Judgement("again", "server_error", "trouble"), range(500, 1000)),
    _row(Judgement("client", "client_error"), range(300, 500)),
)


def judge(failure: Failure) -> Judgement:
    """What to do after ``failure``."""
    said = f"{failure.code} {failure.message[:2000]}"
    for row in TABLE:
        if (row.kinds or row.statuses) and failure.kind not in row.kinds and failure.status not in row.statuses:
            continue
        if row.words is None or row.words.search(said):
            return row.means
    return TABLE[-2].means  # a status that is none


def judge_status(status: int, message: str) -> Judgement:
    """The same where no more is known than a status and words."""
    return judge(Failure(status=status, message=message, kind=kind_of(status)))


def not_json() -> UpstreamError:
    """A good status with a body that no client could use: empty, or somebody else's page."""
    return UpstreamError(
        "The provider answers 200 with something that is not JSON.",
        cause="not_json",
        hint="Check its base URL, and whether a login page of the network stands in between.",
    )


def empty() -> UpstreamError:
    """A stream that ended in good order without a word of an answer."""
    return UpstreamError("The provider's stream ended without an answer.", cause="empty")
