"""Which vault a home uses, decided on first use and kept to. Holds no secret itself.

1. ``CONDUIT_VAULT`` says so.
2. ``vault.kind`` in the home says where the last secret was stored ("keyring" or "file"); with a ``vault.bin`` and
   no such note it is the file. A home keeps to it: when its keyring does not answer, the state says so, instead of
   an empty file vault taking its place; when a keyring turns up on a home with a file, the file stays.
3. A home without secrets: the keyring when it answers a probe, else the file, which asks for a passphrase.

The note is read again before each call that is not answered from memory, so that processes on one home agree.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator
from typing import Literal

from conduit_desktop.errors import VaultError
from conduit_desktop.paths import Home
from conduit_desktop.vault.base import Vault, VaultState
from conduit_desktop.vault.shared import replace

Stored = Literal["keyring", "file"]
_log = logging.getLogger(__name__)


class ChosenVault(Vault):
    """Makes each of the two vaults once, when it is first needed, and passes every call to the chosen one."""

    def __init__(
        self, home: Home, *, forced: Stored | None, keyring: Callable[[], Vault], file: Callable[[], Vault]
    ) -> None:
        self._home = home
        self._forced = forced
        self._make: dict[Stored, Callable[[], Vault]] = {"keyring": keyring, "file": file}
        self._made: dict[Stored, Vault] = {}
        self._lock = threading.RLock()
        self._chosen: Stored = forced or "keyring"
        self._silent: VaultState | None = None  # the keyring's, when the file was taken because it did not answer

    @property
    def kind(self) -> Stored:  # type: ignore[override]
        return self._chosen

    def state(self, *, fresh: bool = False) -> VaultState:
        return self._explain(self._current(again=fresh).state(fresh=fresh))

    def get(self, ref: str) -> str:
        known = self.cached(ref)
        if known is not None:
            return known
        vault = self._current()
        with self._explained(vault):
            return vault.get(ref)

    def put(self, ref: str, secret: str) -> None:
        vault = self._current(again=True)
        with self._explained(vault):
            vault.put(ref, secret)
        self._note(vault)

    def remove(self, ref: str) -> None:
        vault = self._current()
        with self._explained(vault):
            vault.remove(ref)

    def unlock(self, passphrase: str) -> None:
        vault = self._current()
        vault.unlock(passphrase)
        self._note(vault)

    def cached(self, ref: str) -> str | None:
        vault = self._made.get(self._chosen)
        return vault.cached(ref) if vault is not None else None

    # ------------------------------------------------------------ choosing

    def _current(self, *, again: bool = False) -> Vault:
        """The vault in use. ``again``: choose once more while nothing is stored and the one chosen is not ready."""
        with self._lock:
            settled = self._forced or self._noted()
            if settled is not None:
                self._chosen, self._silent = settled, None
                return self._vault(settled)
            if not self._made or (again and not self._vault(self._chosen).state().ready):
                found = self._vault("keyring").state(fresh=True)
                self._chosen, self._silent = ("keyring", None) if found.ready else ("file", found)
            return self._vault(self._chosen)

    def _vault(self, kind: Stored) -> Vault:
        vault = self._made.get(kind)
        if vault is None:
            vault = self._made[kind] = self._make[kind]()
        return vault

    def _noted(self) -> Stored | None:
        try:
            text = self._home.vault.with_suffix(".kind").read_text("ascii").strip()
        except (OSError, ValueError):
            text = ""
        if text == "keyring" or text == "file":
            return "keyring" if text == "keyring" else "file"
        return "file" if self._home.vault.exists() else None

    def _note(self, vault: Vault) -> None:
        if vault.kind == "memory" or self._noted() == vault.kind:
            return
        try:
            self._home.make()
            replace(self._home.vault.with_suffix(".kind"), f"{vault.kind}\n".encode())
        except OSError as error:
            _log.warning("Could not note which vault this home uses: %s", error)

    # ------------------------------------------------------------ saying why

    @contextlib.contextmanager
    def _explained(self, vault: Vault) -> Iterator[None]:
        try:
            yield
        except VaultError as error:
            if error.code not in ("vault_unavailable", "vault_locked", "vault_timeout"):
                raise
            told = self._explain(VaultState(vault.kind, "", ready=False, problem=error.message, hint=error.hint))
            raise VaultError(told.problem, hint=told.hint, code=error.code) from None

    def _explain(self, state: VaultState) -> VaultState:
        if state.ready:
            return state
        problem, hint = state.problem, state.hint
        if state.kind == "file" and self._silent is not None:
            problem = f"{self._silent.problem} {problem}"
            hint = f"{hint} To use the keyring: {self._silent.hint}"
        elif state.kind == "keyring" and self._forced is None and self._noted() == "keyring":
            problem = f"{problem} The secrets of this home are in it."
            hint = f"{hint} CONDUIT_VAULT=file starts an encrypted file instead: keys must be entered again."
        return VaultState(state.kind, state.name, ready=False, problem=problem, hint=hint)
