"""Parts of a content, read. Requests and answers have the same ones.

google-genai writes camelCase and snake_case in one body, so each member is read in both. Source:
ai.google.dev/api/caching#Part.
"""

from __future__ import annotations

from typing import Any

from conduit_desktop.wire.dialects.gemini.signatures import Carried, read_signature
from conduit_desktop.wire.dialects.gemini.words import NAME
from conduit_desktop.wire.dialects.reading import json_text, standard_base64
from conduit_desktop.wire.messages import Foreign, Media, MediaKind, Part, Text, Thinking, ToolCall, ToolResult
from conduit_desktop.wire.node import Node

FOREIGN = {
    "executableCode": "executable_code",
    "codeExecutionResult": "code_execution_result",
    "toolCall": "tool_call",
    "toolResponse": "tool_response",
}
"""What runs at the provider."""

_CARRIED = {NAME: "carried"}
_OWN_FILES = ("gs://", "files/")


def read_part(node: Node) -> Part | None:
    """The part that a part of Gemini's is; None for one that says nothing. A call or result without an id has none here
    either: whoever knows the conversation makes one."""
    parts = read_parts(node)
    return parts[-1] if parts else None


def read_parts(node: Node) -> list[Part]:
    """The part, with the thoughts before it that its signature carries."""
    carried = read_signature(node.text("thoughtSignature", "thought_signature"))
    part = _read(node, carried)
    if part is None:
        return []
    thoughts = [
        Thinking(
            sections=[each.text] if each.text else [],
            summarised=True,
            signature=each.signature,
            encrypted=each.encrypted,
            id=each.id,
            extras=dict(_CARRIED),
        )
        for each in carried.before
    ]
    return [*thoughts, part]


def _read(node: Node, carried: Carried) -> Part | None:
    part = _data(node)
    thought = node.flag("thought")
    if part is None:
        text = node.text("text")
        if not (text or thought or carried.signature or carried.encrypted) and not node.has("text"):
            return None
        part = Text(text=text)
    if thought and isinstance(part, Text):
        sections = [part.text] if part.text else []
        part = Thinking(sections=sections, summarised=True, encrypted=carried.encrypted, id=carried.id)
    elif thought:
        part.extras[NAME] = {"thought": True}
    part.signature = carried.signature
    if rest := node.rest():
        part.extras[NAME] = {**part.extras.get(NAME, {}), **rest}
    return part


def _data(node: Node) -> Part | None:
    if (inner := node.node("inlineData", "inline_data")) is not None:
        media = _inline(inner)
        heard = node.node("audioTranscription", "audio_transcription")
        media.transcript = heard.text("text") if heard else ""
        return media
    if (inner := node.node("fileData", "file_data")) is not None:
        return _file(inner)
    if (inner := node.node("functionCall", "function_call")) is not None:
        return read_call(inner)
    if (inner := node.node("functionResponse", "function_response")) is not None:
        return _result(inner)
    for name, snake in FOREIGN.items():
        if (data := node.table(name, snake)) is not None:
            return Foreign(dialect=NAME, kind=name, data=data)
    return None


def kind_of(media_type: str) -> MediaKind:
    """What sort of thing a MIME type stands for."""
    for kind in ("image", "audio", "video"):
        if media_type.lower().startswith(kind + "/"):
            return kind
    return "document"


def _inline(node: Node) -> Media:
    kind = node.text("mimeType", "mime_type")
    media = Media(kind=kind_of(kind), media_type=kind, data=standard_base64(node.text("data")))
    media.name = node.text("displayName", "display_name")
    return _kept(media, node)


def _file(node: Node) -> Media:
    kind, uri = node.text("mimeType", "mime_type"), node.need_text("fileUri", "file_uri")
    media = Media(kind=kind_of(kind), media_type=kind, name=node.text("displayName", "display_name"))
    # Google's own storage, which nobody else can open, against an address on the web.
    if uri.startswith(_OWN_FILES) or "/v1beta/files/" in uri:
        media.file_id = uri
    else:
        media.url = uri
        if not kind and "youtu" in uri:
            media.kind = "video"
    return _kept(media, node)


def _kept(media: Media, node: Node) -> Media:
    if rest := node.rest():
        media.extras[NAME] = {"": rest}
    return media


def read_call(node: Node) -> ToolCall:
    """A function call."""
    name, ident = node.text("name"), node.text("id")
    call = ToolCall(id=ident, name=name, arguments=json_text(node.table("args") or {}))
    if rest := node.rest():
        call.extras[NAME] = {"": rest}
    return call


def _result(node: Node) -> ToolResult:
    result = ToolResult(call_id=node.text("id"), name=node.text("name"))
    response = node.get("response")
    text, result.failed = read_response(response, result.name)
    if text:
        result.parts.append(Text(text=text))
    for inner in node.nodes("parts"):
        if (part := read_part(inner)) is not None:
            result.parts.append(part)
    if rest := node.rest():
        result.extras[NAME] = {"": rest}
    return result


def read_response(response: Any, name: str = "") -> tuple[str, bool | None]:
    """What a function gave, as text, and whether it failed. Documented are ``output`` and ``error``; google-genai
    writes ``result``, the AI SDK ``name`` and ``content``; anything else is the result as a whole."""
    if response is None:
        return "", None
    if isinstance(response, dict):
        keys = set(response)
        if keys == {"error"}:
            return _words(response["error"]), True
        for key in ("result", "output"):
            if keys == {key}:
                return _words(response[key]), None
        if keys == {"name", "content"} and response["name"] == name:
            return _words(response["content"]), None
        if not response:
            return "", None
    return _words(response), None


def _words(value: Any) -> str:
    return value if isinstance(value, str) else json_text(value)


def joined(parts: list[Part]) -> list[Part]:
    """The parts of a model's turn: the pieces of a stream put together, a signature that came by itself with what
    came before it."""
    out: list[Part] = []
    step = 0
    seals = {(part.signature, part.encrypted) for part in parts if isinstance(part, Thinking) and not part.extras}
    for part in parts:
        last = out[-1] if out else None
        if part.extras == _CARRIED:
            if isinstance(part, Thinking) and (part.signature, part.encrypted) not in seals:
                part.extras = {}
                out.insert(step, part)  # where Anthropic wants them: at the beginning
                step += 1
            continue
        if not (_continues(last, part) and _join(last, part)):
            out.append(part)
        if isinstance(part, ToolCall):
            step = len(out)
    return out


def _continues(last: Part | None, part: Part) -> bool:
    """Whether the part may be more of the last one. A signature ends a part."""
    if last is None or last.extras or part.extras:
        return False
    return not last.signature and not (isinstance(last, Thinking) and last.encrypted)


def _join(last: Part | None, part: Part) -> bool:
    if isinstance(last, Text) and isinstance(part, Text):
        last.text += part.text
    elif isinstance(last, Thinking) and isinstance(part, Thinking):
        last.sections = [last.text + part.text]
        last.encrypted, last.id = part.encrypted, part.id or last.id
    elif not (isinstance(last, Thinking) and isinstance(part, Text) and not part.text):
        return False
    last.signature = part.signature
    return True
