"""The keyring vault against a real gnome-keyring-daemon, on a D-Bus of its own, with a throw-away HOME."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from conduit_desktop.errors import VaultError
from conduit_desktop.paths import Home
from conduit_desktop.vault import open_vault
from conduit_desktop.vault.system import SERVICE, SystemVault

PROGRAMS = ("dbus-daemon", "gnome-keyring-daemon")
ABSENT = [name for name in PROGRAMS if shutil.which(name) is None]
SECRET = "sk-ant-0123456789abcdef"
WORDS = "correct horse battery"

pytestmark = [
    pytest.mark.keyring,
    pytest.mark.skipif(
        bool(ABSENT) and os.environ.get("CI") != "true",
        reason=f"needs {', '.join(ABSENT)} (apt-get install gnome-keyring dbus-daemon)",
    ),
    # keyring leaves its D-Bus socket to the garbage collector when a collection cannot be opened.
    pytest.mark.filterwarnings("ignore:.*socket:pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
]

# No service folders: nothing is started again behind our back when the keyring daemon is ended.
BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path={socket}</listen>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
<allow own="*"/></policy></busconfig>"""


@dataclass
class Session:
    """A desktop session with a bus, and a keyring daemon that can be ended and started."""

    folder: Path
    environ: dict[str, str]
    daemon: subprocess.Popen[bytes] | None = None

    def start_keyring(self) -> None:
        self.daemon = subprocess.Popen(
            ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"],
            env=self.environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        assert self.daemon.stdin is not None
        self.daemon.stdin.write(b"testpw")
        self.daemon.stdin.close()
        _until(_has_owner, "the keyring daemon did not take its name")

    def end_keyring(self) -> None:
        if self.daemon is not None:
            self.daemon.kill()
            self.daemon.wait(10)
            self.daemon = None


def _until(true: object, otherwise: str) -> None:
    deadline = time.monotonic() + 20
    while not true():  # type: ignore[operator]
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.02)


def _has_owner() -> bool:
    from jeepney.bus_messages import message_bus  # type: ignore[import-untyped]
    from jeepney.io.blocking import Proxy, open_dbus_connection  # type: ignore[import-untyped]

    with closing(open_dbus_connection()) as connection:
        return bool(Proxy(message_bus, connection).NameHasOwner("org.freedesktop.secrets")[0])


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    assert not ABSENT, f"{', '.join(ABSENT)} must be installed where CI=true"
    run = tmp_path / "run"
    run.mkdir(mode=0o700)
    # A socket's path may have 107 bytes only, and pytest's folders are long.
    socket = Path(os.environ.get("TMPDIR", "/tmp")) / f"conduit-test-bus-{os.getpid()}"
    config = tmp_path / "bus.conf"
    config.write_text(BUS.format(socket=socket))
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "XDG_RUNTIME_DIR": str(run),
        "DBUS_SESSION_BUS_ADDRESS": f"unix:path={socket}",
    }
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    bus = subprocess.Popen(
        ["dbus-daemon", f"--config-file={config}", "--nofork", "--nopidfile"],
        env=environ,
        stderr=subprocess.DEVNULL,
    )
    here = Session(tmp_path, environ)
    try:
        _until(socket.exists, "the bus did not start")
        here.start_keyring()
        yield here
    finally:
        here.end_keyring()
        bus.kill()
        bus.wait(10)
        socket.unlink(missing_ok=True)


def lock_it() -> None:
    import secretstorage

    with closing(secretstorage.dbus_init()) as connection:
        secretstorage.get_default_collection(connection).lock()


def entries() -> dict[str, str]:
    import secretstorage

    with closing(secretstorage.dbus_init()) as connection:
        items = secretstorage.get_default_collection(connection).search_items({"service": SERVICE})
        return {item.get_attributes()["username"]: item.get_secret().decode() for item in items}


def test_secrets_are_kept_read_and_removed(session: Session) -> None:
    vault = SystemVault()
    assert vault.state().ready
    assert entries() == {}  # the probe is gone
    vault.put("a", "first secret")
    vault.put("a", SECRET)
    vault.put("b", "clé \N{KEY} " * 2000)
    assert entries() == {"a": SECRET, "b": "clé \N{KEY} " * 2000}
    again = SystemVault()
    assert again.get("a") == SECRET
    assert again.get("b") == "clé \N{KEY} " * 2000
    again.remove("a")
    again.remove("a")
    assert list(entries()) == ["b"]
    with pytest.raises(VaultError) as caught:
        SystemVault().get("a")
    assert caught.value.code == "secret_missing"


def test_a_locked_keyring_that_nobody_can_unlock(session: Session) -> None:
    vault = SystemVault(pause=0)
    vault.put("a", SECRET)
    lock_it()
    assert vault.get("a") == SECRET  # from memory
    fresh = SystemVault(pause=0)
    for call in (lambda: fresh.get("a"), lambda: fresh.put("b", SECRET), lambda: fresh.remove("a")):
        with pytest.raises(VaultError) as caught:
            call()
        assert caught.value.code == "vault_locked"
    state = fresh.state()
    assert not state.ready
    assert "locked" in state.problem
    assert "Unlock" in state.hint


def test_no_bus(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    vault = SystemVault(pause=0)
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS")
    assert not vault.state().ready
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={session.folder}/nobody")
    state = vault.state(fresh=True)
    assert not state.ready
    assert "keyring" in state.problem
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", session.environ["DBUS_SESSION_BUS_ADDRESS"])
    assert vault.state(fresh=True).ready


def test_a_daemon_that_is_killed_and_comes_back(session: Session) -> None:
    vault = SystemVault(pause=0)
    vault.put("a", SECRET)
    session.end_keyring()
    with pytest.raises(VaultError) as caught:
        vault.put("b", SECRET)
    assert SECRET not in caught.value.text
    with pytest.raises(VaultError):
        vault.get("b")
    state = vault.state()
    assert not state.ready
    assert state.hint
    assert vault.get("a") == SECRET  # from memory
    session.start_keyring()
    vault.put("b", SECRET)
    assert vault.state().ready
    assert SystemVault().get("a") == SECRET  # it was on the daemon's disk


def test_a_home_on_the_keyring_does_not_slip_into_a_file(session: Session) -> None:
    home = Home(session.folder / "home")
    environ = {"CONDUIT_VAULT_PASSPHRASE": WORDS}
    vault = open_vault(home, environ)
    assert vault.state().kind == "keyring"
    vault.put("a", SECRET)
    session.end_keyring()
    away = open_vault(home, environ)
    state = away.state()
    assert (state.kind, state.ready) == ("keyring", False)
    assert "secrets of this home are in it" in state.problem
    with pytest.raises(VaultError):
        away.put("b", SECRET)
    assert not home.vault.exists()
    other = open_vault(Home(session.folder / "other"), environ)
    assert (other.state().kind, other.state().ready) == ("file", True)
    session.start_keyring()
    assert away.state(fresh=True).ready
    assert away.get("a") == SECRET
