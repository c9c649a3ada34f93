"""One choice of an answer: its deltas (or its whole message, which is one delta) read into events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conduit_desktop.wire import events as e
from conduit_desktop.wire.dialects.base import Json
from conduit_desktop.wire.dialects.chat.calls import Calls, google_signature
from conduit_desktop.wire.dialects.chat.citations import others, read_annotations
from conduit_desktop.wire.dialects.chat.content import pictures, thought_words
from conduit_desktop.wire.dialects.chat.finish import read_finish
from conduit_desktop.wire.dialects.chat.logprobs import read_logprobs
from conduit_desktop.wire.dialects.chat.tags import Tags
from conduit_desktop.wire.dialects.chat.thoughts import OWN, Thoughts
from conduit_desktop.wire.messages import Citation, Foreign, Media, Part, Refusal, Text

_KNOWN = frozenset({"index", "delta", "message", "finish_reason", "logprobs", "text", "error"})


class Choice:
    """``number`` gives the next part's number. ``tags``: the text may begin with thoughts between tags. ``finish`` is
    the finish reason, empty until it came."""

    __slots__ = (
        "_audio",
        "_calls",
        "_cited",
        "_declined",
        "_extras",
        "_number",
        "_signature",
        "_stop",
        "_tags",
        "_text",
        "_texts",
        "_thoughts",
        "finish",
        "index",
    )

    def __init__(self, index: int, number: Callable[[], int], *, tags: bool = True) -> None:
        self.index = index
        self.finish = ""
        self._number = number
        self._thoughts = Thoughts(number, index)
        self._calls = Calls(number, index, self._before_call, self._signature_of)
        self._tags = Tags() if tags else None
        self._text: int | None = None
        self._texts = False
        self._declined: int | None = None
        self._audio: int | None = None
        self._cited: set[str] = set()
        self._signature = ""
        self._stop = ""
        self._extras: Json = {}

    def take(self, raw: Json, out: list[e.Event]) -> None:
        """One element of ``choices``."""
        delta = raw.get("delta")
        if isinstance(delta, dict):
            self._delta(delta, out)
        if raw.get("logprobs") is not None and (found := read_logprobs(raw["logprobs"])):
            out.append(e.Logprobs(found, self.index))
        if not _KNOWN.issuperset(raw):
            self._beside(raw)
        finish = raw.get("finish_reason")
        if finish:
            self.finish = str(finish)
        message = raw.get("message")
        if isinstance(message, dict) and (finish or not isinstance(delta, dict)):
            self._message(message, out)

    def _message(self, message: Json, out: list[e.Event]) -> None:
        """A whole message. At a stream's end it brings only what no delta brought (Perplexity sends both)."""
        if self._texts or self._declined is not None:
            message = {**message, "content": None, "refusal": None, "reasoning": None, "reasoning_content": None}
        calls = message.get("tool_calls")
        if self._calls.any:
            message = {**message, "tool_calls": None, "function_call": None}
        elif isinstance(calls, list):  # each a call of its own, whatever its id and number
            numbered = [{**call, "index": at} for at, call in enumerate(calls) if isinstance(call, dict)]
            message = {**message, "tool_calls": numbered}
        self._delta(message, out)

    def _beside(self, raw: Json) -> None:
        for name in raw.keys() - _KNOWN:
            if raw[name] is not None:
                self._extras[name] = raw[name]
        if isinstance(stop := raw.get("stop_reason"), str):  # vLLM's: the stop sequence that came
            self._stop = stop

    def _delta(self, delta: Json, out: list[e.Event]) -> None:
        self._reasoning(delta, out)
        if content := delta.get("content"):
            self._content(content, out)
        for name, read in _REST:
            if found := delta.get(name):
                read(self, found, out)

    def _reasoning(self, delta: Json, out: list[e.Event]) -> None:
        details = delta.get("reasoning_details")
        if details and isinstance(details, list):
            spoken = self._thoughts.spoken
            for item in details:
                self._before_thought(item, out)
                self._thoughts.detail(item, out)
            signature, self._thoughts.text_signature = self._thoughts.text_signature, ""
            self._sign(signature, out)
            if self._thoughts.spoken > spoken:  # else the plain text beside them is all there is
                return
        found = delta.get("reasoning_content") or delta.get("reasoning") or delta.get("thinking")
        if isinstance(found, str) and found:
            self._before_thought(None, out)
            self._thoughts.plain(found, out)

    def _before_thought(self, item: Any, out: list[e.Event]) -> None:
        """Reasoning ends the text before it; encrypted reasoning that comes at the end (a signature) does not."""
        self._flush(out)
        if not isinstance(item, dict) or item.get("type") != "reasoning.encrypted":
            self._close_text(out)

    def _content(self, content: Any, out: list[e.Event]) -> None:
        if isinstance(content, str):
            self.words(content, out)
        elif isinstance(content, list):
            for part in content:
                self._part(part, out)

    def words(self, text: str, out: list[e.Event]) -> None:
        """More text."""
        if self._tags is None:
            self._say(text, out)
            return
        for kind, piece in self._tags.feed(text):
            self._piece(kind, piece, out)
        if self._tags is not None and self._tags.settled:
            self._tags = None

    def _piece(self, kind: str, piece: str, out: list[e.Event]) -> None:
        if kind == "thinking":
            self._thoughts.plain(piece, out)
        else:
            self._say(piece, out)

    def _flush(self, out: list[e.Event]) -> None:
        """No tag can begin or end any more: give out what was held back for it."""
        tags, self._tags = self._tags, None
        if tags is not None:
            for kind, piece in tags.rest():
                self._piece(kind, piece, out)

    def _part(self, part: Any, out: list[e.Event]) -> None:
        """One of Mistral's content parts (its API reference: ContentChunk)."""
        if isinstance(part, str):
            self.words(part, out)
            return
        if not isinstance(part, dict):
            return
        kind = part.get("type")
        if kind == "thinking":
            self._before_thought(None, out)
            for words in thought_words(part):
                self._thoughts.plain(words, out)
        elif kind == "reference":
            ids = part.get("reference_ids")
            cited = [Citation(source_id=str(each), origin=OWN, native=part) for each in ids or ()]
            self._cite(cited, out)
        elif kind == "image_url":
            self._images([part], out)
        elif kind in ("text", "output_text", None) and isinstance(part.get("text"), str):
            if part["text"]:
                self.words(part["text"], out)
        elif kind is not None:
            self._whole(Foreign(dialect=OWN, kind=str(kind), data=part), out)

    # ------------------------------------------------------------ parts

    def _say(self, text: str, out: list[e.Event]) -> None:
        number = self._text
        if number is None:
            number = self._open_text(out)
        out.append(e.TextDelta(number, text))

    def _open_text(self, out: list[e.Event]) -> int:
        self._thoughts.close(out)
        self._calls.settle(out)
        self._text = number = self._number()
        self._texts = True
        out.append(e.Open(number, Text(), self.index))
        return number

    def _close_text(self, out: list[e.Event]) -> None:
        if self._text is not None:
            out.append(e.Close(self._text))
            self._text = None

    def _refuse(self, text: Any, out: list[e.Event]) -> None:
        if self._declined is None:
            self._flush(out)
            self._thoughts.close(out)
            self._declined = self._number()
            out.append(e.Open(self._declined, Refusal(), self.index))
        out.append(e.TextDelta(self._declined, str(text)))

    def _annotate(self, annotations: Any, out: list[e.Event]) -> None:
        self._cite(list(read_annotations(annotations)), out)
        if rest := others(annotations):
            self._extras["annotations"] = [*self._extras.get("annotations", ()), *rest]

    def _cite(self, citations: list[Citation], out: list[e.Event]) -> None:
        if citations:
            self._flush(out)
        for citation in citations:
            number = self._text if self._text is not None else self._open_text(out)
            out.append(e.CitationDelta(number, citation))
            self._cited.add(citation.url)

    def _sound(self, audio: Any, out: list[e.Event]) -> None:
        """OpenAI's spoken answers: id, then pieces of data and transcript, at last when it expires."""
        if not isinstance(audio, dict):
            return
        if self._audio is None:
            self._flush(out)
            self._thoughts.close(out)
            self._audio = self._number()
            out.append(e.Open(self._audio, Media(kind="audio", id=str(audio.get("id") or "")), self.index))
        if isinstance(data := audio.get("data"), str) and data:
            out.append(e.DataDelta(self._audio, data))
        if isinstance(words := audio.get("transcript"), str) and words:
            out.append(e.TextDelta(self._audio, words))
        if isinstance(expires := audio.get("expires_at"), int):
            out.append(e.Sealed(self._audio, expires=expires))

    def _images(self, images: Any, out: list[e.Event]) -> None:
        for picture in pictures(images):
            self._whole(picture, out)

    def _whole(self, part: Part, out: list[e.Event]) -> None:
        """A part that comes in one piece."""
        number = self._number()
        out += (e.Open(number, part, self.index), e.Close(number))

    def _sign(self, signature: str, out: list[e.Event]) -> None:
        """A signature of the message: its text's, or that of what comes next."""
        if signature and self._text is not None:
            out.append(e.Sealed(self._text, signature))
        elif signature:
            self._signature = signature

    def _before_call(self, out: list[e.Event]) -> None:
        self._flush(out)
        self._close_text(out)
        self._thoughts.close(out)

    def _signature_of(self, name: str) -> str:
        """The signature of the tool call with that id. A message's own one is its first call's where it has no
        words."""
        found = self._thoughts.signatures.pop(name, "") if name else ""
        if not found and not self._texts and not self._calls.any:
            found, self._signature = self._signature, ""
        return found

    # ------------------------------------------------------------ the end

    def end(self, sources: list[Citation], out: list[e.Event]) -> None:
        """Close what is open, and tell how the choice ended. ``sources`` are those of the answer as a whole."""
        self._flush(out)
        self._cite([each for each in sources if each.url not in self._cited], out)
        if self._signature:
            number = self._text if self._text is not None else self._open_text(out)
            out.append(e.Sealed(number, self._signature))
        self._calls.close(out)
        self._close_text(out)
        self._thoughts.close(out)
        self._thoughts.left(out)
        out += [e.Close(each) for each in (self._declined, self._audio) if each is not None]
        finish = read_finish(self.finish or "stop", self._calls.any)
        out.append(
            e.Finished(
                choice=self.index,
                finish="stop_sequence" if finish == "stop" and self._stop else finish,
                native_finish=self.finish,
                stop_sequence=self._stop,
                extras={OWN: self._extras} if self._extras else {},
            )
        )


_REST: tuple[tuple[str, Callable[[Choice, Any, list[e.Event]], None]], ...] = (
    ("refusal", Choice._refuse),
    ("annotations", Choice._annotate),
    ("audio", Choice._sound),
    ("images", Choice._images),
    ("extra_content", lambda choice, extra, out: choice._sign(google_signature(extra), out)),
    ("tool_calls", lambda choice, items, out: choice._calls.feed(items, out)),
    ("function_call", lambda choice, body, out: choice._calls.legacy(body, out)),
)
"""What a delta may hold besides reasoning and content, in the order in which it is told."""
