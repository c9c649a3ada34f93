"""The response cache: what it holds, and emptying it."""

from __future__ import annotations

from fastapi import APIRouter

from conduit_desktop.runtime import caching
from conduit_desktop.runtime.admin.routes.base import DoorOf
from conduit_desktop.runtime.admin.schemas.cache import CacheTold, Emptied

router = APIRouter(tags=["System"])

MEGABYTE = 1_000_000


@router.get("/cache")
async def get_cache(door: DoorOf) -> CacheTold:
    """What the response cache keeps on disk."""
    settings = await door.run(door.store.settings.all)
    return CacheTold.of(await door.run(door.store.cache.state), settings["cache_megabytes"] * MEGABYTE)


@router.delete("/cache")
async def empty_cache(door: DoorOf) -> Emptied:
    """Delete every answer that the response cache keeps, in memory and on disk."""
    return Emptied(answers=await door.change(caching.clear, door.store))
