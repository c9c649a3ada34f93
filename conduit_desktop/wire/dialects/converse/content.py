"""Content blocks of Converse, to parts and back: what user and assistant say in requests, and the assistant in answers.

Source: the shape ContentBlock of Amazon's service model ``bedrock-runtime``. A block is an object with one member,
whose name says what it is. A cache point is a block of its own, which stands behind what it marks."""

from __future__ import annotations

import binascii
import re
from typing import Any

import msgspec

from conduit_desktop.wire.dialects.base import Json
from conduit_desktop.wire.dialects.converse import citations, media
from conduit_desktop.wire.dialects.converse.families import Family
from conduit_desktop.wire.dialects.converse.media import NAME, Names
from conduit_desktop.wire.dialects.reading import json_object, json_text
from conduit_desktop.wire.messages import (
    Cache,
    Citation,
    Foreign,
    Media,
    MediaKind,
    Part,
    Refusal,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)
from conduit_desktop.wire.node import Node, invalid

_UNFIT_ID = re.compile(r"[^a-zA-Z0-9_.:-]")
_MEDIA: dict[str, MediaKind] = {"image": "image", "document": "document", "video": "video", "audio": "audio"}
ANSWER_TOOL = "structured_answer"
"""The tool that stands in for structured output where a model has none: its input is the answer."""


# ---------------------------------------------------------------- to blocks


class Writer:
    """Writes parts for one request to a model of ``family``. ``dropped`` collects what had to be left out. With
    ``answer`` it writes what a model has said, for a client: all that there are words for."""

    def __init__(self, family: Family, *, answer: bool = False) -> None:
        self.family = family
        self.answer = answer
        self.dropped: list[str] = []
        self.names = Names()

    def drop(self, name: str) -> None:
        if name not in self.dropped:
            self.dropped.append(name)

    def blocks(self, parts: list[Part]) -> list[Json]:
        """The content blocks of a message."""
        out: list[Json] = []
        for part in parts:
            out += self.part(part)
            if part.cache is not None:
                self._mark(out, part.cache)
        return out

    def _mark(self, out: list[Json], cache: Cache) -> None:
        """Put a cache point behind what is there: Bedrock allows none behind a document or a film, so before those."""
        if not self.family.caches:
            self.drop("cache_control")
            return
        at = len(out)
        while at and ("document" in out[at - 1] or "video" in out[at - 1]):
            at -= 1
        if at == 0 or "cachePoint" in out[at - 1]:
            return
        out.insert(at, cache_point(cache))

    def part(self, part: Part) -> list[Json]:
        match part:
            case Text():
                return self._text(part)
            case Refusal():
                return [{"text": part.text}] if part.text else []
            case Media():
                return [media.to_block(part, self.names, texts=self.family.texts)]
            case Thinking():
                return self._thinking(part)
            case ToolCall():
                return [{"toolUse": call_block(part)}]
            case ToolResult():
                return [{"toolResult": self._result(part)}]
            case Foreign():
                return self._foreign(part)

    def _text(self, part: Text) -> list[Json]:
        if not part.text:
            return []  # Bedrock refuses blank blocks
        cited = [each for each in part.citations if self.answer or _ours(each)]
        if len(cited) < len(part.citations):
            self.drop("citations")
        if not cited:
            return [{"text": part.text}]
        return citations.blocks(Text(text=part.text, citations=cited))

    def uncited(self, part: Part) -> Part:
        """The part without citations, which only the assistant's words can have here."""
        if not isinstance(part, Text) or not part.citations:
            return part
        self.drop("citations")
        return msgspec.structs.replace(part, citations=[])

    def _thinking(self, part: Thinking) -> list[Json]:
        """Reasoning goes back only where the model can tell it for its own: unsigned, Bedrock refuses it."""
        out: list[Json] = []
        if self.family.signed and part.encrypted:
            out.append({"reasoningContent": {"redactedContent": media.sealed(part.encrypted)}})
        if (self.family.signed and part.signature) or (self.answer and part.text):
            words = {"text": part.text, "signature": part.signature} if part.signature else {"text": part.text}
            out.insert(0, {"reasoningContent": {"reasoningText": words}})
        if not out:
            self.drop("reasoning")
        return out

    def _result(self, part: ToolResult) -> Json:
        content: list[Json] = []
        for each in part.parts:
            if isinstance(each, Text) and each.extras.get(NAME, {}).get("json"):
                content.append({"json": json_object(each.text) or {}})
            else:
                content += self.part(self.uncited(each))
        block: Json = {"toolUseId": fit_id(part.call_id), "content": content}
        if part.failed is not None:
            block["status"] = "error" if part.failed else "success"
        return block

    def _foreign(self, part: Foreign) -> list[Json]:
        if part.dialect == NAME and isinstance(part.data, dict):
            return [part.data]
        self.drop(f"{part.dialect} {part.kind}".strip())
        return []


