"""Rich requests in every client dialect, and what a broken client makes of them: members lost, doubled, or replaced by
things of the wrong kind."""

from __future__ import annotations

import copy
import random
from typing import Any

SCHEMA = {"type": "object", "properties": {"city": {"type": "string", "enum": ["a"]}}, "required": ["city"]}
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
CALL = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"city":"a"}'}}
TOOL = {"type": "function", "function": {"name": "weather", "description": "d", "parameters": SCHEMA, "strict": True}}
BODIES: dict[str, dict[str, Any]] = {
    "/v1/chat/completions": {
        "model": "fast",
        "messages": [
            {"role": "system", "content": "s"},
            {
                "role": "user",
                "name": "n",
                "content": [
                    {"type": "text", "text": "t"},
                    {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}},
                ],
            },
            {"role": "assistant", "content": None, "tool_calls": [CALL], "reasoning_content": "r"},
            {"role": "tool", "tool_call_id": "call_1", "content": [{"type": "text", "text": "12"}]},
        ],
        "tools": [TOOL],
        "tool_choice": {"type": "function", "function": {"name": "weather"}},
        "temperature": 0.5,
        "response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}},
        "stop": ["a"],
        "stream": True,
        "stream_options": {"include_usage": True},
        "logit_bias": {"1": 2},
        "n": 1,
    },
    "/v1/completions": {"model": "fast", "prompt": ["a"], "suffix": "b", "logprobs": 1, "echo": True, "stream": False},
    "/v1/responses": {
        "model": "fast",
        "instructions": "i",
        "stream": False,
        "max_output_tokens": 9,
        "reasoning": {"effort": "low"},
        "input": [
            {
                "role": "user",
                "content": [{"type": "input_text", "text": "t"}, {"type": "input_image", "image_url": "http://x"}],
            },
            {
                "type": "reasoning",
                "id": "rs_1",
                "summary": [{"type": "summary_text", "text": "s"}],
                "encrypted_content": "e",
            },
            {"type": "function_call", "call_id": "c", "name": "weather", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c", "output": "12"},
            {"type": "web_search_call", "id": "ws_1", "status": "completed"},
        ],
        "tools": [
            {"type": "function", "name": "weather", "parameters": SCHEMA, "strict": True},
            {"type": "web_search"},
        ],
        "tool_choice": {"type": "function", "name": "weather"},
        "text": {"format": {"type": "json_schema", "name": "x", "schema": SCHEMA}, "verbosity": "low"},
    },
    "/v1/messages": {
        "model": "fast",
        "max_tokens": 5000,
        "system": [{"type": "text", "text": "s", "cache_control": {"type": "ephemeral"}}],
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "t"},
                    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}},
                    {
                        "type": "document",
                        "source": {"type": "text", "media_type": "text/plain", "data": "d"},
                        "title": "x",
                        "citations": {"enabled": True},
                    },
                ],
            },
            {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": "h", "signature": "s"},
                    {"type": "redacted_thinking", "data": "d"},
                    {"type": "tool_use", "id": "t1", "name": "weather", "input": {"city": "a"}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {
                        "type": "tool_result",
                        "tool_use_id": "t1",
                        "is_error": False,
                        "content": [{"type": "text", "text": "12"}],
                    }
                ],
            },
        ],
        "tools": [{"name": "weather", "input_schema": SCHEMA}, {"type": "web_search_20250305", "name": "web_search"}],
        "tool_choice": {"type": "auto"},
        "thinking": {"type": "enabled", "budget_tokens": 1024},
        "stop_sequences": ["a"],
        "metadata": {"user_id": "u"},
        "stream": True,
    },
    "/v1beta/models/fast:generateContent": {
        "systemInstruction": {"parts": [{"text": "s"}]},
        "contents": [
            {"role": "user", "parts": [{"text": "t"}, {"inlineData": {"mimeType": "image/png", "data": PNG}}]},
            {
                "role": "model",
                "parts": [{"functionCall": {"name": "weather", "args": {"city": "a"}}, "thoughtSignature": "AA=="}],
            },
            {"role": "user", "parts": [{"functionResponse": {"name": "weather", "response": {"result": 12}}}]},
        ],
        "tools": [{"functionDeclarations": [{"name": "weather", "parameters": SCHEMA}]}, {"googleSearch": {}}],
        "toolConfig": {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["weather"]}},
        "generationConfig": {
            "temperature": 1,
            "maxOutputTokens": 9,
            "stopSequences": ["a"],
            "responseSchema": SCHEMA,
            "responseMimeType": "application/json",
            "thinkingConfig": {"thinkingBudget": 0},
        },
        "safetySettings": [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}],
    },
    "/v1/interactions": {
        "model": "fast",
        "system_instruction": "s",
        "input": [
            {
                "type": "user_input",
                "content": [
                    {"type": "text", "text": "t"},
                    {"type": "image", "data": PNG, "mime_type": "image/png", "resolution": "low"},
                ],
            },
            {"type": "thought", "signature": "c2ln", "summary": [{"type": "text", "text": "r"}]},
            {"type": "function_call", "id": "c", "name": "weather", "arguments": {"city": "a"}},
            {"type": "function_result", "call_id": "c", "name": "weather", "result": [{"type": "text", "text": "12"}]},
            {"type": "google_search_call", "id": "s", "arguments": {"queries": ["q"]}},
            {"type": "model_output", "content": [{"type": "text", "text": "a", "annotations": [{"type": "x"}]}]},
        ],
        "tools": [
            {"type": "function", "name": "weather", "description": "d", "parameters": SCHEMA},
            {"type": "google_search"},
        ],
        "generation_config": {
            "temperature": 0.5,
            "thinking_level": "low",
            "stop_sequences": ["a"],
            "tool_choice": {"allowed_tools": {"mode": "any", "tools": ["weather"]}},
            "speech_config": [{"voice": "v"}],
        },
        "response_format": [{"type": "text", "mime_type": "application/json", "schema": SCHEMA}],
        "labels": {"a": "b"},
        "service_tier": "flex",
        "store": False,
        "stream": False,
    },
    "/cohere/v2/chat": {
        "model": "fast",
        "messages": [
            {"role": "system", "content": "s"},
            {
                "role": "user",
                "content": [{"type": "text", "text": "t"}, {"type": "image_url", "image_url": {"url": "http://x"}}],
            },
            {"role": "assistant", "tool_plan": "p", "tool_calls": [CALL]},
            {
                "role": "tool",
                "tool_call_id": "call_1",
                "content": [{"type": "document", "document": {"data": {"a": "b"}}}],
            },
        ],
        "documents": ["d", {"id": "1", "data": {"text": "x"}}],
        "tools": [TOOL],
        "tool_choice": "REQUIRED",
        "p": 0.5,
        "k": 3,
        "response_format": {"type": "json_object", "schema": SCHEMA},
        "citation_options": {"mode": "FAST"},
        "stream": False,
    },
    "/api/chat": {
        "model": "fast",
        "stream": False,
        "think": "low",
        "format": SCHEMA,
        "options": {"num_predict": 5, "stop": ["a"]},
        "messages": [
            {"role": "user", "content": "t", "images": [PNG]},
            {
                "role": "assistant",
                "content": "",
                "thinking": "h",
                "tool_calls": [{"function": {"name": "weather", "arguments": {}}}],
            },
            {"role": "tool", "tool_name": "weather", "content": "12"},
        ],
        "tools": [TOOL],
    },
    "/api/generate": {
        "model": "fast",
        "prompt": "p",
        "system": "s",
        "images": [PNG],
        "stream": False,
        "format": "json",
    },
    "/v1/embeddings": {"model": "fast", "input": ["a", "b"], "dimensions": 8, "encoding_format": "base64"},
    "/cohere/v2/embed": {"model": "fast", "texts": ["a"], "input_type": "search_query", "embedding_types": ["float"]},
    "/v1beta/models/fast:batchEmbedContents": {
        "requests": [{"model": "models/fast", "content": {"parts": [{"text": "a"}]}}]
    },
    "/v1beta/models/fast:countTokens": {"contents": [{"parts": [{"text": "a"}]}]},
    "/v1/messages/count_tokens": {"model": "fast", "messages": [{"role": "user", "content": "a"}]},
    "/api/embed": {"model": "fast", "input": ["a"], "truncate": True},
    "/api/show": {"model": "fast", "verbose": True},
}
JUNK: list[Any] = [
    *(
        None,
        True,
        False,
        0,
        -1,
        1.5,
        10**30,
        "",
        "x",
        "\ud800",
        "data:image/png;base64,!!",
        [],
        [None],
        [[]],
        {},
        {"x": {}},
    ),
    *({"type": "unheard"}, {"role": "x"}, [{"type": 1}], [{"text": []}], ["a", 1]),
]


def mutated(body: Any, rng: random.Random) -> Any:
    """A copy of ``body`` with one to three places lost, doubled or replaced by junk."""
    made = copy.deepcopy(body)
    for _ in range(rng.randint(1, 3)):
        places = list(within(made))
        holder, key = rng.choice(places)
        change = rng.random()
        if change < 0.25:
            del holder[key]
        elif change < 0.35 and isinstance(holder, list):
            holder.append(holder[key])
        else:
            holder[key] = copy.deepcopy(rng.choice(JUNK))
        if not list(within(made)):
            break
    return made


def within(value: Any) -> Any:
    """Every place in ``value``: what holds it, and under which name or number."""
    for key, inner in list(
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        yield value, key
        yield from within(inner)
