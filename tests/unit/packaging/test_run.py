"""packaging/run.py: what it starts where, and what it makes of the lock and of pip's settings."""

from __future__ import annotations

import ast
import importlib.util
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parents[3] / "packaging" / "run.py"
LINES = """alpha==1.0 \\
    --hash=sha256:aa
    # via conduit-desktop
uv==0.13.9 \\
    --hash=sha256:bb \\
    --hash=sha256:cc
    # via conduit-desktop
uvloop==0.23.0 ; sys_platform != 'win32' \\
    --hash=sha256:dd
"""


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """The script as a module, for a Linux machine, with a stamp of its own and nothing to install."""
    spec = importlib.util.spec_from_file_location("packaging_run", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "LINUX", True)
    monkeypatch.setattr(module, "STAMP", tmp_path / "set-up.json")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    return module


@pytest.mark.parametrize("words", [[], ["--home", "here"], ["--home=here"]])
def test_without_a_verb_it_is_the_window(run: ModuleType, words: list[str]) -> None:
    assert run.asks_for_window(words)


@pytest.mark.parametrize(
    "words", [["serve"], ["--home", "here", "doctor"], ["--home=x", "serve"], ["--version"], ["-h"]]
)
def test_other_words_are_passed_on(run: ModuleType, words: list[str]) -> None:
    assert run.prepared(words) == words


def test_no_display_means_serve_and_says_so(run: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert run.prepared(["--home", "here"]) == ["--home", "here", "serve"]
    said = capsys.readouterr()
    assert "without its window" in said.err
    assert said.out == ""


@pytest.mark.parametrize(
    ("environ", "plugins", "platform"),
    [
        ({"DISPLAY": ":0"}, ["libqxcb.so"], None),
        ({"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}, ["libqxcb.so"], None),
        ({"WAYLAND_DISPLAY": "wayland-0"}, ["libqwayland.so"], "wayland"),
        ({"QT_QPA_PLATFORM": "offscreen"}, [], "offscreen"),
    ],
)
def test_the_platform_is_chosen_only_when_needed(
    run: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    environ: dict[str, str],
    plugins: list[str],
    platform: str | None,
) -> None:
    probed: list[list[str]] = []
    monkeypatch.setattr(run, "provide_qt", probed.append)
    monkeypatch.setattr(run.os, "environ", dict(environ))
    assert run.prepared([]) == []
    assert probed == [plugins]
    assert run.os.environ.get("QT_QPA_PLATFORM") == platform


def test_uv_is_taken_out_of_the_lock_whole(run: ModuleType) -> None:
    entry = run.locked_uv(LINES)
    assert entry.startswith("uv==0.13.9 ")
    assert entry.count("--hash") == 2
    assert "uvloop" in LINES.replace(entry, "")


def test_a_lock_without_uv_is_told(run: ModuleType) -> None:
    with pytest.raises(run.Stop, match="does not name uv"):
        run.locked_uv("alpha==1.0\n")


def test_pips_own_index_is_handed_to_uv(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = "global.index-url='file:///mirror'\nglobal.timeout='60'\n:env:.cert='/ca.pem'\ninstall.index-url='file:///own'\n"
    done = subprocess.CompletedProcess([], 0, listed, "")
    monkeypatch.setattr(run.subprocess, "run", lambda *_, **__: done)
    settings = run.index_settings()
    assert settings["UV_DEFAULT_INDEX"] == "file:///own"
    assert settings["SSL_CERT_FILE"] == "/ca.pem"
    assert "HTTPS_PROXY" not in settings


def test_a_ready_environment_is_left_alone(run: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.touch()
    monkeypatch.setattr(run, "venv_program", lambda _: python)
    wanted = {"with": run.digest(str(run.ROOT), run.PYTHON, run.sys.version), "of": run.digest(*run.contents())}
    run.write_stamp(wanted)
    monkeypatch.setattr(run, "find_uv", lambda: pytest.fail("set up again"))
    run.set_up()


def test_a_damaged_stamp_is_no_stamp(run: ModuleType) -> None:
    run.STAMP.write_text("[1", "utf-8")
    assert run.stamp() == {}
    run.STAMP.write_text("[1]", "utf-8")
    assert run.stamp() == {}


def test_without_root_the_command_is_named(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run.shutil, "which", lambda _: "/usr/bin/apt-get")
    monkeypatch.setattr(run.os, "geteuid", lambda: 1000, raising=False)
    with pytest.raises(run.Stop, match="sudo apt-get install --no-install-recommends libfoo"):
        run.install("libfoo", "Qt lacks something.", needed=True)


def test_what_is_not_needed_does_not_stop(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run.shutil, "which", lambda _: None)
    run.install("xvfb", "Some tests are skipped.", needed=False)
    assert "xvfb" in capsys.readouterr().err


def test_old_pythons_can_read_it() -> None:
    source = SCRIPT.read_text("utf-8")
    ast.parse(source, feature_version=(3, 7))


@pytest.mark.parametrize(
    ("compiled", "running", "complete", "system_is_used"),
    [
        ("'--prefix=/root/.pyenv/versions/3.11.7'", "/root/.pyenv/versions/3.11.7/bin/python3", True, True),
        ("'--prefix=/root/.pyenv/versions/3.11.7'", "/root/.pyenv/versions/3.11.7/bin/python3", False, False),
        ("'--enable-optimizations' '--with-lto'", "/opt/python/bin/python3", True, False),
        ("'--prefix=/usr'", "/usr/bin/python3.11", True, False),  # Debian does not say how it compiles
        (None, "/opt/python/bin/python3", True, False),
    ],
)
def test_an_optimised_build_is_preferred(
    run: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    compiled: str | None,
    running: str,
    complete: bool,
    system_is_used: bool,
) -> None:
    monkeypatch.setattr(run, "PYTHON", running)
    monkeypatch.setattr(run.sysconfig, "get_config_var", lambda _: compiled)
    monkeypatch.setattr(run.os, "access", lambda *_: True)
    done = subprocess.CompletedProcess([], 0 if complete else 1)
    monkeypatch.setattr(run.subprocess, "run", lambda *_, **__: done)
    system = f"/usr/bin/python3.{run.sys.version_info.minor}"
    assert run.best_build() == (system if system_is_used else running)
