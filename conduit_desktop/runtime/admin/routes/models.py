"""Models with their deployments, fallbacks and routing."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from fastapi import APIRouter

from conduit_desktop.records import TIMEOUTS, Deployment, Model, Provider, Timeouts
from conduit_desktop.runtime import model_terms, models
from conduit_desktop.runtime.admin.door import Door
from conduit_desktop.runtime.admin.routes.base import (
    DoorOf,
    Id,
    Ref,
    deployment_of,
    model_of,
    provider_ids,
    provider_names,
)
from conduit_desktop.runtime.admin.schemas.base import Done, Everything, bad
from conduit_desktop.runtime.admin.schemas.models import (
    DeploymentChange,
    DeploymentNew,
    DeploymentTold,
    ModelChange,
    ModelNew,
    ModelTold,
    TimesAsked,
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
    given = body.given() | {"deployments": body.deployments}
    model = Model(id=uuid.uuid4().hex, alias=body.alias, created=time.time())
    made = await door.change(lambda: models.save(door.store, _changed(door, model, given)))
    return ModelTold.of(made, await provider_names(door))


@router.get("/models/{model}")
async def get_model(door: DoorOf, model: Ref) -> ModelTold:
    return ModelTold.of(await model_of(door, model), await provider_names(door))


@router.patch("/models/{model}")
async def change_model(door: DoorOf, model: Ref, body: ModelChange) -> ModelTold:
    """Change its name, how it is routed, or all of its deployments."""
    there = await model_of(door, model)
    given = body.given()
    changed = await _change(door, there, lambda now: _changed(door, now, given))
    return ModelTold.of(changed, await provider_names(door))


@router.delete("/models/{model}")
async def delete_model(door: DoorOf, model: Ref) -> Done:
    await door.configuring.remove_model((await model_of(door, model)).id)
    return Done()


@router.post("/models/{model}/deployments", status_code=201)
async def create_deployment(door: DoorOf, model: Ref, body: DeploymentNew) -> DeploymentTold:
    """One more way to serve the model."""
    there = await model_of(door, model)
    made = _deployment(await door.configuring.providers(), there, body.plain(), None)
    return await _put(door, there, lambda now: (*now.deployments, made), made.id)


@router.patch("/models/{model}/deployments/{deployment}")
async def change_deployment(door: DoorOf, model: Ref, deployment: Id, body: DeploymentChange) -> DeploymentTold:
    there = await model_of(door, model)
    providers = await door.configuring.providers()

    def deployments(now: Model) -> list[Deployment]:
        new = _deployment(providers, now, body.plain(), deployment_of(now, deployment))
        return [new if each.id == deployment else each for each in now.deployments]

    return await _put(door, there, deployments, deployment)


@router.delete("/models/{model}/deployments/{deployment}")
async def delete_deployment(door: DoorOf, model: Ref, deployment: Id) -> Done:
    def without(now: Model) -> Model:
        old = deployment_of(now, deployment)
        return replace(now, deployments=tuple(each for each in now.deployments if each.id != old.id))

    await _change(door, await model_of(door, model), without)
    return Done()


async def _change(door: Door, model: Model, how: Callable[[Model], Model]) -> Model:
    """What ``how`` makes of the model as it is stored when it is written: nobody else's change is lost."""
    return await door.change(models.change, door.store, model.id, how)


async def _put(
    door: Door, model: Model, deployments: Callable[[Model], Iterable[Deployment]], wanted: str
) -> DeploymentTold:
    def how(now: Model) -> Model:
        _check_twice(rows := tuple(deployments(now)))
        return replace(now, deployments=rows)

    saved = await _change(door, model, how)
    return DeploymentTold.of(deployment_of(saved, wanted), await provider_names(door))


def _changed(door: Door, model: Model, given: dict[str, Any]) -> Model:
    """The model with what is given changed. Reads the store."""
    rows: Sequence[DeploymentNew] | None = given.get("deployments")
    told = fields.read([each for each in fields.MODEL if each.name in given and each.name != "timeouts"], given, "")
    if "timeouts" in given:
        told["timeouts"] = _times(model.timeouts, given["timeouts"])
    changed = replace(model, alias=given.get("alias", model.alias), **told)
    if rows is not None:
        providers = door.store.providers.list()
        left = list(model.deployments)
        made = tuple(_deployment(providers, model, row.plain(), None, left) for row in rows)
        _check_twice(made)
        changed = replace(changed, deployments=made)
    return changed


def _times(before: Timeouts, asked: TimesAsked | None) -> Timeouts:
    given = asked.given() if asked is not None else dict.fromkeys(model_terms.STEPS)
    usual = {name: getattr(TIMEOUTS, name) if seconds is None else seconds for name, seconds in given.items()}
    return replace(before, **usual)


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
