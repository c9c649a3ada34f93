"""What the window shows of the vault, as a protocol: what the service gives fits it."""

from __future__ import annotations

from typing import Protocol


class VaultState(Protocol):
    """What is shown of the vault's state."""

    @property
    def kind(self) -> str: ...
    @property
    def ready(self) -> bool: ...
    @property
    def name(self) -> str: ...
    @property
    def problem(self) -> str: ...
    @property
    def hint(self) -> str: ...
