"""Read-only code: monospace, line numbers, highlighting by pygments. Safe with bodies of any size: very long lines
and texts are cut on screen (never in what is copied), and lines are coloured only when they come into view."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Token, _TokenType
from pygments.util import ClassNotFound
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextBlock,
    QTextCharFormat,
    QTextLayout,
)
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from conduit_desktop.ui import theme
from conduit_desktop.ui.widgets.copying import copy

MOST_LINE = 4000
MOST_TEXT = 600_000
MOST_WHOLE = 25_000  # languages whose tokens span lines are coloured up to this size
LINE_BY_LINE = ("json", "http", "ini", "toml", "bash", "powershell", "text")

_KINDS: tuple[tuple[_TokenType, str], ...] = (
    (Token.Name.Tag, "code-key"),
    (Token.Literal.String, "code-string"),
    (Token.Literal.Number, "code-number"),
    (Token.Keyword, "code-keyword"),
    (Token.Name.Attribute, "code-key"),
    (Token.Name.Builtin, "code-keyword"),
    (Token.Name.Function, "code-name"),
    (Token.Name.Class, "code-name"),
    (Token.Name.Variable, "code-name"),
    (Token.Comment, "code-comment"),
    (Token.Punctuation, "code-punctuation"),
    (Token.Operator, "code-punctuation"),
)


@cache
def _tone(kind: _TokenType) -> str:
    return next((tone for base, tone in _KINDS if kind[: len(base)] == base), "")


@cache
def _lexer(language: str) -> Lexer | None:
    try:
        return get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None


def shorten(text: str) -> tuple[str, bool]:
    """``text`` as it can be shown, and whether anything was left out."""
    cut = len(text) > MOST_TEXT
    if cut:
        text = text[: text.rfind("\n", 0, MOST_TEXT) + 1 or MOST_TEXT]
    if all(len(line) <= MOST_LINE for line in text.split("\n")):
        return text, cut
    lines = [
        line if len(line) <= MOST_LINE else f"{line[:MOST_LINE]} … {len(line) - MOST_LINE:,} more characters"
        for line in text.split("\n")
    ]
    return "\n".join(lines), True


class _Numbers(QWidget):
    """The line numbers at the left."""

    def __init__(self, view: CodeView) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self) -> QSize:
        return QSize(self._view.number_width(), 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        self._view.paint_numbers(self, event.rect())


class CodeView(QPlainTextEdit):
    """Shows ``set_code(text, language)``. Ctrl+C copies the selection, ``copy_all`` the whole original."""

    def __init__(self, name: str, *, wrap: bool = True, numbers: bool = True) -> None:
        super().__init__()
        self._original, self._language, self._cut = "", "text", False
        self._spans: dict[int, list[tuple[int, int, str]]] | None = None
        self._with_numbers = numbers
        self.setReadOnly(True)
        self.setProperty("code", "true")
        self.setAccessibleName(name)
        self.setUndoRedoEnabled(False)
        self.setTabChangesFocus(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth if wrap else QPlainTextEdit.LineWrapMode.NoWrap)
        self.document().setDocumentMargin(8)
        self._numbers = _Numbers(self)
        self.blockCountChanged.connect(self._make_room)
        self.updateRequest.connect(self._scrolled)
        theme.current().changed.connect(self._restyle)
        self._restyle()

    @property
    def shortened(self) -> bool:
        """Whether less is on screen than there is."""
        return self._cut

    @property
    def code(self) -> str:
        """The whole original."""
        return self._original

    def set_code(self, text: str, language: str = "text") -> None:
        self._original, self._language = text, language
        shown, self._cut = shorten(text)
        self._spans = None
        if language not in LINE_BY_LINE and len(shown) <= MOST_WHOLE:
            self._spans = _spans(shown, language)
        self.setPlainText(shown)
        self._make_room()

    def copy_all(self) -> None:
        copy(self._original)

    # ---- colours, for the lines in view only

    def _colour_visible(self) -> None:
        block = self.firstVisibleBlock()
        bottom = self.viewport().height()
        top = self.blockBoundingGeometry(block).translated(self.contentOffset()).top()
        while block.isValid() and top <= bottom:
            if block.userState() != 1:
                self._colour(block)
            top += self.blockBoundingRect(block).height()
            block = block.next()

    def _colour(self, block: QTextBlock) -> None:
        block.setUserState(1)
        if self._spans is not None:
            spans = self._spans.get(block.blockNumber(), [])
        elif self._language in LINE_BY_LINE:
            spans = _spans(block.text(), self._language).get(0, [])
        else:
            spans = []
        block.layout().setFormats([_format(*span) for span in spans])

    def paintEvent(self, event: QPaintEvent) -> None:
        self._colour_visible()
        super().paintEvent(event)

    def _restyle(self) -> None:
        self.setFont(theme.current().font("mono"))
        block = self.document().begin()
        while block.isValid():
            block.setUserState(-1)
            block = block.next()
        self._make_room()

    # ---- line numbers

    def number_width(self) -> int:
        if not self._with_numbers:
            return 0
        return self.fontMetrics().horizontalAdvance("9" * max(2, len(str(self.blockCount())))) + 20

    def _make_room(self, _count: int = 0) -> None:
        self.setViewportMargins(self.number_width(), 0, 0, 0)
        self._place_numbers()

    def _place_numbers(self) -> None:
        inner = self.contentsRect()
        self._numbers.setGeometry(QRect(inner.left(), inner.top(), self.number_width(), inner.height()))

    def _scrolled(self, rect: QRect, dy: int) -> None:
        if dy:
            self._numbers.scroll(0, dy)
        else:
            self._numbers.update(0, rect.y(), self._numbers.width(), rect.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_numbers()

    def paint_numbers(self, area: QWidget, rect: QRect) -> None:
        """Draw the numbers of the visible lines into ``area``."""
        painter = QPainter(area)
        painter.fillRect(rect, theme.current().colour("sunken"))
        painter.setPen(theme.current().colour("code-line"))
        painter.setFont(theme.current().font("mono-small"))
        block = self.firstVisibleBlock()
        top = self.blockBoundingGeometry(block).translated(self.contentOffset()).top()
        height = self.fontMetrics().height()
        while block.isValid() and top <= rect.bottom():
            box = QRect(0, round(top), area.width() - 10, height)
            painter.drawText(
                box, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), str(block.blockNumber() + 1)
            )
            top += self.blockBoundingRect(block).height()
            block = block.next()


def _format(start: int, length: int, tone: str) -> QTextLayout.FormatRange:
    made = QTextLayout.FormatRange()
    made.start, made.length = start, length
    look = QTextCharFormat()
    look.setForeground(QColor(theme.current().hex(tone)))
    made.format = look
    return made


def coloured(text: str, language: str) -> Iterator[tuple[str, str]]:
    """``text`` in pieces, each with its colour token (empty for plain)."""
    lexer = _lexer(language)
    if lexer is None:
        yield text, ""
        return
    for kind, value in lexer.get_tokens(text):
        yield value, _tone(kind)


def _spans(text: str, language: str) -> dict[int, list[tuple[int, int, str]]]:
    """Coloured spans (column, length, colour token) by line."""
    found: dict[int, list[tuple[int, int, str]]] = {}
    line = column = 0
    for value, tone in coloured(text, language):
        for at, piece in enumerate(value.split("\n")):
            if at:
                line, column = line + 1, 0
            if tone and piece:
                found.setdefault(line, []).append((column, len(piece), tone))
            column += len(piece)
    return found
