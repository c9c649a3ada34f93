"""One run of the window, from the first pixel to the last request: what starts, what closing means, how it ends."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from types import TracebackType

from conduit_desktop.errors import ConduitError
from conduit_desktop.paths import Home
from conduit_desktop.records import Notification
from conduit_desktop.runtime.notifying.loudness import LEVELS, Loudness
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.settings.schema import Settings
from conduit_desktop.tasks import cancel, spawn
from conduit_desktop.ui import theme
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.dialogs.base import Dialog
from conduit_desktop.ui.dialogs.confirm import ask_on_close
from conduit_desktop.ui.early import make_panes
from conduit_desktop.ui.main_window import MainWindow
from conduit_desktop.ui.qapp import Application
from conduit_desktop.ui.single_instance import SingleInstance
from conduit_desktop.ui.tray import Tray
from conduit_desktop.ui.widgets import memory

_log = logging.getLogger(__name__)

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Session:
    """Runs on Qt's loop until somebody quits. ``make`` opens the home; it is called on a worker thread."""

    def __init__(self, app: Application, home: Home, instance: SingleInstance, make: Callable[[], GatewayService]):
        self._app, self._home, self._instance, self._make = app, home, instance, make
        self._stop = asyncio.Event()
        self._hurry = asyncio.Event()
        self._loudness = Loudness()
        self._loud = "important"
        self.window: MainWindow
        self.tray: Tray

    async def run(self) -> int:
        """0 when it ended as it should."""
        with self._catching():
            return await self._run()

    async def _run(self) -> int:
        try:
            service = await asyncio.to_thread(self._make)
        except ConduitError as error:
            await self._cannot_open(error)
            raise
        try:
            self._bridge = Bridge(service.bus, self._app)
            self._service = service
            await self._open()
            await self._stop.wait()
            await self._wind_up()
        finally:
            await service.close()
            memory.close_file()
        return 0

    async def _cannot_open(self, error: ConduitError) -> None:
        """Say why on screen: who started the app by a click sees no terminal."""
        if self._app.platformName() not in ("offscreen", "minimal"):
            dialog = Dialog(None, "Conduit cannot open its data", error.text, width=460)
            dialog.add_button("Quit", "primary", default=True).clicked.connect(dialog.accept)
            await dialog.answer()

    async def _open(self) -> None:
        settings = await self._service.settings()
        theme.current().set_mode(settings["theme"])
        theme.current().set_text_size(settings["text_size"])
        self._take_settings(settings)
        self.window = MainWindow(self._service, self._bridge)
        self.tray = Tray(self._app)
        self._connect()
        self.tray.show()
        self.window.open_first()
        self._show(settings)
        self.window.standing.refresh()
        self._service.notifying.start()
        if settings["autostart_gateway"]:
            self.window.start_gateway()

    def _show(self, settings: Settings) -> None:
        if not settings["start_minimised"]:
            self.window.show()
        elif not self.tray.available:
            self.window.showMinimized()

    def _connect(self) -> None:
        window, tray = self.window, self.tray
        window.close_wanted.connect(self._close_wanted)
        window.quit_wanted.connect(self.quit)
        window.came_up.connect(self._make_panes)
        tray.open_wanted.connect(window.bring_up)
        tray.start_wanted.connect(window.start_gateway)
        tray.stop_wanted.connect(window.stop_gateway)
        tray.quit_wanted.connect(self.quit)
        self._instance.raised.connect(window.bring_up)
        self._bridge.gateway_changed.connect(self._update_tray)
        self._bridge.notified.connect(self._notify)
        self._bridge.configuration_changed.connect(self._read_settings)
        tray.notices_wanted.connect(self._show_notices)
        window.standing.looked.connect(self._update_tray)
        self._update_tray()

    def _update_tray(self, _notice: object = None) -> None:
        standing = self.window.standing
        self.tray.show_status(self._service.status, standing.spend, standing.unread)

    def _notify(self, notification: Notification) -> None:
        """Whoever looks at the window sees it there: the desktop tells those who do not."""
        if not self.window.isActiveWindow() and self._loudness.heard(notification, LEVELS[self._loud], time.time()):
            self.tray.tell(notification)

    def _read_settings(self) -> None:
        self._bridge.run(self._service.settings(), self._take_settings, owner=self.window, slot="tray settings")

    def _take_settings(self, settings: Settings) -> None:
        self._loud = str(settings["os_notifications"])

    def _show_notices(self, notification_id: str) -> None:
        self.window.bring_up()
        self.window.tell_more(notification_id)

    def _make_panes(self) -> None:
        self._bridge.run(make_panes(self.window), owner=self.window, slot="make panes")

    # ---- closing and quitting

    def _close_wanted(self) -> None:
        self._bridge.run(self._close(), owner=self.window, slot="close")

    async def _close(self) -> None:
        if not self.tray.available:
            self.quit()
            return
        what = (await self._service.settings())["close_to_tray"]
        if what == "ask":
            self.window.bring_up()
            what, remember = await ask_on_close(self.window)
            if remember and what != "stay":
                await self._service.set_setting("close_to_tray", what)
        if what == "tray":
            self.window.remember()
            self.window.hide()
            self.tray.say("Conduit keeps running", "Open it again from here. Your tools stay connected.")
        elif what == "quit":
            self.quit()

    def quit(self) -> None:
        """End the session; asked a second time, without waiting for requests in work."""
        if self._stop.is_set():
            self._hurry.set()
        self._stop.set()

    def _quit_wanted(self) -> None:
        if not self._stop.is_set():  # the desktop may ask more than once; only the user is ever in a hurry
            self.quit()

    async def _wind_up(self) -> None:
        self.window.remember()
        in_work = self._service.status.in_flight
        if in_work and self.window.isVisible():
            requests = "1 request" if in_work == 1 else f"{in_work} requests"
            self._bridge.tell(f"Finishing {requests}, then quitting. Quit again to end now.", "info")
        else:
            self.window.hide()
        await self._drain()
        self.tray.hide()
        self.window.hide()
        self._bridge.close()
        self.window.deleteLater()
        self._instance.release()

    async def _drain(self) -> None:
        """Let the requests in work end, unless the user is in a hurry."""
        stopping = spawn(self._service.stop(), "stop gateway")
        hurry = spawn(self._hurry.wait(), "wait for a second quit")
        await asyncio.wait({stopping, hurry}, return_when=asyncio.FIRST_COMPLETED)
        await cancel(hurry)
        if not stopping.done():
            _log.warning("Quitting without waiting for %d requests", self._service.status.in_flight)
            logging.shutdown()
            os._exit(0)

    # ---- what goes wrong

    @contextlib.contextmanager
    def _catching(self) -> Iterator[None]:
        """What goes wrong anywhere is logged and told; signals and the desktop's quit end the session."""
        loop, before = asyncio.get_running_loop(), sys.excepthook

        def failed(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
            before(kind, error, trace)
            self._told(error)

        loop.set_exception_handler(self._loop_failed)
        sys.excepthook = failed
        self._app.quit_wanted.connect(self._quit_wanted)
        for number in SIGNALS:
            try:
                loop.add_signal_handler(number, self.quit)
            except NotImplementedError:  # Windows: the bridge's timer lets Python see the signal
                signal.signal(number, lambda _number, _frame: self.quit())
        try:
            yield
        finally:
            self._app.quit_wanted.disconnect(self._quit_wanted)
            sys.excepthook = before
            loop.set_exception_handler(None)
            for number in SIGNALS:
                with contextlib.suppress(NotImplementedError):
                    loop.remove_signal_handler(number)

    def _loop_failed(self, _loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        error = context.get("exception")
        _log.error("%s", context.get("message"), exc_info=error if isinstance(error, BaseException) else None)
        self._told(error)

    def _told(self, error: object) -> None:
        with contextlib.suppress(AttributeError, RuntimeError):  # too early or too late for a toast
            self._bridge.tell(f"Something went wrong ({type(error).__name__}). The log says more.", "error")
