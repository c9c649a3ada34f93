"""The vault of the operating system: Secret Service, macOS Keychain or Windows Credential Manager.

The backend of the ``keyring`` package is chosen by platform, never by what happens to be installed: neither its
chain of backends, nor ``PYTHON_KEYRING_BACKEND``, nor ``keyringrc.cfg`` is looked at, since any of them may lead to
a plain-text file. ``keyring`` is imported with the first call. Each call runs on a daemon thread of its own, one at a
time, and is given up after a limit: a prompt may stay unanswered for ever. A call that was given up may still end
well when the prompt is answered; until it ends, every further call fails at once instead of waiting behind it.
"""

from __future__ import annotations

import concurrent.futures
import sys
import threading
import time
import uuid
from collections.abc import Callable
from typing import Protocol, TypeVar

from conduit_desktop import logs
from conduit_desktop.errors import VaultError
from conduit_desktop.vault.base import Kind, Vault, VaultState, check_secret, missing, no_passphrase

SERVICE = "conduit-desktop"
WINDOWS_BYTES = 2560  # of UTF-16; CredWrite answers 1783 to more
T = TypeVar("T")


class Backend(Protocol):
    """What is used of a ``keyring`` backend."""

    def get_password(self, service: str, username: str, /) -> str | None: ...
    def set_password(self, service: str, username: str, password: str, /) -> None: ...
    def delete_password(self, service: str, username: str, /) -> None: ...


def connect(platform: str = sys.platform) -> Backend:
    """The platform's backend. RuntimeError saying why when it cannot work here."""
    backend: type[Backend]
    if platform == "win32":
        from keyring.backends.Windows import WinVaultKeyring as backend
    elif platform == "darwin":
        from keyring.backends.macOS import Keyring as backend
    else:
        from keyring.backends.SecretService import Keyring as backend
    getattr(backend, "priority")  # noqa: B009 - a property that raises when the service is not there
    return backend()


