"""The words of messages in a provider's stream: output texts and refusals, their citations and log probabilities.

Format: OpenAI's API reference (responses-streaming).
"""

from __future__ import annotations

from typing import Any

from conduit_desktop.wire import events as e
from conduit_desktop.wire.dialects.base import Json
from conduit_desktop.wire.dialects.responses.citations import read_citation, read_logprobs
from conduit_desktop.wire.dialects.responses.notes import extras
from conduit_desktop.wire.messages import Part, Refusal, Text

Place = tuple[Any, Any]


class Live:
    """A part that is open: its number, whether anything of it was told, how many citations, whether log
    probabilities."""

    __slots__ = ("cited", "number", "rated", "said")

    def __init__(self, number: int) -> None:
        self.number = number
        self.said = False
        self.cited = 0
        self.rated = False


class Row:
    """The parts of an answer in the order in which they opened; ``noted`` is what is known of items, by their
    places."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.noted: dict[Any, Json] = {}

    def open(self, part: Part, out: list[e.Event]) -> Live:
        """One more part."""
        live = Live(len(self.parts))
        self.parts.append(part)
        out.append(e.Open(live.number, part))
        return live


def place_of(event: Json) -> Any:
    """Where an event's item stands in the answer."""
    return event.get("output_index", event.get("item_id"))


def delta_of(event: Json) -> str:
    """What a delta adds. Raises TypeError for what are no words."""
    found = event["delta"]
    if not isinstance(found, str):
        raise TypeError
    return found


class Texts:
    """Reads the events of texts and refusals."""

    def __init__(self, row: Row) -> None:
        self.open: dict[Place, Live] = {}
        self._row = row

    def of(self, place: Any) -> list[Place]:
        """The places of an item's texts that are open."""
        return [at for at in self.open if at[0] == place]

    def _at(self, event: Json, out: list[e.Event], *, refusal: bool = False) -> Live:
        place = (place_of(event), event.get("content_index", 0))
        live = self.open.get(place)
        if live is None:
            noted = extras(self._row.noted.get(place[0], {}))
            live = self._row.open(Refusal(extras=noted) if refusal else Text(extras=noted), out)
            self.open[place] = live
        return live

    def add(self, event: Json, out: list[e.Event]) -> None:
        """More of a text."""
        live = self._at(event, out)
        rated, delta = event.get("logprobs"), delta_of(event)
        if rated and (found := read_logprobs(rated)):
            live.rated = True
            out.append(e.Logprobs(found))
        if delta:
            live.said = True
            out.append(e.TextDelta(live.number, delta))

    def decline(self, event: Json, out: list[e.Event]) -> None:
        """More of a refusal."""
        live = self._at(event, out, refusal=True)
        live.said = True
        out.append(e.TextDelta(live.number, delta_of(event)))

    def whole(self, event: Json, out: list[e.Event]) -> None:
        """The words of a text or refusal."""
        refusal = "refusal" in event
        live = self._at(event, out, refusal=refusal)
        words = event.get("refusal") if refusal else event.get("text")
        if words and isinstance(words, str) and not live.said:
            live.said = True
            out.append(e.TextDelta(live.number, words))
        if not live.rated and (found := read_logprobs(event.get("logprobs"))):
            live.rated = True
            out.append(e.Logprobs(found))

    def cite(self, event: Json, out: list[e.Event]) -> None:
        """One more citation."""
        live = self._at(event, out)
        live.cited += 1
        citation = read_citation(event.get("annotation"))
        if citation is not None:
            out.append(e.CitationDelta(live.number, citation))

    def part_added(self, event: Json, out: list[e.Event]) -> None:
        """A text or refusal begins."""
        kind = event["part"].get("type")
        if kind in ("output_text", "refusal"):
            self._at(event, out, refusal=kind == "refusal")

    def part_done(self, event: Json, out: list[e.Event]) -> None:
        """A text or refusal is whole: tell what of it was not told yet."""
        part = event["part"]
        if part.get("type") not in ("output_text", "refusal"):
            return
        self.whole(event | part, out)
        live = self._at(event, out)
        for annotation in (part.get("annotations") or [])[live.cited :]:
            live.cited += 1
            if (citation := read_citation(annotation)) is not None:
                out.append(e.CitationDelta(live.number, citation))

    def item_done(self, item: Json, place: Any, out: list[e.Event]) -> None:
        """A message is whole."""
        told = self.of(place)
        for at, part in enumerate(item.get("content") or []):
            index = told[at][1] if at < len(told) else at  # some count reasoning and text in one row
            if isinstance(part, dict):
                self.part_done({"output_index": place, "content_index": index, "part": part}, out)
        out += [e.Close(self.open.pop(each).number) for each in self.of(place)]
