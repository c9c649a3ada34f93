"""A request in OpenAI's Responses."""

from __future__ import annotations

from typing import Any

from tests.matrix.asks.common import arguments, kept, listed, part_of_url, result_text, text_of, url_of
from tests.matrix.neutral import Ask, Json, Part, Tool, Turn, parsed

PLAIN = {
    "temperature": "temperature",
    "top_p": "top_p",
    "parallel_tool_calls": "parallel",
    "user": "user",
    "service_tier": "service_tier",
    "max_output_tokens": "max_tokens",
}
KNOWN = {
    *PLAIN,
    "model",
    "input",
    "instructions",
    "tools",
    "tool_choice",
    "text",
    "reasoning",
    "stream",
    "include",
    "store",
}


def read(body: Json, endpoint: str = "") -> Ask:
    """What ``body`` asks for."""
    ask = Ask(stream=bool(body.get("stream")))
    for wire, name in PLAIN.items():
        if body.get(wire) is not None:
            setattr(ask, name, body[wire])
    if isinstance(body.get("instructions"), str):
        ask.turns.append(Turn("system", [Part("text", text=body["instructions"])]))
    given = body.get("input")
    for item in [{"role": "user", "content": given}] if isinstance(given, str) else listed(given):
        turn = read_item(item, ask)
        if turn:
            add(ask.turns, turn)
    for tool in body.get("tools") or []:
        read_tool(ask, tool)
    ask.choice = read_choice(body.get("tool_choice"))
    wanted = (body.get("text") or {}).get("format") or {}
    if wanted.get("type") == "json_object":
        ask.format = "json"
    elif wanted.get("type") == "json_schema":
        ask.format, ask.format_name, ask.format_strict = (
            wanted.get("schema"),
            wanted.get("name") or "",
            wanted.get("strict"),
        )
    reasoning = body.get("reasoning") or {}
    ask.effort = reasoning.get("effort") or ""
    ask.thoughts = True if reasoning.get("summary") else None
    if body.get("top_logprobs") or "message.output_text.logprobs" in (body.get("include") or []):
        ask.logprobs = body.get("top_logprobs") or 0
    ask.unread += sorted(set(body) - KNOWN)
    return ask


def add(turns: list[Turn], turn: Turn) -> None:
    """Items of the model's that follow each other are one turn of its, as are results."""
    if turns and turns[-1].role == turn.role and turn.role in ("assistant", "tool"):
        turns[-1].parts += turn.parts
    else:
        turns.append(turn)


def read_item(item: Json, ask: Ask) -> Turn | None:
    """One item of the input."""
    kind = item.get("type") or "message"
    if kind == "message":
        role = {"developer": "system"}.get(item["role"], item["role"])
        held = item.get("content")
        return Turn(
            role, [part for one in ([held] if isinstance(held, str) else listed(held)) if (part := read_part(one))]
        )
    if kind == "function_call":
        return Turn(
            "assistant", [Part("call", id=item["call_id"], name=item["name"], value=parsed(item.get("arguments")))]
        )
    if kind == "function_call_output":
        given = item.get("output")
        parts = [part for one in ([given] if isinstance(given, str) else listed(given)) if (part := read_part(one))]
        return Turn("tool", [Part("result", id=item["call_id"], parts=parts)])
    if kind == "reasoning":
        said = item.get("content") or item.get("summary") or []
        text = "".join(one.get("text") or "" for one in said)
        return Turn(
            "assistant",
            [Part("thinking", text=text, signature=item.get("encrypted_content") or "", id=item.get("id") or "")],
        )
    ask.unread.append(f"item {kind}")
    return None


def read_part(held: Any) -> Part | None:
    """One part of a message or of a result."""
    if isinstance(held, str):
        return Part("text", text=held)
    kind = held.get("type")
    if kind in ("input_text", "output_text", "text"):
        return Part("text", text=held.get("text") or "")
    if kind == "refusal":
        return Part("refusal", text=held["refusal"])
    if kind == "input_image":
        detail = held.get("detail") or ""
        if held.get("file_id"):
            return Part("image", file_id=held["file_id"], detail=detail)
        return part_of_url(held.get("image_url") or "", detail=detail)
    if kind == "input_file":
        name = held.get("filename") or ""
        if held.get("file_data"):
            return part_of_url(held["file_data"], "file", name=name)
        return Part("file", url=held.get("file_url") or "", file_id=held.get("file_id") or "", name=name)
    return None


def read_tool(ask: Ask, tool: Json) -> None:
    """A function, flat or (as some clients send it) nested; a provider's own tool is noted only."""
    held = tool.get("function") or tool
    if tool.get("type") == "function" and held.get("name"):
        ask.tools.append(Tool(held["name"], held.get("description") or "", held.get("parameters"), held.get("strict")))
    else:
        ask.search = ask.search or str(tool.get("type")).startswith("web_search")
        ask.unread.append(f"tool {tool.get('type')}")


def read_choice(wanted: Any) -> str | list[str] | None:
    """Which tools may be called."""
    if not isinstance(wanted, dict):
        return wanted
    if wanted.get("type") == "allowed_tools":
        return [tool["name"] for tool in wanted.get("tools") or [] if tool.get("name")] or None
    return [wanted["name"]] if wanted.get("name") else None


