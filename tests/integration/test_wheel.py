"""The wheel: made without the network, it brings its resources along and starts by its entry point."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from configparser import ConfigParser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel's contents, as an installer would lay them out."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-P", "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def python(site: Path, script: str, *arguments: str) -> str:
    """Run ``script`` with the wheel before the source tree, which the environment also has on its path."""
    command = [sys.executable, "-P", "-c", script, *arguments]
    environ = {**os.environ, "PYTHONPATH": str(site)}
    done = subprocess.run(command, cwd=site, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_resources_are_in_the_package(unpacked: Path) -> None:
    files = {path.relative_to(ROOT / "resources") for path in (ROOT / "resources").rglob("*") if path.is_file()}
    packed = unpacked / "conduit_desktop" / "_resources"
    assert files
    assert {path.relative_to(packed) for path in packed.rglob("*") if path.is_file()} == files


def test_resources_are_found_from_the_wheel(unpacked: Path) -> None:
    found = python(unpacked, "from conduit_desktop import paths; print(paths.resource('icons'))").strip()
    assert Path(found) == unpacked / "conduit_desktop" / "_resources" / "icons"


def test_only_the_package_is_installed(unpacked: Path) -> None:
    assert {path.name.split("-")[0] for path in unpacked.iterdir()} == {"conduit_desktop"}


def test_the_entry_point_starts(unpacked: Path) -> None:
    (listed,) = unpacked.glob("*.dist-info/entry_points.txt")
    points = ConfigParser()
    points.read(listed, "utf-8")
    module, function = points["console_scripts"]["conduit-desktop"].split(":")
    script = f"import sys; from {module} import {function} as main; sys.argv[0] = 'conduit-desktop'; sys.exit(main())"
    assert "conduit-desktop" in python(unpacked, script, "--help")


def test_an_editable_install_can_be_made(tmp_path: Path) -> None:
    """It is how packaging/run.py installs the project."""
    script = "import sys; from hatchling.build import build_editable; build_editable(sys.argv[1])"
    done = subprocess.run(
        [sys.executable, "-P", "-c", script, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        (link,) = (name for name in archive.namelist() if name.endswith(".pth"))
        assert Path(archive.read(link).decode().strip()) == ROOT
