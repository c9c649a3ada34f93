"""Writes Markdown blocks into a text document, in the theme's fonts and colours. No HTML is read and no image loaded:
raw HTML stays text, an image becomes its description."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from markdown_it.token import Token
from PySide6.QtGui import (
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextLength,
    QTextList,
    QTextListFormat,
)

from conduit_desktop.ui import theme
from conduit_desktop.ui.panes.chat_blocks import Block
from conduit_desktop.ui.panes.chat_inline import Inline
from conduit_desktop.ui.panes.chat_table import write_table
from conduit_desktop.ui.widgets.code import coloured

CODE_HEAD = 32  # over a code block: its language and its copy button
CODE_PAD = 12
_GAP = 10  # between blocks
_INDENT = 22
_QUOTE = 16
_LINE = 142  # per cent
_MOST_OPEN = 6_000  # code that is still growing is coloured up to this size, then when it is finished
_MOST_COLOURED = 60_000
_HEADINGS = {"h1": ("title", 20), "h2": ("heading", 18), "h3": ("strong", 14)}
_STYLES = (QTextListFormat.Style.ListDisc, QTextListFormat.Style.ListCircle, QTextListFormat.Style.ListSquare)


@dataclass(slots=True)
class Code:
    """A code block: where in the document, and what."""

    position: int
    left: float
    language: str
    text: str


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
class _List:
    form: QTextListFormat
    loose: bool
    made: QTextList | None = None


class Writer:
    """Appends blocks to ``document``. ``codes`` and ``quotes`` say where those are that the view paints."""

    def __init__(self, document: QTextDocument) -> None:
        self._document = document
        self._cursor = QTextCursor(document)
        self._inline = Inline()
        self._fresh = True
        self._lists: list[_List] = []
        self._marker = False
        self._quoting: list[int] = []
        self._open = False
        self.codes: list[Code] = []
        self.quotes: list[Quote] = []
        self._acts: dict[str, Callable[[Token], None]] = {
            "heading_open": self._heading,
            "bullet_list_open": self._open_list,
            "ordered_list_open": self._open_list,
            "bullet_list_close": self._close_list,
            "ordered_list_close": self._close_list,
            "list_item_open": self._open_item,
            "list_item_close": self._close_item,
            "blockquote_open": self._open_quote,
            "blockquote_close": self._close_quote,
            "inline": self._paragraph,
            "fence": self._code,
            "code_block": self._code,
            "hr": self._rule,
        }
        self._role, self._space = "", _GAP

    def clear(self) -> None:
        """Start anew, in the theme that is in force now."""
        self._document.clear()
        self._document.setIndentWidth(_INDENT)
        self._inline = Inline()
        self._fresh = True
        self.codes.clear()
        self.quotes.clear()

    def mark(self) -> Mark:
        self._cursor.movePosition(QTextCursor.MoveOperation.End)
        form = self._cursor.blockFormat()
        return Mark(self._cursor.position(), self._fresh, len(self.codes), len(self.quotes), form)

    def cut(self, mark: Mark) -> None:
        """Take away everything behind ``mark``."""
        self._cursor.setPosition(mark.position)
        self._cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
        if self._cursor.hasSelection():
            self._cursor.removeSelectedText()
            self._cursor.setBlockFormat(mark.form)
        self._fresh = mark.fresh
        del self.codes[mark.codes :], self.quotes[mark.quotes :]

    def write(self, blocks: Iterable[Block], *, open: bool = False) -> None:
        """Append ``blocks``; ``open`` ones will come again, longer."""
        self._open = open
        self._cursor.movePosition(QTextCursor.MoveOperation.End)
        self._cursor.beginEditBlock()
        for block in blocks:
            self._lists, self._quoting, self._marker = [], [], False
            self._tokens(list(block.tokens))
        self._cursor.endEditBlock()

    def _tokens(self, tokens: list[Token]) -> None:
        at = 0
        while at < len(tokens):
            if tokens[at].type == "table_open":
                end = next(n for n in range(at, len(tokens)) if tokens[n].type == "table_close")
                self._table(tokens[at:end])
                at = end
            elif (act := self._acts.get(tokens[at].type)) is not None:
                act(tokens[at])
            at += 1

    # ---- blocks

    @property
    def _left(self) -> float:
        return float(_QUOTE * len(self._quoting))

    def _begin(self, form: QTextBlockFormat) -> None:
        """A new block, with its list's marker when it is the first of an item."""
        if self._fresh:
            form.setTopMargin(max(form.topMargin() - _GAP, 0) if form.topMargin() > 2 * _GAP else 0)
            self._cursor.setBlockFormat(form)
            self._fresh = False
        else:
            self._cursor.insertBlock(form, QTextCharFormat())
        self._cursor.setBlockCharFormat(self._inline.form("body"))
        if self._marker:
            self._marker = False
            level = self._lists[-1]
            if level.made is None:
                level.made = self._cursor.createList(level.form)
            else:
                level.made.add(self._cursor.block())

    def _form(self, space: float = _GAP) -> QTextBlockFormat:
        form = QTextBlockFormat()
        form.setTopMargin(space)
        form.setLeftMargin(self._left)
        form.setLineHeight(_LINE, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        if self._lists and not self._marker:
            form.setIndent(len(self._lists))
        return form

    def _heading(self, token: Token) -> None:
        self._role, self._space = _HEADINGS.get(token.tag, ("strong", 12))

    def _paragraph(self, token: Token) -> None:
        role, space, self._role, self._space = self._role or "body", self._space, "", _GAP
        if self._lists and role == "body":
            space = _GAP - 2 if self._lists[-1].loose else 3
        form = self._form(space)
        children = token.children or []
        if self._marker and children and children[0].content[:4].lower() in ("[ ] ", "[x] "):
            done = children[0].content[1] != " "
            form.setMarker(QTextBlockFormat.MarkerType.Checked if done else QTextBlockFormat.MarkerType.Unchecked)
            children[0].content = children[0].content[4:]
        self._begin(form)
        self._inline.write(self._cursor, children, role)

    def _code(self, token: Token) -> None:
        if self._marker:
            self._begin(self._form(3))
        text = token.content.rstrip("\n")
        language = token.info.split()[0] if token.info.split() else ""
        left = self._left + _INDENT * len(self._lists)
        form = QTextBlockFormat()
        after_code = bool(self.codes) and self.codes[-1].position == self._cursor.block().position()
        form.setTopMargin(_GAP + CODE_HEAD + (CODE_PAD if after_code else 0))
        form.setBottomMargin(_GAP + CODE_PAD)
        form.setLeftMargin(left + CODE_PAD)
        form.setRightMargin(CODE_PAD)
        form.setLineHeight(_LINE - 4, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        fresh = self._fresh
        self._begin(form)
        if fresh:
            form.setTopMargin(CODE_HEAD + 1)
            self._cursor.setBlockFormat(form)
        self.codes.append(Code(self._cursor.block().position(), left, language, text))
        most = _MOST_OPEN if self._open else _MOST_COLOURED
        for piece, tone in coloured(text, language) if language and len(text) <= most else ((text, ""),):
            self._cursor.insertText(piece.replace("\n", "\u2028"), self._inline.code(tone))

    def _rule(self, _token: Token) -> None:
        form = self._form(_GAP)
        form.setProperty(QTextBlockFormat.Property.BlockTrailingHorizontalRulerWidth, QTextLength())
        form.setBackground(theme.current().colour("border-strong"))
        self._begin(form)

    # ---- lists and quotations

    def _open_list(self, token: Token) -> None:
        if self._marker:
            self._begin(self._form(3))
        form = QTextListFormat()
        depth = len(self._lists)
        form.setIndent(depth + 1)
        if token.type == "ordered_list_open":
            form.setStyle(QTextListFormat.Style.ListDecimal)
            start = token.attrGet("start")
            form.setStart(min(int(start), 2**31 - 1) if start is not None else 1)
        else:
            form.setStyle(_STYLES[min(depth, len(_STYLES) - 1)])
        self._lists.append(_List(form, loose=False))

    def _close_list(self, _token: Token) -> None:
        self._lists.pop()

    def _open_item(self, _token: Token) -> None:
        self._marker = True

    def _close_item(self, _token: Token) -> None:
        if self._marker:
            self._begin(self._form(3))

    def _open_quote(self, _token: Token) -> None:
        if self._marker:
            self._begin(self._form(3))
        self._quoting.append(-1 if self._fresh else self._cursor.position())

    def _close_quote(self, _token: Token) -> None:
        start = self._quoting.pop()
        first = self._document.findBlock(start + 1) if start >= 0 else self._document.begin()
        if first.isValid() and self._cursor.position() > start:
            left = _QUOTE * len(self._quoting) + _INDENT * len(self._lists)
            self.quotes.append(Quote(first.position(), self._cursor.position(), left))

    def _table(self, tokens: list[Token]) -> None:
        if self._marker:
            self._begin(self._form(3))
        write_table(self._cursor, self._inline, tokens, self._left + _INDENT * len(self._lists))
        self._fresh = False
