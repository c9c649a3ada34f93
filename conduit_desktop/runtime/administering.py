"""The window's verbs on what administers: the master key, the audit log, the configuration as a file."""

from __future__ import annotations

import os
from collections.abc import Mapping

from conduit_desktop.bus import Bus, ConfigurationChanged
from conduit_desktop.records import AuditEntry
from conduit_desktop.runtime import applying, master
from conduit_desktop.runtime.applying import Applied as Applied
from conduit_desktop.runtime.applying import Change as Change
from conduit_desktop.runtime.applying import Plan as Plan
from conduit_desktop.runtime.configuring import Run
from conduit_desktop.runtime.master import MasterState as MasterState
from conduit_desktop.store import Store
from conduit_desktop.vault import Vault


class Administering:
    """Each verb runs its blocking part on a worker thread."""

    def __init__(self, store: Store, vault: Vault, bus: Bus, run: Run, environ: Mapping[str, str] = os.environ) -> None:
        """``environ`` is where a file may have API keys taken from."""
        self._store = store
        self._vault = vault
        self._bus = bus
        self._run = run
        self._environ = environ

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

    # ------------------------------------------------------------ the configuration as a file

    async def export_toml(self, before: str | None = None) -> str:
        """The configuration as TOML, without secrets; ``before``, an earlier text, keeps its comments."""
        return await self._run(applying.export, self._store, before)

    async def plan_apply(self, text: str, *, prune: bool = False) -> Plan:
        """What putting ``text`` in force would change. Raises ConfigurationError naming what is wrong where."""
        return await self._run(applying.plan, self._store, self._vault, text, self._environ, prune=prune)

    async def apply(self, plan: Plan, *, keep_texts: bool = True) -> Applied:
        """Put a plan in force, whole or not at all; gives the texts of the keys that were made. Raises
        ConfigurationError (``changed_since``) when something else has changed the configuration meanwhile."""
        keep = keep_texts and (await self._run(self._vault.state)).ready
        applied = await self._run(applying.apply, self._store, self._vault, plan, self._environ, keep_texts=keep)
        self._bus.publish(ConfigurationChanged())
        return applied
