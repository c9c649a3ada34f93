"""Steps that tests and scenes of the Models pane share: what happens to deployments in a running gateway."""

from __future__ import annotations

import time

from conduit_desktop.bus import HealthChanged
from conduit_desktop.gateway.engine import Gateway
from conduit_desktop.gateway.exchange import Fault
from conduit_desktop.gateway.snapshot import Target
from conduit_desktop.records import HealthEvent, HealthState
from conduit_desktop.runtime.service import GatewayService

OVERLOADED = Fault("trouble", "overloaded", "Anthropic is overloaded (529)")
LIMITED = Fault("limit", "rate_limited", "OpenAI asks for fewer requests (429)", retry_after=90.0)


async def _target(gateway: Gateway, deployment_id: str) -> Target:
    routes = (await gateway.snapshot()).routes.values()
    return next(each for route in routes for each in route.targets if each.id == deployment_id)


async def fail(service: GatewayService, deployment_id: str, fault: Fault = OVERLOADED, times: int = 3) -> None:
    """Have calls to a deployment fail."""

    async def there(gateway: Gateway) -> None:
        target = await _target(gateway, deployment_id)
        for _ in range(times):
            gateway.health.failed(target, target.keys[0], fault, time.monotonic())

    await service._ask(there)


async def work(service: GatewayService, deployment_id: str, change: int) -> None:
    """Have so many more requests in work there."""

    async def there(gateway: Gateway) -> None:
        gateway.health.of(deployment_id).in_work += change

    await service._ask(there)


def happened(
    service: GatewayService, deployment_id: str, state: HealthState, reason: str = "", *, ago: float = 0.0
) -> None:
    """Have a change in the history, and told."""
    now = time.time() - ago
    event = HealthEvent(
        at=now,
        kind="deployment",
        subject=deployment_id,
        name=deployment_id,
        state=state,
        reason=reason,
        until=now + 40 if state == "open" else None,
    )
    service._store.health.add(event).result()
    service.bus.publish(HealthChanged(event))
