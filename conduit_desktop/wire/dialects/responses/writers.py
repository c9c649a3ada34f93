"""The items of an answer as they are told in a stream: each class writes one kind, from its first event to its last.

Format: OpenAI's API reference (responses-streaming).
"""

from __future__ import annotations

from typing import Any

import msgspec

from conduit_desktop.wire.dialects.base import Json
from conduit_desktop.wire.dialects.custom import unwrapped
from conduit_desktop.wire.dialects.responses.citations import write_citation, write_logprob
from conduit_desktop.wire.dialects.responses.notes import note, seal
from conduit_desktop.wire.dialects.responses.outputs import reasoning_item
from conduit_desktop.wire.messages import Citation, Logprob, Refusal, Text, Thinking, ToolCall

_encode = msgspec.json.Encoder().encode
_SAID = b'event: %s\ndata: {"type":"%s","sequence_number":%d,%s,"delta":%s%s}\n\n'


class Output:
    """An answer's items as they come, and the events that tell of them."""

    def __init__(self) -> None:
        self.items: list[Json] = []
        self.events: list[Json | bytes] = []
        self._sequence = 0

    def emit(self, kind: str, **members: Any) -> None:
        """One more event."""
        self.events.append({"type": kind, "sequence_number": self._sequence, **members})
        self._sequence += 1

    def say(self, kind: str, where: bytes, text: str, rest: bytes = b"") -> None:
        """More text, which nearly every event is: written at once. ``where`` and ``rest`` are the members around it."""
        name = kind.encode()
        self.events.append(_SAID % (name, name, self._sequence, where, _encode(text), rest))
        self._sequence += 1

    def add(self, item: Json) -> int:
        """An item begins; gives its place."""
        self.items.append(item)
        at = len(self.items) - 1
        self.emit("response.output_item.added", output_index=at, item=item)
        return at

    def done(self, at: int, item: Json) -> None:
        """An item is whole."""
        self.items[at] = item
        self.emit("response.output_item.done", output_index=at, item=item)

    def whole(self, item: Json, begun: Json | None = None) -> None:
        """An item that comes in one piece; ``begun`` is what stands for it before."""
        self.done(self.add(begun or item), item)


class Message:
    """A message, which may have several texts. It is closed when no further one can come."""

    def __init__(self, output: Output, item_id: str, phase: str) -> None:
        self.id = item_id
        self.last: list[Words] = []
        self.ending = False
        self._output = output
        self._item: Json = {
            "id": item_id,
            "type": "message",
            "status": "in_progress",
            "content": [],
            "role": "assistant",
        }
        if phase:
            self._item["phase"] = phase
        self.at = output.add(self._item)

    def open(self, part: Text | Refusal) -> Words:
        """One more text."""
        words = Words(self._output, self, len(self.last), part)
        self.last.append(words)
        return words

    def settle(self, status: str = "completed") -> None:
        """Close the message when all its texts are."""
        if self.ending and all(words.content is not None for words in self.last):
            content = [words.content for words in self.last]
            self._output.done(self.at, {**self._item, "status": status, "content": content})
            self.ending = False


class Words:
    """One text or refusal of a message."""

    def __init__(self, output: Output, message: Message, index: int, part: Text | Refusal) -> None:
        self.content: Json | None = None
        self.part = part
        self.signature = part.signature
        self.message = message
        self._output = output
        self._refusal = isinstance(part, Refusal)
        self._where = {"item_id": message.id, "output_index": message.at, "content_index": index}
        self._there = _encode(self._where)[1:-1]
        self._pieces: list[str] = []
        self._cited: list[Citation] = [*part.citations] if isinstance(part, Text) else []
        self._rated: list[Json] = []
        self._unsaid: list[Json] = []
        output.emit("response.content_part.added", **self._where, part=self._whole(""))
        if part.text:
            self.add(part.text)

    def _whole(self, text: str, annotations: list[Json] | None = None) -> Json:
        if self._refusal:
            return {"type": "refusal", "refusal": text}
        return {"type": "output_text", "annotations": annotations or [], "logprobs": self._rated, "text": text}

    def add(self, text: str) -> None:
        """More words."""
        self._pieces.append(text)
        if self._refusal:
            self._output.say("response.refusal.delta", self._there, text)
            return
        rated, self._unsaid = self._unsaid, []
        self._output.say("response.output_text.delta", self._there, text, b',"logprobs":' + _encode(rated))

    def rate(self, logprobs: list[Logprob]) -> None:
        """Log probabilities of words that came or are about to: they go with the next delta."""
        found = [write_logprob(each) for each in logprobs]
        self._rated += found
        self._unsaid += found

    def cite(self, citation: Citation) -> None:
        """One more citation."""
        self._cited.append(citation)
        number = len(self._cited) - 1
        raw = write_citation(citation, sum(map(len, self._pieces)))
        self._output.emit(
            "response.output_text.annotation.added", **self._where, annotation_index=number, annotation=raw
        )

    def close(self) -> None:
        """The text is whole."""
        if self._unsaid and not self._refusal:
            self.add("")
        text = "".join(self._pieces)
        if self._refusal:
            self._output.emit("response.refusal.done", **self._where, refusal=text)
        else:
            self._output.emit("response.output_text.done", **self._where, text=text, logprobs=self._rated)
        self.content = self._whole(text, [write_citation(each, len(text)) for each in self._cited])
        self._output.emit("response.content_part.done", **self._where, part=self.content)


