"""Ids of tool calls as the API takes them: letters, digits, ``_`` and ``-``, each once in a conversation."""

from __future__ import annotations

import re

from conduit_desktop.wire.messages import Message, ToolCall, ToolResult

_OTHER = re.compile(r"[^a-zA-Z0-9_-]")


class _Ids:
    def __init__(self) -> None:
        self.wire: dict[int, str] = {}
        self._used: set[str] = set()
        self._open: dict[str, list[str]] = {}
        self._last: dict[str, str] = {}
        self._unnamed: list[tuple[str, str]] = []

    def call(self, part: ToolCall) -> None:
        plain = _OTHER.sub("_", part.id) or f"toolu_{len(self.wire)}"
        wire, number = plain, 2
        while wire in self._used:  # some providers count from zero in every turn
            wire, number = f"{plain}_{number}", number + 1
        self._used.add(wire)
        self.wire[id(part)] = wire
        if part.id:
            self._open.setdefault(part.id, []).append(wire)
            self._last[part.id] = wire
        else:
            self._unnamed.append((part.name, wire))

    def result(self, part: ToolResult) -> None:
        self.wire[id(part)] = self._answered(part) if part.call_id else self._next(part.name)

    def _answered(self, part: ToolResult) -> str:
        waiting = self._open.get(part.call_id)
        if waiting:
            return waiting.pop(0)
        return self._last.get(part.call_id) or _OTHER.sub("_", part.call_id)

    def _next(self, name: str) -> str:
        """The call without an id that waited longest for a result of that name, or of any."""
        for each in (*(one for one in self._unnamed if one[0] == name), *self._unnamed):
            self._unnamed.remove(each)
            return each[1]
        return "toolu_unknown"


def wire_ids(messages: list[Message]) -> dict[int, str]:
    """The id to write for every call and result, by the ``id()`` of the part."""
    ids = _Ids()
    for message in messages:
        for part in message.parts:
            if isinstance(part, ToolCall):
                ids.call(part)
            elif isinstance(part, ToolResult):
                ids.result(part)
    return ids.wire
