"""From the bus into the store, on the notifying loop, with a clock set by hand."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from conduit_desktop.bus import (
    BudgetAsked,
    BudgetCrossed,
    Bus,
    ExchangeFinished,
    ExchangeLost,
    HealthChanged,
    Notice,
    Notified,
)
from conduit_desktop.paths import Home
from conduit_desktop.records import Exchange, HealthEvent, HealthState, Telling
from conduit_desktop.runtime import providers
from conduit_desktop.runtime.notifying.notices import MOST_WAITING, Notices
from conduit_desktop.store import Store
from conduit_desktop.vault import MemoryVault
from tests.unit.runtime.notifying.conftest import Hands
from tests.unit.runtime.notifying.making import KEY, NOON, USD, attempt, exchange, refused

GOOD = exchange(attempt())
DOWN = exchange(attempt(cause="refused", status=None), status=502)


class Desk:
    """A store, a bus and what hears it; ``restart`` is another run on the same store."""

    def __init__(self, store: Store, hands: Hands) -> None:
        self.store, self.hands = store, hands
        store.settings.put("usage_summary", "off")
        self.begin()

    def begin(self) -> None:
        self.bus = Bus()
        self.told: list[Notified] = []
        self.bus.subscribe(self._note, Notified)
        self.notices = Notices(self.store, MemoryVault(), self.bus, now=self.hands, gather=0.0)
        self.notices.start()

    def _note(self, notice: Notice) -> None:
        assert isinstance(notice, Notified)
        self.told.append(notice)

    async def hear(self, *notices: Notice) -> list[str]:
        """The titles that are written for them."""
        before = len(self.told)
        for notice in notices:
            self.bus.publish(notice)
        await self.notices.settle()
        return [each.notification.title for each in self.told[before:]]

    async def restart(self) -> None:
        await asyncio.to_thread(self.notices.close)
        self.begin()
        await self.notices.settle()


@pytest.fixture
async def desk(store: Store, hands: Hands) -> AsyncIterator[Desk]:
    made = Desk(store, hands)
    await made.notices.settle()
    yield made
    await asyncio.to_thread(made.notices.close)


def crossed(percent: int) -> BudgetCrossed:
    return BudgetCrossed(KEY, percent, percent * USD // 20, NOON + 86400)


async def test_a_budget_is_one_notification_from_threshold_to_threshold(desk: Desk) -> None:
    for percent in (50, 80, 95, 100):
        desk.hands.now += 61
        assert len(await desk.hear(crossed(percent))) == 1
    (one,) = desk.store.notifications.list()
    assert (one.severity, one.count, one.action, one.target) == ("error", 4, "raise_budget", "k1")


async def test_a_gateway_that_starts_again_crosses_nothing_anew(desk: Desk) -> None:
    await desk.hear(crossed(80))
    desk.store.notifications.mark_read()
    await desk.restart()
    desk.hands.now += 61
    assert await desk.hear(crossed(50), crossed(80)) == []
    assert desk.store.notifications.unread() == 0
    assert await desk.hear(crossed(95)) == ["editor has used 95 % of its budget"]


async def test_a_refused_request_goes_on_in_the_same_notification(desk: Desk) -> None:
    await desk.hear(crossed(100))
    desk.hands.now += 61
    await desk.hear(ExchangeFinished(refused(402, "budget_exceeded", error="It resets on Monday.")))
    (one,) = desk.store.notifications.list()
    assert (one.subject, one.count, one.text) == ("budget:k1", 2, "It resets on Monday.")


async def test_a_decision_is_asked_for_and_ends(desk: Desk) -> None:
    assert await desk.hear(BudgetAsked(KEY, 5 * USD, NOON + 60)) == ["editor waits for your decision"]
    desk.hands.now += 122
    assert await desk.hear() == ["editor waits no longer"]


async def test_a_decision_is_not_waited_for_after_a_restart(desk: Desk) -> None:
    await desk.hear(BudgetAsked(KEY, 5 * USD, NOON + 6000))
    await desk.restart()
    (one,) = desk.store.notifications.list()
    assert (one.title, one.action) == ("editor waits no longer", "")


@pytest.mark.parametrize("failed", [DOWN, exchange(attempt(), cost=None), refused(402, "budget_exceeded")])
async def test_a_good_request_concerns_nobody_once_what_came_before_is_told(desk: Desk, failed: Exchange) -> None:
    assert desk.bus.follows(failed)
    assert desk.bus.follows(GOOD), "it may settle what is not told yet"
    await desk.hear(ExchangeFinished(failed), ExchangeFinished(exchange(attempt())))
    assert not desk.bus.follows(GOOD)


async def test_down_before_a_restart_is_up_after_it(desk: Desk) -> None:
    await desk.hear(ExchangeFinished(DOWN))
    await desk.restart()
    desk.hands.now += 61
    assert await desk.hear(ExchangeFinished(exchange(attempt()))) == ["one answers again"]


async def test_a_good_test_settles_at_once_what_the_gateway_took_back_before(desk: Desk) -> None:
    """The gateway's own word comes first or second, as it happens; by itself it may wait a minute to be told."""
    provider = providers.add(desk.store, MemoryVault(), "one", "openai", base_url="", secret="sk-one-0123456789")

    def event(state: HealthState) -> HealthChanged:
        return HealthChanged(HealthEvent(at=NOON, kind="credential", subject=provider.id, name="one", state=state))

    assert await desk.hear(event("rejected")) == ["one rejects its key"]
    assert await desk.hear(event("closed")) == []
    await desk.notices.do(desk.notices.answers(provider.id, "one"))
    told = desk.store.notifications.about(f"credential:{provider.id}")
    assert told is not None
    assert (told.severity, told.title) == ("info", "one takes its key again")


