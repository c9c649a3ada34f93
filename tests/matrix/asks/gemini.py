"""A request in Gemini's generateContent. What is written is what google-genai takes: contents and a config."""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import Any

from tests.matrix.asks.common import kept, listed, part_of_url, plain_schema, result_text
from tests.matrix.neutral import Ask, Json, Part, Tool, Turn

PLAIN = {
    "temperature": "temperature",
    "topP": "top_p",
    "topK": "top_k",
    "seed": "seed",
    "maxOutputTokens": "max_tokens",
    "candidateCount": "n",
    "frequencyPenalty": "frequency_penalty",
    "presencePenalty": "presence_penalty",
}
MEDIA = {"image": "image/jpeg", "file": "application/pdf", "audio": "audio/mp3", "video": "video/mp4"}
"""What a part can be besides words -> what it is taken for where nobody says."""
KNOWN = {
    "model",
    "contents",
    "systemInstruction",
    "generationConfig",
    "tools",
    "toolConfig",
    "safetySettings",
    "labels",
}
KNOWN_CONFIG = {
    *PLAIN,
    "stopSequences",
    "responseMimeType",
    "responseSchema",
    "responseJsonSchema",
    "thinkingConfig",
    "responseLogprobs",
    "logprobs",
}


def camel(held: Any, keep: bool = False) -> Any:
    """Names in camel case, as the REST API documents them (it takes snake case too); the user's own stay."""
    if isinstance(held, list):
        return [camel(one) for one in held]
    if not isinstance(held, dict):
        return held
    own = (
        "args",
        "response",
        "properties",
        "parametersJsonSchema",
        "responseJsonSchema",
        "parameters",
        "responseSchema",
    )
    found = {}
    for name, value in held.items():
        name = re.sub(r"_([a-z])", lambda match: match.group(1).upper(), name)
        found[name] = value if name in own else camel(value)
    return found


def read(body: Json, endpoint: str = "") -> Ask:
    """What ``body`` asks for."""
    body = camel(body)
    config = body.get("generationConfig") or {}
    ask = Ask(stream="stream" in endpoint.lower(), stop=listed(config.get("stopSequences")))
    for wire, name in PLAIN.items():
        if config.get(wire) is not None:
            setattr(ask, name, config[wire])
    if config.get("responseLogprobs"):
        ask.logprobs = config.get("logprobs") or 0
    system = body.get("systemInstruction")
    if system:
        held = {"parts": [{"text": system}]} if isinstance(system, str) else system
        ask.turns.append(
            Turn("system", [Part("text", text=part["text"]) for part in listed(held.get("parts")) if part.get("text")])
        )
    ids = Ids()
    for content in listed(body.get("contents")):
        ask.turns += turns_of(content, ids, ask)
    for tool in listed(body.get("tools")):
        read_tool(ask, tool)
    read_choice(ask, (body.get("toolConfig") or {}).get("functionCallingConfig") or {})
    read_shape(ask, config)
    thinking = config.get("thinkingConfig") or {}
    ask.budget, ask.thoughts = thinking.get("thinkingBudget"), thinking.get("includeThoughts")
    ask.effort = str(thinking.get("thinkingLevel") or "").lower()
    ask.unread += sorted((set(body) - KNOWN) | (set(config) - KNOWN_CONFIG))
    return ask


class Ids:
    """Ids for calls, which Gemini mostly leaves out: a result belongs to the oldest open call of its name."""

    def __init__(self) -> None:
        self.open: list[tuple[str, str]] = []
        self.count = 0

    def call(self, name: str, given: str) -> str:
        self.count += 1
        found = given or f"call_{self.count}"
        self.open.append((name, found))
        return found

    def result(self, name: str, given: str) -> str:
        at = next((at for at, (held, id_) in enumerate(self.open) if (id_ == given if given else held == name)), None)
        return given or name if at is None else self.open.pop(at)[1]


