#!/usr/bin/env python3
"""Sets Conduit Desktop up and runs it, from nothing but Python 3.11+ with pip.

    python3 packaging/run.py                    the app: its window, or the gateway alone where no display is
    python3 packaging/run.py WORDS…             conduit-desktop WORDS…
    python3 packaging/run.py test [ARGS…]       every check and test; ARGS go to pytest

Owns the tools in .tools, the environment in .venv and the system packages Qt and the tests need. What comes from
the package index is pinned by hash in requirements.lock; packaging/README.md says how to renew it. Knows nothing of
the app but its name. Uses the standard library only, and no syntax newer than Python 3.7, so that an old Python
gets a sentence instead of a SyntaxError.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any, NoReturn

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
TOOLS = ROOT / ".tools"
VENV = ROOT / ".venv"
STAMP = VENV / "set-up.json"
WINDOWS = os.name == "nt"
LINUX = sys.platform.startswith("linux")
# Within a virtual environment the interpreter it was made from: .venv must not be made from itself.
PYTHON = getattr(sys, "_base_executable", None) or sys.executable

QT_PACKAGES = (
    "libglib2.0-0 libgl1 libegl1 libdbus-1-3 libfontconfig1 libxkbcommon0 libxcb-cursor0 libxcb-icccm4"
    " libxcb-keysyms1 libxcb-shape0 libxcb-xkb1 libxkbcommon-x11-0 libx11-xcb1 libwayland-cursor0 libwayland-egl1"
)
TEST_PROGRAMS = (  # PROGRAM or PROGRAM:PACKAGE
    "Xvfb:xvfb xauth openbox xdotool trayer xclip curl gnome-keyring-daemon:gnome-keyring dbus-run-session:dbus-daemon"
    " /usr/libexec/at-spi-bus-launcher:at-spi2-core valgrind"
)
ALL_TESTS = ["--numprocesses", "auto", "--dist", "loadfile"]
TEST_EYES = "*/girepository-1.0/Atspi-2.0.typelib"  # below /usr/lib: the window test reads the screen with it
PROBE = """
import ctypes, pathlib, sys, PySide6.QtNetwork, PySide6.QtSvg, PySide6.QtWidgets
for name in sys.argv[1:]:
    ctypes.CDLL(str(pathlib.Path(PySide6.__file__).parent / "Qt" / "plugins" / "platforms" / name))
