"""The window's verbs on routing: how deployments and credentials do, what they came to, testing them, where a request
would go.

What the gateway's loop owns is read there, in one go, and comes back as plain records; while no gateway runs there is
nothing to read, and the history in the store is all that is known.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, TypeVar

from conduit_desktop.bus import Bus, ConfigurationChanged
from conduit_desktop.errors import ConfigurationError
from conduit_desktop.gateway.route.preview import Preview as Preview
from conduit_desktop.gateway.route.preview import Step as Step
from conduit_desktop.gateway.route.preview import Wanted as Wanted
from conduit_desktop.gateway.send import probe
from conduit_desktop.gateway.send.faults import FAULTS as FAULTS
from conduit_desktop.gateway.send.faults import LAB as LAB
from conduit_desktop.gateway.send.faults import Kind as Kind
from conduit_desktop.gateway.send.faults import LabFault as LabFault
from conduit_desktop.gateway.send.faults import LabState as LabState
from conduit_desktop.gateway.send.probe import ProbeResult
from conduit_desktop.gateway.snapshot import Snapshot, keys_of
from conduit_desktop.providers import spec
from conduit_desktop.records import Deployment, HealthEvent, HealthState, Model
from conduit_desktop.runtime import models, providers, route_preview
from conduit_desktop.runtime.configuring import Run
from conduit_desktop.runtime.figures import DeploymentNumbers as DeploymentNumbers
from conduit_desktop.runtime.figures import Figures
from conduit_desktop.store import Store
from conduit_desktop.vault import Vault

if TYPE_CHECKING:
    from conduit_desktop.gateway.engine import Gateway

T = TypeVar("T")


class Ask(Protocol):
    """Does ``work`` on the gateway's thread; None while there is no gateway."""

    def __call__(self, work: Callable[[Gateway], Awaitable[T]]) -> Awaitable[T | None]: ...


@dataclass(frozen=True, slots=True)
class DeploymentState:
    """How a deployment does now. ``until`` (Unix seconds) is when it is tried again; ``ttft`` (seconds) and ``speed``
    (tokens a second) are moving means; ``limits`` says in words what of its limits is used up, if any is."""

    state: HealthState = "closed"
    reason: str = ""
    until: float | None = None
    in_work: int = 0
    ttft: float | None = None
    speed: float | None = None
    failures: int = 0
    limits: str = ""


@dataclass(frozen=True, slots=True)
class CredentialState:
    """How a credential does now."""

    state: HealthState = "closed"
    reason: str = ""
    until: float | None = None