def write(ask: Ask) -> tuple[Json, list[str]]:
    """``ask`` as a body for ``responses.create``, and what could not be said."""
    lost: list[str] = [
        name
        for name in ("seed", "n", "top_k", "frequency_penalty", "presence_penalty")
        if getattr(ask, name) is not None
    ]
    turns = list(ask.turns)
    body: Json = {"store": False}
    if turns and turns[0].role == "system":
        body["instructions"] = text_of(turns.pop(0).parts)
    body["input"] = [item for turn in turns for item in items(turn, lost)]
    body |= kept({wire: getattr(ask, name) for wire, name in PLAIN.items()})
    if ask.tools:
        body["tools"] = [tool_of(tool) for tool in ask.tools]
        body |= kept({"tool_choice": chosen(ask.choice)})
    else:
        body.pop("parallel_tool_calls", None)
    if ask.search:
        body["tools"] = [*body.get("tools", []), {"type": "web_search"}]
    if ask.format == "json":
        body["text"] = {"format": {"type": "json_object"}}
    elif isinstance(ask.format, dict):
        held = kept({"name": ask.format_name or "answer", "schema": ask.format, "strict": ask.format_strict})
        body["text"] = {"format": {"type": "json_schema", **held}}
    reasoning = kept({"effort": ask.effort, "summary": "auto" if ask.thoughts or ask.budget else None})
    body["include"] = ["reasoning.encrypted_content"]
    if reasoning:
        body["reasoning"] = reasoning
    if ask.logprobs is not None:
        body["include"].append("message.output_text.logprobs")
        body["top_logprobs"] = ask.logprobs
    if ask.stop:
        lost.append("stop")
    if ask.stream:
        body["stream"] = True
    return body, lost


def tool_of(tool: Tool) -> Json:
    """A function; the SDK's type requires the schema and ``strict``."""
    schema = tool.schema or {"type": "object", "properties": {}}
    return {
        "type": "function",
        **kept({"name": tool.name, "description": tool.description}),
        "parameters": schema,
        "strict": tool.strict or False,
    }


def chosen(choice: str | list[str] | None) -> Any:
    """Tool choice in the words of Responses."""
    if not isinstance(choice, list):
        return choice
    if len(choice) == 1:
        return {"type": "function", "name": choice[0]}
    return {
        "type": "allowed_tools",
        "mode": "required",
        "tools": [{"type": "function", "name": name} for name in choice],
    }


def items(turn: Turn, lost: list[str]) -> list[Json]:
    """A turn as items: messages hold text and media, everything else is an item of its own."""
    found: list[Json] = []
    pieces: list[Json] = []

    def close() -> None:
        if pieces:
            role = "developer" if turn.role == "system" else turn.role
            found.append(
                {"type": "message", "role": role, "content": list(pieces)}
                | ({"id": f"msg_{id(turn):x}", "status": "completed"} if role == "assistant" else {})
            )
            pieces.clear()

    for part in turn.parts:
        own = item(part, lost)
        if own:
            close()
            found.append(own)
        elif part.kind not in ("call", "result", "thinking"):
            piece = said(part, turn.role, lost)
            pieces.extend([piece] if piece else [])
    close()
    return found or ([{"type": "message", "role": turn.role, "content": ""}] if turn.role in ("user", "system") else [])


def item(part: Part, lost: list[str]) -> Json | None:
    """A part that is an item."""
    if part.kind == "call":
        return {"type": "function_call", "call_id": part.id, "name": part.name, "arguments": arguments(part)}
    if part.kind == "result":
        if any(inner.kind != "text" for inner in part.parts):
            output = [piece for inner in part.parts if (piece := said(inner, "user", lost))]
            return {"type": "function_call_output", "call_id": part.id, "output": output}
        return {"type": "function_call_output", "call_id": part.id, "output": result_text(part)}
    if part.kind == "thinking":
        summary = [{"type": "summary_text", "text": part.text}] if part.text else []
        return {
            "type": "reasoning",
            "id": part.id or f"rs_{id(part):x}",
            "summary": summary,
            **kept({"encrypted_content": part.signature}),
        }
    return None


def said(part: Part, role: str, lost: list[str]) -> Json | None:
    """A part of a message."""
    if part.kind == "text":
        own: Json = {"annotations": []} if role == "assistant" else {}
        return {"type": "output_text" if role == "assistant" else "input_text", "text": part.text, **own}
    if part.kind == "refusal" and role == "assistant":
        return {"type": "refusal", "refusal": part.text}
    if part.kind == "image" and role != "assistant":
        where = {"file_id": part.file_id} if part.file_id else {"image_url": url_of(part)}
        return {"type": "input_image", "detail": part.detail or "auto", **where}
    if part.kind == "file" and role != "assistant":
        if part.data:
            return {"type": "input_file", "filename": part.name or "file", "file_data": url_of(part)}
        return {"type": "input_file", **kept({"file_url": part.url, "file_id": part.file_id})}
    lost.append(f"{part.kind} of the {role}")
    return None
