"""How the scripted upstream reads a request and writes a turn, in each of four providers' own dialects.

Written from the providers' API references, and on purpose without anything of ``conduit_desktop``: what the gateway
makes of a request is judged here by other eyes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

Json = dict[str, Any]


class Call(NamedTuple):
    id: str
    name: str
    args: Json


class Thought(NamedTuple):
    text: str
    signature: str


@dataclass
class Asked:
    """A request, as far as the script wants to know. ``results`` are (call id or name, text); ``shapes`` tells of tools
    of OpenAI's Responses API their namespace and whether they are custom ones."""

    stream: bool = False
    thinking: bool = False
    counted: bool = True
    plain: bool = False
    tools: list[tuple[str, Json]] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    results: list[tuple[str, str]] = field(default_factory=list)
    thoughts: list[Thought] = field(default_factory=list)
    shapes: dict[str, tuple[str, bool]] = field(default_factory=dict)


@dataclass
class Turn:
    """What the model says next. ``number`` makes ids; ``tokens`` are input, cached and output."""

    number: int
    text: str = ""
    thought: Thought | None = None
    calls: list[Call] = field(default_factory=list)
    tokens: tuple[int, int, int] = (0, 0, 0)
    model: str = "model"
    shapes: dict[str, tuple[str, bool]] = field(default_factory=dict)


