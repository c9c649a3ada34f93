"""Steps that tests and scenes of a provider's keys share: what a running gateway learns of them."""

from __future__ import annotations

import time

from conduit_desktop.gateway.engine import Gateway
from conduit_desktop.gateway.exchange import Fault
from conduit_desktop.runtime.service import GatewayService

REJECTED = Fault("rejected", "unauthorised", "invalid x-api-key")
LIMITED = Fault("limit", "rate_limited", "This request would exceed your rate limit", retry_after=600.0)


async def meet(service: GatewayService, credential_id: str, fault: Fault) -> None:
    """Have every deployment that uses a key fail with it."""

    async def there(gateway: Gateway) -> None:
        for route in (await gateway.snapshot()).routes.values():
            for target in route.targets:
                for key in target.keys:
                    if key.id == credential_id:
                        gateway.health.failed(target, key, fault, time.monotonic())

    await service._ask(there)
