"""What a request asks for, as far as every request must be known: the model, whether it streams, how much it may write.

One small typed reading a dialect, so that the byte-for-byte path parses nothing it does not need.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec.structs import replace

from conduit_desktop.errors import BadRequest

MOST_NAME = 1000
"""Characters in a model's name: more than any has, and few enough to search for near misses."""


class Ask(msgspec.Struct, frozen=True, gc=False):
    """``most_output`` is the request's own bound on output tokens, over all its ``choices``. ``previous`` is the stored
    answer that it continues. ``in_path``: the model stands in the URL, or what stands in the body is to stay."""

    model: str
    stream: bool = False
    wants_usage: bool = False
    has_stream_options: bool = False
    most_output: int | None = None
    previous: str = ""
    in_path: bool = False
    choices: int = 1


class _StreamOptions(msgspec.Struct):
    include_usage: bool | None = None


class _Chat(msgspec.Struct):
    model: str
    stream: bool | None = None
    stream_options: _StreamOptions | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    n: int | None = None


class _Completions(_Chat):
    prompt: msgspec.Raw = msgspec.Raw()
    best_of: Any = None


class _Responses(msgspec.Struct):
    model: str
    stream: bool | None = None
    max_output_tokens: int | None = None
    previous_response_id: str | None = None


class _Messages(msgspec.Struct):
    """Anthropic's and Cohere's."""

    model: str
    stream: bool | None = None
    max_tokens: int | None = None


class _Ollama(msgspec.Struct):
    model: str
    stream: bool | None = None
    options: Any = None


class _Gemini(msgspec.Struct):
    generationConfig: Any = None
    generation_config: Any = None


class _Interactions(msgspec.Struct):
    model: str = ""
    agent: str = ""
    stream: bool | None = None
    generation_config: Any = None
    previous_interaction_id: str | None = None


class _Plain(msgspec.Struct):
    """What is no conversation; ``n`` are the pictures that are wanted."""

    model: str
    stream: bool | None = None
    n: Any = None


