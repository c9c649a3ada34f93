"""A gateway and a provider for it, on loopback ports of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from conduit_desktop.gateway.send import sender
from conduit_desktop.records import Price
from tests.fakes.rig import Rig, running
from tests.fakes.upstream import Upstream

SECRET = "sk-upstream-0123456789abcdef"
PRICE = Price(source="test", input=1_000_000, output=10_000_000)
"""$1 and $10 a million tokens."""


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    async with Upstream() as fake:
        yield fake


@pytest.fixture
async def rig(tmp_path: Path, upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Rig]:
    """``fast`` is served by ``one``, then ``two``, both the same fake; ``solo`` by ``one`` alone, without retries."""
    monkeypatch.setattr(sender, "FIRST_PAUSE", 0.01)
    async with running(tmp_path) as made:
        for name in ("one", "two"):
            provider = made.add_provider(name, "openai-compatible", f"{upstream.url}/{name}", SECRET)
            made.set_price(provider, "real", PRICE)
            made.add_model("fast", provider, "real")
            if name == "one":
                made.add_model("solo", provider, "real")
                made.route("solo", retries=0)
        yield made
