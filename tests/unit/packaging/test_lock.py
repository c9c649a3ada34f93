"""requirements.lock pins what pyproject.toml asks for, by hash, and says nothing of where it comes from."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[3]
LOCK = (ROOT / "requirements.lock").read_text("utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
GROUPS = PROJECT["dependency-groups"]
ASKED = [
    *PROJECT["project"]["dependencies"],
    *GROUPS["dev"],
    *GROUPS["bootstrap"],
    *PROJECT["build-system"]["requires"],
]
ENTRIES = re.findall(r"^(\S+)==(\S+)(.*(?:\n +.*)*)", LOCK, re.MULTILINE)
PINNED: dict[str, str] = {canonicalize_name(name): version for name, version, _ in ENTRIES}


@pytest.mark.parametrize("asked", ASKED)
def test_what_is_asked_for_is_pinned_in_range(asked: str) -> None:
    requirement = Requirement(asked)
    assert requirement.specifier.contains(PINNED[canonicalize_name(requirement.name)])


def test_each_pin_has_hashes() -> None:
    assert [name for name, _, rest in ENTRIES if "--hash=sha256:" not in rest] == []


def test_no_addresses_and_no_options() -> None:
    lines = [line.strip() for line in LOCK.splitlines()]
    assert [line for line in lines if "://" in line or (line.startswith("-") and not line.startswith("--hash="))] == []


def test_qt_is_the_sound_version() -> None:
    assert PINNED["pyside6-essentials"] == PINNED["shiboken6"] == "6.11.3"
