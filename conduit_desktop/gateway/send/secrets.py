"""The credentials' texts: those that are in memory at once, the others from the vault, on a worker thread."""

from __future__ import annotations

import asyncio

from conduit_desktop.gateway.snapshot import Key
from conduit_desktop.vault import Vault


class Secrets:
    """Belongs to the gateway's loop."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def known(self, key: Key) -> str | None:
        """The text, where it is in memory."""
        return self._vault.cached(key.ref) if key.ref is not None else None

    async def fetch(self, key: Key) -> str | None:
        """The text, None for a provider that wants none. Raises VaultError."""
        if key.ref is None:
            return None
        return self._vault.cached(key.ref) or await asyncio.to_thread(self._vault.get, key.ref)
