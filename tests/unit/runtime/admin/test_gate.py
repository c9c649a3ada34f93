"""The master key's gate: what it lets in, whom it locks out and for how long."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from typing import Any

import pytest

from conduit_desktop.errors import NotAllowed
from conduit_desktop.records import MasterKey
from conduit_desktop.runtime import master
from conduit_desktop.runtime.admin import gate
from conduit_desktop.runtime.admin.gate import FIRST_WAIT, FORGET, FREE, FREE_IN_ALL, LONGEST_WAIT, Gate

RIGHT = f"{master.PREFIX}{'r' * 43}".encode()


def wrong(n: int) -> bytes:
    return f"{master.PREFIX}{n:043}".encode()


class Door:
    """A gate with a clock of its own and a hash that costs nothing."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.looked: list[bytes] = []
        self.told: list[tuple[str, int, float]] = []
        self.key: MasterKey | None = self.keyed(RIGHT)
        self.gate = Gate(self.stored, lambda *told: self.told.append(told), lambda: self.now, self.fits)

    @staticmethod
    def keyed(text: bytes) -> MasterKey:
        return MasterKey(salt=b"", hash=hashlib.sha256(text).digest(), last4="", secret_ref=None, created=0.0)

    async def stored(self) -> MasterKey | None:
        return self.key

    def fits(self, text: bytes, key: MasterKey) -> bool:
        self.looked.append(text)
        return hashlib.sha256(text).digest() == key.hash

    async def ask(self, text: bytes | None, address: str = "127.0.0.1") -> int:
        """The status that it is refused with; 200 when it is let in."""
        try:
            await self.gate.check(text, address)
        except NotAllowed as error:
            return error.status
        return 200


async def test_the_right_key_is_hashed_once() -> None:
    door = Door()
    assert [await door.ask(RIGHT) for _ in range(5)] == [200] * 5
    assert door.looked == [RIGHT]


async def test_no_key_is_never_counted() -> None:
    door = Door()
    assert {await door.ask(None) for _ in range(100)} == {401}
    assert await door.ask(RIGHT) == 200


async def test_without_a_master_key_nothing_opens() -> None:
    door = Door()
    door.key = None
    assert await door.ask(RIGHT) == 401
    assert await door.ask(None) == 401
    assert not door.looked


async def test_a_new_master_key_shuts_the_old_one_out_at_once() -> None:
    door = Door()
    assert await door.ask(RIGHT) == 200
    door.key = door.keyed(wrong(1))
    assert await door.ask(RIGHT) == 401
    assert await door.ask(wrong(1)) == 200
    door.key = door.keyed(RIGHT)
    assert await door.ask(RIGHT) == 200, "what was wrong for one key may be right for the next"


async def test_repeated_failures_lock_an_address_out_ever_longer() -> None:
    door = Door()
    assert [await door.ask(wrong(n)) for n in range(FREE)] == [401] * FREE
    assert await door.ask(wrong(99)) == 429
    waits = [door.told[-1][2]]
    for n in range(20):
        door.now += waits[-1] + 0.01
        assert await door.ask(wrong(1000 + n)) == 401
        waits.append(door.told[-1][2])
    assert waits[:4] == [FIRST_WAIT, FIRST_WAIT * 2, FIRST_WAIT * 4, FIRST_WAIT * 8]
    assert waits[-1] == LONGEST_WAIT
    assert await door.ask(wrong(5000), "10.0.0.2") == 401, "another address is not concerned"


async def test_what_knocks_while_locked_out_does_not_make_it_longer() -> None:
    door = Door()
    for n in range(FREE):
        await door.ask(wrong(n))
    told = len(door.told)
    for n in range(200):
        assert await door.ask(wrong(100 + n)) == 429
    assert len(door.told) == told
    door.now += FIRST_WAIT + 0.01
    assert await door.ask(RIGHT) == 200


async def test_a_key_found_right_before_is_never_locked_out() -> None:
    door = Door()
    assert await door.ask(RIGHT) == 200
    for n in range(FREE + 5):
        await door.ask(wrong(n))
    assert await door.ask(wrong(77)) == 429
    assert await door.ask(RIGHT) == 200


