"""The bodies of the last exchanges: so many, and so much memory, and no secret."""

from __future__ import annotations

import pytest

from conduit_desktop.gateway.exchange import MAX_KEPT, Seen, Trip
from conduit_desktop.gateway.snapshot import Snapshot
from conduit_desktop.gateway.tally import ring as rings
from conduit_desktop.gateway.tally.ring import MOST, Ring


def trip(name: str, body: bytes | list[bytes] = b"{}", **more: object) -> Trip:
    made = Trip(id=name, started=0.0, began=0.0, method="POST", path="/", snapshot=Snapshot(), **more)  # type: ignore[arg-type]
    made.request = Seen("POST /v1 HTTP/1.1", [(b"authorization", b"Bearer sk-conduit-secretsecret")], body)
    return made


def test_the_last_ones_are_kept() -> None:
    ring = Ring()
    for number in range(MOST + 5):
        ring.keep(trip(str(number)))
    assert ring.get("4") is None
    assert ring.get("5") is not None
    assert ring.get(str(MOST + 4)) is not None
    ring.clear()
    assert ring.get(str(MOST + 4)) is None


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rings, "MOST_BYTES", 1000)
    ring = Ring()
    for number in range(10):
        ring.keep(trip(str(number), b"x" * 400))
    assert [ring.get(str(number)) is not None for number in range(10)] == [False] * 8 + [True] * 2
    ring.keep(trip("huge", b"x" * 5000))
    assert ring.get("huge") is not None
    assert ring.get("9") is None
    ring.keep(trip("next"))
    assert ring.get("huge") is None
    assert ring.get("next") is not None


def test_what_is_shown_is_masked_whole_and_cut() -> None:
    ring = Ring()
    ring.keep(trip("r", [b"ab", b"cd"]))
    capture = ring.get("r")
    assert capture is not None
    assert capture.request.body == b"abcd"
    assert capture.response is None
    assert "secretsecret" not in repr(capture)
    ring.keep(trip("big", b"0123456789" * (MAX_KEPT // 10 + 1)))
    big = ring.get("big")
    assert big is not None
    assert big.request.truncated
    assert len(big.request.body) == MAX_KEPT
