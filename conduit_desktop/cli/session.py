"""What a verb works on: the home's store and vault, opened when they are first asked for and closed at the end."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Self

from conduit_desktop.paths import Home

if TYPE_CHECKING:
    from conduit_desktop.store import Store
    from conduit_desktop.vault import Vault


class WrongUsage(Exception):
    """Words that fit each by themselves but not together; the text says why. Exit code 2."""


class Session:
    """Of one run of one verb."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self._store: Store | None = None
        self._vault: Vault | None = None
        self._stack = contextlib.ExitStack()

    @property
    def store(self) -> Store:
        if self._store is None:
            from conduit_desktop.store import Store

            self._store = Store.open(self.home)
            self._stack.callback(self._store.close)
        return self._store

    @property
    def vault(self) -> Vault:
        if self._vault is None:
            from conduit_desktop.vault import open_vault

            self._vault = open_vault(self.home)
        return self._vault

    def __enter__(self) -> Self:
        from conduit_desktop.store.trail import Actor, acts

        # Not with the store: that may be opened within a loop, which has a context of its own.
        self._stack.enter_context(acts(Actor("command line", f"process {os.getpid()}")))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()
