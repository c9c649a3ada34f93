"""Places in the document of an answer that its writer and its view come back to."""

from __future__ import annotations

from dataclasses import dataclass

from markdown_it.token import Token
from PySide6.QtGui import QTextBlockFormat


@dataclass(slots=True)
class Quote:
    """The blocks of a quotation, and how deep it is."""

    first: int
    last: int
    left: float


@dataclass(slots=True)
class Mark:
    """A place to come back to: everything behind it can be cut off again."""

    position: int
    fresh: bool
    codes: int
    quotes: int
    form: QTextBlockFormat


@dataclass(slots=True)
class Item:
    """An item of the list that is open: where it begins, and what it says."""

    mark: Mark
    tokens: list[Token]
