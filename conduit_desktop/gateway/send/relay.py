"""A stream on its way from the provider to the client.

What arrives before the first content is held: as long as the client has nothing, another deployment may still take
over. From then on every event leaves in the call in which it came. The end of the stream (``[DONE]``) is held until the
exchange is in the log.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import NamedTuple

from conduit_desktop.errors import UpstreamError
from conduit_desktop.gateway.exchange import MAX_KEPT
from conduit_desktop.gateway.send.speech import Watch
from conduit_desktop.gateway.send.upstream import LAST_LOOK, Answer, too_long
from conduit_desktop.gateway.send.verdict import judge_status

CLOSING_SECONDS = 1.0
"""How long the end of a body may lag behind the end of the stream in it."""

_log = logging.getLogger(__name__)
Write = Callable[[bytes], None]
Mask = Callable[[bytes], bytes]


class Limits(NamedTuple):
    """How long a stream may take: until when (``time.perf_counter()``) its first content must be here and all of it,
    and how many seconds it may be silent. ``first_token`` and ``total`` are the limits' own sizes, for what is said."""

    first_by: float
    done_by: float
    idle: float
    first_token: float
    total: float


class Relay:
    """A sink that feeds a client. ``begin(first)`` sends the head with the first bytes, ``write`` what follows;
    ``mask`` takes the credential out of what tells an error.

    ``decided`` is done as soon as the stream is released or has ended without content; ``done`` when it has ended,
    with the failure when it broke off. ``kept`` and ``times`` are for the inspector. With ``withholds`` what tells the
    client that its stream went wrong is kept in ``withheld``, which the last ``unheard`` of the pieces came to: another
    call may write on.
    """

    def __init__(
        self,
        answer: Answer,
        watch: Watch,
        limits: Limits,
        began: float,
        begin: Write,
        write: Write,
        mask: Mask = bytes,
        *,
        withholds: bool = False,
    ) -> None:
        loop = asyncio.get_running_loop()
        self.answer = answer
        self.watch = watch
        self.decided: asyncio.Future[None] = loop.create_future()
        self.done: asyncio.Future[UpstreamError | None] = loop.create_future()
        self.released = False
        self.first: float | None = None
        self.kept: list[bytes] = []
        self.kept_size = 0
        self.times: list[float] = []
        self._began = began
        self._begin = begin
        self._write = write
        self._pass: Write = self._withhold if withholds else write
        self.withheld = b""
        self.unheard = 0
        self._mask = mask
        self._held = b""
        self._over = False
        self._paused = False
        self._closing: asyncio.TimerHandle | None = None
        self._heard = time.perf_counter()
        self._limits = limits
        self._check = loop.call_later(self._spare(self._heard), self._look)

    # ------------------------------------------------------------ Sink

    def data(self, piece: bytes) -> None:
        if self.done.done():
            return
        now = self._heard = time.perf_counter()
        if self.kept_size < MAX_KEPT:
            self.times.append(now - self._began)
            self.kept.append(piece)
            self.kept_size += len(piece)
        watch = self.watch
        try:
            out = watch.feed(piece)
            if watch.error:
                out = self._unquoted(out)
            if self.first is None:
                self._await_content(out, now)
            elif out:
                self._pass(out)
            if watch.done:
                self._end(None)
            elif watch.closing and self._closing is None:
                self._closing = asyncio.get_running_loop().call_later(CLOSING_SECONDS, self._end, None)
        except Exception:  # noqa: BLE001 - a defect of ours must end the stream, not leave it hanging
            self._unreadable()

    def ended(self, failure: UpstreamError | None) -> None:
        self._over = True
        if self.done.done():
            return
        try:
            self._finish(failure)
        except Exception:  # noqa: BLE001 - as above
            self._unreadable()

    def _await_content(self, out: bytes, now: float) -> None:
        """Take what goes on as long as no content has come."""
        watch = self.watch
        self.first = now if watch.content else None
        if self.released:
            if out:
                self._pass(out)
            return
        self._held += out
        if watch.content:
            self.release()
        elif watch.error and not self.decided.done():
            self.decided.set_result(None)

    def _withhold(self, out: bytes) -> None:
        if self.watch.error or (self._over and not self.watch.complete):
            self.withheld += out
            self.unheard += not self._over
        else:
            self._write(out)

    def _unquoted(self, out: bytes) -> bytes:
        """What goes on when the stream tells an error, which may quote the credential."""
        self.watch.error = self._mask(self.watch.error.encode()).decode()
        return self._mask(out)

    def _finish(self, failure: UpstreamError | None) -> None:
        if self.watch.closing or self.watch.error:
            failure = None  # all of it was here before the connection went
        out = self.watch.end() if failure is None else b""
        if self.watch.error:
            out = self._unquoted(out)
        if self.released and out:
            self._pass(out)
        else:
            self._held += out
        if failure is None and not self.watch.complete:
            failure = UpstreamError("The provider's stream ended before it was finished.", cause="truncated")
        self._end(failure)

    # ------------------------------------------------------------

    @property
    def reported(self) -> UpstreamError | None:
        """Trouble of its own that the provider told of inside the stream."""
        watch = self.watch
        means = judge_status(watch.error_status, watch.error) if watch.error else None
        return UpstreamError(watch.error, cause=means.cause) if means is not None and means.fault else None

    def reword(self, change: Callable[[bytes], bytes]) -> None:
        """Have what is held told otherwise."""
        self._held = change(self._held)

    def release(self) -> None:
        """Let what was held go; from now on there is no way back to another deployment."""
        if self.released:
            return
        self.released = True
        held, self._held = self._held, b""
        begin, self._begin = self._begin, self._write  # as it knows its relay, which must not know it any more
        begin(held)
        if not self.decided.done():
            self.decided.set_result(None)

    def pause(self) -> None:
        """Its client reads too slowly: the provider is left to wait, and its silence is none of its own."""
        self._paused = True
        self.answer.pause()

    def resume(self) -> None:
        self._paused = False
        self.answer.resume()
        if not self.done.done():
            self._heard = time.perf_counter()
            self._check.cancel()
            self._check = asyncio.get_running_loop().call_later(self._spare(self._heard), self._look)

    def leave(self) -> None:
        """Done with it in good order. A provider that has said ``[DONE]`` gets a moment to end its body, so that the
        connection can serve another call."""
        if not self._over:
            asyncio.get_running_loop().call_later(5.0, self.answer.close)

    def close(self) -> None:
        """Done with it, finished or not; the provider is told at once."""
        self._check.cancel()
        if self._closing is not None:
            self._closing.cancel()
        self.answer.close()

    def _unreadable(self) -> None:
        _log.exception("A provider's stream could not be read, which should not happen")
        self._break(UpstreamError("The provider's stream could not be read.", cause="protocol"))

    def _break(self, failure: UpstreamError) -> None:
        """Give the stream up."""
        self.answer.close()
        self._end(failure)

    def _end(self, failure: UpstreamError | None) -> None:
        if self.done.done():
            return
        self._check.cancel()
        if self._closing is not None:
            self._closing.cancel()
        self.done.set_result(failure)
        if not self.decided.done():
            self.decided.set_result(None)

    def _spare(self, now: float) -> float:
        """Seconds until the nearest of the limits."""
        limits = self._limits
        nearest = limits.done_by if self._paused else min(limits.done_by, self._heard + limits.idle)
        return (nearest if self.watch.content else min(nearest, limits.first_by)) - now

    def _look(self, again: bool = False) -> None:
        """Give up what is past a limit, and was a moment ago (``again``)."""
        now, limits = time.perf_counter(), self._limits
        if self._spare(now) > 0:
            self._check = asyncio.get_running_loop().call_later(self._spare(now) + 0.01, self._look)
        elif not again:
            self._check = asyncio.get_running_loop().call_later(LAST_LOOK, self._look, True)
        elif now >= limits.done_by:
            self._break(too_long("total", limits.total))
        elif not self.watch.content and now >= limits.first_by:
            self._break(too_long("first token", limits.first_token))
        else:
            self.answer.close()
            self.ended(too_long("idle", limits.idle))
