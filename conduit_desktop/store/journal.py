"""A file in which an exchange is kept before SQLite has it: one copy into mapped memory on the gateway's own thread, so
that no answer waits for the writer thread, its transaction or SQLite's occasional syncs. The memory is the system's,
not the process's: it outlives a kill. (A machine that loses power may lose it, as it may the last transactions.)

The database stays the truth. What the writer has committed is let go of again; what a killed process left behind is
put into the database when the home is opened next. Two files take turns: one grows while the other's entries are
being committed. A file belongs to the process that holds its lock; nobody else reads or empties it.

A frame is length and CRC-32 of what follows (little-endian, four bytes each), then the exchange and its day as
MessagePack; a head of zeros ends a file. Reading stops at the first frame that is not whole: it was being written when
the process died, so no client has its answer.
"""

from __future__ import annotations

import logging
import mmap
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

FILE_BYTES = 1024 * 1024
"""The length of a file; when the next frame does not fit, the other takes over as soon as it is free."""

_HEAD = struct.Struct("<II")
_END = bytes(_HEAD.size)
_log = logging.getLogger(__name__)


class Line(NamedTuple):
    """What a frame holds."""

    exchange: Exchange
    day: str


_encode = msgspec.msgpack.Encoder().encode
unpack = msgspec.msgpack.Decoder(Line).decode


def pack(exchange: Exchange, day: str) -> bytes | Line:
    """A line as one piece of memory; itself where it has something that cannot be packed: SQLite will say what."""
    try:
        return _encode((exchange, day))
    except (ValueError, OverflowError, msgspec.MsgspecError):
        return Line(exchange, day)


class _File:
    """One of the two files. ``written`` is the appending side's count, ``committed`` the writer thread's."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._memory: mmap.mmap | None = None
        self._at = 0
        self.written = 0
        self.committed = 0

    def add(self, frame: bytes) -> bool:
        """Put a frame at the end; False when it does not fit."""
        if self._memory is None:
            self._memory = self._mapped()
        end = self._at + len(frame)
        if end + len(_END) > FILE_BYTES:
            return False
        # The end mark first: what stood here before must not be read as more frames.
        self._memory[end : end + len(_END)] = _END
        self._memory[self._at : end] = frame
        self._at = end
        self.written += 1
        return True

    def _mapped(self) -> mmap.mmap:
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        try:
            os.ftruncate(handle, FILE_BYTES)
            return mmap.mmap(handle, FILE_BYTES)
        finally:
            os.close(handle)

    def rewind(self) -> None:
        """Begin anew; everything in it is committed."""
        if self._memory is not None:
            self._memory[: len(_END)] = _END
        self._at = 0

    def data(self) -> bytes:
        return self._path.read_bytes() if self._path.exists() else b""

    def close(self) -> None:
        if self._memory is not None:
            self._memory.close()
            self._memory = None

    def remove(self) -> None:
        self.close()
        self._path.unlink(missing_ok=True)
        self._at = self.written = self.committed = 0


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
            yield from _lines(file.data())

    def clear(self) -> None:
        """Forget everything; it is in the database."""
        for file in self._files:
            file.remove()

    def append(self, data: bytes) -> int | None:
        """Write one packed line; gives the file that has it, for ``commit``. None when it could not be written: then
        the answer has to wait for the database."""
        frame = _HEAD.pack(len(data), zlib.crc32(data)) + data
        with self._appending:
            return self._write(frame) if not self._closed and (self.owned or self._begun()) else None

    def _begun(self) -> bool:
        """Whether this process may write. Not over what another left here when it died after this one had opened the
        home: that is recovered when the home is opened next."""
        if self.own():
            if next(self.left(), None) is None:
                return True
            self.disown()
        return False

    def _write(self, frame: bytes) -> int | None:
        try:
            if self._files[self._turn].add(frame):
                return self._turn
            other = self._files[1 - self._turn]
            if other.written != other.committed:
                return None
            other.rewind()
            self._turn = 1 - self._turn
            return self._turn if other.add(frame) else None
        except OSError as error:
            _log.warning("The journal cannot be written: %s", error.strerror)
            return None

    def commit(self, turn: int) -> None:
        """An entry of this file is in the database, or never can be."""
        self._files[turn].committed += 1

    def close(self) -> None:
        """Let go. Removes the files when everything in them is committed."""
        with self._appending:
            if self._closed:
                return
            self._closed = True
        if self.owned and all(file.written == file.committed for file in self._files):
            self.clear()
        for file in self._files:
            file.close()
        self.disown()
        os.close(self._lock)


def _lines(data: bytes) -> Iterator[Line]:
    at = 0
    while at + _HEAD.size <= len(data):
        length, check = _HEAD.unpack_from(data, at)
        if not length:
            return
        body = data[at + _HEAD.size : at + _HEAD.size + length]
        if len(body) != length or zlib.crc32(body) != check:
            return
        try:
            yield unpack(body)
        except msgspec.MsgspecError:
            return
        at += _HEAD.size + length
