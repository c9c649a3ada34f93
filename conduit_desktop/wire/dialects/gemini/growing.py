"""Calls whose arguments come in pieces, as Vertex sends them where a request has ``streamFunctionCallArguments``.

Each piece names its place in the arguments by a JSON path; pieces of one string follow each other. Source:
cloud.google.com/vertex-ai/generative-ai/docs/reference/rest/v1/Content#FunctionCall.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from conduit_desktop.wire.dialects.base import Json

_STEP = re.compile(r"\[(\d{1,4})\]|\['([^']*)'\]|\.([^.\[]+)")
_VALUES = ("stringValue", "numberValue", "boolValue")


class Growing:
    """Puts the pieces of one call together, which come one after the other."""

    def __init__(self) -> None:
        self._part: Json | None = None
        self._args: Any = {}
        self._going_on = False  # the string that came last

    def take(self, part: Json) -> list[Json]:
        """The parts that are whole by now: any part that is no piece of a call is."""
        call = part.get("functionCall")
        if not isinstance(call, dict) or not (self._part or call.get("willContinue") or call.get("partialArgs")):
            return [part]
        whole = self.rest() if call.get("name") else []
        if self._part is None:
            self._part, self._args = {"functionCall": {}}, dict(call.get("args") or {})
        told = {name: call[name] for name in ("id", "name") if call.get(name)}
        self._part = {**self._part, **part, "functionCall": {**self._part["functionCall"], **told}}
        for piece in call.get("partialArgs") or ():
            self._put(piece)
        return whole if call.get("willContinue") else [*whole, *self.rest()]

    def rest(self) -> list[Json]:
        """The call that was begun, with what came of it."""
        part, self._part = self._part, None
        return [] if part is None else [{**part, "functionCall": {**part["functionCall"], "args": self._args}}]

    def _put(self, piece: Json) -> None:
        """One piece at its place."""
        value = next((piece[name] for name in _VALUES if piece.get(name) is not None), None)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        at: Any = self._args
        way = [int(number) if number else key or name for number, key, name in _STEP.findall(piece["jsonPath"])]
        for step, following in pairwise(way):
            at = _inside(at, step, [] if isinstance(following, int) else {})
        last = way[-1]
        before = _inside(at, last, value)
        at[last] = f"{before}{value}" if self._going_on and isinstance(value, str) else value
        self._going_on = bool(piece.get("willContinue"))


def _inside(holder: Any, step: Any, empty: Any) -> Any:
    """What stands in an object or array at ``step``, ``empty`` where nothing did."""
    if isinstance(holder, list):
        holder += [None] * (step + 1 - len(holder))
        holder[step] = empty if holder[step] is None else holder[step]
        return holder[step]
    return holder.setdefault(step, empty)
