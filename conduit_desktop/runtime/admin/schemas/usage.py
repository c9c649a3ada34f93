"""Sums over what happened."""

from __future__ import annotations

from pydantic import Field

from conduit_desktop.records import Percentiles, Sums, Timing, UsageReport
from conduit_desktop.runtime.admin.schemas.base import Money, Told, When, usd, when


class SumsTold(Told):
    requests: int
    errors: int
    input: int
    output: int
    cached_read: int
    cache_write: int
    cost_usd: Money
    unpriced: int = Field(description="Requests whose cost is unknown, which cost_usd leaves out.")
    saved_usd: Money

    @classmethod
    def of(cls, sums: Sums) -> SumsTold:
        same = ("requests", "errors", "input", "output", "cached_read", "cache_write", "unpriced")
        return cls(
            **{name: getattr(sums, name) for name in same},
            cost_usd=usd(sums.cost) or "0.00",
            saved_usd=usd(sums.saved) or "0.00",
        )


class PercentilesTold(Told):
    p50: float | None
    p95: float | None
    p99: float | None

    @classmethod
    def of(cls, found: Percentiles, factor: float) -> PercentilesTold:
        p50, p95, p99 = (
            None if each is None else round(each * factor, 3) for each in (found.p50, found.p95, found.p99)
        )
        return cls(p50=p50, p95=p95, p99=p99)


class TimingTold(Told):
    """``sampled``: from some of many exchanges."""

    ttft_ms: PercentilesTold
    total_ms: PercentilesTold
    tokens_per_second: PercentilesTold
    sampled: bool

    @classmethod
    def of(cls, timing: Timing) -> TimingTold:
        return cls(
            ttft_ms=PercentilesTold.of(timing.ttft, 1000),
            total_ms=PercentilesTold.of(timing.total, 1000),
            tokens_per_second=PercentilesTold.of(timing.speed, 1),
            sampled=timing.sampled,
        )


class GroupTold(Told):
    id: str = Field(description="What to filter by.")
    name: str
    sums: SumsTold
    timing: TimingTold


class BarTold(Told):
    start: When | None
    end: When | None
    sums: SumsTold
    parts: dict[str, SumsTold] = Field(description="By the group's id, when split.")


class UsageReportTold(Told):
    """``before`` is the span of the same length just before."""

    since: When | None
    until: When | None
    grain: str
    by: str | None
    sums: SumsTold
    before: SumsTold
    reused: SumsTold = Field(description="The part of sums that the response cache answered.")
    timing: TimingTold
    timing_before: TimingTold
    bars: list[BarTold]
    groups: list[GroupTold]
    forecast_usd: Money | None = Field(description="What the cost comes to at the end if it goes on like this.")

    @classmethod
    def of(cls, report: UsageReport) -> UsageReportTold:
        return cls(
            since=when(report.query.since),
            until=when(report.query.until),
            grain=report.grain,
            by=report.query.by,
            sums=SumsTold.of(report.sums),
            before=SumsTold.of(report.before),
            reused=SumsTold.of(report.reused),
            timing=TimingTold.of(report.timing),
            timing_before=TimingTold.of(report.timing_before),
            bars=[
                BarTold(
                    start=when(bar.start),
                    end=when(bar.end),
                    sums=SumsTold.of(bar.sums),
                    parts={name: SumsTold.of(sums) for name, sums in bar.parts},
                )
                for bar in report.bars
            ],
            groups=[
                GroupTold(id=each.id, name=each.name, sums=SumsTold.of(each.sums), timing=TimingTold.of(each.timing))
                for each in report.groups
            ],
            forecast_usd=usd(report.forecast),
        )
