"""What is kept on disk: the configuration (conduit.db) and what happened (activity.db). Records in, records out.

Owns the schema, the files and the writing thread. Must not know who uses it, nor hold any secret.
"""

from conduit_desktop.store.exchanges import Facets
from conduit_desktop.store.revision import Revision
from conduit_desktop.store.store import Configuration, Store

__all__ = ["Configuration", "Facets", "Revision", "Store"]
