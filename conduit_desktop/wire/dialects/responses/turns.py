"""The conversation as ``instructions`` and ``input`` for a provider.

Format: OpenAI's API reference (responses/create). Reasoning goes back only where it came from this dialect: a provider
takes no other's.
"""

from __future__ import annotations

from typing import Any

from conduit_desktop.wire.dialects.base import Json, foreign_extras
from conduit_desktop.wire.dialects.responses.citations import write_citation
from conduit_desktop.wire.dialects.responses.content import write_parts, write_result
from conduit_desktop.wire.dialects.responses.notes import NAME, is_made, named, note, own, told
from conduit_desktop.wire.dialects.responses.outputs import (
    call_item,
    image_item,
    item_id,
    reasoning_item,
)
from conduit_desktop.wire.messages import (
    Foreign,
    Media,
    Message,
    Part,
    Refusal,
    Request,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)


def instructions(messages: list[Message]) -> tuple[str, list[Message]]:
    """What the first message tells as ``instructions``, and the messages that are left."""
    first = messages[0] if messages else None
    if first is None or first.role != "system" or own(first.extras).get("_input"):
        return "", messages
    if not all(isinstance(part, Text) for part in first.parts):
        return "", messages
    words = "\n\n".join(part.text for part in first.parts if isinstance(part, Text))
    return words, messages[1:]


class Items:
    """Writes messages as items, and collects what had to be left out."""

    def __init__(self, request: Request, *, raw_reasoning: bool) -> None:
        self.items: list[Json] = []
        self.dropped: list[str] = []
        self._request = request
        self._raw_reasoning = raw_reasoning
        self._calls: list[tuple[str, bool]] = []  # ids of calls that wait for results, and whether they are custom
        self._made = 0

    def add(self, message: Message) -> None:
        """Write one message."""
        self.dropped += foreign_extras(message.extras, NAME)
        if message.name:
            self.dropped.append("name")
        if message.role == "tool":
            for part in message.parts:
                self._result(part)
        elif message.role == "assistant":
            self._turn(message.parts)
        else:
            self._said(message)

    def _said(self, message: Message) -> None:
        """A message to the model. Items that only this dialect knows stand on their own."""
        parts = [part for part in message.parts if not _is_item(part)]
        self.items += [part.data for part in message.parts if _is_item(part) and isinstance(part, Foreign)]
        if not parts and message.parts:
            return
        content = write_parts(parts, self.dropped)
        if not content and parts:
            return
        raw: Json = {"role": message.role, "content": content} | told(message.extras)
        if len(content) == 1 and set(content[0]) == {"type", "text"}:
            raw["content"] = content[0]["text"]
        self.items.append(raw)

    def _turn(self, parts: list[Part]) -> None:
        run: list[Text | Refusal] = []
        for part in parts:
            if isinstance(part, Text | Refusal):
                if run and item_id(run[-1]) != item_id(part):
                    self._words(run)
                    run = []
                run.append(part)
                continue
            if run:
                self._words(run)
                run = []
            self._other(part)
        if run:
            self._words(run)

    def _words(self, run: list[Text | Refusal]) -> None:
        """One message of the model's. Without an id it can only be plain words."""
        for part in run:
            if part.cache is not None:
                self.dropped.append("cache_control")
        given = item_id(run[0])
        phase = note(run[0].extras, "_phase")
        if given.startswith("msg") and not is_made(given):
            item: Json = {
                "type": "message",
                "id": given,
                "role": "assistant",
                "status": note(run[0].extras, "_status") or "completed",
                "content": [_spoken(part) for part in run],
            }
        else:
            words = "".join(part.text for part in run)
            if not words:
                return
            item = {"role": "assistant", "content": words}
            if any(isinstance(part, Text) and part.citations for part in run):
                self.dropped.append("citations")
        if phase:
            item["phase"] = phase
        self.items.append(item)

    def _other(self, part: Part) -> None:
        if part.cache is not None:
            self.dropped.append("cache_control")
        match part:
            case Thinking():
                self._thought(part)
            case ToolCall():
                self._call(part)
            case Foreign():
                if part.dialect == NAME:
                    self.items.append(part.data)
                else:
                    self.dropped.append(part.kind)
            case Media():
                self._media(part)
            case _:
                self.dropped.append("tool_result")

    def _thought(self, part: Thinking) -> None:
        came = note(part.extras, "_item") == "reasoning"  # in this dialect
        took = not part.signature and (came or bool(part.id and part.encrypted))
        if not took:
            if self._raw_reasoning and part.sections and not part.signature:
                self._made += 1
                self.items.append(reasoning_item(part, part.id or f"rs_{self._made}", "", raw=True))
            else:
                self.dropped.append("thinking")
            return
        item = reasoning_item(part, part.id, part.encrypted, raw=not part.summarised and bool(part.sections))
        if not part.id:
            item.pop("id")
        self.items.append(item)

    def _call(self, part: ToolCall) -> None:
        call_id = part.id
        if not call_id:
            self._made += 1
            call_id = f"call_{self._made}"
        self._calls.append((call_id, part.custom))
        space, name = named(self._request, part.name)
        space = note(part.extras, "_namespace") or space
        name = note(part.extras, "_name") or name
        item = call_item(part, item_id(part), call_id, space, name)
        if not item["id"].startswith(("fc", "ctc")):
            item.pop("id")
        self.items.append(item)

    def _media(self, part: Media) -> None:
        """What the model made: an image goes back as the call that gave it, or as the user's where it came
        otherwise."""
        if part.kind == "image" and item_id(part).startswith("ig_"):
            self.items.append(image_item(part, item_id(part)))
        elif part.transcript:
            self.items.append({"role": "assistant", "content": part.transcript})
        elif part.kind == "image":
            self.items.append({"role": "user", "content": write_parts([part], self.dropped)})
        else:
            self.dropped.append(part.kind)

    def _result(self, part: Part) -> None:
        if not isinstance(part, ToolResult):
            return
        if part.cache is not None:
            self.dropped.append("cache_control")
        if part.failed:
            self.dropped.append("is_error")
        call_id, custom = self._answered(part.call_id)
        custom = custom or part.custom
        raw: Json = {"type": "custom_tool_call_output" if custom else "function_call_output", "call_id": call_id}
        raw["output"] = write_result(part.parts, self.dropped)
        self.items.append(raw | told(part.extras))

    def _answered(self, call_id: str) -> tuple[str, bool]:
        """The call that a result is of: by id, else the one that has waited longest."""
        for at, (waiting, custom) in enumerate(self._calls):
            if not call_id or waiting == call_id:
                del self._calls[at]
                return waiting, custom
        return call_id or "call_0", False


def _is_item(part: Part) -> bool:
    return isinstance(part, Foreign) and part.dialect == NAME and not part.kind.startswith("input_")


def _spoken(part: Text | Refusal) -> dict[str, Any]:
    if isinstance(part, Refusal):
        return {"type": "refusal", "refusal": part.text}
    cited = [write_citation(each, len(part.text)) for each in part.citations]
    return {"type": "output_text", "text": part.text, "annotations": cited} | told(part.extras)
