"""The providers' own lists of models, fetched once and kept while the window lives."""

from __future__ import annotations

from conduit_desktop.records import Provider
from conduit_desktop.runtime.service import GatewayService

Place = tuple[str, str, str | None]


class ModelLists:
    """A list is asked for anew when the provider's address or key changed, or when it is wanted ``fresh``."""

    def __init__(self, service: GatewayService) -> None:
        self._service = service
        self._kept: dict[str, tuple[Place, list[str]]] = {}

    def known(self, provider: Provider) -> list[str] | None:
        """The list, when it is here already."""
        place, names = self._kept.get(provider.id, (None, []))
        return names if place == _place(provider) else None

    async def get(self, provider: Provider, *, fresh: bool = False) -> list[str]:
        """The provider's model ids in its own order. Raises ConduitError."""
        names = None if fresh else self.known(provider)
        if names is None:
            names = await self._service.configuring.provider_models(provider.id)
            self._kept[provider.id] = (_place(provider), names)
        return names


def _place(provider: Provider) -> Place:
    return provider.kind, provider.base_url, provider.secret_ref