class Thought:
    """A reasoning item. Thoughts stand where clients look for a summary, but for those that came as thoughts in this
    dialect; signatures and encrypted reasoning stand in ``encrypted_content``."""

    def __init__(self, output: Output, item_id: str, part: Thinking) -> None:
        self.part = part
        self.signature = ""
        self._output = output
        self._raw = note(part.extras, "_item") == "reasoning" and not part.summarised
        self._id = item_id
        self._sections: list[list[str]] = []
        self._told = -1  # the section that the last delta was of
        self._sealed = {"signature": part.signature, "encrypted": part.encrypted}
        self._at = output.add({"id": item_id, "type": "reasoning", "summary": []})
        for number, section in enumerate(part.sections):
            self.add(number, section)

    def _emit(self, kind: str, **members: Any) -> None:
        where = "content_index" if self._raw else "summary_index"
        self._output.emit(
            f"response.{kind}",
            item_id=self._id,
            output_index=self._at,
            **{where: len(self._sections) - 1},
            **members,
        )

    def add(self, section: int, text: str) -> None:
        """More of a section."""
        if not self._sections or section > self._told:
            self._close_section()
            self._told = section
            self._sections.append([])
            self._emit("content_part.added" if self._raw else "reasoning_summary_part.added", part=self._whole(""))
        self._sections[-1].append(text)
        if text:
            self._emit("reasoning_text.delta" if self._raw else "reasoning_summary_text.delta", delta=text)

    def _whole(self, text: str) -> Json:
        return {"type": "reasoning_text" if self._raw else "summary_text", "text": text}

    def _close_section(self) -> None:
        if self._sections:
            text = "".join(self._sections[-1])
            self._emit("reasoning_text.done" if self._raw else "reasoning_summary_text.done", text=text)
            self._emit("content_part.done" if self._raw else "reasoning_summary_part.done", part=self._whole(text))

    def seal(self, signature: str, encrypted: str) -> None:
        """What only the provider can read."""
        self._sealed["signature"] += signature
        self._sealed["encrypted"] = encrypted or self._sealed["encrypted"]

    def close(self) -> None:
        """The reasoning is whole."""
        self._close_section()
        part = msgspec.structs.replace(self.part, sections=["".join(each) for each in self._sections])
        encrypted = self._sealed["encrypted"]
        if self._sealed["signature"]:
            kept: Json = {name: value for name, value in self._sealed.items() if value}
            encrypted = seal(kept if part.summarised else {**kept, "raw": True})
        self._output.done(self._at, reasoning_item(part, self._id, encrypted, raw=self._raw and bool(self._sections)))


class Call:
    """A call of a function or custom tool. ``wrapped``: the provider calls a function where the client knows a custom
    tool, whose input is known when the call is whole."""

    def __init__(self, output: Output, part: ToolCall, item: Json, *, wrapped: bool) -> None:
        self.part = part
        self.signature = part.signature
        self.id = str(item["call_id"])
        self._output = output
        self._item = item
        self._wrapped = wrapped
        self._member = "input" if item["type"] == "custom_tool_call" else "arguments"
        self._kind = "custom_tool_call_input" if self._member == "input" else "function_call_arguments"
        self._pieces: list[str] = []
        self._at = output.add({**item, "status": "in_progress", self._member: ""})
        self._where = {"item_id": item["id"], "output_index": self._at}
        self._there = _encode(self._where)[1:-1]
        if part.arguments:
            self.add(part.arguments)

    def add(self, text: str) -> None:
        """More arguments."""
        self._pieces.append(text)
        if not self._wrapped and text:
            self._output.say(f"response.{self._kind}.delta", self._there, text)

    def close(self) -> None:
        """The call is whole."""
        whole = "".join(self._pieces)
        if self._wrapped:
            whole = unwrapped(whole)
            self._output.say(f"response.{self._kind}.delta", self._there, whole)
        elif not whole and self._member == "arguments":
            whole = "{}"
            self._output.say(f"response.{self._kind}.delta", self._there, whole)
        told = {"input": whole} if self._member == "input" else {"arguments": whole, "name": self._item["name"]}
        self._output.emit(f"response.{self._kind}.done", **self._where, **told)
        self._output.done(self._at, {**self._item, "status": "completed", self._member: whole})