def _text(content: Any) -> str:
    """The words in a content of whatever shape."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(_text(part) for part in content)
    return _text(content.get("text") or content.get("content") or "") if isinstance(content, dict) else ""


def _cut(text: str, size: int = 7) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


def _sse(data: Json, event: str = "", end: str = "\n") -> bytes:
    name = f"event: {event}{end}" if event else ""
    return f"{name}data: {json.dumps(data, separators=(',', ':'))}{end}{end}".encode()


# ---------------------------------------------------------------- OpenAI chat completions


def read_chat(body: Json, _path: str) -> Asked:
    asked = Asked(stream=bool(body.get("stream")), thinking=bool(body.get("reasoning_effort")))
    asked.counted = bool((body.get("stream_options") or {}).get("include_usage"))
    asked.plain = bool(body.get("response_format"))
    asked.tools = [
        (tool["function"]["name"], tool["function"].get("parameters") or {}) for tool in body.get("tools") or ()
    ]
    for message in body["messages"]:
        for call in message.get("tool_calls") or ():
            function = call["function"]
            asked.calls.append(Call(call["id"], function["name"], json.loads(function["arguments"])))
        if message["role"] == "tool":
            asked.results.append((message["tool_call_id"], _text(message["content"])))
        if message.get("reasoning_content"):
            asked.thoughts.append(Thought(message["reasoning_content"], ""))
    return asked


def _chat_usage(turn: Turn) -> Json:
    given, cached, made = turn.tokens
    return {
        "prompt_tokens": given,
        "completion_tokens": made,
        "total_tokens": given + made,
        "prompt_tokens_details": {"cached_tokens": cached, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": made // 2 if turn.thought else 0, "audio_tokens": 0},
    }


def _chat_call(call: Call) -> Json:
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": json.dumps(call.args)}}


def write_chat(turn: Turn) -> Json:
    message: Json = {"role": "assistant", "content": turn.text or None, "refusal": None}
    if turn.thought:
        message["reasoning_content"] = turn.thought.text
    if turn.calls:
        message["tool_calls"] = [_chat_call(call) for call in turn.calls]
    reason = "tool_calls" if turn.calls else "stop"
    choice = {"index": 0, "message": message, "finish_reason": reason, "logprobs": None}
    head = {"id": f"chatcmpl-{turn.number}", "object": "chat.completion", "created": 1760000000, "model": turn.model}
    return {**head, "choices": [choice], "usage": _chat_usage(turn)}


def stream_chat(turn: Turn, asked: Asked) -> Iterator[bytes]:
    def chunk(delta: Json, finish: str | None = None) -> bytes:
        return _sse({**head, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})

    head: Json = {"id": f"chatcmpl-{turn.number}", "object": "chat.completion.chunk", "created": 1760000000}
    head["model"] = turn.model
    yield chunk({"role": "assistant", "content": ""})
    for piece in _cut(turn.thought.text if turn.thought else ""):
        yield chunk({"reasoning_content": piece})
    for piece in _cut(turn.text):
        yield chunk({"content": piece})
    for index, call in enumerate(turn.calls):
        first = _chat_call(call)
        pieces = _cut(first["function"]["arguments"])
        first["function"]["arguments"] = ""
        yield chunk({"tool_calls": [{"index": index, **first}]})
        for piece in pieces:
            yield chunk({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})
    yield chunk({}, "tool_calls" if turn.calls else "stop")
    if asked.counted:
        yield _sse({**head, "choices": [], "usage": _chat_usage(turn)})
    yield b"data: [DONE]\n\n"


# ---------------------------------------------------------------- OpenAI responses


def read_responses(body: Json, _path: str) -> Asked:
    effort = (body.get("reasoning") or {}).get("effort")
    asked = Asked(stream=bool(body.get("stream")), thinking=effort not in (None, "none"))
    asked.thinking &= "reasoning.encrypted_content" in (body.get("include") or ())
    asked.plain = ((body.get("text") or {}).get("format") or {}).get("type", "text") != "text"
    _offer(asked, body.get("tools") or ())
    for item in body["input"] if isinstance(body["input"], list) else ():
        match item.get("type"):
            case "additional_tools":
                _offer(asked, item["tools"])
            case "function_call":
                asked.calls.append(Call(item["call_id"], item["name"], json.loads(item["arguments"])))
            case "custom_tool_call":
                asked.calls.append(Call(item["call_id"], item["name"], {"input": item["input"]}))
            case "function_call_output" | "custom_tool_call_output":
                asked.results.append((item["call_id"], _text(item["output"])))
            case "reasoning":
                summary = "".join(part["text"] for part in item["summary"])
                asked.thoughts.append(Thought(summary, item.get("encrypted_content") or ""))
    return asked


def _offer(asked: Asked, tools: Iterable[Json], namespace: str = "") -> None:
    for tool in tools:
        match tool["type"]:
            case "namespace":
                _offer(asked, tool["tools"], tool["name"])
            case "function" | "custom":
                custom = tool["type"] == "custom"
                schema = _INPUT if custom else tool.get("parameters") or {}
                asked.tools.append((tool["name"], schema))
                asked.shapes[tool["name"]] = (namespace, custom)


_INPUT: Json = {"type": "object", "properties": {"input": {"type": "string"}}, "required": ["input"]}


def _items(turn: Turn) -> list[Json]:
    items: list[Json] = []
    if turn.thought:
        summary = [{"type": "summary_text", "text": turn.thought.text}]
        reasoning = {"type": "reasoning", "id": f"rs_{turn.number:048x}", "summary": summary}
        items.append({**reasoning, "encrypted_content": turn.thought.signature})
    if turn.text:
        part = {"type": "output_text", "text": turn.text, "annotations": [], "logprobs": []}
        message = {"type": "message", "id": f"msg_{turn.number:048x}", "role": "assistant", "status": "completed"}
        items.append({**message, "content": [part]})
    for index, call in enumerate(turn.calls):
        namespace, custom = turn.shapes.get(call.name, ("", False))
        within = {"namespace": namespace} if namespace else {}
        made = {"id": f"{'ctc' if custom else 'fc'}_{turn.number * 16 + index:048x}", "call_id": call.id, **within}
        given = {"input": call.args["input"]} if custom else {"arguments": json.dumps(call.args)}
        kind = "custom_tool_call" if custom else "function_call"
        items.append({"type": kind, **made, "name": call.name, **given, "status": "completed"})
    return items


def write_responses(turn: Turn) -> Json:
    given, cached, made = turn.tokens
    usage = {"input_tokens": given, "input_tokens_details": {"cached_tokens": cached}, "output_tokens": made}
    usage |= {"output_tokens_details": {"reasoning_tokens": made // 2 if turn.thought else 0}}
    usage |= {"total_tokens": given + made}
    head = {"id": f"resp_{turn.number:048x}", "object": "response", "created_at": 1760000000, "model": turn.model}
    settings = {"tools": [], "tool_choice": "auto", "parallel_tool_calls": True, "temperature": 1.0, "top_p": 1.0}
    settings |= {"error": None, "incomplete_details": None, "instructions": None, "metadata": {}}
    return {**head, "status": "completed", "output": _items(turn), "usage": usage, **settings}


def stream_responses(turn: Turn, _asked: Asked) -> Iterator[bytes]:
    whole = write_responses(turn)
    started = {**whole, "status": "in_progress", "output": [], "usage": None}
    events: list[tuple[str, Json]] = [(kind, {"response": started}) for kind in ("created", "in_progress")]
    for index, item in enumerate(whole["output"]):
        events += _item_events(item, index)
    events.append(("completed", {"response": whole}))
    for number, (kind, data) in enumerate(events):
        name = f"response.{kind}"
        yield _sse({"type": name, "sequence_number": number, **data}, name)


def _item_events(item: Json, index: int) -> Iterator[tuple[str, Json]]:
    at: Json = {"item_id": item["id"], "output_index": index}
    empty = {key: [] if isinstance(value, list) else value for key, value in item.items()}
    if field_ := {"function_call": "arguments", "custom_tool_call": "input"}.get(item["type"]):
        empty |= {field_: "", "status": "in_progress"}
    yield "output_item.added", {"output_index": index, "item": empty}
    match item["type"]:
        case "reasoning":
            at["summary_index"], part = 0, item["summary"][0]
            yield "reasoning_summary_part.added", {**at, "part": {"type": "summary_text", "text": ""}}
            for piece in _cut(part["text"]):
                yield "reasoning_summary_text.delta", {**at, "delta": piece}
            yield "reasoning_summary_text.done", {**at, "text": part["text"]}
            yield "reasoning_summary_part.done", {**at, "part": part}
        case "message":
            at["content_index"], part = 0, item["content"][0]
            yield "content_part.added", {**at, "part": {**part, "text": ""}}
            for piece in _cut(part["text"]):
                yield "output_text.delta", {**at, "delta": piece, "logprobs": []}
            yield "output_text.done", {**at, "text": part["text"], "logprobs": []}
            yield "content_part.done", {**at, "part": part}
        case "function_call":
            for piece in _cut(item["arguments"]):
                yield "function_call_arguments.delta", {**at, "delta": piece}
            yield "function_call_arguments.done", {**at, "name": item["name"], "arguments": item["arguments"]}
        case "custom_tool_call":
            for piece in _cut(item["input"]):
                yield "custom_tool_call_input.delta", {**at, "delta": piece}
            yield "custom_tool_call_input.done", {**at, "input": item["input"]}
    yield "output_item.done", {"output_index": index, "item": item}


# ---------------------------------------------------------------- Anthropic messages


def read_messages(body: Json, _path: str) -> Asked:
    asked = Asked(stream=bool(body.get("stream")))
    asked.thinking = (body.get("thinking") or {}).get("type") in ("enabled", "adaptive")
    asked.plain = bool(body.get("output_config", {}).get("format") or body.get("output_format"))
    asked.tools = [(tool["name"], tool["input_schema"]) for tool in body.get("tools") or () if "input_schema" in tool]
    for message in body["messages"]:
        for block in message["content"] if isinstance(message["content"], list) else ():
            match block["type"]:
                case "tool_use":
                    asked.calls.append(Call(block["id"], block["name"], block["input"]))
                case "tool_result":
                    asked.results.append((block["tool_use_id"], _text(block.get("content"))))
                case "thinking":
                    asked.thoughts.append(Thought(block["thinking"], block["signature"]))
    return asked


def write_messages(turn: Turn) -> Json:
    blocks: list[Json] = []
    if turn.thought:
        blocks.append({"type": "thinking", "thinking": turn.thought.text, "signature": turn.thought.signature})
    if turn.text:
        blocks.append({"type": "text", "text": turn.text})
    blocks += [{"type": "tool_use", "id": call.id, "name": call.name, "input": call.args} for call in turn.calls]
    given, cached, made = turn.tokens
    usage: Json = {"input_tokens": given - cached, "cache_creation_input_tokens": 0, "cache_read_input_tokens": cached}
    usage |= {"output_tokens": made, "service_tier": "standard"}
    message = {"id": f"msg_01{turn.number:022d}", "type": "message", "role": "assistant", "model": turn.model}
    reason = "tool_use" if turn.calls else "end_turn"
    return {**message, "content": blocks, "stop_reason": reason, "stop_sequence": None, "usage": usage}


def stream_messages(turn: Turn, _asked: Asked) -> Iterator[bytes]:
    def event(kind: str, **data: Any) -> bytes:
        return _sse({"type": kind, **data}, kind)

    whole = write_messages(turn)
    started = {**whole, "content": [], "stop_reason": None, "usage": {**whole["usage"], "output_tokens": 1}}
    yield event("message_start", message=started)
    for index, block in enumerate(whole["content"]):
        kind = block["type"]
        empty = {"thinking": {"thinking": "", "signature": ""}, "text": {"text": ""}, "tool_use": {"input": {}}}[kind]
        yield event("content_block_start", index=index, content_block={**block, **empty})
        yield event("ping")
        for delta in _deltas(block):
            yield event("content_block_delta", index=index, delta=delta)
        yield event("content_block_stop", index=index)
    ended = {"stop_reason": whole["stop_reason"], "stop_sequence": None}
    yield event("message_delta", delta=ended, usage={"output_tokens": whole["usage"]["output_tokens"]})
    yield event("message_stop")


def _deltas(block: Json) -> Iterator[Json]:
    match block["type"]:
        case "thinking":
            for piece in _cut(block["thinking"]):
                yield {"type": "thinking_delta", "thinking": piece}
            yield {"type": "signature_delta", "signature": block["signature"]}
        case "text":
            for piece in _cut(block["text"]):
                yield {"type": "text_delta", "text": piece}
        case _:
            for piece in ["", *_cut(json.dumps(block["input"]))]:
                yield {"type": "input_json_delta", "partial_json": piece}


# ---------------------------------------------------------------- Gemini


def read_gemini(body: Json, path: str) -> Asked:
    config = body.get("generationConfig") or {}
    asked = Asked(stream=":stream" in path)
    asked.thinking = bool((config.get("thinkingConfig") or {}).get("includeThoughts"))
    asked.plain = "json" in (config.get("responseMimeType") or "")
    asked.tools = [
        (made["name"], made.get("parametersJsonSchema") or made.get("parameters") or {})
        for tool in body.get("tools") or ()
        for made in tool.get("functionDeclarations") or ()
    ]
    for part in (part for content in body["contents"] for part in content["parts"]):
        if call := part.get("functionCall"):
            asked.calls.append(Call(call.get("id") or "", call["name"], call.get("args") or {}))
        if answer := part.get("functionResponse"):
            asked.results.append((answer.get("id") or answer["name"], json.dumps(answer["response"])))
        if part.get("thoughtSignature"):
            asked.thoughts.append(Thought("", part["thoughtSignature"]))
    return asked


def _parts(turn: Turn) -> list[Json]:
    parts: list[Json] = []
    if turn.thought:
        parts.append({"text": turn.thought.text, "thought": True})
    if turn.text:
        parts.append({"text": turn.text})
    calls: list[Json] = [
        {"functionCall": {"name": call.name, "args": call.args, **({"id": call.id} if call.id else {})}}
        for call in turn.calls
    ]
    if calls and turn.thought:
        calls[0]["thoughtSignature"] = turn.thought.signature
    return parts + calls


def write_gemini(turn: Turn, parts: list[Json] | None = None, finish: str | None = "STOP") -> Json:
    given, cached, made = turn.tokens
    usage = {"promptTokenCount": given, "cachedContentTokenCount": cached, "totalTokenCount": given + made}
    usage |= {"candidatesTokenCount": made - made // 2, "thoughtsTokenCount": made // 2}
    candidate: Json = {"content": {"role": "model", "parts": _parts(turn) if parts is None else parts}, "index": 0}
    if finish:
        candidate["finishReason"] = finish
    answer = {"candidates": [candidate], "usageMetadata": usage, "modelVersion": turn.model}
    return {**answer, "responseId": f"response-{turn.number}"}


def stream_gemini(turn: Turn, _asked: Asked) -> Iterator[bytes]:
    for part in _parts(turn):
        pieces = [{**part, "text": piece} for piece in _cut(part["text"], 20)] if "text" in part else [part]
        for piece in pieces:
            yield _sse(write_gemini(turn, [piece], None), end="\r\n")
    yield _sse(write_gemini(turn, [{"text": ""}]), end="\r\n")


class Dialect(NamedTuple):
    read: Callable[[Json, str], Asked]
    whole: Callable[[Turn], Json]
    stream: Callable[[Turn, Asked], Iterator[bytes]]
    call_id: str
    """What ids begin with; none where calls have no ids."""


DIALECTS = {
    "openai-chat": Dialect(read_chat, write_chat, stream_chat, "call_"),
    "openai-responses": Dialect(read_responses, write_responses, stream_responses, "call_"),
    "anthropic-messages": Dialect(read_messages, write_messages, stream_messages, "toolu_01"),
    "gemini": Dialect(read_gemini, write_gemini, stream_gemini, ""),
}


def dialect_of(path: str) -> str:
    """Whose endpoint it is; empty when no chat is asked for there."""
    if path.endswith("/chat/completions"):
        return "openai-chat"
    if path.endswith("/responses"):
        return "openai-responses"
    if path.endswith("/messages"):
        return "anthropic-messages"
    return "gemini" if path.endswith((":generateContent", ":streamGenerateContent")) else ""
