"""What happened when in one exchange: lanes of spans for the timeline, the same in words. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from conduit_desktop.records import Attempt, Exchange
from conduit_desktop.ui.panes.requests_words import look_of
from conduit_desktop.ui.shown import duration

Kind = Literal["ours", "connect", "wait", "first", "stream", "pause"]

TITLES: dict[Kind, str] = {
    "ours": "Conduit itself",
    "connect": "Connecting",
    "wait": "Waiting for the answer to begin",
    "first": "Waiting for the first token",
    "stream": "Streaming the answer",
    "pause": "Pause before the next attempt",
}
_LEAST = 1e-6


@dataclass(frozen=True, slots=True)
class Span:
    """``start`` and ``end`` in seconds after the exchange began."""

    kind: Kind
    start: float
    end: float
    title: str

    @property
    def lasted(self) -> float:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Lane:
    """One line of the timeline: Conduit's own, or one attempt's. ``outcome`` is how the attempt ended."""

    title: str
    spans: tuple[Span, ...]
    outcome: str = ""
    failed: bool = False
    served: bool = False


def lanes(exchange: Exchange) -> tuple[Lane, ...]:
    """Conduit's own lane, then one for each attempt."""
    attempts = exchange.attempts
    own: list[Span] = []
    at = 0.0
    for attempt in attempts:
        kind: Kind = "pause" if attempt.n > 1 else "ours"
        title = TITLES["pause"] if attempt.n > 1 else "Before sending: key, budget, route"
        _add(own, kind, at, attempt.offset, title)
        at = attempt.offset + attempt.duration
    _add(own, "ours", at, exchange.total, "Finishing: cost and log" if attempts else "Answered by Conduit itself")
    last = attempts[-1] if attempts else None
    return (Lane("Conduit", tuple(own)), *(lane_of(attempt, exchange, attempt is last) for attempt in attempts))


def lane_of(attempt: Attempt, exchange: Exchange, last: bool) -> Lane:
    """One attempt's."""
    spans: list[Span] = []
    start = at = attempt.offset
    failed = bool(attempt.cause or attempt.error) or attempt.status is None or attempt.status >= 400
    if attempt.connected is not None and not attempt.reused:
        at = _add(spans, "connect", at, start + attempt.connected, TITLES["connect"])
    if attempt.headers is not None:
        at = _add(spans, "wait", at, start + attempt.headers, TITLES["wait"])
    if attempt.first is not None:
        at = _add(spans, "first", at, start + attempt.first, TITLES["first"])
    end = start + attempt.duration
    if attempt.headers is None and attempt.first is None:
        _add(spans, "wait", at, end, "Waiting, without an answer")
    else:
        read = "Reading the error" if failed and attempt.first is None else "Reading the answer"
        _add(spans, "stream", at, end, TITLES["stream"] if exchange.stream and read.endswith("answer") else read)
    word = look_of(attempt.status).word
    outcome = f"{attempt.status} {word}" if attempt.status is not None else word
    served = last and (not failed or attempt.first is not None)
    return Lane(f"{attempt.n} · {attempt.provider or 'provider'}", tuple(spans), outcome, failed, served)


def _add(spans: list[Span], kind: Kind, start: float, end: float, title: str) -> float:
    """Adds the span where it has a length; gives where the next one begins."""
    if end - start > _LEAST:
        spans.append(Span(kind, start, end, title))
    return max(start, end)


def in_words(exchange: Exchange) -> str:
    """The timeline as sentences, for a screen reader."""
    said = [f"Took {duration(exchange.total)}."]
    for lane in lanes(exchange):
        parts = ", ".join(f"{span.title} {duration(span.lasted)}" for span in lane.spans)
        ended = f" ({lane.outcome})" if lane.outcome else ""
        if parts:
            said.append(f"{lane.title}{ended}: {parts}.")
    return " ".join(said)


def ticks(total: float, most: int = 5) -> tuple[float, ...]:
    """Round points of time along an axis of ``total`` seconds, 0 included."""
    if total <= 0:
        return (0.0,)
    step = 1e-6
    while True:
        for factor in (1, 2, 5):
            if total / (step * factor) <= most:
                wide = step * factor
                return tuple(wide * n for n in range(int(total / wide + 1e-9) + 1))
        step *= 10
