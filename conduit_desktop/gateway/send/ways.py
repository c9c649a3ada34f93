"""Which way a provider is called."""

from __future__ import annotations

from urllib.parse import urlsplit

from conduit_desktop.gateway.outbox import Outbox
from conduit_desktop.gateway.send.demo import Demo
from conduit_desktop.gateway.send.direct import Direct
from conduit_desktop.gateway.send.faults import FaultLab
from conduit_desktop.gateway.send.faulty import Faulty
from conduit_desktop.gateway.send.general import General
from conduit_desktop.gateway.send.speech import Speech
from conduit_desktop.gateway.send.upstream import Upstream
from conduit_desktop.gateway.snapshot import Target
from conduit_desktop.providers.urls import is_loopback


class Ways:
    """The upstreams of one gateway. The answer for an address is kept: proxies are read when it is first used."""

    def __init__(self, lab: FaultLab, outbox: Outbox) -> None:
        self.lab = lab
        self._demo = Demo()
        self._direct = Direct(outbox)
        self._general = General()
        self._chosen: dict[str, Upstream] = {}

    def to(self, target: Target, speech: Speech) -> Upstream:
        """The way for one call; with a fault of the lab in front of it where the call is to meet one."""
        url = target.provider.base_url
        way = self._chosen.get(url)
        if way is None:
            way = self._chosen[url] = self._choose(target, url)
        if self.lab.active and (fault := self.lab.take(target.id)) is not None:
            return Faulty(fault, way, speech)
        return way

    def _choose(self, target: Target, url: str) -> Upstream:
        if target.spec.built_in:
            return self._demo
        if is_loopback(url):
            return self._direct
        from urllib.request import getproxies, proxy_bypass  # with an HTTP client: not before it is needed

        parts = urlsplit(url)
        if getproxies().get(parts.scheme) and not proxy_bypass(parts.hostname or ""):
            return self._general
        return self._direct

    async def close(self) -> None:
        for upstream in (self._demo, self._direct, self._general):
            await upstream.close()
