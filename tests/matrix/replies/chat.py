"""An answer in OpenAI's chat completions, and in what other providers made of them."""

from __future__ import annotations

from typing import Any

from tests.matrix.neutral import Call, Json, Reply, Usage, parsed, words

FINISH = {
    "stop": "stop",
    "eos": "stop",
    "eos_token": "stop",
    "stop_sequence": "stop",
    "length": "length",
    "model_length": "length",
    "tool_calls": "tool",
    "function_call": "tool",
    "content_filter": "filter",
    "error": "error",
    "insufficient_system_resource": "error",
}


class Half:
    """A choice while its pieces come in."""

    def __init__(self) -> None:
        self.text = ""
        self.reasoning = ""
        self.plain = ""
        self.details = ""
        self.refusal = ""
        self.calls: dict[Any, Json] = {}
        self.finish = ""
        self.annotations: list[Json] = []
        self.signed = False
        self.media = 0
        self.transcript = ""
        self.logprobs = 0
        self.error: str | None = None

    def add(self, choice: Json, piece: Json) -> None:
        self.content(piece.get("content"))
        self.plain += piece.get("reasoning_content") or piece.get("reasoning") or ""
        self.refusal += piece.get("refusal") or ""
        for detail in piece.get("reasoning_details") or []:
            self.details += detail.get("text") or detail.get("summary") or ""
            self.signed = self.signed or bool(detail.get("signature") or detail.get("data"))
        google = (piece.get("extra_content") or {}).get("google") or {}
        self.signed = self.signed or bool(google.get("thought_signature") or piece.get("thought_signature"))
        for at, call in enumerate(piece.get("tool_calls") or []):
            self.call(call.get("index", at) if call.get("index") is not None else at, call)
        if piece.get("function_call"):
            self.call("legacy", {"function": piece["function_call"]})
        self.annotations += piece.get("annotations") or []
        self.transcript += (piece.get("audio") or {}).get("transcript") or ""
        self.media += len(piece.get("images") or []) + bool(piece.get("audio"))
        self.logprobs += logprobs(choice.get("logprobs"))
        self.finish = FINISH.get(
            choice.get("finish_reason") or "", "other" if choice.get("finish_reason") else self.finish
        )
        if choice.get("error"):
            self.error = words(choice["error"])

    def content(self, content: Any) -> None:
        """Text, or Mistral's list of parts with thinking among them."""
        if isinstance(content, str):
            self.text += content
        for part in content if isinstance(content, list) else []:
            if part.get("type") == "thinking":
                inner = part.get("thinking")
                pieces = inner if isinstance(inner, list) else [{"text": inner or ""}]
                self.reasoning += "".join(piece.get("text", "") for piece in pieces)
            else:
                self.text += part.get("text") or ""

    def call(self, key: Any, call: Json) -> None:
        """A call, or a piece of one. A new id under an old index is another call (some providers number badly)."""
        known = self.calls.get(key)
        if (
            known
            and call.get("id")
            and known["id"]
            and call["id"] != known["id"]
            and (call.get("function") or {}).get("name")
        ):
            self.calls[(key, known["id"])] = self.calls.pop(key)
        held = self.calls.setdefault(key, {"id": "", "name": "", "arguments": ""})
        function = call.get("function") or {}
        held["id"] = call.get("id") or held["id"]
        held["name"] = held["name"] or function.get("name") or ""
        arguments = function.get("arguments")
        held["arguments"] = arguments if isinstance(arguments, dict) else held["arguments"] + (arguments or "")


def read(objects: list[Json], streamed: bool) -> Reply:
    """``objects`` are the chunks of a stream, or the one body."""
    halves: dict[int, Half] = {}
    reply = Reply()
    listed: list[str] = []
    for found in objects:
        if found.get("error"):
            reply.error = words(found)
        usage = found.get("usage") or (found.get("x_groq") or {}).get("usage")
        if usage:
            reply.usage = used(usage)
        listed = addresses(reply, found) or listed
        for choice in found.get("choices") or []:
            piece = choice.get("message") or choice.get("delta") or {}
            if streamed:
                piece = choice.get("delta") or {}
            halves.setdefault(choice.get("index") or 0, Half()).add(choice, piece)
    reply.choices = len(halves)
    if halves:
        first = halves.pop(min(halves))
        finished(reply, first, listed)
        reply.others = [half.text for _, half in sorted(halves.items())]
    return reply


def finished(reply: Reply, half: Half, listed: list[str]) -> None:
    """The first choice, put into ``reply``."""
    reply.text, reply.refusal = half.text, half.refusal
    reply.reasoning = half.reasoning or half.plain or half.details
    # A call without a name is part of one that ended (some streams close calls that way).
    reply.calls = [
        Call(call["name"], parsed(call["arguments"]), call["id"]) for call in half.calls.values() if call["name"]
    ]
    reply.finish, reply.signed = half.finish, half.signed
    reply.media, reply.logprobs, reply.transcript = half.media, half.logprobs, half.transcript
    reply.error = half.error or reply.error
    for annotation in half.annotations:
        cited = annotation.get("url_citation") or annotation
        if annotation.get("type") == "url_citation" and cited.get("url"):
            reply.cited.add(cited["url"])
            reply.sources.add(cited["url"])
            reply.citations += 1
    # Where the text's marks are numbers in a list beside it (Perplexity, xAI), the list is what is cited.
    reply.cited = reply.cited or set(listed)


def addresses(reply: Reply, found: Json) -> list[str]:
    """Perplexity and xAI list addresses beside the choices."""
    urls = [one if isinstance(one, str) else one.get("url") or "" for one in found.get("citations") or []]
    reply.sources |= {url for url in urls if url}
    for result in found.get("search_results") or []:
        if result.get("url"):
            reply.sources.add(result["url"])
    return [url for url in urls if url]


def used(usage: Json) -> Usage:
    """Usage. Where the total counts reasoning on top of the completion (xAI, Gemini), the output holds both."""
    inside = usage.get("prompt_tokens_details") or {}
    outside = usage.get("completion_tokens_details") or {}
    cached = inside.get("cached_tokens")
    for other in ("cached_tokens", "num_cached_tokens", "prompt_cache_hit_tokens"):
        cached = usage.get(other) if cached is None else cached
    prompt, completion, reasoning = (
        usage.get("prompt_tokens"),
        usage.get("completion_tokens"),
        outside.get("reasoning_tokens"),
    )
    found = Usage(prompt, completion, cached, inside.get("cache_write_tokens"), reasoning)
    if prompt is not None and completion is not None:
        respelt(found, usage, reasoning or 0)
    return found


def respelt(found: Usage, usage: Json, reasoning: int) -> None:
    """Mend what some providers count otherwise: a total that holds reasoning beside the completion (xAI, Gemini) or
    sound beside the prompt (Mistral), cached tokens that are not among the prompt's (Grok on Azure, Gemini through
    OpenRouter), more reasoning than completion. Dialects in which that cannot be may add it up."""
    prompt, completion = usage["prompt_tokens"], usage["completion_tokens"]
    more = (usage.get("total_tokens") or 0) - prompt - completion
    aside = (found.cached or 0) + (found.written or 0)
    if more > 0:
        found.also = {"output": [completion + more], "input": [prompt + more]}
    if aside > prompt:
        found.also["input"] = [aside, prompt + aside]
    if reasoning > completion:
        found.also["output"] = [*found.also.get("output", []), reasoning, completion + reasoning]


def logprobs(found: Any) -> int:
    """How many tokens have one (some providers send lists of another shape, or a lone number)."""
    return len(found.get("content") or []) if isinstance(found, dict) else 0
