"""The command line in this process: words in; exit code, standard output and error out. The vault is in memory, so
each call has an empty one."""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from conduit_desktop import logs
from conduit_desktop.cli.main import run
from conduit_desktop.paths import Home
from conduit_desktop.store import Store


class Done(NamedTuple):
    code: int
    out: str
    err: str


Cli = Callable[..., Done]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def cli(home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    monkeypatch.setenv("CONDUIT_VAULT", "memory")
    monkeypatch.setenv("COLUMNS", "200")
    # Both are for the whole process, which here is pytest's.
    monkeypatch.setattr(logs, "set_up", lambda *_: None)
    monkeypatch.setattr(logs, "guard_crashes", lambda: None)

    def call(*words: str, code: int = 0) -> Done:
        try:
            # In a context of its own: it says who acts.
            ended = contextvars.copy_context().run(run, ["--home", str(home.folder), *words], lambda _home: 42)
        except SystemExit as left:  # argparse's way out
            ended = int(left.code or 0)
        said = capsys.readouterr()
        assert ended == code, said.err
        return Done(ended, said.out, said.err)

    return call


@pytest.fixture
def store(home: Home) -> Iterator[Store]:
    store = Store.open(home)
    yield store
    store.close()
