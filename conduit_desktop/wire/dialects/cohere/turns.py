"""The turns of a conversation as Cohere's chat takes them, and the documents that stand in them."""

from __future__ import annotations

from conduit_desktop.wire.dialects.base import Json, unsayable
from conduit_desktop.wire.dialects.cohere.blocks import NAME, is_plan, write_citations, write_tool_call
from conduit_desktop.wire.dialects.custom import wrapped
from conduit_desktop.wire.dialects.lowering import own, words_of
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

_DETAILS = ("auto", "low", "high")


class Turns:
    """``messages`` and ``documents`` of the body, and the names of what was left out of them."""

    def __init__(self, request: Request, traits: Traits) -> None:
        self.messages: list[Json] = []
        self.documents: list[Json] = []
        self.dropped: list[str] = []
        self._thinks = bool(traits.thinking)
        self._pictures: list[Json] = []
        for at, message in enumerate(request.messages):
            if message.role != "tool":
                self._show_pictures()
            self._message(message, f"messages[{at}]")
        self._show_pictures()

    def _message(self, message: Message, path: str) -> None:
        if message.name:
            self.dropped.append("name")
        rest = own(message.extras, NAME)
        if message.role == "tool":
            results = [part for part in message.parts if isinstance(part, ToolResult)]
            self.messages.extend(self._result(result, path) | rest for result in results)
            return
        if message.role == "assistant":
            turn = self._assistant(message, path) | rest
            if turn.get("content") != "" or len(turn) > 2 or not message.parts:  # else nothing of it can be said
                self.messages.append(turn)
            return
        content = [item for part in message.parts if (item := self._said(part, path)) is not None]
        if content or not message.parts:
            role = "user" if message.role == "user" else "system"
            self.messages.append({"role": role, "content": _plain(content)} | rest)

    def _said(self, part: Part, path: str) -> Json | None:
        """A content block; None for what stands elsewhere or is left out."""
        if part.cache:
            self.dropped.append("cache_control")
        rest = own(part.extras, NAME)
        match part:
            case Text() | Refusal():
                return {"type": "text", "text": part.text} | rest
            case Media(kind="image"):
                return self._image(part, path)
            case Media(kind="document"):
                self.documents.append(_document(part, path))
            case Media():
                raise unsayable(f"{path}.content", f"Cohere takes no {part.kind}")
            case Foreign(dialect="cohere"):
                found: Json = part.data
                return found
            case Foreign():
                self.dropped.append(part.kind or "content")
            case _:
                pass
        return None

    def _image(self, media: Media, path: str) -> Json:
        if not (media.data or media.url):
            raise unsayable(f"{path}.content", "Cohere takes images as base64 or by URL")
        url = media.url or f"data:{media.media_type or 'image/png'};base64,{media.data}"
        rest = own(media.extras, NAME)
        image: Json = (
            {"url": url} | ({"detail": media.detail} if media.detail in _DETAILS else {}) | rest.pop("image_url", {})
        )
        return {"type": "image_url", "image_url": image} | rest

    def _assistant(self, message: Message, path: str) -> Json:
        calls = [_call(part) for part in message.parts if isinstance(part, ToolCall)]
        plan: list[str] = []
        content: list[Json] = []
        citations: list[Json] = []
        for part in message.parts:
            if isinstance(part, Thinking):
                self._thought(part, plan if calls and (is_plan(part) or not self._thinks) else None, content)
                continue
            if isinstance(part, Text):
                cohere = [each for each in part.citations if each.origin == NAME]
                citations += write_citations(part.text, cohere, len(content))
            if (item := self._answered(part, path)) is not None:
                content.append(item)
        turn: Json = {"role": "assistant"}
        if content or not calls:
            turn["content"] = _plain(content)
        turn |= {"tool_calls": calls} if calls else {}
        turn |= {"tool_plan": "\n\n".join(plan)} if plan else {}
        return turn | ({"citations": citations} if citations else {})

    def _answered(self, part: Part, path: str) -> Json | None:
        """A content block of the model's own. What it drew or said aloud goes back as words or not at all."""
        if isinstance(part, ToolCall):
            return None
        if not isinstance(part, Media):
            return self._said(part, path)
        if part.transcript:
            return {"type": "text", "text": part.transcript}
        self.dropped.append(part.kind)
        return None

    def _thought(self, part: Thinking, plan: list[str] | None, content: list[Json]) -> None:
        if not part.text:
            self.dropped.append("thinking")
        elif plan is not None:
            plan.append(part.text)
        elif self._thinks:
            content.append({"type": "thinking", "thinking": part.text})
        else:  # a model that does not think is not told what others thought
            self.dropped.append("thinking")

    def _result(self, result: ToolResult, path: str) -> Json:
        """A tool's result. Cohere takes words and documents in it: images follow in a user message."""
        content: list[Json] = []
        for part in result.parts:
            match part:
                case Media(kind="image"):
                    self._pictures.append(self._image(part, path))
                case Media(kind="document") if words_of(part) is not None:
                    content.append({"type": "document", "document": _document(part, path)})
                case Media():
                    raise unsayable(f"{path}.content", f"Cohere takes no {part.kind} of this sort from tools")
                case _:
                    if (item := self._said(part, path)) is not None:
                        content.append(item)
        if result.failed:
            self.dropped.append("is_error")
        return {"role": "tool", "tool_call_id": result.call_id or result.name, "content": _plain(content)}

    def _show_pictures(self) -> None:
        if self._pictures:
            told = {"type": "text", "text": "The images that the tools gave:"}
            self.messages.append({"role": "user", "content": [told, *self._pictures]})
            self._pictures = []


def _plain(content: list[Json]) -> str | list[Json]:
    """One piece of words stands for itself."""
    if not content:
        return ""
    if len(content) == 1 and content[0].keys() == {"type", "text"} and content[0]["type"] == "text":
        return str(content[0]["text"])
    return content


def _call(call: ToolCall) -> Json:
    written = write_tool_call(call) | own(call.extras, NAME)
    if call.custom:
        written["function"]["arguments"] = wrapped(call.arguments)
    return written


def _document(media: Media, path: str) -> Json:
    words = words_of(media)
    if words is None:
        raise unsayable(f"{path}.content", "Cohere takes documents as words only")
    title = media.title or media.name
    data = media.extras.get(NAME, {}).get("_data") or ({"title": title, "text": words} if title else {"text": words})
    document: Json = {"data": data} | own(media.extras, NAME)
    return {"id": media.id} | document if media.id else document
