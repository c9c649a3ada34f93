"""What the request log says: statuses, advice, what fits a filter, the timeline, the cost."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from conduit_desktop.records import Attempt, Exchange, ExchangeFilter, Price, Usage
from conduit_desktop.runtime.bills import Bill, itemised
from conduit_desktop.ui.panes.requests_columns import COST, MODEL, STATUS, TIME, TOTAL, fitting
from conduit_desktop.ui.panes.requests_costs import Told, tell
from conduit_desktop.ui.panes.requests_matching import matches
from conduit_desktop.ui.panes.requests_spans import in_words, lanes, ticks
from conduit_desktop.ui.panes.requests_words import advice, counted, elapsed, look, speed, status_text, when

DONE = Exchange(
    id="req_1a",
    seq=7,
    started=1_764_000_000.0,
    dialect="openai-chat",
    endpoint="chat",
    method="POST",
    path="/v1/chat/completions",
    key_id="k1",
    key="editor",
    app="Zed",
    model="fast",
    upstream_model="gpt-5-mini",
    provider="OpenAI",
    status=200,
    usage=Usage(input=1000, output=100, cached_read=200),
    cost=3_600_000,
    price="catalogue",
    ttft=0.5,
    total=2.5,
    stream=True,
)
FLYING = replace(DONE, seq=0, status=0, usage=None, cost=None, provider="", upstream_model="", ttft=None)
FAILED = replace(DONE, status=429, error_code="rate_limit_exceeded", error="Slow down", usage=None, cost=0)


def attempt(n: int, offset: float, duration: float, **more: object) -> Attempt:
    base = Attempt(
        n=n,
        provider_id="p",
        provider="OpenAI",
        deployment_id=None,
        upstream_model="m",
        url="https://x.example",
        offset=offset,
        duration=duration,
    )
    return replace(base, **more)


def test_every_status_has_word_icon_and_tone() -> None:
    assert status_text(DONE) == "200 OK"
    assert status_text(FLYING) == "In flight"
    assert status_text(FAILED) == "429 Rate limited"
    for status in (200, 400, 401, 418, 429, 499, 500, 599):
        found = look(replace(DONE, status=status))
        assert found.word
        assert found.icon
        assert found.tone


def test_the_same_code_from_a_provider_or_from_our_own_limit_is_advised_differently() -> None:
    ours, theirs = advice(FAILED), advice(replace(FAILED, attempts=(attempt(1, 0, 0.1, status=429),)))
    assert ours is not None
    assert theirs is not None
    assert ours.pane == "keys"
    assert theirs.pane == "models"
    assert advice(DONE) is None
    assert advice(FLYING) is None


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 413, 418, 422, 429, 499, 500, 502, 503, 504, 508, 529])
def test_every_failure_has_something_to_do(status: int) -> None:
    found = advice(replace(FAILED, status=status, error_code="upstream_error"))
    assert found is not None
    assert found.text.endswith(".")


def test_times_read_as_time_of_day_today_and_with_the_date_before() -> None:
    assert len(when(DONE.started, DONE.started + 5)) == 8
    assert "-" in when(DONE.started, DONE.started + 3 * 86400)
    assert elapsed(DONE) == "2.50 s"
    assert elapsed(FLYING, FLYING.started + 4.2) == "4.2 s"


def test_the_foot_counts_without_claiming_what_was_not_counted() -> None:
    assert counted(None, 10_000, 0, 0, 20_000) == ""
    assert counted(1, 10_000, 0, 1, 20_000) == "1 request"
    assert counted(1204, 10_000, 2, 200, 20_000) == "1,204 requests · 2 in flight"
    assert counted(10_000, 10_000, 0, 20_000, 20_000).startswith("10,000+ requests · the newest 20,000")


def test_speed_is_told_of_streams_only() -> None:
    assert speed(DONE) == pytest.approx(50)
    assert speed(replace(DONE, stream=False)) is None
    assert speed(FLYING) is None


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        ({}, True),
        ({"text": "FAST"}, True),
        ({"text": "req_1"}, True),
        ({"text": "1a"}, False),
        ({"text": "edit"}, True),
        ({"text": "claude"}, False),
        ({"key_id": "k1", "model": "fast", "provider": "OpenAI"}, True),
        ({"key_id": "k2"}, False),
        ({"provider": "Anthropic"}, False),
        ({"outcome": "ok"}, True),
        ({"outcome": "error"}, False),
        ({"outcome": "200"}, True),
        ({"outcome": "429"}, False),
        ({"since": DONE.started}, True),
        ({"until": DONE.started}, False),
    ],
)
def test_a_filter_means_here_what_it_means_in_the_store(wanted: dict[str, object], fits: bool) -> None:
    assert matches(ExchangeFilter(**wanted), DONE) is fits  # type: ignore[arg-type]


def test_one_in_flight_fits_no_outcome_and_no_provider_yet() -> None:
    assert matches(ExchangeFilter(model="fast"), FLYING)
    assert not matches(ExchangeFilter(outcome="ok"), FLYING)
    assert not matches(ExchangeFilter(provider="OpenAI"), FLYING)


def test_columns_give_way_by_importance() -> None:
    assert fitting(2000) == frozenset(range(9))
    assert fitting(300) == {STATUS, MODEL}
    assert fitting(470) == {STATUS, MODEL, TIME, TOTAL}
    assert COST in fitting(570)
    assert len(fitting(1100, scale=1.35)) < 9


def test_the_timeline_accounts_for_all_the_time_across_a_failover() -> None:
    first = attempt(1, 0.01, 0.4, connected=0.1, headers=0.35, status=529, cause="overloaded")
    second = attempt(2, 0.6, 1.8, connected=0.05, reused=True, headers=0.5, first=0.7, status=200)
    own, failed, served = lanes(replace(DONE, attempts=(first, second)))
    assert [span.kind for span in own.spans] == ["ours", "pause", "ours"]
    assert [span.kind for span in failed.spans] == ["connect", "wait", "stream"]
    assert [span.kind for span in served.spans] == ["wait", "first", "stream"]
    assert failed.failed
    assert served.served
    assert failed.spans[-1].title == "Reading the error"
    assert sum(span.lasted for lane in (own, failed, served) for span in lane.spans) == pytest.approx(2.5)
    assert "529 Overloaded" in in_words(replace(DONE, attempts=(first, second)))


def test_an_attempt_without_an_answer_only_waits() -> None:
    (own, only) = lanes(replace(DONE, status=504, attempts=(attempt(1, 0.01, 2.4, cause="timeout"),)))
    assert [span.title for span in only.spans] == ["Waiting, without an answer"]
    assert only.outcome == "No answer"
    assert own.spans


def test_a_request_that_reached_no_provider_is_all_ours() -> None:
    (own,) = lanes(FAILED)
    assert [span.lasted for span in own.spans] == [2.5]


@pytest.mark.parametrize("total", [0.0003, 0.9, 3.63, 61.0, 7200.0])
def test_ticks_are_round_and_few(total: float) -> None:
    found = ticks(total, 5)
    assert 2 <= len(found) <= 6
    assert found[0] == 0
    assert found[-1] <= total * 1.0001


PRICE = Price(source="genai-prices 1.0: openai/gpt-5-mini #1a2b3c", input=4_000, output=1_000, cached_read=1_000)
PRICED = replace(DONE, cost=800 * 4_000 + 200 * 1_000 + 100 * 1_000, price=PRICE.source, saved=600_000)


def billed(exchange: Exchange) -> Told:
    assert exchange.usage is not None
    return tell(exchange, itemised(PRICE, exchange.usage, exchange.started))


def test_the_parts_add_up_to_the_cost_with_their_arithmetic() -> None:
    found = billed(PRICED)
    assert [(row.name, row.arithmetic) for row in found.rows] == [
        ("Fresh input", "800 × $0.004 / 1M"),
        ("Cached read", "200 × $0.001 / 1M"),
        ("Output", "100 × $0.001 / 1M"),
        ("Total", ""),
    ]
    *parts, total = found.rows
    assert sum(row.amount for row in parts) == total.amount == PRICED.cost
    assert found.note.startswith("Priced by genai-prices 1.0: openai/gpt-5-mini, as it was on 2025-11-24")
    assert found.saving.startswith("The cache saved <$0.000001")


def test_what_does_not_add_up_is_told_and_the_sum_stays() -> None:
    found = billed(replace(PRICED, cost=1))
    assert found.rows[-1].amount == 1
    assert sum(row.amount for row in found.rows[:-1]) == 1
    assert "do not add up" in found.note


def test_an_unknown_price_is_unpriced_never_zero() -> None:
    found = tell(replace(DONE, cost=None), Bill(reason="its price says nothing of web searches"))
    assert (found.total, found.rows, found.fix) == ("unpriced", (), "price")
    assert "gpt-5-mini has no cost here: its price says nothing of web searches." in found.note
    assert tell(replace(DONE, cost=None), Bill(priced_now=True)).fix == "again"


def test_a_cost_the_provider_reported_is_not_taken_apart() -> None:
    usage = replace(DONE.usage, reported_cost=5)  # type: ignore[type-var]
    found = billed(replace(DONE, usage=usage, cost=5, price="reported by the provider"))
    assert found.rows == ()
    assert "reported this amount itself" in found.note


def test_estimates_and_service_tiers_are_marked() -> None:
    usage = replace(DONE.usage, estimated=True, service="flex")  # type: ignore[type-var]
    assert billed(replace(PRICED, usage=usage)).marks == ("service tier flex", "tokens estimated here")


def test_rates_that_are_not_kept_are_told() -> None:
    assert "not kept any more" in tell(PRICED, Bill()).note
