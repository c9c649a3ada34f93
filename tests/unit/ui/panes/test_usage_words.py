"""What Usage says: tiles, charts in words, series and colours, rows, queries and filters."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from conduit_desktop.records import (
    OTHER,
    ExchangeFilter,
    Percentiles,
    Sums,
    Timing,
    UsageBar,
    UsageGroup,
    UsageQuery,
    UsageReport,
)
from conduit_desktop.ui.panes.usage_asked import Asked
from conduit_desktop.ui.panes.usage_measures import dollars, speed
from conduit_desktop.ui.panes.usage_plotted import GROUP, REST, Colours, Seen, group_of, plotted, ranges
from conduit_desktop.ui.panes.usage_spans import span
from conduit_desktop.ui.panes.usage_table import as_tsv, bar_lines, group_lines
from conduit_desktop.ui.panes.usage_words import change, figures
from conduit_desktop.ui.tokens import CHART

BERLIN = ZoneInfo("Europe/Berlin")
USD = 10**12
NOW = datetime(2026, 11, 16, tzinfo=BERLIN).timestamp()
MONTH = span("month", NOW, zone=BERLIN)
QUICK = Timing(ttft=Percentiles(p50=0.5, p95=1.5, p99=2.5), speed=Percentiles(p50=80.0, p95=120.0, p99=130.0))
BEFORE = Sums(requests=100, errors=5, input=1000, output=100, cost=10 * USD, saved=USD)


def bar(day: int, parts: tuple[tuple[str, Sums], ...], timing: Timing = QUICK) -> UsageBar:
    start = datetime(2026, 11, day, tzinfo=BERLIN).timestamp()
    end = datetime(2026, 11, day + 1, tzinfo=BERLIN).timestamp() if day < 30 else MONTH.until
    return UsageBar(start=start, end=end, sums=add(sums for _, sums in parts), timing=timing, parts=parts)


def add(many: object) -> Sums:
    rows = [dataclasses.astuple(each) for each in many]  # type: ignore[attr-defined]
    names = [each.name for each in dataclasses.fields(Sums)]
    return Sums(**dict(zip(names, map(sum, zip(*rows, strict=True)), strict=True))) if rows else Sums()


def report(*bars: UsageBar, by: str | None = "model", forecast: int | None = 30 * USD) -> UsageReport:
    groups: dict[str, list[Sums]] = {}
    for each in bars:
        for id, sums in each.parts:
            groups.setdefault(id, []).append(sums)
    ordered = sorted(groups, key=lambda id: -add(groups[id]).cost)
    return UsageReport(
        query=UsageQuery(since=MONTH.since, until=MONTH.until, by=by),  # type: ignore[arg-type]
        grain="day",
        sums=add(each.sums for each in bars),
        before=Sums(),
        timing=QUICK,
        timing_before=Timing(),
        bars=bars,
        groups=tuple(UsageGroup(id=id, name=id, sums=add(groups[id]), timing=QUICK) for id in ordered),
        forecast=forecast,
    )


FAST = Sums(requests=30, errors=3, input=4000, output=600, cached_read=1000, cost=2 * USD, saved=USD)
SMART = Sums(requests=10, input=1000, output=400, cost=5 * USD, unpriced=3)
TWO = report(bar(3, (("fast", FAST), ("smart", SMART))), bar(4, (("smart", SMART),)), bar(20, ()))
THEN = dataclasses.replace(report(by=None), sums=BEFORE, timing=Timing(ttft=Percentiles(p50=0.25)))


def seen(found: UsageReport = TWO, **asked: object) -> Seen:
    return Seen(dataclasses.replace(Asked(range="month"), **asked), MONTH, found, THEN)  # type: ignore[arg-type]


# ---------------------------------------------------------------- figures


def test_tiles_tell_how_complete_they_are_and_how_they_changed() -> None:
    tiles = {
        each.key: each for each in figures(TWO.sums, TWO.timing, BEFORE, THEN.timing, MONTH, TWO.forecast)
    }  # fmt: skip
    assert (tiles["spend"].value, tiles["spend"].sub) == ("$12.00", "6 unpriced · $30.00 expected")
    assert tiles["spend"].change.text == "↑ 20 % more"
    assert (tiles["errors"].value, tiles["errors"].sub) == ("6.0 %", "3 of 50 failed")
    assert tiles["errors"].change.text == "↑ 1.0 points more"
    assert tiles["errors"].change.tone == "danger"
    assert tiles["ttft"].change.text == "↑ 2.0× before"
    assert (tiles["speed"].value, tiles["speed"].unit) == ("80", "tok/s")
    assert tiles["total"].value == "–"


@pytest.mark.parametrize(
    ("sums", "reused", "said"),
    [
        (Sums(requests=4, cost=USD, saved=USD), Sums(), "50 % less than without"),
        (Sums(requests=4, cost=USD, saved=USD), Sums(requests=1, saved=USD // 4), "$0.25 by 1 kept answer"),
        (Sums(requests=4, saved=USD), Sums(requests=1200, saved=USD), "$1.00 by 1,200 kept answers"),
        (Sums(requests=4), Sums(requests=2), "2 kept answers"),
        (Sums(requests=4, cached_read=1200), Sums(), "1.2 k tokens read"),
        (Sums(requests=4), Sums(), "nothing read from caches"),
    ],
)
def test_both_kinds_of_caches_are_told_of(sums: Sums, reused: Sums, said: str) -> None:
    tiles = figures(sums, Timing(), Sums(), Timing(), MONTH, None, reused)
    assert next(each for each in tiles if each.key == "saved").sub == said


def test_what_has_no_price_is_not_nothing() -> None:
    found = Sums(requests=4, errors=1, unpriced=3)
    spend = figures(found, Timing(), Sums(), Timing(), MONTH, None)[0]
    assert spend.value == "unpriced"
    assert "3 unpriced" in spend.sub
    assert spend.change.text == ""


@pytest.mark.parametrize(
    ("now", "before", "said"),
    [
        (110, 100, "↑ 10 % more"), (70, 100, "↓ 30 % less"), (100.2, 100, "as before"), (350, 100, "↑ 3.5× before"),
        (5, 0, ""), (0, 0, ""), (0, 5, "↓ 100 % less"),
    ],
)  # fmt: skip
def test_changes_are_said_in_words(now: float, before: float, said: str) -> None:
    assert change(now, before).text == said


def test_whether_a_change_is_good() -> None:
    assert change(0.5, 1.0, "slower", "faster", good=-1) == change(0.5, 1.0, "slower", "faster", good=-1)
    assert change(0.5, 1.0, "slower", "faster", good=-1).tone == "success"
    assert change(2.0, 1.0, "slower", "faster", good=-1).tone == "danger"
    assert change(0.95, 1.0, "slower", "faster", good=-1).tone == "neutral"
    assert change(2.0, 1.0).tone == "neutral", "spending more is neither good nor bad"


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        (0, "$0.00"), (12.345, "$12.35"), (0.4386, "$0.44"), (0.05, "$0.05"), (0.0352, "$0.035"),
        (0.000284, "$0.00028"), (1e-9, "<$0.000001"), (1234.5, "$1,234.50"),
    ],
)  # fmt: skip
def test_amounts_in_few_characters(amount: float, said: str) -> None:
    assert dollars(amount * USD) == said


def test_speeds() -> None:
    assert [speed(each) for each in (None, 3.25, 84.4)] == ["–", "3.2 tok/s", "84 tok/s"]


# ---------------------------------------------------------------- the plot


def test_spend_by_model_with_what_is_expected_and_what_has_no_price() -> None:
    data = plotted(seen(), Colours())
    assert data.name == "Spend per day by model"
    assert [(series.name, series.key) for series in data.series] == [("smart", "=smart"), ("fast", "=fast")]
    assert [point.values for point in data.points] == [(5 * USD, 2 * USD), (5 * USD, 0), (0, 0)]
    assert [point.unknown for point in data.points] == [3, 3, 0]
    assert [point.ahead for point in data.points][:2] == [0, 0]
    assert data.points[2].ahead == pytest.approx(18 * USD / 15)  # 15 days are left, one of them is here


def test_the_chart_in_words() -> None:
    assert plotted(seen(), Colours()).words == (
        "Spend per day by model, 1–30 Nov 2026: total $12.00, highest Tue 3 Nov $7.00. "
        "By model: smart $10.00 (83 %), fast $2.00 (17 %). 6 requests unpriced and not counted in. "
        "Expected by the end of the month: $30.00. 20 % more than last month by this time ($10.00)."
    )
    latency = plotted(seen(measure="ttft"), Colours()).words
    assert latency.startswith("Time to first token per day, 1–30 Nov 2026: median 0.50 s, p95 1.50 s, p99 2.50 s")
    assert "2.0 times as much as last month by this time (0.25 s)." in latency
    nothing = plotted(seen(report(bar(3, ()))), Colours()).words
    assert nothing == "Spend per day by model, 1–30 Nov 2026: no requests."


@pytest.mark.parametrize(
    ("measure", "names", "first"),
    [
        ("spend", ["Spend"], (7 * USD,)),
        ("requests", ["Answered", "Failed"], (37, 3)),
        ("errors", ["Failed"], (3,)),
        ("tokens", ["Input", "Input read from cache", "Output"], (4000, 1000, 1000)),
        ("saved", ["Saved by caching"], (USD,)),
        ("ttft", ["p50", "p95", "p99"], (0.5, 1.5, 2.5)),
        ("total", ["p50", "p95", "p99"], (None, None, None)),
        ("speed", ["p50", "p95", "p99"], (80.0, 120.0, 130.0)),
    ],
)
def test_measures_without_a_split(measure: str, names: list[str], first: tuple[float | None, ...]) -> None:
    data = plotted(seen(measure=measure, by=""), Colours())
    assert [series.name for series in data.series] == names
    assert data.points[0].values == first
    assert data.summed is (measure not in ("ttft", "total", "speed"))


def test_the_period_before_stands_behind_its_bars() -> None:
    then = (bar(3, (("fast", FAST),)), bar(4, ()))
    data = plotted(dataclasses.replace(seen(compare=True), bars_before=then), Colours())
    assert [point.before for point in data.points] == [2 * USD, 0, None]
    assert data.before == "last month"


def test_many_groups_share_the_last_colour() -> None:
    many = tuple((f"m{at}", Sums(requests=1, cost=(20 - at) * USD)) for at in range(8))
    found = report(bar(3, (*many, (OTHER, Sums(requests=2, cost=USD)))))
    data = plotted(seen(found), Colours())
    assert [series.name for series in data.series][-2:] == ["m5", "3 others"]
    assert data.series[-1].key == REST
    assert data.points[0].total == sum(range(13, 21)) * USD + USD


def test_a_group_keeps_its_colour() -> None:
    colours = Colours()
    first = colours.give("model", ["a", "b", "c"])
    assert colours.give("model", ["c", "a"]) == {"c": first["c"], "a": first["a"]}
    assert colours.give("model", ["d", "c", "a"])["d"] not in (first["a"], first["c"])
    everybody = colours.give("model", [f"n{at}" for at in range(len(CHART))])
    assert len(set(everybody.values())) == len(CHART)


def test_how_quick_each_group_is() -> None:
    found = ranges(seen(measure="ttft"), Colours())
    assert [(each.name, each.p50, each.p99) for each in found] == [("smart", 0.5, 2.5), ("fast", 0.5, 2.5)]
    assert ranges(seen(), Colours()) == ()


def test_the_group_behind_a_key() -> None:
    assert group_of(f"{GROUP}") == "", "what came without a key is a group too"
    assert group_of(REST) is group_of("") is None


# ---------------------------------------------------------------- rows


def test_rows_of_groups_and_of_bars() -> None:
    groups = group_lines(TWO, {"smart": "chart-1"})
    assert [(line.name, round(line.share, 3), line.token) for line in groups] == [
        ("smart", 0.833, "chart-1"), ("fast", 0.167, "chart-rest"),
    ]  # fmt: skip
    bars = bar_lines(TWO, NOW, BERLIN)
    assert [line.name for line in bars] == ["Wed 4 Nov", "Tue 3 Nov"], "what has not begun is no row"


def test_rows_as_text_for_a_spreadsheet() -> None:
    head, first, _ = as_tsv("model", group_lines(TWO, {})).split("\n")
    assert head.split("\t")[:3] == ["model", "spend_usd", "unpriced"]
    assert dict(zip(head.split("\t"), first.split("\t"), strict=True)) == {
        "model": "smart", "spend_usd": "10", "unpriced": "6", "share": "0.8333", "requests": "20", "errors": "0",
        "input_tokens": "2000", "cached_tokens": "0", "output_tokens": "800", "saved_usd": "0", "ttft_p50_s": "0.500",
        "ttft_p95_s": "1.500", "tokens_per_s": "80.000",
    }  # fmt: skip


# ---------------------------------------------------------------- what is asked


def test_queries_and_filters_say_the_same() -> None:
    asked = Asked(range="month", by="app", filters={"key": "k1", "tag": ""}, measure="errors")
    query = asked.query(MONTH)
    assert query == UsageQuery(since=MONTH.since, until=MONTH.until, grain="day", by="app", key_id="k1", tag="")
    assert asked.requests(1.0, 2.0, "Zed") == ExchangeFilter(
        since=1.0, until=2.0, key_id="k1", tag="", app="Zed", outcome="error"
    )
    before = asked.query_before(MONTH, whole=False)
    assert (before.since, before.until, before.by) == (MONTH.before_since, MONTH.before_now, None)
    assert asked.query_before(MONTH, whole=True).until == MONTH.since


def test_filters_are_added_and_taken_away() -> None:
    asked = Asked().filtered("model", "fast").filtered("key", "k1")
    assert asked.filters == {"model": "fast", "key": "k1"}
    assert asked.filtered("model", None).filters == {"key": "k1"}


def test_a_grain_that_makes_no_sense_in_a_span_is_not_used() -> None:
    assert Asked(range="year", grain="minute").query(span("year", NOW, zone=BERLIN)).grain == "month"
    assert Asked(range="month", grain="week").query(MONTH).grain == "week"
