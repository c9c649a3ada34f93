"""Turns written as the messages of a request to a provider."""

from __future__ import annotations

import hashlib
import re

from conduit_desktop.wire.dialects.base import Json, foreign_extras
from conduit_desktop.wire.dialects.chat.content import flattened, write_cache, write_content, write_part
from conduit_desktop.wire.dialects.chat.replies import google
from conduit_desktop.wire.dialects.chat.thoughts import OWN, details, format_of, plain_text
from conduit_desktop.wire.dialects.custom import wrapped
from conduit_desktop.wire.dialects.lowering import own, words_of
from conduit_desktop.wire.dialects.reading import plain
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

_NINE = re.compile(r"[A-Za-z0-9]{9}")
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BRIDGE = "Understood."


class _Ids:
    """The ids of tool calls: given ones as they are or in the shape that the provider demands; calls without any
    (Gemini's) are numbered, and their results found by name and order."""

    def __init__(self, nine: bool) -> None:
        self._nine = nine
        self._count = 0
        self._open: list[tuple[str, str]] = []

    def of_call(self, call: ToolCall) -> str:
        if call.id:
            return self._shaped(call.id)
        self._count += 1
        made = self._shaped(f"call_{self._count}")
        self._open.append((call.name, made))
        return made

    def of_result(self, result: ToolResult) -> str:
        if result.call_id:
            return self._shaped(result.call_id)
        at = next((at for at, (name, _) in enumerate(self._open) if name == result.name), 0)
        return self._open.pop(at)[1] if self._open else self._shaped(f"call_{result.name}")

    def _shaped(self, given: str) -> str:
        if not self._nine or _NINE.fullmatch(given):
            return given
        number, out = int.from_bytes(hashlib.sha256(given.encode()).digest()[:8], "big"), ""
        for _ in range(9):
            number, digit = divmod(number, 62)
            out += _DIGITS[digit]
        return out


