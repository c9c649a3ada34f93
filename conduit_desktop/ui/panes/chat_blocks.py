"""Markdown in blocks, while it still arrives: which blocks are finished for good and what is still open. Pure.

A block is finished when a later complete line began another one; only the open rest is parsed again as text comes.
Raw HTML is text, references are not resolved across blocks, so that a finished block never changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.token import Token


def _markdown() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False, "maxNesting": 24})
    return made.enable(["table", "strikethrough"]).disable(["reference", "html_block", "html_inline"])


_words = _markdown()
_blocks = _markdown().disable(
    ["inline"]
)  # what an open block says is read when it is shown, and kept for the next time


LISTS = ("bullet_list_open", "ordered_list_open")


@dataclass(frozen=True, slots=True)
class Block:
    """One top-level block: its source, its kind (the first token's type), its tokens."""

    source: str
    kind: str
    tokens: tuple[Token, ...] = field(compare=False, repr=False, hash=False)


def parse(text: str) -> list[Block]:
    """The top-level blocks of ``text`` (line ends are LF). Their sources joined are ``text``, but for blank lines
    before the first."""
    tokens = _blocks.parse(text, {})
    groups: list[list[Token]] = []
    for token in tokens:
        if token.level == 0 and token.nesting >= 0:
            groups.append([])
        groups[-1].append(token)
    starts = [group[0].map[0] if group[0].map else 0 for group in groups]
    lines = _line_starts(text)
    edges = [*(lines[start] for start in starts), len(text)]
    return [Block(text[edges[at] : edges[at + 1]], group[0].type, tuple(group)) for at, group in enumerate(groups)]


def items_of(block: Block) -> list[list[Token]]:
    """The items of a list, each with its tokens."""
    items: list[list[Token]] = []
    for token in block.tokens[1:-1]:
        if token.level == 1 and token.type == "list_item_open":
            items.append([])
        items[-1].append(token)
    return items


@lru_cache(4096)
def inline(content: str) -> tuple[Token, ...]:
    """What stands inside a block: words, emphasis, links. Shared: not to be changed."""
    return tuple(_words.parseInline(content, {})[0].children or ())


def _line_starts(text: str) -> list[int]:
    starts, at = [0], text.find("\n") + 1
    while at:
        starts.append(at)
        at = text.find("\n", at) + 1
    return starts


class BlockStream:
    """Takes text in any pieces. ``take`` gives the blocks that are finished now; ``open`` are those that are not."""

    def __init__(self) -> None:
        self._text = ""  # from the start of the first unfinished block on
        self._held = ""  # a carriage return whose line feed may still come
        self._looked = 0  # how far into the text `take` has looked
        self._opened: list[Block] | None = []
        self._parts: list[str] = []

    @property
    def text(self) -> str:
        """All the text so far, as it came."""
        return "".join(self._parts)

    def feed(self, piece: str) -> None:
        self._parts.append(piece)
        self._opened = None
        piece = self._held + piece
        self._held = "\r" if piece.endswith("\r") else ""
        piece = piece.removesuffix("\r")
        self._text += piece.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")

    def take(self) -> list[Block]:
        """The blocks that no further text can change; they are given once. Only whole lines are looked at: half a
        line may mean something else than the whole one."""
        end = self._text.rfind("\n") + 1
        if end == self._looked or len(self.open()) < 2:
            return []
        self._looked = end
        *done, rest = parse(self._text[:end]) or [Block("", "", ())]
        if done:
            self._text = self._text[end - len(rest.source) :]
            self._looked = len(rest.source)
            self._opened = None
        return done

    def open(self) -> list[Block]:
        """What is not finished, as it would read if the text ended here."""
        if self._opened is None:
            self._opened = parse(self._text)
        return self._opened

    def end(self) -> list[Block]:
        """The text ended: everything that was open is finished."""
        if self._held:
            self._text, self._held, self._opened = self._text + "\n", "", None
        done, self._text, self._opened = self.open(), "", []
        return done


def blocks_of(text: str) -> list[Block]:
    """All blocks of a whole text."""
    stream = BlockStream()
    stream.feed(text)
    return [*stream.take(), *stream.end()]


def plain(blocks: Sequence[Block]) -> str:
    """The words alone, for a screen reader."""
    parts = []
    for block in blocks:
        for token in block.tokens:
            if token.type == "inline":
                parts.append(
                    "".join(
                        child.content if child.content else "\n" if child.type.endswith("break") else ""
                        for child in inline(token.content)
                    )
                )
            elif token.type in ("fence", "code_block"):
                parts.append(token.content.rstrip("\n"))
    return "\n".join(parts)
