"""Reading a stream that may be written on by another call, and the stream of that other call: for the client they are
one. Part numbers go on, the second's start is left out, and its first words go where the first's last words went.
"""

from __future__ import annotations

from conduit_desktop.wire import events as e
from conduit_desktop.wire import translation
from conduit_desktop.wire.continuing import Seam
from conduit_desktop.wire.dialects.base import Decoder, Encoder
from conduit_desktop.wire.failure import Failure
from conduit_desktop.wire.framing import Splitter
from conduit_desktop.wire.messages import Part, Text, Thinking
from conduit_desktop.wire.usage import Usage, plus

_OF_A_PART = e.TextDelta | e.ThinkingDelta | e.ArgumentsDelta | e.DataDelta | e.CitationDelta | e.Sealed | e.Close


class Written:
    """What of an answer has been told. ``part`` is the text that is still open, None where none is; ``parts`` is how
    many there are."""

    def __init__(self) -> None:
        self.part: int | None = None
        self.parts = 0
        self._texts: list[str] = []
        self._open: dict[int, Part] = {}
        self._fixed = False

    @property
    def text(self) -> str:
        return "".join(self._texts)

    @property
    def open_ended(self) -> bool:
        """Whether it can be written on: words, and behind them nothing but an end that has not come."""
        return (
            not self._fixed
            and not any(isinstance(part, Thinking) for part in self._open.values())
            and bool(self.text.strip())
        )

    def add(self, event: e.Event) -> None:
        match event:
            case e.Open(index=index, part=part):
                self._open[index] = part
                self.parts = max(self.parts, index + 1)
                if isinstance(part, Text):
                    self.part = index
                    self._texts.append(part.text)
                self._fixed = self._fixed or event.choice != 0 or not isinstance(part, Text | Thinking)
            case e.TextDelta(text=text):
                self._texts.append(text)
            case e.Close(index=index):
                self._open.pop(index, None)
                self.part = None if index == self.part else self.part
            case e.Finished() | e.End():
                self._fixed = True
            case _:
                pass


class Watch(translation.Watch):
    """A ``translation.Watch`` that knows what it told (``written``), and keeps an error of the provider's to itself: it
    is told with ``held`` only, when nobody writes on. Behind ``after``, with the encoder that told that, it watches a
    stream that writes on; ``seam`` joins the words, and ``before`` is what was used up to there."""

    def __init__(
        self,
        decoder: Decoder,
        splitter: Splitter,
        encoder: Encoder,
        *,
        after: Written | None = None,
        seam: Seam | None = None,
        before: Usage | None = None,
    ) -> None:
        super().__init__(decoder, splitter, encoder)
        self.written = after or Written()
        self._after = after is not None
        self._seam = seam or Seam("")
        self._before = before
        self._failure: Failure | None = None
        self._numbers: dict[int, int] = {}
        self._left_out: set[int] = set()
        self._joined: int | None = None
        """The part (as this stream numbers it) whose words are joined to those before."""

    @property
    def encoder(self) -> Encoder:
        return self._encoder

    @property
    def held(self) -> bytes:
        """The end of the client's stream; the error that ended it, masked since by who relays it."""
        if self._failure is None:
            return self._last
        self._failure.message = self.error
        return self._encoder.encode(e.Failed(self._failure))

    @held.setter
    def held(self, last: bytes) -> None:
        self._last = last

    def _take(self, events: list[e.Event]) -> bytes:
        out = b""
        for event in events:
            if self.done:
                break
            event = translation.as_failure(event)
            if isinstance(event, e.Failed) and event.failure.code != "truncated":
                self._failure = event.failure
                self.error, self.error_status, self.done = event.failure.message, event.failure.status, True
                break
            told = self._mapped(event) if self._after else [event]
            if self._seam.departed:
                self.error, self.error_status, self.done = "Asked again, it said other words.", 409, True
                break
            for each in told:
                self.written.add(each)
            out += super()._take(told)
        return out

    def _note(self, event: e.Event) -> bool:
        own = self.usage
        heard = super()._note(event)
        if isinstance(event, e.Tokens) and self._after:
            self.usage = own
        return heard

    # ------------------------------------------------------------ writing on

    def _mapped(self, event: e.Event) -> list[e.Event]:
        """An event of a stream that writes on, as it goes on in the client's."""
        match event:
            case e.Start():
                self.usage = event.usage
                return []
            case e.Tokens(usage=usage):
                self.usage = usage
                return [e.Tokens(plus(self._before, usage) or usage)]
            case e.Open():
                return self._opened(event)
            case e.Finished() | e.End():
                return [*self._closed(), event]
            case _ if isinstance(event, _OF_A_PART):
                return self._grown(event)
            case _:
                return [event]

    def _opened(self, event: e.Open) -> list[e.Event]:
        if isinstance(event.part, Thinking):  # it was thought before the answer began
            self._left_out.add(event.index)
            return []
        own, part = event.index, event.part
        if self._joined is not None or not isinstance(part, Text):
            closed = self._closed() if self._joined is None else []
            self._numbers[own] = event.index = self.written.parts
            return [*closed, event]
        self._joined = own
        text, part.text = part.text, ""
        if self.written.part is not None:
            self._numbers[own] = self.written.part
            return self._said(text)
        self._numbers[own] = event.index = self.written.parts
        return [event, *self._said(text)]

    def _said(self, text: str) -> list[e.Event]:
        said = self._seam.feed(text)
        return [e.TextDelta(self._numbers[self._joined], said)] if said and self._joined is not None else []

    def _grown(self, event: _OF_A_PART) -> list[e.Event]:
        own = event.index
        if own in self._left_out:
            return []
        event.index = self._numbers.get(own, own)
        if own == self._joined and isinstance(event, e.TextDelta):
            return self._said(event.text)
        if own == self._joined and isinstance(event, e.Close):
            return [*self._rest(), event]
        return [event]

    def _rest(self) -> list[e.Event]:
        rest = self._seam.rest()
        return [e.TextDelta(self._numbers[self._joined], rest)] if rest and self._joined is not None else []

    def _closed(self) -> list[e.Event]:
        """The end of the words before, where none that were written on close them."""
        return self._rest() if self.written.part is None else [*self._rest(), e.Close(self.written.part)]
