"""How each deployment did lately, counted from the log's attempts.

Attempts are stored within their exchanges, so nothing sums them up on disk. They are read here in bounded pieces, the
newest first: what came since the last look, then a piece more of the past, until the span is whole. So no look takes
long however long the log is, and ``since`` says what the figures cover. Blocking: for worker threads.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from conduit_desktop.store import Store
from conduit_desktop.store.tries import Stretch, Try

PIECE = 2_500
"""Exchanges read in one look."""
SLOT = 600
"""Seconds that are counted together."""


@dataclass(frozen=True, slots=True)
class DeploymentNumbers:
    """Calls to a deployment that began at ``since`` or later. ``cost`` (picodollars) leaves out the ``unpriced`` ones;
    ``ttft`` (seconds) and ``speed`` (tokens a second after the first) are means, None where none is known."""

    requests: int = 0
    errors: int = 0
    cost: int = 0
    unpriced: int = 0
    ttft: float | None = None
    speed: float | None = None
    since: float = 0.0


class _Sum:
    __slots__ = ("cost", "errors", "firsts", "requests", "speeds", "tokens", "ttft", "unpriced")

    def __init__(self) -> None:
        self.requests = self.errors = self.cost = self.unpriced = self.firsts = self.speeds = 0
        self.ttft = self.tokens = 0.0

    def count(self, each: Try) -> None:
        self.requests += 1
        self.errors += each.failed
        if each.cost is not None:
            self.cost += each.cost
        elif not each.failed:
            self.unpriced += 1
        if each.ttft is not None:
            self.ttft += each.ttft
            self.firsts += 1
        if each.speed is not None:
            self.tokens += each.speed
            self.speeds += 1

    def add(self, other: _Sum) -> None:
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def numbers(self, since: float) -> DeploymentNumbers:
        return DeploymentNumbers(
            self.requests,
            self.errors,
            self.cost,
            self.unpriced,
            self.ttft / self.firsts if self.firsts else None,
            self.tokens / self.speeds if self.speeds else None,
            since,
        )


class Figures:
    """What was read so far, a sum for each deployment and slot."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._begin()

    def forget(self) -> None:
        """Have all of it read anew, for example because history was priced anew. May be called from any thread."""
        self._stale = True

    def _begin(self) -> None:
        self._stale = False
        self._sums: dict[tuple[str, int], _Sum] = {}
        self._low = self._high = 0  # the numbers between which everything was read
        self._since = float("inf")
        self._floor = 0.0  # what began before was let go of

    def of(self, since: float) -> dict[str, DeploymentNumbers]:
        """Each deployment's numbers since then, or since as far back as was read yet."""
        with self._lock:
            since = since // SLOT * SLOT
            if self._stale or since < self._floor:
                self._begin()
            self._go_on(since)
            return self._summed(since, max(since, self._since) if self._low > 1 else since)

    def _go_on(self, since: float) -> None:
        newest, left = self._store.exchanges.newest(), PIECE
        if newest < self._high:  # another log, or an emptied one
            self._begin()
        if newest > self._high:
            fresh = self._store.exchanges.tries(self._high, newest + 1, left)
            if fresh is not None:
                left -= fresh.rows
                if not self._high or fresh.rows == PIECE:  # more came than is read at once: begin again from here
                    self._begin()
                    self._low, self._since = fresh.low, fresh.since
                self._high = newest
                self._take(fresh)
        if left and self._low > 1 and self._since >= since:
            older = self._store.exchanges.tries(0, self._low, left)
            self._low = older.low if older is not None else 1
            if older is not None:
                self._since = older.since
                self._take(older)
        self._floor = since
        for place in [place for place in self._sums if place[1] * SLOT < since]:
            del self._sums[place]

    def _take(self, stretch: Stretch) -> None:
        for each in stretch.tries:
            place = each.deployment_id, int(each.started // SLOT)
            there = self._sums.get(place)
            if there is None:
                there = self._sums[place] = _Sum()
            there.count(each)

    def _summed(self, since: float, covered: float) -> dict[str, DeploymentNumbers]:
        totals: dict[str, _Sum] = {}
        for (deployment, _slot), part in self._sums.items():
            totals.setdefault(deployment, _Sum()).add(part)
        return {deployment: total.numbers(covered) for deployment, total in totals.items()}
