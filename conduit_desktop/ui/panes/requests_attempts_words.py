"""What the Attempts tab says of each call to a provider: why it failed, what followed, how long each part took."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from conduit_desktop.records import Attempt, Exchange
from conduit_desktop.runtime.routing import FAULTS, LAB
from conduit_desktop.ui.panes.requests_spans import Kind, Lane, Span, lane_of
from conduit_desktop.ui.panes.requests_words import look_of
from conduit_desktop.ui.shown import duration

CAUSES = {
    "dns": "the provider's name cannot be resolved",
    "refused": "nothing listens at the provider's address",
    "unreachable": "the provider cannot be reached",
    "tls": "no secure connection",
    "timeout": "no answer in time",
    "connect_timeout": "no connection within the model's limit",
    "first_token_timeout": "no first token within the model's limit",
    "idle_timeout": "silent for longer than the model allows",
    "total_timeout": "not whole within the model's limit for all of it",
    "broken": "the connection broke off",
    "truncated": "the answer ended before it was whole",
    "empty": "the answer ended in good order, with nothing in it",
    "not_json": "the answer is none: a page, or nothing",
    "protocol": "the answer is not well-formed",
    "proxy": "the proxy in between failed",
    "redirect": "the provider redirects elsewhere",
    "client_gone": "the client hung up",
    "client_error": "the request itself is not accepted",
    "rate_limited": "the provider asks for fewer requests",
    "overloaded": "the provider is overloaded",
    "server_error": "the provider has a problem",
    "unauthorised": "the provider rejects the key",
    "forbidden": "the provider does not allow it",
    "quota": "the account behind the key has no means left",
    "not_found": "the provider does not have this model",
    "unsupported": "this model, or provider, cannot do what was asked",
    "context_length": "the request is too long for this model",
    "too_large": "the request is too large for this provider",
    "content_filter": "a content filter refused it",
    "conflict": "the provider asks for another try",
    "loop": "the request came back to this gateway",
    "credential": "the provider rejects the key",
    "request": "the request itself is not accepted",
}
MOST_NAMED = 4
"""Failures of different kinds that the summary names one by one."""
LEGEND: tuple[tuple[Kind, str], ...] = (
    ("pause", "Pause"),
    ("connect", "Connecting"),
    ("wait", "To the headers"),
    ("first", "To the first token"),
    ("stream", "Answer"),
)
_WHY_ON = {
    "continued": "broken off behind words of its answer, which was to be written on",
    "credential": "not with this key",
    "context": "too long here",
    "content": "refused by the filter here",
    "elsewhere": "not possible here",
}


@dataclass(frozen=True, slots=True)
class Tried:
    """An attempt with what is around it: the exchange, and the attempt after it."""

    attempt: Attempt
    exchange: Exchange
    after: Attempt | None

    @property
    def lane(self) -> Lane:
        return lane_of(self.attempt, self.exchange, self.after is None)

    @property
    def spans(self) -> tuple[Span, ...]:
        """The pause before it, then the parts of the attempt."""
        attempt = self.attempt
        waited = min(attempt.waited, attempt.offset)
        before = (Span("pause", attempt.offset - waited, attempt.offset, "Pause before it"),) if waited > 0.001 else ()
        return (*before, *self.lane.spans)


def tried(exchange: Exchange) -> list[Tried]:
    """The attempts of an exchange in their order."""
    attempts = exchange.attempts
    return [Tried(each, exchange, after) for each, after in zip(attempts, (*attempts[1:], None), strict=False)]


def status_words(attempt: Attempt) -> str:
    """``529 Overloaded``, ``200 OK``; ``200 Broken off`` for what began well."""
    look = look_of(attempt.status)
    if attempt.status is not None and attempt.status < 400 and attempt.cause:
        return f"{attempt.status} {attempt.cause.replace('_', ' ').capitalize()}"
    if attempt.status is None and attempt.cause == "client_gone":
        return "Hung up"
    return look.word if attempt.status is None else f"{attempt.status} {look.word}"


def status_look(attempt: Attempt) -> tuple[str, str]:
    """Icon and tone; what the fault lab did has its own."""
    if attempt.lab:
        return "bolt", "warning"
    if attempt.cause == "client_gone":
        return "stop", "neutral"
    look = look_of(attempt.status)
    if attempt.cause and look.tone == "success":
        return "error", "danger"
    return look.icon, look.tone


def cause_words(cause: str) -> str:
    """``rate limited: the provider asks for fewer requests``; nothing where all went well."""
    if not cause or cause == "ok":
        return ""
    return f"{cause.replace('_', ' ')}: {CAUSES[cause]}" if cause in CAUSES else cause.replace("_", " ")


def lab_words(attempt: Attempt) -> str:
    """Which fault of the fault lab it met."""
    if not attempt.lab:
        return ""
    name = next((row.name for kind, row in FAULTS.items() if kind == attempt.lab), attempt.lab)
    return f"{name}, as set in Settings: not the provider's doing"


def next_words(each: Tried) -> str:
    """What followed from it."""
    attempt, after = each.attempt, each.after
    if after is None:
        if attempt.cause == "client_gone":
            return "nobody was left to answer"
        if not attempt.cause and not attempt.error:
            return "its answer went to the client"
        return "nothing else was left to try" if attempt.next else "the client was told"
    why = _WHY_ON.get(attempt.next, "")
    return f"{why}: {_after_words(attempt, after)}" if why else _after_words(attempt, after)


def _after_words(attempt: Attempt, after: Attempt) -> str:
    same = after.deployment_id == attempt.deployment_id and after.upstream_model == attempt.upstream_model
    pause = f" after a pause of {duration(after.waited)}" if after.waited > 0.001 else ""
    if same and after.credential != attempt.credential:
        return f"tried with {key_words(after)} there{pause}"
    if same:
        return f"tried there again{pause}"
    model = f", for the fallback {after.model}" if after.model and after.model != attempt.model else ""
    return f"{after.provider} was asked next{model}{pause}"


def key_words(attempt: Attempt) -> str:
    """Which of the provider's keys was used."""
    return f"the key {attempt.credential}" if attempt.credential else "the provider's first key"


