"""What a client asks in this dialect, read into the canonical form.

Format: OpenAI's API reference (responses/create). A model's turn is one assistant message: its reasoning, words, calls
and server tools in the order of their items. Items for the model that only this dialect knows stand in user messages.
"""

from __future__ import annotations

from conduit_desktop.wire.dialects.base import Json
from conduit_desktop.wire.dialects.responses.content import read_content
from conduit_desktop.wire.dialects.responses.notes import NAME, extras, flat
from conduit_desktop.wire.dialects.responses.outputs import Turn, status_of
from conduit_desktop.wire.dialects.responses.tools import merged, read_choice, read_tools
from conduit_desktop.wire.messages import Foreign, Format, Message, Reasoning, Request, Text, Tool, ToolResult
from conduit_desktop.wire.node import Node, invalid, misfit, missing

_LOGPROBS = "message.output_text.logprobs"
_ENCRYPTED = "reasoning.encrypted_content"
_ROLES = ("user", "system", "developer")
_TO_THE_MODEL = (
    "computer_call_output",
    "local_shell_call_output",
    "shell_call_output",
    "apply_patch_call_output",
    "mcp_approval_response",
    "tool_search_output",
    "item_reference",
    "compaction",
    "compaction_summary",
    "compaction_trigger",
    "program_output",
    "configuration_update",
)
"""Items that are not part of a model's turn. Whatever else is not known is a server tool's, of the model's turn."""


def decode_request(body: Json, model: str | None = None, stream: bool | None = None) -> Request:
    """A request body. Raises BadRequest naming the field that does not fit."""
    node = Node(body)
    request = Request(model=model or node.text("model"))
    if not request.model and not node.has("prompt"):
        raise missing("model")
    asked = node.flag("stream")
    request.stream = bool(asked if stream is None else stream)
    request.tools = read_tools(node.nodes("tools"))
    conversation = _Conversation()
    conversation.read(node)
    request.messages = conversation.messages
    request.tools = merged(request.tools, conversation.tools)
    request.tool_choice = read_choice(node)
    _wishes(node, request)
    _include(node, request)
    node.get("model")  # read, whichever way it came
    rest = {name: value for name, value in node.rest().items() if name != "background" or value is True}
    request.extras = extras({**rest, **request.extras, "_own": True})
    return request


def _wishes(node: Node, request: Request) -> None:
    request.max_tokens = node.whole("max_output_tokens")
    request.temperature, request.top_p = node.number("temperature"), node.number("top_p")
    request.top_logprobs = node.whole("top_logprobs")
    request.logprobs = True if request.top_logprobs else None
    request.parallel_tools = node.flag("parallel_tool_calls")
    request.previous_id = node.text("previous_response_id")
    request.service_tier, request.cache_key = node.text("service_tier"), node.text("prompt_cache_key")
    request.store, request.metadata = node.flag("store"), node.table("metadata")
    request.user = node.text("user")
    if not request.user:
        request.user = node.text("safety_identifier")
        request.extras["_user"] = "safety_identifier" if request.user else ""
    text = node.node("text")
    if text is not None:
        request.format, request.verbosity = _format(text), text.text("verbosity")
        request.extras["text"] = text.rest() or None
    reasoning = node.node("reasoning")
    if reasoning is not None:
        request.reasoning = Reasoning(
            effort=reasoning.text("effort"), summary=reasoning.text("summary", "generate_summary")
        )
        effort, summary = request.reasoning.effort, request.reasoning.summary
        if effort == "none":
            request.reasoning.enabled = False
        elif summary:  # who wants to see thoughts wants thinking, which here needs no word of its own
            request.reasoning.enabled = request.reasoning.visible = True
        request.extras["_reasoning"] = reasoning.rest() or None


