"""The log of exchanges, and sums over it."""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from conduit_desktop.records import Dimension, ExchangeFilter, Grain, UsageQuery
from conduit_desktop.runtime.admin.door import Door
from conduit_desktop.runtime.admin.routes.base import CURSOR, MOST, DoorOf, Filter, Id, before, cursor, long
from conduit_desktop.runtime.admin.schemas.activity import CaptureTold, ExchangeTold, ExchangeWhole, FacetsTold
from conduit_desktop.runtime.admin.schemas.base import Moment, Page, bad, gone, moment
from conduit_desktop.runtime.admin.schemas.bills import BillTold
from conduit_desktop.runtime.admin.schemas.usage import UsageReportTold

router = APIRouter(tags=["Activity"])

Text = Annotated[str, Field(max_length=300)]
DAY = 86_400.0
LONGEST = 3660 * DAY


class Which(Filter):
    """What both lists and sums can be restricted to."""

    key: Text | None = Field(default=None, description="A key's id or name.")
    model: Text | None = None
    provider: Text | None = Field(default=None, description="A provider's name.")
    app: Text | None = None
    tag: Text | None = Field(default=None, description="Of the key.")
    since: Moment | None = None
    until: Moment | None = None


class ExchangeQuery(Which):
    text: Text | None = Field(default=None, description="In id, model, key, provider, app or error.")
    outcome: str | None = Field(
        default=None, pattern=r"^(ok|error|[1-5]\d\d)$", description="ok, error, or a status such as 429."
    )
    cursor: str | None = Field(default=None, pattern=CURSOR)
    limit: int = Field(default=50, ge=1, le=MOST)


class UsageAsked(Which):
    """Without a span: the last 30 days."""

    grain: Grain | None = Field(default=None, description="Of the bars; null: what suits the span.")
    by: Dimension | None = Field(default=None, description="What to split by.")


@router.get("/exchanges", response_model=Page[ExchangeTold])
async def list_exchanges(door: DoorOf, query: Annotated[ExchangeQuery, Query()]) -> Response:
    """The newest first, without their attempts."""
    wanted = ExchangeFilter(
        text=query.text or "",
        key_id=await _key_id(door, query.key),
        model=query.model,
        provider=query.provider,
        outcome=query.outcome,
        app=query.app,
        tag=query.tag,
        since=moment(query.since, "since"),
        until=moment(query.until, "until"),
    )
    found = await door.activity.page(wanted, before=before(query.cursor), limit=query.limit + 1)
    rows = found[: query.limit]
    more = cursor(rows[-1].seq) if len(found) > query.limit else None
    return await long(door, lambda: Page(data=[ExchangeTold.of(each) for each in rows], next=more))


@router.get("/exchanges/{exchange}")
async def get_exchange(door: DoorOf, exchange: Id) -> ExchangeWhole:
    """One, with its attempts."""
    found = await door.activity.exchange(exchange)
    if found is None:
        raise gone("exchange", exchange)
    return ExchangeWhole.of(found)


@router.get("/exchanges/{exchange}/capture", response_model=CaptureTold)
async def get_capture(door: DoorOf, exchange: Id) -> Response:
    """Its bodies, with secrets masked: of the last 200 from memory, of others where they were written to disk."""
    found = await door.activity.capture(exchange)
    if found is None:
        raise gone("captured body of", exchange)
    return await long(door, lambda: CaptureTold.of(found))


@router.get("/exchanges/{exchange}/bill")
async def get_bill(door: DoorOf, exchange: Id) -> BillTold:
    """What it cost, line by line, at the rates of then; or why it has no cost."""
    found = await door.activity.exchange(exchange)
    if found is None:
        raise gone("exchange", exchange)
    return BillTold.of(await door.pricing.bill(found))


@router.get("/facets")
async def get_facets(door: DoorOf) -> FacetsTold:
    """What the log can be filtered by."""
    found = await door.activity.facets()
    return FacetsTold(
        models=list(found.models),
        providers=list(found.providers),
        apps=list(found.apps),
        keys=[{"id": id, "name": name} for id, name in found.keys],
    )


@router.get("/usage", response_model=UsageReportTold)
async def get_usage(door: DoorOf, query: Annotated[UsageAsked, Query()]) -> Response:
    """What a span came to: sums, bars, groups, timing, the span before, and a forecast."""
    until = moment(query.until, "until")
    until = time.time() if until is None else until
    since = moment(query.since, "since")
    since = max(0.0, until - 30 * DAY) if since is None else since
    if not since < until <= since + LONGEST:
        raise bad("since is before until, by ten years at most.", "since")
    if (query.grain == "minute" and until - since > 2 * DAY) or (query.grain == "hour" and until - since > 90 * DAY):
        raise bad(f"Bars of one {query.grain} are too many for this span.", "grain", "Leave grain out.")
    asked = UsageQuery(
        since=since,
        until=until,
        grain=query.grain,
        by=query.by,
        key_id=await _key_id(door, query.key),
        model=query.model,
        provider=query.provider,
        app=query.app,
        tag=query.tag,
    )
    report = await door.activity.usage(asked)
    return await long(door, lambda: UsageReportTold.of(report))


async def _key_id(door: Door, ref: str | None) -> str | None:
    """Of a key that may be gone: then it is an id already."""
    if ref is None:
        return None
    keys = await door.run(door.store.keys.list)
    return next((each.id for each in keys if ref in (each.id, each.name)), ref)
