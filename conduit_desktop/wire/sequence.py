"""One part at a time: orders a stream for dialects whose blocks may not overlap."""

from __future__ import annotations

from conduit_desktop.wire import events as e

_OF_A_PART = (e.TextDelta, e.ThinkingDelta, e.ArgumentsDelta, e.DataDelta, e.CitationDelta, e.Sealed, e.Close)


class InOrder:
    """Passes the events of the part that is open on at once, and holds those of others until it closes; renumbers
    nothing. Parts that the stream's end finds open are closed. ``open`` is the part whose events may go on."""

    def __init__(self) -> None:
        self.open: int | None = None
        self._waiting: dict[int, list[e.Event]] = {}

    def feed(self, event: e.Event) -> list[e.Event]:
        """The events that may go on now."""
        if isinstance(event, e.Open):
            if self.open is not None:
                self._waiting[event.index] = [event]
                return []
            self.open = event.index
            return [event]
        if isinstance(event, _OF_A_PART):
            if event.index != self.open:
                if event.index in self._waiting:
                    self._waiting[event.index].append(event)
                return []
            if not isinstance(event, e.Close):
                return [event]
            self.open = None
            return [event, *self._next()]
        if isinstance(event, e.Finished | e.End):
            return [*self._rest(), event]
        return [event]

    def _next(self) -> list[e.Event]:
        """The part that waited longest, and those behind it as far as they are whole."""
        out: list[e.Event] = []
        while self._waiting and self.open is None:
            index = next(iter(self._waiting))
            held = self._waiting.pop(index)
            out += held
            if not isinstance(held[-1], e.Close):
                self.open = index
        return out

    def _rest(self) -> list[e.Event]:
        out: list[e.Event] = []
        while self.open is not None:
            out.append(e.Close(self.open))
            self.open = None
            out += self._next()
        return out
