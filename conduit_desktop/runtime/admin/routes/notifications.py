"""Notifications, and the webhook that they are sent to."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from conduit_desktop.records import Notification
from conduit_desktop.runtime.admin.door import Door
from conduit_desktop.runtime.admin.routes.base import DoorOf, Filter, Id
from conduit_desktop.runtime.admin.schemas.base import Done, gone
from conduit_desktop.runtime.admin.schemas.system import (
    Act,
    ActTold,
    NotificationChange,
    NotificationsTold,
    NotificationTold,
    WebhookChange,
    WebhookTold,
)
from conduit_desktop.runtime.applying import values

router = APIRouter(tags=["Notifications"])


class Newest(Filter):
    limit: int = Field(default=100, ge=1, le=1000)


@router.get("/notifications")
async def list_notifications(door: DoorOf, query: Annotated[Newest, Query()]) -> NotificationsTold:
    """The newest first."""
    found = await door.notifying.list(query.limit)
    return NotificationsTold(data=[NotificationTold.of(each) for each in found], unread=await door.notifying.unread())


@router.post("/notifications-read")
async def read_all_notifications(door: DoorOf) -> Done:
    """Mark all as read."""
    await door.notifying.mark_all_read()
    return Done()


@router.get("/notifications/{notification}")
async def get_notification(door: DoorOf, notification: Id) -> NotificationTold:
    return NotificationTold.of(await _one(door, notification))


@router.patch("/notifications/{notification}")
async def mark_notification(door: DoorOf, notification: Id, body: NotificationChange) -> NotificationTold:
    """Mark it read or unread."""
    there = await _one(door, notification)
    await door.notifying.mark([there.id], read=body.read)
    return NotificationTold.of(await _one(door, notification))


@router.delete("/notifications/{notification}")
async def delete_notification(door: DoorOf, notification: Id) -> Done:
    await door.notifying.remove((await _one(door, notification)).id)
    return Done()


@router.post("/notifications/{notification}/act")
async def act_on_notification(door: DoorOf, notification: Id, body: Act | None = None) -> ActTold:
    """Do what its button does: raise a budget, extend or enable a key, refuse what waits, test a provider."""
    body = body or Act()
    amount = None if body.budget_usd is None else values.usd(body.budget_usd)
    outcome = await door.notifying.act(await _one(door, notification), body.action or "", amount=amount)
    return ActTold(ok=outcome.ok, text=outcome.text)


@router.get("/webhook")
async def get_webhook(door: DoorOf) -> WebhookTold:
    """Where notifications are sent."""
    return WebhookTold.of(await door.notifying.webhook_state())


@router.put("/webhook")
async def set_webhook(door: DoorOf, body: WebhookChange) -> WebhookTold:
    """Send notifications there from now on."""
    return WebhookTold.of(await door.notifying.set_webhook(body.url, body.kind))


@router.delete("/webhook")
async def delete_webhook(door: DoorOf) -> WebhookTold:
    """Send them nowhere."""
    return WebhookTold.of(await door.notifying.set_webhook(""))


@router.post("/webhook/test")
async def test_webhook(door: DoorOf) -> ActTold:
    """Send a test notification now. A failure is an answer, not an error."""
    told = await door.notifying.test_webhook()
    return ActTold(ok=told.ok, text=told.message)


async def _one(door: Door, id: str) -> Notification:
    for each in await door.notifying.list(10_000):
        if each.id == id:
            return each
    raise gone("notification", id)
