"""The composition root of the window: puts home, store, vault, bus and service together and hands them to Qt.

``serve`` and the other verbs put together what they need by themselves, so that they never come near Qt.
"""

from __future__ import annotations

import logging
import os

from conduit_desktop import logs
from conduit_desktop.errors import ConfigurationError
from conduit_desktop.paths import Home
from conduit_desktop.runtime.service import GatewayService


def run_window(home: Home) -> int:
    """Show the window of ``home``; gives the exit code. Raises ConfigurationError where none can be shown."""
    from conduit_desktop.ui import display

    display.require(os.environ)  # before Qt is imported: without a display it could not even say so
    logs.set_up(home)
    try:
        from conduit_desktop.ui.application import run_window as run
    except ImportError as error:
        logging.getLogger(__name__).debug("Qt cannot be loaded", exc_info=error)
        raise ConfigurationError(
            f"The window cannot be shown: {error}.",
            hint="`python3 packaging/run.py` installs what Qt needs; `conduit-desktop serve` runs without a window.",
            code="no_qt",
        ) from error
    return run(home, lambda: make_service(home))


def make_service(home: Home) -> GatewayService:
    """The home's service. Blocking: it opens the databases."""
    from conduit_desktop.bus import Bus
    from conduit_desktop.store import Store
    from conduit_desktop.vault import open_vault

    return GatewayService(home, Store.open(home), open_vault(home), Bus())
