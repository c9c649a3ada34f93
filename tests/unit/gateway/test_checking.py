"""When the background check asks whom: once an interval at any moment, soon after sleep, never for what was missed."""

from __future__ import annotations

from random import Random

import pytest

from conduit_desktop.gateway.checking import ASLEEP, FIRST_WITHIN, SETTLE, SOON, SPREAD, TICK, Line, Schedule

INTERVAL = 600.0
LINES = [Line(f"p{n}", f"k{n}", None, "http://127.0.0.1/v1") for n in range(50)]


class Machine:
    """Runs a schedule with clocks of its own; a check takes no time."""

    def __init__(self, seed: int = 1) -> None:
        self.schedule = Schedule(Random(seed))
        self.now, self.wall = 1000.0, 1_700_000_000.0
        self.asked: list[tuple[float, Line]] = []
        self.away: dict[Line, float] = {}
        self.lines = LINES

    def run(self, seconds: float) -> None:
        end = self.now + seconds
        while self.now < end:
            self.schedule.keep(self.lines, INTERVAL, self.now)
            self.schedule.look(self.now, self.wall)
            for line in self.schedule.due(self.now, self.away):
                self.asked.append((self.now, line))
                self.schedule.done(line, self.now)
            step = max(0.001, min(self.schedule.next_in(self.now, self.away), end - self.now))
            self.now += step
            self.wall += step

    def sleep(self, seconds: float, *, monotonic_goes_on: bool = False) -> None:
        """Suspended: Linux's and macOS' monotonic clocks stand still meanwhile, others may go on."""
        self.wall += seconds
        self.now += seconds if monotonic_goes_on else 0.0

    def times(self, line: Line) -> list[float]:
        return [at for at, each in self.asked if each == line]


def test_each_is_asked_once_an_interval_at_any_moment() -> None:
    machine = Machine()
    machine.run(FIRST_WITHIN)
    assert len(machine.asked) == len(LINES), "once soon after the start, spread"
    assert max(machine.times(LINES[0])) <= 1000.0 + FIRST_WITHIN
    machine.run(10 * INTERVAL)
    for line in LINES:
        times = machine.times(line)
        assert 10 <= len(times) <= 12
        slots = [int((at - 1000.0) // INTERVAL) for at in times[1:]]
        assert len(slots) == len(set(slots)), "never twice in one interval"
    first_slot = [at for at, _ in machine.asked if 1000.0 + INTERVAL <= at < 1000.0 + 2 * INTERVAL]
    parts = [
        sum(1 for at in first_slot if int((at - 1000.0 - INTERVAL) // (INTERVAL / 4)) == part) for part in range(4)
    ]
    assert min(parts) >= 5, f"spread over the whole interval, not {parts}"


@pytest.mark.parametrize("monotonic_goes_on", [False, True])
def test_what_was_missed_asleep_is_not_made_up_for(monotonic_goes_on: bool) -> None:
    machine = Machine()
    machine.run(2 * INTERVAL)
    machine.sleep(8 * 3600, monotonic_goes_on=monotonic_goes_on)
    woke, before = machine.now, len(machine.asked)
    machine.run(SETTLE + SPREAD + 1)
    fresh = machine.asked[before:]
    assert sorted(line for _, line in fresh) == sorted(LINES), "everybody once, soon"
    assert min(at for at, _ in fresh) >= woke + SETTLE, "not before the network is back"
    assert len({round(at, 1) for at, _ in fresh}) > 30, "spread"
    machine.run(INTERVAL - SPREAD)
    assert len(machine.asked) - before <= 2 * len(LINES)
    assert machine.schedule.woken == 1


def test_a_nap_shorter_than_a_tick_or_a_clock_set_back_is_no_sleep() -> None:
    machine = Machine()
    machine.run(INTERVAL)
    machine.sleep(ASLEEP / 2)
    machine.run(2 * TICK)
    machine.wall -= 7200
    machine.run(2 * TICK)
    assert machine.schedule.woken == 0


def test_one_that_is_kept_away_from_is_asked_when_it_would_be_tried_again_but_not_all_the_time() -> None:
    machine = Machine()
    machine.run(FIRST_WITHIN)
    line = LINES[7]
    machine.away = {line: machine.now + 5.0}
    began, before = machine.now, len(machine.times(line))
    machine.run(300)
    times = machine.times(line)[before:]
    assert times[0] >= began + 5.0
    assert 300 / (SOON + 5.0) - 1 <= len(times) <= 300 / SOON + 1
    machine.away = {line: float("inf")}
    before = len(machine.times(line))
    machine.run(300)
    assert len(machine.times(line)) - before <= 1, "a rejected key has its usual turn"


def test_who_is_gone_is_not_asked_and_who_is_new_is_asked_soon() -> None:
    machine = Machine()
    machine.run(FIRST_WITHIN)
    machine.lines = [LINES[0], Line("new", "new", None, "http://127.0.0.1/v1")]
    before = len(machine.asked)
    machine.run(FIRST_WITHIN)
    assert machine.lines[1] in [line for _, line in machine.asked[before:]]
    machine.run(3 * INTERVAL)
    assert {line for _, line in machine.asked[before:]} <= set(machine.lines)


def test_a_check_that_takes_long_is_not_begun_again() -> None:
    schedule = Schedule(Random(1))
    schedule.keep(LINES[:1], INTERVAL, 0.0)
    assert schedule.due(FIRST_WITHIN, {}) == LINES[:1]
    assert schedule.due(10 * INTERVAL, {LINES[0]: 0.0}) == []
    schedule.done(LINES[0], 10 * INTERVAL)
    assert schedule.due(10 * INTERVAL, {}) == []
    assert schedule.next_in(10 * INTERVAL, {}) <= TICK


def test_another_interval_holds_from_now_on() -> None:
    schedule = Schedule(Random(1))
    schedule.keep(LINES, 86_400.0, 0.0)
    schedule.due(FIRST_WITHIN, {})
    schedule.keep(LINES, 60.0, FIRST_WITHIN)
    assert len(schedule.due(FIRST_WITHIN + 60.0, {})) == len(LINES)
