"""The text of an answer: Markdown shown block by block while it arrives, with code blocks that can be copied."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSizeF, Qt, QUrl, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QWidget

from conduit_desktop.ui import theme, tokens
from conduit_desktop.ui.panes.chat_blocks import Block, BlockStream, plain
from conduit_desktop.ui.panes.chat_tall import TallText
from conduit_desktop.ui.panes.chat_writer import CODE_HEAD, CODE_PAD, Code, Writer
from conduit_desktop.ui.widgets.copying import CopyButton
from conduit_desktop.ui.widgets.layout import row
from conduit_desktop.ui.widgets.text import Label


class CodeHead(QWidget):
    """The strip over a code block."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._language = Label("", "caption")
        self._copy = CopyButton(name="Copy the code")
        self.setLayout(row(self._language, None, self._copy, gap=0, margins=(CODE_PAD, 2, 4, 0)))

    def set_code(self, code: Code) -> None:
        self._language.setText(code.language or "code")
        self._copy.set_text(code.text)
        if self._copy.accessibleName() != "Copied":
            self._copy.setAccessibleName(f"Copy the {code.language} code".replace("  ", " "))


class MessageText(TallText):
    """``append`` text as it comes and ``show_new`` now and then; ``finish`` at the end. Signal: ``followed(address)``
    when a link is chosen: the owner shows the address before it opens anything."""

    followed = Signal(str)

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._stream = BlockStream()
        self._done: list[Block] = []
        self._ended = False
        self._heads: list[CodeHead] = []
        self._writer = Writer(self.document())
        self._writer.clear()
        self._tail = self._writer.mark()
        self.anchorClicked.connect(self._follow)
        theme.current().changed.connect(self.render_again)

    # ---- content

    @property
    def markdown(self) -> str:
        """The Markdown as it came."""
        return self._stream.text

    @property
    def blocks(self) -> list[Block]:
        return [*self._done, *self._stream.open()]

    @property
    def words(self) -> str:
        """The text without its marks."""
        return plain(self.blocks)

    def append(self, text: str) -> None:
        self._stream.feed(text)

    def show_new(self) -> None:
        """Show what was appended: finished blocks once and for all, the open rest anew."""
        done = self._stream.end() if self._ended else self._stream.take()
        self._writer.cut(self._tail)
        if done:
            self._writer.write(done)
            self._done += done
            self._tail = self._writer.mark()
        if not self._ended:
            self._writer.write(self._stream.open(), open=True)
        self._place()

    def finish(self) -> None:
        """Nothing more comes."""
        self._ended = True
        self.show_new()

    def render_again(self) -> None:
        """Write everything anew, in the theme that is in force now."""
        self._writer.clear()
        self._writer.write(self._done)
        self._tail = self._writer.mark()
        if not self._ended:
            self._writer.write(self._stream.open(), open=True)
        self._place()

    # ---- code blocks and quotations

    def _more(self) -> int:
        codes, last = self._writer.codes, self.document().lastBlock().position()
        return CODE_PAD + 2 if codes and codes[-1].position == last else 0

    def _fit(self, size: QSizeF) -> None:
        super()._fit(size)
        self._place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def _code_box(self, code: Code) -> QRectF:
        block = self.document().findBlock(code.position)
        box = self.document().documentLayout().blockBoundingRect(block)
        width = self.viewport().width() - code.left - 1
        return QRectF(code.left + 0.5, box.top() - CODE_HEAD + 0.5, width, box.height() + CODE_HEAD + CODE_PAD - 1)

    def _place(self) -> None:
        """Put the strips where the code blocks are."""
        codes = self._writer.codes
        while len(self._heads) < len(codes):
            self._heads.append(CodeHead(self.viewport()))
        for head, code in zip(self._heads, codes, strict=False):
            box = self._code_box(code)
            head.set_code(code)
            head.setGeometry(int(box.left()), int(box.top()), int(box.width()), CODE_HEAD - 2)
            head.show()
        for head in self._heads[len(codes) :]:
            head.hide()

    # ---- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        now = theme.current()
        painter.setPen(QPen(now.colour("border"), 1))
        painter.setBrush(now.colour("sunken"))
        for code in self._writer.codes:
            box = self._code_box(code)
            if box.intersects(QRectF(event.rect())):
                painter.drawRoundedRect(box, tokens.RADIUS.control, tokens.RADIUS.control)
        layout, document = self.document().documentLayout(), self.document()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(now.colour("border-strong"))
        for quote in self._writer.quotes:
            top = layout.blockBoundingRect(document.findBlock(quote.first)).top()
            bottom = layout.blockBoundingRect(document.findBlock(quote.last)).bottom()
            painter.drawRoundedRect(QRectF(quote.left, top, 3, bottom - top), 1.5, 1.5)
        painter.end()
        super().paintEvent(event)

    def _follow(self, url: QUrl) -> None:
        if url.scheme() in ("http", "https"):
            self.followed.emit(url.toString())