def _format(text: Node) -> Format | None:
    node = text.node("format")
    kind = node.text("type") if node else "text"
    if node is None or kind == "text":
        return None
    if kind == "json_object":
        return Format(kind="json")
    if kind != "json_schema":
        raise invalid(node.at("type"), f"must be text, json_object or json_schema, not {kind[:40]!r}")
    return Format(
        kind="schema",
        name=node.text("name"),
        description=node.text("description"),
        schema=node.table("schema"),
        strict=node.flag("strict"),
    )


def _include(node: Node, request: Request) -> None:
    """``include`` asks for what is carried anyway (encrypted reasoning), for log probabilities, and for server
    tools'."""
    wanted = node.texts("include")
    if _LOGPROBS in wanted:
        request.logprobs = True
    if _ENCRYPTED in wanted:
        request.extras["_encrypted"] = True
    request.extras["include"] = [each for each in wanted if each not in (_LOGPROBS, _ENCRYPTED)] or None


class _Conversation:
    """Takes ``instructions`` and ``input``; holds the messages that they are, and the tools that stand among them."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.tools: list[Tool] = []
        self._turn: Turn | None = None
        self._worded = False

    def read(self, node: Node) -> None:
        instructions = node.text("instructions")
        if instructions:
            self.messages.append(Message(role="system", parts=[Text(text=instructions)]))
        found = node.get("input")
        if isinstance(found, str):
            self.messages.append(Message(role="user", parts=[Text(text=found)]))
        elif found is not None and not isinstance(found, list):
            raise misfit("input", "a string or an array", found)
        else:
            for item in node.nodes("input"):
                self._item(item)
        if not instructions and self.messages and self.messages[0].role == "system":
            self.messages[0].extras.setdefault(NAME, {})["_input"] = True

    def _item(self, item: Node) -> None:
        kind = item.text("type") or ("message" if item.has("role") else "item_reference")
        if kind == "message" and item.value.get("role") != "assistant":
            self._message(item)
        elif kind in ("function_call_output", "custom_tool_call_output"):
            self._result(item, custom=kind.startswith("custom"))
        elif kind == "additional_tools":
            self.tools = merged(self.tools, read_tools(item.nodes("tools"), kind))
        elif kind in _TO_THE_MODEL:
            if kind == "tool_search_output":
                self.tools = merged(self.tools, read_tools(item.nodes("tools"), kind))
            self._add(Message(role="user", parts=[Foreign(dialect=NAME, kind=kind, data=item.value)]))
        else:
            self._of_the_model(item, kind)

    def _add(self, message: Message) -> None:
        self.messages.append(message)
        self._turn = None

    def _message(self, item: Node) -> None:
        role = item.need_text("role")
        if role not in _ROLES:
            raise invalid(item.at("role"), f"must be user, assistant, system or developer, not {role[:40]!r}")
        parts = read_content(item, "content")
        noted = {"_id": item.text("id"), "_status": status_of(item)}
        item.text("type")
        self._add(Message(role=role, parts=parts, extras=extras({**noted, **item.rest()})))  # type: ignore[arg-type]

    def _of_the_model(self, item: Node, kind: str) -> None:
        plain = kind == "message" and not item.text("id")
        if self._turn is None or (plain and self._worded):  # two messages without ids are two turns
            self._turn = Turn(flat)
            self.messages.append(Message(role="assistant", parts=self._turn.parts))
        self._turn.add(item)
        self._worded = kind == "message"

    def _result(self, item: Node, *, custom: bool) -> None:
        noted = {"_id": item.text("id"), "_status": status_of(item), "_namespace": item.text("namespace")}
        result = ToolResult(
            call_id=item.text("call_id"),
            name=flat(item.text("namespace"), item.text("name")),
            parts=read_content(item, "output"),
            custom=custom,
        )
        item.text("type")
        result.extras = extras({**noted, **item.rest()})
        if self._turn is None and self.messages and self.messages[-1].role == "tool":
            self.messages[-1].parts.append(result)
        else:
            self._add(Message(role="tool", parts=[result]))
