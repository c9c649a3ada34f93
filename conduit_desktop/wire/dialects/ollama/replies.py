"""Whole answers of Ollama's chat. Format: https://docs.ollama.com/api/chat."""

from __future__ import annotations

from typing import Any

from conduit_desktop.wire.dialects.base import Context, Json
from conduit_desktop.wire.dialects.lowering import own
from conduit_desktop.wire.dialects.ollama.blocks import (
    NAME,
    made_id,
    read_call,
    read_moment,
    read_thinking,
    signature_of_call,
    thinking_details,
    write_call,
    write_moment,
)
from conduit_desktop.wire.dialects.reading import count
from conduit_desktop.wire.messages import (
    Choice,
    Finish,
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

DURATIONS = ("total_duration", "load_duration", "prompt_eval_duration", "eval_duration")
_WRITTEN = {"length": "length", "context_length": "length", "content_filter": "content_filter", "error": "error"}


def read_finish(reason: str, called: bool) -> Finish:
    """What ``done_reason`` means; Ollama has no word for waiting on tools, and old versions give none at all."""
    if reason in ("", "stop"):
        return "tool_calls" if called else "stop"
    return "length" if reason == "length" else "other"


def write_finish(finish: Finish | None) -> str:
    """``done_reason`` for what ended an answer. It is a plain string: what ``stop`` would hide keeps its own word."""
    return _WRITTEN.get(finish or "stop", "stop")


def read_usage(body: Json) -> Usage | None:
    """Usage: the counts of the prompt and of the answer. An answer without a prompt's count had it all cached."""
    if "prompt_eval_count" not in body and "eval_count" not in body:
        return None
    return Usage(input=count(body.get("prompt_eval_count")), output=count(body.get("eval_count")))


def metrics(usage: Usage | None, extras: Json, context: Context) -> Json:
    """Counts and durations (nanoseconds; 0 where nobody measured) of a finished answer. Without usage, what is known of
    the prompt is told."""
    kept = own(extras, NAME)
    known = {name: kept.get(name, 0) for name in DURATIONS}
    if usage is not None:
        known |= {"prompt_eval_count": usage.input, "eval_count": usage.output}
    elif context.input_tokens:
        known["prompt_eval_count"] = context.input_tokens
    return known


def decode_response(body: Json) -> Response:
    """The answer that ``body`` is. Raises BadRequest where it is none."""
    node = Node(body)
    message = node.node("message") or Node(None, "message")
    parts = [*read_thinking(message), *_content(message)]
    created = node.text("created_at")
    for at, each in enumerate(message.nodes("tool_calls")):
        parts.append(read_call(each, made_id(created, at)))
    message.get("role")
    return whole(node, parts, message.rest())


def whole(node: Node, parts: list[Part], left: Json) -> Response:
    """The answer of chat or generate, around its parts."""
    reason = node.text("done_reason")
    called = any(isinstance(part, ToolCall) for part in parts)
    choice = Choice(parts=parts, finish=read_finish(reason, called), native_finish=reason)
    if found := node.array("logprobs"):
        choice.logprobs = [each for item in found if (each := read_logprob(item)) is not None]
    if left:
        choice.extras[NAME] = left
    response = Response(
        model=node.text("model"),
        created=read_moment(node.get("created_at")),
        choices=[choice],
        usage=read_usage(node.value),
    )
    node.get("prompt_eval_count", "eval_count", "done")
    if rest := node.rest():
        response.extras[NAME] = rest
    return response


def _content(message: Node) -> list[Part]:
    text = message.text("content")
    parts: list[Part] = [Text(text=text)] if text else []
    return parts + [Media(kind="image", data=each) for each in message.texts("images")]


def read_logprob(value: Any) -> Logprob | None:
    """A token with its log probability and its rivals."""
    if not isinstance(value, dict) or not isinstance(value.get("logprob"), int | float):
        return None
    token, raw, top = value.get("token"), value.get("bytes"), value.get("top_logprobs")
    return Logprob(
        token=token if isinstance(token, str) else "",
        logprob=value["logprob"],
        bytes=raw if isinstance(raw, list) and all(isinstance(each, int) for each in raw) else None,
        top=[each for item in top if (each := read_logprob(item)) is not None] if isinstance(top, list) else [],
    )


def write_logprob(logprob: Logprob) -> Json:
    """A token as Ollama writes it."""
    item: Json = {"token": logprob.token, "logprob": logprob.logprob}
    if logprob.bytes is not None:
        item["bytes"] = logprob.bytes
    if logprob.top:
        item["top_logprobs"] = [write_logprob(each) for each in logprob.top]
    return item


def encode_response(response: Response, context: Context) -> Json:
    """The body for a client. A further choice has no place in it."""
    choice = response.choices[0] if response.choices else Choice()
    return around(response, context, {"message": _message(choice) | own(choice.extras, NAME)})


def around(response: Response, context: Context, said: Json) -> Json:
    """An answer of chat or generate, around what it says."""
    choice = response.choices[0] if response.choices else Choice()
    body: Json = {
        "model": response.model or context.request.model,
        "created_at": write_moment(response.created or context.now),
    }
    body |= said | {"done": True, "done_reason": write_finish(choice.finish)}
    if choice.logprobs:
        body["logprobs"] = [write_logprob(each) for each in choice.logprobs]
    return body | own(response.extras, NAME) | metrics(response.usage, response.extras, context)


def _message(choice: Choice) -> Json:
    message: Json = {"role": "assistant", "content": words(choice)}
    thoughts = [part for part in choice.parts if isinstance(part, Thinking)]
    if text := "\n\n".join(part.text for part in thoughts if part.text):
        message["thinking"] = text
    message |= thinking_details(thoughts)
    calls = [part for part in choice.parts if isinstance(part, ToolCall)]
    if calls:
        message["tool_calls"] = [
            write_call(call, at) | signature_of_call(call.signature) for at, call in enumerate(calls)
        ]
    return message


def words(choice: Choice) -> str:
    """All that an answer says in words."""
    return "".join(
        part.transcript if isinstance(part, Media) else part.text
        for part in choice.parts
        if isinstance(part, Text | Refusal | Media)
    )


def pictures(choice: Choice) -> list[str]:
    """The images of an answer, in base64. Generate has a member for one; chat's message has none that its SDK reads."""
    return [part.data for part in choice.parts if isinstance(part, Media) and part.kind == "image" and part.data]
