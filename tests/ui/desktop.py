"""A desktop of its own for the real window: X server, window manager, tray, D-Bus with keyring and accessibility bus;
hands (xdotool), eyes (AT-SPI, see ``eyes.py``) and a clipboard (xclip).

Knows nothing of Conduit. Everything it starts ends with it, by its own process id.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

PROGRAMS = ("Xvfb", "openbox", "trayer", "xdotool", "xclip", "dbus-daemon", "gnome-keyring-daemon")
LAUNCHERS = ("/usr/libexec/at-spi-bus-launcher", "/usr/lib/at-spi2-core/at-spi-bus-launcher")
SYSTEM_PYTHON = "/usr/bin/python3"
GI = "import gi; gi.require_version('Atspi', '2.0'); from gi.repository import Atspi"
PATIENCE = 30.0
SCREEN = "1440x900x24"


def missing() -> list[str]:
    """What this machine lacks for it."""
    absent = [program for program in PROGRAMS if shutil.which(program) is None]
    absent += [] if any(map(os.path.exists, LAUNCHERS)) else ["at-spi2-core"]
    probe = [SYSTEM_PYTHON, "-c", GI]
    seen = os.path.exists(SYSTEM_PYTHON) and subprocess.run(probe, capture_output=True).returncode == 0
    return absent + ([] if seen else ["gir1.2-atspi-2.0"])


class Node(NamedTuple):
    """Something on the screen."""

    role: str
    name: str
    id: str
    description: str
    text: str
    box: tuple[int, int, int, int]
    states: tuple[str, ...]
    depth: int

    @property
    def enabled(self) -> bool:
        return "enabled" in self.states

    @property
    def middle(self) -> tuple[int, int]:
        left, top, width, height = self.box
        return left + width // 2, top + height // 2

    @property
    def said(self) -> str:
        return self.text or self.name


class Desktop:
    """``application`` is the accessible name of what is looked at."""

    def __init__(self, folder: Path, environ: dict[str, str], application: str) -> None:
        self.folder, self.environ, self.application = folder, environ, application
        self.heard: list[str] = []
        self._eyes = subprocess.Popen(
            [SYSTEM_PYTHON, str(Path(__file__).with_name("eyes.py"))],
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def close(self) -> None:
        end(self._eyes)

    # ---- eyes

    def look(self, within: str = "") -> list[Node]:
        """Everything that shows, or only the part with this id; parents before children."""
        assert self._eyes.stdin is not None
        assert self._eyes.stdout is not None
        self._eyes.stdin.write(self.application + "\n")
        self._eyes.stdin.flush()
        heard, rows = json.loads(self._eyes.stdout.readline())
        self.heard += heard
        nodes = [Node(**{**row, "box": tuple(row["box"]), "states": tuple(row["states"])}) for row in rows]
        return part(nodes, within) if within else nodes

    def all(
        self, name: str | None = None, role: str | None = None, id: str | None = None, within: str = ""
    ) -> list[Node]:
        """What bears this name or text exactly, this role, and this id."""
        return [
            node
            for node in self.look(within)
            if (name is None or name in (node.name, node.text))
            and (role is None or node.role == role)
            and (id is None or node.id == id)
            and node.box[2] > 0
        ]

    def find(self, name: str | None = None, role: str | None = None, id: str | None = None, within: str = "") -> Node:
        """The first of them, waited for."""
        what = f"{role or 'anything'} {name or ''} {id or ''} in {within or 'the window'}"
        found: list[Node] = until(lambda: self.all(name, role, id, within), what, self.dump)
        return found[0]

    def reads(self, *parts: str) -> str:
        """Wait until all these texts are on the screen; gives all that is."""
        return until(lambda: (text := self.words()) and all(part in text for part in parts) and text, parts, self.dump)

    def hears(self, part: str) -> None:
        """Wait until a screen reader has been told this."""
        until(lambda: self.look() and any(part in said for said in self.heard), part, lambda: "\n".join(self.heard))

    def words(self) -> str:
        rows = ([node.name, node.text, node.description] for node in self.look())
        return "\n".join(" | ".join(dict.fromkeys(filter(None, row))) for row in rows)

    def dump(self) -> str:
        """The whole tree, for whoever has to find out why a test failed."""
        rows = self.look()
        lines = (f"{' ' * n.depth}{n.role} {n.name!r} #{n.id} {n.text!r} {n.box} {n.states}" for n in rows)
        return "\n".join(lines)

    def shot(self, path: Path) -> None:
        """Take a picture of the whole screen, where ImageMagick is there to do it."""
        if shutil.which("import"):
            self.run("import", "-window", "root", str(path))

    # ---- hands

    def run(self, *words: str, given: str | None = None) -> str:
        done = subprocess.run(words, env=self.environ, input=given, capture_output=True, text=True, timeout=PATIENCE)
        assert done.returncode == 0, f"{words[:2]}: {done.stderr}"
        return done.stdout

    def click(self, node: Node, times: int = 1) -> None:
        x, y = node.middle
        self.run("xdotool", "mousemove", str(x), str(y))
        self.run("xdotool", "click", "--repeat", str(times), "--delay", "60", "1")

    def press(self, name: str, role: str = "push button", within: str = "") -> None:
        """Click what bears this name, once it shows and is enabled."""

        def ready() -> list[Node]:
            return [node for node in self.all(name, role, within=within) if node.enabled]

        self.click(until(ready, f"an enabled {role} {name!r}", self.dump)[0])

    def type(self, text: str) -> None:
        # Through standard input: what is typed may be a secret, and anyone can read command lines.
        self.run("xdotool", "type", "--delay", "8", "--file", "-", given=text)

    def key(self, *keys: str) -> None:
        self.run("xdotool", "key", "--delay", "30", *keys)

    def clipboard(self) -> str:
        return self.run("xclip", "-selection", "clipboard", "-out")

    def put_clipboard(self, text: str) -> None:
        # xclip stays behind as the clipboard's owner: it must not hold our pipes.
        words = ["xclip", "-selection", "clipboard", "-in"]
        quiet = subprocess.DEVNULL
        subprocess.run(words, env=self.environ, input=text, text=True, stdout=quiet, stderr=quiet, check=True)


def part(nodes: list[Node], id: str) -> list[Node]:
    """What lies within the part of this id."""
    for at, top in enumerate(nodes):
        if top.id == id:
            rest = nodes[at + 1 :]
            below = next((n for n, node in enumerate(rest) if node.depth <= top.depth), len(rest))
            return rest[:below]
    return []


def until(holds: Callable[[], Any], what: object, dump: Callable[[], str] = str) -> Any:
    """What ``holds`` gives once that is something."""
    limit = time.monotonic() + PATIENCE
    while not (found := holds()):
        if time.monotonic() > limit:
            raise AssertionError(f"{what} did not come; on the screen:\n{dump()}")
        time.sleep(0.05)
    return found


def end(process: subprocess.Popen[Any]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()


BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path={socket}</listen>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
<allow own="*"/></policy></busconfig>"""