def read(dialect: str, operation: str, body: bytes, model: str | None, stream: bool | None) -> Ask:
    """Read a request's body; ``model`` and ``stream`` are what its URL told. Raises BadRequest naming the field that
    does not fit."""
    decoder, ask_of = _READERS.get(dialect, _PLAIN) if operation == "chat" or dialect == "gemini" else _PLAIN
    try:
        head = decoder.decode(body)
    except msgspec.ValidationError as error:
        raise _misfit(str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadRequest(f"The request body is not valid JSON: {error}.", code="invalid_json") from None
    except RecursionError:
        raise BadRequest("The request body is nested too deeply.", code="invalid_json") from None
    ask = ask_of(head)
    if dialect == "gemini":
        ask = replace(ask, model=(model or "").removeprefix("models/"), stream=bool(stream))
    check_name(ask.model)
    return ask


def check_name(model: str) -> None:
    """Raises BadRequest for a name that is longer than any model's."""
    if len(model) > MOST_NAME:
        raise BadRequest(f"The model's name is over {MOST_NAME} characters.", param="model", code="invalid_value")


def _chat(head: _Chat) -> Ask:
    options, bound, other = head.stream_options, head.max_completion_tokens, head.max_tokens
    if bound is None or (other is not None and other > bound):
        bound = other  # of both the greater: which of them a provider reads is its own affair
    choices = head.n if head.n is not None and head.n > 1 else 1
    return Ask(
        head.model,
        head.stream is True,
        options is not None and options.include_usage is True,
        options is not None,
        None if bound is None else _most(bound, choices),
        choices=choices,
    )


def _completions(head: _Completions) -> Ask:
    """Each prompt has its answers."""
    head.n = max(head.n or 1, several(head.best_of)) * _prompts(bytes(head.prompt))
    return _chat(head)


def _responses(head: _Responses) -> Ask:
    bound, previous = _most(head.max_output_tokens), head.previous_response_id or ""
    return Ask(head.model, bool(head.stream), most_output=bound, previous=previous)


def _messages(head: _Messages) -> Ask:
    return Ask(head.model, bool(head.stream), most_output=_most(head.max_tokens))


def _ollama(head: _Ollama) -> Ask:
    """It streams unless told not to."""
    return Ask(head.model, head.stream is not False, most_output=_bound(head.options, "num_predict"))


def _plain(head: _Plain) -> Ask:
    return Ask(head.model, bool(head.stream), choices=several(head.n))


def several(told: Any) -> int:
    """How many answers are wanted by a number that may be none."""
    return told if type(told) is int and told > 1 else 1


def _prompts(raw: bytes) -> int:
    """How many prompts there are, each of which is answered: one, or a list of texts or of lists of tokens."""
    if not raw.lstrip().startswith(b"["):
        return 1
    try:
        told = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return 1
    return max(sum(not isinstance(each, int) for each in told), 1)


def _gemini(head: _Gemini) -> Ask:
    """What the URL leaves to the body."""
    config = head.generationConfig if head.generationConfig is not None else head.generation_config
    bound = _bound(config, "maxOutputTokens")
    bound = bound if bound is not None else _bound(config, "max_output_tokens")
    choices = _bound(config, "candidateCount") or _bound(config, "candidate_count") or 1
    return Ask("", most_output=_most(bound, choices), in_path=True, choices=choices)


def _interaction(head: _Interactions) -> Ask:
    """An agent is asked for as a model is; its name stays in the body as it came."""
    if not (head.model or head.agent):
        raise BadRequest("The request has no model.", hint="Send 'model'.", param="model", code="missing_field")
    return Ask(
        head.model.removeprefix("models/") or head.agent,
        bool(head.stream),
        most_output=_bound(head.generation_config, "max_output_tokens"),
        previous=head.previous_interaction_id or "",
        in_path=not head.model,
    )


def _most(bound: int | None, choices: int = 1) -> int | None:
    """What a bound allows in all; local servers take less than nothing for none."""
    return bound * choices if bound is not None and bound >= 0 else None


def _bound(table: Any, name: str) -> int | None:
    """A bound of one or more tokens (Ollama's -1 and -2 are none)."""
    found = table.get(name) if isinstance(table, dict) else None
    return found if type(found) is int and found > 0 else None


_TYPES = re.compile("Expected `([^`]+)`, got `([^`]+)`")
_WORDS = {
    **{"int": "a whole number", "float": "a number", "str": "a string", "bool": "a boolean"},
    **{"array": "an array", "object": "an object"},
}


def _misfit(reason: str) -> BadRequest:
    """A BadRequest out of msgspec's reason, such as ``Expected `str`, got `int` - at `$.model```."""
    what, _, where = reason.partition(" - at ")
    field = where.strip("`").removeprefix("$").removeprefix(".")
    if "missing required field" in what:
        field = what.split("`")[1]
        return BadRequest(f"The request has no {field}.", hint=f"Send {field!r}.", param=field, code="missing_field")
    subject = f"The field {field}" if field else "The request body"
    kinds = _TYPES.fullmatch(what)
    why = f"must be {_said(kinds[1])}, not {_said(kinds[2])}" if kinds else f"does not fit: {what}"
    code = "missing_field" if kinds and kinds[2] == "null" else "invalid_type"
    return BadRequest(f"{subject} {why}.", param=field or None, code=code)


def _said(kinds: str) -> str:
    """Types as msgspec calls them, for people."""
    return " or ".join(_WORDS.get(kind, kind) for kind in kinds.split(" | "))


_READERS: dict[str, tuple[msgspec.json.Decoder[Any], Callable[[Any], Ask]]] = {
    "openai-chat": (msgspec.json.Decoder(_Chat), _chat),
    "completions": (msgspec.json.Decoder(_Completions), _completions),
    "openai-responses": (msgspec.json.Decoder(_Responses), _responses),
    "anthropic-messages": (msgspec.json.Decoder(_Messages), _messages),
    "cohere": (msgspec.json.Decoder(_Messages), _messages),
    "ollama": (msgspec.json.Decoder(_Ollama), _ollama),
    "ollama-generate": (msgspec.json.Decoder(_Ollama), _ollama),
    "interactions": (msgspec.json.Decoder(_Interactions), _interaction),
    "gemini": (msgspec.json.Decoder(_Gemini), _gemini),
}
_PLAIN = (msgspec.json.Decoder(_Plain), _plain)
