"""What is asked and what is answered, in no provider's words: the two shapes that the matrix compares."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass
class Part:
    """A piece of a turn. ``kind`` is text, image, file, audio, video, call, result, thinking or refusal.

    Media has ``data`` (base64) with ``mime``, or a ``url``, or a provider's ``file_id``. A call has ``id``, ``name``
    and ``value`` (its arguments); a result has ``id``, ``name`` and ``parts`` (or a JSON ``value``)."""

    kind: str
    text: str = ""
    data: str = ""
    mime: str = ""
    url: str = ""
    file_id: str = ""
    name: str = ""
    detail: str = ""
    id: str = ""
    value: Any = None
    parts: list[Part] = field(default_factory=list)
    error: bool = False
    signature: str = ""
    redacted: bool = False
    cache: str = ""


@dataclass
class Turn:
    """One message. ``role`` is system, user, assistant or tool (a tool turn holds results only)."""

    role: str
    parts: list[Part]


@dataclass
class Tool:
    """A function the model may call. ``strict`` is ``None`` where nothing was said."""

    name: str
    description: str = ""
    schema: Json | None = None
    strict: bool | None = None
    cache: str = ""


@dataclass
class Ask:
    """A request. ``choice`` is auto, none, required or a list of allowed names; ``format`` is json, or the schema
    wanted; ``effort`` and ``budget`` are how much thinking is wanted (``budget`` 0: none, -1: as it likes). ``search``:
    the provider may look things up in the web. ``unread`` names what this reading has no words for."""

    turns: list[Turn] = field(default_factory=list)
    tools: list[Tool] = field(default_factory=list)
    choice: str | list[str] | None = None
    parallel: bool | None = None
    format: str | Json | None = None
    format_name: str = ""
    format_strict: bool | None = None
    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    stop: list[str] = field(default_factory=list)
    seed: int | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    n: int | None = None
    logprobs: int | None = None
    effort: str = ""
    budget: int | None = None
    thoughts: bool | None = None
    user: str = ""
    service_tier: str = ""
    search: bool = False
    stream: bool = False
    unread: list[str] = field(default_factory=list)


@dataclass
class Call:
    """A tool call of an answer; ``value`` is its arguments as JSON, or as text where they are none."""

    name: str
    value: Any
    id: str = ""


@dataclass
class Usage:
    """Tokens. ``input`` holds cached ones, ``output`` reasoning. ``None``: nothing was said. ``also`` are readings of
    the same numbers that are as good (``{"output": [90]}``)."""

    input: int | None = None
    output: int | None = None
    cached: int | None = None
    written: int | None = None
    reasoning: int | None = None
    also: dict[str, list[int]] = field(default_factory=dict)


@dataclass
class Reply:
    """An answer (its first choice). ``finish`` is stop, length, tool, filter, pause, error, or empty where it never
    came.

    ``plan`` is Cohere's thinking aloud before calling tools. ``cited`` are the addresses that the text cites,
    ``sources`` all that were found; ``citations`` counts the places cited. ``error`` is what failed, once an answer had
    begun or instead of one (then with ``status``). ``order`` is how text, thinking and calls follow each other, in the
    dialects where they do; ``signatures`` counts the signed ones."""

    text: str = ""
    calls: list[Call] = field(default_factory=list)
    finish: str = ""
    reasoning: str = ""
    plan: str = ""
    signed: bool = False
    cited: set[str] = field(default_factory=set)
    sources: set[str] = field(default_factory=set)
    citations: int = 0
    refusal: str = ""
    media: int = 0
    transcript: str = ""
    logprobs: int = 0
    usage: Usage | None = None
    choices: int = 1
    others: list[str] = field(default_factory=list)
    error: str | None = None
    status: int = 200
    server_tools: bool = False
    order: list[str] = field(default_factory=list)
    signatures: int = 0

    def note(self, kind: str) -> None:
        """Text, thinking or a call comes next; what goes on is not noted again."""
        if kind == "call" or self.order[-1:] != [kind]:
            self.order.append(kind)


def parsed(text: Any) -> Any:
    """Arguments as JSON; empty ones are an empty object, broken ones stay text."""
    if not isinstance(text, str):
        return {} if text is None else text
    if not text.strip():
        return {}
    try:
        return json.loads(text)
    except ValueError:
        return text


def words(error: Any) -> str:
    """The message inside an error body of any provider; the whole of it as JSON where it has none."""
    if isinstance(error, str):
        return error
    if isinstance(error, list) and error:
        return words(error[0])
    if not isinstance(error, dict):
        return ""
    inner = error.get("error")
    if isinstance(inner, dict | list) or (isinstance(inner, str) and "message" not in error):
        return words(inner)
    for name in ("message", "Message", "detail", "msg"):
        if isinstance(error.get(name), str):
            return str(error[name])
        if isinstance(error.get(name), list | dict):
            return words(error[name])
    return json.dumps(error, ensure_ascii=False)
