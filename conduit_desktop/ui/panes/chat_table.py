"""Writes a Markdown table into a text document."""

from __future__ import annotations

from markdown_it.token import Token
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextBlockFormat, QTextCursor, QTextFrameFormat, QTextTableFormat

from conduit_desktop.ui import theme
from conduit_desktop.ui.panes.chat_blocks import inline as inline_of
from conduit_desktop.ui.panes.chat_inline import Inline

_LINE = 134  # per cent
_PAD = 6


def write_table(cursor: QTextCursor, inline: Inline, tokens: list[Token], left: float, top: float) -> None:
    """Write the table that ``tokens`` are behind ``cursor``, and leave the cursor behind it."""
    rows: list[list[tuple[Token, Token]]] = []
    for at, token in enumerate(tokens):
        if token.type == "tr_open":
            rows.append([])
        elif token.type in ("th_open", "td_open"):
            rows[-1].append((token, tokens[at + 1]))
    table = cursor.insertTable(len(rows), max(map(len, rows)), _form(left, top))
    for down, cells in enumerate(rows):
        for across, (cell, words) in enumerate(cells):
            _write_cell(table.cellAt(down, across).firstCursorPosition(), inline, cell, words)
    for across in range(table.columns()):
        head = table.cellAt(0, across)
        look = head.format()
        look.setBackground(theme.current().colour("sunken"))
        head.setFormat(look)
    cursor.movePosition(QTextCursor.MoveOperation.End)
    cursor.setBlockFormat(QTextBlockFormat())


def _write_cell(cursor: QTextCursor, inline: Inline, cell: Token, words: Token) -> None:
    form = QTextBlockFormat()
    form.setLineHeight(_LINE, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
    style = str(cell.attrGet("style") or "")
    if "right" in style:
        form.setAlignment(Qt.AlignmentFlag.AlignRight)
    elif "center" in style:
        form.setAlignment(Qt.AlignmentFlag.AlignHCenter)
    cursor.setBlockFormat(form)
    inline.write(cursor, inline_of(words.content), "strong" if cell.type == "th_open" else "body")


def _form(left: float, top: float) -> QTextTableFormat:
    form = QTextTableFormat()
    form.setBorder(1)
    form.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
    form.setBorderBrush(theme.current().colour("border"))
    form.setBorderCollapse(True)
    form.setCellPadding(_PAD)
    form.setCellSpacing(0)
    form.setTopMargin(top)
    form.setBottomMargin(2)
    form.setLeftMargin(left)
    form.setHeaderRowCount(1)
    return form
