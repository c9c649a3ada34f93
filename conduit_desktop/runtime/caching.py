"""The response cache as people ask of it: what it holds, and emptying it, whichever process the gateway runs in.

Blocking: for worker threads.
"""

from __future__ import annotations

from conduit_desktop.store import Store
from conduit_desktop.store.cache import CacheState as CacheState


def clear(store: Store) -> int:
    """Delete every answer, in memory and on disk; how many there were on disk. A running gateway has forgotten them by
    its next request."""
    gone = store.cache.clear()
    store.revision.bump()
    store.audit.note("empty", "response cache", "1 answer" if gone == 1 else f"{gone:,} answers")
    return gone
