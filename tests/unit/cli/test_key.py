"""``key``: what is printed, what is kept, and what each verb changes."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest

from conduit_desktop.paths import Home
from conduit_desktop.store import Store


def created(cli, *words: str) -> str:
    """The key, which is all there is on standard output."""
    return str(cli("key", "create", *words).out.removesuffix("\n"))


def listed(cli) -> dict[str, dict]:
    return {key["name"]: key for key in map(json.loads, cli("key", "list", "--json").out.splitlines())}


def test_create_prints_the_key_and_keeps_only_its_digest(cli, home: Home, store: Store) -> None:
    text = created(cli, "editor")
    assert text.startswith("sk-conduit-")
    assert "\n" not in text
    (key,) = store.keys.list()
    assert key.digest == sha256(text.encode()).hexdigest()
    assert (key.last4, key.secret_ref) == (text[-4:], None)
    store.close()
    assert not holders(home.folder, text)


def holders(folder: Path, text: str) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]


def test_create_takes_terms(cli) -> None:
    words = "--budget 5 --per week --expires 2999-01-31 --model fast --model gpt-* --rpm 10 --tpm 1000 --parallel 2"
    done = cli("key", "create", "editor", *words.split())
    assert "$5.00 a week" in done.err
    assert "there is no model 'fast' yet" in done.err
    assert "gpt-*'" not in done.err
    key = listed(cli)["editor"]
    assert {name: key[name] for name in ("budget_usd", "per", "models", "rpm", "tpm", "parallel", "spent_usd")} == {
        "budget_usd": 5,
        "per": "week",
        "models": ["fast", "gpt-*"],
        "rpm": 10,
        "tpm": 1000,
        "parallel": 2,
        "spent_usd": 0,
    }
    assert key["resets"].endswith("Z")
    row = cli("key", "list").out.splitlines()[1]
    for part in ("$5.00 a week", "fast, gpt-*", "10 requests/min, 1000 tokens/min, 2 at once", "on"):
        assert part in row


def test_a_key_without_a_budget_has_no_period(cli) -> None:
    created(cli, "free")
    key = listed(cli)["free"]
    assert (key["budget_usd"], key["per"], key["resets"]) == (None, None, None)


def test_disable_and_enable(cli) -> None:
    created(cli, "editor")
    cli("key", "disable", "editor")
    assert listed(cli)["editor"]["enabled"] is False
    assert " off " in cli("key", "list").out
    cli("key", "enable", "editor")
    assert listed(cli)["editor"]["enabled"] is True


def test_rotate_prints_another_key(cli, store: Store) -> None:
    first = created(cli, "editor", "--budget", "1")
    second = cli("key", "rotate", "editor").out.removesuffix("\n")
    assert second.startswith("sk-conduit-")
    assert second != first
    (key,) = store.keys.list()
    assert key.digest == sha256(second.encode()).hexdigest()
    assert key.budget is not None


def test_remove(cli) -> None:
    created(cli, "editor")
    cli("key", "remove", "editor")
    done = cli("key", "list")
    assert done.out == ""
    assert "key create" in done.err


@pytest.mark.parametrize("action", ["disable", "enable", "rotate", "remove"])
def test_an_unknown_name(cli, action: str) -> None:
    created(cli, "editor")
    assert "There is no key 'nope'. Keys: editor." in cli("key", action, "nope", code=1).err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("editor",), "already"),
        (("x", "--budget", "0"), "more than $0"),
        (("x", "--budget", "99999999999"), "at most"),
        (("x", "--rpm", "0"), "requests/min"),
        (("x", "--tpm", "99999999999999999999"), "tokens/min"),
        (("a/b",), "slash"),
    ],
)
def test_what_no_key_can_have(cli, words: tuple[str, ...], said: str) -> None:
    created(cli, "editor")
    done = cli("key", "create", *words, code=1)
    assert said in done.err
    assert done.out == ""


def test_set_changes_what_is_given_and_none_takes_it_away(cli, store: Store) -> None:
    created(
        cli,
        "editor",
        *[
            "--budget",
            "5",
            "--rpm",
            "10",
            "--tag",
            "team",
            "--model",
            "fast",
            "--thresholds",
            "50,90",
            "--max-output",
            "100",
        ],
    )
    said = cli(
        *["key", "set", "editor", "--budget", "7.50", "--per", "day", "--tag", "none", "--model", "none", "--note"],
        "for the editor",
    ).out
    assert said == "Key 'editor' changed: $7.50 a day, 10 requests/min.\n"
    (key,) = store.keys.list()
    assert (key.budget, key.period, key.tag, key.models) == (7_500_000_000_000, "day", "", ())
    assert (key.note, key.rpm, key.thresholds, key.max_output) == ("for the editor", 10, (50, 90), 100)
    cli(
        *[
            "key",
            "set",
            "editor",
            "--budget",
            "none",
            "--rpm",
            "none",
            "--max-output",
            "none",
            "--thresholds",
            "none",
            "--expires",
            "none",
        ]
    )
    (key,) = store.keys.list()
    assert (key.budget, key.rpm, key.max_output, key.thresholds, key.expires) == (None, None, None, (), None)


def test_set_refuses_what_no_key_can_have(cli, store: Store) -> None:
    created(cli, "editor")
    assert "no provider 'nobody'" in cli("key", "set", "editor", "--provider", "nobody", code=1).err
    downgrade = ("key", "set", "editor", "--at-limit", "downgrade")
    assert "No model is named" in cli(*downgrade, code=1).err
    assert "no model 'nope'" in cli(*downgrade, "--downgrade-to", "nope", code=1).err
    assert "say what to change" in cli("key", "set", "editor", code=2).err
    assert "percents" in cli("key", "set", "editor", "--thresholds", "half", code=2).err
    assert cli("key", "set", "nobody", "--rpm", "1", code=1).err


def test_rotate_with_a_grace_time(cli, store: Store) -> None:
    created(cli, "editor")
    (before,) = store.keys.list()
    cli("key", "rotate", "editor", "--grace", "2h")
    (key,) = store.keys.list()
    assert key.old_digest == before.digest != key.digest
    assert key.old_until is not None
    assert "old_text_until" in listed(cli)["editor"]


def test_show_preview_and_reset(cli, store: Store) -> None:
    created(cli, "editor", "--tag", "team", "--budget", "5", "--per", "month")
    shown = dict(line.split(maxsplit=1) for line in cli("key", "show", "editor").out.splitlines())
    assert (shown["tag"], shown["enabled"], shown["budget_usd"]) == ("team", "yes", "$5.00")
    assert shown["resets"].endswith(" 00:00"), "local, as key list has it"
    assert json.loads(cli("key", "show", "editor", "--json").out)["tag"] == "team"
    assert "No models yet" in cli("key", "preview", "editor").err
    assert "begins its period anew" in cli("key", "reset-spend", "editor").out
    (key,) = store.keys.list()
    assert key.reset_at is not None
