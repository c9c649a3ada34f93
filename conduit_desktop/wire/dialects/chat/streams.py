"""A provider's stream of chat completion chunks, or its whole answer, read into events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from conduit_desktop.errors import UpstreamError
from conduit_desktop.wire import events as e
from conduit_desktop.wire.assemble import assemble
from conduit_desktop.wire.dialects.base import Json, truncated, unreadable
from conduit_desktop.wire.dialects.chat.choice import Choice
from conduit_desktop.wire.dialects.chat.citations import read_sources
from conduit_desktop.wire.dialects.chat.errors import decode_error
from conduit_desktop.wire.dialects.chat.thoughts import OWN
from conduit_desktop.wire.dialects.chat.usage import read_usage
from conduit_desktop.wire.dialects.chat.words import words_in
from conduit_desktop.wire.failure import Failure
from conduit_desktop.wire.messages import Citation, Response
from conduit_desktop.wire.node import invalid, misfit, missing

_ONCE = ("system_fingerprint", "provider")
"""Members that each chunk repeats: kept from the first."""
_KNOWN = frozenset(
    {
        "id",
        "object",
        "created",
        "model",
        "choices",
        "usage",
        "service_tier",
        "error",
        "obfuscation",
        "p",
        "type",
        *_ONCE,
    }
)
_decode = msgspec.json.Decoder().decode
_TRIES = 3
"""How many of one part's chunks may hold more than words until none is taken for such a one before it is looked at."""
_HIGHEST = 1000
"""Choice indexes above this are a provider's mistake."""


class ChatDecoder:
    """Reads one stream. The choices' ends are told with the stream's, because citations and usage come behind the
    finish reason. A stream is whole with ``[DONE]`` or when each choice has a finish reason."""

    __slots__ = (
        "_choices",
        "_extras",
        "_over",
        "_parts",
        "_read",
        "_sources",
        "_started",
        "_tags",
        "_tier",
        "_tries",
        "_usage",
    )

    def __init__(self, read: Callable[[Json], Json] | None = None, *, tags: bool = True) -> None:
        """``read`` turns a choice of another dialect into one of this."""
        self._read = read
        self._tags = tags
        self._choices: dict[int, Choice] = {}
        self._extras: Json = {}
        self._over = False
        self._parts = 0
        self._sources: list[Citation] = []
        self._started = False
        self._usage: Any = None
        self._tier: Any = None
        self._tries = 0

    def _number(self) -> int:
        self._parts += 1
        return self._parts - 1

    def feed(self, name: str, data: bytes) -> list[e.Event]:
        if self._over:
            return []
        if self._tries:
            if (words := words_in(data)) is not None:
                out: list[e.Event] = []
                if words:
                    self._choice(0).words(words, out)
                return out
            self._tries -= 1
        parts = self._parts
        out = self._look_through(name, data)
        if self._parts > parts and self._read is None:
            self._tries = _TRIES
        return out

    def _look_through(self, name: str, data: bytes) -> list[e.Event]:
        """The events of what may be anything."""
        if data[:6] == b"[DONE]":
            return self.finish() if self._choices else self._fail(truncated())
        try:
            chunk = _decode(data)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            return self._fail(unreadable(data))
        if not isinstance(chunk, dict):
            return self._fail(unreadable(data))
        if _suspicious(chunk):
            failure = failure_in(chunk, name)
            if failure is not None:
                return self._fail(failure)
        return self.take(chunk)

    def take(self, chunk: Json) -> list[e.Event]:
        """The events of one chunk."""
        out: list[e.Event] = []
        read = self._read
        if not _KNOWN.issuperset(chunk):
            self._beside(chunk)
        choices = chunk.get("choices")
        if not self._started and choices:
            self._start(chunk, out)
        if chunk.get("usage"):
            self._usage = chunk["usage"]
            self._tier = chunk.get("service_tier") or self._tier
        for raw in choices if isinstance(choices, list) else ():
            if isinstance(raw, dict):
                index = raw.get("index")
                index = index if type(index) is int and 0 <= index < _HIGHEST else 0
                self._choice(index).take(raw if read is None else read(raw), out)
        return out

    def _choice(self, index: int) -> Choice:
        choice = self._choices.get(index)
        if choice is None:
            choice = self._choices[index] = Choice(index, self._number, tags=self._tags)
        return choice

    def _start(self, chunk: Json, out: list[e.Event]) -> None:
        self._started = True
        created, self._tier = chunk.get("created"), chunk.get("service_tier")
        extras, self._extras = self._extras, {}
        extras |= {name: chunk[name] for name in _ONCE if chunk.get(name) is not None}
        out.append(
            e.Start(
                id=_text(chunk.get("id")),
                model=_text(chunk.get("model")),
                created=int(created) if isinstance(created, int | float) and created else None,
                service_tier=_text(self._tier),
                extras={OWN: extras} if extras else {},
            )
        )

    def _beside(self, chunk: Json) -> None:
        """Members that OpenAI's chunks do not have: usage of Groq's, sources, and what is only kept."""
        for name in chunk.keys() - _KNOWN:
            if chunk[name] is not None:
                self._extras[name] = chunk[name]
        groq = chunk.get("x_groq")
        if isinstance(groq, dict) and groq.get("usage"):
            self._usage = groq["usage"]
        if "citations" in chunk or "search_results" in chunk:
            self._sources = read_sources(chunk) or self._sources

    def finish(self) -> list[e.Event]:
        self._over = True
        out: list[e.Event] = []
        sources = self._sources
        for _, choice in sorted(self._choices.items()):
            choice.end(sources, out)
        if (usage := read_usage(self._usage, self._tier)) is not None:
            out.append(e.Tokens(usage))
        out.append(e.End(extras={OWN: self._extras} if self._extras else {}))
        return out

    def _fail(self, failure: Failure) -> list[e.Event]:
        self._over = True
        usage = read_usage(self._usage, self._tier)
        return [*([e.Tokens(usage)] if usage is not None else []), e.Failed(failure)]

    def end(self) -> list[e.Event]:
        if self._over:
            return []
        if self._choices and all(choice.finish for choice in self._choices.values()):
            return self.finish()
        return self._fail(truncated())


