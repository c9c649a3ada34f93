"""Whose turn it is while a request is sent: what is left to try, and what of it was tried."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable
from itertools import groupby
from operator import attrgetter
from typing import Any, Protocol

import msgspec

from conduit_desktop.errors import NoRoute
from conduit_desktop.gateway.exchange import LONGEST_WAIT, Fault
from conduit_desktop.gateway.send.sent import Sent
from conduit_desktop.gateway.snapshot import Key, Target

_alias = attrgetter("alias")


class Order(Protocol):
    """A plan, as far as sending needs it: whom to try, best first, and how many calls of a model's deployments at
    least (``least``), whom when a request is too long or refused by a content filter; for how long (seconds), and how
    many ``tokens`` it may use where anybody counts them."""

    @property
    def targets(self) -> tuple[Target, ...]: ...
    @property
    def least(self) -> int: ...
    @property
    def context(self) -> tuple[Target, ...]: ...
    @property
    def content(self) -> tuple[Target, ...]: ...
    @property
    def total(self) -> float: ...
    @property
    def tokens(self) -> int: ...


class Doctor(Protocol):
    """Who knows how the deployments and credentials do, and is told."""

    def key(
        self, target: Target, now: float, tried: Collection[str] = (), tokens: int = 0, *, alone: bool = False
    ) -> Key | None: ...

    def wait(self, target: Target, now: float) -> float: ...

    def enter(self, target: Target, key: Key, tokens: int = 0, *, alone: bool = False) -> Any: ...

    def leave(self, work: Any, used: int = 0) -> None: ...

    def refusal(self, model: str, targets: Iterable[Target], now: float, tokens: int = 0) -> NoRoute: ...

    def succeeded(self, target: Target, key: Key, ttft: float | None, speed: float | None = None) -> None: ...

    def failed(self, target: Target, key: Key, fault: Fault, now: float) -> None: ...


class Queue:
    """Whom to try for one request, and what of them was tried. The deployments of one model have their calls, retries
    among them, before those of the next model get theirs."""

    def __init__(self, order: Order, doctor: Doctor) -> None:
        self._order = order
        self._doctor = doctor
        self.alone = len(order.targets) == 1
        """Whether there is but one deployment."""
        self._groups = self._grouped(order.targets)
        self._turns: dict[str, int] = {}
        self._tried: dict[str, set[str]] = {}
        self._asked: dict[str, float] = {}
        self.waited = 0.0
        """Seconds that were waited because somebody asked for it, of ``LONGEST_WAIT`` in all."""

    def _grouped(self, targets: Iterable[Target]) -> list[_Group]:
        groups: list[_Group] = []
        for _, found in groupby(targets, _alias):
            left, calls = list(found), self._order.least
            groups.append(_Group(left, calls if calls > len(left) else len(left)))
        return groups

    def next(self) -> tuple[Target, Key, int] | None:
        """The deployment whose turn it is, its credential, and how often it was called before; None when nothing is
        left to try."""
        while self._groups:
            group = self._groups[0]
            while group.left and group.calls > 0:
                target = group.left[0]
                if (key := self._key(target)) is not None:
                    group.calls -= 1
                    turn = self._turns[target.id] = self._turns.get(target.id, -1) + 1
                    return target, key, turn
                group.left.pop(0)
            del self._groups[0]
        return None

    def taken(self) -> None:
        """Others were quicker than the last one that was given."""
        self._groups[0].left.pop(0)
        self._groups[0].calls += 1

    def _key(self, target: Target) -> Key | None:
        """The credential to call it with, once it has been left alone for as long as it asked."""
        asked, tried = self.asked(target), self._tried.get(target.id, ())
        if asked and asked > max(LONGEST_WAIT - self.waited, 0.0):
            return None
        return self._doctor.key(target, time.monotonic() + asked, tried, self._order.tokens, alone=self.alone)

    def asked(self, target: Target) -> float:
        """Seconds that the deployment asked to be left alone when it was last called."""
        return self._asked.get(target.id, 0.0)

    def failed(self, sent: Sent) -> None:
        """Take in what came of the last call."""
        group, target = self._groups[0], sent.target
        match sent.verdict:
            case "again":
                self._asked[target.id] = self._wait(sent)
                if sent.means.fault != "limit" or not self._other_key(group, sent):
                    group.left.append(group.left.pop(0))
            case "credential":
                if not self._other_key(group, sent):
                    group.left.pop(0)
            case "elsewhere":
                group.left.pop(0)
            case "context":
                left = [each for group in self._groups for each in group.left]
                self._go_to(
                    self._order.context or [each for each in left if each.upstream_model != target.upstream_model]
                )
            case "content":
                self._go_to(self._order.content)
            case _:
                self._groups.clear()

    def _wait(self, sent: Sent) -> float:
        """Seconds to leave the deployment alone: what it asks; of a rate limit that says nothing, ever longer."""
        if sent.retry_after is not None:
            return sent.retry_after
        return float(2 ** self._turns[sent.target.id]) if sent.means.fault == "limit" else 0.0

    def _other_key(self, group: _Group, sent: Sent) -> bool:
        """Have the deployment's next credential called at once; whether there is one."""
        tried = self._tried.setdefault(sent.target.id, set())
        if all(each.id in tried for each in sent.target.keys if each.id != sent.key.id):
            return False
        tried.add(sent.key.id)
        self._asked.pop(sent.target.id, None)
        self._turns[sent.target.id] -= 1
        group.calls += 1
        return True

    def _go_to(self, targets: Iterable[Target]) -> None:
        self._groups = self._grouped(each for each in targets if each.id not in self._turns)


class _Group(msgspec.Struct):
    """A model's deployments that are left to try, and how many calls there may be."""

    left: list[Target]
    calls: int
