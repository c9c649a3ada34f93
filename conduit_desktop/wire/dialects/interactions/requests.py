"""A client's ``POST /v1beta/interactions``, read. Source: ai.google.dev/api/interactions-api#request-body.

What was said so far comes as steps; a mere string, or contents without steps, are the user's. Turns with a ``role``, as
the API's first form had them, are read too. What only Google can do (go on from an interaction that it keeps, answer in
the background, let an agent work) stays in ``extras``, from where other dialects refuse it by name.
"""

from __future__ import annotations

from typing import Any

from conduit_desktop.wire.dialects.base import Json
from conduit_desktop.wire.dialects.gemini.words import read_tier
from conduit_desktop.wire.dialects.interactions.config import read_config, read_format
from conduit_desktop.wire.dialects.interactions.steps import Signing, read_block, read_contents
from conduit_desktop.wire.dialects.interactions.tools import read_tools
from conduit_desktop.wire.dialects.interactions.words import CONTENTS, NAME
from conduit_desktop.wire.messages import Message, Part, Request, Role, Text, ToolCall, ToolResult
from conduit_desktop.wire.node import Node, invalid, misfit, missing

_ROLES: dict[str, Role] = {"user": "user", "model": "assistant", "assistant": "assistant", "system": "system"}


def decode_request(body: Json, model: str | None = None, stream: bool | None = None) -> Request:
    """The request in the canonical form. ``model`` is what the gateway read of the body already."""
    node = Node(body)
    request = Request(model=(node.text("model") or model or "").removeprefix("models/"))
    request.stream = bool(node.flag("stream"))
    request.stream_usage = True if request.stream else None
    if (system := node.get("system_instruction")) is not None:
        parts = read_contents(_instruction(system), "system_instruction")
        request.messages += [Message(role="system", parts=parts)] if parts else []
    if (given := node.get("input")) is None:
        raise missing("input")
    request.messages += _Turns().read(given)
    request.tools = read_tools(node.nodes("tools"))
    config = node.node("generation_config")
    rest = {} if config is None else read_config(config, request)
    formats = read_format(node, request)
    request.service_tier = read_tier(node.text("service_tier"))
    request.metadata = node.table("labels")
    request.store = node.flag("store")
    own: Json = {"generation_config": rest, "response_format": formats, **_rest(node)}
    if own := {name: value for name, value in own.items() if value not in ({}, [], False)}:
        request.extras[NAME] = own
    return request


def _instruction(found: Any) -> Any:
    """The contents of an instruction, of which the documentation knows only strings."""
    if isinstance(found, dict):
        return found.get("content") or found.get("parts") or ([found] if found else [])
    return found


def _rest(node: Node) -> Json:
    """What only this dialect knows; a background that was not wanted is none."""
    node.flag("background")
    node.text("previous_interaction_id")
    return {
        **node.rest(),
        **{name: node.value[name] for name in ("background", "previous_interaction_id") if node.value.get(name)},
    }


class _Turns:
    """Gathers steps into messages."""

    def __init__(self) -> None:
        self._out: list[Message] = []
        self._signing = Signing()
        self._calls: list[ToolCall] = []
        self._answered: set[str] = set()

    def read(self, given: Any) -> list[Message]:
        if isinstance(given, str):
            self._add("user", [Text(text=given)] if given else [])
            return self._out
        if isinstance(given, dict):
            given = [given]
        if not isinstance(given, list):
            raise misfit("input", "a string or an array of steps", given)
        for at, each in enumerate(given):
            if isinstance(each, str):
                self._add("user", [Text(text=each)] if each else [])
            else:
                self._item(Node(each, f"input[{at}]"))
        return self._out

    def _item(self, node: Node) -> None:
        """A step, a content of the user's, or a turn."""
        if "type" not in node.value and "role" in node.value:
            self._turn(node)
            return
        kind = node.need_text("type")
        if kind == "user_input":
            self._add("user", read_contents(node.get("content"), node.at("content")))
        elif kind == "model_output":
            self._add("assistant", read_contents(node.get("content"), node.at("content")))
        elif kind in CONTENTS:
            self._add("user", [part] if (part := read_block(node)) is not None else [])
        else:
            self._step(node)

    def _turn(self, node: Node) -> None:
        word = node.text("role")
        if word not in _ROLES:
            raise invalid(node.at("role"), "is neither user nor model")
        for part in read_contents(node.get("content", "parts"), node.at("content")):
            self._add("tool" if isinstance(part, ToolResult) else _ROLES[word], [part])

    def _step(self, node: Node) -> None:
        parts = self._out[-1].parts if self._out and self._out[-1].role == "assistant" else []
        if self._signing.held(node.value, parts):
            return
        part = read_block(node)
        if part is not None:
            self._add("tool" if isinstance(part, ToolResult) else "assistant", [part])

    def _add(self, role: Role, parts: list[Part]) -> None:
        """More of the turn that is on, or a new one."""
        if role == "assistant":
            parts = [self._signing.sign(part) for part in parts]
        for part in parts:
            if isinstance(part, ToolCall):
                part.id = part.id or f"call_{len(self._out)}_{len(self._calls)}"
                self._calls.append(part)
            elif isinstance(part, ToolResult):
                self._match(part)
        if self._out and self._out[-1].role == role:
            self._out[-1].parts += parts
        elif parts:
            self._out.append(Message(role=role, parts=parts))

    def _match(self, result: ToolResult) -> None:
        """Finds the call that a result answers: by its id, else the first of its name that still waits."""
        waiting = [call for call in self._calls if call.id not in self._answered]
        found = next((call for call in self._calls if call.id == result.call_id), None) or (
            None if result.call_id else next((call for call in waiting if result.name in ("", call.name)), None)
        )
        if found is not None:
            result.call_id, result.name = found.id, result.name or found.name
        self._answered.add(result.call_id)
