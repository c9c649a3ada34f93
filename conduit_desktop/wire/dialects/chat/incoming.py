"""Messages of a client's request, read into turns.

Format: OpenAI's API reference (chat/create: messages), with what clients send back of answers: reasoning
(``reasoning_details`` before ``reasoning_content`` before ``reasoning``), Gemini's signatures, annotations, sounds by
id.
"""

from __future__ import annotations

from typing import Any

from conduit_desktop.wire import events as e
from conduit_desktop.wire.assemble import assemble
from conduit_desktop.wire.dialects.chat.calls import google_signature
from conduit_desktop.wire.dialects.chat.citations import read_annotations
from conduit_desktop.wire.dialects.chat.content import read_cache, read_content
from conduit_desktop.wire.dialects.chat.thoughts import OWN, Thoughts
from conduit_desktop.wire.dialects.reading import json_text
from conduit_desktop.wire.messages import Media, Message, Part, Refusal, Text, Thinking, ToolCall, ToolResult
from conduit_desktop.wire.node import Node, invalid, misfit


def read_messages(body: Node) -> list[Message]:
    """The conversation; tool messages in a row are one turn."""
    out: list[Message] = []
    for node in body.nodes("messages"):
        role = node.need_text("role")
        reader = _READERS.get(role)
        if reader is None:
            raise invalid(node.at("role"), f"must be one of {', '.join(_READERS)}")
        message = reader(node, role)
        node.get("role", "index", "tool_calls")
        if (marker := read_cache(node)) is not None and message.parts:
            message.parts[-1].cache = marker
        if rest := node.rest():
            message.extras = {OWN: rest}
        if message.role == "tool" and out and out[-1].role == "tool" and not (message.extras or out[-1].extras):
            out[-1].parts += message.parts
        else:
            out.append(message)
    return out


def _plain(node: Node, role: Any) -> Message:
    return Message(role=role, parts=read_content(node), name=node.text("name"))


def _tool(node: Node, role: str) -> Message:
    parts = read_content(node)
    result = ToolResult(call_id=node.text("tool_call_id"), name=node.text("name"), parts=parts)
    if len(parts) == 1 and parts[0].cache is not None:
        result.cache = parts[0].cache
    return Message(role="tool", parts=[result])


def _assistant(node: Node, role: str) -> Message:
    content = read_content(node)
    thoughts, signatures, signature = _thoughts(node)
    thoughts += [part for part in content if isinstance(part, Thinking)]
    parts: list[Part] = [*thoughts, *(part for part in content if not isinstance(part, Thinking))]
    _beside(node, parts, signature)
    if refusal := node.text("refusal"):
        parts.append(Refusal(text=refusal))
    if (audio := node.node("audio")) is not None:
        parts.append(_audio(audio))
    for call in _calls(node):
        call.signature = call.signature or signatures.pop(call.id, "")
        parts.append(call)
    parts += [Thinking(encrypted=data, id=name) for name, data in signatures.items()]
    return Message(role="assistant", parts=parts, name=node.text("name"))


def _beside(node: Node, parts: list[Part], signature: str) -> None:
    """What stands beside the content and belongs to it: annotations and Gemini's signature."""
    text = next((part for part in reversed(parts) if isinstance(part, Text)), None)
    citations = list(read_annotations(node.get("annotations")))
    signature = google_signature(node.get("extra_content")) or signature
    if text is None and (citations or signature):
        text = Text()
        parts.append(text)
    if text is not None:
        text.citations = [*text.citations, *citations]
        text.signature = signature


def _thoughts(node: Node) -> tuple[list[Part], dict[str, str], str]:
    """Reasoning, the signatures of tool calls by their ids, and the text's signature."""
    details = node.array("reasoning_details")
    plain = node.text("reasoning_content") or node.text("reasoning")
    node.get("reasoning")
    if not details:
        return ([Thinking(sections=[plain])] if plain else []), {}, ""
    numbers = iter(range(2 * len(details) + 1))
    thoughts, out = Thoughts(numbers.__next__, 0), list[e.Event]()
    for item in details:
        thoughts.detail(item, out)
    thoughts.close(out)
    choices = assemble([*out, e.End()]).choices
    parts = choices[0].parts if choices else []
    if plain and not thoughts.spoken:
        parts = [Thinking(sections=[plain]), *parts]
    return parts, thoughts.signatures, thoughts.text_signature


def _audio(node: Node) -> Media:
    """An answer that was spoken: its id, and what else a client sends back of it."""
    return Media(
        kind="audio",
        id=node.need_text("id"),
        data=node.text("data"),
        transcript=node.text("transcript"),
        expires=node.whole("expires_at"),
    )


def _calls(node: Node) -> list[ToolCall]:
    calls = []
    for item in node.nodes("tool_calls"):
        custom = item.node("custom")
        function = custom or item.node("function") or item
        calls.append(
            ToolCall(
                id=item.text("id"),
                name=function.need_text("name"),
                arguments=_arguments(function, "input" if custom is not None else "arguments"),
                custom=custom is not None,
                signature=google_signature(item.get("extra_content")),
                cache=read_cache(item),
            )
        )
    if (legacy := node.node("function_call")) is not None:
        calls.append(ToolCall(name=legacy.need_text("name"), arguments=_arguments(legacy, "arguments")))
    return calls


def _arguments(node: Node, name: str) -> str:
    found = node.get(name)
    if isinstance(found, dict):  # some clients send them decoded
        return json_text(found)
    if found is not None and not isinstance(found, str):
        raise misfit(node.at(name), "a string", found)
    return found or ("" if name == "input" else "{}")


_READERS = {
    "system": _plain,
    "developer": _plain,
    "user": _plain,
    "assistant": _assistant,
    "tool": _tool,
    "function": _tool,
}
