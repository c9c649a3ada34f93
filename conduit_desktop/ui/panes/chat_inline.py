"""Writes the words inside a Markdown block: emphasis, code, links. Holds the character formats of one theme."""

from __future__ import annotations

import re
from collections.abc import Iterable

from markdown_it.token import Token
from PySide6.QtGui import QTextCharFormat, QTextCursor

from conduit_desktop.ui import theme

_ADDRESS = re.compile(r"https?://[^\s<>\"'`]*[^\s<>\"'`.,:;!?)\]}*_]")
_WEB = ("http://", "https://")
_SWITCHES = {"strong": "b", "em": "i", "s": "s"}

Look = tuple[str, str, str]  # role, switches that are on, address


class Inline:
    """One for a rendering: its formats are those of the theme in force when it was made."""

    def __init__(self) -> None:
        self._forms: dict[Look, QTextCharFormat] = {}
        self._codes: dict[str, QTextCharFormat] = {}

    def form(self, role: str, switches: str = "", address: str = "") -> QTextCharFormat:
        look = (role, switches, address)
        if (kept := self._forms.get(look)) is None:
            kept = self._forms[look] = _form(role, switches, address)
        return kept

    def code(self, tone: str) -> QTextCharFormat:
        """The format of a piece of a code block."""
        if (kept := self._codes.get(tone)) is None:
            kept = self._codes[tone] = QTextCharFormat()
            kept.setFont(theme.current().font("mono"))
            kept.setForeground(theme.current().colour(tone or "text"))
        return kept

    def write(self, cursor: QTextCursor, tokens: Iterable[Token], role: str) -> None:
        """Append ``tokens`` at ``cursor``, in ``role`` where nothing else holds."""
        on: list[str] = []
        addresses: list[str] = []
        for token in tokens:
            kind, _, end = token.type.rpartition("_")
            address = addresses[-1] if addresses else ""
            if kind == "link":
                addresses.append(_web(token)) if end == "open" else addresses.pop()
            elif kind in _SWITCHES:
                on.append(_SWITCHES[kind]) if end == "open" else on.remove(_SWITCHES[kind])
            elif token.type == "code_inline":
                cursor.insertText(token.content, self.form(role, "".join(sorted({*on, "c"})), address))
            elif token.type in ("softbreak", "hardbreak"):
                cursor.insertText("\u2028", self.form(role))
            elif token.type == "image":
                self._image(cursor, token, role)
            elif token.content:
                self._text(cursor, token.content, role, "".join(sorted(set(on))), address)

    def _text(self, cursor: QTextCursor, text: str, role: str, on: str, address: str) -> None:
        """Words, with the web addresses among them as links."""
        if address or "://" not in text:
            cursor.insertText(text, self.form(role, on, address))
            return
        at = 0
        for found in _ADDRESS.finditer(text):
            cursor.insertText(text[at : found.start()], self.form(role, on))
            cursor.insertText(found.group(), self.form(role, on, found.group()))
            at = found.end()
        cursor.insertText(text[at:], self.form(role, on))

    def _image(self, cursor: QTextCursor, token: Token, role: str) -> None:
        """Nothing is fetched for an answer: its description, as a link to where the image is."""
        words = "".join(child.content for child in token.children or ()) or "image"
        cursor.insertText(f"[{words}]", self.form(role, "", _web(token, "src")))


def _web(token: Token, name: str = "href") -> str:
    address = str(token.attrGet(name) or "")
    return address if address.lower().startswith(_WEB) else ""


def _form(role: str, switches: str, address: str) -> QTextCharFormat:
    now = theme.current()
    form = QTextCharFormat()
    form.setFont(now.font("strong" if "b" in switches and role == "body" else role))
    form.setForeground(now.colour("text"))
    if "c" in switches:
        form.setFont(now.font("mono"))
        form.setBackground(now.colour("neutral-soft"))
    form.setFontItalic("i" in switches)
    form.setFontStrikeOut("s" in switches)
    if address:
        form.setAnchor(True)
        form.setAnchorHref(address)
        form.setToolTip(address)
        form.setForeground(now.colour("accent-text"))
        form.setFontUnderline(True)
    return form
