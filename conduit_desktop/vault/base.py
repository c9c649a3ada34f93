"""What a vault is: secrets by reference, each an entry of its own. Owns the interface, its state and its refusals.

References are opaque (uuids, so that homes sharing one keyring cannot collide) and may be shown; values never are:
not in a repr, an exception or a log. Every value that passes is made known to ``logs``, which masks it from then on.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Literal

from conduit_desktop.errors import VaultError

Kind = Literal["keyring", "file", "memory"]


@dataclass(frozen=True, slots=True)
class VaultState:
    """Whether secrets can be read and stored now; if not, the ``problem`` and, in ``hint``, what to do about it."""

    kind: Kind
    name: str
    ready: bool
    problem: str = ""
    hint: str = ""


class Vault(ABC):
    """Thread-safe and blocking: for worker threads only, ``cached`` excepted."""

    kind: Kind

    @abstractmethod
    def state(self, *, fresh: bool = False) -> VaultState:
        """What is known; asks first when nothing is known yet, and again when ``fresh``."""

    @abstractmethod
    def get(self, ref: str) -> str:
        """The secret. VaultError, with code ``secret_missing`` when there is no such entry."""

    @abstractmethod
    def put(self, ref: str, secret: str) -> None:
        """Store the secret, replacing one of the same reference."""

    @abstractmethod
    def remove(self, ref: str) -> None:
        """Forget the secret; no error when there is none."""

    @abstractmethod
    def unlock(self, passphrase: str) -> None:
        """Open, or create, the encrypted file. VaultError ``wrong_passphrase`` when it is not the right one."""

    @abstractmethod
    def cached(self, ref: str) -> str | None:
        """The secret when it is in memory already. Never blocks."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


def missing(ref: str, place: str) -> VaultError:
    return VaultError(f"There is no secret {ref} in the {place}.", hint="Enter the key again.", code="secret_missing")


def no_passphrase(place: str) -> VaultError:
    return VaultError(f"The {place} is not opened with a passphrase.", code="no_passphrase")


def check_secret(secret: str) -> None:
    """Refuse what no vault could give back as it was."""
    try:
        secret.encode("utf-8")
    except UnicodeEncodeError:
        broken = True  # raised below, outside of this exception, which holds the secret
    else:
        broken = False
    if broken or "\0" in secret:
        raise VaultError("The secret is not plain text.", hint="Copy it again.", code="secret_invalid")
    if not secret:
        raise VaultError("The secret is empty.", hint="Paste the key again.", code="secret_invalid")
