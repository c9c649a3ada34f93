"""Models with their deployments, fallbacks and routing."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from fastapi import APIRouter

from conduit_desktop.records import Deployment, Model, Provider
from conduit_desktop.runtime.admin.door import Door
from conduit_desktop.runtime.admin.routes.base import DoorOf, Id, Ref, model_of, provider_ids, provider_names
from conduit_desktop.runtime.admin.schemas.base import Done, Everything, bad, gone
from conduit_desktop.runtime.admin.schemas.models import (
    DeploymentChange,
    DeploymentNew,
    DeploymentTold,
    ModelChange,
    ModelNew,
    ModelTold,
)
from conduit_desktop.runtime.applying import fields

router = APIRouter(tags=["Models"])


@router.get("/models")
async def list_models(door: DoorOf) -> Everything[ModelTold]:
    names = await provider_names(door)
    return Everything(data=[ModelTold.of(model, names) for model in await door.configuring.models()])


@router.post("/models", status_code=201)
async def create_model(door: DoorOf, body: ModelNew) -> ModelTold:
    """A new name that clients can ask for."""
    model = Model(id=uuid.uuid4().hex, alias=body.alias, created=time.time())
    return await _save(door, model, body.given() | {"deployments": body.deployments})


@router.get("/models/{model}")
async def get_model(door: DoorOf, model: Ref) -> ModelTold:
    return ModelTold.of(await model_of(door, model), await provider_names(door))


@router.patch("/models/{model}")
async def change_model(door: DoorOf, model: Ref, body: ModelChange) -> ModelTold:
    """Change its name, strategy, retries, fallbacks, or all of its deployments."""
    return await _save(door, await model_of(door, model), body.given())


@router.delete("/models/{model}")
async def delete_model(door: DoorOf, model: Ref) -> Done:
    await door.configuring.remove_model((await model_of(door, model)).id)
    return Done()


@router.post("/models/{model}/deployments", status_code=201)
async def create_deployment(door: DoorOf, model: Ref, body: DeploymentNew) -> DeploymentTold:
    """One more way to serve the model."""
    there = await model_of(door, model)
    made = _deployment(await door.configuring.providers(), there, body.plain(), None)
    return await _put(door, there, (*there.deployments, made), made.id)


@router.patch("/models/{model}/deployments/{deployment}")
async def change_deployment(door: DoorOf, model: Ref, deployment: Id, body: DeploymentChange) -> DeploymentTold:
    there = await model_of(door, model)
    old = _one(there, deployment)
    new = _deployment(await door.configuring.providers(), there, body.plain(), old)
    return await _put(door, there, [new if each.id == old.id else each for each in there.deployments], old.id)


@router.delete("/models/{model}/deployments/{deployment}")
async def delete_deployment(door: DoorOf, model: Ref, deployment: Id) -> Done:
    there = await model_of(door, model)
    old = _one(there, deployment)
    left = tuple(each for each in there.deployments if each.id != old.id)
    await door.configuring.save_model(replace(there, deployments=left))
    return Done()


def _one(model: Model, deployment_id: str) -> Deployment:
    for each in model.deployments:
        if each.id == deployment_id:
            return each
    raise gone("deployment", deployment_id)


async def _put(door: Door, model: Model, deployments: Iterable[Deployment], wanted: str) -> DeploymentTold:
    _check_twice(deployments := tuple(deployments))
    saved = await door.configuring.save_model(replace(model, deployments=deployments))
    return DeploymentTold.of(_one(saved, wanted), await provider_names(door))


async def _save(door: Door, model: Model, given: dict[str, Any]) -> ModelTold:
    """The model with what is given changed."""
    rows: Sequence[DeploymentNew] | None = given.pop("deployments", None)
    alias = given.pop("alias", model.alias)
    told = fields.read([each for each in fields.MODEL if each.name in given], given, "")
    changed = replace(model, alias=alias, **told)
    if alias in changed.fallbacks:
        raise bad("A model cannot be its own fallback.", "fallbacks")
    if rows is not None:
        providers = await door.configuring.providers()
        left = list(model.deployments)
        made = tuple(_deployment(providers, model, row.plain(), None, left) for row in rows)
        _check_twice(made)
        changed = replace(changed, deployments=made)
    return ModelTold.of(await door.configuring.save_model(changed), await provider_names(door))


def _check_twice(deployments: Iterable[Deployment]) -> None:
    seen = set()
    for each in deployments:
        mark = (each.provider_id, each.upstream_model)
        if mark in seen:
            raise bad(f"{each.upstream_model!r} of the same provider serves it twice.", "deployments")
        seen.add(mark)


def _deployment(
    providers: list[Provider],
    model: Model,
    given: dict[str, Any],
    old: Deployment | None,
    left: list[Deployment] | None = None,
) -> Deployment:
    """``old`` with what is given changed, or a new one, which takes the id of one of those ``left`` that is the same
    way to serve the model."""
    known = [each for each in fields.DEPLOYMENT if each.name in given]
    told = fields.read(known, given, "")
    if "provider_id" in told:
        (told["provider_id"],) = provider_ids(providers, [told["provider_id"]], "provider")
    if old is None:
        mark = (told["provider_id"], told["upstream_model"])
        same = next((each for each in left or () if (each.provider_id, each.upstream_model) == mark), None)
        return Deployment(id=same.id if same else uuid.uuid4().hex, model_id=model.id, **told)
    return replace(old, **told)