async def test_the_owner_gets_in_although_somebody_guesses_all_the_time() -> None:
    door = Door()
    for n in range(FREE + 4):
        await door.ask(wrong(n))
        door.now += door.told[-1][2] + 0.01 if door.told and n < FREE + 3 else 0.0
    for _ in range(50):  # one guess, over and over, such as a script with an old key makes
        door.now += gate.LOOK_EVERY / 40
        assert await door.ask(wrong(0)) == 429
    assert door.gate._wait("127.0.0.1")
    assert await door.ask(RIGHT) == 200, "what nobody has tried yet is looked at"


async def test_while_locked_out_texts_are_hashed_once_a_second_at_most() -> None:
    door = Door()
    for n in range(FREE):
        await door.ask(wrong(n))
    door.told.clear()
    door.looked.clear()
    for n in range(300):
        door.now += 0.001
        await door.ask(wrong(1000 + n))
    assert len(door.looked) <= 2


async def test_many_addresses_together_lock_everybody_out() -> None:
    door = Door()
    for n in range(FREE_IN_ALL):
        await door.ask(wrong(n), f"10.0.{n}.1")
    assert await door.ask(wrong(9999), "10.9.9.9") == 429
    assert ("", FREE_IN_ALL, FIRST_WAIT) in door.told


async def test_failures_are_forgotten_after_a_while() -> None:
    door = Door()
    for n in range(FREE - 1):
        await door.ask(wrong(n))
    door.now += FORGET + 1
    assert [await door.ask(wrong(100 + n)) for n in range(FREE)] == [401] * FREE


async def test_success_wipes_the_slate_of_its_address() -> None:
    door = Door()
    for n in range(FREE - 1):
        await door.ask(wrong(n))
    assert await door.ask(RIGHT) == 200
    assert [await door.ask(wrong(100 + n)) for n in range(FREE - 1)] == [401] * (FREE - 1)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"sk-conduit-" + b"a" * 43,
        master.PREFIX.encode() + b"a" * 42,
        master.PREFIX.encode() + b"a" * 44,
        master.PREFIX.encode() + b"a" * 42 + b"!",
        RIGHT + b"\n",
        RIGHT[:-1] + b"\xff",
        b"x" * 100_000,
    ],
)
async def test_what_is_no_master_key_costs_no_hash_but_counts(text: bytes) -> None:
    door = Door()
    statuses = [await door.ask(text + str(n).encode() if text == b"" else text) for n in range(FREE + 1)]
    assert statuses == [401] * FREE + [429]
    assert not door.looked


async def test_memory_is_bounded() -> None:
    door = Door()
    for n in range(3 * gate._MOST):
        await door.ask(wrong(n), f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}")
        door.now += LONGEST_WAIT
    assert len(door.gate._failures) <= gate._MOST
    assert len(door.gate._wrong) <= gate._MOST


async def test_parallel_guesses_are_hashed_one_after_the_other() -> None:
    door = Door()
    at_once = 0
    most = 0
    fits = door.fits

    def slow(text: bytes, key: MasterKey) -> bool:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        result = fits(text, key)
        at_once -= 1
        return result

    door.gate.fits = slow
    await asyncio.gather(*(door.ask(wrong(n)) for n in range(20)))
    assert most == 1


async def test_texts_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both comparisons, of the remembered digest and of the hash, go through ``hmac.compare_digest``."""
    compared: list[tuple[Any, Any]] = []
    real = hmac.compare_digest

    def compare(one: Any, other: Any) -> bool:
        compared.append((one, other))
        return real(one, other)

    monkeypatch.setattr(hmac, "compare_digest", compare)
    door = Door()
    door.gate.fits = master.fits
    salt = b"s" * 16
    door.key = MasterKey(salt=salt, hash=master._derive(RIGHT, salt), last4="", secret_ref=None, created=0.0)
    assert await door.ask(RIGHT) == 200
    assert (door.key.hash, door.key.hash) in compared
    compared.clear()
    assert await door.ask(RIGHT) == 200
    assert (hashlib.sha256(RIGHT).digest(),) * 2 in compared
