"""Requests for legacy completions: a prompt in, text out.

Format: OpenAI's API reference (completions/create). A prompt is one user message; several prompts, or prompts in
tokens, have no canonical form and stay with this dialect. A conversation becomes a transcript, because nothing else can
be said here.
"""

from __future__ import annotations

from typing import Any

from conduit_desktop.wire.dialects.base import Encoded, Json, foreign_extras, unsayable
from conduit_desktop.wire.dialects.lowering import own, without, words_of
from conduit_desktop.wire.messages import Media, Message, Part, Request, Text, Thinking
from conduit_desktop.wire.node import Node, misfit
from conduit_desktop.wire.traits import Traits

OWN = "completions"
_SPEAKERS = {"user": "User", "assistant": "Assistant"}


def decode_request(body: Json, model: str | None, stream: bool | None) -> Request:
    """A client's request. Raises BadRequest naming the field that does not fit."""
    node = Node(body)
    options = node.node("stream_options")
    asked = node.flag("stream")
    likeliest = node.whole("logprobs")
    bias = node.table("logit_bias")
    for name, value in (bias or {}).items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise misfit(f"logit_bias.{name}", "a number", value)
    prompt, held = _prompt(node)
    request = Request(
        model=model or node.text("model"),
        messages=[Message(role="user", parts=[Text(text=prompt)])],
        stream=bool(asked if stream is None else stream),
        stream_usage=options.flag("include_usage") if options is not None else None,
        max_tokens=node.whole("max_tokens"),
        temperature=node.number("temperature"),
        top_p=node.number("top_p"),
        top_k=node.whole("top_k"),
        min_p=node.number("min_p"),
        n=node.whole("n"),
        stop=node.texts("stop"),
        seed=node.whole("seed"),
        frequency_penalty=node.number("frequency_penalty"),
        presence_penalty=node.number("presence_penalty"),
        repetition_penalty=node.number("repetition_penalty"),
        logit_bias=bias,
        logprobs=True if likeliest is not None else None,
        top_logprobs=likeliest,
        user=node.text("user"),
    )
    left = {"stream_options": rest} if options is not None and (rest := options.rest()) else {}
    node.get("model")  # read, whichever way it came
    extras = {**node.rest(), **held, **left}
    request.extras = {OWN: extras} if extras else {}
    return request


def _prompt(node: Node) -> tuple[str, Json]:
    """The prompt as text, and what of it only this dialect can say. Without one, the model begins a document."""
    prompt: Any = node.get("prompt")
    if isinstance(prompt, list) and len(prompt) == 1 and isinstance(prompt[0], str):
        prompt = prompt[0]
    held: Json = {}
    for name, value in (("suffix", node.text("suffix")), ("echo", node.flag("echo"))):
        if value:
            held[name] = value
    if prompt is None or isinstance(prompt, str):
        return prompt or "", held
    if not isinstance(prompt, list) or not all(isinstance(each, str | int | list) for each in prompt):
        raise misfit("prompt", "a string or an array of strings or tokens", prompt)
    return "", {**held, "prompt": prompt}


def encode_request(request: Request, traits: Traits) -> Encoded:
    """A request for a provider. Raises ``unsayable`` for what is more than text."""
    request, dropped = without(request, traits.refuses)
    choice = request.tool_choice
    if request.tools and not (choice is not None and choice.mode == "none"):
        raise unsayable("tools", "a completions endpoint calls no tools")
    if request.format is not None:
        raise unsayable("response_format", "a completions endpoint knows no form of answer")
    if "audio" in request.modalities:
        raise unsayable("modalities", "a completions endpoint gives text only")
    if request.previous_id:
        raise unsayable("previous_response_id", "the provider keeps no answers to go on from")
    dropped = [*dropped, *foreign_extras(request.extras, OWN), *_without_words(request)]
    extras = own(request.extras, OWN)
    options = extras.pop("stream_options", {})
    body: Json = {"model": request.model, "prompt": extras.pop("prompt", None) or _transcript(request.messages)}
    body |= {name: value for name, value in _members(request, traits, dropped).items() if value is not None}
    if request.stream:
        body["stream"] = True
        options = {**options, **({"include_usage": True} if traits.stream_usage else {})}
        if options:
            body["stream_options"] = options
    return Encoded(body={**extras, **body}, dropped=list(dict.fromkeys(dropped)))


def _members(request: Request, traits: Traits, dropped: list[str]) -> Json:
    values: Json = {
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "n": request.n,
        "stop": request.stop or None,
        "seed": request.seed,
        "frequency_penalty": request.frequency_penalty,
        "presence_penalty": request.presence_penalty,
        "logit_bias": request.logit_bias,
        "logprobs": (request.top_logprobs or 0) if request.logprobs else None,
        "user": request.user or None,
    }
    for name in ("top_k", "min_p", "repetition_penalty"):
        value = getattr(request, name)
        if value is not None and name in traits.takes:
            values[name] = value
        elif value is not None:
            dropped.append(name)
    return values


def _without_words(request: Request) -> list[str]:
    """The members that are set and that this dialect has no words for; none changes what is meant."""
    names = ("reasoning", "verbosity", "metadata", "service_tier", "store", "cache_key")
    return [name for name in names if getattr(request, name) not in (None, "")]


def _transcript(messages: list[Message]) -> str:
    """One message as it is; a conversation with its speakers, the assistant's turn at last."""
    if len(messages) == 1 and messages[0].role == "user":
        return "".join(_words(part) for part in messages[0].parts)
    turns = []
    for message in messages:
        words = "\n".join(text for part in message.parts if (text := _words(part)))
        speaker = _SPEAKERS.get(message.role)
        turns.append(f"{speaker}: {words}" if speaker else words)
    return "\n\n".join([*turns, "Assistant:"])


def _words(part: Part) -> str:
    if isinstance(part, Text):
        return part.text
    if isinstance(part, Thinking):
        return ""
    words = words_of(part) if isinstance(part, Media) else None
    if words is None:
        raise unsayable("messages.content", "a completions endpoint takes text only")
    return words
