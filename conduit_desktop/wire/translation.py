"""One answer on its way from a provider's dialect to a client's: whole, or as a stream."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from conduit_desktop.errors import BadRequest, UpstreamError
from conduit_desktop.wire import events as e
from conduit_desktop.wire.assemble import Assembler, events_of
from conduit_desktop.wire.dialects import dialect
from conduit_desktop.wire.dialects.base import Context, Decoder, Dialect, Encoder
from conduit_desktop.wire.dialects.recognising import told_in
from conduit_desktop.wire.failure import Failure, broken_off, of_error
from conduit_desktop.wire.framing import Splitter
from conduit_desktop.wire.messages import Response
from conduit_desktop.wire.usage import Usage

_KEPT = frozenset({e.Open, e.ThinkingDelta, e.Sealed, e.End})
_TELLING = frozenset({e.Start, e.Tokens, e.Finished, e.Failed, e.End})
"""What tells the gateway itself something, besides that there is an answer."""
Keep = Callable[[Response], None]
_ANSWERS = ("choices", "candidates", "content", "output", "embeddings", "results", "done")
UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class Watch:
    """Takes a provider's stream and gives the client's. The members are those of ``passing.watch.Watch``; ``held`` is
    the end of the client's stream, kept back until the exchange is in the log. ``model`` is what the answer is to
    name as its model (empty: the provider's word). ``keep`` is given the answer at its end: its reasoning and calls,
    without its words."""

    def __init__(
        self, decoder: Decoder, splitter: Splitter, encoder: Encoder, model: str = "", keep: Keep | None = None
    ) -> None:
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
        self._encoder = encoder
        self._model = model
        self._keep = keep
        self._assembler = Assembler() if keep else None

    def feed(self, data: bytes) -> bytes:
        """Take what arrived; gives what may go to the client."""
        if self.done:
            return b""
        return b"".join([self._take(self._decoder.feed(name, told)) for name, told in self._splitter.feed(data)])

    def end(self) -> bytes:
        """The provider's stream ended. Afterwards ``complete`` can be asked."""
        if self.done:
            return b""
        out = [self._take(self._decoder.feed(name, told)) for name, told in self._splitter.rest()]
        if not self.done:
            out.append(self._take(self._decoder.end()))
        return b"".join(out)

    def fail(self, failure: Failure) -> bytes:
        """What tells the client that the stream ends in a failure."""
        return self._encoder.encode(e.Failed(failure))

    @property
    def complete(self) -> bool:
        """Whether the stream said that it was finished."""
        return self.done or bool(self.error)

    def _take(self, events: list[e.Event]) -> bytes:
        out = b""
        for event in events:
            if self.done:
                break
            if self._assembler is not None and type(event) in _KEPT:
                self._assembler.add((event,))
            if type(event) in _TELLING:
                event = as_failure(event)
                if not self._note(event):
                    break
            elif not self.content:
                self.content = e.carries(event)
            out += self._encoder.encode(event)
        return out

    def _note(self, event: e.Event) -> bool:
        """Take in what the gateway itself must know of the answer; whether the client is to hear of it now."""
        match event:
            case e.End():
                self._end(event)
                return False
            case e.Failed(failure=failure):
                if failure.code == "truncated":  # whoever reads the connection knows more of it
                    return False
                self.error, self.error_status, self.done = failure.message, failure.status, True
            case e.Start():
                self.usage = event.usage
                event.model = self._model or event.model
            case e.Tokens():
                self.usage = event.usage
            case e.Finished():
                self.finish = event.native_finish or event.finish
            case _:
                pass
        return True

    def _end(self, event: e.End) -> None:
        if self._keep and self._assembler is not None:
            self._keep(self._assembler.response)
        self.held = self._encoder.encode(event)
        self.done = True


def as_failure(event: e.Event) -> e.Event:
    """An end of the answer that says that the provider failed in the middle of it, as that failure: a finish reason
    that clients do not know would pass for a good end."""
    if type(event) is e.Finished and event.finish == "error" and event.choice == 0:
        return e.Failed(broken_off(event.native_finish))
    return event


def read_answer(spoken: Dialect, body: bytes, status: int = 502) -> Response | Failure:
    """A provider's whole answer, or the failure that it reports under a good status. ``status`` is what a failure
    without one of its own stands for."""
    try:
        value: Any = msgspec.json.decode(body)
    except UNREADABLE:
        return Failure(status=status, kind="server", code="not_json", message="The provider's answer is not JSON.")
    if isinstance(value, list) and value and isinstance(value[0], dict) and value[0].get("error"):
        value = value[0]
    if isinstance(value, dict) and value.get("error") and not (value.get("choices") or value.get("candidates")):
        return spoken.decode_error(status, value)
    if isinstance(value, dict) and (value.get("type") == "error" or _only_words(value)):
        return spoken.decode_error(status, value)
    try:
        return dialect(told_in(value, spoken.name)).decode_response(value)
    except UpstreamError as error:
        return of_error(error)
    except BadRequest as error:
        return Failure(
            status=status,
            kind="server",
            code="unreadable",
            message=f"The provider's answer cannot be read: {error.message}",
        )


def _only_words(value: dict[str, Any]) -> bool:
    """Whether it is an error as Cohere and Mistral word theirs: a message that is plain text, where an answer has an
    object or none."""
    return isinstance(value.get("message"), str) and not any(value.get(name) for name in _ANSWERS)


def read_failure(spoken: Dialect, status: int, body: bytes) -> Failure:
    """A provider's error answer."""
    try:
        value: Any = msgspec.json.decode(body)
    except UNREADABLE:
        value = body[:4000].decode("utf-8", "replace")
    return spoken.decode_error(status, value)


def whole(spoken: Dialect, response: Response, context: Context) -> bytes:
    """The answer in the client's dialect."""
    return msgspec.json.encode(spoken.encode_response(response, context))


def streamed(spoken: Dialect, response: Response, context: Context) -> bytes:
    """A whole answer as the stream that the client asked for."""
    encoder = spoken.encoder(context)
    return b"".join([encoder.encode(event) for event in events_of(response)])


def collected(decoder: Decoder, splitter: Splitter, body: bytes) -> Response | Failure:
    """A provider's stream as the whole answer that it adds up to."""
    assembler = Assembler()
    for name, told in [*splitter.feed(body), *splitter.rest()]:
        assembler.add(decoder.feed(name, told))
    if not assembler.whole and assembler.failure is None:
        assembler.add(decoder.end())
    return assembler.failure or assembler.response
