"""Writes code blocks into a text document, a block of text a line, so that code that grows costs only what is new."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from markdown_it.token import Token
from PySide6.QtGui import QTextBlockFormat, QTextCursor

from conduit_desktop.ui.panes.chat_inline import Inline
from conduit_desktop.ui.widgets.code import coloured

CODE_HEAD = 32  # over a code block: its language and its copy button
CODE_PAD = 12
_LINE = 138  # per cent
_MOST_WHOLE = 10_000  # code up to this size is coloured as a whole, longer code (and code that grows) line by line


@dataclass(slots=True)
class Code:
    """A code block: from where to where in the document, and what."""

    first: int
    last: int
    left: float
    language: str
    text: str


def is_code(token: Token) -> bool:
    return token.type in ("fence", "code_block")


def text_of(token: Token) -> str:
    return token.content.rstrip("\n")


def language_of(token: Token) -> str:
    words = token.info.split()
    return words[0] if words else ""


def form_of(left: float, top: float) -> QTextBlockFormat:
    """The format of a line of code."""
    form = QTextBlockFormat()
    form.setTopMargin(top)
    form.setLeftMargin(left + CODE_PAD)
    form.setRightMargin(CODE_PAD)
    form.setLineHeight(_LINE, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
    return form


def write_code(cursor: QTextCursor, inline: Inline, token: Token, left: float, *, growing: bool) -> Code:
    """Write the code of ``token`` into the block at ``cursor`` and further ones."""
    text, language = text_of(token), language_of(token)
    first = cursor.block().position()
    _write(cursor, inline, _lines(text, language, whole=not growing and len(text) <= _MOST_WHOLE), left)
    return Code(first, cursor.block().position(), left, language, text)


def grow(cursor: QTextCursor, inline: Inline, code: Code, token: Token) -> None:
    """Write what ``token`` has more than ``code``, which is the last thing in the document."""
    text = text_of(token)
    start = code.text.rfind("\n") + 1
    cursor.movePosition(QTextCursor.MoveOperation.End)
    cursor.movePosition(QTextCursor.MoveOperation.StartOfBlock, QTextCursor.MoveMode.KeepAnchor)
    cursor.removeSelectedText()
    _write(cursor, inline, _lines(text[start:], code.language, whole=False), code.left)
    code.text, code.last = text, cursor.block().position()


def grows_from(code: Code, token: Token) -> bool:
    """Whether ``token`` is ``code`` with more behind it."""
    return is_code(token) and language_of(token) == code.language and text_of(token).startswith(code.text)


def keeps(token: Token) -> bool:
    """Whether code that has grown looks the same when it is finished, so that it need not be written again."""
    return len(text_of(token)) > _MOST_WHOLE


Line = list[tuple[str, str]]


def _lines(text: str, language: str, *, whole: bool) -> Iterator[Line]:
    """The lines of ``text``, each in coloured pieces."""
    if not language:
        yield from ([(line, "")] for line in text.split("\n"))
    elif not whole:
        yield from ([*coloured(line, language)] for line in text.split("\n"))
    else:
        line: Line = []
        for piece, tone in coloured(text, language):
            for at, part in enumerate(piece.split("\n")):
                if at:
                    yield line
                    line = []
                line.append((part, tone))
        yield line


def _write(cursor: QTextCursor, inline: Inline, lines: Iterator[Line], left: float) -> None:
    more = form_of(left, 0)
    for at, line in enumerate(lines):
        if at:
            cursor.insertBlock(more, inline.code(""))
        for piece, tone in line:
            if piece:
                cursor.insertText(piece, inline.code(tone))
