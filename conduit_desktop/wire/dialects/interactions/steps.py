"""Steps, read: the parts of an answer, and of the turns that a client sends back.

Source: ai.google.dev/api/interactions-api#Resource:Step.
"""

from __future__ import annotations

from typing import Any

import msgspec

from conduit_desktop.wire.dialects.base import Json
from conduit_desktop.wire.dialects.gemini.parts import read_response
from conduit_desktop.wire.dialects.interactions.contents import read_content
from conduit_desktop.wire.dialects.interactions.signatures import Beside, read_beside, unseal
from conduit_desktop.wire.dialects.interactions.words import CONTENTS, NAME
from conduit_desktop.wire.dialects.reading import json_text, standard_base64
from conduit_desktop.wire.messages import Foreign, Part, Text, Thinking, ToolCall, ToolResult
from conduit_desktop.wire.node import Node, misfit


def read_contents(found: Any, path: str) -> list[Part]:
    """The parts of a step's content. A mere string is one text, as older clients wrote it."""
    if found is None:
        return []
    if isinstance(found, str):
        return [Text(text=found)] if found else []
    if isinstance(found, dict):
        found = [found]
    if not isinstance(found, list):
        raise misfit(path, "an array of contents", found)
    parts = [read_block(Node(each, f"{path}[{at}]")) for at, each in enumerate(found)]
    return [part for part in parts if part is not None and not _silent(part)]


def _silent(part: Part) -> bool:
    """Empty words say nothing, and other providers refuse them."""
    return isinstance(part, Text) and not (part.text or part.extras)


def read_block(node: Node) -> Part | None:
    """The part that a content is, or a step that holds no content. None for a thought that says nothing."""
    kind = node.need_text("type")
    if kind in CONTENTS:
        return read_content(node)
    match kind:
        case "thought":
            return read_thought(node)
        case "function_call":
            return read_call(node)
        case "function_result":
            return read_result(node)
        case _:
            return Foreign(dialect=NAME, kind=kind, data=node.value)


def read_thought(node: Node) -> Thinking | None:
    """A model's thoughts: each entry of the summary is a section of its own."""
    node.get("type")
    part = Thinking(summarised=True)
    shown = []
    for each in node.nodes("summary"):
        if each.text("type") in ("", "text"):
            part.sections.append(each.text("text"))
        else:
            shown.append(each.value)
    unseal(node.text("signature"), part)
    own: Json = {**({"summary": shown} if shown else {}), **node.rest()}
    if own:
        part.extras[NAME] = {**part.extras.get(NAME, {}), **own}
    return part if part.text or part.signature or part.encrypted or part.id or shown else None


def read_call(node: Node) -> ToolCall:
    """A function call. An id that is missing is made by whoever knows the conversation."""
    node.get("type")
    arguments = node.get("arguments")
    if isinstance(arguments, str):  # of clients that keep what a stream's deltas said
        text = arguments or "{}"
    elif arguments is None or isinstance(arguments, dict):
        text = json_text(arguments or {})
    else:
        raise misfit(node.at("arguments"), "an object", arguments)
    call = ToolCall(id=node.text("id", "call_id"), name=node.need_text("name"), arguments=text)
    call.signature = standard_base64(node.text("signature"))
    if rest := node.rest():
        call.extras[NAME] = rest
    return call


def read_result(node: Node) -> ToolResult:
    """What a function gave: words, contents, or any object."""
    node.get("type")
    result = ToolResult(call_id=node.text("call_id", "id"), name=node.text("name"), failed=node.flag("is_error"))
    found = node.get("result", "output")
    if isinstance(found, dict) and found.keys() == {"content"} and isinstance(found["content"], list):
        found = found["content"]
    if isinstance(found, list) and all(isinstance(each, dict) and each.get("type") in CONTENTS for each in found):
        result.parts = read_contents(found, node.at("result"))
    else:
        text, failed = read_response(found, result.name)
        result.failed = failed if result.failed is None else result.failed
        if text:
            result.parts.append(Text(text=text))
    if rest := node.rest():
        result.extras[NAME] = rest
    return result


class Signing:
    """Brings the signatures that came in steps of their own to the parts that they belong to."""

    def __init__(self) -> None:
        self._next = ""

    def held(self, step: Json, before: list[Part]) -> bool:
        """Whether ``step`` only carried a signature. ``before`` are the parts that came before it."""
        found = self.carried(step)
        if found is None:
            return False
        if found.place == "last" and before:
            before[-1].signature = found.signature
        elif found.place == "next":
            self._next = found.signature
        return True

    @staticmethod
    def carried(step: Json) -> Beside | None:
        """The signature of another part, if that is what the step is for."""
        signature = step.get("signature")
        return read_beside(signature) if step.get("type") == "thought" and isinstance(signature, str) else None

    def sign(self, part: Part) -> Part:
        """The part, with the signature that waited for it."""
        if self._next and not isinstance(part, Thinking):
            part, self._next = msgspec.structs.replace(part, signature=self._next), ""
        return part


def read_steps(found: list[Any], path: str) -> list[Part]:
    """The parts of an answer's steps. What the user had put in (``GET`` gives it too) is none of them."""
    signing, out = Signing(), list[Part]()
    for at, each in enumerate(found):
        node = Node(each, f"{path}[{at}]")
        kind = node.text("type")
        if kind == "user_input" or signing.held(node.value, out):
            continue
        if kind == "model_output":
            out += [signing.sign(part) for part in read_contents(node.get("content"), node.at("content"))]
        elif (part := read_block(node)) is not None:
            out.append(signing.sign(part))
    return out
