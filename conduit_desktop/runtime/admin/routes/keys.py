"""Virtual keys."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fastapi import APIRouter

from conduit_desktop.records import VirtualKey
from conduit_desktop.runtime import keys
from conduit_desktop.runtime.admin.door import Door
from conduit_desktop.runtime.admin.routes.base import DoorOf, Ref, key_of, provider_ids, provider_names
from conduit_desktop.runtime.admin.schemas.base import Done, Everything, gone
from conduit_desktop.runtime.admin.schemas.keys import KeyChange, KeyMade, KeyNew, KeyTold, PreviewTold, Rotation
from conduit_desktop.runtime.applying import fields

router = APIRouter(tags=["Keys"])


@router.get("/keys")
async def list_keys(door: DoorOf) -> Everything[KeyTold]:
    """Every key with what it has spent."""
    names = await provider_names(door)
    return Everything(data=[KeyTold.of(view, names) for view in await door.run(keys.views, door.store)])


@router.post("/keys", status_code=201)
async def create_key(door: DoorOf, body: KeyNew) -> KeyMade:
    """Make a key. Its text is in this answer and in no other."""
    given = body.given()
    keep = given.pop("keep_text", False)
    wanted = await _changed(door, VirtualKey(id="", name="", digest="", last4=""), given)
    key, text = await door.configuring.create_key(wanted, keep_text=keep)
    return KeyMade(key=await _told(door, key.id), text=text)


@router.get("/keys/{key}")
async def get_key(door: DoorOf, key: Ref) -> KeyTold:
    return await _told(door, (await key_of(door, key)).id)


@router.patch("/keys/{key}")
async def change_key(door: DoorOf, key: Ref, body: KeyChange) -> KeyTold:
    there = await key_of(door, key)
    await door.configuring.edit_key(await _changed(door, there, body.given()), there)
    return await _told(door, there.id)


@router.delete("/keys/{key}")
async def delete_key(door: DoorOf, key: Ref) -> Done:
    """Remove a key; what it has spent stays in the sums."""
    await door.configuring.remove_key(await key_of(door, key))
    return Done()


@router.post("/keys/{key}/rotate")
async def rotate_key(door: DoorOf, key: Ref, body: Rotation | None = None) -> KeyMade:
    """Give a key a new text. It is in this answer and in no other."""
    grace = float(body.grace_seconds) if body else 0.0
    rotated, text = await door.configuring.rotate_key(await key_of(door, key), grace)
    return KeyMade(key=await _told(door, rotated.id), text=text)


@router.post("/keys/{key}/reset-spend")
async def reset_key_spend(door: DoorOf, key: Ref) -> KeyTold:
    """Set what the key has spent in its period back to nothing. The log and its sums stay as they are."""
    return await _told(door, (await door.configuring.reset_key_spend(await key_of(door, key))).id)


@router.get("/keys/{key}/preview")
async def preview_key(door: DoorOf, key: Ref) -> PreviewTold:
    """What the key can see and reach, and why not the rest."""
    return PreviewTold.of(await door.configuring.preview_key(await key_of(door, key)))


async def _changed(door: Door, key: VirtualKey, given: dict[str, Any]) -> VirtualKey:
    name = given.pop("name", key.name)
    told = fields.read([each for each in fields.KEY if each.name in given], given, "")
    if "providers" in told:
        told["providers"] = provider_ids(await door.configuring.providers(), told["providers"], "providers")
    return replace(key, name=name, **told)


async def _told(door: Door, key_id: str) -> KeyTold:
    for view in await door.run(keys.views, door.store):
        if view.key.id == key_id:
            return KeyTold.of(view, await provider_names(door))
    raise gone("key", key_id)
