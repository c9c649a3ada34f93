"""Starts the window: decides whether there is a display and whether this is the first of its home, then runs the
session on Qt's loop."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable

from conduit_desktop.errors import ConfigurationError
from conduit_desktop.paths import Home
from conduit_desktop.ui import display

os.environ.setdefault("QT_API", "pyside6")  # before qasync is imported: an installed PyQt must not be taken

import qasync
from PySide6.QtCore import Qt, QTimer

from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui import icons, theme
from conduit_desktop.ui.collector import Collector
from conduit_desktop.ui.qapp import Application
from conduit_desktop.ui.session import Session
from conduit_desktop.ui.single_instance import SingleInstance
from conduit_desktop.ui.widgets import memory

SWITCH = 0.0005
"""Seconds that a busy thread keeps the interpreter from one that waits for it. Painting lets go of it many times, and
each time would stand behind the gateway for Python's own 5 ms. (Without a window those serve best.)"""
FREEZE_AFTER = 5000  # milliseconds after which what the start made, panes too, is left alone by the collector


def run_window(home: Home, make: Callable[[], GatewayService]) -> int:
    """Show the window of ``home`` until the user quits; returns the exit code.

    ``make`` opens the home's service and is only called in the first window of the home; a second start brings the
    first to the front and returns 0. Raises ConfigurationError without a display.
    """
    display.require(os.environ)
    home.make()
    app = make_application()
    instance = SingleInstance(home, app)
    if not instance.take():
        if instance.raise_other():
            return 0
        raise ConfigurationError(
            "Conduit is open on this home already, but does not answer.",
            hint="Wait a moment, or end it in the system's task list.",
            code="already_open",
        )
    memory.open_file(home.folder / "window.ini")
    theme.install(app)
    sys.setswitchinterval(SWITCH)
    collector = Collector(app)
    QTimer.singleShot(FREEZE_AFTER, collector.freeze)
    with asyncio.Runner(loop_factory=lambda: qasync.QEventLoop(app)) as runner:
        return runner.run(Session(app, home, instance, make).run())


def make_application() -> Application:
    """The one application, named as the desktop knows it."""
    Application.setApplicationName("conduit-desktop")
    Application.setApplicationDisplayName("Conduit")
    Application.setDesktopFileName("conduit-desktop")
    app = Application(sys.argv[:1])
    app.setQuitOnLastWindowClosed(False)
    app.setAttribute(Qt.ApplicationAttribute.AA_DontShowIconsInMenus, False)
    app.setWindowIcon(icons.app_icon())
    return app