class Messages:
    """Writes a conversation. ``dropped`` takes the names of what is left out."""

    def __init__(self, request: Request, traits: Traits, dropped: list[str]) -> None:
        self._traits = traits
        self._dropped = dropped
        self._form = format_of(request.model)
        self._ids = _Ids(traits.tool_ids == "nine")
        self._pictures: list[Json] = []
        self._out: list[Json] = []

    def write(self, messages: list[Message]) -> list[Json]:
        for message in messages:
            if message.role != "tool":
                self._show()
            self._dropped += foreign_extras(message.extras, OWN)
            match message.role:
                case "system" | "developer":
                    self._system(message)
                case "user":
                    self._add(message, write_content(message.parts, self._traits, self._dropped))
                case "assistant":
                    self._assistant(message)
                case "tool":
                    self._results(message)
        self._show()
        return self._out

    def _add(self, message: Message, content: str | list[Json] | None, **more: object) -> None:
        if message.role == "user":
            self._bridge()
        role = self._traits.system_role if message.role in ("system", "developer") else message.role
        written: Json = {**own(message.extras, OWN), "role": role, "content": content, **more}
        if message.name:
            written["name"] = message.name
        self._out.append(written)

    def _bridge(self) -> None:
        """An assistant's word between a tool's message and a user's, where the provider wants one."""
        if not self._traits.user_after_tool and self._out and self._out[-1]["role"] == "tool":
            self._out.append({"role": "assistant", "content": _BRIDGE})

    def _system(self, message: Message) -> None:
        if self._traits.cache_markers and any(part.cache for part in message.parts):
            self._add(message, write_content(message.parts, self._traits, self._dropped))
            return
        if any(part.cache for part in message.parts):
            self._dropped.append("cache_control")
        self._dropped += ["messages.system." + part.kind for part in message.parts if isinstance(part, Media | Foreign)]
        self._add(message, plain(message.parts, "\n\n"))

    # ------------------------------------------------------------ assistant

    def _assistant(self, message: Message) -> None:
        calls = [self._call(part) for part in message.parts if isinstance(part, ToolCall)]
        more: Json = {"tool_calls": calls} if calls else {}
        content = self._said(message.parts, more)
        self._thoughts(message.parts, more)
        if content is None and not more:
            if message.parts:  # nothing of the turn can be said here
                return
            content = ""
        if content is None and not self._traits.openai_own and "tool_calls" not in more:
            content = ""
        self._add(message, content, **more)

    def _said(self, parts: list[Part], more: Json) -> str | list[Json] | None:
        """The content of an assistant's message. What it declined or spoke aloud stands beside it."""
        words: list[Part] = []
        for part in parts:
            match part:
                case Text():
                    words.append(part)
                case Refusal() if self._traits.openai_own:
                    more["refusal"] = part.text
                case Refusal():
                    words.append(Text(text=part.text))
                case Media(kind="audio", id=name) if name and self._traits.openai_own:
                    more["audio"] = {"id": name}
                case Media(transcript=transcript) if transcript:
                    words.append(Text(text=transcript))
                case Media() | Foreign():
                    self._dropped.append(f"messages.assistant.{part.kind}")
                case _:
                    pass
        if self._traits.reasoning_back == "thinking_parts" and plain_text(parts):
            return self._with_thinking(parts, words)
        if self._traits.cache_markers and any(part.cache for part in words):
            return write_content(words, self._traits, self._dropped)
        return plain(words, "") if words else None

    def _with_thinking(self, parts: list[Part], words: list[Part]) -> list[Json]:
        """Mistral's content: thinking parts before text."""
        thinking = [
            {"type": "thinking", "thinking": [{"type": "text", "text": part.text}]}
            for part in parts
            if isinstance(part, Thinking) and part.sections
        ]
        return [*thinking, *(item for part in words if (item := write_part(part, self._traits, self._dropped)))]

    def _thoughts(self, parts: list[Part], more: Json) -> None:
        """Earlier reasoning, in the member in which the provider wants it back."""
        match self._traits.reasoning_back:
            case "reasoning_content" | "reasoning" as member:
                if text := plain_text(parts):
                    more[member] = text
            case "reasoning_details":
                if items := details(parts, self._form, signed=True):
                    more["reasoning_details"] = items
                if text := plain_text(parts):
                    more["reasoning"] = text
            case "extra_content":
                signature = next((part.signature for part in parts if isinstance(part, Text) and part.signature), "")
                if signature:
                    more["extra_content"] = google(signature)
            case _:
                pass

    def _call(self, part: ToolCall) -> Json:
        custom = part.custom and self._traits.openai_own
        arguments = wrapped(part.arguments) if part.custom and not custom else part.arguments
        kind = "custom" if custom else "function"
        item: Json = {
            "id": self._ids.of_call(part),
            "type": kind,
            kind: {"name": part.name, ("input" if custom else "arguments"): arguments},
        }
        if part.signature and self._traits.reasoning_back == "extra_content":
            item["extra_content"] = google(part.signature)
        if part.cache is not None and self._traits.cache_markers:
            item["cache_control"] = write_cache(part.cache)
        elif part.cache is not None:
            self._dropped.append("cache_control")
        return item

    # ------------------------------------------------------------ tool results

    def _results(self, message: Message) -> None:
        for part in message.parts:
            if isinstance(part, ToolResult):
                self._result(part, message)

    def _result(self, result: ToolResult, message: Message) -> None:
        """One tool message. It takes text only: pictures and documents follow in a user's message."""
        name = self._ids.of_result(result)
        words, shown = [], []
        for part in flattened(result.parts):
            text = part.text if isinstance(part, Text) else words_of(part) if isinstance(part, Media) else None
            if text is not None:
                words.append(text)
            elif (item := write_part(part, self._traits, self._dropped)) is not None:
                shown.append(item)
        if shown:
            self._pictures += [{"type": "text", "text": f"What the tool call {name} gave:"}, *shown]
            words.append("It follows in the next message.")
        content: str | list[Json] = "\n".join(words)
        marker = result.cache or next((part.cache for part in reversed(result.parts) if part.cache), None)
        if marker is not None and self._traits.cache_markers:
            content = [{"type": "text", "text": content, "cache_control": write_cache(marker)}]
        elif marker is not None:
            self._dropped.append("cache_control")
        if result.failed:
            self._dropped.append("is_error")
        self._add(Message(role="tool", extras=message.extras), content, tool_call_id=name)

    def _show(self) -> None:
        """The pictures that the tools gave."""
        if self._pictures:
            self._bridge()
            self._out.append({"role": "user", "content": self._pictures})
            self._pictures = []
