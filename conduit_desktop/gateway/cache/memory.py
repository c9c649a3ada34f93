"""What was used last, within a number of bytes: answers in memory, and the index of what is on disk."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

T = TypeVar("T")


class Lately(Generic[T]):
    """Things by digest, each of a size; those not used for longest leave first."""

    def __init__(self, most_bytes: int, most: int = 1 << 62) -> None:
        self.most_bytes = most_bytes
        self._most = most
        self._things: OrderedDict[bytes, tuple[T, int]] = OrderedDict()
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._things)

    def __contains__(self, digest: bytes) -> bool:
        return digest in self._things

    def get(self, digest: bytes) -> T | None:
        """The thing, which counts as used now."""
        found = self._things.get(digest)
        if found is None:
            return None
        self._things.move_to_end(digest)
        return found[0]

    def put(self, digest: bytes, thing: T, size: int) -> list[bytes]:
        """Keep it; what has left for it."""
        self.pop(digest)
        self._things[digest] = (thing, size)
        self.bytes += size
        return self.fit()

    def pop(self, digest: bytes) -> None:
        found = self._things.pop(digest, None)
        if found is not None:
            self.bytes -= found[1]

    def fit(self) -> list[bytes]:
        """Let go of what is too much; what that was."""
        gone = []
        while self._things and (self.bytes > self.most_bytes or len(self._things) > self._most):
            digest, (_, size) = self._things.popitem(last=False)
            self.bytes -= size
            gone.append(digest)
        return gone

    def clear(self) -> None:
        self._things.clear()
        self.bytes = 0
