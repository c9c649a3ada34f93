"""A file in which an exchange is on disk before SQLite has it: one write of a few microseconds on the gateway's own
thread, so that no answer waits for the writer thread, its transaction or SQLite's occasional syncs.

The database stays the truth. What the writer has committed is let go of again; what a killed process left behind is
put into the database when the home is opened next. Two files take turns: one grows while the other's entries are
being committed. A file belongs to the process that holds its lock; nobody else reads or empties it.

A frame is length and CRC-32 of what follows (little-endian, four bytes each), then the exchange and its day as
MessagePack. Reading stops at the first frame that is not whole: it was being written when the process died, so no
client has its answer.
"""

from __future__ import annotations

import logging
import os
import struct
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from conduit_desktop import locks
from conduit_desktop.records import Exchange

TURN_BYTES = 1024 * 1024
"""A file that has grown this long gives way to the other as soon as that one is free."""

_HEAD = struct.Struct("<II")
_log = logging.getLogger(__name__)


class Line(NamedTuple):
    """What a frame holds."""

    exchange: Exchange
    day: str


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Line).decode


class _File:
    """One of the two files. ``written`` is the appending thread's count, ``committed`` the writer thread's."""

    def __init__(self, path: Path) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
        self.handle = os.open(path, flags, 0o600)
        self.size = 0
        self.written = 0
        self.committed = 0


class Journal:
    """``append`` may be called from any thread, ``commit`` from one; ``left`` and ``clear`` by who opens it, before."""

    def __init__(self, folder: Path) -> None:
        self._files = [_File(folder / name) for name in ("journal-0", "journal-1")]
        self._lock = os.open(folder / "journal.lock", os.O_RDWR | os.O_CREAT, 0o600)
        self._turn = 0
        self._appending = threading.Lock()
        self._closed = False
        self.owned = False

    def own(self) -> bool:
        """Take the journal for this process; False while another has it."""
        if not self.owned:
            try:
                locks.take(self._lock)
            except OSError:
                return False
            self.owned = True
        return True

    def disown(self) -> None:
        if self.owned:
            self.owned = False
            locks.give_back(self._lock)

    def left(self) -> Iterator[Line]:
        """What a killed process left behind."""
        for file in self._files:
            os.lseek(file.handle, 0, os.SEEK_SET)
            data = b"".join(iter(lambda handle=file.handle: os.read(handle, 1 << 20), b""))  # type: ignore[misc]
            yield from _lines(data)

    def clear(self) -> None:
        """Forget everything; it is in the database."""
        for file in self._files:
            os.ftruncate(file.handle, 0)
            file.size = file.written = file.committed = 0

    def append(self, exchange: Exchange, day: str) -> int | None:
        """Write one exchange; gives the file that has it, for ``commit``. None when it could not be written: then the
        answer has to wait for the database."""
        try:
            data = _encode((exchange, day))
        except (ValueError, OverflowError, msgspec.MsgspecError):
            return None  # SQLite will say what is wrong with it
        frame = _HEAD.pack(len(data), zlib.crc32(data)) + data
        with self._appending:
            return self._write(frame) if not self._closed and self._begun() else None

    def _begun(self) -> bool:
        """Whether this process may write. Not over what another left here when it died after this one had opened the
        home: that is recovered when the home is opened next."""
        if self.owned:
            return True
        if self.own():
            if not any(os.fstat(file.handle).st_size for file in self._files):
                return True
            self.disown()
        return False

    def _write(self, frame: bytes) -> int | None:
        file = self._files[self._turn]
        if file.size > TURN_BYTES:
            file = self._other(file)
        try:
            count = os.write(file.handle, frame)
            if count != len(frame):
                os.ftruncate(file.handle, file.size)
                return None
        except OSError as error:
            _log.warning("The journal cannot be written: %s", error.strerror)
            return None
        file.size += count
        file.written += 1
        return self._turn

    def _other(self, file: _File) -> _File:
        """The other file, emptied, when everything in it is committed; else the same for a while longer."""
        other = self._files[1 - self._turn]
        if other.written != other.committed:
            return file
        if other.size:
            os.ftruncate(other.handle, 0)
            other.size = 0
        self._turn = 1 - self._turn
        return other

    def commit(self, turn: int) -> None:
        """An entry of this file is in the database, or never can be."""
        self._files[turn].committed += 1

    def close(self) -> None:
        """Let go. Empties the files when everything in them is committed."""
        with self._appending:
            if self._closed:
                return
            self._closed = True
        if self.owned and all(file.written == file.committed for file in self._files):
            self.clear()
        self.disown()
        for file in self._files:
            os.close(file.handle)
        os.close(self._lock)


def _lines(data: bytes) -> Iterator[Line]:
    at = 0
    while at + _HEAD.size <= len(data):
        length, check = _HEAD.unpack_from(data, at)
        body = data[at + _HEAD.size : at + _HEAD.size + length]
        if len(body) != length or zlib.crc32(body) != check:
            return
        try:
            yield _decode(body)
        except msgspec.MsgspecError:
            return
        at += _HEAD.size + length