"""


class Stop(Exception):
    """Something the user has to put right first; the text says what."""


def main(words: list[str]) -> int:
    try:
        if sys.version_info < (3, 11):  # noqa: UP036 - an older Python is what this is for
            raise Stop(f"Python 3.11 or newer is needed; {PYTHON} is {platform.python_version()}.")
        set_up()
        if words[:1] == ["test"]:
            os.chdir(ROOT)
            provide_qt(["libqxcb.so"])
            provide_test_programs()
            run("pytest", words[1:] or ALL_TESTS)
        run("conduit_desktop", prepared(words))
    except Stop as reason:
        say(str(reason))
        return 1
    except KeyboardInterrupt:
        return 130


def say(text: str) -> None:
    """Tell the user, on standard error: standard output belongs to what is run."""
    print(text, file=sys.stderr, flush=True)


def set_up() -> None:
    """Make .venv what requirements.lock and pyproject.toml say, unless it already is."""
    python = venv_program("python")
    made, wanted = stamp(), {"with": digest(str(ROOT), PYTHON, sys.version), "of": digest(*contents())}
    usable = python.exists() and made.get("with") == wanted["with"]
    if usable and made.get("of") == wanted["of"]:
        return
    say(f"Setting up {VENV}" + ("" if usable else " (once; a minute or two)"))
    uv = find_uv()
    if not usable:
        base = ["--no-python-downloads", "--python", best_build()]
        call_uv(uv, ["venv", "--quiet", "--clear", *base, str(VENV)])
    write_stamp({"with": wanted["with"]})
    pip, into = ["pip", "--quiet"], ["--python", str(python)]
    lock = LOCK.read_text("utf-8")
    call_uv(uv, [*pip, "sync", *into, "--require-hashes", "-"], lock.replace(locked_uv(lock), ""))
    call_uv(uv, [*pip, "install", *into, "--no-deps", "--no-build-isolation", "-e", str(ROOT)])
    write_stamp(wanted)


def best_build() -> str:
    """The Python .venv is made from: this one; or the system's own of the same version, where this one was compiled
    without optimisation, as pyenv does it unless told: the gateway takes a sixth more of the processor then."""
    told, system = sysconfig.get_config_var("CONFIG_ARGS"), f"/usr/bin/python3.{sys.version_info.minor}"
    fine = not LINUX or PYTHON.startswith("/usr/bin/") or told is None or "--enable-optimizations" in told
    probe = [system, "-I", "-c", "import ctypes, lzma, sqlite3, ssl, zlib"]
    if fine or not os.access(system, os.X_OK) or subprocess.run(probe, capture_output=True).returncode:
        return PYTHON
    say(f"{PYTHON} was compiled without optimisation: {system} is used instead.")
    return system


def contents() -> list[str]:
    return [path.read_text("utf-8") for path in (LOCK, ROOT / "pyproject.toml")]


def digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


def stamp() -> dict[str, Any]:
    """What is known of the environment: the digests it was made with and of, the Qt plugins seen to load."""
    try:
        content = json.loads(STAMP.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def write_stamp(content: dict[str, Any]) -> None:
    STAMP.write_text(json.dumps(content), "utf-8")


def venv_program(name: str) -> Path:
    return VENV / "Scripts" / (name + ".exe") if WINDOWS else VENV / "bin" / name


# uv, which needs neither the venv module nor a pip inside the environment


def locked_uv(lock: str) -> str:
    """The lines of requirements.lock that pin uv and its hashes."""
    found = re.search(r"^uv==.*?(?=^\S|\Z)", lock, re.MULTILINE | re.DOTALL)
    if found is None:
        raise Stop(f"{LOCK} does not name uv; packaging/README.md says how to renew it.")
    return found.group()


def find_uv() -> Path:
    """The locked uv in .tools, put there by pip: ``--target`` works where Debian forbids pip the rest."""
    pin = locked_uv(LOCK.read_text("utf-8"))
    version = pin.split()[0].split("==")[1]
    uv = TOOLS / "bin" / ("uv.exe" if WINDOWS else "uv")
    if uv.exists() and (TOOLS / f"uv-{version}.dist-info").exists():
        return uv
    if subprocess.run([PYTHON, "-m", "pip", "--version"], capture_output=True).returncode:
        debian = LINUX and shutil.which("apt-get")
        command = APT + "python3-pip" if debian else f"{PYTHON} -m ensurepip --upgrade"
        raise Stop(f"{PYTHON} has no pip. Get it with\n\n    {command}\n\nand start this again.")
    shutil.rmtree(TOOLS, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder) / "uv.txt"
        wanted.write_text(pin, "utf-8")
        pip = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        arguments = ["--require-hashes", "--target", str(TOOLS), "--requirement", str(wanted)]
        # The two, common in a developer's pip.conf, contradict --target.
        environ = {"PIP_ROOT_USER_ACTION": "ignore", **os.environ, "PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0"}
        if subprocess.run([*pip, *arguments], env=environ).returncode or not uv.exists():
            raise Stop("pip could not fetch uv; its reason is above. " + FETCHING)
    return uv


APT = "sudo apt-get install --no-install-recommends "
FETCHING = (
    "Setting up needs the package index once. Look at the network; behind a proxy or with an index of your own, "
    "set https_proxy, or index-url in pip's configuration. Then start this again."
)


def call_uv(uv: Path, arguments: list[str], text: str = "") -> None:
    environ = {**index_settings(), **os.environ}
    for name in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "CONDA_PREFIX"):
        environ.pop(name, None)
    done = subprocess.run([str(uv), *arguments], env=environ, cwd=ROOT, input=text.encode())
    if done.returncode:
        raise Stop("uv could not finish; its reason is above. " + FETCHING)


def index_settings() -> dict[str, str]:
    """What uv should know of the user's package index, for it does not read pip's configuration.

    Pip's further indexes and link pages are left out: the lock names exact files, which the main index has.
    """
    settings = {"UV_SYSTEM_CERTS": "1", "UV_HTTP_TIMEOUT": "120"}
    listed = subprocess.run([PYTHON, "-m", "pip", "config", "list"], capture_output=True, text=True).stdout
    names = {"index-url": "UV_DEFAULT_INDEX", "cert": "SSL_CERT_FILE", "proxy": "HTTPS_PROXY"}
    for scope in ("global", "install", ":env:"):
        found = re.findall(rf"^{scope}\.([\w-]+)=('.*'|\".*\")$", listed, re.MULTILINE)
        settings |= {names[key]: str(ast.literal_eval(value)) for key, value in found if key in names}
    return settings


# System packages


def provide_qt(plugins: list[str]) -> None:
    """See that Qt and its platform plugins find the shared libraries they need."""
    if not LINUX or stamp().get("qt") == plugins:
        return
    problem = qt_problem(plugins)
    if problem:
        install(QT_PACKAGES, f"Qt lacks a system library ({problem}).", needed=True)
        problem = qt_problem(plugins)
    if problem:
        raise Stop(f"Qt still lacks a system library: {problem}")
    write_stamp({**stamp(), "qt": plugins})


def qt_problem(plugins: list[str]) -> str:
    probe = [str(venv_program("python")), "-c", PROBE, *plugins]
    done = subprocess.run(probe, capture_output=True, text=True, cwd=ROOT)
    return (done.stderr.strip() or f"exit code {done.returncode}").splitlines()[-1] if done.returncode else ""


def provide_test_programs() -> None:
    """The X server, window driver and keyring that some tests drive; without them those tests are skipped."""
    wanted = [(each.split(":")[0], each.split(":")[-1]) for each in TEST_PROGRAMS.split()]
    missing = [package for program, package in wanted if not shutil.which(program)]
    if LINUX and (missing or not list(Path("/usr/lib").glob(TEST_EYES))):
        missing.append("python3-gi gir1.2-atspi-2.0")
        install(" ".join(missing), "Some tests need further programs and are skipped without them.", needed=False)


def install(packages: str, why: str, needed: bool) -> None:
    """Install Debian packages when root, else say how; without what is ``needed`` there is no going on."""
    if shutil.which("apt-get") is None:
        advice = f"{why} Install the counterparts of these Debian packages:\n\n    {packages}\n"
    elif os.geteuid() != 0:
        advice = f"{why} Install them with\n\n    {APT}{packages}\n"
    else:
        say(f"{why} Installing {packages}")
        environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for words in ("update", f"install -y --no-install-recommends {packages}"):
            command = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=120", "-o", "Dpkg::Use-Pty=0", *words.split()]
            done = subprocess.run(command, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode == 0:
            return
        say(done.stdout + done.stderr)
        advice = f"{why} apt-get failed, its reason is above. The command:\n\n    {APT}{packages}\n"
    if needed:
        raise Stop(advice)
    say(advice)


def prepared(words: list[str]) -> list[str]:
    """The words for conduit-desktop, with what a window needs in place; ``serve`` where none can be shown."""
    if not asks_for_window(words):
        return words
    if not LINUX or os.environ.get("QT_QPA_PLATFORM"):
        plugins = []
    elif os.environ.get("DISPLAY"):
        plugins = ["libqxcb.so"]
    elif os.environ.get("WAYLAND_DISPLAY"):
        plugins = ["libqwayland.so"]
        os.environ["QT_QPA_PLATFORM"] = "wayland"  # Qt's own default would be X and abort
    else:
        say("No display here (neither DISPLAY nor WAYLAND_DISPLAY): the gateway runs without its window.")
        return [*words, "serve"]
    provide_qt(plugins)
    return words


def asks_for_window(words: list[str]) -> bool:
    """Whether no verb is among the words: nothing, or only where the home is."""
    rest = list(words)
    while rest and rest[0].startswith("--home"):
        del rest[: 1 if "=" in rest[0] else 2]
    return not rest


def run(module: str, words: list[str]) -> NoReturn:
    """Become ``python -m module words``. -P keeps the current folder off the module path."""
    python = str(venv_program("python"))
    command = [python, "-P", "-m", module, *words]
    os.environ.pop("PYTHONHOME", None)
    if not WINDOWS:
        os.execve(python, command, os.environ)
    child = subprocess.Popen(command)
    while True:
        try:
            sys.exit(child.wait())
        except KeyboardInterrupt:  # Windows sends it to the child as well, and how it ends is the child's affair
            continue


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
