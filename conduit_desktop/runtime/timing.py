"""How quick a span's answers were, as a whole, per bar and per group: percentiles of those that the log still has.

Of up to ``EXACT`` exchanges every one is looked at; of more, a sample spread evenly over them. A group too rare to be
told by that sample is looked at by itself.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from conduit_desktop.records import ExchangeFilter, Percentiles, Timing
from conduit_desktop.store import Store
from conduit_desktop.store.overview import percentile
from conduit_desktop.store.usage import Counts, Split, Times

EXACT = 2_000
SAMPLE = 1_500
ENOUGH = 60
"""Answers in the sample that tell a group's timing; for fewer, ``RARE`` of the group are looked for."""
RARE = 80


@dataclass(frozen=True, slots=True)
class Look:
    """What was looked at."""

    times: Sequence[Times] = ()
    sampled: bool = False

    def timing(self) -> Timing:
        return Timing(
            ttft=_percentiles(each.ttft for each in self.times),
            total=_percentiles(each.total for each in self.times),
            speed=_percentiles(each.speed for each in self.times),
            sampled=self.sampled,
        )

    def by_bar(self, marks: Sequence[int]) -> list[Timing]:
        """The timing in each bar between ``marks``."""
        return [Look(part, self.sampled).timing() for part in self._parts(marks)]

    def _parts(self, marks: Sequence[int]) -> list[list[Times]]:
        parts: list[list[Times]] = [[] for _ in marks[1:]]
        for each in self.times:
            parts[bisect_right(marks, each.started) - 1].append(each)
        return parts


def look(
    store: Store, span: tuple[int, int], counts: Counts, wanted: ExchangeFilter, by: Split | None, most: int = SAMPLE
) -> Look:
    """Look at what ``counts`` counted from ``span[0]`` until ``span[1]``."""
    requests = sum(numbers[0] for numbers in counts.values())
    if not requests:
        return Look()
    within = min(numbers[-2] for numbers in counts.values()), max(numbers[-1] for numbers in counts.values())
    sampled = requests > max(EXACT, most)
    wanted = replace(wanted, since=span[0], until=span[1])
    times = store.exchanges.times(wanted, by, within, requests, most if sampled else requests)
    return Look(times, sampled)


def _percentiles(values: Iterable[float | None]) -> Percentiles:
    ordered = sorted(value for value in values if value is not None)
    return Percentiles(p50=percentile(ordered, 50), p95=percentile(ordered, 95), p99=percentile(ordered, 99))
