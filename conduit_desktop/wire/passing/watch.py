"""Watching a stream that passes as it came: any dialect but OpenAI's chat, which has a faster one of its own
(``openai``)."""

from __future__ import annotations

import re

import msgspec

from conduit_desktop.wire import events as e
from conduit_desktop.wire.dialects.base import Decoder, Encoder
from conduit_desktop.wire.failure import Failure
from conduit_desktop.wire.framing import Pieces, Splitter
from conduit_desktop.wire.usage import Usage

_TELLING = frozenset({e.Start, e.Tokens, e.Finished, e.Failed, e.End})
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
    """Takes a stream's bytes and gives what may go on to the client, as whole events. ``content`` turns true with the
    first event that carries any of the answer; ``closing`` when the stream said that it is whole; ``held`` is its end
    from there on, kept back until the exchange is in the log (some send a ``[DONE]`` behind it, which belongs to their
    clients too); ``done`` stays false, for the body's own end tells, but where an event cannot be read: nobody could
    tell what follows from a whole answer, so that is told in its place. A framing that clients do not get (event-stream
    frames) is written anew as server-sent events. ``model`` is what the answer is to name as its model (empty: it stays
    as it is)."""

    def __init__(self, decoder: Decoder, splitter: Splitter, encoder: Encoder, *, model: str = "") -> None:
        self.content = False
        self.done = False
        self.closing = False
        self.usage: Usage | None = None
        self.finish = ""
        self.error = ""
        self.error_status = 0
        self.garbled = False
        self.held = b""
        self.id = ""
        self._decoder = decoder
        self._splitter = splitter
        self._pieces = splitter if isinstance(splitter, Pieces) else None
        self._encoder = encoder
        self._model = model

    def feed(self, data: bytes) -> bytes:
        """Take what arrived; gives what may go on."""
        if self.done:
            return b""
        if self._pieces is None:
            return self._written(self._splitter.feed(data))
        return b"".join([self._passed(*event) for event in self._pieces.events(data)])

    def _passed(self, piece: bytes, name: str, told: bytes) -> bytes:
        """What of one event may go on now."""
        if self.done:
            return b""
        if told and not self.closing and (failure := self._note(self._decoder.feed(name, told))) is not None:
            self.done = True
            return self.fail(failure)
        if self.closing:
            self.held += piece
            return b""
        return self._renamed(piece) if self._model else piece

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
        rest = b""
        if self._pieces is not None:
            left = self._pieces.left()
            rest = self._passed(left, *self._pieces.read(left))
        if not self.closing:
            self._note(self._decoder.end())
        return rest

    def fail(self, failure: Failure) -> bytes:
        """What tells the client that the stream ends in a failure."""
        told = self._encoder.encode(e.Failed(failure))
        return self._pieces.behind(told) if self._pieces is not None else told

    @property
    def complete(self) -> bool:
        """Whether the stream said that it was finished."""
        return self.closing or bool(self.error)

    def _note(self, events: list[e.Event]) -> Failure | None:
        """Take in what was told; gives what is wrong with an event that cannot be read."""
        for event in events:
            if not self.content:
                self.content = e.carries(event)
            if type(event) in _TELLING and (failure := self._heard(event)) is not None:
                return failure
        return None

    def _heard(self, event: e.Event) -> Failure | None:
        match event:
            case e.Start():
                self.id = event.id
                self.usage = event.usage or self.usage
            case e.Tokens():
                self.usage = event.usage
            case e.Finished():
                self.finish = event.native_finish or event.finish
            case e.Failed(failure=failure):
                if failure.code != "truncated":
                    self.error, self.error_status = failure.message, failure.status
                if failure.code == "unreadable":
                    self.garbled = True
                    return failure
            case e.End():
                self.closing = True
            case _:
                pass
        return None
