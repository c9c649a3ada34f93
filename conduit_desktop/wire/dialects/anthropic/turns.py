"""The messages of a request as the API wants them: turns of user and assistant in alternation, no empty blocks, all
results of a turn's calls at the head of the next, ids of its own alphabet, system messages apart.

Source: docs "Messages API", "Handle tool calls", "Mid-conversation system messages".
"""

from __future__ import annotations

from typing import Any

from conduit_desktop.wire.dialects.anthropic.ids import wire_ids
from conduit_desktop.wire.dialects.anthropic.media import media_block
from conduit_desktop.wire.dialects.anthropic.notes import Notes
from conduit_desktop.wire.dialects.anthropic.thinking import sayable
from conduit_desktop.wire.dialects.anthropic.words import CUSTOM_INPUT, NAME, theirs, write_cache
from conduit_desktop.wire.dialects.reading import json_object
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
from conduit_desktop.wire.traits import Traits

Block = dict[str, Any]


class Turns:
    """Collects the turns of one request; ``system`` are the blocks of its system prompt, ``messages`` the turns."""

    def __init__(self, request: Request, traits: Traits, notes: Notes) -> None:
        self.system: list[Block] = []
        self.messages: list[dict[str, Any]] = []
        self._notes = notes
        self._ids = wire_ids(request.messages)
        self._between: list[tuple[Message, list[Block]]] = []
        last: list[Block] = []
        for number, message in enumerate(request.messages):
            notes.drop(*(["messages.name"] if message.name else []), *theirs(message.extras))
            blocks = self._blocks(message, f"messages[{number}]")
            if message.role not in ("system", "developer"):
                self._add("assistant" if message.role == "assistant" else "user", blocks, message.extras.get(NAME, {}))
            elif traits.mid_system and self.messages:
                self._between.append((message, blocks))
            else:
                self.system += blocks
                last = blocks or last
        self._settle()
        if not self.messages and last:
            # The API wants a turn of the user's. A conversation of instructions alone is asked with the last of them.
            del self.system[-len(last) :]
            self.messages.append({"role": "user", "content": last})
        self._trim()

    def _add(self, role: str, blocks: list[Block], own: dict[str, Any]) -> None:
        if not blocks:
            return
        if role == "assistant":
            self._settle()
        if self.messages and self.messages[-1]["role"] == role:
            before = self.messages.pop()
            blocks, own = before["content"] + blocks, {**before, **own}
        if role == "user":
            blocks.sort(key=lambda block: block["type"] != "tool_result")
        self.messages.append({**own, "role": role, "content": blocks})

    def _settle(self) -> None:
        """Put the system messages that were said since the assistant spoke: they may stand behind a turn of the user's,
        one at a time; elsewhere they join the system prompt."""
        for message, blocks in self._between:
            own = message.extras.get(NAME, {})
            latest = self.messages[-1]
            if latest["role"] == "assistant":
                self.system += blocks
            elif latest["role"] == "system":
                latest["content"] += blocks
                latest.update(own)
            elif blocks or own:
                self.messages.append({"role": "system", "content": list(blocks), **own})
        self._between.clear()

    def _trim(self) -> None:
        """White space at the end of a prefilled answer is refused."""
        if self.messages and self.messages[-1]["role"] == "assistant":
            block = self.messages[-1]["content"][-1]
            if block["type"] == "text":
                block["text"] = block["text"].rstrip()

    def _blocks(self, message: Message, path: str) -> list[Block]:
        out = []
        for number, part in enumerate(message.parts):
            block = self._block(part, message.role, f"{path}.content[{number}]")
            if block is not None:
                out.append(self._marked(part, block))
        return out

    def _marked(self, part: Part, block: Block) -> Block:
        """The block with its cache marker; thoughts cannot be marked."""
        self._notes.drop(*theirs(part.extras))
        if part.cache is not None and not isinstance(part, Thinking | Foreign):
            block["cache_control"] = write_cache(part.cache)
        return block

    def _block(self, part: Part, role: str, path: str) -> Block | None:
        match part:
            case Text() | Refusal():
                return self._text(part)
            case Media():
                return self._media(part, role, path)
            case Thinking():
                return self._thinking(part)
            case ToolCall():
                return self._call(part)
            case ToolResult():
                return self._result(part, path)
            case Foreign():
                if part.dialect == NAME and isinstance(part.data, dict):
                    return dict(part.data)
                self._notes.drop(part.kind or part.dialect)
                return None

    def _text(self, part: Text | Refusal) -> Block | None:
        if not part.text.strip():
            return None
        out: Block = {"type": "text", "text": part.text}
        if isinstance(part, Text) and part.citations:
            native = [each.native for each in part.citations if each.origin == NAME and isinstance(each.native, dict)]
            if len(native) < len(part.citations):
                self._notes.drop("citations")
            if native:
                out["citations"] = native
        return {**out, **part.extras.get(NAME, {})}

    def _media(self, part: Media, role: str, path: str) -> Block | None:
        if role != "assistant":
            return media_block(part, path)
        # The API has no media in the assistant's turns; what they said in words stays.
        self._notes.drop(f"messages.{part.kind}")
        return {"type": "text", "text": part.transcript} if part.transcript.strip() else None

    def _thinking(self, part: Thinking) -> Block | None:
        if not sayable(part):
            self._notes.drop("thinking")
            return None
        if part.encrypted:
            return {"type": "redacted_thinking", "data": part.encrypted}
        return {"type": "thinking", "thinking": part.text, "signature": part.signature, **part.extras.get(NAME, {})}

    def _call(self, part: ToolCall) -> Block:
        arguments = {CUSTOM_INPUT: part.arguments} if part.custom else json_object(part.arguments)
        if arguments is None:  # the API takes objects only; what the model wrote instead is kept as words
            arguments = {"arguments": part.arguments}
        own = part.extras.get(NAME, {})
        return {"type": "tool_use", "id": self._ids[id(part)], "name": part.name, "input": arguments, **own}

    def _result(self, part: ToolResult, path: str) -> Block:
        out: Block = {"type": "tool_result", "tool_use_id": self._ids[id(part)]}
        blocks = self._blocks(Message(role="user", parts=part.parts), path)
        if len(blocks) == 1 and blocks[0].keys() == {"type", "text"}:
            out["content"] = blocks[0]["text"]
        elif blocks:
            out["content"] = blocks
        if part.failed is not None:
            out["is_error"] = part.failed
        return {**out, **part.extras.get(NAME, {})}
