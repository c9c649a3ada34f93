"""Reasoning that some models write into their answer's own text, between tags at its very start (``<think>`` of
DeepSeek R1, Qwen and others behind servers that do not part it; ``<thought>`` of Gemini's compatibility surface).
"""

from __future__ import annotations

from typing import Literal

Kind = Literal["thinking", "text"]

_TAGS = ("<think>", "<thought>")


class Tags:
    """Splits text that comes in pieces. Holds back only what may be part of a tag. ``settled``: all that comes is
    text."""

    __slots__ = ("_begun", "_closing", "_held", "_state", "settled")

    def __init__(self) -> None:
        self.settled = False
        self._state: Literal["start", "thinking", "after"] = "start"
        self._held = ""
        self._closing = ""
        self._begun = False

    def feed(self, piece: str) -> list[tuple[Kind, str]]:
        """What ``piece`` adds, in order."""
        out: list[tuple[Kind, str]] = []
        text, self._held = self._held + piece, ""
        if self._state == "start":
            text = self._begin(text)
            if self._state == "start":
                return [("text", text)] if text else []
        if self._state == "thinking":
            thought, text = self._think(text)
            if thought:
                out.append(("thinking", thought))
        if self._state == "after":
            text = text.lstrip()
            self.settled = bool(text)
        if text:
            out.append(("text", text))
        return out

    def _begin(self, text: str) -> str:
        """Look for an opening tag; gives what is behind it, or the text when there is none."""
        bare = text.lstrip()
        for tag in _TAGS:
            if bare.startswith(tag):
                self._state, self._closing = "thinking", tag.replace("<", "</")
                return bare[len(tag) :]
        if any(tag.startswith(bare) for tag in _TAGS):
            self._held = text
            return ""
        self.settled = True
        return text

    def _think(self, text: str) -> tuple[str, str]:
        """Thoughts, without the line breaks around them, and what is behind their closing tag."""
        if not self._begun:
            text = text.lstrip("\n")
            self._begun = bool(text)
        at = text.find(self._closing)
        if at >= 0:
            self._state = "after"
            return text[:at].rstrip("\n"), text[at + len(self._closing) :]
        keep = len(text)
        mark = text.rfind("<", max(0, len(text) - len(self._closing)))
        if mark >= 0 and self._closing.startswith(text[mark:]):
            keep = mark
        keep = len(text[:keep].rstrip("\n"))
        self._held = text[keep:]
        return text[:keep], ""

    def rest(self) -> list[tuple[Kind, str]]:
        """What was held back when the text ends."""
        held, self._held = self._held, ""
        self.settled = True
        if not held:
            return []
        return [("thinking" if self._state == "thinking" else "text", held)]
