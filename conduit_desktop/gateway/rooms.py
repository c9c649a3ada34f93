"""Limits on what is in work: requests a minute, tokens a minute, requests at once; of a key, and of a deployment.

Token buckets that refill continuously. A request takes its place and the tokens that it may need when it begins, and
gives back what it did not use when it ends. As with budgets, whoever asks one after the other is refused only when
nothing is left, and whoever asks in parallel takes at most one request too much. A refused request uses up nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

from conduit_desktop.gateway.exchange import Left, Place, Standing

SHORTLY = 1.0
"""Seconds after which to come back where nobody knows when there is room."""


class Limited(Protocol):
    """What has limits; None for none."""

    @property
    def id(self) -> str: ...
    @property
    def rpm(self) -> int | None: ...
    @property
    def tpm(self) -> int | None: ...
    @property
    def parallel(self) -> int | None: ...


class Full(NamedTuple):
    """Which limit leaves no room: it and what is left of it in words, and in how many seconds there is room again."""

    limit: str
    left: str
    wait: float


@dataclass(slots=True)
class _Bucket:
    size: float
    left: float
    at: float
    held: int = 0
    """Of what is gone: set aside by requests in work."""

    def refill(self, size: float, now: float) -> None:
        if size != self.size:
            self.left += size - self.size
            self.size = size
        self.left = min(size - self.held, self.left + max(now - self.at, 0.0) * size / 60.0)
        self.at = now

    def wait(self, need: float) -> float:
        """Seconds until ``need`` is there."""
        return max(need - self.left, 0.0) * 60.0 / self.size

    def standing(self) -> Left:
        left = max(int(self.left), 0)
        return Left(int(self.size), left, (self.size - self.left) * 60.0 / self.size)


class Rooms:
    """The buckets and counters of everything that has limits. Belongs to the gateway's loop; ``now`` is a monotonic
    clock."""

    def __init__(self) -> None:
        self._requests: dict[str, _Bucket] = {}
        self._tokens: dict[str, _Bucket] = {}
        self._at_once: dict[str, int] = {}

    def full(self, of: Limited, expected: int, now: float) -> Full | None:
        """The limit that leaves no room for a request that may use ``expected`` tokens; None where there is room."""
        if of.parallel is not None and self._at_once.get(of.id, 0) >= of.parallel:
            return Full(
                f"{_counted(of.parallel)} at once",
                f"{of.parallel} {'is' if of.parallel == 1 else 'are'} in work",
                SHORTLY,
            )
        if of.rpm is not None:
            requests = _bucket(self._requests, of.id, of.rpm, now)
            if requests.left < 1.0:
                return Full(f"{_counted(of.rpm)} a minute", "none is left", requests.wait(1.0))
        if of.tpm is not None:
            tokens = _bucket(self._tokens, of.id, of.tpm, now)
            need = max(min(expected, int(tokens.size)), 1)
            if tokens.left < need and (tokens.held or tokens.left < 1.0):
                return Full(f"{of.tpm} tokens a minute", f"{max(int(tokens.left), 0)} are left", tokens.wait(need))
        return None

    def take(self, of: Limited, expected: int, now: float) -> Place:
        """Take a request's place, and of the tokens as many as it is ``expected`` to use."""
        held = 0
        if of.tpm is not None:
            tokens = _bucket(self._tokens, of.id, of.tpm, now)
            held = min(expected, int(tokens.size))
            tokens.left -= held
            tokens.held += held
        if of.rpm is not None:
            _bucket(self._requests, of.id, of.rpm, now).left -= 1.0
        self._at_once[of.id] = self._at_once.get(of.id, 0) + 1
        return Place(held)

    def release(self, of: Limited, place: Place, used: int, now: float) -> None:
        """Give the place back, on every way out, and charge the tokens that were used."""
        left = self._at_once.get(of.id, 0) - 1
        if left > 0:
            self._at_once[of.id] = left
        else:
            self._at_once.pop(of.id, None)
        bucket = self._tokens.get(of.id)
        if bucket is not None:
            bucket.held = max(bucket.held - place.tokens, 0)
            bucket.left += place.tokens - used
            bucket.refill(bucket.size, now)

    def standing(self, of: Limited, now: float) -> Standing:
        """How the limits by the minute stand."""
        requests = None if of.rpm is None else _bucket(self._requests, of.id, of.rpm, now).standing()
        tokens = None if of.tpm is None else _bucket(self._tokens, of.id, of.tpm, now).standing()
        return Standing(requests, tokens)

    def at_once(self, subject: str) -> int:
        return self._at_once.get(subject, 0)


def _counted(requests: int) -> str:
    return "1 request" if requests == 1 else f"{requests} requests"


def _bucket(buckets: dict[str, _Bucket], subject: str, size: int, now: float) -> _Bucket:
    bucket = buckets.get(subject)
    if bucket is None:
        bucket = buckets[subject] = _Bucket(size, size, now)
    bucket.refill(size, now)
    return bucket