def turns_of(content: Any, ids: Ids, ask: Ask) -> list[Turn]:
    """A content as a turn; results among its parts are a turn before it."""
    if isinstance(content, str):
        content = {"parts": [{"text": content}]}
    role = "assistant" if content.get("role") == "model" else "user"
    parts = [part for held in listed(content.get("parts")) if (part := read_part(held, ids, ask))]
    results = [part for part in parts if part.kind == "result"]
    rest = [part for part in parts if part.kind != "result"]
    return ([Turn("tool", results)] if results else []) + ([Turn(role, rest)] if rest or not results else [])


def read_part(held: Json, ids: Ids, ask: Ask) -> Part | None:
    """One part."""
    signature = held.get("thoughtSignature") or ""
    if held.get("functionCall"):
        call = held["functionCall"]
        name = call.get("name") or ""
        return Part(
            "call",
            id=ids.call(name, call.get("id") or ""),
            name=name,
            value=call.get("args") or {},
            signature=signature,
        )
    if held.get("functionResponse"):
        return read_result(held["functionResponse"], ids, ask)
    if held.get("inlineData"):
        inline = held["inlineData"]
        return Part(kind_of(inline["mimeType"]), data=plain64(inline["data"]), mime=inline["mimeType"])
    if held.get("fileData"):
        given = held["fileData"]
        mime = given.get("mimeType") or ""
        return (
            part_of_url(given["fileUri"], kind_of(mime))
            if not mime
            else Part(kind_of(mime), url=given["fileUri"], mime=mime)
        )
    if held.get("text") is not None:
        return Part("thinking" if held.get("thought") else "text", text=held["text"], signature=signature)
    ask.unread.append(f"part {sorted(set(held) - {'thoughtSignature', 'thought'})}")
    return None


def plain64(data: str) -> str:
    """Base64 in the usual alphabet (google-genai sends the URL-safe one)."""
    return data.replace("-", "+").replace("_", "/")


def kind_of(mime: str) -> str:
    """Image, audio, video or any file."""
    head = mime.split("/")[0]
    return head if head in ("image", "audio", "video") else "file"


def read_result(held: Json, ids: Ids, ask: Ask) -> Part:
    """What a tool gave: a lone text where it is one, else JSON."""
    name = held.get("name") or ""
    part = Part("result", id=ids.result(name, held.get("id") or ""), name=name)
    response = held.get("response")
    inner = response.get("content") if isinstance(response, dict) else None
    if isinstance(inner, list) and all(isinstance(one, dict) and isinstance(one.get("text"), str) for one in inner):
        part.parts = [Part("text", text=one["text"]) for one in inner]
    elif isinstance(response, dict) and len(response) == 1 and isinstance(next(iter(response.values())), str):
        part.parts = [Part("text", text=next(iter(response.values())))]
        part.error = "error" in response
    else:
        part.value = response
    for one in camel(held.get("parts") or []):
        media = read_part(one, ids, ask)
        if media:
            part.parts.append(media)
    return part


def read_tool(ask: Ask, tool: Json) -> None:
    """Functions; the provider's own tools are noted only."""
    for held in tool.get("functionDeclarations") or []:
        schema = held.get("parametersJsonSchema") or plain_schema(held.get("parameters"))
        ask.tools.append(Tool(held["name"], held.get("description") or "", schema))
    ask.search = ask.search or "googleSearch" in tool
    ask.unread += [f"tool {name}" for name in tool if name != "functionDeclarations"]


def read_choice(ask: Ask, wanted: Json) -> None:
    """Which tools may be called."""
    ask.choice = {"AUTO": "auto", "NONE": "none", "ANY": "required"}.get(str(wanted.get("mode", "")).upper())
    ask.choice = wanted.get("allowedFunctionNames") or ask.choice


def read_shape(ask: Ask, config: Json) -> None:
    """Structured output."""
    if config.get("responseJsonSchema") or config.get("responseSchema"):
        ask.format = config.get("responseJsonSchema") or plain_schema(config["responseSchema"])
    elif config.get("responseMimeType") == "application/json":
        ask.format = "json"


