"""From a stream of events to a whole answer, and back: for clients that want the one where a provider gives the
other."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator

import msgspec

from conduit_desktop.wire import events as e
from conduit_desktop.wire.failure import Failure
from conduit_desktop.wire.messages import Choice, Logprob, Media, Part, Refusal, Response, Text, Thinking, ToolCall


class Assembler:
    """Takes events in, and holds the answer that they add up to. ``failure`` is set when the stream ended in one;
    ``whole`` when it ended as it should."""

    def __init__(self) -> None:
        self.response = Response()
        self.failure: Failure | None = None
        self.whole = False
        self._parts: dict[int, Part] = {}
        self._choices: dict[int, Choice] = {}
        self._grown: dict[int, list[str]] = {}
        self._data: dict[int, list[str]] = {}

    def add(self, events: Iterable[e.Event]) -> None:
        for event in events:
            self._take(event)

    def _take(self, event: e.Event) -> None:
        match event:
            case e.TextDelta() | e.ArgumentsDelta():
                self._grown.setdefault(event.index, []).append(event.text)
            case e.DataDelta():
                self._data.setdefault(event.index, []).append(event.data)
            case e.ThinkingDelta():
                self._think(event)
            case e.Open():
                part = msgspec.structs.replace(event.part)
                self._parts[event.index] = part
                self._choice(event.choice).parts.append(part)
            case e.Close():
                self._close(event.index)
            case e.Sealed() | e.CitationDelta():
                self._mark(event)
            case _:
                self._frame(event)

    def _frame(self, event: e.Event) -> None:
        """What concerns the answer as a whole."""
        answer = self.response
        match event:
            case e.Start():
                answer.id, answer.model, answer.created = event.id, event.model, event.created
                answer.service_tier = event.service_tier
                answer.usage = event.usage
                answer.extras = dict(event.extras)
            case e.Logprobs():
                choice = self._choice(event.choice)
                choice.logprobs = [*(choice.logprobs or ()), *event.logprobs]
            case e.Finished():
                choice = self._choice(event.choice)
                choice.finish, choice.native_finish = event.finish, event.native_finish
                choice.stop_sequence, choice.extras = event.stop_sequence, event.extras
            case e.Tokens():
                answer.usage = event.usage
            case e.Failed():
                self.failure = event.failure
            case e.End():
                self._end(event)
            case _:
                pass  # a ping

    def _end(self, event: e.End) -> None:
        for index in {*self._grown, *self._data}:
            self._close(index)
        self.response.extras.update(event.extras)
        self.whole = True

    def _choice(self, index: int) -> Choice:
        if index not in self._choices:
            self._choices[index] = Choice(index=index)
            self.response.choices = [self._choices[at] for at in sorted(self._choices)]
        return self._choices[index]

    def _think(self, event: e.ThinkingDelta) -> None:
        part = self._parts.get(event.index)
        if isinstance(part, Thinking):
            sections = part.sections = part.sections + [""] * (event.section + 1 - len(part.sections))
            sections[event.section] += event.text

    def _mark(self, event: e.Sealed | e.CitationDelta) -> None:
        part = self._parts.get(event.index)
        if isinstance(event, e.CitationDelta):
            if isinstance(part, Text):
                part.citations = [*part.citations, event.citation]
        elif part is not None:
            part.signature = event.signature or part.signature
            if isinstance(part, Thinking):
                part.encrypted = event.encrypted or part.encrypted
            if isinstance(part, Media):
                part.expires = event.expires or part.expires

    def _close(self, index: int) -> None:
        grown = "".join(self._grown.pop(index, ()))
        part = self._parts.get(index)
        if isinstance(part, Text | Refusal):
            part.text += grown
        elif isinstance(part, ToolCall):
            part.arguments = (part.arguments + grown) or ("" if part.custom else "{}")
        elif isinstance(part, Media):
            part.transcript += grown
            part.data = _joined([part.data, *self._data.pop(index, ())])


def _joined(pieces: list[str]) -> str:
    """Base64 out of pieces that are each whole base64 of their own bytes."""
    pieces = [piece for piece in pieces if piece]
    if not any(piece.endswith("=") for piece in pieces[:-1]):
        return "".join(pieces)
    return base64.b64encode(b"".join(base64.b64decode(piece) for piece in pieces)).decode()


def assemble(events: Iterable[e.Event]) -> Response:
    """The answer that a whole stream adds up to."""
    assembler = Assembler()
    assembler.add(events)
    return assembler.response


def events_of(response: Response) -> Iterator[e.Event]:
    """A whole answer as a stream: each part in one piece."""
    yield e.Start(
        id=response.id,
        model=response.model,
        created=response.created,
        usage=response.usage,
        service_tier=response.service_tier,
        extras=response.extras,
    )
    index = 0
    for choice in response.choices:
        yield from events_of_parts(index, choice.parts, choice.logprobs, choice.index)
        index += len(choice.parts)
        yield e.Finished(
            choice=choice.index,
            finish=choice.finish or "stop",
            native_finish=choice.native_finish,
            stop_sequence=choice.stop_sequence,
            extras=choice.extras,
        )
    if response.usage is not None:
        yield e.Tokens(response.usage)
    yield e.End()


def events_of_parts(
    index: int, parts: list[Part], logprobs: list[Logprob] | None, choice: int = 0
) -> Iterator[e.Event]:
    """Parts that came together, numbered from ``index``. Log probabilities are told while the words that they are of
    are open."""
    rated = next((at for at, part in enumerate(parts) if isinstance(part, Text | Refusal)), -1)
    for at, part in enumerate(parts):
        for event in events_of_part(index + at, part, choice):
            if at == rated and logprobs is not None and isinstance(event, e.Close):
                yield e.Logprobs(logprobs, choice)
            yield event
    if rated < 0 and logprobs is not None:
        yield e.Logprobs(logprobs, choice)


def events_of_part(index: int, part: Part, choice: int = 0) -> Iterator[e.Event]:
    """One part as events, in one piece."""
    replace = msgspec.structs.replace
    match part:
        case Text():
            yield e.Open(index, replace(part, text="", citations=[], signature=""), choice)
            if part.text:
                yield e.TextDelta(index, part.text)
            for citation in part.citations:
                yield e.CitationDelta(index, citation)
        case Refusal():
            yield e.Open(index, replace(part, text="", signature=""), choice)
            yield e.TextDelta(index, part.text)
        case Thinking():
            yield e.Open(index, replace(part, sections=[], signature="", encrypted=""), choice)
            for number, section in enumerate(part.sections):
                yield e.ThinkingDelta(index, section, number)
        case ToolCall():
            yield e.Open(index, replace(part, arguments="", signature=""), choice)
            yield e.ArgumentsDelta(index, part.arguments)
        case _:
            yield e.Open(index, part, choice)
    encrypted = part.encrypted if isinstance(part, Thinking) else ""
    if (part.signature or encrypted) and not isinstance(part, Media):
        yield e.Sealed(index, part.signature, encrypted)
    yield e.Close(index)
