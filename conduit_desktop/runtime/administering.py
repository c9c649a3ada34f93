"""The window's verbs on what administers: the master key, the audit log, the configuration as a file."""

from __future__ import annotations

from conduit_desktop.bus import Bus, ConfigurationChanged
from conduit_desktop.records import AuditEntry
from conduit_desktop.runtime import master
from conduit_desktop.runtime.configuring import Run
from conduit_desktop.runtime.master import MasterState as MasterState
from conduit_desktop.store import Store
from conduit_desktop.vault import Vault


class Administering:
    """Each verb runs its blocking part on a worker thread."""

    def __init__(self, store: Store, vault: Vault, bus: Bus, run: Run) -> None:
        self._store = store
        self._vault = vault
        self._bus = bus
        self._run = run

    async def master_state(self) -> MasterState:
        return await self._run(master.state, self._store)

    async def new_master_key(self) -> str:
        """Make the master key, in place of one that there is; its text is shown once."""
        text = await self._run(master.new, self._store, self._vault)
        self._bus.publish(ConfigurationChanged())
        return text

    async def reveal_master_key(self) -> str:
        """Its text out of the vault. Raises ConfigurationError (``not_found``, ``not_kept``) or VaultError."""
        return await self._run(master.reveal, self._store, self._vault)

    async def audit(self, before: int | None = None, limit: int = 200) -> list[AuditEntry]:
        """Who changed what: the newest, or the newest before the number ``before``."""
        return await self._run(self._store.audit.list, before, limit)
