"""One gateway a home: a lock that the system takes back when its holder dies, and what the holder says of itself."""

from __future__ import annotations

import contextlib
import json
import logging
import os
from dataclasses import dataclass

from conduit_desktop.errors import ConfigurationError, VaultError
from conduit_desktop.paths import Home
from conduit_desktop.vault.shared import alone, replace

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Running:
    """A gateway that serves a home."""

    pid: int
    base_url: str


class Occupancy:
    """Held while a gateway serves ``home``."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._stack = contextlib.ExitStack()

    def take(self) -> None:
        """Raises ConfigurationError, naming the other, when this home is served already."""
        try:
            # A moment's patience: whoever asks whether a gateway runs holds the lock for an instant.
            self._stack.enter_context(alone(self._home.folder / "gateway.lock", timeout=0.3))
        except VaultError:
            other = running(self._home)
            where = f" at {other.base_url} (process {other.pid})" if other else ""
            raise ConfigurationError(
                f"This home is served already{where}.",
                hint="Use that one, stop it, or choose another home with --home.",
                code="already_running",
            ) from None

    def announce(self, base_url: str) -> None:
        """Say where the gateway is, for the command line."""
        try:
            replace(self._home.running, json.dumps({"pid": os.getpid(), "base_url": base_url}).encode())
        except OSError as error:
            _log.warning("The command line will not find this gateway: %s", error)

    def leave(self) -> None:
        with contextlib.suppress(OSError):
            self._home.running.unlink()
        self._stack.close()


def running(home: Home) -> Running | None:
    """The gateway that serves ``home`` now, if any."""
    try:
        with alone(home.folder / "gateway.lock", timeout=0.05):
            return None
    except VaultError:
        pass
    except OSError:
        return None
    try:
        said = json.loads(home.running.read_text(encoding="utf-8"))
        return Running(int(said["pid"]), str(said["base_url"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def who_listens(port: int) -> str:
    """The program that holds a local port, as ``name (process 123)``; empty when the system does not tell."""
    import psutil

    try:
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port == port:
                return f"{psutil.Process(connection.pid).name()} (process {connection.pid})" if connection.pid else ""
    except (psutil.Error, OSError):
        pass
    return ""


def port_taken(wanted: int, port: int) -> str:
    """What to say when the gateway had to take another port. Blocking: it asks the system who holds the first."""
    who = who_listens(wanted) or "another program"
    return f"Port {wanted} is taken by {who}; the gateway uses {port}. Tools must use the new address."