def write(ask: Ask) -> tuple[Json, list[str]]:
    """``ask`` as ``contents`` and ``config`` for ``models.generate_content``, and what could not be said."""
    lost: list[str] = []
    turns = list(ask.turns)
    system: list[Json] = []
    while turns and turns[0].role == "system":
        system += [{"text": part.text} for part in turns.pop(0).parts if part.text]
    names = {part.id: part.name for turn in turns for part in turn.parts if part.kind == "call"}
    contents = []
    for turn in turns:
        parts = [one for part in turn.parts if (one := said(part, names, lost))]
        if parts:
            contents.append({"role": "model" if turn.role == "assistant" else "user", "parts": parts})
    config = kept({wire: getattr(ask, name) for wire, name in PLAIN.items()}) | kept({"stopSequences": ask.stop})
    if system:
        config["systemInstruction"] = {"parts": system}
    if ask.tools:
        config["tools"] = [{"functionDeclarations": [tool_of(tool) for tool in ask.tools]}]
    if ask.search:
        config["tools"] = [*config.get("tools", []), {"googleSearch": {}}]
    config |= kept({"toolConfig": chosen(ask.choice) if ask.tools else None, "thinkingConfig": thinking(ask)})
    if ask.format:
        config["responseMimeType"] = "application/json"
        if isinstance(ask.format, dict):
            config["responseJsonSchema"] = ask.format
    if ask.logprobs is not None:
        config |= {"responseLogprobs": True, **kept({"logprobs": ask.logprobs or None})}
    return {"contents": contents, "config": config, "stream": ask.stream}, lost


def thinking(ask: Ask) -> Json | None:
    """How much thinking is wanted, in Gemini's words."""
    if ask.budget is None and not ask.effort and ask.thoughts is None:
        return None
    level = ask.effort.upper() if ask.effort in ("minimal", "low", "medium", "high") and ask.budget is None else None
    budget = 0 if ask.effort == "none" else ask.budget
    wanted = ask.thoughts if ask.thoughts is not None else None if budget == 0 else True
    return kept({"thinkingBudget": budget, "thinkingLevel": level, "includeThoughts": wanted})


def tool_of(tool: Tool) -> Json:
    """A function declaration, its schema as JSON Schema."""
    return kept({"name": tool.name, "description": tool.description, "parametersJsonSchema": tool.schema})


def chosen(choice: str | list[str] | None) -> Json | None:
    """Tool choice in Gemini's words."""
    if choice is None:
        return None
    if isinstance(choice, list):
        return {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": choice}}
    return {"functionCallingConfig": {"mode": {"required": "ANY"}.get(choice, choice.upper())}}


def said(part: Part, names: dict[str, str], lost: list[str]) -> Json | None:
    """A part."""
    signature = {"thoughtSignature": part.signature} if is64(part.signature) else {}
    if part.kind in ("text", "refusal"):
        return {"text": part.text, **signature}
    if part.kind == "thinking" and part.text:
        return {"text": part.text, "thought": True, **signature}
    if part.kind == "call":
        return {
            "functionCall": {
                "id": part.id,
                "name": part.name,
                "args": part.value if isinstance(part.value, dict) else {},
            },
            **signature,
        }
    if part.kind == "result":
        return result_of(part, names, lost)
    if part.data and part.kind in MEDIA:
        return {"inlineData": {"mimeType": part.mime, "data": part.data}}
    if part.url and part.kind in MEDIA:
        mime = part.mime or MEDIA[part.kind]
        return {"fileData": {"mimeType": mime, "fileUri": part.url}}
    lost.append(part.kind)
    return None


def is64(text: str) -> bool:
    """Whether google-genai will take ``text`` as bytes."""
    try:
        return bool(text) and bool(base64.urlsafe_b64decode(text))
    except (ValueError, binascii.Error):
        return False


def result_of(part: Part, names: dict[str, str], lost: list[str]) -> Json:
    """A function response."""
    value = part.value if isinstance(part.value, dict) else {"error" if part.error else "output": result_text(part)}
    found: Json = {
        "id": part.id,
        "name": part.name or names.get(part.id) or part.id,
        "response": json.loads(json.dumps(value)),
    }
    media = [{"inlineData": {"mimeType": inner.mime, "data": inner.data}} for inner in part.parts if inner.data]
    if media:
        found["parts"] = media
    lost += ["media at an address in a tool result" for inner in part.parts if inner.kind != "text" and not inner.data]
    return {"functionResponse": found}
