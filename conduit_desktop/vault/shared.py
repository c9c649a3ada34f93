"""Files that several processes use at once: one writer at a time, and a new content in one step.

Owns the file lock and the atomic replacement; knows nothing of what is in the files.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from conduit_desktop import locks
from conduit_desktop.errors import VaultError


@contextlib.contextmanager
def alone(path: Path, timeout: float = 10.0) -> Iterator[None]:
    """Hold the lock on ``path`` (created empty, never removed: a removed one would let two hold it)."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _wait(handle, path, time.monotonic() + timeout)
        try:
            yield
        finally:
            locks.give_back(handle)
    finally:
        os.close(handle)


def _wait(handle: int, path: Path, deadline: float) -> None:
    while True:
        try:
            return locks.take(handle)
        except OSError:  # held by another process
            if time.monotonic() >= deadline:
                break
        time.sleep(0.02)
    raise VaultError(
        "Another process has been changing the vault file for too long.",
        hint=f"End it, or see who holds {path}.",
        code="vault_timeout",
    )


def replace(path: Path, data: bytes) -> None:
    """Make ``data`` the content of ``path``, readable by its owner only: a reader sees the old or the new, whole."""
    handle, name = tempfile.mkstemp(prefix=".vault-", dir=path.parent)  # 0600 from the start
    try:
        with open(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        _rename(name, os.fspath(path))
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def _rename(new: str, path: str) -> None:
    for attempt in range(10):
        try:
            os.replace(new, path)
            break
        except PermissionError:  # on Windows, for as long as another process is reading the file
            if os.name != "nt" or attempt == 9:
                raise
            time.sleep(0.05)
    if os.name == "posix":
        folder = os.open(os.path.dirname(path), os.O_RDONLY)
        try:
            os.fsync(folder)  # the new name too must survive a power cut
        finally:
            os.close(folder)
