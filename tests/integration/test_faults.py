"""Small forms of ``tests/faults``: what real SDKs get of each fault, the sixteen of the public yardstick, clients that
hang up, everything at once, an outage that passes."""

from __future__ import annotations

import pytest

from conduit_desktop.gateway.route import circuit
from tests.faults import bench, hangups, mixed, recovery, sixteen
from tests.faults.wall import Times

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]
SHORT = Times(
    slow=8.0,
    stall=1.6,
    silence=4.0,
    down=3.0,
    token=0.001,
    first_token=0.8,
    idle=0.8,
    sequence=(9, 0.5),
    back_within=2.0,
)


async def test_every_fault_by_real_clients() -> None:
    """Each fault, streamed and not, alone and beside one that is well, in one pair of dialects each."""
    todo = bench.cases(pairs=1)
    assert len(todo) > 200
    await bench.run(todo)
    assert [f"{case.title}: {'; '.join(case.problems)}" for case in todo if case.problems] == []


async def test_the_sixteen_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(circuit, "FIRST_COOLDOWN", 0.4)
    monkeypatch.setattr(circuit, "LONGEST_COOLDOWN", 1.2)
    results = await sixteen.measure(SHORT)
    assert len(results) == 16
    assert [(result.scenario.id, *result.verdict) for result in results if result.verdict[0] != "pass"] == []


async def test_hang_ups_leave_nothing() -> None:
    report = await hangups.run(60, at_once=8, warm=20)
    assert len(report.closed) > 20
    assert report.problems == []


async def test_everything_at_once() -> None:
    report = await mixed.run(8.0, workers=8)
    assert report.calls["whole"] > 50
    assert report.problems == []


async def test_an_outage_passes() -> None:
    courses = await recovery.all_courses(down=3.0, up=3.0)
    assert {(each.outage, each.alone): each.problems() for each in courses if each.problems()} == {}
