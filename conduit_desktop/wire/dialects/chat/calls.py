"""Tool calls of a stream: which piece belongs to which call, whichever way a provider numbers them.

OpenAI numbers calls by ``index`` and sends the id and name once. Seen elsewhere: no index, the same index for every
call (each with its own id), an id of null or a name repeated in later pieces, arguments as an object, null or blank,
whole calls in one piece, several calls of one id (clients get ids that differ).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conduit_desktop.wire import events as e
from conduit_desktop.wire.dialects.base import Json
from conduit_desktop.wire.dialects.reading import json_object, json_text
from conduit_desktop.wire.messages import ToolCall


class _Call:
    __slots__ = ("custom", "id", "name", "part", "pieces", "signature")

    def __init__(self) -> None:
        self.id = ""
        self.name = ""
        self.custom = False
        self.signature = ""
        self.part: int | None = None
        self.pieces: list[str] = []

    def whole(self) -> bool:
        """Whether nothing can come any more."""
        return not self.custom and bool(self.pieces) and json_object("".join(self.pieces)) is not None


class Calls:
    """Reads the calls of one choice into events. ``before`` is called before a call opens (to close other parts), and
    ``signature`` with its id for a signature that came earlier."""

    __slots__ = ("_before", "_by_index", "_choice", "_given", "_latest", "_number", "_open", "_signature", "any")

    def __init__(
        self,
        number: Callable[[], int],
        choice: int,
        before: Callable[[list[e.Event]], None],
        signature: Callable[[str], str],
    ) -> None:
        self._number = number
        self._choice = choice
        self._before = before
        self._signature = signature
        self._by_index: dict[int, _Call] = {}
        self._given: set[str] = set()
        self._open: list[_Call] = []
        self._latest: _Call | None = None
        self.any = False

    def feed(self, items: Any, out: list[e.Event]) -> None:
        """The value of ``tool_calls``."""
        for item in items if isinstance(items, list) else [items]:
            if isinstance(item, dict):
                body = item.get("function") or item.get("custom") or {}
                if isinstance(body, dict):
                    self._take(item, body, out)

    def legacy(self, body: Any, out: list[e.Event]) -> None:
        """The value of ``function_call``."""
        if isinstance(body, dict):
            self._take({"index": 0}, body, out)

    def _take(self, item: Json, body: Json, out: list[e.Event]) -> None:
        name, given = _text(body.get("name")), _text(item.get("id"))
        call = self._find(item.get("index"), given, name)
        if call is None:
            call = _Call()
            self._latest = call
            if isinstance(index := item.get("index"), int):
                self._by_index[index] = call
        call.id = call.id or given
        call.custom = call.custom or "custom" in item
        signature = _signature(item)
        if call.part is None:
            call.name += name
            call.signature = signature or call.signature
            if call.name:
                self._begin(call, out)
        elif signature:
            out.append(e.Sealed(call.part, signature))
        self._arguments(call, body.get("input") if call.custom else body.get("arguments"), out)

    def _find(self, index: Any, given: str, name: str) -> _Call | None:
        """The call that a piece goes on with; None for a new one."""
        if isinstance(index, int):
            call = self._by_index.get(index)
        elif given:
            call = next((each for each in self._open if each.id == given), None)
        else:
            call = None if name else self._latest
        if call is None or call.part is None:
            return call
        if name and given and call.id and given != call.id:
            return None
        return None if name and not given and call.whole() else call

    def _begin(self, call: _Call, out: list[e.Event]) -> None:
        self._before(out)
        self.settle(out)
        call.part = self._number()
        call.signature = call.signature or self._signature(call.id)
        self.any = True
        self._open.append(call)
        given = call.id if call.id not in self._given else f"{call.id}_{len(self._given) + 1}"
        if given:
            self._given.add(given)
        part = ToolCall(id=given, name=call.name, arguments="", custom=call.custom, signature=call.signature)
        out.append(e.Open(call.part, part, self._choice))
        out += [e.ArgumentsDelta(call.part, piece) for piece in call.pieces]

    def _arguments(self, call: _Call, found: Any, out: list[e.Event]) -> None:
        text = found if isinstance(found, str) else "" if found is None else json_text(found)
        if not text or (call.part is not None and call not in self._open):
            return
        if not call.pieces and not call.custom and text.strip() in ("", "null"):
            return  # no arguments
        call.pieces.append(text)
        if call.part is not None:
            out.append(e.ArgumentsDelta(call.part, text))

    def settle(self, out: list[e.Event]) -> None:
        """Close the calls that are whole."""
        for call in self._open[:]:
            if call.whole() and call.part is not None:
                self._open.remove(call)
                out.append(e.Close(call.part))

    def close(self, out: list[e.Event]) -> None:
        out += [e.Close(call.part) for call in self._open if call.part is not None]
        self._open.clear()


def _text(found: Any) -> str:
    return found if isinstance(found, str) else str(found) if isinstance(found, int) else ""


def _signature(item: Json) -> str:
    return google_signature(item.get("extra_content"))


def google_signature(extra: Any) -> str:
    """Gemini's signature in ``extra_content`` of a tool call or message (its guide "OpenAI compatibility")."""
    google = extra.get("google") if isinstance(extra, dict) else None
    found = google.get("thought_signature") if isinstance(google, dict) else None
    return found if isinstance(found, str) else ""
