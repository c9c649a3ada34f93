"""The configuration as a file, who changed it, and the master key itself."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from conduit_desktop.runtime.admin.routes.base import CURSOR, MOST, DoorOf, Filter, before, cursor
from conduit_desktop.runtime.admin.schemas.base import Page
from conduit_desktop.runtime.admin.schemas.system import ApplyAsked, ApplyTold, AuditTold, MasterMade, MasterTold

router = APIRouter(tags=["Administration"])

TOML = "application/toml"


class AuditQuery(Filter):
    cursor: str | None = Field(default=None, pattern=CURSOR)
    limit: int = Field(default=50, ge=1, le=MOST)


@router.get(
    "/export",
    response_class=Response,
    responses={200: {"description": "The configuration.", "content": {TOML: {"schema": {"type": "string"}}}}},
)
async def export_configuration(door: DoorOf) -> Response:
    """The whole configuration as TOML, without secrets."""
    return Response((await door.administering.export_toml()).encode(), media_type=TOML)


@router.post("/apply")
async def apply_configuration(door: DoorOf, body: ApplyAsked) -> ApplyTold:
    """Put a file in force, whole or not at all, or with dry_run only tell what would change. API keys are not taken
    from the environment here."""
    plan = await door.administering.plan_apply(body.toml, prune=body.prune)
    if body.dry_run:
        return ApplyTold.of(plan, False, {})
    applied = await door.administering.apply(plan, keep_texts=False)
    return ApplyTold.of(plan, True, dict(applied.keys))


@router.get("/audit")
async def list_audit(door: DoorOf, query: Annotated[AuditQuery, Query()]) -> Page[AuditTold]:
    """Who changed what, the newest first."""
    found = await door.administering.audit(before(query.cursor), query.limit + 1)
    rows = found[: query.limit]
    more = cursor(rows[-1].seq) if len(found) > query.limit else None
    return Page(data=[AuditTold.of(each) for each in rows], next=more)


@router.get("/master-key")
async def get_master_key(door: DoorOf) -> MasterTold:
    """What may be shown of the master key."""
    return MasterTold.of(await door.administering.master_state())


@router.post("/master-key/rotate")
async def rotate_master_key(door: DoorOf) -> MasterMade:
    """Make a new master key; this one stops working at once. The new text is in this answer and in no other."""
    return MasterMade(text=await door.administering.new_master_key())
