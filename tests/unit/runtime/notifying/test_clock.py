"""What time brings, over a real store, with a clock set by hand."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from conduit_desktop.records import Telling
from conduit_desktop.runtime.notifying.clock import KEPT, Clock
from conduit_desktop.store import Store
from tests.unit.runtime.notifying.making import KEY, NOON, attempt, exchange

DAY = 86400.0
ZONE = ZoneInfo("Europe/Berlin")


class Looking:
    """A clock over the store whose tellings are written, as the teller would."""

    def __init__(self, store: Store) -> None:
        self.told: list[Telling] = []
        self.store = store
        self.now = NOON
        self.clock = Clock(store, self._tell)

    def _tell(self, telling: Telling) -> None:
        if self.store.notifications.tell(telling, self.now) is not None:
            self.told.append(telling)

    def at(self, now: float) -> list[Telling]:
        self.now, self.told = now, []
        self.clock.look(now)
        return self.told


@pytest.fixture
def looking(store: Store) -> Looking:
    store.settings.put("time_zone", "Europe/Berlin")
    store.settings.put("usage_summary", "off")
    return Looking(store)


# ---------------------------------------------------------------- expiry


def test_an_expiry_is_told_three_times_in_one_notification(looking: Looking, store: Store) -> None:
    end = NOON + 30 * DAY
    store.keys.put(replace(KEY, expires=end))
    seen = [(step, told.severity) for step in range(0, 2 * 40) for told in looking.at(NOON + step * 12 * 3600)]
    assert seen == [(23 * 2, "info"), (29 * 2, "warning"), (30 * 2, "error")]
    assert [each.subject for each in store.notifications.list()] == ["expiry:k1"]


def test_a_new_start_tells_nothing_again(looking: Looking, store: Store) -> None:
    store.keys.put(replace(KEY, expires=NOON + DAY))
    assert len(looking.at(NOON)) == 1
    store.notifications.remove(*[each.id for each in store.notifications.list()])
    assert Looking(store).at(NOON + 60) == []
    assert store.notifications.list() == []  # the user removed it, and it stays removed


def test_a_start_after_the_expiry_tells_the_last_only(looking: Looking, store: Store) -> None:
    store.keys.put(replace(KEY, expires=NOON + 10 * DAY))
    assert [told.severity for told in looking.at(NOON + 11 * DAY)] == ["error"]


def test_extending_settles_it_and_begins_anew(looking: Looking, store: Store) -> None:
    store.keys.put(replace(KEY, expires=NOON + DAY))
    looking.at(NOON)
    store.keys.put(replace(KEY, expires=NOON + 60 * DAY))
    assert [told.title for told in looking.at(NOON + 60)] == ["editor was extended"]
    assert looking.at(NOON + 120) == []
    assert [told.title for told in looking.at(NOON + 54 * DAY)] == ["editor expires in 6 days"]


# ---------------------------------------------------------------- decisions


def test_a_decision_that_nobody_took_is_over(looking: Looking) -> None:
    looking.clock.asked["k1"] = ("editor", NOON + 60)
    assert looking.at(NOON + 60) == []
    assert [told.title for told in looking.at(NOON + 62)] == ["editor waits no longer"]
    assert looking.at(NOON + 120) == []


def test_what_waited_when_an_earlier_run_ended_waits_no_longer(looking: Looking, store: Store) -> None:
    store.notifications.raise_("asked:k1", "budget_asked", "warning", "editor waits for your decision", "", NOON)
    looking.clock.resume()
    assert [told.title for told in looking.told] == ["editor waits no longer"]
    looking.told = []
    looking.clock.resume()
    assert looking.told == []


# ---------------------------------------------------------------- summaries


def spend(store: Store, started: float) -> None:
    done = threading.Event()
    one = exchange(attempt(), id=f"x{started}", started=started, cost=3 * 10**12)
    day = datetime.fromtimestamp(started, ZONE).date().isoformat()
    store.exchanges.append(one, day, None, lambda _: done.set())
    assert done.wait(10)


def local(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp()


def test_a_summary_is_made_once_and_missed_ones_are_made_up_for_once(looking: Looking, store: Store) -> None:
    store.settings.put("usage_summary", "weekly")
    for week in ("2026-03-03 12:00", "2026-03-10 12:00", "2026-03-17 12:00"):
        spend(store, local(week))
    assert looking.at(local("2026-03-09 07:59")) == []
    assert [told.title for told in looking.at(local("2026-03-09 08:00"))] == ["Week of 2 to 8 March: $3.00"]
    assert looking.at(local("2026-03-09 08:01")) == []
    # Two weeks without anything running: one summary, the last.
    again = Looking(store)
    assert [told.title for told in again.at(local("2026-03-25 15:00"))] == ["Week of 16 to 22 March: $3.00"]
    assert Looking(store).at(local("2026-03-25 15:01")) == []
    (one,) = store.notifications.list()
    assert (one.subject, one.count) == ("summary:weekly", 1)


def test_a_week_without_requests_is_not_told_nor_looked_at_again(looking: Looking, store: Store) -> None:
    store.settings.put("usage_summary", "weekly")
    assert looking.at(local("2026-03-09 08:00")) == []
    assert store.notifications.stage("summary:weekly") == "weekly/2026-03-02"


def test_daily_on_request_and_off(looking: Looking, store: Store) -> None:
    spend(store, local("2026-03-08 23:30"))
    assert looking.at(local("2026-03-09 09:00")) == []
    store.settings.put("usage_summary", "daily")
    assert [told.title for told in looking.at(local("2026-03-09 09:01"))] == ["Sunday 8 March: $3.00"]


# ---------------------------------------------------------------- old ones


def test_old_notifications_go(looking: Looking, store: Store) -> None:
    store.notifications.raise_("old", "refused", "info", "t", "", NOON - KEPT - 1)
    store.notifications.raise_("new", "refused", "info", "t", "", NOON - KEPT + 60)
    looking.at(NOON)
    assert [each.subject for each in store.notifications.list()] == ["new"]