def timing_words(each: Tried) -> str:
    """Its parts, in words."""
    return ", ".join(f"{span.title.lower()} {duration(span.lasted)}" for span in each.spans) or "no time at all"


def summary(attempts: Sequence[Attempt]) -> str:
    """One sentence on how it went."""
    if not attempts:
        return ""
    last = attempts[-1]
    answered = last.status is not None and last.status < 400 and not last.error
    met = sum(bool(attempt.lab) for attempt in attempts)
    lab = "" if not met else f" {LAB}: on purpose." if len(attempts) == 1 else f" {met} of them met the fault lab."
    if len(attempts) == 1:
        end = "answered at the first attempt." if answered else "failed; nobody else was asked."
        return f"{last.provider} {end}{lab}"
    end = f"{last.provider} answered." if answered else f"{last.provider} failed as well ({status_words(last)})."
    return f"{_failed(attempts[:-1])} failed before the first byte; {end}{lab}"


def _failed(attempts: Sequence[Attempt]) -> str:
    """``Anthropic (529 Overloaded, twice), OpenRouter (No answer)``; of many kinds only how many there were."""
    counts: dict[tuple[str, str], int] = {}
    for attempt in attempts:
        key = (attempt.provider, status_words(attempt))
        counts[key] = counts.get(key, 0) + 1
    if len(counts) > MOST_NAMED:
        providers = len({attempt.provider for attempt in attempts})
        return f"{len(attempts)} attempts at {providers} providers" if providers > 1 else f"{len(attempts)} attempts"
    times = {1: "", 2: ", twice"}
    return ", ".join(
        f"{provider} ({status}{times.get(number, f', {number} times')})"
        for (provider, status), number in counts.items()
    )
