"""The configuration's revision: eight bytes of shared memory that change with every configuration write.

Every process on the same home maps the same file, so a change made by any of them is seen by reading memory.
"""

from __future__ import annotations

import mmap
import os
from pathlib import Path

_SIZE = 8


class Revision:
    """Looked at on every request: ``value`` reads memory and nothing else."""

    def __init__(self, path: Path) -> None:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        try:
            if os.fstat(descriptor).st_size < _SIZE:
                os.ftruncate(descriptor, _SIZE)
            self._map = mmap.mmap(descriptor, _SIZE)
        finally:
            os.close(descriptor)

    @property
    def value(self) -> bytes:
        return self._map[:_SIZE]

    def bump(self) -> None:
        """Call after the commit: whoever sees the new value must find the new configuration. A reader that sees
        half of the new bytes takes it for one more change, which is harmless."""
        self._map[:_SIZE] = os.urandom(_SIZE)

    def close(self) -> None:
        self._map.close()
