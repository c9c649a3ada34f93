"""Writes Markdown blocks into a text document, in the theme's fonts and colours. No HTML is read and no image loaded:
raw HTML stays text, an image becomes its description."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from markdown_it.token import Token
from PySide6.QtGui import (
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextLength,
    QTextListFormat,
)

from conduit_desktop.ui import theme
from conduit_desktop.ui.panes.chat_blocks import LISTS, Block, inline, items_of
from conduit_desktop.ui.panes.chat_code import (
    CODE_HEAD,
    CODE_PAD,
    Code,
    form_of,
    grow,
    grows_from,
    is_code,
    keeps,
    write_code,
)
from conduit_desktop.ui.panes.chat_inline import Inline
from conduit_desktop.ui.panes.chat_marks import Item, Mark, Quote
from conduit_desktop.ui.panes.chat_table import write_table

_GAP = 10  # between blocks
_INDENT = 22
_QUOTE = 16
_LINE = 142  # per cent
_MOST_NUMBER = 999_999_999
_HEADINGS = {"h1": ("title", 20), "h2": ("heading", 18), "h3": ("strong", 14)}
_STYLES = (QTextListFormat.Style.ListDisc, QTextListFormat.Style.ListCircle, QTextListFormat.Style.ListSquare)


class Writer:
    """Appends blocks to ``document``. ``codes`` and ``quotes`` say where those are that the view paints."""

    def __init__(self, document: QTextDocument) -> None:
        self._document = document
        self._cursor = QTextCursor(document)
        self._inline = Inline()
        self._fresh = True
        self._lists: list[QTextListFormat] = []
        self._marker = False
        self._quoting: list[int] = []
        self._open = self._growing = False
        self._items: list[Item] = []
        self._head: Token | None = None
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
            "paragraph_open": self._open_paragraph,
            "inline": self._paragraph,
            "fence": self._code,
            "code_block": self._code,
            "hr": self._rule,
        }
        self._role, self._space, self._tight = "", _GAP, False

    def clear(self) -> None:
        """Start anew, in the theme that is in force now."""
        self._document.clear()
        self._document.setIndentWidth(_INDENT)
        self._inline = Inline()
        self._fresh, self._growing, self._items = True, False, []
        self.codes.clear()
        self.quotes.clear()

    def mark(self) -> Mark:
        self._cursor.movePosition(QTextCursor.MoveOperation.End)
        form = self._cursor.blockFormat()
        return Mark(self._cursor.position(), self._fresh, len(self.codes), len(self.quotes), form)

    def advance(self, mark: Mark, done: Sequence[Block], rest: Sequence[Block]) -> Mark:
        """Put ``done`` for good, and ``rest`` for now, where everything behind ``mark`` was. Gives the new mark."""
        self._cursor.beginEditBlock()
        blocks = [*done, *rest]
        kept = self._grow(blocks, finished=bool(done))
        skip = 0 if kept else self._same_items(blocks)
        if not kept:
            self.cut(self._items[skip].mark if skip else mark)
        self._items = self._items[:skip]
        if done:
            self._write(done[kept:], skip=skip)
            self._items = []
            mark = self.mark()
        self._write(rest if done else rest[kept:], skip=0 if done else skip, open=True)
        self._growing = len(rest) == 1 and is_code(rest[0].tokens[0])
        self._cursor.endEditBlock()
        return mark

    def _same_items(self, blocks: Sequence[Block]) -> int:
        """How many items of the list that is open stand as they are; its last one never does."""
        if not self._items or not blocks or blocks[0].tokens[0] != self._head:
            return 0
        same = 0
        for old, new in zip(self._items[:-1], items_of(blocks[0]), strict=False):
            if old.tokens != new:
                break
            same += 1
        return same

    def _grow(self, blocks: Sequence[Block], *, finished: bool) -> int:
        """Lengthen the code that is all there is behind the mark; gives how many blocks that settles."""
        if not (self._growing and blocks and self.codes and grows_from(self.codes[-1], blocks[0].tokens[0])):
            return 0
        if finished and not keeps(blocks[0].tokens[0]):
            return 0
        grow(self._cursor, self._inline, self.codes[-1], blocks[0].tokens[0])
        return 1

    def cut(self, mark: Mark) -> None:
        """Take away everything behind ``mark``."""
        self._cursor.setPosition(mark.position)
        self._cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
        if self._cursor.hasSelection():
            self._cursor.removeSelectedText()
            if self._cursor.blockFormat() != mark.form:
                self._cursor.setBlockFormat(mark.form)
        self._fresh = mark.fresh
        del self.codes[mark.codes :], self.quotes[mark.quotes :]

    def _write(self, blocks: Iterable[Block], *, skip: int, open: bool = False) -> None:
        """Append ``blocks``, without the first ``skip`` items of the first one."""
        self._open = open
        self._cursor.movePosition(QTextCursor.MoveOperation.End)
        for at, block in enumerate(blocks):
            self._lists, self._quoting, self._marker = [], [], False
            if block.kind in LISTS and at == 0:
                self._items_from(block, skip)
            else:
                self._tokens(list(block.tokens))

    def _items_from(self, block: Block, skip: int) -> None:
        """Append the items of a list behind the first ``skip``, remembering where each begins while it is open."""
        items = items_of(block)
        self._head = block.tokens[0]
        self._open_list(self._head)
        self._lists[-1].setStart(min(self._lists[-1].start() + skip, _MOST_NUMBER))
        for item in items[skip:]:
            if self._open:
                self._items.append(Item(self.mark(), item))
            self._tokens(item)
        self._lists.pop()

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

    def _above(self, space: float) -> float:
        """The space over a new block, more when it follows code: its box reaches below its text."""
        after_code = bool(self.codes) and self.codes[-1].last == self._cursor.block().position()
        return space + (CODE_PAD if after_code else 0)

    def _begin(self, form: QTextBlockFormat) -> None:
        """A new block, with its list's marker when it is the first of an item."""
        if self._fresh:
            form.setTopMargin(0)
            self._cursor.setBlockFormat(form)
            self._fresh = False
        else:
            form.setTopMargin(self._above(form.topMargin()))
            self._cursor.insertBlock(form, QTextCharFormat())
        self._cursor.setBlockCharFormat(self._inline.form("body"))
        if self._marker:  # a list for each item: Qt's own lists take longer the more items they have
            self._marker = False
            self._cursor.createList(self._lists[-1])
            self._lists[-1].setStart(min(self._lists[-1].start() + 1, _MOST_NUMBER))

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

    def _open_paragraph(self, token: Token) -> None:
        self._tight = token.hidden

    def _paragraph(self, token: Token) -> None:
        role, space, self._role, self._space = self._role or "body", self._space, "", _GAP
        if self._lists and role == "body":
            space = 3 if self._tight else _GAP - 2
        form = self._form(space)
        children = inline(token.content)
        if self._marker and children and children[0].content[:4].lower() in ("[ ] ", "[x] "):
            done = children[0].content[1] != " "
            form.setMarker(QTextBlockFormat.MarkerType.Checked if done else QTextBlockFormat.MarkerType.Unchecked)
            children = (children[0].copy(content=children[0].content[4:]), *children[1:])
        self._begin(form)
        self._inline.write(self._cursor, children, role)

    def _code(self, token: Token) -> None:
        if self._marker:
            self._begin(self._form(3))
        left = self._left + _INDENT * len(self._lists)
        top = CODE_HEAD + 1 if self._fresh else CODE_HEAD + self._above(_GAP)
        fresh, self._fresh = self._fresh, False
        if fresh:
            self._cursor.setBlockFormat(form_of(left, top))
        else:
            self._cursor.insertBlock(form_of(left, top), self._inline.code(""))
        self.codes.append(write_code(self._cursor, self._inline, token, left, growing=self._open))

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
            form.setStart(min(int(start), _MOST_NUMBER) if start is not None else 1)
        else:
            form.setStyle(_STYLES[min(depth, len(_STYLES) - 1)])
        self._lists.append(form)

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
        left = self._left + _INDENT * len(self._lists)
        write_table(self._cursor, self._inline, tokens, left, self._above(_GAP))
        self._fresh = False