class Routing:
    """``service.routing``."""

    def __init__(self, store: Store, vault: Vault, bus: Bus, run: Run, ask: Ask) -> None:
        self._store = store
        self._vault = vault
        self._bus = bus
        self._run = run
        self._ask = ask
        self._figures = Figures(store)

    # ------------------------------------------------------------ what is

    async def health(self) -> dict[str, DeploymentState]:
        """How every deployment that requests can reach does, by its id; none while the gateway is stopped."""
        return await self._ask(_states) or {}

    async def credential_states(self) -> dict[str, CredentialState]:
        """How every credential in use does, by its id (the provider's for its first)."""
        return await self._ask(_credentials) or {}

    async def history(self, subject: str, limit: int = 200) -> list[HealthEvent]:
        """How a deployment's or credential's health changed, the newest first."""
        return await self._run(self._store.health.list, subject, limit)

    async def numbers(self, since: float) -> dict[str, DeploymentNumbers]:
        """What the calls to each deployment came to since then, or as far back as was read yet: each says since when
        it counts."""
        return await self._run(self._figures.of, since)

    def forget_numbers(self) -> None:
        """Count from the log anew: what it says of the past has changed."""
        self._figures.forget()

    async def preview(self, alias: str, wanted: Wanted) -> Preview:
        """Where a request for a model would go now, and why there."""
        found = await self._ask(lambda gateway: route_preview.running(gateway, alias, wanted))
        return await self._run(route_preview.stopped, self._store, alias, wanted) if found is None else found

    # ------------------------------------------------------------ what is done

    async def test_deployment(self, deployment_id: str) -> ProbeResult:
        """Send the deployment's model a request of a few tokens. One that is answered puts it back into use."""
        deployment = (await self._run(self._find, deployment_id))[1]
        provider = await self._run(providers.get, self._store, deployment.provider_id)
        secret = await self._run(providers.secret_of, self._vault, provider)
        await self._run(probe.prepare)
        result = await probe.test(spec(provider.kind), provider.base_url, secret, deployment.upstream_model)
        if result.ok:
            await self.reset_health(deployment_id)
            await self.reset_health(provider.id)
        return result

    async def set_deployment_enabled(self, deployment_id: str, enabled: bool) -> Model:
        """Switch a deployment on or off."""

        def how(model: Model) -> Model:
            order = (replace(each, enabled=enabled) if each.id == deployment_id else each for each in model.deployments)
            return replace(model, deployments=tuple(order))

        def work() -> Model:
            return models.change(self._store, self._find(deployment_id)[0].id, how)

        model = await self._run(work)
        self._bus.publish(ConfigurationChanged())
        return model

    async def reset_health(self, subject: str) -> None:
        """Use a deployment or credential again from now on, whatever happened to it; a deployment with its provider's
        keys, for without them it would stay put aside."""

        async def work(gateway: Gateway) -> None:
            gateway.health.forgive(subject)
            for route in (await gateway.snapshot()).routes.values():
                for key in (key for target in route.targets if target.id == subject for key in target.keys):
                    gateway.health.forgive(key.id)

        await self._ask(work)

    # ------------------------------------------------------------ the fault lab

    async def faults(self) -> dict[str, LabState]:
        """The faults that are on, by the deployment's id, or ``PROVIDER/MODEL`` where it is asked for directly."""

        async def work(gateway: Gateway) -> dict[str, LabState]:
            return dict(gateway.lab.active)

        return await self._ask(work) or {}

    async def set_fault(self, deployment_id: str, fault: LabFault | None) -> None:
        """Have a deployment (or ``PROVIDER/MODEL``) play a fault from its next call on; None: no more, and what it is
        kept away from for the fault's sake is forgotten."""

        async def work(gateway: Gateway) -> bool:
            gateway.lab.put(deployment_id, fault)
            return fault is None and gateway.health.of(deployment_id).reason.startswith(LAB)

        away = await self._ask(work)
        if away is None:
            raise ConfigurationError(
                "The gateway is stopped.", hint="Start it; faults are played by a running gateway."
            )
        if away:
            await self.reset_health(deployment_id)

    def _find(self, deployment_id: str) -> tuple[Model, Deployment]:
        for model in self._store.models.list():
            for deployment in model.deployments:
                if deployment.id == deployment_id:
                    return model, deployment
        raise ConfigurationError("This deployment is no more.", status=404, code="not_found")


async def _states(gateway: Gateway) -> dict[str, DeploymentState]:
    snapshot = await gateway.snapshot()
    now = time.monotonic()
    found = {}
    for route in snapshot.routes.values():
        for target in route.targets:
            condition, shown = gateway.health.of(target.id), gateway.health.state(target, now)
            full = gateway.health.full(target) if target.limited else None
            found[target.id] = DeploymentState(
                state=shown.state,
                reason=shown.reason or condition.reason,
                until=shown.until,
                in_work=condition.in_work,
                ttft=condition.ttft,
                speed=condition.speed,
                failures=condition.failures,
                limits=f"limited to {full.limit}, and {full.left}" if full is not None else "",
            )
    return found


async def _credentials(gateway: Gateway) -> dict[str, CredentialState]:
    snapshot = await gateway.snapshot()
    now, found = time.monotonic(), {}
    for provider in snapshot.providers.values():
        for key in keys_of(provider):
            shown = gateway.health.credential(key.id, now)
            state = CredentialState(shown.state, shown.reason, shown.until)
            found[key.id] = state if shown.state != "closed" else _resting(gateway, snapshot, key.id, now)
    return found


def _resting(gateway: Gateway, snapshot: Snapshot, key_id: str, now: float) -> CredentialState:
    """Of a credential that is not put aside: where it asked to be left alone, if anywhere."""
    rests = {}
    for route in snapshot.routes.values():
        for target in route.targets:
            circuit = gateway.health.of(target.id).resting.get(key_id)
            if circuit is not None and circuit.state(now) == "open":
                rests[route.alias] = circuit
    if not rests:
        return CredentialState()
    last = max(rests.values(), key=lambda circuit: circuit.until)
    return CredentialState("open", f"For {', '.join(rests)}: {last.reason}", time.time() + last.until - now)
