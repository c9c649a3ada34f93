"""Spend counters, notifications, captured bodies."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conduit_desktop.records import Spend, Telling
from conduit_desktop.store import Store
from tests.unit.store.samples import CAPTURE, EXCHANGE, NOON, NOTICE, Append, appender, exchange

# ---------------------------------------------------------------- spend


def test_counters_add_up(store: Store, append: Append) -> None:
    append([exchange(1), exchange(2, status=500, cost=None, usage=None)], day="2026-03-01")
    append([exchange(3), exchange(4, key_id=None, key="")], day="2026-03-01")
    append([exchange(5, model="slow")], day="2026-03-02")
    both = {"key_id": "key1", "provider": "OpenAI"}
    assert store.spend.rows() == [
        Spend(day="2026-03-01", key_id="", model="fast", provider="OpenAI", requests=1, input=10, output=2, cost=7),
        Spend(day="2026-03-01", model="fast", requests=3, errors=1, input=20, output=4, cost=14, unpriced=1, **both),
        Spend(day="2026-03-02", model="slow", requests=1, input=10, output=2, cost=7, **both),
    ]
    assert store.spend.per_key() == {"key1": 21, "": 7}
    assert store.spend.per_key("2026-03-02") == {"key1": 7}
    assert len(store.spend.rows("2026-03-01", "2026-03-01")) == 2
    assert store.spend.rows("2026-03-03") == []
    assert {
        (each.key_id, each.model): (each.day, each.cost) for each in store.spend.sums("2026-03-01", "2026-03-02")
    } == {
        ("", "fast"): ("2026-03-01", 7),
        ("key1", "fast"): ("2026-03-01", 14),
        ("key1", "slow"): ("2026-03-01", 7),
    }
    assert store.spend.of_keys()["key1"] == (21, 4, 1, 1)
    assert store.spend.by_day("2026-03-02") == {"key1": {"2026-03-02": 7}}


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "b"]), st.sampled_from(["m", "n"]), st.none() | st.integers(0, 10**15)),
        max_size=30,
    )
)
def test_spend_is_the_sum_of_the_log(store: Store, calls: list[tuple[str, str, int | None]]) -> None:
    before = Counter(store.spend.per_key())
    start = store.exchanges.count(most=10**6)
    given = [
        exchange(start + place, key_id=key, model=model, cost=cost) for place, (key, model, cost) in enumerate(calls)
    ]
    appender(store)(given)
    for each in given:
        before[each.key_id or ""] += each.cost or 0
    assert Counter(store.spend.per_key()) == before


# ---------------------------------------------------------------- notifications


def test_one_live_notice_per_subject(store: Store) -> None:
    first = store.notifications.raise_(*NOTICE)
    assert (first.count, first.read, first.created) == (1, False, NOON)
    store.notifications.raise_("provider:p", "provider_down", "error", "Down", "It is.", NOON + 1)
    store.notifications.mark_read()
    assert store.notifications.unread() == 0
    again = store.notifications.raise_("budget:key1", "budget", "error", "95 %", "More.", NOON + 2)
    assert (again.id, again.count, again.read, again.created, again.updated) == (first.id, 2, False, NOON, NOON + 2)
    assert store.notifications.list() == [again, store.notifications.list()[1]]
    assert store.notifications.unread() == 1
    assert [notice.subject for notice in store.notifications.list(1)] == ["budget:key1"]


def test_reading_and_removing_one(store: Store) -> None:
    first = store.notifications.raise_(*NOTICE)
    second = store.notifications.raise_("other", "x", "info", "t", "", NOON + 1)
    store.notifications.mark_read(first.id)
    assert [(notice.id, notice.read) for notice in store.notifications.list()] == [
        (second.id, False),
        (first.id, True),
    ]
    store.notifications.remove(first.id)
    store.notifications.remove("nobody")
    assert store.notifications.list() == [second]
    assert store.notifications.raise_(*NOTICE).count == 1


# ---------------------------------------------------------------- captures


def test_captures_come_back(store: Store, append: Append) -> None:
    append([EXCHANGE], capture=CAPTURE)
    assert store.captures.get(EXCHANGE.id) == CAPTURE
    assert store.captures.get("x") is None


def test_captures_are_swept_by_age_and_size(store: Store, append: Append) -> None:
    for number in range(6):
        each = exchange(number)
        append([each], capture=replace(CAPTURE, exchange_id=each.id))
    with store._activity.reading() as connection:
        size = connection.execute("SELECT size FROM capture LIMIT 1").fetchone()[0]
    assert store.captures.sweep(NOON, 10**9) == 0
    assert store.captures.sweep(NOON + 2, 10**9) == 2
    assert store.captures.sweep(0, 3 * size + size // 2) == 1
    assert [store.captures.get(exchange(number).id) is not None for number in range(6)] == [False] * 3 + [True] * 3
    assert store.captures.sweep(0, 0) == 3
    assert store.exchanges.count() == 6


def test_captures_go_with_their_exchange(store: Store, append: Append) -> None:
    append([EXCHANGE], capture=CAPTURE)
    store._writer._tidy(idle=True)
    assert store.exchanges.sweep(NOON + 1) == 1
    assert store.captures.get(EXCHANGE.id) is None


TELLING = Telling(subject="budget:key1", kind="budget", severity="warning", title="80 %", text="")


def test_a_stage_is_told_once_even_when_its_notification_was_removed(store: Store) -> None:
    eighty = replace(TELLING, stage="march/80")
    first = store.notifications.tell(eighty, NOON)
    assert first is not None
    assert store.notifications.tell(eighty, NOON + 1) is None
    store.notifications.remove(first.id)
    assert store.notifications.tell(eighty, NOON + 2) is None
    assert store.notifications.tell(replace(TELLING, stage="march/95"), NOON + 3) is not None
    assert store.notifications.tell(eighty, NOON + 4) is not None  # another stage came in between


def test_what_only_goes_on_stays_read_and_what_changes_does_not(store: Store) -> None:
    def unread(telling: Telling, now: float) -> int:
        store.notifications.tell(telling, now)
        return store.notifications.unread()

    assert unread(TELLING, NOON) == 1
    store.notifications.mark_read()
    assert unread(TELLING, NOON + 60) == 0
    assert unread(TELLING, NOON + 60 + 3599) == 0
    assert unread(TELLING, NOON + 2 * 3600 + 3600) == 1  # quiet for an hour, and again
    store.notifications.mark_read()
    assert unread(replace(TELLING, severity="error"), NOON + 3 * 3600) == 1
    assert unread(replace(TELLING, read=True), NOON + 3 * 3600 + 1) == 0


def test_counts_go_up_by_what_was_gathered(store: Store) -> None:
    store.notifications.tell(replace(TELLING, times=5), NOON)
    told = store.notifications.tell(replace(TELLING, times=37), NOON + 1)
    settled = store.notifications.tell(replace(TELLING, times=0), NOON + 2)
    assert told is not None
    assert settled is not None
    assert (told.count, settled.count) == (42, 42)


def test_many_are_marked_and_removed_at_once(store: Store) -> None:
    for at in range(520):
        store.notifications.tell(replace(TELLING, subject=f"s{at}"), NOON + at)
    ids = [each.id for each in store.notifications.list(5000)]
    store.notifications.mark(ids[:510], True)
    assert store.notifications.unread() == 10
    store.notifications.mark(ids[:50], False)
    assert store.notifications.unread() == 60
    assert store.notifications.remove_read() == 460
    store.notifications.remove(*ids)
    assert store.notifications.list() == []


def test_sweeping_leaves_the_newest(store: Store) -> None:
    for at in range(30):
        store.notifications.tell(replace(TELLING, subject=f"s{at}"), NOON + at)
    store.notifications.sweep(NOON + 10, 15)
    assert [each.subject for each in store.notifications.list()] == [f"s{at}" for at in range(29, 14, -1)]
    store.notifications.sweep(NOON, 15)
    assert len(store.notifications.list()) == 15
