"""One look of Usage at the log: the report, the period before, the keys near their limit, and names to filter by."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from conduit_desktop.records import VirtualKey
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.panes.usage_asked import Asked
from conduit_desktop.ui.panes.usage_plotted import Seen
from conduit_desktop.ui.panes.usage_spans import zone_of

NEAR = 0.8
_Offers = dict[str, Sequence[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class NearLimit:
    """A key that has used most of its budget; ``share`` of it, from 0 on."""

    key: VirtualKey
    spent: int
    share: float


@dataclass(frozen=True, slots=True)
class Look:
    """``offers`` are the (id, name) of what can be filtered by, by dimension; ``near`` has the fullest first."""

    seen: Seen
    offers: Mapping[str, Sequence[tuple[str, str]]]
    near: Sequence[NearLimit]


async def read(service: GatewayService, asked: Asked, now: float | None = None) -> Look:
    """Read all of it together."""
    zone = zone_of((await service.settings())["time_zone"])
    shown = asked.span(time.time() if now is None else now, zone)
    activity = service.activity
    report, before, facets, keys = await asyncio.gather(
        activity.usage(asked.query(shown)),
        activity.usage(asked.query_before(shown, whole=False)),
        activity.facets(),
        service.configuring.keys(),
    )
    whole = before
    if asked.compare and shown.running:
        whole = await activity.usage(asked.query_before(shown, whole=True))
    names = {("key", id): name for id, name in facets.keys}
    names |= {("key", view.key.id): view.key.name for view in keys}
    if asked.by:
        names |= {(asked.by, group.id): group.name for group in report.groups if group.name}
    offers: _Offers = {
        "key": [(id, name) for (dimension, id), name in names.items() if dimension == "key" and id],
        "model": [(name, name) for name in facets.models if name],
        "provider": [(name, name) for name in facets.providers if name],
        "app": [(name, name) for name in facets.apps if name],
        "tag": [(tag, tag) for tag in sorted({view.key.tag for view in keys} - {""})],
    }
    near = [
        NearLimit(view.key, view.spent, view.spent / view.key.budget)
        for view in keys
        if view.key.enabled and view.key.budget and view.spent >= NEAR * view.key.budget
    ]
    seen = Seen(asked, shown, report, before, whole.bars if asked.compare else (), names)
    return Look(seen, offers, sorted(near, key=lambda each: -each.share))
