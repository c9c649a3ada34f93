"""Words: what is refused as wrong usage, what help says, and what happens without a verb."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import pytest

from conduit_desktop import __version__
from conduit_desktop.cli import main, values
from conduit_desktop.cli.parser import make_parser
from conduit_desktop.errors import ConfigurationError
from conduit_desktop.paths import Home

WRONG = [
    "nonsense",
    "provider",
    "provider add",
    "provider add x",
    "provider add x --kind opnai",
    "provider add x --kind openai --api-key sk-123456789012",
    "provider add x --kind openai --api-key-stdin --api-key-env X",
    "model add fast",
    "model add fast --provider x --model y --weight -1",
    "model set fast",
    "model set fast --strategy best",
    "key create",
    "key create x --per day",
    "key create x --budget lots",
    "key create x --budget 1 --per year",
    "key create x --expires yesterday",
    "key create x --expires 2020-01-01",
    "key create x --expires 99999999999d",
    "key create x --rpm many",
    "logs --limit 0",
    "logs --status fine",
    "logs --status ok --errors",
    "logs --since never",
    "serve --port 70000",
    "serve --por 1",
]


@pytest.mark.parametrize("words", WRONG)
def test_wrong_usage_exits_2_and_says_how(cli, words: str) -> None:
    done = cli(*words.split(), code=2)
    assert done.out == ""
    wrong, where = done.err.splitlines()  # what is wrong does not stand below twenty lines of options
    assert wrong.startswith("conduit-desktop")
    assert ": error: " in wrong
    assert where.startswith("All its words: conduit-desktop")
    assert where.endswith(" --help")


def test_help_names_every_verb_and_the_exit_codes(cli) -> None:
    out = cli("--help").out
    for verb in ("serve", "demo", "provider", "model", "key", "logs", "doctor"):
        assert f"\n  {verb}" in out.replace("    ", "  ")
    assert "0 done, 1 failed, 2 wrong usage" in out


def test_version(cli) -> None:
    assert cli("--version").out == f"Conduit Desktop {__version__}\n"


def test_without_a_verb_the_window_of_the_home_opens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(main.logs, "set_up", lambda *_: None)
    monkeypatch.setattr(main.logs, "guard_crashes", lambda: None)
    monkeypatch.setenv("CONDUIT_HOME", str(tmp_path / "of the environment"))
    opened: list[Home] = []
    assert main.run([], lambda home: opened.append(home) or 0) == 0
    assert main.run(["--home", str(tmp_path / "given")], lambda home: opened.append(home) or 7) == 7
    assert [home.folder.name for home in opened] == ["of the environment", "given"]
    assert not list(tmp_path.iterdir())


def test_a_failure_is_one_line_without_secrets(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(main.logs, "set_up", lambda *_: None)
    monkeypatch.setattr(main.logs, "guard_crashes", lambda: None)

    def window(_home: Home) -> int:
        raise ConfigurationError("It failed with sk-proj-abcdefghijk.", hint="Do this.")

    assert main.run(["--home", str(tmp_path)], window) == 1
    assert capsys.readouterr().err == "error: It failed with ***. Do this.\n"


def test_an_unknown_vault_is_a_failure(cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONDUIT_VAULT", "shoebox")
    assert "CONDUIT_VAULT" in cli("provider", "add", "demo", "--kind", "demo", code=1).err


def test_no_option_takes_a_secret() -> None:
    def options(parser: argparse.ArgumentParser) -> set[str]:
        found = set()
        for action in parser._actions:
            found.update(action.option_strings)
            if isinstance(action, argparse._SubParsersAction):
                for verb in action.choices.values():
                    found |= options(verb)
        return found

    suspicious = {name for name in options(make_parser()) if "key" in name or "secret" in name or "pass" in name}
    assert suspicious == {"--api-key-stdin", "--api-key-env", "--key"}  # the last one is a name in logs


# ---------------------------------------------------------------- values


@pytest.mark.parametrize(("text", "ago"), [("30s", 30), ("5m", 300), ("2h", 7200), ("7d", 604800), ("1w", 604800)])
def test_a_moment_may_be_an_age(text: str, ago: int) -> None:
    before = time.time()
    assert before - ago <= values.moment(text) <= time.time() - ago


def test_a_moment_may_be_a_time() -> None:
    assert values.moment("2027-01-31T09:30:00+00:00") == 1801387800
    assert values.moment("2027-01-31T09:30:00Z") == 1801387800
    assert values.moment("2027-02-01") - values.moment("2027-01-31") == 86400
    assert values.moment("today") - values.moment("yesterday") in (82800, 86400, 90000)


@pytest.mark.parametrize("text", ["", "h", "2x", "soon", "-3h", "2027-13-01"])
def test_what_is_no_moment(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="is no time"):
        values.moment(text)


def test_money_is_exact() -> None:
    assert values.usd("$0.000000000001") == 1
    assert values.usd("1,000.50") == 1_000_500_000_000_000
