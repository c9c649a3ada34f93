"""The response cache and processes: the command line beside a gateway that runs, and gateways that are killed."""

from __future__ import annotations

import signal
from pathlib import Path

from tests.integration.program import Program, Serving


def state(serving: Serving, key: str, text: str) -> str:
    got = serving.ask(key, messages=[{"role": "user", "content": text}])
    assert got.status_code == 200, got.text
    return str(got.headers["x-conduit-cache"])


def test_what_was_kept_outlives_a_kill_and_can_be_emptied_from_outside(tmp_path: Path) -> None:
    program = Program(tmp_path / "home")
    key = program.with_demo()
    program("model", "set", "fast", "--cache", "3600")
    assert "On for fast" in program("cache", "show").err
    with program.serving() as serving:
        assert [state(serving, key, f"say {n}") for n in range(30)] == ["miss"] * 30
        assert state(serving, key, "say 0") == "hit"
        serving.end(signal.SIGKILL)
    with program.serving() as serving:
        again = [state(serving, key, f"say {n}") for n in range(30)]
        assert again[:20] == ["hit"] * 20, "all but the last, which may have been on their way"
        assert [state(serving, key, f"say {n}") for n in range(30)] == ["hit"] * 30
        assert "30 answers are gone" in program("cache", "clear").err
        assert program("cache", "show", "--json").rows[0]["answers"] == 0
        assert [state(serving, key, f"say {n}") for n in range(3)] == ["miss"] * 3
        serving.end()
    shown = program("cache", "show")
    assert "3 answers" in shown.err
    assert shown.out.split()[-3:-1] == ["fast", "3"]
    assert program("cache", "show", "--json").rows[0]["models"][0]["answers"] == 3


def test_a_key_is_left_out(tmp_path: Path) -> None:
    program = Program(tmp_path / "home")
    key = program.with_demo()
    program("model", "set", "fast", "--cache", "3600")
    program("key", "set", "editor", "--cache", "off")
    assert program("key", "list", "--json").rows[0]["cache"] is False
    with program.serving() as serving:
        assert [serving.ask(key).headers.get("x-conduit-cache") for _ in range(2)] == [None, None]
        program("key", "set", "editor", "--cache", "on")
        assert [serving.ask(key).headers.get("x-conduit-cache") for _ in range(2)] == ["miss", "hit"]
