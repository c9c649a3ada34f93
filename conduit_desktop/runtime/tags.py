"""Tags are the keys' and the log knows none of them: what asks the log by tag asks for the keys that have it."""

from __future__ import annotations

from dataclasses import replace

from conduit_desktop.records import ExchangeFilter
from conduit_desktop.store import Store


def tags(store: Store) -> dict[str, str]:
    """The tag of every key, by the key's id; empty where it has none."""
    return {key.id: key.tag for key in store.keys.list()}


def tagged(store: Store, wanted: ExchangeFilter) -> ExchangeFilter:
    """The filter with its tag resolved to keys. Keys that were removed have no tag."""
    if wanted.tag is None:
        return wanted
    ids = tuple(key_id for key_id, tag in tags(store).items() if tag == wanted.tag)
    return replace(wanted, tag=None, key_ids=ids)
