"""The canonical form of a conversation: what every dialect decodes to and encodes from.

Data only. It holds what any dialect can say; members that one dialect alone knows are kept under that dialect's name in
``extras``, so that they can be given back or named when they are dropped. Unset means that nobody said anything: an
encoder leaves it out. Values that are JSON on the wire (schemas, metadata) stay as decoded JSON; base64 stays standard
base64 text.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from conduit_desktop.wire.usage import Usage

Role = Literal["system", "developer", "user", "assistant", "tool"]
MediaKind = Literal["image", "audio", "video", "document"]
Finish = Literal[
    "stop",  # the model had said all it wanted
    "stop_sequence",  # one of the request's stop sequences came
    "length",  # the output limit was reached
    "context_length",  # the context window was full
    "tool_calls",  # the model waits for tool results
    "content_filter",  # the provider held (part of) the answer back
    "refusal",  # the model declined
    "pause",  # a long turn was paused: send it back to go on
    "malformed_call",  # the model wrote a tool call that could not be read
    "error",  # the provider failed in the middle
    "other",
]


class Cache(msgspec.Struct, frozen=True):
    """A marker: everything up to here is worth caching. ``ttl`` is ``5m`` or ``1h``, empty for the provider's own."""

    ttl: str = ""


class Citation(msgspec.Struct, kw_only=True):
    """Where a statement comes from. ``start`` and ``end`` are character offsets in the text part that holds the
    citation, None when the whole part is meant. ``quote`` is the source's own words, ``text`` the answer's. A web
    source has ``url``; a document has ``document`` (its index in the request) or ``source_id``, with ``unit`` saying
    what ``source_start`` and ``source_end`` count. ``native`` is the citation as the dialect ``origin`` wrote it."""

    text: str = ""
    quote: str = ""
    url: str = ""
    title: str = ""
    start: int | None = None
    end: int | None = None
    document: int | None = None
    source_id: str = ""
    unit: Literal["", "char", "page", "block"] = ""
    source_start: int | None = None
    source_end: int | None = None
    origin: str = ""
    native: Any = None


class _Part(msgspec.Struct, kw_only=True):
    """``signature`` is the provider's opaque proof that must come back with the part (Anthropic's ``signature`` of
    thinking, Gemini's ``thoughtSignature`` of any part)."""

    cache: Cache | None = None
    signature: str = ""
    extras: dict[str, Any] = msgspec.field(default_factory=dict)


class Text(_Part, tag="text"):
    """Words. Offsets of ``citations`` count characters of ``text``."""

    text: str = ""
    citations: list[Citation] = msgspec.field(default_factory=list)


class Media(_Part, tag="media"):
    """An image, sound, film or document: exactly one of ``data`` (base64), ``url``, ``file_id`` and ``text`` (a
    document in plain words) is set, or ``parts`` (a document of content blocks). ``media_type`` is a MIME type, empty
    when not known. ``detail`` is OpenAI's (low, high, auto). ``transcript`` is what a sound says. ``citable``: the
    model may cite from it."""

    kind: MediaKind = "image"
    media_type: str = ""
    data: str = ""
    url: str = ""
    file_id: str = ""
    text: str = ""
    parts: list[Part] = msgspec.field(default_factory=list)
    name: str = ""
    title: str = ""
    context: str = ""
    detail: str = ""
    transcript: str = ""
    id: str = ""
    expires: int | None = None
    citable: bool | None = None


class Thinking(_Part, tag="thinking"):
    """The model's reasoning. ``sections`` are its paragraphs (several where a provider numbers its summaries);
    ``summarised``: they are a summary, not the thoughts themselves. ``encrypted`` is reasoning that only the provider
    can read (Anthropic's redacted thinking, OpenAI's encrypted content). ``id`` is the provider's id of the item."""

    sections: list[str] = msgspec.field(default_factory=list)
    summarised: bool = False
    encrypted: str = ""
    id: str = ""

    @property
    def text(self) -> str:
        return "\n\n".join(self.sections)


class Refusal(_Part, tag="refusal"):
    """The model declined, in its own words."""

    text: str = ""


class ToolCall(_Part, tag="tool_call"):
    """A call that the model wants made. ``arguments`` is the JSON text of an object as it came (for a ``custom``
    tool: its plain input); empty arguments are ``{}``. ``id`` links it to its result, empty where the dialect has no
    ids."""

    id: str = ""
    name: str = ""
    arguments: str = "{}"
    custom: bool = False


class ToolResult(_Part, tag="tool_result"):
    """What a call gave. ``call_id`` is the call's id; ``name`` the tool's, empty where not told. ``failed``: the tool
    reported an error; None where the dialect does not say."""

    call_id: str = ""
    name: str = ""
    parts: list[Part] = msgspec.field(default_factory=list)
    failed: bool | None = None
    custom: bool = False


class Foreign(_Part, tag="foreign"):
    """A block that only its own dialect knows (a server tool's call or result, a code execution, …), kept whole:
    ``data`` is its JSON, ``kind`` its type there. Encoders of other dialects leave it out and say so."""

    dialect: str = ""
    kind: str = ""
    data: Any = None


