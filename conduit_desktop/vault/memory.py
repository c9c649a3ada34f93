"""A vault that forgets everything with the process: for tests and ``demo``."""

from __future__ import annotations

from conduit_desktop import logs
from conduit_desktop.vault.base import Kind, Vault, VaultState, check_secret, missing, no_passphrase


class MemoryVault(Vault):
    kind: Kind = "memory"

    def __init__(self) -> None:
        self._secrets: dict[str, str] = {}

    def state(self, *, fresh: bool = False) -> VaultState:
        return VaultState("memory", "Memory, until the app ends", ready=True)

    def get(self, ref: str) -> str:
        secret = self._secrets.get(ref)
        if secret is None:
            raise missing(ref, "memory vault")
        return secret

    def put(self, ref: str, secret: str) -> None:
        check_secret(secret)
        logs.remember_secret(secret)
        self._secrets[ref] = secret

    def remove(self, ref: str) -> None:
        self._secrets.pop(ref, None)

    def unlock(self, passphrase: str) -> None:
        raise no_passphrase("memory vault")

    def cached(self, ref: str) -> str | None:
        return self._secrets.get(ref)
