"""Whether what a client asked for is what the provider was asked for: both requests read in neutral words.

What the gateway says it dropped (``x-conduit-dropped``, kept with the attempt) is not missed; everything else is.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from tests.matrix.asks.common import result_text
from tests.matrix.neutral import Ask, Part, Tool
from tests.matrix.table import Miss

PARAMETERS = {
    "temperature": (),
    "top_p": (),
    "top_k": (),
    "seed": (),
    "frequency_penalty": (),
    "presence_penalty": (),
    "stop": ("stop_sequences", "stopSequences"),
    "max_tokens": ("max_completion_tokens", "max_output_tokens", "maxOutputTokens", "num_predict"),
    "logprobs": ("top_logprobs", "responseLogprobs"),
    "parallel": ("parallel_tool_calls", "disable_parallel_tool_use"),
    "choice": ("tool_choice", "toolConfig"),
}
"""Parameters that are the same thing everywhere -> other names under which they may be said to be dropped."""


def missing(asked: Ask, sent: Ask, dropped: str) -> list[Miss]:
    """What of ``asked`` is not in ``sent``."""
    misses = [Miss("asked conversation", *apart) for apart in differences(flat(asked), flat(sent))]
    misses += parameters(asked, sent, dropped.lower())
    misses += tools(asked, sent)
    misses += shape(asked, sent)
    if asked.search and not sent.search and "search" not in dropped.lower():
        misses.append(Miss("asked search", True, False))
    misses += thinking(asked, sent, dropped.lower())
    return misses


def flat(ask: Ask) -> list[tuple[str, str, Any]]:
    """The conversation as (role, kind, value): neighbouring texts of a role are one, thinking is left out."""
    found: list[tuple[str, str, Any]] = []
    for turn in ask.turns:
        for part in turn.parts:
            role = "tool" if part.kind == "result" else turn.role
            kind, value = valued(part)
            if kind == "text" and found and found[-1][:2] == (role, "text"):
                found[-1] = (role, "text", found[-1][2] + value)
            elif kind and value != "":
                found.append((role, kind, value))
    return found


def valued(part: Part) -> tuple[str, Any]:
    """A part as kind and value; media by what they hold."""
    if part.kind in ("text", "refusal"):
        return "text", bare(part.text)
    if part.kind == "call":
        return "call", (part.name, json.dumps(part.value, sort_keys=True))
    if part.kind == "result":
        media = [valued(inner) for inner in part.parts if inner.kind != "text"]
        return "result", (bare(result_text(part)), *media)
    if part.kind in ("image", "file", "audio", "video"):
        data = part.data.replace("-", "+").replace("_", "/").rstrip("=")
        return "media", part.url or part.file_id or hashlib.sha256(data.encode()).hexdigest()[:16]
    return "", ""


def bare(text: str) -> str:
    """``text`` without blanks: how blocks are joined is nobody's content."""
    return re.sub(r"\s+", "", text)


def differences(asked: list[Any], sent: list[Any]) -> list[tuple[Any, Any]]:
    """The first place where two conversations part; empty when they do not."""
    for at in range(max(len(asked), len(sent))):
        one, other = (held[at] if at < len(held) else "nothing" for held in (asked, sent))
        if one != other:
            return [(one, other)]
    return []


def parameters(asked: Ask, sent: Ask, dropped: str) -> list[Miss]:
    """The plain parameters."""
    misses = []
    for name, others in PARAMETERS.items():
        want, got = getattr(asked, name), getattr(sent, name)
        if (
            want in (None, [], "")
            or (name == "top_p" and want == 1)
            or any(word.lower() in dropped for word in (name, *others))
        ):
            continue
        if name == "choice" and (
            want == "auto" or (isinstance(want, list) and len(asked.tools) == 1 and got == "required")
        ):
            # "auto" is what nothing said means; the one tool there is, is called when any must be.
            continue
        if name == "parallel" and (want is True or not asked.tools):
            continue
        if want != got:
            misses.append(Miss(f"asked {name}", want, got))
    return misses


def tools(asked: Ask, sent: Ask) -> list[Miss]:
    """The tools: a schema may be respelt for the provider, its names may not be lost."""
    have = {tool.name: tool for tool in sent.tools}
    misses = []
    for tool in asked.tools:
        other = have.get(tool.name)
        if other is None:
            misses.append(Miss("asked tool", tool.name, sorted(have)))
        elif described(tool) != described(other):
            misses.append(Miss(f"asked tool {tool.name}", described(tool), described(other)))
    return misses


def described(tool: Tool) -> tuple[str, list[str], list[str]]:
    """What counts of a tool: its description, its arguments, which of them are required."""
    schema = tool.schema if isinstance(tool.schema, dict) else {}
    return bare(tool.description), sorted(schema.get("properties") or {}), sorted(schema.get("required") or [])


def shape(asked: Ask, sent: Ask) -> list[Miss]:
    """Structured output: by format, or by a tool that must be called."""
    if not asked.format or sent.format:
        return []
    own = {tool.name for tool in sent.tools} - {tool.name for tool in asked.tools}
    return [] if own and sent.choice not in (None, "none") else [Miss("asked format", asked.format, sent.format)]


def thinking(asked: Ask, sent: Ask, dropped: str) -> list[Miss]:
    """Whether thinking is wanted, or is not; how much is a matter of scales."""
    if any(word in dropped for word in ("think", "reasoning", "effort")):
        return []
    want, got = wanted(asked), wanted(sent)
    if want and got is None and not asked.effort and asked.budget == -1:
        # As it likes: what a model that thinks does by itself.
        return []
    return [] if want is None or want == got else [Miss("asked thinking", want, got)]


def wanted(ask: Ask) -> bool | None:
    """Whether a request wants thinking; ``None`` where it says nothing."""
    if ask.effort:
        return ask.effort != "none"
    return None if ask.budget is None else ask.budget != 0
