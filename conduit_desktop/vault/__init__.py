"""Where secrets are: the OS keyring, else an encrypted file; never plain text, never silently another place."""

from __future__ import annotations

import os
from collections.abc import Mapping

from conduit_desktop.errors import VaultError
from conduit_desktop.paths import Home
from conduit_desktop.vault.base import Vault, VaultState
from conduit_desktop.vault.chooser import ChosenVault, Stored
from conduit_desktop.vault.memory import MemoryVault

__all__ = ["ChosenVault", "MemoryVault", "Vault", "VaultState", "open_vault"]


def open_vault(home: Home, environ: Mapping[str, str] = os.environ) -> Vault:
    """The vault of ``home``. Cheap: nothing is imported, asked or opened before it is used."""
    wanted = environ.get("CONDUIT_VAULT", "").strip().lower()
    forced: Stored | None = None
    if wanted == "memory":
        return MemoryVault()
    if wanted == "keyring" or wanted == "file":
        forced = "keyring" if wanted == "keyring" else "file"
    elif wanted:
        raise VaultError(
            "CONDUIT_VAULT names no vault.", hint="Set it to keyring, file or memory.", code="unknown_vault"
        )
    passphrase = environ.get("CONDUIT_VAULT_PASSPHRASE")
    return ChosenVault(home, forced=forced, keyring=_keyring, file=lambda: _file(home, passphrase))


def _keyring() -> Vault:
    from conduit_desktop.vault.system import SystemVault

    return SystemVault()


def _file(home: Home, passphrase: str | None) -> Vault:
    from conduit_desktop.vault.file import FileVault

    return FileVault(home, passphrase)
