"""Settings, capture, health, the vault, the doctor."""

from __future__ import annotations

import time
from difflib import get_close_matches
from typing import Annotated

from fastapi import APIRouter, Path

from conduit_desktop import __version__
from conduit_desktop.gateway.snapshot import Target
from conduit_desktop.runtime.admin.door import Door
from conduit_desktop.runtime.admin.routes.base import DoorOf
from conduit_desktop.runtime.admin.schemas.base import Everything, gone
from conduit_desktop.runtime.admin.schemas.system import (
    CaptureState,
    DeploymentHealth,
    FindingTold,
    HealthTold,
    ModelHealth,
    Passphrase,
    SettingChange,
    SettingTold,
    VaultTold,
)
from conduit_desktop.runtime.doctor import examine
from conduit_desktop.runtime.routing import DeploymentState
from conduit_desktop.settings.schema import BY_KEY, SETTINGS, Setting

router = APIRouter(tags=["System"])

Key = Annotated[str, Path(max_length=100, description="One of GET /admin/v1/settings.", examples=["port"])]


@router.get("/settings")
async def list_settings(door: DoorOf) -> Everything[SettingTold]:
    settings = await door.run(door.store.settings.all)
    return Everything(data=[SettingTold.of(each, settings) for each in SETTINGS])


@router.get("/settings/{setting}")
async def get_setting(door: DoorOf, setting: Key) -> SettingTold:
    return SettingTold.of(_known(setting), await door.run(door.store.settings.all))


@router.put("/settings/{setting}")
async def set_setting(door: DoorOf, setting: Key, body: SettingChange) -> SettingTold:
    """Change it; null sets it back to its default."""
    known = _known(setting)
    if body.value is None:
        await door.change(door.store.settings.clear, known.key)
    else:
        await door.change(door.store.settings.put, known.key, known.check(body.value))
    return SettingTold.of(known, await door.run(door.store.settings.all))


@router.get("/capture")
async def get_capture_state(door: DoorOf) -> CaptureState:
    """Whether the bodies of every request are written to disk."""
    return await _capture(door)


@router.post("/capture/start")
async def start_capture(door: DoorOf) -> CaptureState:
    """Write the bodies of every request to disk from now on, with secrets masked."""
    await door.change(door.store.settings.put, "capture", True)
    return await _capture(door)


@router.post("/capture/stop")
async def stop_capture(door: DoorOf) -> CaptureState:
    """Write no more bodies. Those on disk go when they are too old."""
    await door.change(door.store.settings.put, "capture", False)
    return await _capture(door)


@router.get("/health")
async def get_health(door: DoorOf) -> HealthTold:
    """How the gateway, its vault and each deployment are."""
    gateway = door.gateway
    vault = await door.run(door.vault.state)
    snapshot, states = await gateway.snapshot(), await door.routing.health()
    usual = DeploymentState()
    return HealthTold(
        state="running" if gateway.listening else "stopping",
        version=__version__,
        base_url=gateway.listening.base_url if gateway.listening else None,
        in_flight=gateway.in_flight,
        vault=vault.name,
        vault_ready=vault.ready,
        capture=snapshot.settings["capture"],
        models=[
            ModelHealth(
                alias=route.alias,
                deployments=[_condition(target, states.get(target.id, usual)) for target in route.targets],
            )
            for route in snapshot.routes.values()
        ],
    )


@router.get("/vault")
async def get_vault(door: DoorOf) -> VaultTold:
    """Where secrets are, and whether they can be used now."""
    return VaultTold.of(await door.run(door.vault.state, fresh=True))


@router.post("/vault/unlock")
async def unlock_vault(door: DoorOf, body: Passphrase) -> VaultTold:
    """Open the encrypted file, or create it."""
    await door.change(door.vault.unlock, body.passphrase)
    return VaultTold.of(await door.run(door.vault.state))


@router.get("/doctor")
async def run_doctor(door: DoorOf) -> Everything[FindingTold]:
    """Look for what is wrong: folder, databases, vault, gateway, providers, models, keys. Every provider is asked."""
    return Everything(data=[FindingTold.of(finding) async for finding in examine(door.home, door.vault)])


def _known(key: str) -> Setting:
    if key not in BY_KEY:
        error = gone("setting", key)
        near = get_close_matches(key, BY_KEY, 3, 0.6)
        error.hint = f"Did you mean {' or '.join(near)}?" if near else ""
        raise error
    return BY_KEY[key]


async def _capture(door: Door) -> CaptureState:
    settings = await door.run(door.store.settings.all)
    return CaptureState(
        capture=settings["capture"], days=settings["capture_days"], megabytes=settings["capture_megabytes"]
    )


def _condition(target: Target, state: DeploymentState) -> DeploymentHealth:
    return DeploymentHealth(
        id=target.id,
        provider=target.provider.name,
        upstream_model=target.upstream_model,
        in_work=state.in_work,
        failures=state.failures,
        state=state.state,
        away_seconds=0.0 if state.until is None else round(max(0.0, state.until - time.time()), 3),
        reason=state.reason or None,
        ttft_ms=None if state.ttft is None else round(state.ttft * 1000, 3),
    )
