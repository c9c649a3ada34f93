"""What verbs print: aligned tables with colours for people, one JSON object a line for programs.

Text that comes from outside (a model's name, a provider's error) may hold anything: nothing here passes a control
character to the terminal.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple, TextIO

from conduit_desktop import money

_COLOURS = {"red": "31", "green": "32", "yellow": "33", "blue": "34", "cyan": "36", "dim": "2", "bold": "1"}


_LEAST = 20
"""Characters of a last column that are shown in any terminal."""


class Cell(NamedTuple):
    """A table's cell with a colour."""

    text: str
    colour: str = ""


def colourful(stream: TextIO) -> bool:
    """Whether ``stream`` shows colours and its reader wants them (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def paint(text: str, colour: str, stream: TextIO | None = None) -> str:
    if not colour or not colourful(stream or sys.stdout):
        return text
    return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m"


def plain(text: str) -> str:
    """``text`` on one line, without what a terminal would obey."""
    return "".join(character if character.isprintable() else "�" for character in text)


class Table:
    """Columns as wide as their widest cell; a title that starts with ``>`` is a column of figures, to the right. With
    ``cut`` the last column ends where the terminal does; what goes elsewhere is whole."""

    def __init__(self, *titles: str, cut: bool = False) -> None:
        self._cut = cut
        self._right = [title.startswith(">") for title in titles]
        self._titles = [title.lstrip(">") for title in titles]
        self._widths = [len(title) for title in self._titles]
        self._begun = False

    def show(self, rows: Sequence[Sequence[str | Cell]]) -> None:
        """Print rows, the titles first when it is the first time; later rows keep to the widths so far."""
        cells = [[cell if isinstance(cell, Cell) else Cell(cell) for cell in row] for row in rows]
        cells = [[Cell(plain(cell.text), cell.colour) for cell in row] for row in cells]
        for row in cells:
            self._widths = [max(width, len(cell.text)) for width, cell in zip(self._widths, row, strict=True)]
        if not self._begun:
            self._begun = True
            print(self._line([Cell(title, "dim") for title in self._titles]))
        for row in cells:
            print(self._line(self._fitting(row)))
        sys.stdout.flush()

    def _fitting(self, row: list[Cell]) -> list[Cell]:
        if not self._cut or not sys.stdout.isatty():
            return row
        columns = shutil.get_terminal_size().columns
        room = max(_LEAST, columns - sum(self._widths[:-1]) - 2 * (len(self._widths) - 1))
        last = row[-1]
        return [*row[:-1], last if len(last.text) <= room else Cell(last.text[: room - 1] + "…", last.colour)]

    def _line(self, cells: Sequence[Cell]) -> str:
        parts = []
        for cell, width, right in zip(cells, self._widths, self._right, strict=True):
            space = " " * (width - len(cell.text))
            text = paint(cell.text, cell.colour)
            parts.append(space + text if right else text + space)
        return "  ".join(parts).rstrip()


def json_line(row: Mapping[str, object]) -> None:
    """Print one object; a Decimal becomes a number, to the last digit."""
    import msgspec

    encoder = msgspec.json.Encoder(decimal_format="number")
    print(encoder.encode(row).decode(), flush=True)


def say(text: str) -> None:
    """A word to the person at the terminal, on standard error: standard output belongs to results."""
    print(text, file=sys.stderr, flush=True)


# ---------------------------------------------------------------- figures


def iso(moment: float | None) -> str | None:
    """A time as ISO 8601 in UTC, to the millisecond."""
    if moment is None:
        return None
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def usd(picodollars: int | None) -> Decimal | None:
    """The exact amount in dollars, without trailing zeros."""
    if picodollars is None:
        return None
    return Decimal(f"{money.to_usd(picodollars).normalize():f}")


def milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 3)


def duration(seconds: float | None) -> str:
    """A duration for people: ``420 µs``, ``212 ms``, ``1.94 s``, ``3 min 5 s``."""
    if seconds is None:
        return "–"
    if seconds < 0.001:
        return f"{seconds * 1e6:.0f} µs"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.2f} s"
    return f"{int(seconds // 60)} min {int(seconds % 60)} s"


def day(moment: float | None) -> str:
    """A local date and time, to the minute; ``–`` when there is none."""
    return "–" if moment is None else datetime.fromtimestamp(moment).strftime("%Y-%m-%d %H:%M")