Part = Text | Media | Thinking | Refusal | ToolCall | ToolResult | Foreign


class Message(msgspec.Struct, kw_only=True):
    """One turn. A ``tool`` message holds ToolResults only, and no other role holds any. ``name`` is the
    participant's."""

    role: Role
    parts: list[Part] = msgspec.field(default_factory=list)
    name: str = ""
    extras: dict[str, Any] = msgspec.field(default_factory=dict)


class Tool(msgspec.Struct, kw_only=True):
    """Something that the model may call. A ``function`` has a JSON schema (``parameters``, None when it takes none);
    a ``custom`` one takes plain text; ``web_search`` is the provider's own search; ``server`` is any other tool that
    runs at the provider. ``data`` is the definition as the dialect ``origin`` wrote it (not of functions): others do
    not read it. What any dialect can say of a web search stands in ``extras["web_search"]``, whoever wrote the tool:
    ``allowed_domains`` and ``blocked_domains`` (lists), ``max_uses``, ``user_location`` (``city``, ``country``,
    ``region``, ``timezone``), ``context_size`` (low, medium, high); each only where it was given."""

    kind: Literal["function", "custom", "web_search", "server"] = "function"
    name: str = ""
    description: str = ""
    parameters: dict[str, Any] | None = None
    strict: bool | None = None
    cache: Cache | None = None
    origin: str = ""
    data: Any = None
    extras: dict[str, Any] = msgspec.field(default_factory=dict)


class ToolChoice(msgspec.Struct, kw_only=True):
    """Whether the model may, must or must not call. ``names`` restricts which: one name with ``required`` forces it."""

    mode: Literal["auto", "none", "required"] = "auto"
    names: list[str] = msgspec.field(default_factory=list)


class Format(msgspec.Struct, kw_only=True):
    """How the answer's text must look: any JSON object, or JSON after ``schema``."""

    kind: Literal["json", "schema"] = "json"
    name: str = ""
    description: str = ""
    schema: dict[str, Any] | None = None
    strict: bool | None = None


class Reasoning(msgspec.Struct, kw_only=True):
    """How much the model may think. ``enabled`` None: not said. ``effort`` is a word (none, minimal, low, medium, high,
    xhigh, max); ``budget`` is tokens, -1 for as many as the model likes. ``summary`` is OpenAI's (auto, concise,
    detailed); ``visible``: whether the thoughts come with the answer."""

    enabled: bool | None = None
    effort: str = ""
    budget: int | None = None
    summary: str = ""
    visible: bool | None = None


class Request(msgspec.Struct, kw_only=True):
    """What a client asks for. ``stream_usage``: usage is to come in the stream. ``cache_key`` steers prompt caching,
    ``previous_id`` continues a stored answer, ``audio`` is OpenAI's voice and format of a spoken answer, ``logprobs``
    asks for them and ``top_logprobs`` for that many alternatives. System messages stand where they were said."""

    model: str = ""
    messages: list[Message] = msgspec.field(default_factory=list)
    stream: bool = False
    stream_usage: bool | None = None
    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    min_p: float | None = None
    n: int | None = None
    stop: list[str] = msgspec.field(default_factory=list)
    seed: int | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    repetition_penalty: float | None = None
    logit_bias: dict[str, float] | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = None
    tools: list[Tool] = msgspec.field(default_factory=list)
    tool_choice: ToolChoice | None = None
    parallel_tools: bool | None = None
    format: Format | None = None
    reasoning: Reasoning | None = None
    verbosity: str = ""
    modalities: list[str] = msgspec.field(default_factory=list)
    audio: dict[str, Any] | None = None
    user: str = ""
    metadata: dict[str, Any] | None = None
    service_tier: str = ""
    store: bool | None = None
    cache_key: str = ""
    previous_id: str = ""
    extras: dict[str, Any] = msgspec.field(default_factory=dict)


class Logprob(msgspec.Struct, kw_only=True):
    """A token's log probability, with its likeliest rivals. ``bytes`` is its UTF-8, None where not told."""

    token: str
    logprob: float
    bytes: list[int] | None = None
    top: list[Logprob] = msgspec.field(default_factory=list)


class Choice(msgspec.Struct, kw_only=True):
    """One answer. ``native_finish`` is the finish reason in the word of the dialect that the answer came in, and
    ``stop_sequence`` the sequence that ended it."""

    index: int = 0
    parts: list[Part] = msgspec.field(default_factory=list)
    finish: Finish | None = None
    native_finish: str = ""
    stop_sequence: str = ""
    logprobs: list[Logprob] | None = None
    extras: dict[str, Any] = msgspec.field(default_factory=dict)


class Response(msgspec.Struct, kw_only=True):
    """A whole answer. ``created`` is Unix seconds, None where not told; ``model`` is the provider's word for it."""

    id: str = ""
    model: str = ""
    created: int | None = None
    choices: list[Choice] = msgspec.field(default_factory=list)
    usage: Usage | None = None
    service_tier: str = ""
    extras: dict[str, Any] = msgspec.field(default_factory=dict)
