"""Rate limits of a key: requests a minute, tokens a minute, requests at once.

Token buckets that refill continuously. Requests are paid on admission; tokens when they are known, so that the bucket
may go below zero and must recover before the next request. A refused request uses up nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from conduit_desktop.errors import NotAllowed
from conduit_desktop.records import VirtualKey


@dataclass(slots=True)
class _Bucket:
    size: float
    left: float
    at: float

    def refill(self, size: float, now: float) -> None:
        if size != self.size:
            self.left += size - self.size
            self.size = size
        self.left = min(size, self.left + max(now - self.at, 0.0) * size / 60.0)
        self.at = now

    def wait(self, need: float) -> float:
        """Seconds until ``need`` is there."""
        return max(need - self.left, 0.0) * 60.0 / self.size


class Limits:
    """The buckets and counters of every key. Belongs to the gateway's loop; ``now`` is a monotonic clock."""

    def __init__(self) -> None:
        self._requests: dict[str, _Bucket] = {}
        self._tokens: dict[str, _Bucket] = {}
        self._at_once: dict[str, int] = {}

    def admit(self, key: VirtualKey, now: float) -> None:
        """Take a request's share. Raises NotAllowed (429) naming the limit and when to come back."""
        if key.parallel is not None and self._at_once.get(key.id, 0) >= key.parallel:
            raise _limited(key, f"{key.parallel} requests at once", 1.0)
        requests = self._bucket(self._requests, key.id, key.rpm, now)
        tokens = self._bucket(self._tokens, key.id, key.tpm, now)
        if requests is not None and requests.left < 1.0:
            raise _limited(key, f"{key.rpm} requests a minute", requests.wait(1.0))
        if tokens is not None and tokens.left < 1.0:
            raise _limited(key, f"{key.tpm} tokens a minute", tokens.wait(1.0))
        if requests is not None:
            requests.left -= 1.0
        self._at_once[key.id] = self._at_once.get(key.id, 0) + 1

    def release(self, key: VirtualKey, tokens: int, now: float) -> None:
        """Give the place back, on every way out, and charge the tokens that were used."""
        left = self._at_once.get(key.id, 0) - 1
        if left > 0:
            self._at_once[key.id] = left
        else:
            self._at_once.pop(key.id, None)
        bucket = self._bucket(self._tokens, key.id, key.tpm, now)
        if bucket is not None:
            bucket.left -= tokens

    def at_once(self, key_id: str) -> int:
        return self._at_once.get(key_id, 0)

    @staticmethod
    def _bucket(buckets: dict[str, _Bucket], key_id: str, size: int | None, now: float) -> _Bucket | None:
        if size is None:
            return None
        bucket = buckets.get(key_id)
        if bucket is None:
            bucket = buckets[key_id] = _Bucket(size, size, now)
        bucket.refill(size, now)
        return bucket


def _limited(key: VirtualKey, limit: str, wait: float) -> NotAllowed:
    return NotAllowed(
        f"The key {key.name!r} is limited to {limit}.",
        hint=f"Try again in {wait:.1f} s, or raise the limit in the Keys pane.",
        status=429,
        code="rate_limit_exceeded",
        retry_after=wait,
    )
