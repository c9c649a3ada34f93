"""Watching a stream that passes as it came: any dialect but OpenAI's chat, which has a faster one of its own
(``openai``)."""

from __future__ import annotations

import re

import msgspec

from conduit_desktop.wire import events as e
from conduit_desktop.wire import sse
from conduit_desktop.wire.dialects.base import Decoder, Encoder
from conduit_desktop.wire.failure import Failure
from conduit_desktop.wire.framing import Splitter
from conduit_desktop.wire.usage import Usage

_FRAME = (e.Start, e.Ping, e.Tokens)


_MODEL = re.compile(rb'("model"\s*:\s*)"(?:[^"\\]|\\.)*"')


class _Typed(msgspec.Struct):
    type: str = "message"


_typed = msgspec.json.Decoder(_Typed)


def _type_of(data: bytes) -> str:
    """The name that a server-sent event of Anthropic's has: the type that its data tells."""
    try:
        return _typed.decode(data).type
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return "message"


class Watch:
    """Takes a stream's bytes and gives what may go on to the client, as whole events where the framing allows to see
    their borders. ``content`` turns true with the first event that carries any of the answer; ``closing`` when the
    stream said that it is whole; ``held`` is its end from there on, kept back until the exchange is in the log (some
    send a ``[DONE]`` behind it, which belongs to their clients too); ``done`` stays false: the body's own end tells.
    ``reframe``: the provider's framing is not the client's, and each event is written anew as a server-sent one.
    ``model`` is what the answer is to name as its model (empty: it stays as it is)."""

    def __init__(
        self,
        decoder: Decoder,
        splitter: Splitter,
        encoder: Encoder,
        *,
        by_event: bool,
        reframe: bool = False,
        model: str = "",
    ) -> None:
        self.content = False
        self.done = False
        self.closing = False
        self.usage: Usage | None = None
        self.finish = ""
        self.error = ""
        self.error_status = 0
        self.held = b""
        self.id = ""
        self._decoder = decoder
        self._splitter = splitter
        self._encoder = encoder
        self._by_event = by_event
        self._reframe = reframe
        self._tail = b""
        self._model = model

    def feed(self, data: bytes) -> bytes:
        """Take what arrived; gives what may go on."""
        if self.closing:
            self.held += b"" if self._reframe else data
            return b""
        if self._reframe:
            return self._written(self._splitter.feed(data))
        if not self._by_event:
            for name, told in self._splitter.feed(data):
                self._note(self._decoder.feed(name, told))
            return data
        return self._whole_events(data)

    def _whole_events(self, data: bytes) -> bytes:
        data = self._tail + data
        border = sse.last_border(data)
        self._tail = data[border:]
        out = []
        for event in sse.split(data[:border]) if border else ():
            if not self.closing:
                for name, told in self._splitter.feed(event):
                    self._note(self._decoder.feed(name, told))
            if self.closing:
                self.held += event
            else:
                out.append(self._renamed(event) if self._model else event)
        return b"".join(out)

    def _renamed(self, event: bytes) -> bytes:
        """The event with our model's name, if it is the one that names it: the first of Anthropic's."""
        if b"message_start" not in event:
            return event
        name, self._model = msgspec.json.encode(self._model), ""
        return _MODEL.sub(lambda found: found[1] + name, event, count=1)

    def _written(self, events: list[tuple[str, bytes]]) -> bytes:
        out = []
        for name, told in events:
            self._note(self._decoder.feed(name, told))
            event = b"event: %s\ndata: %s\n\n" % ((name or _type_of(told)).encode(), told)
            if self.closing:
                self.held += event
            else:
                out.append(event)
        return b"".join(out)

    def end(self) -> bytes:
        """The stream ended: what was left of an unfinished event. Afterwards ``complete`` can be asked."""
        rest, self._tail = self._tail, b""
        if self.closing:
            self.held += rest
            return b""
        for name, told in [*(self._splitter.feed(rest) if rest else ()), *self._splitter.rest()]:
            self._note(self._decoder.feed(name, told))
        if not self.closing:
            self._note(self._decoder.end())
        return rest

    def fail(self, failure: Failure) -> bytes:
        """What tells the client that the stream ends in a failure."""
        return self._encoder.encode(e.Failed(failure))

    @property
    def complete(self) -> bool:
        """Whether the stream said that it was finished."""
        return self.closing or bool(self.error)

    def _note(self, events: list[e.Event]) -> None:
        for event in events:
            match event:
                case e.Start():
                    self.id = event.id
                    self.usage = event.usage or self.usage
                case e.Tokens():
                    self.usage = event.usage
                case e.Finished():
                    self.finish = event.native_finish or event.finish
                case e.Failed():
                    if event.failure.code != "truncated":
                        self.error, self.error_status = event.failure.message, event.failure.status
                case e.End():
                    self.closing = True
            if not isinstance(event, _FRAME):
                self.content = self.content or not isinstance(event, e.Failed)
