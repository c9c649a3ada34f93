"""Tags are the keys' and the log knows none of them: what asks the log by tag asks for the keys that have it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from conduit_desktop.records import ExchangeFilter
from conduit_desktop.store import Store


def tags(store: Store) -> dict[str, str]:
    """The tag of every key, by the key's id; empty where it has none."""
    return {key.id: key.tag for key in store.keys.list()}


def tagged(store: Store, wanted: ExchangeFilter) -> ExchangeFilter:
    """The filter with its tag resolved to keys. What came without a key, or with one that was removed, has no tag."""
    if wanted.tag is None:
        return wanted
    return replace(wanted, tag=None, key_ids=bearers(store)[wanted.tag])


def bearers(store: Store) -> defaultdict[str, tuple[str, ...]]:
    """The ids of the keys that have each tag; the empty one stands for none."""
    known = tags(store)
    found: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
    for key_id, tag in known.items():
        found[tag] += (key_id,)
    found[""] += ("", *(key_id for key_id, _ in store.exchanges.facets().keys if key_id not in known))
    return found
