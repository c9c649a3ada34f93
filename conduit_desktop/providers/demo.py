"""The provider kind ``demo``: a model built into the app, so that everything can be tried without key or
network.

Its answers are made by ``demo_model``. Nothing is billed; ``PRICES`` are made up, say so, and only make the
cost columns and budgets show how they behave.
"""

from __future__ import annotations

from conduit_desktop.providers.spec import ProviderSpec
from conduit_desktop.records import Price

CHAT_MODEL = "demo"
EMBEDDING_MODEL = "demo-embedding"
OVERLOADED_MODEL = "demo-overloaded"
"""Always answers 503, so that failover can be seen and tested."""

_SOURCE = "demo price, nothing is billed"
PRICES = {
    CHAT_MODEL: Price(source=_SOURCE, input=150_000, output=600_000),
    EMBEDDING_MODEL: Price(source=_SOURCE, input=20_000, output=0),
    OVERLOADED_MODEL: Price(source=_SOURCE, input=150_000, output=600_000),
}

DEMO = ProviderSpec(
    kind="demo",
    title="Demo",
    summary="A model built into Conduit: no key, no network, nothing is billed.",
    base_url="demo://built-in/v1",
    secret="none",
    local=True,
    built_in=True,
    models=(CHAT_MODEL, EMBEDDING_MODEL, OVERLOADED_MODEL),
    test_model=CHAT_MODEL,
)
