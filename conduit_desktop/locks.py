"""The system's lock on an open file: exclusive, never waited for, taken back by the system when its holder dies."""

from __future__ import annotations

import os
import sys

if sys.platform == "win32":
    import msvcrt

    def take(handle: int) -> None:
        """Lock the file of a descriptor. Raises OSError when another holds it."""
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

    def give_back(handle: int) -> None:
        os.lseek(handle, 0, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)
else:
    import fcntl

    def take(handle: int) -> None:
        """Lock the file of a descriptor. Raises OSError when another holds it."""
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def give_back(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_UN)