@contextlib.contextmanager
def desktop(folder: Path, application: str) -> Iterator[Desktop]:
    """Start it all; ``folder`` becomes the user's home. Sockets lie in a short path of their own: 107 bytes is all."""
    with contextlib.ExitStack() as stack:
        run = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cd-", ignore_cleanup_errors=True)))
        environ = {name: os.environ[name] for name in ("PATH", "PYTHONPYCACHEPREFIX") if name in os.environ}
        environ |= {"HOME": str(folder), "XDG_RUNTIME_DIR": str(run), "LANG": "C.UTF-8", "TZ": "UTC"}
        environ |= {"DBUS_SESSION_BUS_ADDRESS": f"unix:path={run / 'bus'}", "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1"}

        def start(*words: str, given: bytes | None = None) -> subprocess.Popen[bytes]:
            quiet, pipe = subprocess.DEVNULL, subprocess.PIPE
            standard = quiet if given is None else pipe
            process = subprocess.Popen(words, env=environ, stdin=standard, stdout=quiet, stderr=quiet)
            stack.callback(end, process)
            if process.stdin is not None and given is not None:
                process.stdin.write(given)
                process.stdin.close()
            return process

        environ["DISPLAY"] = stack.enter_context(display(environ))
        config = run / "bus.conf"
        config.write_text(BUS.format(socket=run / "bus"))
        start("dbus-daemon", f"--config-file={config}", "--nofork", "--nopidfile")
        until((run / "bus").exists, "the bus")
        start("gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets", given=b"testpw")
        start("openbox")
        start(next(filter(os.path.exists, LAUNCHERS)), "--launch-immediately")
        until(lambda: owned(environ, "org.freedesktop.secrets", "org.a11y.Bus"), "keyring and accessibility bus")
        until(lambda: managed(environ), "the window manager")
        start("trayer", "--align", "right", "--widthtype", "request", "--height", "24")
        made = Desktop(folder, environ, application)
        stack.callback(made.close)
        yield made


@contextlib.contextmanager
def display(environ: dict[str, str]) -> Iterator[str]:
    """An X server on a number nobody has; no network, no access control (its socket is this machine's)."""
    readable, writable = os.pipe()
    words = ["Xvfb", "-displayfd", str(writable), "-screen", "0", SCREEN, "-nolisten", "tcp", "-ac", "-noreset"]
    quiet = subprocess.DEVNULL
    server = subprocess.Popen(words, env=environ, stdout=quiet, stderr=quiet, pass_fds=(writable,))
    os.close(writable)
    try:
        with open(readable) as said:
            yield f":{said.readline().strip()}"
    finally:
        end(server)


def owned(environ: dict[str, str], *names: str) -> bool:
    """Whether somebody answers to these names on the bus."""
    from jeepney.bus_messages import message_bus
    from jeepney.io.blocking import Proxy, open_dbus_connection

    with contextlib.closing(open_dbus_connection(environ["DBUS_SESSION_BUS_ADDRESS"])) as connection:
        bus = Proxy(message_bus, connection)
        return all(bus.NameHasOwner(name)[0] for name in names)


def managed(environ: dict[str, str]) -> bool:
    words = ["xdotool", "get_num_desktops"]
    return subprocess.run(words, env=environ, capture_output=True).returncode == 0
