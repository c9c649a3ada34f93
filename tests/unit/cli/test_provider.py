"""``provider``: adding, listing, removing; where API keys come from and where they must not go."""

from __future__ import annotations

import io
import json

import pytest

from conduit_desktop.cli import asking
from conduit_desktop.errors import ConfigurationError, VaultError
from conduit_desktop.paths import Home
from conduit_desktop.providers import spec
from conduit_desktop.store import Store
from conduit_desktop.vault import MemoryVault

SECRET = "sk-proj-abcdefghijklmnop-1234"


def test_add_list_remove(cli) -> None:
    assert "built-in" in cli("provider", "add", "demo", "--kind", "demo").out
    assert cli("provider", "list").out.splitlines()[1].split() == ["demo", "demo", "on", "–", "demo://built-in/v1"]
    assert json.loads(cli("provider", "list", "--json").out) == {
        "name": "demo",
        "kind": "demo",
        "base_url": "demo://built-in/v1",
        "api_key": False,
        "api_key_last4": "",
        "enabled": True,
    }
    cli("provider", "remove", "demo")
    done = cli("provider", "list")
    assert done.out == ""
    assert "provider add" in done.err


def test_the_key_comes_from_the_environment(cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", f" {SECRET}\n")
    done = cli("provider", "add", "openai", "--kind", "openai", "--api-key-env", "MY_KEY")
    assert SECRET not in done.out + done.err
    assert json.loads(cli("provider", "list", "--json").out)["api_key_last4"] == "1234"


def test_the_key_comes_from_standard_input(cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(SECRET + "\n"))
    done = cli("provider", "add", "openai", "--kind", "openai", "--api-key-stdin")
    assert SECRET not in done.out + done.err
    assert json.loads(cli("provider", "list", "--json").out)["api_key"] is True


@pytest.mark.parametrize("words", [["--api-key-env", "NOT_SET"], ["--api-key-stdin"], []])
def test_a_missing_key_adds_nothing(cli, words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert "error: " in cli("provider", "add", "openai", "--kind", "openai", *words, code=1).err
    assert cli("provider", "list", "--json").out == ""


def test_a_local_server_needs_no_key_and_is_not_asked_for_one(cli) -> None:
    out = cli("provider", "add", "ollama", "--kind", "openai-compatible", "--base-url", "http://localhost:11434/v1").out
    assert "http://localhost:11434/v1" in out


def test_a_key_is_not_sent_in_the_clear(cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", SECRET)
    words = ["--kind", "openai-compatible", "--base-url", "http://example.com/v1", "--api-key-env", "MY_KEY"]
    assert "plain http" in cli("provider", "add", "far", *words, code=1).err


def test_a_name_is_taken_once(cli) -> None:
    cli("provider", "add", "demo", "--kind", "demo")
    assert "already" in cli("provider", "add", "demo", "--kind", "demo", code=1).err


@pytest.mark.parametrize("action", ["test", "models", "remove"])
def test_an_unknown_name_is_told_with_the_known_ones(cli, action: str) -> None:
    cli("provider", "add", "demo", "--kind", "demo")
    wrong = cli("provider", action, "demon", code=1).err
    assert "Providers: demo. Add one: conduit-desktop provider add NAME --kind KIND" in wrong


def test_the_demo_is_tested_and_lists_its_models(cli) -> None:
    cli("provider", "add", "demo", "--kind", "demo")
    assert "always answers" in cli("provider", "test", "demo").out
    models = cli("provider", "models", "demo").out.split()
    assert "demo" in models
    assert [json.loads(line)["id"] for line in cli("provider", "models", "demo", "--json").out.splitlines()] == models


def test_removing_says_which_models_are_left_without(cli, store: Store) -> None:
    cli("provider", "add", "demo", "--kind", "demo")
    cli("model", "add", "fast", "--provider", "demo", "--model", "demo")
    assert "fast" in cli("provider", "remove", "demo").err
    assert [model.deployments for model in store.models.list()] == [()]


# ---------------------------------------------------------------- asking at a terminal


class Answers:
    """Somebody at the terminal, who answers in this order."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.prompts: list[str] = []

    def __call__(self, prompt: str) -> str:
        self.prompts.append(prompt)
        return self.answers.pop(0)


def at_terminal(monkeypatch: pytest.MonkeyPatch, *answers: str) -> Answers:
    somebody = Answers(*answers)
    monkeypatch.setattr(asking, "interactive", lambda: True)
    monkeypatch.setattr(asking, "hidden", somebody)
    return somebody


def test_a_needed_key_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    somebody = at_terminal(monkeypatch, SECRET)
    assert asking.api_key(spec("openai"), "work", stdin=False, variable=None) == SECRET
    assert "work" in somebody.prompts[0]
    assert asking.api_key(spec("demo"), "demo", stdin=False, variable=None) is None
    assert asking.api_key(spec("openai-compatible"), "local", stdin=False, variable=None) is None


def test_without_a_terminal_the_ways_to_give_a_key_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "interactive", lambda: False)
    with pytest.raises(ConfigurationError, match="needs an API key") as caught:
        asking.api_key(spec("openai"), "work", stdin=False, variable=None)
    assert "--api-key-stdin" in caught.value.hint


def test_a_new_vault_gets_its_passphrase_typed_twice(cli, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONDUIT_VAULT", "file")
    monkeypatch.setenv("MY_KEY", SECRET)
    words = ("provider", "add", "openai", "--kind", "openai", "--api-key-env", "MY_KEY")
    at_terminal(monkeypatch, "one", "other", "three words here", "three words here")
    assert "not the same" in cli(*words).err
    assert home.vault.exists()
    somebody = at_terminal(monkeypatch, "wrong", "three words here")
    done = cli("provider", "add", "second", "--kind", "openai", "--api-key-env", "MY_KEY")
    assert "does not open" in done.err
    assert somebody.prompts == ["Passphrase of the vault: "] * 2


def test_giving_up_on_the_passphrase_adds_nothing(cli, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONDUIT_VAULT", "file")
    monkeypatch.setenv("MY_KEY", SECRET)
    at_terminal(monkeypatch, "")
    done = cli("provider", "add", "openai", "--kind", "openai", "--api-key-env", "MY_KEY", code=1)
    assert "no passphrase yet" in done.err
    assert not home.vault.exists()


def test_without_a_terminal_a_locked_vault_is_a_failure(cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONDUIT_VAULT", "file")
    monkeypatch.setenv("MY_KEY", SECRET)
    monkeypatch.setattr(asking, "interactive", lambda: False)
    done = cli("provider", "add", "openai", "--kind", "openai", "--api-key-env", "MY_KEY", code=1)
    assert "CONDUIT_VAULT_PASSPHRASE" in done.err


def test_a_third_wrong_passphrase_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    class Locked(MemoryVault):
        def unlock(self, passphrase: str) -> None:
            raise VaultError(f"{len(passphrase)} is wrong.", code="wrong_passphrase")

    somebody = at_terminal(monkeypatch, "a", "b", "c", "d")
    with pytest.raises(VaultError):
        asking.unlock(Locked(), new=False)
    assert somebody.answers == ["d"]
