"""Requests that come back to us: every call says whose it is, in one header that other gateways of ours hand on.

A mark is the gateway's id, made anew with every start, and what stands for the target that was called. Both are random
or hashed, so that they tell a provider nothing; only who made them can say what they mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import blake2b

from conduit_desktop.gateway.snapshot import Target

LOOP = b"x-conduit-gateway"
MOST = 16
"""Gateways in a row; more are a circle through one that does not hand on what it was told."""
_MARK = re.compile(rb"[A-Za-z0-9._-]{1,80}")
_REMEMBERED = 2000
ANOTHER = "another gateway"


class Loops:
    """The marks of one gateway."""

    def __init__(self, gateway_id: str) -> None:
        self._own = gateway_id.encode()
        self._marks: dict[str, bytes] = {}
        self._meant: dict[bytes, Target] = {}

    def mark(self, target: Target) -> bytes:
        """What a call to ``target`` says."""
        mark = self._marks.get(target.id)
        if mark is None:
            if len(self._marks) >= _REMEMBERED:
                self._marks.clear()
                self._meant.clear()
            token = blake2b(target.id.encode(), key=self._own[:64], digest_size=6).hexdigest()
            mark = self._marks[target.id] = b"%s.%s" % (self._own, token.encode())
        self._meant[mark] = target
        return mark

    def chain(self, values: Iterable[bytes]) -> tuple[str, ...]:
        """The way by which a request came back to us, from our call on; empty where it is none of ours and has not
        passed too many."""
        marks = [mark for value in values for mark in marks_in(value)]
        ours = next((n for n, mark in enumerate(marks) if mark.partition(b".")[0] == self._own), None)
        if ours is None:
            return (ANOTHER,) * len(marks) if len(marks) >= MOST else ()
        return tuple(self._name(mark) for mark in marks[ours:])

    def _name(self, mark: bytes) -> str:
        target = self._meant.get(mark)
        return f"{target.provider.name}/{target.upstream_model}" if target is not None else ANOTHER


def marks_in(value: bytes) -> list[bytes]:
    """Those of a header that a request brings; what is not written as one is none."""
    return [mark for each in value.split(b",") if _MARK.fullmatch(mark := each.strip())]
