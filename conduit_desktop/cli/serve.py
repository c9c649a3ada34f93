"""``serve``: the gateway alone, on the main thread, without Qt.

Standard output gets one line, the base URL, when requests are taken; everything else goes to the log, which is also
standard error. The first SIGINT or SIGTERM lets requests in work finish, a second one cuts them off.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import signal
from collections.abc import Callable

from conduit_desktop import logs
from conduit_desktop.bus import Bus
from conduit_desktop.cli import asking
from conduit_desktop.cli.session import Session
from conduit_desktop.errors import ConfigurationError
from conduit_desktop.gateway.accept.guard import is_local_host
from conduit_desktop.gateway.engine import Gateway, Listening
from conduit_desktop.gateway.tally.ring import Ring
from conduit_desktop.runtime.admin.entry import Admin
from conduit_desktop.runtime.housekeeping import Housekeeping
from conduit_desktop.runtime.loop_thread import new_loop
from conduit_desktop.runtime.notifying.notices import Notices, moved
from conduit_desktop.runtime.occupancy import Occupancy, port_taken
from conduit_desktop.tasks import cancel, spawn

_log = logging.getLogger(__name__)


def run(arguments: argparse.Namespace, session: Session) -> int:
    home = session.home.make()
    logs.set_up(home)
    if home.vault.exists():
        asking.open_vault(session, needed=False)
    occupancy = Occupancy(home)
    occupancy.take()
    try:
        port = arguments.port if arguments.port is not None else session.store.settings.all()["port"]
        with asyncio.Runner(loop_factory=new_loop) as runner:
            return runner.run(_serve(session, occupancy, arguments.host, port))
    finally:
        occupancy.leave()


async def _serve(session: Session, occupancy: Occupancy, host: str, port: int) -> int:
    signals = _Signals()
    bus = Bus()
    notices = Notices(session.store, session.vault, bus)
    ring = Ring()
    gateway = Gateway(session.store, session.vault, bus, ring)
    gateway.administered_by(Admin(session.home, session.store, session.vault, bus, ring, gateway, notices))
    try:
        listening = await gateway.start(host, port)
    except OSError as error:
        why = (error.strerror or str(error)).rpartition(": ")[2]  # the loop says all before it too
        raise ConfigurationError(
            f"The gateway cannot listen at {host}, port {port}: {why}.",
            hint="Choose another --host or --port.",
        ) from error
    occupancy.announce(listening.base_url)
    print(listening.base_url, flush=True)
    housekeeping = Housekeeping(session.store)
    await housekeeping.start()
    spawn(asyncio.to_thread(_say_what_matters, session, listening, notices), "say what matters")
    _calm_collector()
    notices.start()
    try:
        await signals.stop.wait()
        await housekeeping.stop()
        return await _drain(gateway, signals)
    finally:
        await asyncio.to_thread(notices.close)


def _calm_collector() -> None:
    """What is there by now stays; requests make hardly any cycles, so that looking for them can wait: four hundred that
    begin at once are not looked through meanwhile."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


async def _drain(gateway: Gateway, signals: _Signals) -> int:
    if gateway.in_flight:
        _log.warning("Stopping when %d requests are done; a second signal cuts them off", gateway.in_flight)
    stopping = spawn(gateway.stop(), "stop")
    forced = spawn(signals.force.wait(), "second signal")
    await asyncio.wait({stopping, forced}, return_when=asyncio.FIRST_COMPLETED)
    await cancel(forced)
    if stopping.done():
        stopping.result()
        return 0
    await cancel(stopping)
    await gateway.stop(0)
    return 1


class _Signals:
    """The first signal sets ``stop``, the next one ``force``."""

    def __init__(self) -> None:
        self.stop = asyncio.Event()
        self.force = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            try:
                loop.add_signal_handler(number, self._hear)
            except NotImplementedError:  # Windows
                signal.signal(number, _from_anywhere(loop, self._hear))

    def _hear(self) -> None:
        (self.force if self.stop.is_set() else self.stop).set()


def _from_anywhere(loop: asyncio.AbstractEventLoop, hear: Callable[[], None]) -> Callable[[int, object], None]:
    def handle(_number: int, _frame: object) -> None:
        loop.call_soon_threadsafe(hear)

    return handle


def _say_what_matters(session: Session, listening: Listening, notices: Notices) -> None:
    """What whoever started this should know. Blocking, and not before the gateway is ready: it asks the vault."""
    if listening.wanted not in (0, listening.port):
        detail = port_taken(listening.wanted, listening.port)
        _log.warning("%s", detail)
        notices.tell(moved(detail))
    if not is_local_host(f"[{listening.host}]" if ":" in listening.host else listening.host):
        _log.warning("Other machines can reach the gateway at port %d; its keys are all that guards it", listening.port)
    if any(provider.secret_ref for provider in session.store.providers.list()):
        state = session.vault.state()
        if not state.ready:
            _log.warning("Providers with an API key cannot be used: %s %s", state.problem, state.hint)
