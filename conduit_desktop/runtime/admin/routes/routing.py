"""How deployments and keys do: state, history, tests, using them again; the fault lab."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from conduit_desktop.runtime.admin.door import Door
from conduit_desktop.runtime.admin.routes.base import (
    CredentialRef,
    DoorOf,
    Id,
    Ref,
    credential_of,
    deployment_of,
    key_of,
    model_of,
    provider_names,
    provider_of,
)
from conduit_desktop.runtime.admin.schemas.base import Done, Everything
from conduit_desktop.runtime.admin.schemas.providers import TestTold
from conduit_desktop.runtime.admin.schemas.routing import (
    CredentialStateTold,
    DeploymentStateTold,
    FaultAsked,
    FaultKindTold,
    FaultTold,
    HealthEventTold,
    RouteAsked,
    RouteTold,
)
from conduit_desktop.runtime.credentials import FIRST
from conduit_desktop.runtime.routing import CredentialState, DeploymentState

router = APIRouter(tags=["Routing"])
Limit = Annotated[int, Query(ge=1, le=1000), Field(description="The newest so many.")]


@router.get("/models/{model}/health")
async def get_model_health(door: DoorOf, model: Ref) -> Everything[DeploymentStateTold]:
    """How each of its deployments does now."""
    there, states = await model_of(door, model), await door.routing.health()
    names = await provider_names(door)
    rows = [
        DeploymentStateTold.of(
            each.id, names.get(each.provider_id, ""), each.upstream_model, states.get(each.id, DeploymentState())
        )
        for each in there.deployments
    ]
    return Everything(data=rows)


@router.post("/models/{model}/health/reset")
async def reset_model_health(door: DoorOf, model: Ref) -> Done:
    """Use all of its deployments again from now on, whatever happened to them."""
    for each in (await model_of(door, model)).deployments:
        await door.routing.reset_health(each.id)
    return Done()


@router.post("/models/{model}/deployments/{deployment}/health/reset")
async def reset_deployment_health(door: DoorOf, model: Ref, deployment: Id) -> Done:
    """Use it again from now on."""
    await door.routing.reset_health(await _deployment(door, model, deployment))
    return Done()


@router.get("/models/{model}/deployments/{deployment}/history")
async def get_deployment_history(
    door: DoorOf, model: Ref, deployment: Id, limit: Limit = 200
) -> Everything[HealthEventTold]:
    """When it was kept away from, and when it was back; the newest first."""
    events = await door.routing.history(await _deployment(door, model, deployment), limit)
    return Everything(data=[HealthEventTold.of(event) for event in events])


@router.post("/models/{model}/deployments/{deployment}/test")
async def ask_deployment(door: DoorOf, model: Ref, deployment: Id) -> TestTold:
    """Ask its model for a few tokens, which are billed. One that answers is used again from now on."""
    return TestTold.of(await door.routing.test_deployment(await _deployment(door, model, deployment)))


@router.get("/providers/{provider}/health")
async def get_provider_health(door: DoorOf, provider: Ref) -> Everything[CredentialStateTold]:
    """How each of its keys that are on does now."""
    there, states = await provider_of(door, provider), await door.routing.credential_states()
    names = {there.id: FIRST} if there.secret_ref or not there.credentials else {}
    names |= {each.id: each.name for each in there.credentials if each.enabled}
    rows = [CredentialStateTold.of(id, name, states.get(id, CredentialState())) for id, name in names.items()]
    return Everything(data=rows)


@router.post("/providers/{provider}/credentials/{credential}/health/reset")
async def reset_credential_health(door: DoorOf, provider: Ref, credential: CredentialRef) -> Done:
    """Use this key again from now on."""
    await door.routing.reset_health(credential_of(await provider_of(door, provider), credential))
    return Done()


@router.get("/providers/{provider}/credentials/{credential}/history")
async def get_credential_history(
    door: DoorOf, provider: Ref, credential: CredentialRef, limit: Limit = 200
) -> Everything[HealthEventTold]:
    """When it was put aside, and when it was used again; the newest first."""
    subject = credential_of(await provider_of(door, provider), credential)
    return Everything(data=[HealthEventTold.of(event) for event in await door.routing.history(subject, limit)])


@router.post("/route-preview")
async def preview_route(door: DoorOf, body: RouteAsked) -> RouteTold:
    """Where such a request would go now, who would step in, and who is passed over and why."""
    key_id = None if body.key is None else (await key_of(door, body.key)).id
    return RouteTold.of(await door.routing.preview(body.model, body.wanted(key_id)))


@router.get("/fault-kinds")
async def list_fault_kinds(door: DoorOf) -> Everything[FaultKindTold]:
    """What a deployment can be made to play, so that tools can be tried against it."""
    return Everything(data=FaultKindTold.every())


@router.get("/faults")
async def list_faults(door: DoorOf) -> Everything[FaultTold]:
    """The faults that are played now."""
    return Everything(data=[FaultTold.of(id, state) for id, state in (await door.routing.faults()).items()])


@router.put("/models/{model}/deployments/{deployment}/fault")
async def set_fault(door: DoorOf, model: Ref, deployment: Id, body: FaultAsked) -> Done:
    """Have it play a fault from its next call on. It ends with the gateway at the latest."""
    await door.routing.set_fault(await _deployment(door, model, deployment), body.fault())
    return Done()


@router.delete("/models/{model}/deployments/{deployment}/fault")
async def delete_fault(door: DoorOf, model: Ref, deployment: Id) -> Done:
    """Have it play none any more."""
    await door.routing.set_fault(await _deployment(door, model, deployment), None)
    return Done()


async def _deployment(door: Door, model: str, wanted: str) -> str:
    """Its id. Raises ConduitError (404)."""
    return deployment_of(await model_of(door, model), wanted).id
