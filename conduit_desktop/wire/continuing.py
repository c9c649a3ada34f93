"""Having a turn that broke off written on: which API goes on with the beginning of an assistant's turn, how it is
asked, and how what it writes is joined to what is there.

Only APIs that are known to write on stand in the table. Others take such a request too and begin anew (OpenAI's,
Cohere's, most servers that speak OpenAI's dialect), or refuse it. They are asked the same again (``AGAIN``), and what
they say is used only if it begins with the very words that were said. One that refuses, or says other words, costs a
call: the stream then ends as it would have ended.

Sources: docs.claude.com (prefilling, migration to 4.6: 400 from there on;
not together with thinking or structured output; no blank at the end), docs.mistral.ai (``prefix``; the answer repeats
it, see vercel/ai#3256), api-docs.deepseek.com (Chat Prefix Completion, beta), platform.kimi.ai (Partial Mode: not
repeated), docs.vllm.ai (``continue_final_message``), llama.cpp's server ("Assistant response prefill is incompatible
with enable_thinking"), ollama/ollama#6778, openrouter.ai/docs (Assistant Prefill), console.groq.com/docs/prefilling,
docs.aws.amazon.com/nova (request schema), and LibreChat-AI/agents#323 with pipecat-ai/pipecat#5821 for the Gemini
models that refuse it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import msgspec

from conduit_desktop.wire.dialects.base import Json
from conduit_desktop.wire.messages import Message, Reasoning, Request, Text

SURE = 24
"""Letters from which on it is no chance that an answer begins as the turn did."""
_BYTES_A_TOKEN = 4
_replace = msgspec.structs.replace


@dataclass(frozen=True, slots=True)
class Prefill:
    """How an API is asked to write on. ``message`` and ``body`` are members of the turn and of the request that say
    so, ``path`` where that is another endpoint. ``repeats``: its answer begins with the turn as it was sent.
    ``thinks``: it may think before it writes on; others must be told not to. ``anew``: it is asked the same again."""

    message: Json = field(default_factory=dict)
    body: Json = field(default_factory=dict)
    path: str = ""
    repeats: bool = False
    thinks: bool = False
    anew: bool = False


AGAIN = Prefill(anew=True)
"""For every API that is not known to write on."""


@dataclass(frozen=True, slots=True)
class Row:
    """Provider kinds (empty: any) in whose ``dialect`` the models like ``models`` write on."""

    kinds: frozenset[str]
    dialect: str
    models: re.Pattern[str]
    how: Prefill


def _row(kinds: str, dialect: str, models: str, how: Prefill) -> Row:
    return Row(frozenset(kinds.split()), dialect, re.compile(models, re.IGNORECASE), how)


_PLAIN = Prefill()
_CLAUDE = r"claude-(?:v?[23]|instant|(?:opus|sonnet|haiku)-4(?:$|[:@]|[.-](?:[015](?!\d)|20\d{6})))"  # up to 4.5
_NO_THINKERS = r"^(?!.*(?:gpt-oss|magistral|-r1|thinking|reason))"
"""Who thinks whatever it is told has no place for a beginning."""

TABLE: tuple[Row, ...] = (
    _row("", "anthropic-messages", _CLAUDE, _PLAIN),
    _row("", "bedrock-converse", f"{_CLAUDE}|amazon\\.nova", _PLAIN),
    _row("", "gemini", r"gemini-(?:2\.|3-|3\.1-|3\.5-flash$|pro-latest)", Prefill(thinks=True)),
    _row("mistral", "openai-chat", _NO_THINKERS, Prefill(message={"prefix": True}, repeats=True)),
    _row(
        "deepseek",
        "openai-chat",
        _NO_THINKERS,
        Prefill(message={"prefix": True}, path="/beta/chat/completions"),
    ),
    _row("moonshot", "openai-chat", _NO_THINKERS, Prefill(message={"partial": True})),
    _row(
        "vllm",
        "openai-chat",
        _NO_THINKERS,
        Prefill(body={"continue_final_message": True, "add_generation_prompt": False}),
    ),
    _row("llama.cpp", "openai-chat", _NO_THINKERS, _PLAIN),
    _row("ollama", "ollama", _NO_THINKERS, _PLAIN),
    _row("ollama", "openai-chat", _NO_THINKERS, _PLAIN),
    _row("groq", "openai-chat", r"llama|kimi", _PLAIN),
    _row(
        "openrouter",
        "openai-chat",
        f"{_NO_THINKERS}(?:mistralai|meta-llama|deepseek|qwen|nousresearch)/|{_CLAUDE}",
        _PLAIN,
    ),
)


def prefill_of(kind: str, dialect: str, model: str) -> Prefill | None:
    """How a provider of this kind is asked in this dialect to have ``model`` write on; None where it cannot be."""
    for row in TABLE:
        if row.dialect == dialect and (not row.kinds or kind in row.kinds) and row.models.search(model):
            return row.how
    return None


def may(request: Request) -> bool:
    """Whether an answer to this request could be written on: one answer, in words, that nothing ties to a shape or to
    a provider's own tools and memory."""
    choice = request.tool_choice
    return (
        request.n in (None, 1)
        and request.format is None
        and request.audio is None
        and set(request.modalities) <= {"text"}
        and not (choice is not None and choice.mode == "required")
        and not request.previous_id
        and all(tool.kind in ("function", "custom") for tool in request.tools)
    )


