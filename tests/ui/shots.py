"""Screenshots: renders panes, windows and the widget gallery to PNG, for the eye.

    python -m tests.ui.shots                          everything, light and dark, 1x and 2x
    python -m tests.ui.shots notifications buttons    only these scenes (a pane's key, or a name of gallery.SCENES)
    python -m tests.ui.shots --scheme dark --ratio 2 --size 1240x800 requests

They go to ``shots/`` (git-ignored); what measuring finds cut or squeezed in one is told below its name. Panes are shown
in the real window over a sample home, with its gateway running and no sheet of the scene before left; a module
``tests.ui.scenes_<pane>`` may add scenes: ``SCENES: dict[str, async (window) -> QWidget | None]``.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "shots"

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from conduit_desktop.ui.main_window import MainWindow

    Scene = Callable[[MainWindow], Awaitable[QWidget | None]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenes", nargs="*")
    parser.add_argument("--scheme", choices=("light", "dark", "both"), default="both")
    parser.add_argument("--ratio", choices=("1", "2", "both"), default="both")
    parser.add_argument("--size", default="1240x800")
    parser.add_argument("--text", default="normal", help="text size: small, normal, large, larger")
    parser.add_argument("--empty", action="store_true", help="a home with nothing in it")
    given = parser.parse_args()
    if "SHOTS_RATIO" not in os.environ:
        return _in_children(given.ratio)
    from PySide6.QtWidgets import QApplication

    app = QApplication([])
    app.setQuitOnLastWindowClosed(False)
    import qasync

    with asyncio.Runner(loop_factory=lambda: qasync.QEventLoop(app)) as runner:
        return runner.run(_shoot(given, app))


def _in_children(ratio: str) -> int:
    """The scale is fixed when Qt starts: one process for each."""
    worst = 0
    for wanted in ("1", "2") if ratio == "both" else (ratio,):
        platform = f"offscreen:configfile={ROOT / 'tests' / 'data' / 'screen.json'}"
        more = {"SHOTS_RATIO": wanted, "QT_SCALE_FACTOR": wanted, "QT_QPA_PLATFORM": platform, "QT_API": "pyside6"}
        command = [sys.executable, "-m", "tests.ui.shots", *sys.argv[1:]]
        worst |= subprocess.run(command, cwd=ROOT, env={**os.environ, **more}, check=False).returncode
    return worst


async def _shoot(given: argparse.Namespace, app: object) -> int:
    """How many scenes failed."""
    from PySide6.QtCore import QSize
    from PySide6.QtWidgets import QApplication

    from conduit_desktop.bus import Bus
    from conduit_desktop.paths import Home
    from conduit_desktop.runtime.service import GatewayService
    from conduit_desktop.store import Store
    from conduit_desktop.ui import theme
    from conduit_desktop.ui.bridge import Bridge
    from conduit_desktop.ui.main_window import MainWindow
    from conduit_desktop.vault import MemoryVault
    from tests.ui import sample

    assert isinstance(app, QApplication)
    OUT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder)).make()
        store, vault = Store.open(home), MemoryVault()
        if not given.empty:
            sample.fill(store, vault)
        store.settings.put("port", 7878)
        service = GatewayService(home, store, vault, Bus())
        theme.install(app, "light", given.text)
        store.settings.put("text_size", given.text)
        await service.start()
        bridge = Bridge(service.bus)
        window = MainWindow(service, bridge)
        width, height = map(int, given.size.split("x"))
        window.resize(QSize(width, height))
        window.show()
        window.standing.refresh()
        await asyncio.sleep(0.3)
        failed = 0
        for name, scene in _scenes(given.scenes).items():
            try:
                await _one(window, name, scene, given)
            except Exception as error:  # noqa: BLE001 - the others are worth seeing all the same
                failed += 1
                print(f"{name} failed: {error!r}", file=sys.stderr)
        bridge.close()
        await service.close()
        window.deleteLater()
        return failed


async def _one(window: MainWindow, name: str, scene: Scene, given: argparse.Namespace) -> None:
    from conduit_desktop.ui import theme
    from conduit_desktop.ui.widgets.sheet import Sheet
    from tests.ui.whole import cut, squeezed, too_wide

    for scheme in ("light", "dark") if given.scheme == "both" else (given.scheme,):
        await window.service.set_setting("theme", scheme)
        theme.current().set_mode(scheme)
        for toast in window.toasts.toasts:
            toast.close()
        for left in window.findChildren(Sheet):  # of the scene before: no scene finds another's
            left.finish()
        await window.service.start()
        await asyncio.sleep(0.05)
        shown = await scene(window) or window
        await asyncio.sleep(0.35)
        while not getattr(window.pane(window.current_key), "whole", True):
            await asyncio.sleep(0.35)
        path = OUT / f"{name}-{scheme}-{os.environ['SHOTS_RATIO']}x.png"
        shown.grab().save(str(path))
        print(path.relative_to(ROOT), *cut(shown), *squeezed(shown), *too_wide(shown), sep="\n    ")
        if shown is not window:
            shown.close()
            shown.deleteLater()
        window.palette_box.close_palette()


def _scenes(wanted: list[str]) -> dict[str, Scene]:
    from conduit_desktop.ui.panes import PANES

    found: dict[str, Scene] = {entry.key: _pane(entry.key) for entry in PANES}
    for path in sorted(Path(__file__).parent.glob("scenes_*.py")):
        found |= importlib.import_module(f"tests.ui.{path.stem}").SCENES
    if wanted and (unknown := set(wanted) - set(found)):
        raise SystemExit(f"no scene {', '.join(sorted(unknown))}; there are {', '.join(found)}")
    return {name: scene for name, scene in found.items() if not wanted or name in wanted}


def _pane(key: str) -> Scene:
    async def show(window: MainWindow) -> None:
        window.go(key)

    return show


if __name__ == "__main__":
    sys.exit(main())
