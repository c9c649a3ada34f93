"""The columns of the providers table."""

from __future__ import annotations

from dataclasses import dataclass

from conduit_desktop.records import Provider
from conduit_desktop.runtime.configuring import ProbeResult
from conduit_desktop.ui.panes.providers_words import (
    address_words,
    is_demo,
    key_words,
    kind_words,
    mark_of,
    state_of,
)
from conduit_desktop.ui.widgets.rows import Column


@dataclass(frozen=True, slots=True)
class ProviderRow:
    """A provider with what it serves and how its last test ended."""

    provider: Provider
    aliases: tuple[str, ...] = ()
    result: ProbeResult | None = None


def _state(row: ProviderRow) -> tuple[str, str, str]:
    return state_of(row.provider, row.result)


COLUMNS: tuple[Column[ProviderRow], ...] = (
    Column(
        "Name",
        lambda row: row.provider.name,
        170,
        strong=True,
        stretch=True,
        tone=lambda row: "text" if row.provider.enabled else "text-muted",
        icon=lambda row: (mark_of(row.provider), "accent-text" if row.provider.enabled else "text-faint"),
        tooltip=lambda row: row.provider.name,
        sort=lambda row: row.provider.name.lower(),
    ),
    Column(
        "Kind",
        lambda row: kind_words(row.provider),
        130,
        tone=lambda row: "text-muted",
        badge=lambda row: ("Demo", "accent", "spark") if is_demo(row.provider) else None,
        sort=lambda row: kind_words(row.provider).lower(),
    ),
    Column(
        "Address",
        lambda row: address_words(row.provider),
        200,
        mono=True,
        stretch=True,
        tone=lambda row: "text-muted",
        tooltip=lambda row: address_words(row.provider),
    ),
    Column(
        "Key",
        lambda row: key_words(row.provider),
        120,
        tone=lambda row: "danger" if key_words(row.provider) == "key missing" else "text-muted",
    ),
    Column(
        "Models",
        lambda row: ", ".join(row.aliases) or "none",
        120,
        tone=lambda row: "text" if row.aliases else "text-faint",
        tooltip=lambda row: ", ".join(row.aliases),
        sort=lambda row: len(row.aliases),
    ),
    Column(
        "State",
        lambda row: _state(row)[0],
        160,
        badge=_state,
        tooltip=lambda row: f"{row.result.message} {row.result.hint}".strip() if row.result is not None else "",
        sort=lambda row: _state(row)[0],
    ),
)