def _suspicious(chunk: Json) -> bool:
    """Whether a chunk may tell of a failure: what most do not, seen quickly."""
    choices = chunk.get("choices")
    if not choices or "error" in chunk or type(choices) is not list:
        return True
    for choice in choices:  # noqa: SIM110 (half the time of any() on each chunk)
        if type(choice) is not dict or "error" in choice:
            return True
    return False


def _text(raw: Any) -> str:
    return raw if isinstance(raw, str) else ""


def failure_in(chunk: Json, name: str = "") -> Failure | None:
    """The failure that a chunk or a whole body with status 200 tells of; None where it tells of none."""
    if error := chunk.get("error"):
        return decode_error(0, chunk if isinstance(error, str | dict | list) else {"message": error})
    choices = chunk.get("choices")
    if isinstance(choices, list):
        for choice in choices:
            if isinstance(choice, dict) and choice.get("error"):
                return decode_error(0, choice)
    elif name == "error" or chunk.get("object") == "error" or chunk.get("type") == "error" or _is_error(chunk):
        return decode_error(0, chunk)
    return None


def _is_error(chunk: Json) -> bool:
    """Mistral's and FastAPI's errors have no member that says so."""
    return not chunk.get("object") and any(isinstance(chunk.get(name), str | list) for name in ("message", "detail"))


def decode_response(body: Json) -> Response:
    """A whole answer: the message of each choice is one delta. Raises UpstreamError for an error in an answer with
    status 200, BadRequest for what is no answer."""
    return whole(body, ChatDecoder())


def whole(body: Json, decoder: ChatDecoder) -> Response:
    """The answer that ``body`` holds, read by ``decoder``."""
    if not isinstance(body, dict):
        raise misfit("", "an object", body)
    failure = failure_in(body)
    if failure is not None:
        raise UpstreamError(failure.message, status=failure.status, code=failure.code or None)
    choices = body.get("choices")
    if choices is None:
        raise missing("choices")
    if not isinstance(choices, list):
        raise misfit("choices", "an array", choices)
    if not choices or not all(isinstance(choice, dict) for choice in choices):
        raise invalid("choices", "holds no answer")
    numbers = {choice.get("index") for choice in choices if type(choice.get("index")) is int}
    if len(numbers) < len(choices):  # missing or repeated: their places number them
        body = {**body, "choices": [{**choice, "index": at} for at, choice in enumerate(choices)]}
    events = decoder.take(body)
    events += decoder.finish()
    return assemble(events)
