"""Undoing the compression of an answer's body. None is asked for, but some send it all the same."""

from __future__ import annotations

import zlib

from conduit_desktop.errors import UpstreamError
from conduit_desktop.gateway.send.upstream import Headers

_KNOWN = (b"gzip", b"x-gzip", b"deflate")


class Inflater:
    """Takes a compressed body piece by piece."""

    __slots__ = ("_begun", "_stream")

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(zlib.MAX_WBITS | 32)
        self._begun = False

    def feed(self, piece: bytes) -> bytes:
        """What the piece comes to. Raises UpstreamError for what is damaged."""
        self._begun = True
        try:
            return self._stream.decompress(piece)
        except zlib.error:
            raise UpstreamError("The provider's compressed answer is damaged.", cause="protocol") from None

    def end(self) -> None:
        """The body is over. Raises UpstreamError where what was compressed is not."""
        if self._begun and not self._stream.eof:
            raise UpstreamError("The provider's compressed answer is not whole.", cause="truncated")


def undone(headers: Headers) -> tuple[Headers, Inflater | None]:
    """The headers of an answer whose body is passed on plain, and what makes it so; as they are where it is not
    compressed, or in a way that nobody here knows."""
    for name, value in headers:
        if name == b"content-encoding" and value.lower() in _KNOWN:
            return [pair for pair in headers if pair[0] != b"content-encoding"], Inflater()
    return headers, None
