"""Whole answers of Cohere's chat. Format: https://docs.cohere.com/reference/chat."""

from __future__ import annotations

from typing import Any

from conduit_desktop.wire.dialects.base import Context, Json
from conduit_desktop.wire.dialects.cohere.blocks import (
    NAME,
    citation_parts,
    is_plan,
    read_content,
    read_tool_call,
    signature_of_call,
    write_citations,
    write_tool_call,
)
from conduit_desktop.wire.dialects.lowering import media_words, own
from conduit_desktop.wire.dialects.reading import count
from conduit_desktop.wire.messages import (
    Choice,
    Finish,
    Foreign,
    Logprob,
    Media,
    Part,
    Refusal,
    Response,
    Text,
    Thinking,
    ToolCall,
)
from conduit_desktop.wire.node import Node
from conduit_desktop.wire.usage import Usage

_READ: dict[str, Finish] = {
    "COMPLETE": "stop",
    "STOP_SEQUENCE": "stop_sequence",
    "MAX_TOKENS": "length",
    "TOOL_CALL": "tool_calls",
    "ERROR": "error",
    "TIMEOUT": "error",
    "ERROR_TOXIC": "content_filter",
    "ERROR_LIMIT": "context_length",
}
_WRITTEN: dict[str, str] = {
    "stop": "COMPLETE",
    "stop_sequence": "STOP_SEQUENCE",
    "length": "MAX_TOKENS",
    "context_length": "MAX_TOKENS",
    "tool_calls": "TOOL_CALL",
    "content_filter": "ERROR_TOXIC",
    "refusal": "COMPLETE",
    "pause": "MAX_TOKENS",
    "malformed_call": "ERROR",
    "error": "ERROR",
    "other": "COMPLETE",
}


def read_finish(reason: str) -> Finish:
    """What a finish reason means."""
    return _READ.get(reason.upper(), "other")


def write_finish(finish: Finish | None, native: str, called: bool) -> str:
    """The finish reason for what ended an answer: Cohere's own where it came from there. Some providers say of a call
    that was forced that the answer just stopped: here it waits for the tool."""
    if called and finish in ("stop", None):
        return "TOOL_CALL"
    if native in _READ and _READ[native] == finish:
        return native
    return _WRITTEN[finish or "stop"]


def decode_response(body: Json) -> Response:
    """The answer that ``body`` is. Raises BadRequest where it is none."""
    node = Node(body)
    message = node.node("message") or Node({}, "message")
    reason = node.need_text("finish_reason")
    choice = Choice(parts=_parts(message), finish=read_finish(reason), native_finish=reason)
    if found := node.array("logprobs"):
        choice.logprobs = [each for item in found if (each := read_logprob(item)) is not None]
    message.get("role")
    if rest := message.rest():
        choice.extras[NAME] = rest
    response = Response(id=node.text("id"), choices=[choice], usage=read_usage(node.get("usage")))
    if rest := node.rest():
        response.extras[NAME] = rest
    return response


def _parts(message: Node) -> list[Part]:
    content: list[Part] = []
    if isinstance(message.value.get("content"), str):
        content.append(Text(text=message.text("content")))
    else:
        for each in message.nodes("content"):
            kind = each.text("type")
            known = kind in ("text", "thinking")
            content.append(read_content(each) if known else Foreign(dialect=NAME, kind=kind, data=each.value))
    citation_parts(content, message.nodes("citations"))
    plan = message.text("tool_plan")
    plans: list[Part] = [Thinking(sections=[plan], extras={NAME: {"_tool_plan": True}})] if plan else []
    return [*plans, *content, *(read_tool_call(each) for each in message.nodes("tool_calls"))]


def read_logprob(value: Any) -> Logprob | None:
    """A piece of text with the log probabilities of its tokens, whose sum is that of the piece."""
    if not isinstance(value, dict) or not isinstance(value.get("logprobs"), list):
        return None
    told = [each for each in value["logprobs"] if isinstance(each, int | float)]
    text = value.get("text")
    return Logprob(token=text if isinstance(text, str) else "", logprob=sum(told))