def _ours(citation: Citation) -> bool:
    """Whether Claude can have cited it: the words of other providers' web searches mean nothing to Bedrock."""
    return citation.origin == NAME or bool(citation.unit)


def cache_point(cache: Cache) -> Json:
    return {"cachePoint": {"type": "default", "ttl": cache.ttl} if cache.ttl else {"type": "default"}}


def fit_id(given: str) -> str:
    """An id of a tool call as Bedrock allows it: 64 of ``a-zA-Z0-9_.:-``. One that must be changed stays distinct."""
    if len(given) <= 64 and not _UNFIT_ID.search(given):
        return given
    return f"{_UNFIT_ID.sub('_', given)[:55]}_{binascii.crc32(given.encode()):08x}"


def call_block(part: ToolCall) -> Json:
    """A ``toolUse`` block; input that is no JSON object is put into one, as plain input of custom tools is."""
    found = None if part.custom else json_object(part.arguments)
    return {
        "toolUseId": fit_id(part.id),
        "name": part.name,
        "input": {"input": part.arguments} if found is None else found,
    }


# ---------------------------------------------------------------- to parts


def parts(nodes: list[Node]) -> list[Part]:
    """The parts that content blocks say. Raises BadRequest."""
    out: list[Part] = []
    for node in nodes:
        point = node.node("cachePoint")
        if point is not None and out:
            out[-1].cache = Cache(ttl=point.text("ttl"))
        else:
            out.append(part(node))
    return out


def part(node: Node) -> Part:
    """The part that one content block says."""
    if "text" in node.value:
        return Text(text=node.need_text("text"))
    for kind, value in node.value.items():
        if value is None:
            continue
        if kind in _MEDIA:
            return media.from_block(_MEDIA[kind], Node(value, node.at(kind)))
        reader = _READERS.get(kind)
        return reader(Node(value, node.at(kind)), node) if reader else Foreign(dialect=NAME, kind=kind, data=node.value)
    raise invalid(node.path, "is a content block without content")


def _thought(node: Node, _: Node) -> Part:
    if "redactedContent" in node.value:
        return Thinking(encrypted=media.unsealed(node.need_text("redactedContent")))
    words = node.node("reasoningText")
    if words is None:
        raise invalid(node.path, "holds neither reasoningText nor redactedContent")
    text = words.need_text("text")
    return Thinking(sections=[text] if text else [], signature=words.text("signature"))


def _call(node: Node, block: Node) -> Part:
    if node.text("type") == "server_tool_use":
        return Foreign(dialect=NAME, kind="toolUse", data=block.value)
    arguments = json_text(node.get("input")) if node.get("input") is not None else "{}"
    name = node.need_text("name")
    if name == ANSWER_TOOL:
        return Text(text=arguments)
    return ToolCall(id=node.need_text("toolUseId"), name=name, arguments=arguments)


def _result(node: Node, block: Node) -> Part:
    if node.text("type"):
        return Foreign(dialect=NAME, kind="toolResult", data=block.value)
    status = node.text("status")
    inner: list[Part] = []
    for each in node.nodes("content"):
        if "json" in each.value:
            inner.append(Text(text=json_text(each.get("json")), extras={NAME: {"json": True}}))
        else:
            inner.append(part(each))
    return ToolResult(call_id=node.need_text("toolUseId"), parts=inner, failed=status == "error" if status else None)


def _cited(node: Node, _: Node) -> Part:
    text = "".join(each.text("text") for each in node.nodes("content"))
    return Text(text=text, citations=[citations.read(each) for each in node.array("citations")])


_READERS: dict[str, Any] = {
    "reasoningContent": _thought,
    "toolUse": _call,
    "toolResult": _result,
    "citationsContent": _cited,
    "searchResult": lambda node, _: media.from_search_result(node),
}
