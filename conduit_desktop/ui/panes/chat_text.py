"""The text of an answer: Markdown shown block by block while it arrives, with code blocks that can be copied."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, QUrl, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QWidget

from conduit_desktop.ui import theme, tokens
from conduit_desktop.ui.panes.chat_blocks import Block, BlockStream, plain
from conduit_desktop.ui.panes.chat_code import CODE_HEAD, CODE_PAD, Code
from conduit_desktop.ui.panes.chat_marks import Mark, Quote
from conduit_desktop.ui.panes.chat_tall import TallText
from conduit_desktop.ui.panes.chat_writer import Writer
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
        self._boxes: list[QRectF] = []
        self._bars: list[QRectF] = []
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
        rest = [] if self._ended else self._stream.open()
        known = self._tail
        self._tail = self._writer.advance(self._tail, done, rest)
        self._done += done
        self._place(known)

    def finish(self) -> None:
        """Nothing more comes."""
        self._ended = True
        self.show_new()

    def render_again(self) -> None:
        """Write everything anew, in the theme that is in force now."""
        self._writer.clear()
        rest = [] if self._ended else self._stream.open()
        self._tail = self._writer.advance(self._writer.mark(), self._done, rest)
        self._place()

    # ---- code blocks and quotations

    def _more(self) -> int:
        codes, last = self._writer.codes, self.document().lastBlock().position()
        return CODE_PAD + 2 if codes and codes[-1].last == last else 0

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._place()

    def _box_of(self, code: Code) -> QRectF:
        layout, document = self.document().documentLayout(), self.document()
        top = layout.blockBoundingRect(document.findBlock(code.first)).top() - CODE_HEAD
        bottom = layout.blockBoundingRect(document.findBlock(code.last)).bottom() + CODE_PAD
        return QRectF(code.left + 0.5, top + 0.5, self.viewport().width() - code.left - 1, bottom - top - 1)

    def _bar_of(self, quote: Quote) -> QRectF:
        layout, document = self.document().documentLayout(), self.document()
        top = layout.blockBoundingRect(document.findBlock(quote.first)).top()
        bottom = layout.blockBoundingRect(document.findBlock(quote.last)).bottom()
        return QRectF(quote.left, top, 3, bottom - top)

    def _place(self, since: Mark | None = None) -> None:
        """Find where code blocks and quotations are, but for those before ``since``, which stay where they were."""
        codes, known, quoted = self._writer.codes, since.codes if since else 0, since.quotes if since else 0
        del self._boxes[known:], self._bars[quoted:]
        self._bars += [self._bar_of(quote) for quote in self._writer.quotes[quoted:]]
        while len(self._heads) < len(codes):
            self._heads.append(CodeHead(self.viewport()))
        for head, code in zip(self._heads[known:], codes[known:], strict=False):
            box = self._box_of(code)
            self._boxes.append(box)
            head.set_code(code)
            head.setGeometry(int(box.left()), int(box.top()), int(box.width()), CODE_HEAD - 2)
            head.show()
        for head in self._heads[len(codes) :]:
            head.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        now = theme.current()
        painter.setPen(QPen(now.colour("border"), 1))
        painter.setBrush(now.colour("sunken"))
        for box in self._boxes:
            if box.intersects(QRectF(event.rect())):
                painter.drawRoundedRect(box, tokens.RADIUS.control, tokens.RADIUS.control)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(now.colour("border-strong"))
        for bar in self._bars:
            if bar.intersects(QRectF(event.rect())):
                painter.drawRoundedRect(bar, 1.5, 1.5)
        painter.end()
        super().paintEvent(event)

    def _follow(self, url: QUrl) -> None:
        if url.scheme() in ("http", "https"):
            self.followed.emit(url.toString())
