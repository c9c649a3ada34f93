"""The spans of a key's usage and its bars in words."""

from __future__ import annotations

from datetime import datetime

import pytest

from conduit_desktop.records import Sums, Timing, UsageBar, UsageGroup, UsageQuery, UsageReport, VirtualKey
from conduit_desktop.runtime.keys import KeyView
from conduit_desktop.ui.panes import keys_spans as spans
from conduit_desktop.ui.panes.usage_plotted import Colours

NOW = datetime(2026, 11, 25, 15, 30).timestamp()  # a Wednesday
USD = 10**12


def view(period: str, resets: datetime | None = None) -> KeyView:
    key = VirtualKey(id="k", name="k", digest="", last4="", period=period, created=NOW - 1000)  # type: ignore[arg-type]
    return KeyView(key, 0, resets.timestamp() if resets is not None else None)


@pytest.mark.parametrize(
    ("made", "since", "until", "grain"),
    [
        (view("month", datetime(2026, 12, 1)), datetime(2026, 11, 1), datetime(2026, 12, 1), "day"),
        (view("week", datetime(2026, 11, 30)), datetime(2026, 11, 23), datetime(2026, 11, 30), "day"),
        (view("day", datetime(2026, 11, 26)), datetime(2026, 11, 25), datetime(2026, 11, 26), "hour"),
        (view("once"), datetime.fromtimestamp(NOW - 1000), datetime(2026, 11, 26), None),
    ],
)
def test_the_period_is_asked_for_to_its_end(made: KeyView, since: datetime, until: datetime, grain: str | None) -> None:
    asked = spans.query(made, spans.PERIOD, NOW)
    assert (asked.since, asked.until, asked.grain) == (since.timestamp(), until.timestamp(), grain)
    assert (asked.key_id, asked.by) == ("k", "model")


def test_days_are_whole_ones_today_included() -> None:
    asked = spans.query(view("month"), "7", NOW)
    assert asked.since == datetime(2026, 11, 19).timestamp()
    assert asked.until == datetime(2026, 11, 26).timestamp()


def report(groups: int) -> UsageReport:
    sums = [Sums(requests=2, errors=1, cost=(groups - at) * USD, unpriced=1) for at in range(groups)]
    whole = Sums(requests=2 * groups, errors=groups, cost=sum(each.cost for each in sums), unpriced=groups)
    start = datetime(2026, 11, 17).timestamp()
    parts = tuple((f"m{at}", each) for at, each in enumerate(sums))
    made = tuple(UsageGroup(id=f"m{at}", name=f"model {at}", sums=each) for at, each in enumerate(sums))
    bar = UsageBar(start=start, end=start + 86400, sums=whole, parts=parts)
    query = UsageQuery(since=start, until=start + 86400, by="model", key_id="k")
    return UsageReport(
        query=query,
        grain="day",
        sums=whole,
        before=Sums(),
        timing=Timing(),
        timing_before=Timing(),
        bars=(bar,),
        groups=made,
    )


def test_the_charts_are_spend_by_model_requests_and_times() -> None:
    made = report(3)
    spend, requests, times = spans.charts(made, "month", NOW, Colours())
    assert [series.name for series in spend.series] == ["model 0", "model 1", "model 2"]
    (point,) = spend.points
    assert sum(value or 0 for value in point.values) == made.sums.cost
    assert (point.title, point.unknown) == ("Tue 17 Nov", 3)
    assert requests.points[0].values == (3, 3)
    assert [series.name for series in requests.series] == ["Answered", "Failed"]
    assert not times.summed
    assert spend.words.startswith("Spend per day by model, Tue 17 Nov 2026: total $6.00")
    assert "3 requests unpriced" in spend.words
    assert "compared" not in spend.words


def test_a_model_keeps_its_colour_when_others_come() -> None:
    colours = Colours()
    before, _, _ = spans.charts(report(2), "month", NOW, colours)
    after, _, _ = spans.charts(report(5), "month", NOW, colours)
    assert [series.token for series in before.series] == [series.token for series in after.series[:2]]


def test_the_legend_says_what_is_hatched() -> None:
    spend, requests, times = spans.charts(report(2), "month", NOW, Colours())
    assert [entry.name for entry in spans.legend(spend)] == ["model 0", "model 1", "some unpriced"]
    assert all(entry.key for entry in spans.legend(spend)[:2])
    assert [entry.name for entry in spans.legend(requests)] == ["Answered", "Failed"]
    assert [entry.look for entry in spans.legend(times)] == ["line", "dash", "dot"]


def test_sums_say_what_they_leave_out() -> None:
    assert spans.spent(Sums(cost=USD, unpriced=3)) == "$1.00 + 3 unpriced"
    assert spans.spent(Sums(unpriced=3)) == "3 unpriced"
    assert spans.spent(Sums()) == "$0.00"
    told = dict(spans.figures(report(2)))
    assert told["Requests"] == "4, 2 failed"
    assert told["Time to first token"] == ""
