"""The provider kinds: pure data, one file a kind, one row here. Adding a kind is its file and its row.

Imports no I/O, clock or randomness. How a request reaches a provider is ``gateway.send``'s business.
"""

from __future__ import annotations

from difflib import get_close_matches

from conduit_desktop.errors import ConfigurationError
from conduit_desktop.providers.demo import DEMO
from conduit_desktop.providers.fireworks import FIREWORKS
from conduit_desktop.providers.openai import OPENAI
from conduit_desktop.providers.openai_compatible import OPENAI_COMPATIBLE
from conduit_desktop.providers.openrouter import OPENROUTER
from conduit_desktop.providers.spec import Preset, ProviderSpec, Surface

__all__ = ["PROVIDERS", "Preset", "ProviderSpec", "Surface", "spec"]

PROVIDERS: tuple[ProviderSpec, ...] = (
    OPENAI,
    OPENROUTER,
    FIREWORKS,
    OPENAI_COMPATIBLE,
    DEMO,
)
"""Every kind, in the order in which they are offered."""

_BY_KIND = {row.kind: row for row in PROVIDERS}


def spec(kind: str) -> ProviderSpec:
    """The kind's row. Raises ConfigurationError naming the kinds that are near, else all of them."""
    if (found := _BY_KIND.get(kind)) is not None:
        return found
    near = get_close_matches(kind.strip().lower().replace("_", "-"), _BY_KIND, n=3, cutoff=0.5)
    raise ConfigurationError(
        f"There is no provider kind {kind!r}.",
        code="unknown_kind",
        hint=f"Did you mean {' or '.join(near)}?" if near else f"Known kinds: {', '.join(_BY_KIND)}.",
    )
