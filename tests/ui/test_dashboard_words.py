"""What the Dashboard says, without a window: spans, bars, figures, steps, ranks."""

from __future__ import annotations

from datetime import datetime

import pytest

from conduit_desktop.records import Bucket, Overview, Spend
from conduit_desktop.ui.panes.dashboard_ranking import ranks
from conduit_desktop.ui.panes.dashboard_spans import RANGES, Range, bar_title, range_of, span
from conduit_desktop.ui.panes.dashboard_steps import Facts, steps
from conduit_desktop.ui.panes.dashboard_words import METRICS, change, cost, figures, percent, plotted
from conduit_desktop.ui.widgets.plot_data import TipLine

USD = 10**12
NOW = datetime(2026, 3, 12, 14, 23, 50).timestamp()


@pytest.mark.parametrize("chosen", RANGES, ids=lambda each: each.key)
def test_a_span_ends_with_the_bar_of_now_and_is_compared_with_one_of_its_length(chosen: Range) -> None:
    shown = span(chosen, NOW)
    assert shown.until - chosen.width <= NOW < shown.until
    assert shown.until - shown.since == chosen.seconds
    since, until = shown.before
    assert until - since == pytest.approx(NOW - shown.since)
    assert until <= shown.since or until - shown.since < chosen.width
    start = datetime.fromtimestamp(shown.until - chosen.width)
    assert (start.hour * 3600 + start.minute * 60 + start.second) % chosen.width == 0


def test_bars_are_named_by_time_or_day() -> None:
    start = datetime(2026, 3, 12, 6).timestamp()
    titles = {each.key: bar_title(each, Bucket(start=start, seconds=each.width)) for each in RANGES}
    assert titles == {
        "1h": "06:00–06:02",
        "24h": "Thu 12 Mar, 06:00–07:00",
        "7d": "Thu 12 Mar, 06:00–12:00",
        "30d": "Thu 12 Mar",
    }


def overview(**named: object) -> Overview:
    return Overview(since=0.0, until=1.0, **named)  # type: ignore[arg-type]


def test_figures_carry_unit_change_and_completeness() -> None:
    now = overview(
        requests=240,
        errors=12,
        input=1000,
        output=200,
        cost=3 * USD,
        unpriced=7,
        ttft_p50=0.5,
        ttft_p95=1.0,
        total_p50=2.0,
        total_p95=9.0,
    )
    before = overview(requests=120, errors=12, input=1000, output=200, cost=2 * USD, ttft_p50=0.25, total_p50=4.0)
    requests, errors, spend, tokens, first, total = figures(now, before, "the hour before")
    assert (requests.value, requests.delta, requests.sub) == ("240", "×2.0", "120 in the hour before")
    assert (errors.value, errors.delta, errors.delta_tone) == ("5.0 %", "−5.0 pp", "success")
    assert (spend.value, spend.delta, spend.sub) == ("$3.00", "+50 %", "7 unpriced · $2.00 before")
    assert (tokens.value, tokens.sub, tokens.delta) == ("1,200", "1,000 in · 200 out", "±0 %")
    assert (first.value, first.unit, first.sub, first.delta_tone) == ("0.50 s", "p50", "1.00 s p95", "danger")
    assert (total.value, total.delta, total.delta_tone) == ("2.00 s", "−50 %", "success")


def test_nothing_known_is_not_shown_as_zero() -> None:
    unpriced = figures(overview(requests=3, unpriced=3), overview(), "the hour before")[2]
    assert (unpriced.value, unpriced.sub) == ("unpriced", "3 requests without a known price")
    nothing = figures(overview(), overview(), "the hour before")
    assert [each.value for each in nothing] == ["0", "–", "$0.00", "0", "–", "–"]
    assert all(not each.delta for each in nothing)
    free = figures(overview(requests=2), overview(), "the hour before")[2]
    assert (free.value, free.sub) == ("$0.00", "all priced")


def test_changes_and_shares_in_words() -> None:
    assert [change(now, 100) for now in (112, 60, 320, 4000, 100, 0)] == [
        "+12 %",
        "−40 %",
        "×3.2",
        "×40",
        "±0 %",
        "−100 %",
    ]
    assert change(5, 0) == ""
    assert [percent(share) for share in (0, 0.0001, 0.004, 0.12, 1)] == ["0 %", "<0.1 %", "0.4 %", "12 %", "100 %"]
    assert [cost(amount) for amount in (0, USD // 2, 3 * USD // 2, USD // 2000)] == [
        "$0.00",
        "$0.50",
        "$1.50",
        "$0.0005",
    ]


def test_a_bar_of_spend_says_what_is_not_in_it() -> None:
    start = datetime(2026, 3, 12, 6).timestamp()
    buckets = (Bucket(start=start, seconds=3600, requests=5, errors=1, cost=USD, unpriced=2),)
    shown = {metric.key: plotted(metric, range_of("24h"), overview(buckets=buckets)) for metric in METRICS}
    assert shown["requests"].points[0].values == (4, 1)
    assert shown["spend"].tip(0)[-1] == TipLine("Unpriced", "2 requests")
    assert [line.name for line in shown["tokens"].tip(0)] == ["Total", "Output", "Input"]
    assert shown["requests"].words.startswith("Requests in the last 24 hours: 1 bars from Thu 12 Mar, 06:00")
    assert [(mark.text, mark.context) for mark in shown["spend"].marks(4)] == [("06:00", "Thu 12 Mar")]


def test_steps_are_ticked_off_by_what_is_there() -> None:
    def done(known: Facts) -> list[bool]:
        return [step.done for step in steps(known)]

    assert done(Facts()) == [False] * 4
    assert done(Facts(providers=1, models=1, only_demo=True, aliases=("demo",))) == [True, True, False, False]
    assert done(Facts(providers=1, models=1, tool_keys=1, asked=True)) == [True] * 4
    assert not Facts(providers=1, models=1).complete
    assert Facts(providers=1, models=1, asked=True).complete, "a key of one's own is not needed to chat"
    many = steps(Facts(models=5, aliases=("a", "b", "c", "d", "e")))[1]
    assert many.text == "Tools ask for a, b, c and 2 more."


def spend(key: str, model: str, amount: int, unpriced: int = 0) -> Spend:
    return Spend(day="2026-03-12", key_id=key, model=model, provider="p", requests=10, cost=amount, unpriced=unpriced)


def test_ranks_are_by_spend_and_name_what_is_unpriced() -> None:
    rows = [spend("a", "fast", USD), spend("b", "smart", 3 * USD), spend("a", "local", 0, 10), spend("", "fast", 0)]
    keys = ranks(rows, "key", {"b": "editor"})
    assert [(rank.key, rank.name, rank.figure, rank.share) for rank in keys] == [
        ("b", "editor", "$3.00", 0.75),
        ("a", "a removed key", "$1.00", 0.25),
        ("", "no key", "$0.00", 0.0),
    ]
    assert keys[1].sub == "20 requests, 10 unpriced"
    models = ranks(rows, "model", {})
    assert [(rank.name, rank.figure) for rank in models] == [
        ("smart", "$3.00"),
        ("fast", "$1.00"),
        ("local", "unpriced"),
    ]
    assert [rank.share for rank in ranks([spend("a", "m", 0), spend("b", "m", 0)], "key", {})] == [0.5, 0.5]
