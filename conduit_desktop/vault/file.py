"""The vault as one encrypted file in the home, opened with a passphrase. Owns reading, changing and locking it.

Several processes share the file: a change is made under a file lock to what is on disk at that moment and replaces
the file in one step; a read looks at the file's head first and takes it in anew when another process changed it.
The format is in ``envelope``. There is no way to the secrets, and none to an empty file, without a passphrase.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from conduit_desktop import logs
from conduit_desktop.errors import VaultError
from conduit_desktop.paths import Home
from conduit_desktop.vault import envelope
from conduit_desktop.vault.base import Kind, Vault, VaultState, check_secret, missing
from conduit_desktop.vault.shared import alone, replace

NAME = "Encrypted file"
VARIABLE = "CONDUIT_VAULT_PASSPHRASE"
_HINT = f"Enter its passphrase in the window, or set {VARIABLE}."


@dataclass(frozen=True, slots=True, repr=False)
class _Opened:
    head: envelope.Head
    key: bytes
    secrets: dict[str, str]  # never changed in place: ``cached`` reads it without a lock


class FileVault(Vault):
    """``passphrase`` is one given beforehand (from the environment); None when there is none."""

    kind: Kind = "file"

    def __init__(self, home: Home, passphrase: str | None = None) -> None:
        self._home = home
        self._path = home.vault
        self._given = passphrase
        self._refused: bytes | None = None  # the salt of a file that the given passphrase does not open
        self._mutex = threading.RLock()
        self._opened: _Opened | None = None

    def state(self, *, fresh: bool = False) -> VaultState:
        try:
            with self._mutex, self._told():
                if self._load() is None:
                    self._passphrase()
        except VaultError as error:
            return VaultState("file", NAME, ready=False, problem=error.message, hint=error.hint)
        return VaultState("file", NAME, ready=True)

    def get(self, ref: str) -> str:
        with self._mutex, self._told():
            opened = self._load()
            if opened is None:
                self._passphrase()
        secret = opened.secrets.get(ref) if opened else None
        if secret is None:
            raise missing(ref, "encrypted file")
        logs.remember_secret(secret)
        return secret

    def put(self, ref: str, secret: str) -> None:
        check_secret(secret)
        logs.remember_secret(secret)
        self._change(lambda secrets: secrets.__setitem__(ref, secret))

    def remove(self, ref: str) -> None:
        if self._path.exists():
            self._change(lambda secrets: secrets.pop(ref, None))

    def unlock(self, passphrase: str) -> None:
        _check_passphrase(passphrase)
        with self._alone():
            data = self._read(whole=True)
            if data is None:
                self._create(passphrase)
            else:
                self._open(envelope.derive(passphrase, envelope.read_head(data).salt), data)

    def cached(self, ref: str) -> str | None:
        opened = self._opened
        return opened.secrets.get(ref) if opened else None

    # ------------------------------------------------------------ reading

    def _load(self) -> _Opened | None:
        """What the file holds now; None while there is no file."""
        data = self._read()
        if data is None:
            self._opened = None
            return None
        head = envelope.read_head(data)
        if self._opened is not None and self._opened.head == head:
            return self._opened
        if self._opened is not None and self._opened.head.salt == head.salt:
            return self._open(self._opened.key, data)
        if self._refused == head.salt:
            raise _wrong()
        try:
            return self._open(envelope.derive(self._passphrase(), head.salt), data)
        except envelope.Refused:
            self._refused = head.salt  # not to be tried for 0.2 s again and again
            raise

    def _read(self, *, whole: bool = False) -> bytes | None:
        """The file; only its head suffices when that is the head we know, unless the ``whole`` is asked for."""
        try:
            with self._path.open("rb") as file:
                data = file.read(envelope.HEAD)
                known = self._opened is not None and self._opened.head.begins(data)
                return data if known and not whole else data + file.read()
        except FileNotFoundError:
            return None

    def _open(self, key: bytes, data: bytes) -> _Opened:
        try:
            secrets = envelope.unseal(key, data)
        except envelope.Refused:
            if self._opened is not None and self._opened.key == key:
                raise envelope.NotAVault("damaged, or was altered by something else") from None
            raise
        for secret in secrets.values():  # ``cached`` gives any of them from now on
            logs.remember_secret(secret)
        self._opened = _Opened(envelope.read_head(data), key, secrets)
        return self._opened

    def _passphrase(self) -> str:
        if self._given is None:
            if self._path.exists():
                raise VaultError("The encrypted vault file is locked.", hint=_HINT, code="vault_locked")
            hint = f"Choose one in the window, or set {VARIABLE}."
            raise VaultError("The encrypted vault file has no passphrase yet.", hint=hint, code="vault_locked")
        _check_passphrase(self._given)
        return self._given

    # ------------------------------------------------------------ changing

    def _change(self, edit: Callable[[dict[str, str]], object]) -> None:
        with self._alone():
            opened = self._load() or self._create(self._passphrase())
            secrets = dict(opened.secrets)
            edit(secrets)
            if secrets != opened.secrets:
                self._write(opened.key, opened.head.salt, secrets)

    def _create(self, passphrase: str) -> _Opened:
        salt = envelope.new_salt()
        return self._write(envelope.derive(passphrase, salt), salt, {})

    def _write(self, key: bytes, salt: bytes, secrets: dict[str, str]) -> _Opened:
        data = envelope.seal(key, salt, secrets)
        replace(self._path, data)
        self._opened = _Opened(envelope.read_head(data), key, secrets)
        return self._opened

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        with self._mutex, self._told():
            self._home.make()
            with alone(self._path.with_suffix(".lock")):
                yield

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Failures of the file or its format, as refusals of the vault."""
        try:
            yield
        except envelope.Refused:
            raise _wrong() from None
        except envelope.NotAVault as error:
            raise _damaged(str(error)) from None
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise VaultError(
                f"The vault file cannot be used: {reason}.", hint=f"See the rights of {self._path}."
            ) from None


def _check_passphrase(passphrase: str) -> None:
    if not passphrase.strip():
        raise VaultError("The passphrase is empty.", hint="Choose one of several words.", code="passphrase_empty")


def _wrong() -> VaultError:
    return VaultError(
        "The passphrase does not open the vault file, or the file was altered.",
        hint="Try again; if it is lost, move vault.bin away and enter the keys again.",
        code="wrong_passphrase",
    )


def _damaged(how: str) -> VaultError:
    return VaultError(
        f"The vault file is {how}.",
        hint="Put a copy of vault.bin back, or move it away and enter the keys again.",
        code="vault_damaged",
    )
