"""One look at the log and the configuration: everything that the Dashboard shows, read together."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from conduit_desktop.records import Exchange, ExchangeFilter, Overview, Spend
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.panes.dashboard_spans import Span
from conduit_desktop.ui.panes.dashboard_steps import Facts, facts


@dataclass(frozen=True, slots=True)
class Seen:
    """``spend`` is of whole local days, as the counters are: from the one in which the span begins."""

    span: Span
    overview: Overview
    before: Overview
    recent: Sequence[Exchange]
    spend: Sequence[Spend]
    spend_since: float
    key_names: Mapping[str, str]
    facts: Facts

    @property
    def spend_title(self) -> str:
        since, today = datetime.fromtimestamp(self.spend_since), datetime.fromtimestamp(self.span.now)
        days = (today.date() - since.date()).days
        return f"Spend {('today', 'since yesterday')[days]}" if days < 2 else f"Spend since {since.day} {since:%b}"


async def read(service: GatewayService, span: Span, most: int) -> Seen:
    """``most`` is the number of recent requests."""
    activity, configuring = service.activity, service.configuring
    midnight = datetime.fromtimestamp(span.since).replace(hour=0, minute=0, second=0, microsecond=0)
    overview, before, recent = await asyncio.gather(
        activity.overview(span.since, span.until, span.range.bars),
        activity.overview(*span.before, 1),
        activity.page(ExchangeFilter(), limit=most),
    )
    spend, facets, providers, models, keys = await asyncio.gather(
        activity.spend(_day(midnight), _day(datetime.fromtimestamp(span.now))),
        activity.facets(),
        configuring.providers(),
        configuring.models(),
        configuring.keys(),
    )
    names = {**dict(facets.keys), **{view.key.id: view.key.name for view in keys}}
    asked = any(each.status < 400 for each in recent)
    if recent and not asked:
        asked = bool(await activity.page(ExchangeFilter(outcome="ok"), limit=1))
    known = facts(providers, models, keys, asked, bool(recent) and not asked)
    return Seen(span, overview, before, recent, spend, midnight.timestamp(), names, known)


def _day(when: datetime) -> str:
    """The local calendar day, as the spend counters name it."""
    return f"{when:%Y-%m-%d}"
