"""Rate limits of a key: requests a minute, tokens a minute, requests at once.

Token buckets that refill continuously. A request takes its place and the tokens that it may need when it is admitted,
and gives back what it did not use when it ends. As with budgets, whoever asks one after the other is refused only when
nothing is left, and whoever asks in parallel takes at most one request too much. A refused request uses up nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from conduit_desktop.errors import NotAllowed
from conduit_desktop.gateway.exchange import Left, Place, Standing
from conduit_desktop.records import VirtualKey


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


class Limits:
    """The buckets and counters of every key. Belongs to the gateway's loop; ``now`` is a monotonic clock."""

    def __init__(self) -> None:
        self._requests: dict[str, _Bucket] = {}
        self._tokens: dict[str, _Bucket] = {}
        self._at_once: dict[str, int] = {}

    def admit(self, key: VirtualKey, expected: int, now: float) -> Place:
        """Take a request's place, and of the tokens as many as it is ``expected`` to use. Raises NotAllowed (429)
        naming the limit and when to come back."""
        if key.parallel is not None and self._at_once.get(key.id, 0) >= key.parallel:
            raise _limited(key, f"{key.parallel} requests at once", f"{key.parallel} are in work", 1.0)
        requests = _bucket(self._requests, key.id, key.rpm, now)
        tokens = _bucket(self._tokens, key.id, key.tpm, now)
        if requests is not None and requests.left < 1.0:
            raise _limited(key, f"{key.rpm} requests a minute", "none is left", requests.wait(1.0))
        held = 0
        if tokens is not None:
            need = float(min(expected, int(tokens.size)))
            if tokens.left < max(need, 1.0) and (tokens.held or tokens.left < 1.0):
                left = f"{max(int(tokens.left), 0)} are left"
                raise _limited(key, f"{key.tpm} tokens a minute", left, tokens.wait(max(need, 1.0)))
            held = int(need)
            tokens.left -= held
            tokens.held += held
        if requests is not None:
            requests.left -= 1.0
        self._at_once[key.id] = self._at_once.get(key.id, 0) + 1
        return Place(held)

    def release(self, key: VirtualKey, place: Place, used: int, now: float) -> None:
        """Give the place back, on every way out, and charge the tokens that were used."""
        left = self._at_once.get(key.id, 0) - 1
        if left > 0:
            self._at_once[key.id] = left
        else:
            self._at_once.pop(key.id, None)
        bucket = self._tokens.get(key.id)
        if bucket is not None:
            bucket.held = max(bucket.held - place.tokens, 0)
            bucket.left += place.tokens - used
            bucket.refill(bucket.size, now)

    def standing(self, key: VirtualKey, now: float) -> Standing:
        """How the key's limits stand, for the headers of an answer."""
        requests = _bucket(self._requests, key.id, key.rpm, now)
        tokens = _bucket(self._tokens, key.id, key.tpm, now)
        return Standing(requests.standing() if requests else None, tokens.standing() if tokens else None)

    def at_once(self, key_id: str) -> int:
        return self._at_once.get(key_id, 0)


def _bucket(buckets: dict[str, _Bucket], key_id: str, size: int | None, now: float) -> _Bucket | None:
    if size is None:
        return None
    bucket = buckets.get(key_id)
    if bucket is None:
        bucket = buckets[key_id] = _Bucket(size, size, now)
    bucket.refill(size, now)
    return bucket


def _limited(key: VirtualKey, limit: str, left: str, wait: float) -> NotAllowed:
    return NotAllowed(
        f"The key {key.name!r} is limited to {limit}; {left}.",
        hint=f"Try again in {wait:.1f} s, or raise the limit in the Keys pane.",
        status=429,
        code="rate_limit_exceeded",
        retry_after=wait,
    )
