"""Whether a request carries the master key, and how long whoever guesses must wait.

A text that was found right is remembered by its SHA-256 until the stored key changes, for scrypt is slow on purpose.
After some failures their address is locked out, ever longer; so is everybody, after many from anywhere. A key that was
found right before comes in all the same, and even one that nobody has tried yet is looked at once a second, so that a
program that guesses cannot keep the owner out. Of the failures, what is told and recorded is each time somebody is
locked out. Belongs to the gateway's loop; scrypt runs on a worker.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from conduit_desktop.errors import NotAllowed
from conduit_desktop.records import MasterKey
from conduit_desktop.runtime import master

FREE = 5
"""Failures of one address before it has to wait."""
FREE_IN_ALL = 50
FIRST_WAIT = 1.0
LONGEST_WAIT = 300.0
FORGET = 900.0
"""Failures are forgotten after so long without one, from when the waiting was over."""
LOOK_EVERY = 1.0
"""While locked out, so often a text that nobody has tried yet is looked at."""
_MOST = 1000

Locked = Callable[[str, int, float], None]
"""Told (address, failures, seconds) when somebody is locked out; the address of everybody is empty."""


@dataclass(slots=True)
class _Failures:
    count: int = 0
    until: float = 0.0


@dataclass(slots=True)
class Gate:
    """``stored`` gives the key as it is kept now; ``locked`` hears of lock-outs."""

    stored: Callable[[], Awaitable[MasterKey | None]]
    locked: Locked
    clock: Callable[[], float] = time.monotonic
    fits: Callable[[bytes, MasterKey], bool] = master.fits
    _right: tuple[bytes, bytes] = (b"", b"")
    _wrong: OrderedDict[bytes, None] = field(default_factory=OrderedDict)
    _wrong_of: bytes = b""
    _failures: OrderedDict[str, _Failures] = field(default_factory=OrderedDict)
    _all: _Failures = field(default_factory=_Failures)
    _looked: float = -LOOK_EVERY
    _one: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def check(self, text: bytes | None, address: str) -> None:
        """Raises NotAllowed: 401 for no key or a wrong one, 429 while locked out."""
        key = await self.stored()
        if text is None:
            raise _missing(key is None)
        if key is None:
            raise _none_yet()
        seen = hashlib.sha256(text).digest()
        if hmac.compare_digest(self._right[0], seen) and hmac.compare_digest(self._right[1], key.hash):
            return
        wait = self._wait(address)
        if self._is_wrong(seen, key) or not master.well_formed(text):
            right = False
        elif wait and not self._may_look():
            raise _locked(wait)
        else:
            async with self._one:  # 16 MiB and 50 ms each
                right = await asyncio.to_thread(self.fits, text, key)
        if right:
            self._right = (seen, key.hash)
            self._failures.pop(address, None)
            return
        self._remember_wrong(seen, key)
        if wait:
            raise _locked(wait)
        self._fail(address)
        raise _wrong()

    def _is_wrong(self, seen: bytes, key: MasterKey) -> bool:
        return self._wrong_of == key.hash and seen in self._wrong

    def _remember_wrong(self, seen: bytes, key: MasterKey) -> None:
        if self._wrong_of != key.hash:
            self._wrong.clear()
            self._wrong_of = key.hash
        self._wrong[seen] = None
        if len(self._wrong) > _MOST:
            self._wrong.popitem(last=False)

    def _may_look(self) -> bool:
        now = self.clock()
        if self._one.locked() or now - self._looked < LOOK_EVERY:
            return False
        self._looked = now
        return True

    def _wait(self, address: str) -> float:
        """For how long the address is locked out yet; 0 where it is not."""
        of_it = self._failures.get(address)
        until = max(self._all.until, of_it.until if of_it else 0.0)
        return max(0.0, until - self.clock())

    def _fail(self, address: str) -> None:
        now = self.clock()
        of_it = self._failures.setdefault(address, _Failures())
        self._failures.move_to_end(address)
        if len(self._failures) > _MOST:
            self._failures.popitem(last=False)
        for failures, free, name in ((of_it, FREE, address), (self._all, FREE_IN_ALL, "")):
            if failures.until and now - failures.until > FORGET:
                failures.count = 0
            failures.count += 1
            failures.until = max(failures.until, now)
            if failures.count >= free:
                wait = min(FIRST_WAIT * 2 ** min(failures.count - free, 20), LONGEST_WAIT)
                failures.until = now + wait
                self.locked(name, failures.count, wait)


def _missing(none_yet: bool) -> NotAllowed:
    if none_yet:
        return _none_yet()
    return NotAllowed(
        "The request carries no master key.",
        hint="Send it as 'Authorization: Bearer sk-conduit-admin-…'. See it: conduit-desktop master-key --reveal.",
        code="missing_master_key",
    )


def _none_yet() -> NotAllowed:
    return NotAllowed(
        "There is no master key yet.",
        hint="Make one: conduit-desktop master-key, or in the window's Settings.",
        code="no_master_key",
    )


def _wrong() -> NotAllowed:
    return NotAllowed(
        "This is not the master key.",
        hint="Virtual keys do not open the admin API. See the right one: conduit-desktop master-key --reveal.",
        code="invalid_master_key",
    )


def _locked(wait: float) -> NotAllowed:
    return NotAllowed(
        "Too many wrong master keys came from here.",
        hint=f"Try again in {max(1, round(wait))} s.",
        status=429,
        code="locked_out",
        retry_after=wait,
    )