def write_logprob(logprob: Logprob) -> Json:
    """A token with its log probability. Which number it has in Cohere's vocabulary is not known of others' tokens."""
    return {"text": logprob.token, "token_ids": [], "logprobs": [logprob.logprob]}


def read_usage(value: Any) -> Usage | None:
    """Usage. ``tokens`` is what went through the model (Cohere's own prompt and thoughts too, cached tokens among it),
    ``billed_units`` what is billed of it."""
    if not isinstance(value, dict):
        return None
    tokens, billed = _table(value, "tokens"), _table(value, "billed_units")
    return Usage(
        input=count(tokens.get("input_tokens", billed.get("input_tokens"))),
        output=count(tokens.get("output_tokens", billed.get("output_tokens"))),
        cached_read=count(value.get("cached_tokens")),
        reasoning=count(tokens.get("reasoning_tokens")),
        image_input=count(tokens.get("image_tokens")),
        searches=count(billed.get("search_units")),
        billed_input=count(billed["input_tokens"]) if "input_tokens" in billed else None,
        billed_output=count(billed["output_tokens"]) if "output_tokens" in billed else None,
    )


def _table(value: Json, name: str) -> Json:
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def write_usage(usage: Usage) -> Json:
    """Usage as Cohere tells it."""
    billed: Json = {
        "input_tokens": usage.input if usage.billed_input is None else usage.billed_input,
        "output_tokens": usage.output if usage.billed_output is None else usage.billed_output,
    }
    tokens: Json = {"input_tokens": usage.input, "output_tokens": usage.output}
    if usage.searches:
        billed["search_units"] = usage.searches
    if usage.reasoning:
        tokens["reasoning_tokens"] = usage.reasoning
    if usage.image_input:
        tokens["image_tokens"] = usage.image_input
    return {"billed_units": billed, "tokens": tokens, "cached_tokens": usage.cached_read}


def encode_response(response: Response, context: Context) -> Json:
    """The body for a client. A further choice has no place in it."""
    choice = response.choices[0] if response.choices else Choice()
    called = any(isinstance(part, ToolCall) for part in choice.parts)
    body: Json = {
        "id": response.id or context.seed,
        "finish_reason": write_finish(choice.finish, choice.native_finish, called),
        "message": _message(choice),
    }
    if response.usage is not None:
        body["usage"] = write_usage(response.usage)
    if choice.logprobs:
        body["logprobs"] = [write_logprob(each) for each in choice.logprobs]
    return body | own(response.extras, NAME)


def _message(choice: Choice) -> Json:
    message: Json = {"role": "assistant"}
    content: list[Json] = []
    citations: list[Json] = []
    calls: list[Json] = []
    plan: list[str] = []
    for part in choice.parts:
        if isinstance(part, ToolCall):
            calls.append(write_tool_call(part) | signature_of_call(part) | own(part.extras, NAME))
        elif isinstance(part, Thinking) and is_plan(part):
            plan.append(part.text)
        elif (item := write_content(part)) is not None:
            if isinstance(part, Text):
                citations += write_citations(part.text, part.citations, len(content))
            content.append(item)
    if plan:
        message["tool_plan"] = "\n\n".join(plan)
    if calls:
        message["tool_calls"] = calls
    if content:
        message["content"] = content
    if citations:
        message["citations"] = citations
    return message | own(choice.extras, NAME)


def write_content(part: Part) -> Json | None:
    """A content block of an answer; None for what Cohere has no words for."""
    item: Json
    match part:
        case Text() | Refusal():
            item = {"type": "text", "text": part.text}
        case Thinking():
            item = {"type": "thinking", "thinking": part.text}
            item |= {name: value for name in ("encrypted", "id") if (value := getattr(part, name))}
        case Media() if words := media_words(part):
            return {"type": "text", "text": words}
        case Foreign(dialect="cohere"):
            item = part.data
            return item
        case _:
            return None
    if part.signature:
        item["signature"] = part.signature
    return item | own(part.extras, NAME)
