"""``apply``, ``export`` and ``master-key``: what is shown, what is asked, what goes where."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from conduit_desktop.runtime import master
from conduit_desktop.store import Store

TEXT = """# ours
[providers.demo]
kind = "demo"

[keys.editor]  # the one in the editor
budget_usd = "5.00"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "conduit.toml"
    path.write_text(TEXT, encoding="utf-8")
    return path


def answering(monkeypatch: pytest.MonkeyPatch, text: str, *, terminal: bool) -> None:
    stream = io.StringIO(text)
    stream.isatty = lambda: terminal  # type: ignore[method-assign]
    monkeypatch.setattr(sys, "stdin", stream)


def test_the_difference_is_shown_first_and_nothing_done_in_a_dry_run(cli, file: Path, store: Store) -> None:
    done = cli("apply", str(file), "--dry-run")
    assert done.out.splitlines() == ["+ provider demo", "    kind: demo", "+ key editor", "    budget_usd: 5.00"]
    assert not store.keys.list()


def test_applied_once_and_then_nothing_to_do(cli, file: Path, store: Store) -> None:
    done = cli("apply", str(file), "--yes")
    text = done.out.splitlines()[-1]
    assert text.startswith("sk-conduit-"), "the new key's text comes last, alone"
    assert store.keys.list()[0].last4 == text[-4:]
    again = cli("apply", str(file), "--yes")
    assert again.out == ""
    assert "Nothing to do" in again.err


def test_two_new_keys_are_told_apart(cli, file: Path) -> None:
    file.write_text("[keys.a]\n[keys.b]\n")
    last = cli("apply", str(file), "--yes").out.splitlines()[-2:]
    assert [line.split()[0] for line in last] == ["a", "b"]


def test_somebody_is_asked(cli, file: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, "no\n", terminal=True)
    assert "Nothing was changed" in cli("apply", str(file), code=1).err
    assert not store.keys.list()
    answering(monkeypatch, "y\n", terminal=True)
    cli("apply", str(file))
    assert store.keys.list()


def test_nobody_there_to_be_asked_is_wrong_usage(cli, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, "", terminal=False)
    assert "--dry-run" in cli("apply", str(file), code=2).err
    answering(monkeypatch, TEXT, terminal=True)
    cli("apply", "-", code=2)


def test_from_standard_input(cli, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, TEXT, terminal=False)
    cli("apply", "-", "--yes")
    assert store.providers.by_name("demo") is not None


def test_a_change_shows_both_sides_and_prune_what_goes(cli, file: Path) -> None:
    cli("apply", str(file), "--yes")
    file.write_text('[keys.editor]\nbudget_usd = "7.00"\nrpm = 3\n')
    assert cli("apply", str(file), "--dry-run").out.splitlines() == [
        "~ key editor",
        "    budget_usd: 5.00 → 7.00",
        "    rpm: (default) → 3",
    ]
    assert "- provider demo" in cli("apply", str(file), "--dry-run", "--prune").out


def test_for_programs(cli, file: Path) -> None:
    planned = json.loads(cli("apply", str(file), "--dry-run", "--json").out)
    assert planned["changes"][1] == {
        "action": "add",
        "kind": "key",
        "name": "editor",
        "fields": {"budget_usd": {"before": None, "after": "5.00"}},
    }
    applied = json.loads(cli("apply", str(file), "--yes", "--json").out.splitlines()[-1])
    assert applied["applied"] == 2
    assert applied["keys"]["editor"].startswith("sk-conduit-")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[keys.a]\nrmp = 1", "Did you mean rpm"),
        ("what?", "not TOML"),
        ("x = [\n", "not TOML: it ends in the middle"),
        ("[keys.a]\nrpm = -1", "keys.a: rpm takes"),
    ],
)
def test_a_file_that_makes_no_sense_changes_nothing(cli, file: Path, store: Store, text: str, words: str) -> None:
    file.write_text(text)
    assert words in cli("apply", str(file), "--yes", code=1).err
    assert not store.keys.list()


def test_a_file_that_is_not_there_or_no_text(cli, file: Path, tmp_path: Path) -> None:
    wrong = cli("apply", str(tmp_path / "nothing.toml"), "--yes", code=1).err
    assert "There is no file" in wrong
    assert "nothing.toml. Write one first: conduit-desktop export" in wrong
    file.write_bytes(b"\xff\xfe\x00")
    assert "UTF-8" in cli("apply", str(file), "--yes", code=1).err


def test_export_to_a_new_file_and_to_standard_output(cli, file: Path, tmp_path: Path) -> None:
    cli("apply", str(file), "--yes")
    path = tmp_path / "new.toml"
    cli("export", str(path))
    assert path.read_text() == cli("export", "-").out
    assert path.stat().st_mode & 0o077 == 0
    assert "says so already" in cli("export", str(path)).err


def test_export_to_where_nothing_can_be_written_names_that(cli, tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "out.toml"
    assert cli("export", str(path), code=1).err == f"error: No such file or directory ({path}).\n"


def test_export_over_a_file_keeps_its_comments(cli, file: Path) -> None:
    cli("apply", str(file), "--yes")
    cli("key", "create", "other")
    cli("export", str(file))
    text = file.read_text()
    assert "# the one in the editor" in text
    assert text.startswith("# ours\n")
    assert "[keys.other]" in text


def test_what_is_no_configuration_is_not_written_over(cli, file: Path) -> None:
    file.write_text("dear diary")
    assert "not TOML" in cli("export", str(file), code=1).err
    assert file.read_text() == "dear diary"


def test_the_master_key_is_printed_alone_and_once(cli, store: Store) -> None:
    made = cli("master-key")
    text = made.out.strip()
    assert master.well_formed(text.encode())
    assert text not in made.err
    told = cli("master-key")
    assert told.out == ""
    assert text[-4:] in told.err
    new = cli("master-key", "--rotate").out.strip()
    key = store.master.get()
    assert key is not None
    assert master.fits(new.encode(), key)
    assert not master.fits(text.encode(), key)
    cli("master-key", "--rotate", "--reveal", code=2)


def test_there_is_nothing_to_reveal_before_it_is_made(cli) -> None:
    assert "no master key yet" in cli("master-key", "--reveal", code=1).err


def test_who_did_it_is_in_the_audit_log(cli, file: Path, store: Store) -> None:
    cli("apply", str(file), "--yes")
    cli("master-key")
    rows = [(row.who, row.action, row.subject) for row in reversed(store.audit.list())]
    assert rows == [
        ("command line", "add", "provider demo"),
        ("command line", "add", "key editor"),
        ("command line", "add", "master key"),
    ]
    assert {row.origin.split()[0] for row in store.audit.list()} == {"process"}