class SystemVault(Vault):
    """``timeout`` limits each call; after a failed one, ``get`` repeats its refusal for ``pause`` seconds, so that a
    dismissed prompt does not come back with every request."""

    kind: Kind = "keyring"

    def __init__(
        self,
        connect: Callable[[], Backend] = connect,
        *,
        platform: str = sys.platform,
        timeout: float = 20.0,
        pause: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connect = connect
        self._platform = platform
        self._timeout = timeout
        self._pause = pause
        self._clock = clock
        self._name = _NAMES.get(platform, _NAMES["linux"])
        self._cache: dict[str, str] = {}
        self._turn = threading.Lock()
        self._backend: Backend | None = None
        self._running: concurrent.futures.Future[object] | None = None
        self._known: VaultState | None = None
        self._failure: VaultError | None = None
        self._failed_at = 0.0

    def state(self, *, fresh: bool = False) -> VaultState:
        if self._known is None or fresh:
            try:
                self._call(self._probe)
            except VaultError as error:
                return self._as_state(error)
        known = self._known
        return known if known is not None else VaultState("keyring", self._name, ready=True)

    def get(self, ref: str) -> str:
        secret = self._cache.get(ref)
        if secret is None:
            self._spare()
            secret = self._call(lambda backend: self._fetch(backend, ref))
        if secret is None:
            raise missing(ref, self._name)
        return secret

    def put(self, ref: str, secret: str) -> None:
        check_secret(secret)
        if self._platform == "win32" and len(secret.encode("utf-16-le")) > WINDOWS_BYTES:
            raise VaultError(
                f"The secret is too long: Windows keeps at most {WINDOWS_BYTES // 2} characters.",
                hint="Set CONDUIT_VAULT=file to keep secrets in an encrypted file instead.",
                code="secret_too_long",
            )
        logs.remember_secret(secret)
        self._call(lambda backend: self._store(backend, ref, secret))

    def remove(self, ref: str) -> None:
        self._cache.pop(ref, None)
        self._call(lambda backend: self._delete(backend, ref))

    def unlock(self, passphrase: str) -> None:
        raise no_passphrase(self._name)

    def cached(self, ref: str) -> str | None:
        return self._cache.get(ref)

    # ------------------------------------------------------------ on the worker thread

    def _service(self, ref: str) -> str:
        # Under one service name Windows has one entry; keyring moves the earlier one aside on each put, and two
        # processes doing so at once lose one. A service name per entry needs no moving.
        return f"{SERVICE}/{ref}" if self._platform == "win32" else SERVICE

    def _fetch(self, backend: Backend, ref: str) -> str | None:
        secret = backend.get_password(self._service(ref), ref)
        if secret is not None:
            logs.remember_secret(secret)
            self._cache[ref] = secret  # here, so that it is kept also when nobody waits any more
        return secret

    def _store(self, backend: Backend, ref: str, secret: str) -> None:
        backend.set_password(self._service(ref), ref, secret)
        self._cache[ref] = secret

    def _delete(self, backend: Backend, ref: str) -> None:
        if backend.get_password(self._service(ref), ref) is not None:
            backend.delete_password(self._service(ref), ref)

    def _probe(self, backend: Backend) -> None:
        ref = f"probe-{uuid.uuid4()}"  # another process may be probing too
        service = self._service(ref)
        backend.set_password(service, ref, ref)
        try:
            kept = backend.get_password(service, ref)
        finally:
            backend.delete_password(service, ref)
        if kept != ref:
            raise RuntimeError("it did not give back what was put into it")

    def _reach(self) -> Backend:
        if self._backend is None:
            self._backend = self._connect()
        return self._backend

    # ------------------------------------------------------------ one call at a time, with a limit

    def _call(self, work: Callable[[Backend], T]) -> T:
        if not self._turn.acquire(timeout=self._timeout):
            raise self._failed(_slow(self._name, self._timeout))
        try:
            if self._running is not None and not self._running.done():
                raise self._failed(_slow(self._name, self._timeout))
            call: concurrent.futures.Future[T] = _on_a_thread(lambda: work(self._reach()))
            self._running = call  # type: ignore[assignment]
            concurrent.futures.wait([call], self._timeout)
            if not call.done():
                raise self._failed(_slow(self._name, self._timeout))
            self._running = None  # a failed one holds the frames it came through, and what was in them
            error = call.exception()
            if error is not None:
                self._backend = None
                raise self._failed(_explain(error, self._name))
            self._failure = None
            self._known = VaultState("keyring", self._name, ready=True)
            return call.result()
        finally:
            self._turn.release()

    def _spare(self) -> None:
        failure = self._failure
        if failure is not None and self._clock() < self._failed_at + self._pause:
            raise _again(failure)

    def _failed(self, error: VaultError) -> VaultError:
        self._failure, self._failed_at = _again(error), self._clock()
        self._known = self._as_state(error)
        return error

    def _as_state(self, error: VaultError) -> VaultState:
        return VaultState("keyring", self._name, ready=False, problem=error.message, hint=error.hint)


_NAMES = {
    "win32": "Windows Credential Manager",
    "darwin": "macOS Keychain",
    "linux": "system keyring (Secret Service)",
}


def _on_a_thread(work: Callable[[], T]) -> concurrent.futures.Future[T]:
    """Run ``work`` on a daemon thread: an executor's threads would be waited for when the process ends."""
    future: concurrent.futures.Future[T] = concurrent.futures.Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 - handed to the caller, whatever it is
            future.set_exception(error)

    threading.Thread(target=run, name="keyring", daemon=True).start()
    return future


def _again(error: VaultError) -> VaultError:
    """The same without its traceback, which holds the frames it came through and the secrets in them."""
    return VaultError(error.message, hint=error.hint, code=error.code)


def _slow(name: str, timeout: float) -> VaultError:
    return VaultError(
        f"The {name} has not answered for {timeout:g} seconds.",
        hint="It may be showing a prompt: answer it, then try again.",
        code="vault_timeout",
    )


def _explain(error: BaseException, name: str) -> VaultError:
    kinds = {kind.__name__ for kind in type(error).__mro__}
    text = logs.redact(str(error)).strip().rstrip(".")
    if kinds & {"KeyringLocked", "LockedException", "PromptDismissedException"} or "dismissed" in text.lower():
        return VaultError(
            f"The {name} is locked.",
            hint="Unlock it (log in to the desktop, or answer its prompt), then try again.",
            code="vault_locked",
        )
    reason = text if text and type(error) is RuntimeError else f"{type(error).__name__}: {text}".removesuffix(": ")
    return VaultError(
        f"The {name} does not answer ({reason}).",
        hint="See that a keyring service runs (on Linux gnome-keyring or KWallet), then try again.",
    )