def asked(request: Request, text: str, how: Prefill, dialect: str) -> Request:
    """The request again, with ``text`` as the beginning of the assistant's turn. What is written counts against its
    limit of output."""
    if how.anew:
        return request
    turn = Message(role="assistant", parts=[Text(text=text)])
    earlier = request.messages
    if earlier and earlier[-1].role == "assistant":  # the client had begun the turn itself
        turn = _replace(earlier[-1], parts=[*earlier[-1].parts, *turn.parts])
        earlier = earlier[:-1]
    turn.extras = {**turn.extras, dialect: {**turn.extras.get(dialect, {}), **how.message}}
    more = {**request.extras, dialect: {**request.extras.get(dialect, {}), **how.body}}
    limit = request.max_tokens
    if limit is not None:
        limit = max(limit - len(text.encode("utf-8", "replace")) // _BYTES_A_TOKEN, 1)
    reasoning = request.reasoning if how.thinks else Reasoning(enabled=False)
    return _replace(request, messages=[*earlier, turn], extras=more, max_tokens=limit, reasoning=reasoning)


def begun(request: Request) -> str:
    """What the client itself had begun the answer with, which a provider that repeats the beginning repeats too."""
    last = request.messages[-1] if request.messages else None
    if last is None or last.role != "assistant":
        return ""
    return "".join(part.text for part in last.parts if isinstance(part, Text))


class Seam:
    """Joins what is written on to what was there. ``sent`` is the beginning that the provider was given; ``blank`` the
    blanks behind it, which the client has and the provider was not given (some refuse a turn that ends in one, and
    none writes on well behind it). A repetition of ``sent`` is cut off: of ``always`` however short it is, else where
    it is too long for chance."""

    departed = False
    """Whether what comes is of no use."""

    def __init__(self, sent: str, blank: str = "", *, always: bool = False) -> None:
        self._repeated = sent.strip() if always or len(sent.strip()) >= SURE else ""
        self._blank = blank
        self._always = always
        self._held = ""

    def feed(self, text: str) -> str:
        """What of ``text`` goes on by now."""
        if not self._repeated:
            return self._joined(text)
        self._held += text
        said, wanted = self._held.lstrip(), self._repeated
        if wanted.startswith(said) and said != wanted:
            return ""
        held, self._held, self._repeated = self._held, "", ""
        return self._joined(said[len(wanted) :] if said.startswith(wanted) else held)

    def rest(self) -> str:
        """What was held back when no more comes: the beginning of what might have become a repetition."""
        held, self._held, self._repeated = self._held, "", ""
        return "" if self._always else self._joined(held)

    def _joined(self, text: str) -> str:
        """The text without the blanks that the client has already."""
        same = 0
        while same < min(len(text), len(self._blank)) and text[same] == self._blank[same]:
            same += 1
        self._blank = self._blank[same:] if same == len(text) else ""
        return text[same:]


class Again(Seam):
    """Joins the answer to the same request, asked again: it has to begin with what was said, in the very words."""

    def __init__(self, said: str) -> None:
        super().__init__(said.rstrip(), said[len(said.rstrip()) :], always=True)

    def feed(self, text: str) -> str:
        if self._repeated:
            said = (self._held + text).lstrip()
            self.departed = not (said.startswith(self._repeated) or self._repeated.startswith(said))
        return "" if self.departed else super().feed(text)

    def rest(self) -> str:
        self.departed = self.departed or bool(self._repeated)
        return super().rest()
