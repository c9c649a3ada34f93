"""What one exchange cost, line by line."""

from __future__ import annotations

from pydantic import Field

from conduit_desktop.runtime.admin.schemas.base import Money, Told, usd
from conduit_desktop.runtime.admin.schemas.prices import PriceTold
from conduit_desktop.runtime.pricing import Bill


class LineTold(Told):
    part: str
    units: int
    rate_usd: Money = Field(description="For ``per`` units.")
    per: int
    amount_usd: Money


class BillTold(Told):
    lines: list[LineTold]
    total_usd: Money
    price: PriceTold | None = Field(description="The rates that applied; null: not known any more.")
    steps: list[str] = Field(description="What singled them out: the hour, the service tier, the length.")
    reason: str | None = Field(description="Why there is no cost.")
    priced_now: bool = Field(description="A price is known by now: it can be priced anew.")

    @classmethod
    def of(cls, bill: Bill) -> BillTold:
        return cls(
            lines=[
                LineTold(
                    part=line.part,
                    units=line.units,
                    rate_usd=usd(line.rate) or "0.00",
                    per=line.per,
                    amount_usd=usd(line.amount) or "0.00",
                )
                for line in bill.lines
            ],
            total_usd=usd(bill.total) or "0.00",
            price=PriceTold.of(bill.price),
            steps=list(bill.steps),
            reason=bill.reason or None,
            priced_now=bill.priced_now,
        )