async def test_an_unpriced_model_that_was_removed_from_the_list_stays_removed(desk: Desk) -> None:
    unpriced = ExchangeFinished(exchange(attempt(), cost=None))
    assert len(await desk.hear(unpriced)) == 1
    desk.store.notifications.remove(desk.store.notifications.list()[0].id)
    await desk.restart()
    desk.hands.now += 61
    assert await desk.hear(unpriced) == []


async def test_a_flood_is_one_write_a_minute_and_counted(desk: Desk) -> None:
    titles = []
    for _ in range(10):
        titles += await desk.hear(*[ExchangeFinished(DOWN)] * 100)
    assert len(titles) == 1
    desk.hands.now += 61
    assert len(await desk.hear()) == 1
    assert desk.store.notifications.list()[0].count == 1000


async def test_a_log_that_cannot_be_written(desk: Desk) -> None:
    assert await desk.hear(ExchangeLost("disk full")) == ["The log cannot be written"]
    assert "disk full" in desk.store.notifications.list()[0].text


async def test_what_was_told_before_the_start_and_what_waits_at_the_end_is_written(store: Store, hands: Hands) -> None:
    store.settings.put("usage_summary", "off")
    notices = Notices(store, MemoryVault(), Bus(), now=hands)
    notices.tell(Telling(subject="a", kind="port_taken", severity="warning", title="before", text=""))
    notices.start()
    await notices.settle()
    assert [each.title for each in store.notifications.list()] == ["before"]
    notices.tell(Telling(subject="a", kind="port_taken", severity="warning", title="after", text=""))
    await asyncio.to_thread(notices.close)
    assert [each.title for each in store.notifications.list()] == ["after"]


async def test_never_started_it_has_no_thread_and_loses_nothing(store: Store) -> None:
    before = threading.active_count()
    notices = Notices(store, MemoryVault(), Bus())
    notices.tell(Telling(subject="a", kind="port_taken", severity="warning", title="t", text=""))
    assert threading.active_count() == before
    notices.close()
    assert len(store.notifications.list()) == 1


def test_what_waits_is_bounded_and_good_requests_do_not_wait_at_all(store: Store) -> None:
    bus = Bus()
    notices = Notices(store, MemoryVault(), bus)
    for _ in range(1000):
        bus.publish(ExchangeFinished(exchange(attempt())))
    assert len(notices._inbox) == 0
    for _ in range(2 * MOST_WAITING):
        bus.publish(ExchangeFinished(DOWN))
    assert len(notices._inbox) == MOST_WAITING
    notices.close()
    assert store.notifications.list()[0].count == MOST_WAITING


async def test_a_broken_notice_stops_nothing(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    broken = replace(crossed(80), resets="no number")  # type: ignore[arg-type]
    desk.bus.publish(broken)
    with contextlib.suppress(Exception):
        await desk.notices.settle()
    assert await desk.hear(crossed(95)) == ["editor has used 95 % of its budget"]


def test_a_home_opens_with_what_was_told(tmp_path: Path) -> None:
    with contextlib.closing(Store.open(Home(tmp_path))) as store:
        store.notifications.set_stage("summary:weekly", "weekly/2026-03-02")
    with contextlib.closing(Store.open(Home(tmp_path))) as store:
        assert store.notifications.stage("summary:weekly") == "weekly/2026-03-02"
        store.notifications.set_stage("summary:weekly", "")
        assert store.notifications.stage("summary:weekly") == ""
