"""Which deployment has which fault, for how long, and how often it is played."""

from __future__ import annotations

from random import Random

from conduit_desktop.gateway.send.faults import FAULTS, FaultLab, LabFault, LabState


class Lab(FaultLab):
    def __init__(self) -> None:
        self.changes = 0
        super().__init__(Random(1), self._count)

    def _count(self) -> None:
        self.changes += 1


def test_a_fault_stays_until_it_is_switched_off() -> None:
    lab = Lab()
    fault = LabFault("server_error")
    lab.put("d", fault)
    assert [lab.take("d") for _ in range(3)] == [fault] * 3
    assert lab.take("other") is None
    assert lab.active == {"d": LabState(fault, met=3)}
    lab.put("d", None)
    assert (lab.take("d"), lab.active, lab.changes) == (None, {}, 5)


def test_a_fault_for_some_calls_counts_down() -> None:
    lab = Lab()
    lab.put("d", LabFault("cut", requests=2))
    first = lab.take("d")
    assert lab.active["d"] == LabState(LabFault("cut", requests=1), met=1)
    assert first == LabFault("cut", requests=2)
    assert lab.take("d") is not None
    assert lab.take("d") is None
    assert lab.active == {}


def test_switching_off_what_is_not_on_is_no_change() -> None:
    lab = Lab()
    lab.put("d", None)
    assert lab.changes == 0


def test_a_chance_is_kept_to() -> None:
    lab = Lab()
    lab.put("d", LabFault("reset", chance=0.25))
    met = sum(lab.take("d") is not None for _ in range(10_000))
    assert 2350 < met < 2650
    assert lab.active["d"].met == met


def test_every_fault_says_what_the_tool_meets() -> None:
    assert all(row.name and row.meets and (row.usual > 0) == bool(row.seconds) for row in FAULTS.values())
