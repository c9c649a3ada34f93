"""Tables, colours and figures."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from conduit_desktop.cli.output import Cell, Table, colourful, day, duration, iso, json_line, paint, plain, usd


class Terminal:
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return Terminal()


def test_columns_are_aligned_and_figures_to_the_right(capsys: pytest.CaptureFixture[str]) -> None:
    Table("NAME", ">COST").show([["a", "$1.00"], ["longer", Cell("$10.00", "red")]])
    assert capsys.readouterr().out == "NAME      COST\na        $1.00\nlonger  $10.00\n"


def test_later_rows_keep_the_widths_and_get_no_second_title(capsys: pytest.CaptureFixture[str]) -> None:
    table = Table("NAME", "X")
    table.show([["a long name", "1"]])
    table.show([["b", "2"]])
    assert capsys.readouterr().out.splitlines() == ["NAME         X", "a long name  1", "b            2"]


def test_an_empty_table_has_its_titles(capsys: pytest.CaptureFixture[str]) -> None:
    Table("NAME").show([])
    assert capsys.readouterr().out == "NAME\n"


def test_nothing_reaches_the_terminal_that_it_would_obey(capsys: pytest.CaptureFixture[str]) -> None:
    assert plain("a\x1b[2Jb\nc\u202e") == "a�[2Jb�c�"
    Table("NAME").show([["\x1b]0;title\x07"]])
    assert "\x1b" not in capsys.readouterr().out


def test_a_cut_column_ends_where_the_terminal_does(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("NO_COLOR", "1")
    row = ["a" * 10, "word " * 20]
    Table("NAME", "ERROR", cut=True).show([row])
    assert capsys.readouterr().out.splitlines()[1].endswith("word")  # a file or a pipe gets all of it
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    Table("NAME", "ERROR", cut=True).show([row, ["b", "short"]])
    _, first, second = capsys.readouterr().out.splitlines()
    assert (len(first), first[-1]) == (40, "…")
    assert second.endswith("  short")


def test_colours_are_for_terminals_only(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    assert paint("x", "red", terminal) == "\x1b[31mx\x1b[0m"  # type: ignore[arg-type]
    assert paint("x", "", terminal) == "x"  # type: ignore[arg-type]
    assert paint("x", "red") == "x"  # a captured stdout is none
    for name, value in (("NO_COLOR", "1"), ("TERM", "dumb")):
        with monkeypatch.context() as patch:
            patch.setenv(name, value)
            assert not colourful(terminal)  # type: ignore[arg-type]


def test_json_money_is_exact_to_the_last_digit(capsys: pytest.CaptureFixture[str]) -> None:
    json_line({"cost": usd(123_456_789_012_345_678), "tiny": usd(1), "none": usd(None), "five": usd(5 * 10**12)})
    line = capsys.readouterr().out
    assert line == '{"cost":123456.789012345678,"tiny":1E-12,"none":null,"five":5}\n'
    assert json.loads(line, parse_float=Decimal)["cost"] == Decimal("123456.789012345678")


def test_figures() -> None:
    assert [duration(each) for each in (None, 0.00042, 0.212, 1.94, 185)] == [
        "–",
        "420 µs",
        "212 ms",
        "1.94 s",
        "3 min 5 s",
    ]
    assert iso(1801387800.1234) == "2027-01-31T09:30:00.123Z"
    assert iso(None) is None
    assert day(None) == "–"
